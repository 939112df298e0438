package shield_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
)

var busy = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "it answered 500"}

func TestOrdersLeaveWhenTheyArePutIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := memory()
		_, stop := start(t, newUnsure(t, wall), out, shield.Options{})
		defer stop()
		time.Sleep(time.Minute)
		for i := range 20 {
			out.Put(throttle(evenkeel.DecisionID(fmt.Sprint("d-", i)), evenkeel.AssetID(fmt.Sprint("vm-", i))))
		}
		time.Sleep(time.Second)
		if n := out.Left(); n != 0 {
			t.Errorf("%d are left", n)
		}
		if r := out.Row(evenkeel.NewOrderID("d-7", false)).Receipt; r.State != evenkeel.ReceiptApplied {
			t.Errorf("the receipt is %+v", r)
		}
	})
}

func TestANudgeHasOrdersLeaveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := memory()
		e, stop := start(t, newUnsure(t, wall), out, shield.Options{Poll: time.Hour})
		defer stop()
		for i := range 3 {
			synctest.Wait() // it waits by now
			o := throttle(evenkeel.DecisionID(fmt.Sprint("d-", i)), "vm-1")
			out.Put(o)
			e.Nudge()
			e.Nudge()
			synctest.Wait()
			if r := out.Row(o.ID).Receipt; r.State != evenkeel.ReceiptApplied {
				t.Errorf("%d: the receipt is %+v", i, r)
			}
		}
	})
}

func TestAnOrderComesAgainUntilItsEndAndThenLapses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnsure(t, wall)
		u.before = func(int, evenkeel.Order) error { return busy }
		o := throttle("d-1", "vm-1")
		out := memory(o)
		_, stop := start(t, u, out, shield.Options{})
		defer stop()
		time.Sleep(time.Hour - time.Second)
		row := out.Row(o.ID)
		if row.Over || row.Attempts != len(u.times()) || row.Why != "it answered 500" {
			t.Errorf("a second before its end: %+v", row)
		}
		time.Sleep(2 * time.Second)
		if row := out.Row(o.ID); !row.Over || row.Receipt.State != evenkeel.ReceiptLapsed || row.Receipt.Node != shield.Self {
			t.Errorf("after its end: %+v", row)
		}
		at := u.times()
		if n := len(at); n < 15 || n > 40 {
			t.Errorf("it was tried %d times in an hour", n)
		}
		for i := 1; i < len(at); i++ {
			most := min(2*time.Second<<(i-1), 5*time.Minute)
			if pause := at[i].Sub(at[i-1]); pause < most/2 || pause > most+time.Second {
				t.Errorf("pause %d is %v; expected %v to %v", i, pause, most/2, most)
			}
		}
	})
}

func TestALiftThatNobodyConfirmsIsGivenUpADayAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnsure(t, wall)
		u.before = func(_ int, o evenkeel.Order) error {
			if o.Lift {
				return busy
			}
			return nil
		}
		o := throttle("d-1", "vm-1")
		out := memory(o)
		_, stop := start(t, u, out, shield.Options{})
		defer stop()
		time.Sleep(time.Minute)
		lift := backendtest.Lift(o)
		out.Put(lift)
		time.Sleep(24 * time.Hour)
		if out.Row(lift.ID).Over {
			t.Error("a day later, before a day after its end, it was given up")
		}
		time.Sleep(2 * time.Hour)
		row := out.Row(lift.ID)
		if !row.Over || row.Receipt.State != 0 || !strings.Contains(row.Why, "nobody confirmed") || !strings.Contains(row.Why, "it answered 500") {
			t.Errorf("two hours later: %+v", row)
		}
	})
}

func TestWhatIsRefusedForGoodIsNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		u := newUnsure(t, wall)
		u.before = func(int, evenkeel.Order) error {
			return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "it answered 403", Hint: "compare the secrets"}
		}
		o := throttle("d-1", "vm-1")
		out := memory(o)
		_, stop := start(t, u, out, shield.Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
		time.Sleep(time.Hour)
		stop()
		if row := out.Row(o.ID); !row.Over || row.Why != "it answered 403" || row.Receipt != (evenkeel.Receipt{}) || len(u.called()) != 1 {
			t.Errorf("got %+v after %d attempts", row, len(u.called()))
		}
		if !strings.Contains(said.String(), "level=WARN") || !strings.Contains(said.String(), "compare the secrets") {
			t.Errorf("the log says %q", said.String())
		}
	})
}

