package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/stream"
)

// bench is where the judge sits: errands are done one after the other.
type bench struct {
	judge    *Judge
	errands  *stream.Topic[*errand]
	images   chan *image
	state    *state
	done     func() // called after the last errand
	released *os.File
	upTo     stream.Position // assets were released up to here before
	again    []evenkeel.AssetID
	aside    *aside // what could not be judged
	acts     *aside // acts that could not be taken in
	ran      *ran
}

func newBench(dir string, j *Judge, errands *stream.Topic[*errand], images chan *image, s *state) (*bench, error) {
	b := &bench{judge: j, errands: errands, images: images, state: s}
	var err error
	path := filepath.Join(dir, "released")
	if b.released, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fileError("open", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(b.released, 64))
	if err != nil {
		return nil, errors.Join(fileError("read", path, err), b.close())
	}
	n, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64) // else it begins anew
	b.upTo = stream.Position(n)
	b.aside, b.acts = newAside(filepath.Join(dir, fileAside)), newAside(filepath.Join(dir, fileAsideActs))
	if b.ran, err = openRan(filepath.Join(dir, fileRan)); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bench) close() error {
	var errs []error
	if b.released != nil {
		errs = append(errs, b.released.Close())
	}
	if b.ran != nil {
		errs = append(errs, b.ran.file.Close())
	}
	return errors.Join(errs...)
}

// Run judges until ctx ends.
func (b *bench) Run(ctx context.Context) error { return b.errands.Consume(ctx, b.do) }

