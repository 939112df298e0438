package webhook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
)

// fast tries again at once, as far as a schedule can.
var fast = shield.Options{Poll: time.Millisecond, Schedule: shield.Schedule{First: 1, Most: 1}}

// until looks every millisecond whether something holds, for as long as a test has patience.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.NewTimer(patience)
	defer tick.Stop()
	defer late.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// runFor runs an enforcer, as one process would, until what is awaited holds.
func runFor(t testing.TB, b shield.Backend, out shield.Outbox, now func() evenkeel.Moment, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- shield.NewEnforcer(b, out, now, fast).Run(ctx) }()
	until(t, what, holds)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestACrashBetweenSendingAndWritingDown: the receiver has obeyed, its answer never came to
// be written down. The next process sends the order again under the same id, and the receiver
// does nothing twice.
func TestACrashBetweenSendingAndWritingDown(t *testing.T) {
	c, out := backendtest.NewClock(), &outboxtest.Memory{}
	n := newNode(t, c)
	crashed := atomic.Bool{}
	obeyed, over := make(chan struct{}), make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if crashed.Load() {
			n.ServeHTTP(w, r)
			return
		}
		n.ServeHTTP(httptest.NewRecorder(), r)
		close(obeyed)
		<-over // the answer is on its way when the process dies
	})
	t.Cleanup(func() { close(over) })
	o := backendtest.Throttle("d-1", "vm-1")
	out.Put(o)
	to := Endpoint{URL: srv.URL, Keys: keys(t), Allow: loopback}
	runFor(t, backend(t, clocked(t, to, c)), out, c.Now, "the receiver obeys", func() bool {
		select {
		case <-obeyed:
			return true
		default:
			return false
		}
	})
	crashed.Store(true)
	if row := out.Row(o.ID); row.Over || !n.holds("d-1") {
		t.Fatalf("after the crash the order is over: %v, the receiver holds it: %v", row.Over, n.holds("d-1"))
	}
	runFor(t, backend(t, clocked(t, to, c)), out, c.Now, "the order is over", func() bool { return out.Row(o.ID).Over })
	if r := out.Row(o.ID).Receipt; r.State != evenkeel.ReceiptApplied || n.acted("d-1") != 1 {
		t.Errorf("the receipt is %+v, and the receiver acted %d times", r, n.acted("d-1"))
	}
}

// TestOrdersReachAReceiverThatIsDownForAWhile, and each of them acts once, with one id in all
// attempts; the lift comes last.
func TestOrdersReachAReceiverThatIsDownForAWhile(t *testing.T) {
	c, out := backendtest.NewClock(), &outboxtest.Memory{}
	n := newNode(t, c)
	var came atomic.Int32
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch k := came.Add(1); {
		case k <= 5:
			w.WriteHeader(http.StatusInternalServerError)
		case k%3 == 0: // it obeys, and the answer is lost
			n.receiver.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			n.receiver.ServeHTTP(w, r)
		}
		n.mu.Lock()
		n.ids = append(n.ids, r.Header.Get("Webhook-Id"))
		n.mu.Unlock()
	})
	var orders []evenkeel.Order
	for _, d := range []evenkeel.DecisionID{"d-1", "d-2", "d-3", "d-4"} {
		orders = append(orders, backendtest.Throttle(d, evenkeel.AssetID("vm-"+d)))
	}
	out.Put(orders...)
	b := backend(t, clocked(t, Endpoint{URL: srv.URL, Keys: keys(t), Allow: loopback}, c))
	tick := func() evenkeel.Moment { c.Pass(time.Microsecond); return c.Now() } // or nothing would ever be due again
	runFor(t, b, out, tick, "all orders are over", func() bool { return out.Left() == 0 })
	out.Put(backendtest.Lift(orders[0]))
	runFor(t, b, out, tick, "the lift is over", func() bool { return out.Left() == 0 })
	for i, o := range orders {
		if r := out.Row(o.ID).Receipt; r.State != evenkeel.ReceiptApplied || n.holds(string(o.Decision)) != (i > 0) {
			t.Errorf("%s: %+v, held: %v", o.Decision, r, n.holds(string(o.Decision)))
		}
	}
	if n.acted("d-1") != 2 || n.acted("d-2") != 1 || n.acted("d-3") != 1 || n.acted("d-4") != 1 {
		t.Errorf("the receiver acted %v", n.acts)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	slices.Sort(n.ids)
	if ids := slices.Compact(n.ids); len(ids) != 5 {
		t.Errorf("the messages had the ids %v", ids)
	}
}
