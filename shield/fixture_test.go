package shield_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
	"github.com/evenkeel/evenkeel/shield/paper"
)

// unsure is a backend on paper whose line is bad: it notes what reaches it, and comes to
// nothing before or after it has obeyed, as a test wants.
type unsure struct {
	*paper.Backend
	means  *shield.Means
	before func(n int, o evenkeel.Order) error // of the n-th call, from 1
	after  func(n int, o evenkeel.Order) (evenkeel.Receipt, error)

	mu    sync.Mutex
	calls []evenkeel.OrderID
	at    []evenkeel.Moment
	now   func() evenkeel.Moment
	open  map[evenkeel.OrderID]int
	most  int // of one order at the same time
}

func (u *unsure) Means() shield.Means {
	if u.means != nil {
		return *u.means
	}
	return u.Backend.Means()
}

func (u *unsure) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	n := u.enter(o.ID)
	defer u.leave(o.ID)
	if u.before != nil {
		if err := u.before(n, o); err != nil {
			return evenkeel.Receipt{}, err
		}
	}
	r, err := u.Backend.Apply(ctx, o)
	if u.after != nil && err == nil {
		if other, err := u.after(n, o); err != nil || other.Order != "" {
			return other, err
		}
	}
	return r, err
}

func (u *unsure) enter(id evenkeel.OrderID) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls, u.at = append(u.calls, id), append(u.at, u.now())
	u.open[id]++
	u.most = max(u.most, u.open[id])
	return len(u.calls)
}

func (u *unsure) leave(id evenkeel.OrderID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.open[id]--
}

func (u *unsure) called() []evenkeel.OrderID {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]evenkeel.OrderID(nil), u.calls...)
}

// times returns when it was called.
func (u *unsure) times() []evenkeel.Moment {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]evenkeel.Moment(nil), u.at...)
}

// atOnce returns how often one order was on its way at the same time.
func (u *unsure) atOnce() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.most
}

func newUnsure(t testing.TB, now func() evenkeel.Moment) *unsure {
	t.Helper()
	return onPaper(t, filepath.Join(t.TempDir(), "orders.ndjson"), now)
}

func onPaper(t testing.TB, name string, now func() evenkeel.Moment) *unsure {
	t.Helper()
	b, err := paper.Open(name, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // a test may have closed it
	return &unsure{Backend: b, now: now, open: map[evenkeel.OrderID]int{}}
}

// TestTheBackendOfTheseTestsKeepsTheContract while nothing comes to nothing.
func TestTheBackendOfTheseTestsKeepsTheContract(t *testing.T) {
	backendtest.Run(t, func(t testing.TB) *backendtest.Scene {
		name, clock := filepath.Join(t.TempDir(), "orders.ndjson"), backendtest.NewClock()
		u := onPaper(t, name, clock.Now)
		return &backendtest.Scene{
			Backend: u, Clock: clock,
			Restart: func() shield.Backend {
				_ = u.Close()
				u = onPaper(t, name, clock.Now)
				return u
			},
			Standing: func(d evenkeel.DecisionID) bool {
				for _, o := range u.Standing(clock.Now()) {
					if o.Decision == d {
						return true
					}
				}
				return false
			},
			Acts: func(evenkeel.DecisionID) int { return 1 }, // paper's own test counts its lines
		}
	})
}

// wall is the clock of a synctest bubble.
func wall() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }

// throttle is an order for an hour from now on, within a bubble.
func throttle(d evenkeel.DecisionID, assets ...evenkeel.AssetID) evenkeel.Order {
	o := backendtest.Throttle(d, assets...)
	o.From, o.Until = wall(), wall().Add(time.Hour)
	return o
}

// start runs an enforcer until the returned function is called.
func start(t testing.TB, b shield.Backend, out shield.Outbox, opts shield.Options) (e *shield.Enforcer, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	e = shield.NewEnforcer(b, out, wall, opts)
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	return e, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

func memory(orders ...evenkeel.Order) *outboxtest.Memory {
	m := &outboxtest.Memory{}
	m.Put(orders...)
	return m
}
