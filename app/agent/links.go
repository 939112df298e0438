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
}

// follow tells f of what is there, comes, goes and is renamed, until ctx ends. Where the kernel said more than was taken
// it begins again, and tells what went meanwhile.
func (l *links) follow(ctx context.Context, f func(port.Event)) error {
	for attempts := 1; ; attempts++ {
		begun := false
		err := l.watch(ctx, func(e port.Event) {
			if !begun { // whatever goes from now on is told
				begun, attempts = true, 1
				l.forget(f)
			}
			l.take(e)
			f(e)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l.log.Warn("network interfaces are not heard of: it is tried again", "err", err)
		timer := time.NewTimer(backoff.Pause(10*time.Millisecond, time.Second, 0, "interfaces", attempts))
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
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
