package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// inForce are the orders that a test has in force.
type inForce map[evenkeel.OrderID]evenkeel.Order

// bears is who bears them; what steps down is noted.
type bears struct {
	inForce
	down   []string // what steps down, and what people have to look at
	opened []string
	fail   error
	left   int // cases that step down at the next looks, one at each
	// withheld are the tenants whose data a lawful order withholds; asked is called when that is asked.
	withheld map[evenkeel.TenantID]bool
	asked    func()
}

func (b *bears) Withheld(_ context.Context, t evenkeel.TenantID) bool {
	if b.asked != nil {
		defer b.asked()
	}
	return b.withheld[t]
}

func (b *bears) OrderOf(_ context.Context, id evenkeel.OrderID) (evenkeel.Order, error) {
	o, ok := b.inForce[id]
	if !ok {
		return o, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no such order"}
	}
	return o, nil
}

func (b *bears) Applied(context.Context) ([]evenkeel.OrderID, error) {
	return slices.Sorted(maps.Keys(b.inForce)), nil
}

func (b *bears) Down(_ context.Context, why string) (int, error) {
	b.down = append(b.down, "all: "+why)
	if b.left--; b.left < 0 || b.fail != nil {
		return 0, b.fail
	}
	return 1, nil
}

func (b *bears) Cut(_ context.Context, id evenkeel.OrderID, why string) error {
	b.down = append(b.down, "cut "+string(id)+": "+why)
	return b.fail
}

func (b *bears) Open(_ context.Context, id evenkeel.OrderID) error {
	b.opened = append(b.opened, string(id))
	return b.fail
}

func loop(x *canary, f inForce) (*proving, *bears) {
	b := &bears{inForce: f}
	return &proving{canary: x, of: b, under: newUnder()}, b
}

// all probes every order that waits.
func (p *proving) all(ctx context.Context) {
	for p.under.waits() {
		p.probeNext(ctx)
	}
}

func isolated(n int) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.OrderID(fmt.Sprintf("o-%d", n)), Tenant: evenkeel.TenantID(fmt.Sprintf("t-%d", n)), Measure: evenkeel.MeasureIsolate,
		Assets: []evenkeel.AssetID{"vm-1"}, Until: start.Add(time.Hour),
	}
}

func of(all ...evenkeel.Order) inForce {
	f := inForce{}
	for _, o := range all {
		f[o.ID] = o
	}
	return f
}

// D: as soon as an order is in force the way is tried under it; one that leaves every way as it is, one
// that is over, and one that nobody knows are not asked about, and twice is once.
func TestAnOrderInForceIsProbed(t *testing.T) {
	now, v := start, &prover{}
	x := asking(t, v, &now)
	limit, over, lift := isolated(2), isolated(3), isolated(4)
	limit.Measure, over.Until, lift.Lift = evenkeel.MeasureLimit, start, true
	p, b := loop(x, of(isolated(1), limit, over, lift))
	for _, id := range []evenkeel.OrderID{"o-2", "o-3", "o-4", "o-9", "o-1", "o-1"} {
		p.under.add(id)
	}
	p.all(t.Context())
	if got := strings.Join(v.came, ", "); got != "isolate o-1" || len(b.down) > 0 {
		t.Errorf("it was asked for %s, and %v stepped down", got, b.down)
	}
	if got := x.proof().Orders; len(got) != 1 || got[0].Order != "o-1" || got[0].Amiss != "" {
		t.Errorf("%+v is shown of orders", got)
	}
	if x.proven() {
		t.Error("one order that is well is no proof of the others")
	}
}

// D, R6: while a lawful order withholds a tenant's data nobody fetches it, and that is no fault of the way: it is not
// tried, and where the order came while it was, it counts for nothing.
func TestWhatALawfulOrderWithholdsIsNotProbed(t *testing.T) {
	now, v := start, &prover{cut: "console"}
	x := asking(t, v, &now)
	p, b := loop(x, of(isolated(1), isolated(2)))
	b.withheld = map[evenkeel.TenantID]bool{"t-1": true}
	b.asked = func() { b.withheld["t-2"] = true } // while the second is tried
	p.under.add("o-2")
	p.under.add("o-1")
	p.all(t.Context())
	if got := strings.Join(v.came, ", "); got != "isolate o-2" || len(b.down) > 0 || len(p.under.cut) > 0 || len(x.proof().Orders) > 0 {
		t.Errorf("it was asked for %s, %v stepped down, and %+v is known", got, b.down, x.proof().Orders)
	}
}

