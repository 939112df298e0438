package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// goesOn takes in every five minutes that what was found goes on, as the engine tells it, with the
// clocks that run out meanwhile.
func goesOn(t *testing.T, d *judge.Docket, f evenkeel.Finding, from, until time.Duration) {
	t.Helper()
	for at := from; at < until; at += 5 * minute {
		play(t, d, at, stillFound(f, at))
	}
}

// stillFound is a finding as it is told again.
func stillFound(f evenkeel.Finding, after time.Duration) evenkeel.Finding {
	f.Revision, f.Again = evenkeel.Final, true
	f.At = start.Add(after)
	f.Until, f.From = f.At, f.At.Add(-20*minute)
	return f
}

// N, A: a miner that never pauses is throttled once more, with people called, and after that a
// person is asked; what is told again makes no line of its own.
func TestAMinerThatNeverPausesIsNotLetGoUnseen(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	final := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), final)
	before := folders(t, b)[0]
	goesOn(t, d, final, 5*minute, lease)
	f := folders(t, b)[0]
	if f.Case.Latest != start.Add(lease-5*minute) || len(f.Entries) != len(before.Entries) || len(f.Findings) != len(before.Findings) {
		t.Fatalf("found last at %s, %d entries more; expected that it is noted, without a line", f.Case.Latest, len(f.Entries)-len(before.Entries))
	}
	goesOn(t, d, final, lease, 2*lease)
	f = folders(t, b)[0]
	if f.Highest != evenkeel.MeasureThrottle || len(f.Pages) != 1 || sentences(f, "stands once more") == 0 {
		t.Fatalf("%s is in force, %d pages; expected the throttle for one lease more, and that people are called", f.Highest, len(f.Pages))
	}
	goesOn(t, d, final, 2*lease, 3*lease)
	f = folders(t, b)[0]
	last := f.Decisions[len(f.Decisions)-1]
	if last.State != evenkeel.Proposed || sentences(f, "no machine enters it a third time") == 0 {
		t.Errorf("%+v; expected a question to a person", last)
	}
	proposed := 0
	for _, x := range f.Decisions {
		if x.State == evenkeel.Proposed {
			proposed++
		}
	}
	if proposed != 1 {
		t.Errorf("%d proposals; expected one, however often it is told", proposed)
	}
}

// A, L: where nobody judged for a day, the lease of what stood once more ends in the same transaction
// that began it, before what is found next is weighed.
func TestALeaseThatBeganAndEndedUnseenIsOver(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	final := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), final)
	goesOn(t, d, final, 5*minute, lease)
	play(t, d, finding("trial-2", "trial", day, evenkeel.Final, usage))
	f := folders(t, b)[0]
	last := stateOf(t, b, evenkeel.MeasureThrottle)
	if last.State != evenkeel.Lapsed || last.At != start.Add(2*lease+2*minute) || sentences(f, "stands once more") == 0 {
		t.Errorf("%s since %s; expected that the throttle stood once more and ended at %s", last.State, last.At, start.Add(2*lease+2*minute))
	}
}

// N: a flood that goes on for six hours at night stays limited all that time, one lease after the
// other, each told to the tenant, and whoever leads is called.
func TestAFloodThatGoesOnAllNightStaysLimited(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	flood := finding("trial-1", "trial", 0, evenkeel.Provisional, wire)
	flood.Rule, flood.Family = "flood-out", "flood"
	play(t, d, flood)
	free := 0
	for at := 5 * minute; at < 6*time.Hour; at += 5 * minute {
		play(t, d, at, stillFound(flood, at))
		if f := folders(t, b)[0]; !f.Highest.Enforced() {
			free++
		}
	}
	f := folders(t, b)[0]
	if free != 0 || f.Highest != evenkeel.MeasureLimit {
		t.Errorf("nothing was enforced at %d looks, %s at the end; expected a limit all night", free, f.Highest)
	}
	levels := map[int]int{}
	for _, p := range f.Pages {
		levels[p.Page.Level]++
	}
	if levels[docket.LevelOnCall] != 1 || levels[docket.LevelLead] < 4 || len(f.Notices) < 6 {
		t.Errorf("calls by level %v, %d notices; expected one of whoever is on call, then whoever leads, and a notice for each lease", levels, len(f.Notices))
	}
	play(t, d, 7*time.Hour+10*minute)
	if f := folders(t, b)[0]; f.Highest.Enforced() {
		t.Errorf("%s is in force an hour after the flood ended", f.Highest)
	}
}

