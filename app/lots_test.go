package app

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/store/memory"
)

// F17: a page of what is looked at by lot reads so many and no more, however many there are, those that wait
// longest first; and how vigilant somebody is counts all that they judged.
func TestAPageOfLotsIsBoundedAndForgetsNobody(t *testing.T) {
	const many = mostLots + 20
	day := evenkeel.Moment(24 * 3600e9)
	c := evenkeel.Case{
		ID: evenkeel.NewCaseID("raisup", "mining", day), Tenant: "raisup", Family: "mining", Opened: day, State: evenkeel.CaseClosed,
		Outcome: evenkeel.OutcomeFalsePositive, Since: day, Cleared: day, Latest: day,
	}
	in := docket.Changes{Cases: []evenkeel.Case{c}}
	var done []docket.Audit
	for n := range 2 * many {
		a := docket.Audit{
			ID: docket.AuditID(fmt.Sprintf("au-%04d", n)), Case: c.ID, Tenant: c.Tenant, Family: c.Family, Closed: c.Outcome, Opened: day + evenkeel.Moment(n+1),
			Share: 20, Nonce: "n", Candidates: []evenkeel.PersonID{"ada"}, Drawn: "ada", State: docket.AuditOpen, Control: true,
		}
		in.Audits = append(in.Audits, a)
		if n >= many {
			a.State, a.By, a.At, a.Found, a.Why = docket.AuditDone, "ada", 2*day, evenkeel.OutcomeFalsePositive, "A build farm."
			done = append(done, a)
		}
	}
	books := memory.New(nil)
	for _, x := range []docket.Changes{in, {Audits: done}} {
		if err := books.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(x) }); err != nil {
			t.Fatal(err)
		}
	}
	p, err := builtin.Default()
	if err != nil {
		t.Fatal(err)
	}
	read := lots(books, p)
	all, err := read(t.Context(), "", "ada")
	if err != nil || len(all.Audits) != 2*mostLots || all.Audits[0].ID != "au-0000" || all.Audits[mostLots].ID != done[many-1].ID {
		t.Fatalf("%d audits (%v); expected those that wait longest, then the newest verdicts, %d of each", len(all.Audits), err, mostLots)
	}
	if len(all.Vigils) != 1 || all.Vigils[0].Controls != many {
		t.Errorf("%+v; expected all %d known cases", all.Vigils, many)
	}
	last := in.Audits[many-1].ID
	if one, err := read(t.Context(), last, ""); err != nil || len(one.Audits) != 1 || one.Audits[0].ID != last {
		t.Errorf("%+v (%v); expected that one that is not on the page can be opened", one.Audits, err)
	}
	if none, err := read(t.Context(), "", "ben"); err != nil || len(none.Audits) != mostLots {
		t.Errorf("%d (%v); expected what waits, and no verdict of others", len(none.Audits), err)
	}
}
