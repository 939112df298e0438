package host

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/backendtest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

func throttle(d evenkeel.DecisionID, a ...evenkeel.AssetID) evenkeel.Order {
	return backendtest.Throttle(d, a...)
}

func TestAnOrderForAnAssetThatIsNotHeldIsRefusedWithTheReason(t *testing.T) {
	m := newMachine(t)
	if r := m.apply(t, limit("d", "vm-9")); r.State != evenkeel.ReceiptRefused || !r.NotHeld || !strings.Contains(r.Why, plan.NotHeld) {
		t.Errorf("got %+v", r)
	}
	if len(m.entries) != 0 {
		t.Error("it is in the book")
	}
}

// A guest that moves here, where an order about others of its case is in force, comes under it too.
func TestAnOrderThatComesAgainWithMoreAssetsIsCarriedForAllOfThem(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	for range 2 { // the second time changes nothing
		if r := m.apply(t, limit("d", "vm-2")); r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Effect, "vm-1: ") || !strings.Contains(r.Effect, "vm-2: ") {
			t.Errorf("got %+v", r)
		}
	}
	if e := m.entries["d"]; len(m.entries) != 1 || len(e.Order.Assets) != 2 {
		t.Errorf("the book has %+v", m.entries)
	}
	lift := limit("d", "vm-2")
	lift.ID, lift.Lift = lift.ID+"-lift", true
	if r := m.apply(t, lift); r.State != evenkeel.ReceiptLifted || m.net.rules.Size() != 0 {
		t.Errorf("got %+v, and %d elements stand", r, m.net.rules.Size())
	}
}

// What an order says it dropped is its own: not what stood there before it, nor what another measure drops at that port.
func TestAnOrderCountsWhatItDroppedSinceItBegan(t *testing.T) {
	m := newMachine(t)
	drop := func(at int, by plan.Rule, n uint64) {
		d := m.net.drops[at]
		d[by] += n
		m.net.drops[at] = d
	}
	holds := func(when string, want ...string) {
		t.Helper()
		for i, s := range m.Standing(t.Context()) {
			if got := regexp.MustCompile("[0-9]+ packets dropped").FindString(s.Effect); s.Effect == "" || got != want[i] {
				t.Errorf("%s %s stands as %q; expected %q", when, s.Order.Decision, s.Effect, want[i])
			}
		}
	}
	m.net.drops = map[int]plan.Drops{1: {plan.ByLimit: 43408, plan.ByDrop: 7}}
	if r := m.apply(t, limit("d1", "vm-1")); strings.Contains(r.Effect, "dropped") {
		t.Errorf("a fresh order is said to have %s", r.Effect)
	}
	holds("at the beginning", "")
	drop(1, plan.ByLimit, 20)
	holds("after a while", "20 packets dropped")
	m.reopen(t)
	holds("after another start", "20 packets dropped")

	cut := limit("d2", "vm-1")
	cut.Measure, cut.Params = evenkeel.MeasureDropFlow, map[string]string{"flows": "udp/203.0.113.7/80"}
	m.apply(t, cut)
	drop(1, plan.ByLimit, 1)
	drop(1, plan.ByDrop, 3)
	holds("beside another", "21 packets dropped", "3 packets dropped")

	m.net.drops[1] = plan.Drops{plan.ByLimit: 5} // counted from nothing
	holds("where the hand counts anew", "5 packets dropped", "")
	drop(1, plan.ByLimit, 50_000)
	holds("and later", "50005 packets dropped", "")

	m.world.Guests[0].Ports = append(m.world.Guests[0].Ports, plan.Port{Name: "tap3", Index: 3})
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	drop(3, plan.ByLimit, 10)
	holds("at another port of the guest too", "50015 packets dropped", "")

	drop(2, plan.ByLimit, 1000)
	if r := m.apply(t, limit("d1", "vm-2")); !strings.HasSuffix(r.Effect, "tap2; 50015 packets dropped") {
		t.Errorf("with a guest that moved here it is said to have %s", r.Effect)
	}
	m.boot = "boot-2"
	m.net.drops = map[int]plan.Drops{1: {plan.ByLimit: 4}}
	m.reopen(t)
	holds("after another boot", "", "")
}

