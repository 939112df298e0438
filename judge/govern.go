package judge

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// govern says whether a machine may enter, now or once the tenant could be heard, what law,
// policy and procedure leave to it; where it may not, it puts a question to a person in the
// place of the ruling, and returns a second one by which the tenant is asked meanwhile. It comes
// after all of them: what is account-wide, or given back, is not entered, and spends nothing.
func (d *Docket) govern(w *draft, p policy.Proposal, f *evenkeel.Finding, r procedure.Ruling, v *policy.View, known Holder) (policy.Proposal, procedure.Ruling, *procedure.Ruling, error) {
	if p.Mode != evenkeel.ModeLive || r.Verdict != procedure.Enter && r.Verdict != procedure.Hold || !r.Measure.Enforced() {
		return p, r, nil, nil
	}
	if earned, why, err := w.earned(docket.RuleVersion{Rule: f.Rule, Version: f.Version}, r.Measure); err != nil {
		return p, r, nil, err
	} else if !earned { // nothing is counted of what is not entered
		p.Why = append(slices.Clone(p.Why), why)
		asked, notice := procedure.AskInstead(w.dossier, p, f, d.parts.means())
		return p, asked, notice, nil
	}
	verdict, err := d.mayEnter(w, governor.Ask{
		Now: f.At, Tenant: w.dossier.Tenant, Rule: f.Rule, Version: f.Version, Measure: r.Measure, Terms: f.Terms,
		Regions: regions(r.Assets, f.At, known), Established: d.parts.Policy.Governor().Breaker.Is(&v.Account, f.At),
	})
	if err != nil || verdict.Enter {
		return p, r, nil, err
	}
	if verdict.Tripped != "" {
		w.tripped = verdict.Tripped
	}
	p.Why = slices.Concat(p.Why, verdict.Why)
	asked, notice := procedure.AskInstead(w.dossier, p, f, d.parts.means())
	if asked.Verdict == procedure.Person { // else a person was asked before
		w.holds = verdict.Holds
	}
	return p, asked, notice, nil
}

// mayEnter asks the governor, and has the transaction keep what it says: all that is counted is
// counted together with what is entered, or not at all.
func (d *Docket) mayEnter(w *draft, a governor.Ask) (governor.Verdict, error) {
	a.Policy, a.Build = w.policy, d.parts.Build
	var err error
	if a.Document, err = w.document(docket.RuleVersion{Rule: a.Rule, Version: a.Version}); err != nil {
		return governor.Verdict{}, err
	}
	state, err := w.tx.Governor(governor.Keys(&a))
	if err != nil {
		return governor.Verdict{}, err
	}
	verdict := governor.Rule(d.parts.Policy.Governor(), state, a)
	w.out.Budgets = append(w.out.Budgets, verdict.Budgets...)
	w.out.Breakers = append(w.out.Breakers, verdict.Breakers...)
	w.out.Debuts = append(w.out.Debuts, verdict.Debuts...)
	return verdict, nil
}

// regions counts assets by the region that they are known to be in.
func regions(assets []evenkeel.AssetID, at evenkeel.Moment, known Holder) map[string]int64 {
	out := map[string]int64{}
	for _, a := range assets {
		region := ""
		if h, ok := known.TenancyAt(a, at); ok {
			region = h.Region
		}
		out[region]++
	}
	return out
}

// opened writes into the timeline that a breaker opened by this case, and calls whoever is on
// call: they begin here.
func (w *draft) opened(rule string, at evenkeel.Moment) {
	if w.tripped == "" {
		return
	}
	w.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: w.machine(), Says: w.tripped, Ref: rule, State: docket.StateTripped})
	w.callHouse(procedure.Call{
		Level: docket.LevelOnCall, At: at, About: "tripped " + rule,
		Why: "The breaker of rule " + rule + " opened: a person has to look now, and what the rule did is perhaps to be undone.",
	})
	w.out.Taken = append(w.out.Taken, holdKey(governor.BreakerHold(rule), at)) // what it holds back in this hour calls nobody again
}

// callHeld calls whoever is on call because a breaker, a feed or a budget leaves to a person by this what a
// machine would have done: once for each of them and hour, however many tenants that meets and whichever judge it is.
func (w *draft) callHeld(holds []governor.Hold, at evenkeel.Moment) error {
	for _, h := range holds {
		key := holdKey(h.Key, at)
		taken, err := w.tx.Taken(key)
		if err != nil {
			return err
		}
		if taken || slices.Contains(w.out.Taken, key) {
			continue
		}
		w.out.Taken = append(w.out.Taken, key)
		w.callHouse(procedure.Call{
			Level: docket.LevelOnCall, At: at, About: key,
			Why: h.Says + fmt.Sprintf(" Nobody is called about this again before %s: look at all that waits.", hourOf(at).Add(time.Hour)),
		})
	}
	return nil
}

// callHouse calls people about no case; the timeline of the draft's case, where there is one, says so.
func (w *draft) callHouse(c procedure.Call) {
	w.out.Pages = append(w.out.Pages, pages(w.parts.Rota, &evenkeel.Case{Tenant: docket.House}, []procedure.Call{c}, w.note)...)
}

// holdKey names the call about what holds machines back in one hour.
func holdKey(of string, at evenkeel.Moment) string {
	return "held back " + hourOf(at).String() + " " + of
}

// hourOf is when the hour of a moment began, by UTC.
func hourOf(at evenkeel.Moment) evenkeel.Moment {
	return evenkeel.MomentOf(at.Time().Truncate(time.Hour))
}

// ask tells the tenant, where a measure is for a person to decide, what was found and how to
// answer: less is done, and nothing in silence.
func (w *draft) ask(f *evenkeel.Finding, p policy.Proposal, r *procedure.Ruling) error {
	if r == nil {
		return nil
	}
	x := w.decision(f, p, *r)
	x.ID = evenkeel.NewDecisionID(x.Case, f.At, docket.FindingKey(f)+" asked", p.Policy, p.Mode)
	return w.carryOut(x, f, p, *r)
}

// heldBack says what follows where a hearing is over next, of a measure that no machine may enter
// any more: a switch was pulled meanwhile, its rule's breaker opened, or the rule is not promoted
// that far any more, or has not earned it by now.
func (d *Docket) heldBack(w *draft, until evenkeel.Moment, fam *policy.Family) (procedure.Effect, bool, error) {
	x, k := w.hearingOver(until)
	if x == nil || x.State != evenkeel.Held || !x.Measure.Enforced() || !x.Actor.Automatic() {
		return procedure.Effect{}, false, nil
	}
	why, err := w.unearned(x)
	if err == nil && len(why) == 0 { // nothing is counted of what is not entered
		var by governor.Verdict
		if by, err = d.heldBy(w, x, x.Measure, k.Due); err == nil {
			why, err = by.Why, w.callHeld(by.Holds, k.Due)
		}
	}
	if err != nil || len(why) == 0 {
		return procedure.Effect{}, false, err
	}
	return procedure.HeldBack(w.dossier, x.ID, k.Due, why, fam), true, nil
}
