package judge

import (
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// draft is a transaction in the making: the dossier as it will be, and what changes. All
// that is decided goes through its few methods, so that nothing takes effect without its
// entry, its clock, its notice and its leaf.
type draft struct {
	tx      docket.Tx                    // to read
	never   map[evenkeel.DecisionID]bool // what of the case nobody carries out; nil: not asked yet
	dossier docket.Dossier
	out     docket.Changes
	leaves  []ledger.Leaf
	key     ledger.Key
	policy  string // digest in force
	weighed []Weighed

	solo    func() (bool, error) // one person may decide at all
	parts   *Parts               // of the docket; nil where no case is decided
	effect  *procedure.Effect    // that is being carried out, or nil
	gave    []gaveWay
	unheld  []evenkeel.DecisionID // held before, and a question to a person by this
	tripped string                // a breaker opened by this: why
	known   Holder                // nil where nothing of tenants is asked
	holds   []governor.Hold       // what leaves to a person by this what a machine would have done
}

func (d *Docket) newDraft(tx docket.Tx, about docket.Dossier) (*draft, error) {
	key, err := tx.Ledger().Key(about.Tenant)
	if err != nil {
		return nil, err
	}
	if about.Appealing, err = appealing(tx, &about); err != nil {
		return nil, err
	}
	return &draft{
		solo: sync.OnceValues(d.solo), tx: tx, dossier: about, key: key, policy: d.parts.Policy.Digest(), parts: &d.parts,
		out: docket.Changes{Tenant: about.Tenant, Family: about.Family},
	}, nil
}

// note appends a line to the case's timeline.
func (w *draft) note(e evenkeel.Entry) {
	if w.dossier.Case == nil {
		return
	}
	w.dossier.Entries++
	e.Case, e.Seq = w.dossier.Case.ID, w.dossier.Entries
	w.out.Entries = append(w.out.Entries, e)
}

// open makes a new case the one that the draft is about.
func (w *draft) open(at evenkeel.Moment) {
	if old := w.dossier.Case; old != nil {
		w.dossier.Prior = append([]evenkeel.Case{*old}, w.dossier.Prior...)
	}
	w.dossier.Case = &evenkeel.Case{
		ID:     evenkeel.NewCaseID(w.dossier.Tenant, w.dossier.Family, at),
		Tenant: w.dossier.Tenant, Family: w.dossier.Family, Opened: at, State: evenkeel.CaseOpen, Since: at, Latest: at,
	}
	w.dossier.Entries, w.dossier.Decisions, w.dossier.Clocks, w.dossier.Heard, w.dossier.Reviews = 0, nil, nil, nil, nil
	w.caseChanged()
	w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryCase, Actor: w.machine(), Says: "The case was opened.", State: evenkeel.CaseOpen.String()})
	w.leaf(ledger.OfCase(w.key, w.dossier.Case, w.policy))
}

// machine is the policy in force as the one who acts.
func (w *draft) machine() evenkeel.Actor { return evenkeel.Actor{Policy: w.policy} }

// moveCase brings the case into a state.
func (w *draft) moveCase(at evenkeel.Moment, to evenkeel.CaseState, o evenkeel.Outcome, by evenkeel.Actor) {
	c := w.dossier.Case
	if c == nil || to == 0 || c.State == to && c.Outcome == o {
		return
	}
	c.State, c.Since, c.Outcome = to, at, o
	switch {
	case to == evenkeel.CaseClosed && o.Cleared():
		c.Cleared = at
	case to == evenkeel.CaseClosed && (o == evenkeel.OutcomeConfirmed || o == evenkeel.OutcomeVictim):
		c.Cleared = 0
	}
	says := map[evenkeel.CaseState]string{
		evenkeel.CaseUnderReview: "A person has to look.",
		evenkeel.CaseClosed:      "The case was closed: " + o.String() + ".", evenkeel.CaseReopened: "The case was cleared before and is open again: a person has to look.",
	}[to]
	if to == evenkeel.CaseReopened && !docket.ClearedBefore(c) {
		says = "The case is open again: a person has to look."
	}
	if to == evenkeel.CaseClosed {
		w.closesWindows(at, o)
	}
	w.caseChanged()
	w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryCase, Actor: by, Says: says, State: to.String()})
	w.leaf(ledger.OfCase(w.key, c, w.policy))
}

