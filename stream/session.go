package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// startWait bounds the start of the server. Reading gigabytes back after a crash takes
// seconds.
const startWait = time.Minute

// session is one run of the embedded server, with one connection to it. It ends when the
// server can no longer write; the next one reads back what is on the disk.
type session struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	acks   *acks
}

// start runs a server on the folder and makes sure of the stream.
func start(ctx context.Context, o Options) (*session, error) {
	s := &session{}
	heard := &serverLog{log: o.Logger}
	if err := s.serve(o, heard); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w%s", err, heard.last())
	}
	if err := s.connect(); err != nil {
		s.stop()
		return nil, err
	}
	if err := s.declare(ctx, o); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w%s", err, heard.last())
	}
	heard.onBroken(func(err error) { s.acks.fail(err) })
	return s, nil
}

// serve starts the server. It opens no port and takes no signals.
func (s *session) serve(o Options, heard *serverLog) (err error) {
	s.server, err = server.NewServer(&server.Options{
		ServerName: "evenkeel", DontListen: true, NoSigs: true, DisableJetStreamBanner: true,
		JetStream: true, StoreDir: o.Dir, SyncAlways: o.Sync, MaxPayload: maxMessage,
		// The stream has its own limit; the server's guess from the free disk would refuse
		// the stream on a small disk.
		JetStreamMaxStore: 1 << 60, JetStreamMaxMemory: 64 << 20,
		// What Publish lets in at once fits (see slots), so nothing is dropped on the way.
		StreamMaxBufferedMsgs: 1 << 17, StreamMaxBufferedSize: 1 << 30,
	})
	if err != nil {
		return err
	}
	s.server.SetLoggerV2(heard, false, false, false)
	s.server.Start()
	if !s.server.ReadyForConnections(startWait) {
		return errors.New("the embedded server does not start")
	}
	if !s.server.JetStreamEnabled() {
		return errors.New("the embedded server cannot use its folder")
	}
	return nil
}

func (s *session) connect() (err error) {
	s.conn, err = nats.Connect("", nats.InProcessServer(s.server), nats.NoReconnect(), nats.Name("intake"))
	if err != nil {
		return err
	}
	if s.acks, err = listenForAcks(s.conn); err != nil {
		return err
	}
	s.js, err = jetstream.New(s.conn)
	return err
}

// declare makes the stream, or gives it the options' limits.
func (s *session) declare(ctx context.Context, o Options) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	_, err := s.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{streamName + ".*"},
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxBytes: o.MaxBytes, MaxAge: o.MaxAge, MaxMsgSize: maxMessage,
		// No message carries an id for the server. The window is the shortest that it
		// allows: when it starts it reads back all that lies inside.
		Duplicates: min(100*time.Millisecond, o.MaxAge),
	})
	return err
}

// purge drops the messages up to and with a position.
func (s *session) purge(ctx context.Context, upTo Position) error {
	ctx, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	st, err := s.js.Stream(ctx, streamName)
	if err != nil {
		return err
	}
	return st.Purge(ctx, jetstream.WithPurgeSequence(uint64(upTo)+1))
}

func (s *session) bounds(ctx context.Context) (first, last Position, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	st, err := s.js.Stream(ctx, streamName)
	if err != nil {
		return 0, 0, err
	}
	state := st.CachedInfo().State
	first, last = Position(state.FirstSeq), Position(state.LastSeq)
	if state.Msgs == 0 {
		first = last + 1
	}
	return first, last, nil
}

// stop ends the server and everything that the session started.
func (s *session) stop() {
	if s.acks != nil {
		s.acks.fail(errClosed())
	}
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
}

// serverLog hears what the server says. It passes on what a person may need, and it tells
// the session that a write went wrong: the server logs that, but does not answer the
// publisher.
type serverLog struct {
	log *slog.Logger

	mu     sync.Mutex
	worst  string      // what it complained of last
	broken func(error) // nil until the session stands
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats: " + fmt.Sprintf(format, v...))
}
func (l *serverLog) Debugf(string, ...any) {}
func (l *serverLog) Tracef(string, ...any) {}

func (l *serverLog) Warnf(format string, v ...any)  { l.hear(fmt.Sprintf(format, v...)) }
func (l *serverLog) Errorf(format string, v ...any) { l.hear(fmt.Sprintf(format, v...)) }
func (l *serverLog) Fatalf(format string, v ...any) { l.hear(fmt.Sprintf(format, v...)) }

// cannotWrite are parts of what the server says when its store has stopped.
var cannotWrite = []string{"failed to store a msg", "will be DISABLED", "disabling JetStream", "no space left"}

func (l *serverLog) hear(says string) {
	l.log.Warn("nats: " + says)
	l.mu.Lock()
	l.worst = says
	broken := l.broken
	l.mu.Unlock()
	if broken == nil {
		return
	}
	for _, sign := range cannotWrite {
		if strings.Contains(says, sign) {
			broken(fmt.Errorf("the embedded server cannot write: %s", says))
			return
		}
	}
}

// last returns the server's last complaint, to be put behind an error.
func (l *serverLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.worst == "" {
		return ""
	}
	return ": " + l.worst
}

func (l *serverLog) onBroken(f func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = f
}
