package judge

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Outward takes in what became of telling somebody who was attacked: an entry of the case, once for
// each report. It decides nothing. KindNotFound where there is no such case.
func (d *Docket) Outward(ctx context.Context, x docket.Outward, now evenkeel.Moment) error {
	e := evenkeel.Entry{Kind: evenkeel.EntryToldTo, Ref: x.Report, State: "attacked_" + string(x.Became), Words: clip(withoutAddresses(x.Says))}
	whom := "Who was attacked at " + x.Victim.String() + ", as was reported,"
	switch {
	case x.Report == "" || !x.Victim.IsValid():
		return evenkeel.Invalid("report %q about %s; expected both", x.Report, x.Victim)
	case x.Became == docket.BecameTold && x.Network != "":
		e.Says = whom + " was told: a report (XARF) went to the contact for " + x.Network + "."
	case x.Became == docket.BecameRefused && x.Network != "":
		e.Says = whom + " could not be told: the contact for " + x.Network + " did not take the report (XARF)."
	case x.Became == docket.BecameNoContact:
		e.Says = whom + " is not told: no contact is known for that address."
	default:
		return evenkeel.Invalid("report %s became %q by the contact for %q; expected told or refused by one, or no_contact", x.Report, x.Became, x.Network)
	}
	return d.recall(ctx, "note that "+x.Victim.String()+" was attacked", now, func(tx docket.Tx) (*recalled, error) {
		key := "outward " + string(x.Case) + " " + x.Report
		if taken, err := tx.Taken(key); taken || err != nil {
			return nil, err
		}
		dossier, err := tx.DossierOf(x.Case)
		if err != nil {
			return nil, err
		}
		m := newRecalled(dossier.Case, dossier.Entries)
		m.out.Taken = []string{key}
		m.note(e)
		return m, nil
	})
}
