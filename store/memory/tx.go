package memory

import (
	"cmp"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// tx is one transaction: it reads what is kept, and remembers what is to be kept.
type tx struct {
	*state
	put     *docket.Changes
	lines   []ledger.Line // of what was sealed
	keys    map[evenkeel.TenantID]ledger.Key
	refused error
	peeks   bool                         // nothing is kept
	rests   map[evenkeel.DecisionID]bool // new decisions, whether two persons support them
}

// Finding returns a revision of a finding, or nil.
func (x *tx) Finding(id evenkeel.FindingID, r evenkeel.Revision) (*evenkeel.Finding, error) {
	f, kept := x.findings[docket.FindingKey(&evenkeel.Finding{ID: id, Revision: r})]
	if !kept {
		return nil, nil
	}
	return &f, nil
}

// Taken says whether a key was put before.
func (x *tx) Taken(key string) (bool, error) {
	_, taken := x.taken[key]
	return taken, nil
}

// Dossier returns what is known about a tenant under a family of rules.
func (x *tx) Dossier(t evenkeel.TenantID, family string) (docket.Dossier, error) {
	return x.dossier(t, family, x.newest(t, family)), nil
}

// DossierOf is Dossier of a case's tenant and family with that case.
func (x *tx) DossierOf(c evenkeel.CaseID) (docket.Dossier, error) {
	f := x.files[c]
	if f == nil {
		return docket.Dossier{}, notFound("case", string(c))
	}
	return x.dossier(f.is.Tenant, f.is.Family, f), nil
}

func (x *tx) dossier(t evenkeel.TenantID, family string, f *file) docket.Dossier {
	id := evenkeel.CaseID("")
	if f != nil {
		id = f.is.ID
	}
	d := docket.Dossier{
		Elsewhere: x.withheld(t, id), Tenant: t, Family: family, Prior: x.prior(t, family, f),
		Flags: lastToEnd(x.flags(t, func(f *evenkeel.Flag) bool { return f.Family == family })),
	}
	if f != nil {
		is := f.is
		d.Case, d.Entries, d.Clocks = &is, int64(len(f.entries)), slices.Clone(f.running)
		for _, k := range f.ended {
			if k.Kind == docket.ClockAppealAnswer && len(k.Heard) > 0 {
				d.Heard = put(d.Heard, k, func(a, b docket.Clock) int { return cmp.Compare(a.Decision, b.Decision) })
			}
		}
		d.Decisions, d.Reviews = known(f.decisions), newestReviews(f.reviews)
	}
	return d
}

// known are the decisions of a dossier: what lasts, what a person put something in the place
// of, and the newest of what is left.
func known(all []evenkeel.Decision) []evenkeel.Decision {
	chosen := map[evenkeel.DecisionID]bool{}
	for i := range all {
		if d := &all[i]; d.Mode == evenkeel.ModeLive && d.Actor.Person != "" {
			chosen[d.Supersedes] = true
		}
	}
	var out []evenkeel.Decision
	passing := 0
	for i := len(all) - 1; i >= 0; i-- {
		d := &all[i]
		passes := d.State == evenkeel.Suppressed || d.State == evenkeel.Superseded
		if d.Mode == evenkeel.ModeLive && (!passes || d.Actor.Person != "" || chosen[d.ID]) {
			out = append(out, *d)
		} else if passing < docket.MaxDecisions {
			passing++
			out = append(out, *d)
		}
	}
	slices.Reverse(out)
	return out
}

// lastToEnd keeps of flags, by From and ID, those that end last.
func lastToEnd(all []evenkeel.Flag) []evenkeel.Flag {
	over := len(all) - docket.MaxFlags
	if over <= 0 {
		return all
	}
	order := func(a, b evenkeel.Flag) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID))
	}
	byEnd := slices.SortedFunc(slices.Values(all), order)
	return slices.DeleteFunc(all, func(f evenkeel.Flag) bool { return order(f, byEnd[over]) < 0 })
}

// Ledger returns the log and the keys of commitments.
func (x *tx) Ledger() docket.Ledger { return log{x} }

// Put takes changes in, once.
func (x *tx) Put(c docket.Changes) error {
	var err error
	if x.peeks {
		err = docket.Peeks()
	} else if x.put != nil {
		err = &evenkeel.Error{Says: "put changes: a transaction puts once, and has put before"}
	} else if x.lines, err = check(x.state, &c, x.rests); err == nil {
		x.put = &c
		return nil
	}
	if x.refused == nil {
		x.refused = err
	}
	return err
}