func TestAMeasureWaitsWhileItsGuestIsOffAndTheReceiptFollows(t *testing.T) {
	m := newMachine(t)
	m.world.Guests[0].Off = true
	if r := m.apply(t, limit("d", "vm-1")); r.State != 0 || !strings.Contains(r.Why, "it waits") || !strings.Contains(r.Why, plan.IsOff) {
		t.Errorf("got %+v", r)
	}
	m.reopen(t)
	m.world.Guests[0].Off = false
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(m.said) != 1 || m.said[0].State != evenkeel.ReceiptApplied || m.said[0].Order != limit("d").ID || m.net.rules.At(1) == nil {
		t.Errorf("said %+v", m.said)
	}
	m.world.Guests = m.world.Guests[1:]
	for range 2 {
		if err := m.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.said) != 2 || m.said[1].State != evenkeel.ReceiptRefused || !m.said[1].NotHeld || m.net.rules.Size() != 0 {
		t.Errorf("said %+v; expected, once, that the host does not hold it any more", m.said)
	}
}

func TestAGuestThatIsPluggedInElsewhereIsFollowed(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	m.world.Guests[0].Ports = []plan.Port{{Name: "vnet7", Index: 7}}
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.net.rules.At(1) != nil || m.net.rules.At(7).Limit(plan.SYNs, false, m.now()) != 200 {
		t.Errorf("got %+v", m.net.rules.Ports())
	}
	if len(m.said) != 0 {
		t.Errorf("said %+v; expected nothing, the measure stands", m.said)
	}
}

// L: whoever steps the wall clock neither ends a measure nor makes it longer.
func TestAStepOfTheWallClockChangesNoEnd(t *testing.T) {
	for _, by := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		m := newMachine(t)
		m.apply(t, throttle("d", "vm-1"))
		m.steps.Store(int64(by))
		m.wall.Pass(time.Hour - 1)
		m.reopen(t)
		if got := quotaOf(t, m.root, "one"); got != "40000 100000" {
			t.Errorf("by %v: before its end the quota is %s", by, got)
		}
		m.wall.Pass(1)
		if err := m.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := quotaOf(t, m.root, "one"); got != "max 100000" {
			t.Errorf("by %v: at its end the quota is %s", by, got)
		}
	}
}

func TestAfterAnotherBootNothingStandsLongerThanItsOrderSays(t *testing.T) {
	for _, c := range []struct {
		name   string
		passes time.Duration // while the host is down, by the wall clock
		left   time.Duration
	}{
		{"an hour's lease after ten minutes", 10 * time.Minute, 50 * time.Minute},
		{"after its end", 2 * time.Hour, 0},
		{"with a wall clock that was set back it has what was left, and no more", -5 * time.Hour, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMachine(t)
			m.apply(t, limit("d", "vm-1"))
			m.boot = "boot-2"
			m.steps.Store(int64(c.passes))
			m.reopen(t)
			all := m.Standing(t.Context())
			if c.left == 0 && len(all) != 0 || c.left > 0 && (len(all) != 1 || all[0].Left != c.left || all[0].Effect == "") {
				t.Errorf("got %+v; expected %v left", all, c.left)
			}
		})
	}
}

func TestALeaseIsNeverLongerThanItsOrder(t *testing.T) {
	m := newMachine(t)
	m.steps.Store(int64(-10 * time.Hour)) // the host's clock is slow
	m.apply(t, limit("d", "vm-1"))
	if all := m.Standing(t.Context()); len(all) != 1 || all[0].Left != time.Hour {
		t.Errorf("got %+v", all)
	}
}

func TestTwoAgentsOnOneHostAreToldApart(t *testing.T) {
	m := newMachine(t)
	_, err := Open(t.Context(), m.folder, Hands{}, func() plan.World { return plan.World{} }, m.both(), Options{Name: "second"})
	if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "is held by process") || !strings.Contains(err.Error(), ", host") {
		t.Errorf("got %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := Open(t.Context(), m.folder, Hands{}, func() plan.World { return plan.World{} }, m.both(), Options{Name: "second"})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
}

func TestADamagedBookIsSetAsideAndNamed(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	good, err := os.ReadFile(filepath.Join(m.folder, bookName))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"cut off":        good[:len(good)-1],
		"another byte":   append(append([]byte{}, good[:60]...), append([]byte{good[60] ^ 1}, good[61:]...)...),
		"empty":          {},
		"a later form":   append([]byte{version + 1}, good[1:]...),
		"not of a book":  must(stamp([]int{1, 2})),
		"without orders": must(stamp(page{Entries: []*entry{nil}})),
	} {
		folder := t.TempDir()
		put(t, filepath.Join(folder, bookName), string(bad))
		c := m.both()
		all, damaged, err := openBook(folder, &c)
		if err != nil || all != nil || damaged == nil || !strings.Contains(damaged.Error(), "set aside as") || evenkeel.HintOf(damaged) == "" {
			t.Errorf("%s: %v, %v, %v", name, all, damaged, err)
		}
		found, _ := filepath.Glob(filepath.Join(folder, "book.damaged-*"))
		if len(found) != 1 {
			t.Errorf("%s: %v lies there", name, found)
		}
		if _, damaged, err := openBook(folder, &c); damaged != nil || err != nil {
			t.Errorf("%s: the second time %v, %v", name, damaged, err)
		}
	}
}