func TestTheOtherEndsWishForAPauseIsRespected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnsure(t, wall)
		u.before = func(n int, _ evenkeel.Order) error {
			if n == 1 {
				return shield.After(3*time.Minute, busy)
			}
			return nil
		}
		o := throttle("d-1", "vm-1")
		out := memory(o)
		_, stop := start(t, u, out, shield.Options{})
		defer stop()
		time.Sleep(5 * time.Minute)
		if at := u.times(); len(at) != 2 || at[1].Sub(at[0]) != 3*time.Minute || !out.Row(o.ID).Over {
			t.Errorf("it was tried at %v", at)
		}
	})
}

func TestAfterALiftNothingOfItsDecisionIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnsure(t, wall)
		u.before = func(_ int, o evenkeel.Order) error {
			if !o.Lift {
				return busy
			}
			return nil
		}
		o := throttle("d-1", "vm-1")
		out := memory(o)
		_, stop := start(t, u, out, shield.Options{})
		defer stop()
		time.Sleep(10 * time.Minute)
		tried := len(u.called())
		lift := backendtest.Lift(o)
		out.Put(lift)
		time.Sleep(2 * time.Second)
		if calls := u.called(); len(calls) != tried+1 || calls[tried] != lift.ID {
			t.Errorf("after %d attempts came %v", tried, calls[tried:])
		}
		if r := out.Row(o.ID).Receipt; r.State != evenkeel.ReceiptLifted || r.Node != shield.Self {
			t.Errorf("the order's receipt is %+v", r)
		}
		if r := out.Row(lift.ID).Receipt; r.State != evenkeel.ReceiptLifted || r.Node != "paper" {
			t.Errorf("the lift's receipt is %+v", r)
		}
	})
}

func TestOrdersAboutOneAssetKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnsure(t, wall)
		u.before = func(n int, _ evenkeel.Order) error {
			if n%3 != 0 {
				return busy
			}
			time.Sleep(100 * time.Millisecond)
			return nil
		}
		var want []evenkeel.OrderID
		out := memory()
		for i := range 5 {
			o := throttle(evenkeel.DecisionID(fmt.Sprint("d-", i)), "vm-1", evenkeel.AssetID(fmt.Sprint("other-", i)))
			out.Put(o)
			want = append(want, o.ID)
		}
		_, stop := start(t, u, out, shield.Options{})
		defer stop()
		time.Sleep(10 * time.Minute)
		if got := slices.Compact(u.called()); !slices.Equal(got, want) || out.Left() != 0 {
			t.Errorf("they came as %v; expected %v", got, want)
		}
	})
}

// trouble is an outbox that cannot write for a while.
type trouble struct {
	*outboxtest.Memory
	mu   sync.Mutex
	fail func(act string) error
}

func (x *trouble) ask(act string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.fail(act)
}

func (x *trouble) Pending(ctx context.Context, now evenkeel.Moment, most int) ([]shield.Waiting, error) {
	if err := x.ask("pending"); err != nil {
		return nil, err
	}
	return x.Memory.Pending(ctx, now, most)
}

func (x *trouble) Done(ctx context.Context, id evenkeel.OrderID, r evenkeel.Receipt) error {
	if err := x.ask("done"); err != nil {
		return err
	}
	return x.Memory.Done(ctx, id, r)
}

func TestAnOutboxThatIsInTroubleIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		u := newUnsure(t, wall)
		full := errors.New("the disk is full")
		asked := map[string]int{}
		o := throttle("d-1", "vm-1")
		x := &trouble{Memory: memory(o)}
		var over time.Time
		x.fail = func(act string) error {
			if asked[act]++; asked[act] <= 10 {
				return full
			}
			if act == "done" {
				over = time.Now()
			}
			return nil
		}
		began := time.Now()
		_, stop := start(t, u, x, shield.Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
		time.Sleep(time.Minute)
		stop()
		if row := x.Row(o.ID); !row.Over || row.Receipt.State != evenkeel.ReceiptApplied {
			t.Errorf("got %+v", row)
		}
		if n := len(u.called()); n != 1 {
			t.Errorf("the order was sent %d times, though it had arrived", n)
		}
		if took := over.Sub(began); took < 10*time.Second {
			t.Errorf("after 20 errors all was done within %v; expected a pause after each", took)
		}
		if !strings.Contains(said.String(), "the disk is full") || asked["done"] != 11 {
			t.Errorf("asked %v; the log says %s", asked, said.String())
		}
	})
}

// TestAReceiptThatWasNotWrittenDownIsNotReplacedByALift: the order had arrived, and what its
// row says is what came of it.
func TestAReceiptThatWasNotWrittenDownIsNotReplacedByALift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := throttle("d-1", "vm-1")
		x := &trouble{Memory: memory(o)}
		down := true
		x.fail = func(act string) error {
			if act == "done" && down {
				return errors.New("the disk is full")
			}
			return nil
		}
		_, stop := start(t, newUnsure(t, wall), x, shield.Options{})
		defer stop()
		time.Sleep(10 * time.Second)
		lift := backendtest.Lift(o)
		x.Put(lift)
		time.Sleep(10 * time.Second)
		x.mu.Lock()
		down = false
		x.mu.Unlock()
		time.Sleep(10 * time.Second)
		if r := x.Row(o.ID).Receipt; r.State != evenkeel.ReceiptApplied || r.Node != "paper" {
			t.Errorf("the order's receipt is %+v", r)
		}
		if r := x.Row(lift.ID).Receipt; r.State != evenkeel.ReceiptLifted {
			t.Errorf("the lift's receipt is %+v", r)
		}
	})
}

// never is an outbox that does not take what became of some orders.
type never struct {
	*outboxtest.Memory
	retries bool
}

func (x *never) Done(ctx context.Context, id evenkeel.OrderID, r evenkeel.Receipt) error {
	if row := x.Row(id); strings.HasPrefix(string(row.Order.Decision), "bad") && !row.Order.Lift {
		return evenkeel.Invalid("the receipt does not fit")
	}
	return x.Memory.Done(ctx, id, r)
}

func (x *never) Retry(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error {
	if !x.retries {
		return evenkeel.Invalid("nothing is taken")
	}
	return x.Memory.Retry(ctx, id, at, why)
}

// TestAnOrderThatCannotBeWrittenDownHoldsNobodyUp: not other orders, and not its own lift.
func TestAnOrderThatCannotBeWrittenDownHoldsNobodyUp(t *testing.T) {
	for _, retries := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var said strings.Builder
			u, x := newUnsure(t, wall), &never{memory(), retries}
			var lifts []evenkeel.Order
			for i := range 20 {
				o := throttle(evenkeel.DecisionID(fmt.Sprint("bad-", i)), evenkeel.AssetID(fmt.Sprint("vm-", i)))
				x.Put(o)
				lifts = append(lifts, backendtest.Lift(o))
			}
			_, stop := start(t, u, x, shield.Options{Poll: 5 * time.Second, Log: slog.New(slog.NewTextHandler(&said, nil))})
			time.Sleep(2 * time.Minute)
			good := throttle("good", "vm-1", "vm-20")
			x.Put(good)
			time.Sleep(11 * time.Second)
			if !x.Row(good.ID).Over {
				t.Errorf("retries %v: after two looks the good order is not over", retries)
			}
			x.Put(lifts...)
			time.Sleep(10 * time.Minute)
			for _, l := range lifts {
				if !x.Row(l.ID).Over {
					t.Errorf("retries %v: %s is not over", retries, l.ID)
				}
			}
			time.Sleep(27 * time.Hour)
			stop()
			if n := strings.Count(said.String(), "level=ERROR"); n != 20 || len(u.called()) != 41 || x.Left() != 0 {
				t.Errorf("retries %v: %d errors, %d calls, %d left", retries, n, len(u.called()), x.Left())
			}
		})
	}
}

// deaf is an outbox that writes although nobody waits for it any more.
type deaf struct{ *outboxtest.Memory }

