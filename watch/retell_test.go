package watch

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// toldAgain returns what was told again of one asset, or of all.
func toldAgain(found []evenkeel.Finding, asset evenkeel.AssetID) (out []evenkeel.Finding) {
	for _, f := range found {
		if f.Again && (asset == "" || f.Subject.Asset == asset) {
			out = append(out, f)
		}
	}
	return out
}

// N, R16: who never pauses is told again every five minutes, so that whoever decides knows that it
// goes on when a lease ends; and not once more after it stopped.
func TestWhatGoesOnIsToldAgainEveryFiveMinutes(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-0", start, 15*time.Second, 2*time.Hour, 1)
	busy(b, "vm-0", start.Add(2*time.Hour), 15*time.Second, time.Hour, 0.1)
	found, _ := runOn(t, rules(t, pinnedRule), Options{}, fourTenants(), b)
	again := toldAgain(found, "")
	if n := len(again); n < 22 || n > 23 || len(found)-n != 2 {
		t.Fatalf("%d tellings, %d of them again; expected one of each revision, and 22 or 23 in two hours", len(found), n)
	}
	for i, f := range again {
		if f.ID != found[0].ID || f.Revision != evenkeel.Final || f.Until != f.At || len(f.Terms) != 2 || f.Subject.Tenant != "t-0" {
			t.Fatalf("%+v; expected the same episode, final, seen until it was told", f)
		}
		if i > 0 && f.At.Sub(again[i-1].At) != retellEvery {
			t.Errorf("told at %s and again at %s", again[i-1].At, f.At)
		}
	}
	if last := again[len(again)-1].At; last > start.Add(2*time.Hour+2*time.Minute) {
		t.Errorf("told again at %s, when it was over", last)
	}
}

// What looks back a minute at most is told again within one: a flood that a person let go may come again for half a minute.
func TestWhatLooksBackAMinuteIsToldAgainEachMinute(t *testing.T) {
	const short = `
rule: pinned
version: 1
family: mining
mode: live
subject: asset
about: A machine whose CPU is pinned for a minute.
windows:
  cpu: {of: cpu.busy, for: 1m, pane: 15s}
terms:
  - {name: pinned, family: usage, when: 'cpu.mean >= 0.99', value: cpu.mean, threshold: 0.99, weight: 4, says: "The CPU was {cpu.mean:percent} busy."}
score: 4
quiet: 10m
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`
	b := evenkeel.NewBatch("test", 0)
	for i := range 10 { // half a minute of work in each two
		at := start.Add(time.Duration(2*i) * time.Minute)
		busy(b, "vm-0", at, 15*time.Second, 75*time.Second, 1)
		busy(b, "vm-0", at.Add(75*time.Second), 15*time.Second, 45*time.Second, 0.1)
	}
	found, _ := runOn(t, rules(t, short), Options{}, fourTenants(), b)
	if n := len(toldAgain(found, "")); n < 9 {
		t.Errorf("told %d times, of them %d again; expected each of the nine times that it came again", len(found), n)
	}
}

// A: what was seen hours ago holds its rule for as long as its window keeps it, and shows nothing
// that goes on: a lease must not stand once more for it.
func TestAMarkThatLiesBackIsNotToldAgain(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-0", start, 15*time.Second, 50*time.Minute, 0.1)
	for i := range 3 { // flows for twelve minutes, then none
		b.AddFlow(evenkeel.Flow{At: start.Add(time.Duration(5+6*i) * time.Minute), ID: uint64(900 + i), Asset: "vm-0", App: "stratum"})
	}
	slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
	found, _ := runOn(t, rules(t, wireRule), Options{}, fourTenants(), b)
	if len(found) == 0 {
		t.Fatal("nothing was found")
	}
	seen := map[evenkeel.Moment]int{}
	for _, f := range toldAgain(found, "") {
		if seen[f.Until]++; f.At.Sub(f.Until) >= retellEvery {
			t.Errorf("told again at %s, what was seen at %s", f.At, f.Until)
		}
	}
	for i := range 3 {
		if at := start.Add(time.Duration(5+6*i) * time.Minute); seen[at] > 1 || i > 0 && seen[at] == 0 {
			t.Errorf("the flow of %s was told again %d times", at, seen[at])
		}
		delete(seen, start.Add(time.Duration(5+6*i)*time.Minute))
	}
	if len(seen) != 0 {
		t.Errorf("told again for what nobody saw: %v", seen)
	}
}