// caseChanged keeps the case as it is when the transaction is put.
func (w *draft) caseChanged() {
	c := w.dossier.Case
	for i := range w.out.Cases {
		if w.out.Cases[i].ID == c.ID {
			w.out.Cases[i] = *c
			return
		}
	}
	w.out.Cases = append(w.out.Cases, *c)
}

func (w *draft) leaf(l ledger.Leaf) { w.leaves = append(w.leaves, l) }

// decide adds a new decision.
func (w *draft) decide(x evenkeel.Decision, says string) error {
	x.Case, x.Tenant, x.Family = w.dossier.Case.ID, w.dossier.Tenant, w.dossier.Family
	w.dossier.Decisions = append(w.dossier.Decisions, x)
	if err := w.keep(x, x.Actor, says); err != nil {
		return err
	}
	if x.State == evenkeel.InForce {
		w.appealable(&x)
	}
	return nil
}

// keep records a decision as it is now: for the store, the timeline and the ledger.
func (w *draft) keep(x evenkeel.Decision, who evenkeel.Actor, says string) error {
	if err := x.Check(); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "make a decision", Err: err}
	}
	w.out.Decisions = append(w.out.Decisions, x)
	w.note(evenkeel.Entry{
		At: x.At, Kind: evenkeel.EntryDecided, Actor: who, Says: says, Ref: string(x.ID), State: x.State.String(), Decision: x.ID,
	})
	w.leaf(ledger.OfTurn(w.key, &x, who, w.policy))
	return nil
}

// find returns a decision of the case, to be changed in place.
func (w *draft) find(id evenkeel.DecisionID) *evenkeel.Decision {
	i := slices.IndexFunc(w.dossier.Decisions, func(x evenkeel.Decision) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return &w.dossier.Decisions[i]
}

// turn brings a decision into another state, with its clocks, and lets go of what was
// enforced under it. Who took the decision stays; who turned it stands in the timeline.
func (w *draft) turn(t procedure.Turn, who evenkeel.Actor) error {
	x := w.find(t.Decision)
	switch {
	case x == nil:
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "decision " + string(t.Decision) + ": not found in its case"}
	case !x.State.CanBecome(t.To):
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "decision " + string(x.ID) + " is " + x.State.String() + " and cannot become " + t.To.String()}
	}
	was := x.State
	if t.To == evenkeel.Superseded {
		if err := w.givesWay(x, t.At); err != nil {
			return err
		}
	}
	x.State, x.At = t.To, t.At
	if t.To == evenkeel.Superseded && was != evenkeel.InForce && x.From <= t.At {
		// A person was asked about what was held, and it gave way without ever having been in force: that it
		// began after it was over tells it from what had (docket.TookEffect, procedure).
		x.From = t.At.Add(1)
		x.Until = max(x.Until, x.From.Add(1))
	}
	if t.To == evenkeel.InForce {
		x.From = t.At
		if t.Until != 0 {
			x.Until = t.Until
		}
	}
	if err := w.keep(*x, who, t.Why); err != nil {
		return err
	}
	w.stopClocks(x.ID, t.At, t.To)
	if was == evenkeel.Held && t.To == evenkeel.Proposed {
		w.unheld = append(w.unheld, x.ID)
	}
	if t.To == evenkeel.InForce {
		w.startLease(x)
	}
	if was == evenkeel.InForce {
		w.lift(x)
	}
	if was == evenkeel.InForce || t.To == evenkeel.InForce {
		w.appealable(x)
	}
	return nil
}

