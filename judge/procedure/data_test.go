package procedure

import (
	"fmt"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// allMeans are all that whoever carries measures out may have declared and shown.
func allMeans() (all []Means) {
	bools := []bool{false, true}
	for _, measures := range [][]evenkeel.Measure{nil, {evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureFreeze, evenkeel.MeasureShut}} {
		for _, keeps := range [][]string{nil, {"console"}, {"console", "export", "backup"}} {
			for _, destroys := range [][]string{nil, {"connections"}, {"connections", "memory"}, {"disk"}, {"address"}} {
				for _, declared := range bools {
					for _, proven := range bools {
						for _, finishes := range bools {
							all = append(all, Means{Measures: measures, Declared: declared, Keeps: keeps, Destroys: destroys, Proven: proven, Finishes: finishes})
						}
					}
				}
			}
		}
	}
	return all
}

// readable says whether a tenant has a way to its data while a measure stands, as mission.md has it:
// limit, throttle and a check of visitors leave every way as it is; for all else the way has to have been
// shown, and nothing may be destroyed. It is written apart from Means.Lacks.
func readable(m Means, x evenkeel.Measure) bool {
	switch x {
	case evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureLimit, evenkeel.MeasureThrottle:
		return true
	}
	lost := slices.ContainsFunc(m.Destroys, func(s string) bool { return s != "connections" })
	return m.Declared && m.Proven && len(m.Keeps) > 0 && !lost
}

// way is one transition of the model: from what stands to what may stand afterwards, by the functions
// that decide it and by no others.
type way struct {
	name string
	to   func(m Means, fam *policy.Family, stands evenkeel.Measure) []evenkeel.Measure
}

// measuresOf are all that could be asked for under a family: its rungs, and what takes two persons.
func measuresOf(fam *policy.Family) []evenkeel.Measure {
	return append(slices.Clone(fam.Ladder), evenkeel.MeasureSuspend, evenkeel.MeasureDeny)
}

// edge is a family whose visitors pass a challenge, or whose domain is shut: the ladder of the edge, which
// no policy that comes with the program has yet.
func edge() *policy.Family {
	return &policy.Family{
		Name: "edge", Harm: policy.HarmEdge, Clause: "No floods of visitors.", Clocks: clocks,
		Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut},
		Terms: map[evenkeel.Measure]policy.Terms{
			evenkeel.MeasureNotify: {Lease: 7 * day}, evenkeel.MeasureChallenge: {Lease: 4 * hour}, evenkeel.MeasureShut: {Lease: 4 * hour},
		},
	}
}

func stoodWith(x evenkeel.Measure, more ...evenkeel.Decision) docket.Dossier {
	if x != evenkeel.MeasureNone {
		more = append([]evenkeel.Decision{decided("d-0", x, evenkeel.InForce, "vm-1")}, more...)
	}
	return dossier(evenkeel.CaseUnderReview, more...)
}

// takes are the measures that an effect lets take effect.
func takes(e Effect, d *docket.Dossier) (out []evenkeel.Measure) {
	for _, i := range e.Instead {
		out = append(out, i.Measure)
	}
	for _, turn := range e.Turns {
		for _, x := range d.Decisions {
			if x.ID == turn.Decision && turn.To == evenkeel.InForce {
				out = append(out, x.Measure)
			}
		}
	}
	return out
}