// R: a telling again depends on closed panes alone: any order within the lateness gives the same,
// and so does an engine that was stopped and restored.
func TestWhatIsToldAgainIsTheSameInAnyOrder(t *testing.T) {
	rs, some := rules(t, pinnedRule), 0
	rapid.Check(t, func(t *rapid.T) {
		b := evenkeel.NewBatch("test", 0)
		for a := range 3 {
			asset := evenkeel.AssetID([]string{"vm-0", "vm-1", "vm-2"}[a])
			from := start
			for range rapid.IntRange(1, 3).Draw(t, "spells") {
				length := time.Duration(rapid.IntRange(5, 40).Draw(t, "minutes")) * time.Minute
				busy(b, asset, from, 30*time.Second, length, rapid.SampledFrom([]float64{1, 1, 0.2}).Draw(t, "share"))
				from = from.Add(length + time.Duration(rapid.IntRange(0, 12).Draw(t, "pause"))*time.Minute)
			}
			for i := range rapid.IntRange(0, 6).Draw(t, "flows") {
				at := start.Add(time.Duration(rapid.IntRange(0, 4800).Draw(t, "flow at")) * time.Second)
				b.AddFlow(evenkeel.Flow{At: at, ID: identity(asset, at+7) + uint64(i), Asset: asset, App: "stratum"})
			}
		}
		slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
		inOrder, _ := runOn(t, rs, Options{}, fourTenants(), b)
		late := shuffleWithin(b.Records, time.Minute, rapid.Uint64().Draw(t, "seed"))
		shuffled, _ := runOn(t, rs, Options{}, fourTenants(), with(b, late))
		if a, b := lines(t, inOrder, false), lines(t, shuffled, false); a != b {
			t.Fatalf("in order:\n%s\nshuffled:\n%s", a, b)
		}
		cut := rapid.IntRange(0, len(b.Records)).Draw(t, "cut")
		e, err := New(rs, Options{})
		if err != nil {
			t.Fatal(err)
		}
		k := fourTenants()
		got := slices.Clone(e.Observe(with(b, b.Records[:cut]), k))
		data, _ := checkpointOf(t, e, nil)
		e = restored(t, data, rs, Options{})
		got = append(got, e.Observe(with(b, b.Records[cut:]), k)...)
		got = append(got, e.Flush(k)...)
		if a, b := lines(t, inOrder, true), lines(t, got, true); a != b {
			t.Fatalf("never stopped:\n%s\nrestored:\n%s", a, b)
		}
		some += len(toldAgain(inOrder, ""))
	})
	if some == 0 {
		t.Error("nothing was told again: the property was not tried")
	}
}

// A fleet that burns all at once is not told again all at once.
func TestAFleetIsToldAgainOneAfterTheOther(t *testing.T) {
	k, b := &books{}, evenkeel.NewBatch("test", 0)
	const fleet = 200
	for i := range fleet {
		asset := evenkeel.AssetID("vm-" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
		k.hold(asset, "acme", start.Add(-time.Hour), 0)
		busy(b, asset, start, 30*time.Second, 30*time.Minute, 1)
	}
	k.paid("acme", 0)
	slices.SortStableFunc(b.Records, func(a, b evenkeel.Record) int { return int(a.At - b.At) })
	found, _ := runOn(t, rules(t, pinnedRule), Options{}, k, b)
	at := map[evenkeel.Moment]int{}
	for _, f := range toldAgain(found, "") {
		at[f.At]++
	}
	for when, n := range at {
		if n > fleet/2 {
			t.Errorf("%d of %d are told again at %s", n, fleet, when)
		}
	}
	if len(at) < 15 {
		t.Errorf("told again at %d moments; expected each minute of twenty", len(at))
	}
}

// Nobody is held a second time, and what nobody holds is told once when its tenancy comes.
func TestWhatNobodyHoldsIsHeldOnce(t *testing.T) {
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-9", start, 15*time.Second, time.Hour, 1)
	b.AddFlow(evenkeel.Flow{At: start.Add(time.Hour), ID: 77, Asset: "vm-9", App: "stratum"})
	found, e := runOn(t, rules(t, pinnedRule), Options{}, &books{}, b)
	if len(found) != 0 || len(e.Held()) != 2 {
		t.Errorf("found %+v, held %d; expected two held revisions", found, len(e.Held()))
	}
}