// Twice is once, late is nothing, and what a person closed or nobody took up stays as it is.
func TestWhatIsToldAgainChangesNoMoreThanWhenItWasSeen(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	final := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)
	if heard := play(t, d, stillFound(final, 0)); len(heard.Changes) != 0 {
		t.Errorf("%+v; expected nothing where there is no case", heard.Changes)
	}
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), final)
	if heard := play(t, d, stillFound(final, 10*minute)); len(heard.Changes) != 1 || len(heard.Changes[0].Cases) != 1 || len(heard.Weighed) != 0 {
		t.Fatalf("%+v; expected that the case notes it", heard)
	}
	of := func(change func(*evenkeel.Finding)) evenkeel.Finding {
		f := stillFound(final, 20*minute)
		change(&f)
		return f
	}
	for name, f := range map[string]evenkeel.Finding{
		"the same twice":               stillFound(final, 10*minute),
		"an earlier one that is late":  stillFound(final, 5*minute),
		"of another machine":           of(func(f *evenkeel.Finding) { f.Subject.Asset = "trial-2" }),
		"of a rule in shadow":          of(func(f *evenkeel.Finding) { f.Mode = evenkeel.ModeShadow }),
		"of what nobody holds as yet":  of(func(f *evenkeel.Finding) { f.Held = "nobody is known to hold it" }),
		"of a family without any case": of(func(f *evenkeel.Finding) { f.Family = "flood" }),
	} {
		if heard := play(t, d, f); len(heard.Changes) != 0 {
			t.Errorf("%s: %+v; expected nothing", name, heard.Changes)
		}
	}
	closing := act(docket.ActClose, "trial", 30*minute)
	closing.Case, closing.Outcome = folders(t, b)[0].Case.ID, evenkeel.OutcomeInconclusive
	play(t, d, closing)
	if heard := play(t, d, stillFound(final, 40*minute)); len(heard.Changes) != 0 {
		t.Errorf("%+v; expected that what a person closed is left alone", heard.Changes)
	}
}

// G, B: a crowd floods that spends the budget of the rule. Who is told of again is limited as soon as
// there is something left of it, within the budget all the same; and what was asked is not asked any
// more once it is done. Without that the first of a crowd would be limited, and the others flood
// until somebody comes.
func TestACrowdThatSpendsABudgetIsLimitedAsItComesBack(t *testing.T) {
	const crowd = 6
	text := string(defaultText(t))
	only := strings.NewReplacer("- {measure: isolate, when: evidence.wire && finding.conclusive && finding.final}", "", "- {measure: drop-flow, when: evidence.wire && (finding.conclusive || finding.final)}", "").Replace(text)
	for name, c := range map[string]struct {
		text  string
		asked func(done int) int
	}{
		"more is wanted of what is final": {text, func(int) int { return crowd - 2 }}, // whether the flow is to be dropped
		"nothing more is wanted":          {only, func(done int) int { return crowd - done }},
	} {
		t.Run(name, func(t *testing.T) {
			b, known := newBooks(), many(crowd, false)
			p, err := policy.Parse("policy.yaml", []byte(c.text+"\ngovernor:\n  rule: {at_once: 2, one_more_every: 10m}\n  damping: {for: 0s, by: 1}\n"))
			if err != nil {
				t.Fatal(err)
			}
			d, err := judge.New(judge.Parts{Books: b, Policy: p, Means: paper})
			if err != nil {
				t.Fatal(err)
			}
			for i := range crowd {
				considered(t, d, known, flooding(i, 0))
			}
			for at := 0 * minute; at <= 45*minute; at += 5 * minute {
				for i := 0; i < crowd && at > 0; i++ {
					considered(t, d, known, stillFound(flooding(i, 0), at))
				}
				want := min(crowd, 2+int(at/(10*minute)))
				if done, asked := enforced(t, b); done != want || asked != c.asked(done) {
					t.Errorf("%s: %d limited, %d asked about; expected %d and %d", at, done, asked, want, c.asked(done))
				}
			}
		})
	}
}

// A person's no to a limit is not undone by what goes on.
func TestWhatAPersonSaidNoToIsNotDoneAsItGoesOn(t *testing.T) {
	b, known := newBooks(), many(3, false)
	d := governed(t, b, "  rule: {at_once: 1, one_more_every: 10m}\n  damping: {for: 0s, by: 1}\n")
	for i := range 3 {
		considered(t, d, known, flooding(i, 0))
	}
	no := act(docket.ActRefuse, "t1", 5*minute)
	no.Family = "flood"
	do(t, d, known, no)
	for i := range 3 {
		considered(t, d, known, stillFound(flooding(i, 0), 50*minute))
	}
	for _, f := range folders(t, b) {
		if is := f.Highest.Enforced(); is == (f.Case.Tenant == "t1") {
			t.Errorf("%s: enforced is %v; expected that two are limited, and not the one to which a person said no", f.Case.Tenant, is)
		}
	}
}