// Who looks while no process holds the book reads the same, and changes nothing, be it damaged or not.
func TestABookIsReadWithoutBeingTaken(t *testing.T) {
	m := newMachine(t)
	if all, err := ReadBook(m.folder, m.both()); err != nil || len(all) != 0 {
		t.Errorf("before anything was ordered: %+v, %v", all, err)
	}
	m.apply(t, limit("d-2", "vm-1"))
	m.apply(t, limit("d-1", "vm-1"))
	m.apply(t, backendtest.Lift(limit("d-2", "vm-1")))
	m.wall.Pass(time.Minute)
	all, err := ReadBook(m.folder, m.both())
	is := m.Standing(t.Context())
	if err != nil || len(all) != 1 || len(is) != 1 || all[0].Order.Decision != "d-1" || all[0].Left != is[0].Left || all[0].State != 0 {
		t.Errorf("%+v, %v; expected as it is held: %+v", all, err, is)
	}
	folder := t.TempDir()
	put(t, filepath.Join(folder, bookName), "damaged")
	if _, err := ReadBook(folder, m.both()); evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
		t.Errorf("a damaged book: %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 || left[0].Name() != bookName {
		t.Errorf("there lies %v, %v", left, err)
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func FuzzBook(f *testing.F) {
	f.Add(must(stamp(page{Boot: "b", Entries: []*entry{{Order: limit("d", "vm-1"), Ends: 7}}})))
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(must(p.encode()))
		if err != nil || len(again.Entries) != len(p.Entries) {
			t.Errorf("%v, %v", again, err)
		}
	})
}

func TestWhatAHandDoesNotDoIsNotSaidToBeApplied(t *testing.T) {
	m := newMachine(t)
	m.net.fails = errors.New("no room in the kernel")
	if r := m.apply(t, limit("d", "vm-1")); r.State != 0 || !strings.Contains(r.Why, "it waits: read back what traffic did at vm-1: no rules; traffic failed: no room in the kernel") {
		t.Errorf("got %+v", r)
	}
	if all := m.Standing(t.Context()); len(all) != 1 || all[0].State != 0 || all[0].Effect != "" || !strings.Contains(all[0].Why, "no room in the kernel") {
		t.Errorf("it stands as %+v; expected that it is not in force, and why", all)
	}
	m.net.fails, m.net.amiss = nil, "a rule is missing"
	if r := m.apply(t, limit("d", "vm-1")); r.State != 0 || !strings.Contains(r.Why, "a rule is missing") {
		t.Errorf("got %+v", r)
	}
	m.net.amiss = ""
	if r := m.apply(t, limit("d", "vm-1")); r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Effect, "limit by traffic; vm-1: rules at tap1") {
		t.Errorf("got %+v", r)
	}
	if all := m.Standing(t.Context()); len(all) != 1 || all[0].State != plan.Carried || all[0].Why != "" {
		t.Errorf("it stands as %+v", all)
	}
}