func (d deaf) Retry(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error {
	return d.Memory.Retry(context.WithoutCancel(ctx), id, at, why)
}

func TestTheEndOfRunCutsOffWhatIsOnItsWayAndCountsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "orders.ndjson")
		u := onPaper(t, name, wall)
		ctx, cancel := context.WithCancel(t.Context())
		u.after = func(int, evenkeel.Order) (evenkeel.Receipt, error) { // it obeyed; the answer does not come
			<-ctx.Done()
			return evenkeel.Receipt{}, ctx.Err()
		}
		o := throttle("d-1", "vm-1")
		out := deaf{memory(o)}
		var said strings.Builder
		ended := make(chan error, 1)
		go func() {
			ended <- shield.NewEnforcer(u, out, wall, shield.Options{Log: slog.New(slog.NewTextHandler(&said, nil))}).Run(ctx)
		}()
		time.Sleep(time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if row := out.Row(o.ID); row.Over || row.Attempts != 0 || said.Len() > 0 {
			t.Errorf("got %+v; the log says %q", row, said.String())
		}
		_ = u.Close()
		again := onPaper(t, name, wall)
		_, stop := start(t, again, out, shield.Options{})
		defer stop()
		time.Sleep(time.Second)
		if row := out.Row(o.ID); !row.Over || row.Receipt.State != evenkeel.ReceiptApplied || again.called()[0] != o.ID {
			t.Errorf("after the restart: %+v", row)
		}
	})
}

// TestManyOrdersOverABadLine: whatever is lost on the way, each order is over in the end, no
// order is sent twice at the same time, what was lifted does not stand, and all else does.
func TestManyOrdersOverABadLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnsure(t, wall)
		u.before = func(n int, _ evenkeel.Order) error {
			time.Sleep(time.Duration(n%7) * 30 * time.Millisecond)
			if n%4 == 0 {
				return busy
			}
			return nil
		}
		u.after = func(n int, _ evenkeel.Order) (evenkeel.Receipt, error) {
			if n%5 == 0 {
				return evenkeel.Receipt{}, busy
			}
			return evenkeel.Receipt{}, nil
		}
		out := memory()
		_, stop := start(t, u, out, shield.Options{Parallel: 4})
		defer stop()
		var orders []evenkeel.Order
		for i := range 60 {
			o := throttle(evenkeel.DecisionID(fmt.Sprint("d-", i)), evenkeel.AssetID(fmt.Sprint("vm-", i%10)))
			orders = append(orders, o)
			out.Put(o)
			time.Sleep(50 * time.Millisecond)
			if i >= 20 && i%2 == 0 {
				out.Put(backendtest.Lift(orders[i-20]))
			}
		}
		time.Sleep(30 * time.Minute)
		if n := out.Left(); n != 0 {
			t.Errorf("%d are left", n)
		}
		standing := map[evenkeel.DecisionID]bool{}
		for _, o := range u.Standing(wall()) {
			standing[o.Decision] = true
		}
		for i, o := range orders {
			if lifted := i < 40 && i%2 == 0; standing[o.Decision] == lifted {
				t.Errorf("%s was lifted: %v, and stands: %v", o.Decision, lifted, standing[o.Decision])
			}
		}
		if n := u.atOnce(); n != 1 {
			t.Errorf("one order was on its way %d times at once", n)
		}
	})
}

func TestSilenceIsToldOnceAndSoIsItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		u := newUnsure(t, wall)
		began := wall()
		u.before = func(int, evenkeel.Order) error {
			if wall().Sub(began) < 20*time.Minute {
				return busy
			}
			return nil
		}
		out := memory()
		for i := range 30 {
			out.Put(throttle(evenkeel.DecisionID(fmt.Sprint("d-", i)), evenkeel.AssetID(fmt.Sprint("vm-", i))))
		}
		_, stop := start(t, u, out, shield.Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
		time.Sleep(30 * time.Minute)
		stop()
		if lines := strings.Count(said.String(), "\n"); lines != 2 || !strings.Contains(said.String(), "do not reach") || !strings.Contains(said.String(), "again") {
			t.Errorf("the log has %d lines:\n%s", lines, said.String())
		}
	})
}
