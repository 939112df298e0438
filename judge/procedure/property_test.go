package procedure

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"pgregory.net/rapid"
)

// move is one thing that happens in a history, after a while.
type move struct {
	after   time.Duration
	finding bool

	names   []evenkeel.AssetID
	same    bool // as the finding before, revised
	wanted  evenkeel.Measure
	allowed evenkeel.Measure
	flagged bool
	proven  bool // the evidence is conclusive

	kind    docket.ActKind
	older   bool // about the case before the newest
	which   int  // of the decisions that could be meant
	measure evenkeel.Measure
	outcome evenkeel.Outcome
	granted bool
}

var whiles = []time.Duration{0, minute, 5 * minute, 20 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 10 * hour, 2 * day, 9 * day, 31 * day}

func drawMoves(t *rapid.T, fam *policy.Family) []move {
	wanted := append(slices.Clone(fam.Ladder), evenkeel.MeasureSuspend)
	kinds := append(slices.Sorted(maps.Keys(acts)), docket.ActAnswer, docket.ActApprove, docket.ActApprove, docket.ActLift, docket.ActLower, docket.ActLower)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		m := move{after: rapid.SampledFrom(whiles).Draw(t, "after"), finding: rapid.IntRange(0, 9).Draw(t, "what") < 5}
		if m.finding {
			m.names = assets(rapid.SampledFrom([]string{"vm-1", "vm-1", "vm-1 vm-2", "vm-2", "vm-2 vm-3", "", "vm-1 vm-2 vm-3"}).Draw(t, "assets"))
			m.same = rapid.Bool().Draw(t, "same")
			m.wanted = rapid.SampledFrom(wanted).Draw(t, "wanted")
			m.allowed = fam.Ladder[min(rapid.IntRange(0, 4).Draw(t, "allowed"), slices.Index(wanted, m.wanted), len(fam.Ladder)-1)]
			m.proven = rapid.IntRange(0, 3).Draw(t, "proven") == 0
			m.flagged = rapid.IntRange(0, 9).Draw(t, "flagged") == 0
			return m
		}
		m.kind = rapid.SampledFrom(kinds).Draw(t, "act")
		m.older = rapid.IntRange(0, 4).Draw(t, "older") == 0
		m.which = rapid.IntRange(0, 3).Draw(t, "which")
		m.measure = rapid.SampledFrom(append([]evenkeel.Measure{0, 0, evenkeel.MeasureLimit}, wanted...)).Draw(t, "measure")
		m.outcome = rapid.SampledFrom([]evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomeInconclusive, evenkeel.OutcomePolicyMismatch, 0}).Draw(t, "outcome")
		m.granted = rapid.Bool().Draw(t, "granted")
		return m
	}), 40, 90).Draw(t, "moves")
}

// play lets a history happen. rest is called for every while that passes, with its beginning
// and its end.
func play(c *clerk, moves []move, rest func(c *clerk, from, until evenkeel.Moment)) {
	now, last := start, 0
	for i, m := range moves {
		rest(c, now, now.Add(m.after))
		now = now.Add(m.after)
		if m.finding {
			f := found(now, "")
			f.Assets, f.Revision = m.names, evenkeel.Provisional
			if m.same && i > 0 {
				f.Revision = evenkeel.Final
			} else {
				last = i
			}
			f.ID = evenkeel.FindingID(fmt.Sprintf("f-%d", last))
			p := policy.Proposal{Family: c.fam, Policy: "sha256:1", Mode: evenkeel.ModeLive, Wanted: m.wanted, Allowed: m.allowed, Conclusive: m.proven}
			if m.flagged {
				p.Flag, p.Allowed = "flag-1", evenkeel.MeasureNone
			}
			c.consider(f, p)
		} else {
			act(c, m, now, i)
		}
		c.seen.looks(c)
	}
	rest(c, now, now.Add(100*day))
	c.sweep(now.Add(100 * day))
	c.seen.looks(c)
}