// One hand that fails stops no other; the receipts say which it was, and follow when it is able to.
func TestAHandThatFailsStopsNoOther(t *testing.T) {
	m := newMachine(t)
	m.net.fails = errors.New("no room in the kernel")
	if r := m.apply(t, throttle("slow", "vm-1")); r.State != evenkeel.ReceiptApplied || quotaOf(t, m.root, "one") != "40000 100000" {
		t.Errorf("got %+v", r)
	}
	if r := m.apply(t, limit("held", "vm-1")); r.State != 0 || !strings.Contains(r.Why, "traffic failed: no room in the kernel") {
		t.Errorf("got %+v", r)
	}
	for range 2 { // it was said
		if err := m.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "by traffic") || len(m.said) != 0 {
			t.Errorf("%v, said %+v", err, m.said)
		}
	}
	if r := m.apply(t, backendtest.Lift(throttle("slow", "vm-1"))); r.State != evenkeel.ReceiptLifted || quotaOf(t, m.root, "one") != "max 100000" {
		t.Errorf("what another hand holds is not let go of: %+v", r)
	}
	m.reopen(t)
	m.net.fails = nil
	for range 2 {
		if err := m.Refresh(t.Context()); err != nil || len(m.said) != 1 || m.said[0].State != evenkeel.ReceiptApplied || m.said[0].Order != limit("held").ID {
			t.Errorf("%v, said %+v", err, m.said)
		}
	}
	m.net.fails = errors.New("it is gone")
	if r, err := m.Apply(t.Context(), backendtest.Lift(limit("held", "vm-1"))); err == nil || !strings.Contains(err.Error(), "let go of held by traffic: it is gone") {
		t.Errorf("a lift that its hand did not do: %+v, %v", r, err)
	}
}

// What was released by hand and stood nevertheless, because its hand failed, is told when it is let go of.
func TestAReleaseByHandThatFailsAtFirstIsToldWhenItIsDone(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	m.net.fails = errors.New("the kernel is busy")
	if r, err := m.Release(t.Context(), "d", "a mistake"); err == nil {
		t.Errorf("got %+v", r)
	}
	_ = m.Refresh(t.Context())
	if len(m.said) != 0 || m.net.rules.Size() == 0 {
		t.Errorf("said %+v; %d elements stand", m.said, m.net.rules.Size())
	}
	m.reopen(t)
	m.net.fails = nil
	for range 2 {
		if err := m.Refresh(t.Context()); err != nil || len(m.said) != 1 || m.said[0].State != evenkeel.ReceiptLifted || m.said[0].Order != limit("d").ID ||
			m.said[0].Why != "released by hand on host: a mistake" || m.net.rules.Size() != 0 {
			t.Errorf("%v, said %+v; %d elements stand", err, m.said, m.net.rules.Size())
		}
	}
	m.apply(t, limit("e", "vm-1")) // and one that is done at once is not told twice: whoever released it tells
	if _, err := m.Release(t.Context(), "e", "a mistake"); err != nil {
		t.Fatal(err)
	}
	if err := m.Refresh(t.Context()); err != nil || len(m.said) != 1 {
		t.Errorf("%v, said %+v", err, m.said)
	}
}

// A guest that left while no agent ran is told, and what stands as it stood is not told again.
func TestWhatChangedWhileNoAgentRanIsSaid(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	m.apply(t, limit("e", "vm-2"))
	m.world.Guests = m.world.Guests[1:]
	m.reopen(t)
	for range 2 {
		if err := m.Refresh(t.Context()); err != nil || len(m.said) != 1 || m.said[0].Order != limit("d").ID || m.said[0].State != evenkeel.ReceiptRefused {
			t.Errorf("%v, said %+v", err, m.said)
		}
	}
	m.reopen(t)
	if err := m.Refresh(t.Context()); err != nil || len(m.said) != 1 {
		t.Errorf("%v, said %+v", err, m.said)
	}
}

func TestWhatABookSaysIsPutInForceOnceAHandCan(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	m.net.rules, m.net.fails = &plan.Ruleset{}, errors.New("not yet")
	m.reopen(t)
	if err := m.Refresh(t.Context()); err == nil || len(m.said) != 1 || m.said[0].State != 0 || !strings.Contains(m.said[0].Why, "not yet") {
		t.Errorf("%v, said %+v", err, m.said)
	}
	m.net.fails = nil
	if err := m.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.net.rules.At(1) == nil || len(m.said) != 2 || m.said[1].State != evenkeel.ReceiptApplied {
		t.Errorf("said %+v", m.said)
	}
}