// D, R6: what is in force is asked about in each round, so that neither a restart nor a receipt that was
// lost leaves an order out.
func TestARoundAsksAboutWhatIsInForce(t *testing.T) {
	now, v := start, &prover{}
	x := asking(t, v, &now)
	p, _ := loop(x, of(isolated(1), isolated(2)))
	p.round(t.Context())
	p.all(t.Context())
	if got := strings.Join(v.came, ", "); got != "isolate, suspend, isolate o-1, isolate o-2" {
		t.Errorf("it was asked for %s", got)
	}
}

// G, D: a tenant who breaks the ways to its own data ends nothing by that, neither for itself nor for
// others: people look. Nor do many tenants. Canaries are tried at once, and not in six hours.
func TestNoTenantEndsAnythingByItsOwnWays(t *testing.T) {
	for _, n := range []int{1, 3, 9} {
		now, v := start, &prover{cut: "export", only: "o-"}
		x := asking(t, v, &now)
		var all []evenkeel.Order
		for i := range n {
			all = append(all, isolated(i+1))
		}
		p, b := loop(x, of(all...))
		p.round(t.Context())
		now = now.Add(proveAgain)
		v.came = nil
		p.all(t.Context())
		p.settle(t.Context())
		if !x.proven() || len(b.down) != n || b.down[0] != "cut o-1: under isolate, export brought nothing" {
			t.Errorf("of %d tenants: proven %v, %q; expected that people look at each, and no more", n, x.proven(), b.down)
		}
		if got := strings.Join(v.came[:3], ", "); got != "isolate o-1, suspend, isolate" {
			t.Errorf("it was asked for %s; expected canaries at once", got)
		}
		if want := 2*n + 1; len(v.came) != want { // and not all of them for each
			t.Errorf("it was asked %d times: %v; expected %d", len(v.came), v.came, want)
		}
	}
}

// D: a way that is cut under an order and on a canary too is a matter of all: what needs a proof steps down
// at once, and nobody has to look first.
func TestWhatACanaryShowsTooIsAMatterOfAll(t *testing.T) {
	for _, after := range []time.Duration{0, time.Hour} {
		now, v := start, &prover{}
		x := asking(t, v, &now)
		p, b := loop(x, of(isolated(1)))
		p.round(t.Context())
		v.set(func(v *prover) { v.cut = "console" })
		now = now.Add(min(after, time.Hour-1))
		p.all(t.Context())
		p.settle(t.Context())
		if x.proven() || !slices.Equal(b.down, []string{"all: under isolate, console brought nothing"}) {
			t.Errorf("after %s: proven %v, %q", after, x.proven(), b.down)
		}
	}
}

// D: where nobody answers about canaries while a way of one tenant is cut, nothing is known: people look, and
// canaries are asked about again soon.
func TestSilenceAboutCanariesSaysNothingOfATenant(t *testing.T) {
	now, v := start, &prover{cut: "export", only: "o-1"}
	x := asking(t, v, &now)
	p, b := loop(x, of(isolated(1)))
	p.round(t.Context())
	v.set(func(v *prover) { v.mute = "isolate" })
	p.all(t.Context())
	if !x.proven() || !slices.Equal(b.down, []string{"cut o-1: under isolate, export brought nothing"}) || x.next > now.Add(proveAgain) {
		t.Errorf("proven %v, %q, next at %s", x.proven(), b.down, x.next)
	}
}

// D: that a way is open again is seen soon and said; one that is cut for days is asked about less and less
// often.
func TestAWayThatIsCutIsTriedAgain(t *testing.T) {
	now, v := start, &prover{cut: "export", only: "o-1"}
	x := asking(t, v, &now)
	long := isolated(1)
	long.Until = start.Add(48 * time.Hour)
	p, b := loop(x, of(long))
	p.round(t.Context())
	p.all(t.Context())
	var tried []string
	for now < start.Add(24*time.Hour) {
		now = now.Add(time.Minute)
		if p.under.again(now); p.under.waits() {
			tried = append(tried, now.Sub(start).String())
			p.all(t.Context())
		}
	}
	if got := strings.Join(tried, " "); got != "10m0s 30m0s 1h10m0s 2h30m0s 5h10m0s 10h30m0s 16h30m0s 22h30m0s" || len(b.down) != len(tried)+1 {
		t.Errorf("it is tried again at %s", got)
	}
	v.set(func(v *prover) { v.cut = "" })
	now = now.Add(6 * time.Hour)
	if p.under.again(now); !p.under.waits() {
		t.Fatal("it is not tried any more")
	}
	p.all(t.Context())
	if now = now.Add(12 * time.Hour); !slices.Equal(b.opened, []string{"o-1"}) || len(p.under.cut) != 0 {
		t.Errorf("said to be open: %v; still %v", b.opened, p.under.cut)
	}
}