// startLease runs the clock that every decision in force has.
func (w *draft) startLease(x *evenkeel.Decision) {
	if docket.Withholds(x) {
		w.start(docket.Clock{Decision: x.ID, Kind: docket.ClockWithheld, Started: x.From, Due: x.Until, Breach: "Access to the data is given back."})
		return
	}
	w.start(docket.Clock{
		Case: x.Case, Decision: x.ID, Kind: docket.ClockLease, Started: x.From, Due: x.Until,
		Breach: "The measure ends by itself.",
	})
}

func (w *draft) start(c docket.Clock) {
	c.Case = w.dossier.Case.ID
	w.reminding(c)
	w.clock(c)
}

// clock keeps a clock, new or changed.
func (w *draft) clock(c docket.Clock) {
	same := func(o docket.Clock) bool { return o.Case == c.Case && o.Kind == c.Kind && o.Decision == c.Decision }
	w.dossier.Clocks = slices.DeleteFunc(slices.Clone(w.dossier.Clocks), same)
	if w.dossier.Heard = slices.DeleteFunc(slices.Clone(w.dossier.Heard), same); c.Ended != 0 && len(c.Heard) > 0 {
		w.dossier.Heard = append(w.dossier.Heard, c)
	}
	if c.Ended == 0 {
		w.dossier.Clocks = append(w.dossier.Clocks, c)
		slices.SortFunc(w.dossier.Clocks, docket.CompareClocks)
	} else {
		w.reminding(c)
	}
	if i := slices.IndexFunc(w.out.Clocks, same); i >= 0 {
		w.out.Clocks[i] = c
		return
	}
	w.out.Clocks = append(w.out.Clocks, c)
}

// stopClocks ends what runs for a decision itself. Who joined a notice waits to be told also where
// a measure on others takes the place of it.
func (w *draft) stopClocks(id evenkeel.DecisionID, at evenkeel.Moment, to evenkeel.DecisionState) {
	because := to.String()
	for _, c := range w.dossier.Clocks {
		joined := c.Kind == docket.ClockJoined && to != evenkeel.Superseded
		if c.Decision == id && (c.Kind.InForce() || c.Kind == docket.ClockHearing || joined) {
			c.Ended, c.Because = at, because
			w.clock(c)
		}
	}
}

// grant keeps a flag, new or revoked.
func (w *draft) grant(f evenkeel.Flag, at evenkeel.Moment, says string) {
	w.out.Flags = append(w.out.Flags, f)
	w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryFlagged, Actor: f.By, Says: says, Ref: string(f.ID), Words: f.Why})
	w.leaf(ledger.OfFlag(w.key, &f, at, w.policy))
}

// put seals what was decided and keeps all of it.
func (w *draft) put(tx docket.Tx, head func(tree ledger.Tree, at evenkeel.Moment) (string, error), at evenkeel.Moment) error {
	if err := w.overtaken(at); err != nil {
		return err
	}
	if err := w.tellUnheld(); err != nil {
		return err
	}
	if err := w.learn(); err != nil {
		return err
	}
	if err := w.owe(); err != nil {
		return err
	}
	w.atDesk(at)
	w.tellRuns()
	if err := w.elsewhere(); err != nil {
		return err
	}
	tree := tx.Ledger()
	var err error
	if w.out.Sealed, err = ledger.Seal(tree, w.leaves...); err != nil {
		return err
	}
	if err := w.sign(tree, head, at); err != nil {
		return err
	}
	return tx.Put(w.out)
}

// empty says whether nothing changed.
func (w *draft) empty() bool {
	return len(w.out.Taken)+len(w.out.Cases)+len(w.out.Entries)+len(w.out.Decisions)+len(w.out.Clocks)+len(w.out.Flags)+len(w.out.Reviews) == 0 && // by acts:
		len(w.out.Switches)+len(w.out.Breakers)+len(w.out.Audits)+len(w.out.Stages)+len(w.out.Feeds)+len(w.out.Reaches)+len(w.out.Incidents) == 0
}
