package agent

import (
	"context"
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/instrument/port"
)

// links follows the interfaces of this host, over listings that break off too.
type links struct {
	list  func() ([]port.Place, error)
	watch func(context.Context, func(port.Event)) error
	log   *slog.Logger
	known map[int]port.Place // by index
	// rest waits before interfaces are followed anew, after so many times one after the other that it broke off; nil: rest.
	rest func(ctx context.Context, attempts int)
}

// How long it is waited before interfaces are followed anew. A flood of news has the kernel's buffer overflow once;
// whoever fails each time is not asked, and says so, without end.
const (
	restFirst = 10 * time.Millisecond
	restMost  = 10 * time.Second
	wentWell  = 30 * time.Second // what went well for so long begins anew with the shortest wait
)

// follow tells f of what is there, comes, goes and is renamed, until ctx ends. Where the kernel said more than was taken
// it begins again, and tells what went meanwhile.
func (l *links) follow(ctx context.Context, f func(port.Event)) error {
	again := l.rest
	if again == nil {
		again = rest
	}
	for attempts := 1; ; attempts++ {
		begun, well := false, time.NewTimer(wentWell)
		err := l.watch(ctx, func(e port.Event) {
			if !begun { // whatever goes from now on is told
				begun = true
				l.forget(f)
			}
			l.take(e)
			f(e)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !well.Stop() {
			attempts = 1
		}
		l.log.Warn("network interfaces are not heard of: it is tried again", "err", err, "times", attempts)
		again(ctx, attempts)
	}
}

// rest waits, the longer the oftener it failed, until ctx ends.
func rest(ctx context.Context, attempts int) {
	timer := time.NewTimer(backoff.Pause(restFirst, restMost, 0, "interfaces", attempts))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (l *links) take(e port.Event) {
	if e.Kind == port.Gone {
		delete(l.known, e.Place.Index)
	} else {
		l.known[e.Place.Index] = e.Place
	}
}

// forget tells of what is not there any more.
func (l *links) forget(f func(port.Event)) {
	all, err := l.list()
	if err != nil {
		l.log.Warn("which network interfaces went is not known", "err", err)
		return
	}
	there := map[int]bool{}
	for _, p := range all {
		there[p.Index] = true
	}
	for index, p := range l.known {
		if !there[index] {
			e := port.Event{Kind: port.Gone, Place: p}
			l.take(e)
			f(e)
		}
	}
}

func byIndex(all []port.Place) map[int]port.Place {
	out := map[int]port.Place{}
	for _, p := range all {
		out[p.Index] = p
	}
	return out
}