var ways = []way{
	{"a machine enters", func(m Means, fam *policy.Family, x evenkeel.Measure) (out []evenkeel.Measure) {
		for _, asked := range measuresOf(fam) {
			p := proposal(fam, asked)
			if asked.NeedsTwo() {
				p.Allowed = fam.Ladder[len(fam.Ladder)-1]
			}
			if r := Gate(stoodWith(x), p, found(later, "vm-1"), m); r.Verdict == Enter || r.Verdict == Hold {
				out = append(out, r.Measure)
			}
		}
		return out
	}},
	{"a person approves", func(m Means, fam *policy.Family, x evenkeel.Measure) (out []evenkeel.Measure) {
		for _, asked := range measuresOf(fam) {
			d := stoodWith(x, proposed("d-1", asked, "vm-1"))
			for _, as := range append([]evenkeel.Measure{evenkeel.MeasureNone}, measuresOf(fam)...) {
				if e, err := Hear(d, about(docket.ActApprove, "d-1", as), fam, policy.Earned{}, m); err == nil {
					out = append(out, takes(e, &d)...)
				}
			}
		}
		return out
	}},
	{"a person lowers, renews or lifts", func(m Means, fam *policy.Family, x evenkeel.Measure) (out []evenkeel.Measure) {
		d := stoodWith(x)
		for _, kind := range []docket.ActKind{docket.ActLower, docket.ActRenew, docket.ActUphold, docket.ActLift} {
			for _, as := range append([]evenkeel.Measure{evenkeel.MeasureNone, evenkeel.MeasureNotify}, measuresOf(fam)...) {
				if e, err := Hear(d, about(kind, "d-0", as), fam, policy.Earned{}, m); err == nil {
					out = append(out, takes(e, &d)...)
				}
			}
		}
		return out
	}},
	{"two persons agree", func(m Means, fam *policy.Family, x evenkeel.Measure) (out []evenkeel.Measure) {
		for _, asked := range measuresOf(fam) {
			r := docket.Review{Decision: "d-1", Wanted: asked, Assets: assets("vm-1"), Opened: start, By: "ada"}
			if MayAsk(&r, fam, m, later) != nil {
				continue
			}
			for _, found := range append([]evenkeel.Measure{evenkeel.MeasureNone}, measuresOf(fam)...) {
				r.Result, r.State = found, docket.ReviewAgreed
				d := stoodWith(x, proposed("d-1", asked, "vm-1"))
				e := Together(d, &r, fam, m, r.Assets, later)
				out = append(out, takes(e, &d)...)
			}
		}
		return out
	}},
	{"our time is missed", func(m Means, fam *policy.Family, x evenkeel.Measure) []evenkeel.Measure {
		d := waiting(stoodWith(x), start)
		d.Case.Latest = start.Add(-day)
		k := ourClock(&d, fam, start)
		e := expiry{d: &d, fam: fam, k: k, e: Effect{At: k.Due}}
		e.missed()
		return takes(e.e, &d)
	}},
	{"its time is up", func(Means, *policy.Family, evenkeel.Measure) []evenkeel.Measure {
		return []evenkeel.Measure{evenkeel.MeasureNone}
	}},
	{"a hearing is over", func(m Means, fam *policy.Family, x evenkeel.Measure) (out []evenkeel.Measure) {
		for _, asked := range measuresOf(fam) { // it was held by whatever means there were
			d := stoodWith(x, decided("d-1", asked, evenkeel.Held, "vm-1"))
			k := docket.Clock{Case: caseID, Decision: "d-1", Kind: docket.ClockHearing, Started: start, Due: later}
			d.Clocks = append(d.Clocks, k)
			if e, not := NotEntered(d, k, fam, m); not {
				out = append(out, takes(e, &d)...)
				continue
			}
			if e, any := Due(d, later, fam); any {
				out = append(out, takes(e, &d)...)
			}
		}
		return out
	}},
	{"a lawful order is agreed on", func(m Means, fam *policy.Family, x evenkeel.Measure) []evenkeel.Measure {
		r := docket.Review{
			About: docket.AboutHold, Decision: "d-0", State: docket.ReviewAgreed, Opened: start, By: "ada",
			Hold: &docket.Hold{Authority: "court", Reference: "1", Until: later.Add(day)},
		}
		d := stoodWith(x)
		e := Together(d, &r, fam, m, nil, later)
		return append(takes(e, &d), x) // what stood goes on beside the order, and nothing more
	}},
}

// others are means that whoever carries measures out may have from one moment to the next: what was
// shown is not any more, or is again.
func others(all []Means, of int) (out []int) {
	for i := range all {
		a, b := all[i], all[of]
		a.Proven = b.Proven
		if i != of && fmt.Sprint(a) == fmt.Sprint(b) {
			out = append(out, i)
		}
	}
	return out
}

// afterwards is what stands once means have changed: by Unshown, and by nothing else. A step that is
// superseded is gone.
func afterwards(m Means, fam *policy.Family, x evenkeel.Measure) evenkeel.Measure {
	d := stoodWith(x)
	e, any := Unshown(d, fam, m, "export brought nothing", later)
	switch {
	case !any:
		return x
	case len(e.Instead) == 1:
		return e.Instead[0].Measure
	}
	return evenkeel.MeasureNone
}

