package judge

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// restarted says what follows where the lease of a machine's measure ends next, by a moment, and
// it stands once more, or does not by what is known now. Nor does it where nobody was told of it, where one of the
// assets is not the tenant's any more, or where a switch or a breaker holds machines back by now.
func (d *Docket) restarted(w *draft, until evenkeel.Moment, fam *policy.Family, known Holder) (procedure.Effect, bool, error) {
	none := procedure.Effect{}
	k, any := w.next(until)
	if !any || k.Kind != docket.ClockLease {
		return none, false, nil
	}
	x := w.find(k.Decision)
	if x == nil || k.Found == 0 || len(x.Assets) == 0 {
		return none, false, nil
	}
	now, err := d.anew(w, x, k.Due, known)
	if err != nil {
		return none, false, err
	}
	e, again := procedure.Restart(w.dossier, k, now, fam)
	if !again || len(e.Instead) == 0 {
		return e, again, nil
	}
	if len(notHeld(x.Assets, x.Tenant, k.Due, known)) > 0 {
		return none, false, nil
	}
	if fam.Harm != policy.HarmPackets {
		if y, err := w.unaware(w.dossier.Case.Spoke); y != nil || err != nil {
			return none, false, err
		}
	}
	if held, err := d.heldBy(w, x, e.Instead[0].Measure, k.Due); len(held.Why) > 0 || err != nil {
		return none, false, err
	}
	once := *x
	once.Measure = e.Instead[0].Measure
	if why, err := w.unearned(&once); len(why) > 0 || err != nil { // a person took the rule down meanwhile
		return none, false, err
	}
	e.Instead[0].Until = whileHeld(x.Assets, k.Due, e.Instead[0].Until, x.Tenant, known)
	return e, true, nil
}

// heldBy says what holds machines back from a measure on the grounds of a decision: a switch that
// was pulled meanwhile, a breaker that opened, or a feed that drifts.
func (d *Docket) heldBy(w *draft, x *evenkeel.Decision, m evenkeel.Measure, at evenkeel.Moment) (by governor.Verdict, err error) {
	for _, b := range x.Grounds.Basis {
		verdict, err := d.mayEnter(w, governor.Ask{Now: at, Tenant: x.Tenant, Rule: b.Rule, Version: b.Version, Measure: m, Terms: b.Terms, Reserved: true})
		if err != nil {
			return by, err
		}
		by.Why, by.Holds = append(by.Why, verdict.Why...), append(by.Holds, verdict.Holds...)
	}
	return by, nil
}
