package procedure

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// clerk carries intentions out on dossiers, plainly, as the judge does on its books. Whatever
// takes effect by itself is held to what must always hold, by the witness.
type clerk struct {
	fam   *policy.Family
	means Means
	files []*docket.Dossier // of the tenant's cases, newest last; only their own parts are kept
	flags []evenkeel.Flag
	taken map[string]bool // revisions of findings: none counts twice
	seen  *witness
}

// dossier is what is known when something happens about a file, or about no case yet.
func (c *clerk) dossier(file *docket.Dossier) docket.Dossier {
	d := docket.Dossier{Tenant: tenant, Family: c.fam.Name}
	if file != nil {
		d = *file
		copied := *file.Case
		d.Case = &copied
		d.Decisions, d.Clocks = slices.Clone(file.Decisions), slices.Clone(file.Clocks)
	}
	for _, f := range slices.Backward(c.files) {
		if f != file {
			d.Prior = append(d.Prior, *f.Case)
		}
	}
	for _, f := range c.flags {
		if f.Revoked == 0 {
			d.Flags = append(d.Flags, f)
		}
	}
	return d
}

func newClerk(fam *policy.Family, m Means, w *witness) *clerk {
	return &clerk{fam: fam, means: m, taken: map[string]bool{}, seen: w}
}

func (c *clerk) newest() *docket.Dossier {
	if len(c.files) == 0 {
		return nil
	}
	return c.files[len(c.files)-1]
}

func (c *clerk) open(at evenkeel.Moment) *docket.Dossier {
	id := evenkeel.CaseID(fmt.Sprintf("c-%d", len(c.files)+1))
	c.files = append(c.files, &docket.Dossier{
		Tenant: tenant, Family: c.fam.Name,
		Case: &evenkeel.Case{ID: id, Tenant: tenant, Family: c.fam.Name, Opened: at, State: evenkeel.CaseOpen, Since: at, Latest: at},
	})
	return c.newest()
}

// consider takes a finding in.
func (c *clerk) consider(f *evenkeel.Finding, p policy.Proposal) {
	if c.taken[docket.FindingKey(f)] {
		return
	}
	c.taken[docket.FindingKey(f)] = true
	c.sweep(f.At) // what is due in another case may be what a finding is held to
	file := c.newest()
	r := Gate(c.dossier(file), p, f, c.means)
	c.seen.ruled(c, file, f, p, r)
	closed := file != nil && file.Case.State == evenkeel.CaseClosed
	if r.Verdict != Note && (file == nil || closed && (r.Case == evenkeel.CaseOpen || r.Case == evenkeel.CaseUnderReview)) {
		file = c.open(f.At)
	}
	if file == nil {
		return
	}
	file.Case.AddAssets(f.Named()...)
	file.Case.Latest = max(file.Case.Latest, f.Until)
	if r.Verdict != Note {
		c.enter(file, f, p, r)
	} else {
		for _, k := range r.Start {
			c.clock(file, k)
		}
	}
	c.move(file, f.At, r.Case, r.Outcome)
}

func (c *clerk) enter(file *docket.Dossier, f *evenkeel.Finding, p policy.Proposal, r Ruling) {
	x := evenkeel.Decision{
		ID:   evenkeel.NewDecisionID(file.Case.ID, f.At, docket.FindingKey(f), p.Policy, p.Mode),
		Case: file.Case.ID, Tenant: tenant, Family: c.fam.Name, Measure: r.Measure, Wanted: p.Wanted, Assets: r.Assets,
		From: r.From, Until: r.Until, At: f.At, Actor: evenkeel.Actor{Policy: p.Policy}, Mode: p.Mode,
		State:   map[Verdict]evenkeel.DecisionState{Enter: evenkeel.InForce, Hold: evenkeel.Held, Person: evenkeel.Proposed, Suppress: evenkeel.Suppressed}[r.Verdict],
		Grounds: evenkeel.Grounds{Clause: p.Family.Clause, Basis: []evenkeel.Basis{{Finding: f.ID}}}, Why: r.Why,
	}
	if x.From == 0 {
		x.From, x.Until = f.At, f.At.Add(day)
	}
	if x.State == evenkeel.Suppressed {
		x.SuppressedBy = p.Flag
	}
	for _, id := range r.Supersedes {
		c.turn(file, Turn{Decision: id, To: evenkeel.Superseded, At: f.At})
		x.Supersedes = r.Supersedes[0]
	}
	file.Decisions = append(file.Decisions, x)
	for _, k := range r.Start {
		if k.Kind == docket.ClockHearing {
			k.Decision = x.ID
		}
		c.clock(file, k)
	}
	if x.State == evenkeel.InForce {
		c.seen.enters(c, file, &x, f.At)
		c.lease(file, &x)
	}
}

