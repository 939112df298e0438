package host

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Leased is what holds measures under leases that no kernel ends: Cgroups, Domains and Pauses.
type Leased interface {
	Name() string
	Leases() string // the file
	// Expire lifts what has ended, and returns when something ends next, or 0. What could not be lifted is an
	// error, and is tried again by the next call.
	Expire(ctx context.Context, now evenkeel.Moment) (next evenkeel.Moment, err error)
}

var _, _, _ Leased = (*Cgroups)(nil), (*Domains)(nil), (*Pauses)(nil)

// Leases is the file of the leases.
func (q *quotas) Leases() string { return q.leases.path }

// Leases is the file of the leases.
func (p *Pauses) Leases() string { return p.leases.path }

// Keeper lifts what has ended though whoever ordered it is dead, by the files of the leases alone. It
// is not for many goroutines at once.
type Keeper struct {
	clock Clock
	kept  []*kept
}

// kept is one of what it keeps.
type kept struct {
	Leased
	file  []byte          // as it was before the look at it; nil: it was not there
	next  evenkeel.Moment // when something ends; 0: nothing does
	again evenkeel.Moment // when what failed is tried again; 0: nothing failed
	fails int
}

// How often a keeper looks whether leases changed, and how long it waits at most before it tries again what failed.
const (
	LooksEvery = time.Second
	waitsMost  = 30 * time.Second
)

// NewKeeper makes one. Nothing is lifted before Pass.
func NewKeeper(c Clock, all ...Leased) *Keeper {
	k := &Keeper{clock: c}
	for _, l := range all {
		k.kept = append(k.kept, &kept{Leased: l})
	}
	return k
}

// Pass lifts what has ended, and returns how long nothing is to be done: at most LooksEvery. Its error is about some of them, and
// all were tried.
func (k *Keeper) Pass(ctx context.Context) (wait time.Duration, err error) {
	wait = LooksEvery
	for _, x := range k.kept {
		now := k.clock.now()
		file, asked := readBounded(x.Leases())
		if gone(asked) {
			x.file, x.next, x.again, x.fails = nil, 0, 0, 0
		} else if x.due(file, now) {
			x.file = file
			var failed error
			x.next, failed = x.Expire(ctx, now)
			if x.tried(failed, now); failed != nil {
				err = errors.Join(err, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "lift what has ended by " + x.Name(), Err: failed})
			}
		}
		now = k.clock.now()
		for _, at := range []evenkeel.Moment{x.next, x.again} {
			if at > 0 {
				wait = min(wait, max(at.Sub(now), 0))
			}
		}
	}
	return wait, err
}

// Holds says whether anything is left that has yet to be lifted, as the last Pass has seen it.
func (k *Keeper) Holds() bool {
	return slices.ContainsFunc(k.kept, func(x *kept) bool { return x.next > 0 || x.again > 0 })
}

// due says whether there is something to do: leases changed, one ends, or what failed has its turn.
func (x *kept) due(file []byte, now evenkeel.Moment) bool {
	return x.next > 0 && x.next <= now || x.again > 0 && x.again <= now || x.again == 0 && file == nil ||
		file != nil && !bytes.Equal(x.file, file) // its time and its inode may be those of before
}

// tried says when it is tried again: after 1 s, then twice that, up to half a minute. Whoever else ends then ends in time.
func (x *kept) tried(failed error, now evenkeel.Moment) {
	if failed == nil {
		x.again, x.fails = 0, 0
		return
	}
	x.again = now.Add(min(time.Second<<x.fails, waitsMost))
	x.fails = min(x.fails+1, 5)
}