// borne says whether something is enforced on an asset in any case.
func borne(t *testing.T, b books, a evenkeel.AssetID, at evenkeel.Moment) bool {
	for _, f := range folders(t, b) {
		for _, x := range f.Decisions {
			if x.State == evenkeel.InForce && x.Measure.Enforced() && slices.Contains(x.Assets, a) && x.Until > at {
				return true
			}
		}
	}
	return false
}

// throttles are the findings on which a miner is told, and then throttled.
func throttles(a evenkeel.AssetID, after time.Duration) []any {
	return []any{finding(a, "trial", after, evenkeel.Provisional, usage, wire), finding(a, "trial", after+2*minute, evenkeel.Final, usage, wire)}
}

// N, A: what several machines of one tenant do goes on under one case, and each of them is held to
// what it does itself: no minute between two leases is free for who goes on, and who has stopped is
// let go, whatever its neighbour does.
func TestEachOfTwoMachinesIsHeldToWhatItDoesItself(t *testing.T) {
	floods := func(a evenkeel.AssetID, after time.Duration) []any {
		f := finding(a, "trial", after, evenkeel.Provisional, wire)
		f.Rule, f.Family, f.ID = "flood-out", "flood", evenkeel.NewFindingID("flood-out", 1, f.Subject, f.At)
		return []any{f}
	}
	for name, c := range map[string]struct {
		found func(evenkeel.AssetID, time.Duration) []any
		lease time.Duration
		most  int // leases that one after the other stand
	}{
		"floods": {floods, time.Hour, 6},
		"mines":  {throttles, lease, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			second := 23 * minute
			found := [][]any{c.found("trial-1", 0), c.found("trial-2", second)}
			again := func(i int, at time.Duration) evenkeel.Finding {
				return stillFound(found[i][len(found[i])-1].(evenkeel.Finding), at)
			}
			play(t, d, found[0]...)
			stops := c.lease + 30*minute // of the first
			for at := minute; at < time.Duration(c.most)*c.lease; at += minute {
				switch { // each is told of again every five minutes
				case at == second:
					play(t, d, append([]any{at}, found[1]...)...)
				case at%(5*minute) == 2*minute && at < stops:
					play(t, d, at, again(0, at))
				case at%(5*minute) == 4*minute && at > second:
					play(t, d, at, again(1, at))
				default:
					play(t, d, at)
				}
				if now := start.Add(at); !borne(t, b, "trial-1", now) && at > 2*minute && at < 2*c.lease {
					t.Fatalf("after %s nothing is enforced on the first, which was found until %s", at, stops)
				} else if at > second+2*minute && !borne(t, b, "trial-2", now) {
					t.Fatalf("after %s nothing is enforced on the second, which goes on", at)
				} else if at > 2*c.lease+3*minute && borne(t, b, "trial-1", now) {
					t.Fatalf("after %s something is enforced on the first, which stopped after %s", at, stops)
				}
			}
		})
	}
}

// Twice is once: what was seen before a lease ended, or is told much later, enters nothing.
func TestWhatWasSeenBeforeALeaseEndedEntersNothing(t *testing.T) {
	for name, c := range map[string]struct {
		seen, told time.Duration
		enters     bool
	}{
		"seen after it ended, and told at once":          {lease + 20*minute, lease + 20*minute, true},
		"seen before it ended":                           {lease - 15*minute, lease + 20*minute, false},
		"seen after it ended, and told when it was over": {lease + 20*minute, lease + 40*minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			found := throttles("trial-1", 0)
			play(t, d, append(found, lease+10*minute)...)
			if f := folders(t, b)[0]; f.Highest.Enforced() {
				t.Fatalf("%s is in force; expected that its lease ended", f.Highest)
			}
			told := stillFound(found[1].(evenkeel.Finding), c.told)
			told.Until = start.Add(c.seen)
			play(t, d, told)
			f := folders(t, b)[0]
			if f.Highest.Enforced() != c.enters {
				t.Errorf("%s is in force; expected that something is: %v", f.Highest, c.enters)
			}
			if heard := play(t, d, told); len(heard.Changes) != 0 {
				t.Errorf("the same once more changes %+v", heard.Changes)
			}
			allows := act(docket.ActFlag, "trial", c.told)
			allows.Grant = &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: start.Add(90 * 24 * time.Hour)}
			play(t, d, allows)
			if heard := play(t, d, told); len(heard.Changes) != 0 {
				t.Errorf("the same once more, once it is allowed, changes %+v", heard.Changes)
			}
		})
	}
}