// do takes an act in, where it may be done.
func (c *clerk) do(file *docket.Dossier, a docket.Act, earned policy.Earned) error {
	c.sweep(a.At)
	d := c.dossier(file)
	e, err := Hear(d, a, c.fam, earned, c.means)
	if err != nil {
		return err
	}
	c.seen.acted(c, file, a, e)
	if e.Case != 0 && (file == nil || file.Case.State == evenkeel.CaseClosed && e.Case == evenkeel.CaseUnderReview) {
		file = c.open(a.At)
	}
	c.apply(file, e, evenkeel.Actor{Policy: "sha256:1", Person: a.By})
	return nil
}

// sweep lets all clocks run out that are due.
func (c *clerk) sweep(now evenkeel.Moment) {
	for _, file := range c.files {
		c.runOut(file, now)
	}
}

func (c *clerk) runOut(file *docket.Dossier, until evenkeel.Moment) {
	for n := 0; ; n++ {
		e, ok := Due(c.dossier(file), until, c.fam)
		if !ok {
			return
		}
		if n > 10_000 {
			c.seen.t.Fatalf("clocks do not come to an end: %+v", e)
		}
		c.seen.ranOut(c, file, e)
		c.apply(file, e, evenkeel.Actor{Policy: "sha256:1"})
	}
}

func (c *clerk) apply(file *docket.Dossier, e Effect, by evenkeel.Actor) {
	c.flags = append(c.flags, e.Grants...)
	for i := range c.flags {
		if e.Revoke != nil && c.flags[i].ID == e.Revoke.ID {
			c.flags[i] = *e.Revoke
		}
	}
	if file == nil {
		return
	}
	if e.Spoke {
		file.Case.Spoke = e.At
		if file.Case.Waiting == 0 {
			file.Case.Waiting = e.At
		}
	}
	if e.Decided {
		file.Case.Waiting = 0
	}
	for _, k := range e.Stop {
		c.clock(file, k)
	}
	for _, t := range e.Turns {
		c.turn(file, t)
	}
	for _, i := range e.Instead {
		x := *c.find(file, i.Of)
		c.turn(file, Turn{Decision: i.Of, To: evenkeel.Superseded, At: i.At})
		x.ID = evenkeel.NewDecisionID(file.Case.ID, i.At, "instead of "+string(i.Of), "sha256:1", x.Mode)
		x.Measure, x.From, x.Until, x.At, x.State, x.Supersedes, x.Actor = i.Measure, i.At, i.Until, i.At, evenkeel.InForce, i.Of, by
		if i.Assets != nil {
			x.Assets = i.Assets
		}
		file.Decisions = append(file.Decisions, x)
		c.seen.reach(c, file, &x)
		c.lease(file, &x)
	}
	for _, k := range e.Start {
		c.clock(file, k)
	}
	c.move(file, e.At, e.Case, e.Outcome)
}

func (c *clerk) move(file *docket.Dossier, at evenkeel.Moment, to evenkeel.CaseState, o evenkeel.Outcome) {
	if to != 0 && (file.Case.State != to || file.Case.Outcome != o) {
		file.Case.State, file.Case.Since, file.Case.Outcome = to, at, o
	}
}

func (c *clerk) find(file *docket.Dossier, id evenkeel.DecisionID) *evenkeel.Decision {
	for i := range file.Decisions {
		if file.Decisions[i].ID == id {
			return &file.Decisions[i]
		}
	}
	c.seen.t.Fatalf("decision %s is not in its case", id)
	return nil
}

func (c *clerk) turn(file *docket.Dossier, t Turn) {
	x := c.find(file, t.Decision)
	if !x.State.CanBecome(t.To) || x.Mode != evenkeel.ModeLive {
		c.seen.t.Fatalf("%s is %s, %s, and cannot become %s", x.ID, x.State, x.Mode, t.To)
	}
	if t.To == evenkeel.Superseded && x.State != evenkeel.InForce && x.From <= t.At { // as the judge keeps it: it never was in force
		x.From = t.At.Add(1)
		x.Until = max(x.Until, x.From.Add(1))
	}
	x.State, x.At = t.To, t.At
	file.Clocks = slices.DeleteFunc(file.Clocks, func(k docket.Clock) bool {
		return k.Decision == x.ID && (k.Kind == docket.ClockLease || k.Kind == docket.ClockHearing || k.Kind == docket.ClockJoined)
	})
	if t.To == evenkeel.InForce {
		x.From = t.At
		if t.Until != 0 {
			x.Until = t.Until
		}
		c.seen.enters(c, file, x, t.At)
		c.lease(file, x)
	}
}

func (c *clerk) lease(file *docket.Dossier, x *evenkeel.Decision) {
	c.clock(file, docket.Clock{Decision: x.ID, Kind: docket.ClockLease, Started: x.From, Due: x.Until})
}

func (c *clerk) clock(file *docket.Dossier, k docket.Clock) {
	k.Case = file.Case.ID
	file.Clocks = slices.DeleteFunc(file.Clocks, func(o docket.Clock) bool { return o.Kind == k.Kind && o.Decision == k.Decision })
	if k.Ended == 0 {
		file.Clocks = append(file.Clocks, k)
		slices.SortFunc(file.Clocks, docket.CompareClocks)
	}
}