// act does what a move says, where it may be done.
func act(c *clerk, m move, now evenkeel.Moment, i int) {
	file := c.newest()
	if m.older && len(c.files) > 1 {
		file = c.files[len(c.files)-2]
	}
	a := docket.Act{ID: fmt.Sprintf("a-%d", i), Kind: m.kind, At: now, Tenant: tenant, Family: c.fam.Name, Says: "Because.", Measure: m.measure, Outcome: m.outcome}
	earned := policy.Earned{Families: []string{c.fam.Name}, Granted: m.granted, Selector: evenkeel.Selector{TenantWide: true}, From: now, Until: now.Add(day), Policy: "sha256:1", Why: "Earned."}
	if m.kind == docket.ActAnnounce {
		a.Burst = &evenkeel.Burst{Count: 3}
	}
	if !m.kind.OfTenant() {
		a.By = "ada"
	}
	if m.kind == docket.ActLower {
		a.Measure = c.fam.Ladder[m.which%len(c.fam.Ladder)]
	}
	switch {
	case m.granted:
		a.Grant = &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: now.Add(9 * day)}
	case m.kind == docket.ActClear:
		a.NoFlag = docket.NoFlagOnce
	}
	if file != nil { // what is chosen is what is there once the clocks have run
		c.runOut(file, now)
		states := []evenkeel.DecisionState{evenkeel.Proposed, evenkeel.Held}
		if m.kind == docket.ActLift || m.kind == docket.ActLower {
			states = []evenkeel.DecisionState{evenkeel.InForce}
		}
		if could := live(file.Decisions, states...); len(could) > 0 {
			a.Decision = could[m.which%len(could)].ID
		}
	}
	if err := c.do(file, a, earned); err != nil && evenkeel.KindOf(err) == evenkeel.KindInternal {
		c.seen.t.Fatalf("%s: %v; expected an error of a kind", a.Kind, err)
	}
}

// history is what happens to one tenant under one family of rules.
type history struct {
	fam   *policy.Family
	means Means
	moves []move
}

// inTurn is mining under a policy that has every contact tried before the first restriction.
func inTurn() *policy.Family {
	fam := mining()
	fam.Clocks.Turn = 15 * minute
	return fam
}

var histories = rapid.Custom(func(t *rapid.T) history {
	h := history{
		fam:   rapid.SampledFrom([]*policy.Family{mining(), inTurn(), flood(), takeover()}).Draw(t, "family"),
		means: rapid.SampledFrom([]Means{shown, shown, shown, {}, {Declared: true, Keeps: []string{"export"}, Proven: true}}).Draw(t, "means"),
	}
	h.moves = drawMoves(t, h.fam)
	return h
})

// happen lets it happen, with clocks looked at in time, and returns what was counted.
func (h history) happen(t interface{ Fatalf(string, ...any) }) map[string]int {
	c := newClerk(h.fam, h.means, newWitness(t))
	play(c, h.moves, func(c *clerk, _, until evenkeel.Moment) { c.sweep(until) })
	return c.seen.counts
}

// F3, F4, F8, F9, F10 and the automation clause over any history: see the witness.
func TestWhateverHappensProcedureHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { histories.Draw(t, "history").happen(t) })
}

// The property above shows nothing about what never happens in these histories.
func TestInHistoriesEverythingHappens(t *testing.T) {
	counts := map[string]int{}
	for seed := range 300 {
		for what, n := range histories.Example(seed).happen(t) {
			counts[what] += n
		}
	}
	for _, what := range []string{
		"note", "enter", "hold", "person", "suppress", "notify", "throttle", "limit", "drop-flow", "isolate", "freeze", "steps down",
		"clock lease", "clock hearing", "clock tenant_answer", "clock our_answer", "clock review", "clock quiet",
		"closes by itself", "beyond doubt", "answer", "message", "announce", "flag", "revoke", "clear", "close",
		"approve", "refuse", "lower", "lift", "approved as wanted",
	} {
		if counts[what] < 5 {
			t.Errorf("%s happened %d times", what, counts[what])
		}
	}
}

// It does not matter when clocks are looked at: what follows is dated when it was due.
func TestItDoesNotMatterWhenClocksAreLookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		run := func(rest func(c *clerk, from, until evenkeel.Moment)) []*docket.Dossier {
			c := newClerk(h.fam, h.means, newWitness(t))
			play(c, h.moves, rest)
			return c.files
		}
		late := run(func(*clerk, evenkeel.Moment, evenkeel.Moment) {})
		for name, rest := range map[string]func(c *clerk, from, until evenkeel.Moment){
			"in time": func(c *clerk, _, until evenkeel.Moment) { c.sweep(until) },
			"often, and twice": func(c *clerk, from, until evenkeel.Moment) {
				for n := range 8 {
					c.sweep(from.Add(until.Sub(from) / 8 * time.Duration(n)))
				}
				c.sweep(until)
				c.sweep(until)
			},
		} {
			if got := run(rest); !reflect.DeepEqual(got, late) {
				t.Fatalf("looked at %s:\n%s\nexpected as when looked at late:\n%s", name, show(got), show(late))
			}
		}
	})
}

// show is dossiers as text.
func show(files []*docket.Dossier) (s string) {
	for _, f := range files {
		s += fmt.Sprintf("%+v\n%+v\n%+v\n", *f.Case, f.Decisions, f.Clocks)
	}
	return s
}

// FuzzHistory looks for a history that breaks what the properties hold.
func FuzzHistory(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { histories.Draw(t, "history").happen(t) }))
}
