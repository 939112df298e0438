package storetest

import (
	"cmp"
	"context"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var files = []promise{
	{"a case takes the place of the one with its id", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		c.State, c.Outcome, c.Since, c.Waiting = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, at(5), at(4)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		same(t, "the case", *s.dossier("raisup", "mining").Case, c)
	}},
	{"a case stays its tenant's, of its family and with its opening", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		for _, change := range []func(*evenkeel.Case){
			func(c *evenkeel.Case) { c.Tenant = "other" }, func(c *evenkeel.Case) { c.Family = "flood" }, func(c *evenkeel.Case) { c.Opened++ },
		} {
			other := c
			change(&other)
			s.refused(docket.Changes{Cases: []evenkeel.Case{other}}, evenkeel.KindConflict)
		}
	}},
	{"a decision takes the place of the one with its id and keeps the order of making", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		held, next := aDecision(c, 9, evenkeel.Held), aDecision(c, 2, evenkeel.Proposed)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{held, next}})
		third := aDecision(c, 5, evenkeel.InForce)
		held.State, held.At = evenkeel.InForce, at(30)
		next.State = evenkeel.Refused
		next.Why = []string{"a person said no"}
		s.put(docket.Changes{Decisions: []evenkeel.Decision{third, held, next}})
		same(t, "the list of decisions", s.dossier("raisup", "mining").Decisions, []evenkeel.Decision{held, next, third})
	}},
	{"of several states of a decision in one transaction the last one stands", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		d := aDecision(c, 1, evenkeel.InForce)
		over := d
		over.State = evenkeel.Superseded
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d, over}})
		same(t, "the list of decisions", s.dossier("raisup", "mining").Decisions, []evenkeel.Decision{over})
	}},
	{"a decision that is over stays as it is", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		d := aDecision(c, 1, evenkeel.Lifted)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d}})
		s.put(docket.Changes{Decisions: []evenkeel.Decision{d}}) // the same again
		again := d
		again.State = evenkeel.InForce
		s.refused(docket.Changes{Decisions: []evenkeel.Decision{again}}, evenkeel.KindConflict)
		again = d
		again.Measure = evenkeel.MeasureLimit
		s.refused(docket.Changes{Decisions: []evenkeel.Decision{again}}, evenkeel.KindConflict)
	}},
	{"a decision stays in its case", func(t *testing.T, s *scene) {
		c, other := aCase("raisup", "mining", 0), aCase("raisup", "mining", 1)
		d := aDecision(c, 1, evenkeel.Proposed)
		s.put(docket.Changes{Cases: []evenkeel.Case{c, other}, Decisions: []evenkeel.Decision{d}})
		d.Case = other.ID
		s.refused(docket.Changes{Decisions: []evenkeel.Decision{d}}, evenkeel.KindConflict)
	}},
	{"the cases are found in which a live decision that is not over names an asset", casesThatName},
	{"entries are only appended, without gaps", entriesAreAppended},
	{"what could never be right is refused", func(t *testing.T, s *scene) {
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{Cases: []evenkeel.Case{c}})
		for name, bad := range neverRight(c) {
			t.Run(name, func(t *testing.T) {
				(&scene{t: t, books: s.books}).refused(bad, evenkeel.KindInvalid)
			})
		}
		same(t, "what is kept of the case", s.folder(c.ID), docket.Folder{Row: docket.Row{Case: c}})
	}},
	{"a finding is in the file of the case whose timeline tells of it", findingsAreTold},
	{"lists that were returned are the caller's", func(t *testing.T, s *scene) {
		s.put(one())
		went := aDelivery(one().Notices[0], 2)
		s.put(docket.Changes{Deliveries: []docket.Delivery{went}})
		id := evenkeel.NewCaseID("raisup", "mining", start)
		d, f := s.dossier("raisup", "mining"), s.folder(id)
		d.Case.State, d.Decisions[0].State, d.Clocks[0].Due, d.Flags[0].Revoked = evenkeel.CaseClosed, evenkeel.Lifted, 0, 1
		f.Entries[0].Says, f.Decisions[0].State, f.Clocks[0].Due, f.Flags[0].Revoked = "", 0, 0, 1
		f.Notices[0].Says, f.Orders[0].Lift = "", true
		f.Dispatches[0].Deliveries[0].Refused, f.Dispatches[1].Failed = true, true
		s.sentNotice(went.Notice).Dispatch.Deliveries[0].Refused, s.pendingNotices(at(9), 9)[0].Deliveries[0].Refused = true, true
		was := one()
		same(t, "the dossier", s.dossier("raisup", "mining"), docket.Dossier{
			Tenant: "raisup", Family: "mining", Case: &was.Cases[0], Entries: 1, Decisions: was.Decisions, Clocks: was.Clocks, Flags: was.Flags,
		})
		f = s.folder(id)
		f.Row = docket.Row{}
		same(t, "the folder", f, docket.Folder{
			Entries: was.Entries, Decisions: was.Decisions, Clocks: was.Clocks, Flags: was.Flags, Notices: was.Notices, Orders: was.Orders,
			Dispatches: []docket.Dispatch{{Notice: went.Notice, Deliveries: []docket.Delivery{went}}, {Order: was.Orders[0].ID}},
		})
	}},
}

