package judge

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// ofSite fills in whose site an act shuts, and under which family of cases that is.
func (d *Docket) ofSite(a *docket.Act, known Holder) error {
	if len(a.Assets) != 1 || a.Assets[0] == "" {
		return evenkeel.Invalid("it names %d sites; expected one, by its asset", len(a.Assets))
	}
	families := d.parts.Policy.Flooded()
	if len(families) == 0 {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "the policy has no family of cases about sites", Hint: "give one of its families harm: edge"}
	}
	h, ok := known.TenancyAt(a.Assets[0], a.At)
	if !ok {
		return &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("no tenant is known to hold %.80q", a.Assets[0]),
			Hint: "a site is named by its asset, as in its document; the inventory has to say whose it is",
		}
	}
	a.Tenant, a.Family = h.Tenant, families[0]
	return nil
}

// shut has a site of the tenant show its own page, by a person's word alone: nothing was found, so the person's
// reason is what it rests on. The tenant is told as of every measure, and may appeal.
func (w *draft) shut(a *docket.Act, fam *policy.Family, known Holder, m procedure.Means) error {
	if c := w.dossier.Case; c != nil && c.State != evenkeel.CaseClosed && a.At < c.Opened {
		return evenkeel.Invalid("at %s; expected a time from %s on, when case %s was opened", a.At, c.Opened, c.ID)
	}
	until, e, err := procedure.Shut(&w.dossier, a, fam, m)
	if err != nil {
		return err
	}
	if c := w.dossier.Case; c == nil || c.State == evenkeel.CaseClosed {
		w.open(a.At)
	}
	c := w.dossier.Case
	if !slices.Contains(c.Assets, a.Assets[0]) {
		c.Assets = append(slices.Clone(c.Assets), a.Assets[0])
		slices.Sort(c.Assets)
		w.caseChanged()
	}
	if err := w.acted(a); err != nil {
		return err
	}
	who := by{Actor: evenkeel.Actor{Policy: w.policy, Person: a.By}, says: a.Says}
	x := evenkeel.Decision{
		ID:     evenkeel.NewDecisionID(c.ID, a.At, "act "+a.ID, w.policy, evenkeel.ModeLive),
		Wanted: evenkeel.MeasureShut, Measure: evenkeel.MeasureShut, Assets: slices.Clone(a.Assets), From: a.At, Until: whileHeld(a.Assets, a.At, until, c.Tenant, known), At: a.At,
		Actor: who.Actor, State: evenkeel.InForce, Mode: evenkeel.ModeLive, Params: map[string]string{},
		Grounds: evenkeel.Grounds{Clause: fam.Clause, Row: rowStopped, Says: a.Says},
		Why:     []string{fmt.Sprintf("%s had the site show its own page at once.", a.By)},
	}
	if a.Update != "" {
		x.Params["update"] = a.Update
	}
	if len(e.Turns) > 0 {
		x.Supersedes = e.Turns[0].Decision
	}
	x.Case, x.Tenant, x.Family = c.ID, c.Tenant, w.dossier.Family
	w.order(&x, fam)
	turns := e.Turns
	e.Turns = nil // the tenant is told of what stands, and not of what gave way to it
	for _, t := range turns {
		if err := w.turn(t, who.Actor); err != nil {
			return err
		}
	}
	if err := w.decide(x, x.Why[0]); err != nil {
		return err
	}
	w.startLease(&x)
	if err := w.apply(e, fam, who); err != nil {
		return err
	}
	return w.tell(&x, fam, who)
}

// rowStopped is the row of the law by which a person shuts a site.
const rowStopped = "edge, by a person"