// D: a receiver that shows canaries and says nothing of orders in force is asked three times.
func TestSilenceAboutAnOrderIsNoProof(t *testing.T) {
	now, v := start, &prover{mute: "o-1"}
	x := asking(t, v, &now)
	p, b := loop(x, of(isolated(1)))
	for n := range muteFor {
		if p.round(t.Context()); !p.under.waits() || len(b.down) > 0 {
			t.Fatalf("round %d: waits %v, down %q", n, p.under.waits(), b.down)
		}
		if p.all(t.Context()); n < muteFor-1 && x.next > now.Add(proveAgain) {
			t.Errorf("it is asked again at %s only", x.next)
		}
		now = now.Add(proveAgain)
	}
	if !slices.Equal(b.down, []string{"cut o-1: under isolate, nobody answered"}) || !x.proven() {
		t.Errorf("down %q, proven %v", b.down, x.proven())
	}
}

// D: a measure about which nobody answers does not hide what is amiss under another.
func TestOneThatHangsHidesNoOther(t *testing.T) {
	now, v := start, &prover{cut: "export", only: "suspend", mute: "isolate"}
	x := asking(t, v, &now)
	if turn(t, x); x.proof().Amiss != "under suspend, export brought nothing" {
		t.Errorf("amiss %q", x.proof().Amiss)
	}
}

// D: what could not step down is tried again; and until a look has found nothing for a while, what was
// being entered meanwhile is looked for.
func TestWhatStandsIsLookedForUntilNothingIsFound(t *testing.T) {
	now, v := start, &prover{cut: "console"}
	x := asking(t, v, &now)
	p, b := loop(x, inForce{})
	p.round(t.Context())
	b.fail = errors.New("the disk is full")
	looks := func() int {
		p.settle(t.Context())
		return len(b.down)
	}
	if first, second := looks(), looks(); first != 1 || second != 1 {
		t.Fatalf("%d looks, and %d after another; expected one", first, second)
	}
	now = now.Add(proofLooked)
	b.fail, b.left = nil, 1
	for want := 2; want <= 5; want++ {
		if got := looks(); got != want {
			t.Fatalf("%d looks; expected %d", got, want)
		}
		now = now.Add(proofLooked)
	}
	if got := looks(); got != 5 {
		t.Errorf("%d looks; expected no more, once three found nothing", got)
	}
	if p.round(t.Context()); looks() != 6 {
		t.Error("after a round it is not looked again")
	}
}

// A clock that is set back neither ends a proof that was just shown nor puts off the next round for years.
func TestAClockThatIsSetBack(t *testing.T) {
	now, v := start, &prover{}
	x := asking(t, v, &now)
	turn(t, x)
	if now = start.Add(-time.Second); !x.proven() || x.isDue() {
		t.Errorf("a second back: proven %v, due %v", x.proven(), x.isDue())
	}
	if now = start.Add(-365 * 24 * time.Hour); x.proven() || !x.isDue() {
		t.Errorf("a year back: proven %v, due %v; expected that it is asked again now", x.proven(), x.isDue())
	}
	if turn(t, x); !x.proven() {
		t.Error("what is shown now does not count")
	}
}

// hung answers nothing before it is told to go.
type hung struct{}

func (hung) Probe(ctx context.Context, _ shield.Probe) ([]shield.Fetched, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// D: a receiver that hangs holds the loop up for so long and no longer; the proof ends at its time all the
// same, and whoever asks hears that nobody answers.
func TestAReceiverThatHangsHoldsNobodyUp(t *testing.T) {
	begin := start
	x := asking(t, &prover{}, &begin)
	synctest.Test(t, func(t *testing.T) {
		x.now = func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
		x.orders, x.asked, x.to.prober = make(chan evenkeel.OrderID, mostApplied), make(chan chan<- Proof), hung{}
		began := x.now()
		x.said.Shown, x.said.Until, x.next = began, began.Add(10*time.Minute), 0
		_, b := loop(x, of(isolated(1)))
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- x.Run(ctx, b) }()
		said, err := x.ask(ctx)
		if took := x.now().Sub(began); err != nil || said.Silent == "" || took > proveWait {
			t.Errorf("%+v, %v after %s", said, err, took)
		}
		time.Sleep(10*time.Minute - x.now().Sub(began))
		if x.proven() {
			t.Error("it counts longer than it may, because the loop hangs")
		}
		time.Sleep(roundTakes + proofLooked)
		synctest.Wait()
		end()
		if err := <-ended; err != nil || len(b.down) == 0 || !strings.HasPrefix(b.down[0], "all: nobody has shown it since ") {
			t.Errorf("%v; down %q", err, b.down)
		}
		if _, err := x.ask(ctx); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
			t.Errorf("nobody is there to ask: %v", err)
		}
	})
}