func casesThatName(t *testing.T, s *scene) {
	a, b, c := aCase("raisup", "mining", 0), aCase("other", "mining", 0), aCase("raisup", "flood", 0)
	of := func(c evenkeel.Case, n int, state evenkeel.DecisionState, assets ...evenkeel.AssetID) evenkeel.Decision {
		d := aDecision(c, n, state)
		d.Assets = assets
		return d
	}
	shadow := of(c, 9, evenkeel.Proposed, "vm-1", "vm-2", "vm-3")
	shadow.Mode = evenkeel.ModeShadow
	first, twice := of(a, 1, evenkeel.InForce, "vm-1", "vm-2"), of(a, 2, evenkeel.Proposed, "vm-1", "vm-1")
	s.put(docket.Changes{Cases: []evenkeel.Case{a, b, c}, Decisions: []evenkeel.Decision{
		first, twice, of(b, 3, evenkeel.Held, "vm-1"), of(c, 4, evenkeel.Lifted, "vm-1"), shadow,
	}})
	both := []evenkeel.CaseID{a.ID, b.ID}
	slices.Sort(both)
	naming := func(asset evenkeel.AssetID) []evenkeel.CaseID {
		return must(t, func(ctx context.Context) ([]evenkeel.CaseID, error) { return s.books.Naming(ctx, asset) })
	}
	same(t, "who names vm-1", naming("vm-1"), both)
	same(t, "who names vm-2", naming("vm-2"), []evenkeel.CaseID{a.ID})
	same(t, "who names vm-3, in shadow", naming("vm-3"), nil)
	first.Assets = first.Assets[:1] // one was let go
	twice.State = evenkeel.Refused
	s.put(docket.Changes{Decisions: []evenkeel.Decision{first, twice}})
	same(t, "who names vm-1", naming("vm-1"), both)
	same(t, "who names vm-2", naming("vm-2"), nil)
	first.State = evenkeel.Lapsed
	s.put(docket.Changes{Decisions: []evenkeel.Decision{first}})
	same(t, "who names vm-1", naming("vm-1"), []evenkeel.CaseID{b.ID})
}

func entriesAreAppended(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
	s.put(docket.Changes{Cases: []evenkeel.Case{c, other}})
	entries := func(c evenkeel.Case, seqs ...int64) docket.Changes {
		var out docket.Changes
		for _, n := range seqs {
			out.Entries = append(out.Entries, anEntry(c, n))
		}
		return out
	}
	s.refused(entries(c, 0), evenkeel.KindConflict)
	s.refused(entries(c, 2), evenkeel.KindConflict)
	s.put(entries(c, 1, 2))
	s.put(entries(other, 1))
	s.refused(entries(c, 2), evenkeel.KindConflict)
	s.refused(entries(c, 4), evenkeel.KindConflict)
	s.refused(entries(c, 3, 5), evenkeel.KindConflict)
	s.refused(entries(c, 3, 3), evenkeel.KindConflict)
	s.put(entries(c, 3))
	same(t, "the timeline", s.folder(c.ID).Entries, []evenkeel.Entry{anEntry(c, 1), anEntry(c, 2), anEntry(c, 3)})
	if n := s.dossier("raisup", "mining").Entries; n != 3 {
		t.Errorf("the dossier counts %d entries; expected 3", n)
	}
}