func TestTheHandBrakeLetsGoAndLeavesAReceipt(t *testing.T) {
	m := newMachine(t)
	m.apply(t, throttle("d", "vm-1"))
	r, err := m.Release(t.Context(), "d", "a mistake")
	if err != nil || r.State != evenkeel.ReceiptLifted || r.Order != throttle("d").ID || !strings.Contains(r.Why, "by hand") {
		t.Errorf("got %+v, %v", r, err)
	}
	if got := quotaOf(t, m.root, "one"); got != "max 100000" {
		t.Errorf("the quota is %s", got)
	}
	m.reopen(t)
	if r := m.apply(t, throttle("d", "vm-1")); r.State != evenkeel.ReceiptLifted || r.Why != "released by hand on host: a mistake" {
		t.Errorf("its order again: %+v", r)
	}
	if _, err := m.Release(t.Context(), "other", "a mistake"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Error(err)
	}
}

// Whoever was away hears when it was, and not when it was asked.
func TestAReleaseByHandKeepsItsTime(t *testing.T) {
	m := newMachine(t)
	m.apply(t, limit("d", "vm-1"))
	m.apply(t, limit("e", "vm-2"))
	r, err := m.Release(t.Context(), "d", "a mistake")
	if err != nil || r.At != m.wall.Now() {
		t.Fatalf("got %+v, %v", r, err)
	}
	for range 2 { // whether the process is the same or another
		m.wall.Pass(18 * time.Second)
		if again := m.apply(t, limit("d", "vm-1")); again != r {
			t.Errorf("asked again it says %+v; expected %+v", again, r)
		}
		if again, err := m.Release(t.Context(), "d", "a mistake"); err != nil || again != r {
			t.Errorf("released again it says %+v, %v; expected %+v", again, err, r)
		}
		m.reopen(t)
	}
	if err := m.Refresh(t.Context()); err != nil || len(m.said) != 0 {
		t.Errorf("%v; it is told again: %+v", err, m.said)
	}
	m.net.fails = errors.New("the kernel is busy") // what is let go of later is of later
	if r, err := m.Release(t.Context(), "e", "a mistake"); err == nil {
		t.Errorf("got %+v", r)
	}
	m.wall.Pass(time.Second)
	m.net.fails = nil
	if err := m.Refresh(t.Context()); err != nil || len(m.said) != 1 || m.said[0].At != m.wall.Now() {
		t.Fatalf("%v, said %+v", err, m.said)
	}
	m.wall.Pass(time.Second)
	if again := m.apply(t, limit("e", "vm-2")); again != m.said[0] {
		t.Errorf("asked again it says %+v; expected %+v", again, m.said[0])
	}
}

func TestAFullBookRefusesAndLosesNothing(t *testing.T) {
	m := newMachine(t)
	for i := range MostEntries {
		d := evenkeel.DecisionID(strings.Repeat("x", i%50) + time.Duration(i).String())
		m.entries[d] = &entry{Order: limit(d, "vm-1"), Lifted: true, Ends: m.now().Add(time.Hour)}
	}
	if r := m.apply(t, limit("d", "vm-1")); r.State != evenkeel.ReceiptRefused || !strings.Contains(r.Why, "full") {
		t.Errorf("got %+v", r)
	}
}

func TestAnOrderThatIsUnfitIsRefused(t *testing.T) {
	m := newMachine(t)
	for says, change := range map[string]func(*evenkeel.Order){
		"no id":         func(o *evenkeel.Order) { o.ID = "a\x00b" },
		"no decision":   func(o *evenkeel.Order) { o.Decision = "" },
		"no asset":      func(o *evenkeel.Order) { o.Assets = nil },
		"no end":        func(o *evenkeel.Order) { o.From = o.Until },
		"asset is empt": func(o *evenkeel.Order) { o.Assets = append(o.Assets, "") },
	} {
		o := limit("d", "vm-1")
		change(&o)
		if r := m.apply(t, o); r.State != evenkeel.ReceiptRefused || !strings.Contains(r.Why, says) {
			t.Errorf("%s: %+v", says, r)
		}
	}
}

func TestAHostDeclaresWhatItsHandsCan(t *testing.T) {
	m := newMachine(t)
	if x := m.Means(); len(x.Measures) != 4 || x.Declared || x.Proven {
		t.Errorf("got %+v", x)
	}
	if next := m.Next(); next != 0 {
		t.Errorf("with nothing in force something ends at %v", next)
	}
	m.apply(t, throttle("d", "vm-1"))
	if next := m.Next(); next != m.now().Add(time.Hour) {
		t.Errorf("the next end is %v", next)
	}
}
