package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// reached returns who could be told of a case before, in a transaction and outside of one.
func (s *scene) reached(c evenkeel.CaseID) (r docket.Reach) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		r, err = tx.Reach(c)
		return err
	})
	same(s.t, "outside of a transaction", must(s.t, func(ctx context.Context) (docket.Reach, error) { return s.books.ReachOf(ctx, c) }), r)
	return r
}

var reaches = []promise{
	{"who could be told before stays, and is told no shorter", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		before := []evenkeel.Contact{{Role: "owner", Email: "ann@raisup.example", Lang: "fr"}, {Role: "billing", Email: "books@raisup.example"}}
		first := docket.Reach{Case: c.ID, Listed: at(1), Before: before, Until: at(100)}
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		same(t, "none was changed", s.reached(c.ID), docket.Reach{})
		same(t, "no such case", s.reached("c-none"), docket.Reach{})
		s.put(docket.Changes{Reaches: []docket.Reach{first}})
		same(t, "once", s.reached(c.ID), first)
		later := first
		later.Listed, later.Until, later.Kept = at(2), at(120), at(3)
		s.put(docket.Changes{Reaches: []docket.Reach{later}})
		same(t, "later", s.reached(c.ID), later)
		for _, spoil := range []func(*docket.Reach){
			func(r *docket.Reach) { r.Before = before[:1] },
			func(r *docket.Reach) {
				r.Before = []evenkeel.Contact{before[0], {Role: "billing", Email: "other@elsewhere.example"}}
			},
			func(r *docket.Reach) { r.Listed = at(1) },
			func(r *docket.Reach) { r.Until = at(119) },
			func(r *docket.Reach) { r.Kept = 0 },
		} {
			r := later
			spoil(&r)
			s.refused(docket.Changes{Reaches: []docket.Reach{r}}, evenkeel.KindConflict)
		}
		for _, spoil := range []func(*docket.Reach){func(r *docket.Reach) { r.Before = nil }, func(r *docket.Reach) { r.Until = 0 }, func(r *docket.Reach) { r.Case = "c-none" }} {
			r := later
			spoil(&r)
			s.refused(docket.Changes{Reaches: []docket.Reach{r}}, evenkeel.KindInvalid)
		}
		same(t, "after all that", s.reached(c.ID), later)
	}},
	{"who came and was confirmed stays so, by whom and when", func(t *testing.T, s *scene) { // R27
		c := aCase("raisup", "mining", 0)
		ann, carl := evenkeel.Contact{Role: "owner", Email: "ann@raisup.example"}, evenkeel.Contact{Role: "tech", Email: "carl@raisup.example", Lang: "fr"}
		first := docket.Reach{Case: c.ID, Listed: at(1), Before: []evenkeel.Contact{ann}, Until: at(100), Now: []evenkeel.Contact{ann, carl}}
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Reaches: []docket.Reach{first}})
		same(t, "who is told now", s.reached(c.ID), first)
		is := first
		is.Confirmed = []docket.Confirmed{{Contact: carl, Called: "tech#new", By: "owner", At: at(2)}}
		s.put(docket.Changes{Reaches: []docket.Reach{is}})
		same(t, "one", s.reached(c.ID), is)
		more := is
		more.Now = []evenkeel.Contact{ann}
		more.Confirmed = append(slices.Clone(is.Confirmed), docket.Confirmed{Contact: evenkeel.Contact{Role: "owner", Email: "dora@raisup.example"}, Called: "owner#new", Person: "p-ada", At: at(3)})
		s.put(docket.Changes{Reaches: []docket.Reach{more}})
		same(t, "two, of whom none is listed any more", s.reached(c.ID), more)
		for name, spoil := range map[string]func(*docket.Reach){
			"none": func(r *docket.Reach) { r.Confirmed = nil }, "the first alone": func(r *docket.Reach) { r.Confirmed = r.Confirmed[:1] },
			"in another order": func(r *docket.Reach) { slices.Reverse(r.Confirmed) }, "by another": func(r *docket.Reach) { r.Confirmed[0].By = "tech" },
			"at another time": func(r *docket.Reach) { r.Confirmed[0].At = at(9) }, "another address": func(r *docket.Reach) { r.Confirmed[0].Contact.Email = "x@elsewhere.example" },
		} {
			r := more
			r.Confirmed = slices.Clone(r.Confirmed)
			spoil(&r)
			t.Run(name, func(t *testing.T) { s.refused(docket.Changes{Reaches: []docket.Reach{r}}, evenkeel.KindConflict) })
		}
		for name, spoil := range map[string]func(*docket.Confirmed){
			"no address": func(x *docket.Confirmed) { x.Contact = evenkeel.Contact{Role: "tech"} }, "no name": func(x *docket.Confirmed) { x.Called = "" }, "no time": func(x *docket.Confirmed) { x.At = 0 },
			"by nobody": func(x *docket.Confirmed) { x.Person = "" }, "by two": func(x *docket.Confirmed) { x.By = "owner" },
		} {
			x := docket.Confirmed{Contact: carl, Called: "tech#new", Person: "p-ada", At: at(4)}
			spoil(&x)
			r := more
			r.Confirmed = append(slices.Clone(r.Confirmed), x)
			t.Run(name, func(t *testing.T) { s.refused(docket.Changes{Reaches: []docket.Reach{r}}, evenkeel.KindInvalid) })
		}
		r := more
		for range docket.MaxConfirmed {
			r.Confirmed = append(slices.Clone(r.Confirmed), docket.Confirmed{Contact: carl, Called: "tech#new", Person: "p-ada", At: at(4)})
		}
		s.refused(docket.Changes{Reaches: []docket.Reach{r}}, evenkeel.KindInvalid)
		same(t, "after all that", s.reached(c.ID), more)
	}},
	{"all cases of a tenant that are not closed are found by id, more than a dossier holds", func(t *testing.T, s *scene) { // R27
		var in docket.Changes
		var open []evenkeel.CaseID
		for n := range 2*docket.MaxPrior + 3 {
			c := aCase("raisup", "mining", n)
			if n%3 == 0 {
				c.State, c.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeInconclusive
			} else {
				open = append(open, c.ID)
			}
			in.Cases = append(in.Cases, c)
		}
		in.Cases = append(in.Cases, aCase("acme", "mining", 1))
		slices.Sort(open)
		s.put(in)
		s.transact(func(tx docket.Tx) error {
			got, err := tx.Open("raisup")
			same(t, "what is open", got, open)
			if none, err := tx.Open("nobody"); len(none) > 0 || err != nil {
				t.Errorf("nobody has %v open: %v", none, err)
			}
			return err
		})
	}},
	{"what was said and measured in a tenant's cases is erased with its key, and nobody else's", func(t *testing.T, s *scene) {
		ours, theirs := aCase("raisup", "mining", 0), aCase("acme", "mining", 0)
		ours.State, theirs.State = evenkeel.CaseClosed, evenkeel.CaseClosed
		for _, c := range []evenkeel.Case{ours, theirs} {
			s.transact(func(tx docket.Tx) error {
				_, err := tx.Ledger().Key(c.Tenant)
				return err
			})
			f := evenkeel.Finding{
				ID: evenkeel.FindingID("f-" + c.Tenant), Revision: evenkeel.Final, Rule: "r", Mode: evenkeel.ModeLive, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: c.Tenant},
			}
			s.put(docket.Changes{Tenant: c.Tenant, Cases: []evenkeel.Case{c}, Findings: []evenkeel.Finding{f}, Entries: []evenkeel.Entry{
				{Case: c.ID, Seq: 1, At: at(1), Kind: evenkeel.EntryFound, Ref: string(f.ID), State: f.Revision.String(), Says: "It was found."},
				{Case: c.ID, Seq: 2, At: at(2), Kind: evenkeel.EntrySaid, State: "answer", Says: "The tenant: answer.", Words: "We are a bank, and \"this\" is <ours>."},
			}})
		}
		if err := s.books.EraseKey(t.Context(), ours.Tenant); err != nil {
			t.Fatal(err)
		}
		f := s.folder(ours.ID)
		if len(f.Findings) != 0 || len(f.Entries) != 2 || f.Entries[1].Words != "" || f.Entries[1].Says == "" || f.Entries[1].At != at(2) {
			t.Errorf("of whom the key was erased there are %d findings and the lines %+v", len(f.Findings), f.Entries)
		}
		if f := s.folder(theirs.ID); len(f.Findings) != 1 || f.Entries[1].Words == "" {
			t.Error("another tenant's are gone too")
		}
	}},
	{"the addresses of a tenant are erased with its key", func(t *testing.T, s *scene) {
		ours, theirs := aCase("raisup", "mining", 0), aCase("acme", "mining", 0)
		for _, c := range []evenkeel.Case{ours, theirs} {
			s.transact(func(tx docket.Tx) error {
				_, err := tx.Ledger().Key(c.Tenant)
				return err
			})
			s.put(docket.Changes{Cases: []evenkeel.Case{c}, Reaches: []docket.Reach{{Case: c.ID, Listed: at(1), Until: at(9), Before: []evenkeel.Contact{{Role: "owner", Email: "a@x.example"}}}}})
		}
		if err := s.books.EraseKey(t.Context(), ours.Tenant); err != nil {
			t.Fatal(err)
		}
		same(t, "of whom the key was erased", s.reached(ours.ID), docket.Reach{})
		if r := s.reached(theirs.ID); !r.Changed() {
			t.Error("another tenant's are gone too")
		}
	}},
}