// neverRight are changes about a case that is kept, each with one fault.
func neverRight(c evenkeel.Case) map[string]docket.Changes {
	out := map[string]docket.Changes{}
	addCase := func(name string, spoil func(*evenkeel.Case)) {
		x := aCase("raisup", "other", 7)
		spoil(&x)
		out[name] = docket.Changes{Cases: []evenkeel.Case{x}}
	}
	addCase("a case without an id", func(c *evenkeel.Case) { c.ID = "" })
	addCase("a case of nobody", func(c *evenkeel.Case) { c.Tenant = "" })
	addCase("a case of no family", func(c *evenkeel.Case) { c.Family = "" })
	addCase("a case in no state", func(c *evenkeel.Case) { c.State = 0 })
	addCase("a case with an unknown outcome", func(c *evenkeel.Case) { c.Outcome = 99 })
	addDecision := func(name string, spoil func(*evenkeel.Decision)) {
		x := aDecision(c, 7, evenkeel.Proposed)
		spoil(&x)
		out[name] = docket.Changes{Decisions: []evenkeel.Decision{x}}
	}
	addDecision("a decision without an id", func(d *evenkeel.Decision) { d.ID = "" })
	addDecision("a decision in no state", func(d *evenkeel.Decision) { d.State = 0 })
	addDecision("a decision neither live nor in shadow", func(d *evenkeel.Decision) { d.Mode = 0 })
	addDecision("a decision with an unknown measure", func(d *evenkeel.Decision) { d.Measure = 99 })
	addDecision("a decision that ends when it begins", func(d *evenkeel.Decision) { d.Until = d.From })
	addDecision("a decision of a case that nobody keeps", func(d *evenkeel.Decision) { d.Case = "c-unknown" })
	add := func(name string, c docket.Changes) { out[name] = c }
	e := anEntry(evenkeel.Case{ID: "c-unknown"}, 1)
	add("an entry of a case that nobody keeps", docket.Changes{Entries: []evenkeel.Entry{e}})
	e = anEntry(c, 1)
	e.Kind = 0
	add("an entry of no kind", docket.Changes{Entries: []evenkeel.Entry{e}})
	add("a clock of a case that nobody keeps", docket.Changes{Clocks: []docket.Clock{aClock(evenkeel.Case{ID: "c-unknown"}, docket.ClockAppeal, "", 1)}})
	add("a clock of no kind", docket.Changes{Clocks: []docket.Clock{aClock(c, 0, "", 1)}})
	f := aFlag("flag-7", "raisup", "mining", 0)
	f.Until = f.From
	add("a flag that ends when it begins", docket.Changes{Flags: []evenkeel.Flag{f}})
	f = aFlag("flag-7", "raisup", "mining", 0)
	f.Case = "c-unknown"
	add("a flag of a case that nobody keeps", docket.Changes{Flags: []evenkeel.Flag{f}})
	add("a flag without an id", docket.Changes{Flags: []evenkeel.Flag{aFlag("", "raisup", "mining", 0)}})
	add("a flag of nobody", docket.Changes{Flags: []evenkeel.Flag{aFlag("flag-7", "", "mining", 0)}})
	add("an order of a decision that nobody keeps", docket.Changes{Orders: []evenkeel.Order{anOrder(aDecision(c, 8, evenkeel.InForce), false)}})
	add("a notice of a decision that nobody keeps", docket.Changes{Notices: []evenkeel.Notice{aNotice(aDecision(c, 8, evenkeel.InForce))}})
	add("a finding without an id", docket.Changes{Findings: []evenkeel.Finding{{Revision: evenkeel.Final}}})
	add("a finding that is neither provisional nor final", docket.Changes{Findings: []evenkeel.Finding{{ID: "f-7"}}})
	return out
}

func findingsAreTold(t *testing.T, s *scene) {
	c, other := aCase("raisup", "mining", 0), aCase("raisup", "flood", 0)
	f := evenkeel.Finding{ID: "f-1", Revision: evenkeel.Provisional, Rule: "r", Mode: evenkeel.ModeLive, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: "raisup"}}
	final, untold := f, f
	final.Revision, final.Score = evenkeel.Final, 2
	untold.ID = "f-0"
	told := func(seq int64, f evenkeel.Finding) evenkeel.Entry {
		e := anEntry(c, seq)
		e.Kind, e.Ref, e.State = evenkeel.EntryFound, string(f.ID), f.Revision.String()
		return e
	}
	mentioned := anEntry(c, 3)
	mentioned.Ref, mentioned.State = "f-0", "provisional" // by an entry of another kind
	s.put(docket.Changes{
		Cases:    []evenkeel.Case{c, other},
		Findings: []evenkeel.Finding{untold, f, final}, Entries: []evenkeel.Entry{told(1, final), told(2, f), mentioned},
	})
	changed := f
	changed.Score = 9
	s.put(docket.Changes{Findings: []evenkeel.Finding{changed}}) // evidence stays as it came first
	same(t, "the evidence", s.folder(c.ID).Findings, []evenkeel.Finding{final, f})
	s.transact(func(tx docket.Tx) error {
		is, err := tx.Finding("f-1", evenkeel.Provisional)
		same(t, "what a transaction reads of it", is, &f)
		none, err2 := tx.Finding("f-0", evenkeel.Final)
		if none != nil {
			t.Errorf("a revision that was not put is %+v; expected none", none)
		}
		return cmp.Or(err, err2)
	})
	if n := len(s.folder(other.ID).Findings); n != 0 {
		t.Errorf("another case has %d findings; expected none", n)
	}
	if slices.ContainsFunc(s.folder(c.ID).Findings, func(f evenkeel.Finding) bool { return f.ID == "f-0" }) {
		t.Error("a finding that is only mentioned is in the file")
	}
}