// D (data), R6: in no reachable state does a measure remove the tenant's read path to its data. Every
// state (what was declared and shown, the family, what stands) that any transition reaches is looked
// at; none of them is a lawful order, which is no measure (TestAnOrderIsTheOnlyDoor).
func TestInNoReachableStateIsTheWayToTheDataGone(t *testing.T) {
	type state struct {
		means, family int
		stands        evenkeel.Measure
	}
	means, families := allMeans(), []*policy.Family{mining(), flood(), takeover(), edge()}
	reached, by, measures := map[state]bool{}, map[string]int{}, map[evenkeel.Measure]int{}
	changed, stepped := 0, map[evenkeel.Measure]int{}
	var next []state
	for i := range means {
		for k := range families {
			next = append(next, state{i, k, evenkeel.MeasureNone})
		}
	}
	for len(next) > 0 {
		s := next[0]
		next = next[1:]
		if reached[s] {
			continue
		}
		reached[s] = true
		measures[s.stands]++
		if m := means[s.means]; !readable(m, s.stands) {
			t.Fatalf("%s stands under %s with %+v: there is no way to the data", s.stands, families[s.family].Name, m)
		}
		for _, w := range ways {
			for _, x := range w.to(means[s.means], families[s.family], s.stands) {
				by[w.name]++
				next = append(next, state{s.means, s.family, x})
			}
		}
		for _, i := range others(means, s.means) {
			changed++
			x := afterwards(means[i], families[s.family], s.stands)
			if x != s.stands {
				stepped[s.stands]++
			}
			next = append(next, state{i, s.family, x})
		}
	}
	for _, x := range []evenkeel.Measure{evenkeel.MeasureShut, evenkeel.MeasureDropFlow, evenkeel.MeasureFreeze, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny} {
		if stepped[x] == 0 {
			t.Errorf("%s never stepped down for want of a proof, so nothing was shown of it", x)
		}
	}
	for _, w := range ways {
		if by[w.name] == 0 {
			t.Errorf("%s: never taken, so nothing was shown of it", w.name)
		}
	}
	for _, x := range []evenkeel.Measure{
		evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureThrottle, evenkeel.MeasureFreeze,
		evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny,
	} {
		if measures[x] == 0 {
			t.Errorf("%s was never reached, so nothing was shown of it", x)
		}
	}
	t.Logf("%d states of %d means and %d families; transitions %v; means changed %d times, and stepped down %v; states by measure %v",
		len(reached), len(means), len(families), by, changed, stepped, measures)
}

// The only door: a lawful order is a review of its own kind (docket.AboutHold) that names nothing but the
// order. What may be found in it is no measure, whatever the means.
func TestAnOrderIsTheOnlyDoor(t *testing.T) {
	for i, m := range allMeans() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := docket.Review{About: docket.AboutHold, Decision: "d-1", Hold: &docket.Hold{Authority: "court", Reference: "1", Until: later.Add(day)}, Opened: start, By: "ada"}
			d := stoodWith(evenkeel.MeasureNotify)
			if e := Together(d, &r, mining(), m, nil, later); len(takes(e, &d)) > 0 {
				t.Errorf("an order lets %v take effect", takes(e, &d))
			}
			if MayAsk(&r, mining(), m, later) == nil {
				t.Error("an order passes for a measure")
			}
		})
	}
}

// What steps down never needs more than what stood before: what was shown for the one is enough for
// the other.
func TestWhatFollowsNeedsNoMoreThanWhatStood(t *testing.T) {
	for _, m := range allMeans() {
		m.Measures = nil // who cannot do the lower one does nothing, and that leaves every way open
		for x := evenkeel.MeasureNone; x <= evenkeel.MeasureDeny; x++ {
			if m.Lacks(x) == "" && m.Lacks(x.StepsDown()) != "" {
				t.Errorf("%s may stand and steps down to %s, which may not: %s (%+v)", x, x.StepsDown(), m.Lacks(x.StepsDown()), m)
			}
		}
	}
}
