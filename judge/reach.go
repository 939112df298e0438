package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// What entries about a tenant's contacts are marked with.
const (
	stateRelisted  = "contacts_changed"
	stateKept      = "contacts_kept"
	stateConfirmed = "contacts_confirmed"
)

// Relist takes in that other contacts of a tenant were told. In each open case those from before stay
// whom they were: what is written goes to them too for a time that policy states, and they are told of
// the change. So nobody is talked into it, and nobody gains or cuts the tenant's ear by it (R27). The same
// told again changes nothing, nor does what was told before something newer.
func (d *Docket) Relist(ctx context.Context, r evenkeel.Relisted, known Holder, now evenkeel.Moment) (heard Heard, err error) {
	added, gone := docket.Differ(r.After, r.Before), docket.Differ(r.Before, r.After)
	if len(added)+len(gone) == 0 {
		return Heard{}, nil
	}
	var open []evenkeel.CaseID
	err = d.parts.Books.Transact(ctx, func(tx docket.Tx) (err error) {
		open, err = tx.Open(r.Tenant)
		return err
	})
	if err != nil {
		return Heard{}, err
	}
	var failed []error
	for _, id := range open {
		one, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
			w, err := d.relist(ctx, tx, id, &r, evenkeel.Contacts{Gone: rolesOf(gone)}, known, now)
			return w, now, err
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("take in other contacts in case %s: %w", id, err))
		}
		heard.add(one)
	}
	return heard, errors.Join(failed...)
}

func (d *Docket) relist(ctx context.Context, tx docket.Tx, id evenkeel.CaseID, r *evenkeel.Relisted, n evenkeel.Contacts, known Holder, now evenkeel.Moment) (*draft, error) {
	is, err := tx.Reach(id)
	if err != nil || r.Listed < is.Listed || r.Listed == is.Listed && len(is.Now) > 0 {
		return nil, err
	}
	dossier, err := tx.DossierOf(id)
	if err != nil {
		return nil, err
	}
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, err
	}
	if err := d.runOutAll(ctx, w, now, known); err != nil {
		return nil, err
	}
	if c := w.dossier.Case; c.State == evenkeel.CaseClosed || now < c.Opened { // what was told before is told again after a restart
		return w, nil
	}
	fam := d.family(w.dossier.Family)
	if r.Listed == is.Listed { // books of an older form did not keep who came
		is.Now = slices.Clone(r.After)
		w.out.Reaches = append(w.out.Reaches, is)
		return w, nil
	}
	if !is.Changed() {
		is = docket.Reach{Case: id, Before: slices.Clone(r.Before)}
	}
	is.Now = slices.Clone(r.After)
	is.Listed, is.Until = r.Listed, max(is.Until, now.Add(fam.Clocks.Contacts))
	w.out.Reaches = append(w.out.Reaches, is)
	n.Until, n.Added = is.Until, rolesOf(docket.Differ(docket.Differ(docket.Differ(r.After, r.Before), is.Before), is.Passed()))
	w.note(evenkeel.Entry{At: now, Kind: evenkeel.EntryCase, Actor: w.machine(), State: stateRelisted, Says: relisted(&n, &is, r.After)})
	return w, w.tellRelisted(n, func(d evenkeel.DecisionID) evenkeel.NoticeID { return evenkeel.NewContactsID(d, r.Listed) }, now, fam)
}

// relisted says how contacts were changed.
func relisted(n *evenkeel.Contacts, is *docket.Reach, now []evenkeel.Contact) string {
	says := []string{"The tenant's contacts were changed while the case is open."}
	if len(n.Added) > 0 {
		says = append(says, fmt.Sprintf("Who came is not confirmed: %s.", strings.Join(n.Added, ", ")))
	}
	if len(n.Gone) > 0 {
		says = append(says, fmt.Sprintf("Who is none any more: %s.", strings.Join(n.Gone, ", ")))
	}
	switch out := docket.Differ(is.Before, now); {
	case len(out) > 0 && is.Kept != 0:
		says = append(says, "What is written goes to those from before too, as long as the case is open.")
	case len(out) > 0:
		says = append(says, fmt.Sprintf("What is written before %s goes to those from before too.", n.Until))
	}
	return strings.Join(says, " ")
}

// rolesOf are the roles of contacts, without an address.
func rolesOf(all []evenkeel.Contact) (out []string) {
	for _, c := range all {
		role := strings.TrimSpace(clip(withoutAddresses(c.Role)))
		if role == "" {
			role = "contact"
		}
		if c.Endpoint != "" {
			role += " (endpoint)"
		}
		out = append(out, role)
	}
	return out
}

// tellRelisted writes to the tenant, by those from before and by those from now on, that its contacts were
// changed, or that one of them was confirmed. It is about what the tenant was told last that holds; where it was told of nothing, there
// is nothing to talk anybody into yet.
func (w *draft) tellRelisted(n evenkeel.Contacts, id func(evenkeel.DecisionID) evenkeel.NoticeID, at evenkeel.Moment, fam *policy.Family) error {
	var about *evenkeel.Decision
	for i := range w.dossier.Decisions {
		if x := &w.dossier.Decisions[i]; (x.State == evenkeel.InForce || x.State == evenkeel.Held) && told(x) && (about == nil || outranks(x, about)) {
			about = x
		}
	}
	if about == nil { // nothing holds any more, and the case is open: appeals are, and the next measure is told to whom this says
		if about = w.heardAbout(&procedure.Effect{At: at}); about == nil {
			return nil
		}
	}
	who := by{Actor: w.machine(), says: about.Grounds.Says}
	out := w.notice(about, fam, who, at)
	out.ID, out.Contacts, out.Automatic = id(about.ID), n, about.Actor.Automatic()
	if about.State == evenkeel.Held {
		out.AnswerBy = about.From
	}
	var err error
	if out.Beside, err = w.beside(about, at); err != nil {
		return err
	}
	says := "A notice to the tenant was written, that its contacts were changed."
	if n.Confirmed != "" {
		says = "A notice to the tenant was written, that a contact was confirmed."
	}
	return w.send(out, who, says)
}

// keepsFormer takes in that somebody speaks by a link that went to a contact from before: from then on
// no time ends that those are told.
func (w *draft) keepsFormer(a *docket.Act) error {
	if w.dossier.Case == nil || !a.Kind.OfTenant() || !strings.Contains(a.Contact, evenkeel.FormerContact) {
		return nil
	}
	is, err := w.tx.Reach(w.dossier.Case.ID)
	if err != nil || !is.Changed() || is.Kept != 0 {
		return err
	}
	is.Kept = a.At
	w.out.Reaches = append(w.out.Reaches, is)
	w.note(evenkeel.Entry{
		At: a.At, Kind: evenkeel.EntryCase, Actor: w.machine(), State: stateKept,
		Says: "A contact from before the change has spoken: what is written goes to those from before too, as long as the case is open.",
	})
	return nil
}
