package stream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/stream/internal/kernel"
	"github.com/nats-io/nats.go/jetstream"
)

// streamName is the name of the stream; a message's subject is streamName.partition. Both
// are on the disks of those who run it.
const streamName = "intake"

// subjects are the subjects by partition.
var subjects = func() (s [evenkeel.Partitions]string) {
	for p := range s {
		s[p] = streamName + "." + strconv.Itoa(p)
	}
	return s
}()

// jetLog is the log in NATS JetStream. All partitions are one stream, so its sequence is the
// one total order.
type jetLog struct {
	options Options
	mark    *mark
	missing func(from, to Position) // told of positions that are gone
	// slots bounds the publishes that are under way, and with them what the server has to
	// hold. A publisher waits for one. It is never closed.
	slots chan struct{}

	mu      sync.Mutex
	current *session
	closed  bool
	again   <-chan time.Time // when the next start may be tried; nil before the first
	failed  error            // why the last start, or the last session, did not work
}

// restartPause is the least time between two starts.
const restartPause = time.Second

func newJetLog(o Options, missing func(from, to Position)) *jetLog {
	return &jetLog{options: o, mark: markIn(o.Dir), missing: missing, slots: make(chan struct{}, 16)}
}

// session returns the session that works, or starts a new one where the last one cannot
// write any more.
func (l *jetLog) session(ctx context.Context) (*session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, errClosed()
	case l.current != nil && l.current.acks.failure() == nil:
		return l.current, nil
	}
	if l.current != nil {
		l.failed = l.refused(l.current.acks.failure())
		l.end()
	}
	if l.again != nil {
		select {
		case <-l.again:
		default:
			return nil, l.failed
		}
		l.options.Logger.Warn("open the intake stream again", "dir", l.options.Dir, "err", l.failed)
		ctx = context.WithoutCancel(ctx) // one publisher that leaves does not stop it for the others
	}
	s, err := l.open(ctx)
	l.again = time.After(restartPause)
	if err != nil {
		l.failed = err
		return nil, err
	}
	l.current = s
	return s, nil
}

func (l *jetLog) open(ctx context.Context) (*session, error) {
	says := "open the intake stream in " + l.options.Dir
	if err := os.MkdirAll(l.options.Dir, 0o750); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: says, Err: err}
	}
	if err := l.room(); err != nil {
		l.options.Logger.Warn(says, "err", err)
	}
	s, err := start(ctx, l.options)
	if err != nil {
		return nil, unavailable(says, l.hint(err.Error()), err)
	}
	if err := l.compare(ctx, s); err != nil {
		s.stop()
		return nil, unavailable(says, l.hint(err.Error()), err)
	}
	return s, nil
}

// compare holds the end of the log to the mark, and tells what is gone.
func (l *jetLog) compare(ctx context.Context, s *session) error {
	at, err := l.mark.read()
	if err != nil {
		l.options.Logger.Warn("read how far the intake stream had come", "err", err)
	}
	_, last, err := s.bounds(ctx)
	if err == nil && at > last {
		l.missing(last+1, at)
	}
	return err
}

// end ends the current session and marks how far it came.
func (l *jetLog) end() {
	s := l.current
	l.current = nil
	s.stop()
	l.remember(s.acks.reached())
}

// remember moves the mark on.
func (l *jetLog) remember(at Position) {
	if err := l.mark.advance(at); err != nil {
		l.options.Logger.Warn("mark how far the intake stream has come", "position", at, "err", err)
	}
}

// room returns an error where the disk has less left than the reserve.
func (l *jetLog) room() error {
	if l.options.Reserve < 0 {
		return nil
	}
	free, known := kernel.FreeBytes(l.options.Dir)
	if !known || free >= l.options.Reserve {
		return nil
	}
	return unavailable(
		fmt.Sprintf("publish to the intake stream: the disk is full: %d bytes are free; expected at least %d", free, l.options.Reserve),
		l.hint(noSpace), nil)
}

func (l *jetLog) append(ctx context.Context, parts []part) error {
	if err := ctx.Err(); err != nil {
		return unavailable("publish to the intake stream", "", err)
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return unavailable("publish to the intake stream", "", ctx.Err())
	}
	if err := l.room(); err != nil {
		return err
	}
	s, err := l.session(ctx)
	if err != nil {
		return err
	}
	id, reply, p := s.acks.expect(len(parts))
	for _, part := range parts {
		if err = s.conn.PublishRequest(subjects[part.partition], reply, part.data); err != nil {
			s.acks.fail(err) // a connection inside the process does not mend
			break
		}
	}
	if err = s.acks.wait(ctx, id, p); err == nil {
		return nil
	}
	if errors.Is(err, errNoAnswer) {
		s.acks.fail(err)
	}
	return l.refused(err)
}

// refused makes the error of a publish that the server did not take.
func (l *jetLog) refused(err error) error {
	const says = "publish to the intake stream"
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unavailable(says+": not durable yet", "", err)
	}
	if api := new(jetstream.APIError); errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes") {
		return errFull(l.options.MaxBytes, err)
	}
	if strings.Contains(err.Error(), noSpace) {
		return unavailable(says+": the disk is full", l.hint(noSpace), err)
	}
	if evenkeel.KindOf(err) == evenkeel.KindUnavailable {
		return err
	}
	return unavailable(says, l.hint(err.Error()), err)
}

// noSpace is what the operating system says, by way of the server.
const noSpace = "no space left"

// hint tells the operator what to do about an error of the server.
func (l *jetLog) hint(says string) string {
	if strings.Contains(says, noSpace) {
		return "make room on the disk of " + l.options.Dir + "; publishing goes on by itself"
	}
	return "look at the disk of " + l.options.Dir + " and at the log lines that begin with nats"
}

func (l *jetLog) trim(ctx context.Context, upTo Position) error {
	s, err := l.session(ctx)
	if err != nil {
		return err
	}
	if err := s.purge(ctx, upTo); err != nil {
		return unavailable("trim the intake stream", l.hint(err.Error()), err)
	}
	l.remember(max(upTo, s.acks.reached()))
	return nil
}

func (l *jetLog) bounds(ctx context.Context) (first, last Position, err error) {
	s, err := l.session(ctx)
	if err != nil {
		return 0, 0, err
	}
	if first, last, err = s.bounds(ctx); err != nil {
		return 0, 0, unavailable("ask for the bounds of the intake stream", l.hint(err.Error()), err)
	}
	return first, last, nil
}

// follow reads from session to session: where one ends, it goes on in the next.
func (l *jetLog) follow(ctx context.Context, after Position, deliver func(Position, []byte) error) error {
	var stop error
	step := func(at Position, data []byte) error {
		if stop = deliver(at, data); stop == nil {
			after = at
		}
		return stop
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		s, err := l.session(ctx)
		if err == nil {
			before := after
			err = s.pull(ctx, after, step)
			if after > before {
				pause = firstPause
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case stop != nil:
			return stop
		case l.isClosed():
			return errClosed()
		}
		l.options.Logger.Warn("read the intake stream: it is tried again", "after", pause, "position", after, "err", err)
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (l *jetLog) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

func (l *jetLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.current != nil {
		l.end()
	}
	return nil
}