// do does an errand, and after an error goes on where it was.
func (b *bench) do(ctx context.Context, e *errand) error {
	if e.begun.IsZero() {
		e.begun = b.state.now()
		b.state.busy.Store(e.begun.UnixNano())
	}
	if len(e.acts)+len(e.found) > 0 { // what was due by then comes first, in every run of the log
		if err := b.leapt(ctx, e.arrived); err != nil && evenkeel.KindOf(err) == evenkeel.KindUnavailable {
			return err
		}
		_, err := b.judge.Sweep(ctx, e.arrived, e.known)
		if evenkeel.KindOf(err) == evenkeel.KindUnavailable && err != nil {
			return err
		}
		b.state.swept(err)
	}
	for ; len(e.acts) > 0; e.acts = e.acts[1:] {
		_, err := b.judge.Do(ctx, e.acts[0], e.known)
		if err := b.outlast(ctx, err, e.acts[0], b.acts); err != nil {
			return err
		}
	}
	if err := b.release(ctx, e); err != nil {
		return err
	}
	for ; len(e.listed) > 0; e.listed = e.listed[1:] {
		_, err := b.judge.Relist(ctx, e.listed[0], e.known, e.arrived)
		if err := b.outlast(ctx, err, e.listed[0].Tenant, b.aside); err != nil {
			return err
		}
	}
	// What a source sends comes before what was found by it.
	for ; len(e.feeds) > 0; e.feeds = e.feeds[1:] {
		_, err := b.judge.Drifted(ctx, e.feeds[0])
		if err := b.outlast(ctx, err, e.feeds[0], b.aside); err != nil {
			return err
		}
	}
	for ; len(e.found) > 0; e.found = e.found[1:] {
		_, err := b.judge.ConsiderLate(ctx, e.found[:1], e.known, e.arrived, evenkeel.MomentOf(b.state.now()))
		if err := b.outlast(ctx, err, e.found[0], b.aside); err != nil {
			return err
		}
		b.state.judged.Observe(b.state.now().Sub(e.made).Seconds())
	}
	b.state.paid(e)
	if e.image != nil {
		select {
		case b.images <- e.image:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.state.busy.Store(0)
	if e.last {
		b.done()
	}
	return nil
}

// outlast returns an error that passes, so that the errand comes again. What cannot be done
// at all is told, counted and kept aside, so that nothing behind it waits for ever.
func (b *bench) outlast(ctx context.Context, err error, of any, to *aside) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || evenkeel.KindOf(err) == evenkeel.KindUnavailable:
		return err
	}
	if to == b.acts {
		b.state.actsRefused.Inc()
	} else {
		b.state.setAside.Inc()
	}
	if lost := to.keep(of, err, evenkeel.MomentOf(b.state.now())); lost != nil {
		b.state.log.Error("cannot be judged, and cannot be kept", "err", errors.Join(err, lost), "hint", cmp.Or(evenkeel.HintOf(lost), "see whether the data directory can be written"))
		return nil
	}
	b.state.log.Error("cannot be judged; it is kept in "+to.path, "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "report this with the line of that file"))
	return nil
}

// release ends what stands on assets that changed hands. After a restart the same messages come
// again, and what was decided since must not be ended by what was known before: up to where it
// was done, it is done once more only by what is known then.
func (b *bench) release(ctx context.Context, e *errand) error {
	if e.at <= b.upTo {
		b.again = append(b.again, e.assets...)
		e.assets = nil
		return nil
	}
	if len(e.assets)+len(b.again) == 0 || e.known == nil {
		return nil
	}
	_, err := b.judge.Release(ctx, append(b.again, e.assets...), e.known, e.arrived)
	if err := b.outlast(ctx, err, e.assets, b.aside); err != nil {
		return err
	}
	_, err = b.released.WriteAt(fmt.Appendf(nil, "%020d\n", e.at), 0)
	if err != nil {
		return fileError("write", b.released.Name(), err)
	}
	b.again, e.assets = nil, nil
	return nil
}

// renews is how long the log may be read before the hearings that would end meanwhile are
// given time again: shorter than the time that they get.
const renews = 10 * time.Minute

// sweep lets clocks run out, once a second, from when all is heard that was in the log.
func (b *bench) sweep(ctx context.Context, known *inventory.Registry) error {
	for wait := time.Minute; ; wait = renews {
		soon, cancel := context.WithTimeout(ctx, wait)
		err := b.state.caughtUp(soon)
		cancel()
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return nil
		}
		b.state.swept(b.reopen(ctx))
	}
	b.ran.at.Store(int64(evenkeel.MomentOf(b.state.now()))) // while the log was read the doors were open
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		err := b.tick(ctx, known.Snapshot())
		if ctx.Err() != nil {
			return nil
		}
		b.state.swept(err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// tick lets clocks run out that are due. Where the machine slept since the last one, hearings
// get their time back first.
func (b *bench) tick(ctx context.Context, known *inventory.Snapshot) error {
	failed := b.reopen(ctx)
	if failed != nil && evenkeel.KindOf(failed) == evenkeel.KindUnavailable {
		return failed
	}
	now := evenkeel.MomentOf(b.state.now())
	if err := b.leapt(ctx, now); err != nil {
		return errors.Join(failed, err) // clocks run out for good: not before it is kept that time leapt
	}
	_, err := b.judge.Sweep(ctx, now, known)
	return errors.Join(failed, err, b.ran.note(now))
}

// leapt puts off what would end for good in a time that nobody saw pass.
func (b *bench) leapt(ctx context.Context, now evenkeel.Moment) error {
	from := b.ran.until()
	heard, err := b.judge.Leapt(ctx, from, now)
	if n := len(heard.Changes); n > 0 {
		b.state.log.Error("time leapt: what tenants could do until a time in between ends in a day", "cases", n, "from", from, "to", now, "hint", "look whether the machine's clock is right, and set it; if it goes back, nothing of it ends before its time")
	}
	return err
}

// reopen gives hearings time back in which nobody could be heard.
func (b *bench) reopen(ctx context.Context) error {
	heard, err := b.judge.Reopen(ctx, b.ran.until(), evenkeel.MomentOf(b.state.now()))
	if n := len(heard.Changes); n > 0 {
		b.state.log.Warn("nobody could be heard for a while: hearings go on for a quarter of an hour", "cases", n, "since", b.ran.until())
	}
	return err
}
