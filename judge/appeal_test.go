package judge_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// receipts returns the numbers of the receipts of a case.
func receipts(f docket.Folder) (out map[string]int) {
	out = map[string]int{}
	for _, e := range f.Entries {
		if e.State == "receipt" {
			out[e.Ref]++
		}
	}
	return out
}

// ledgerSays is what the ledger says that was done.
func ledgerSays(t *testing.T, h judge.Heard) (out []string) {
	t.Helper()
	for _, c := range h.Changes {
		for _, x := range c.Sealed.Leaves {
			l, err := ledger.ParseLeaf(x)
			if err != nil {
				t.Fatal(err)
			}
			if l.Act != "" {
				out = append(out, l.Act)
			}
		}
	}
	return out
}

// G, appeal-flood: two hundred appeals with other words each have a receipt, and cost a bounded number
// of rows each: no second clock, no second page, no letter. They move nobody else back.
func TestAFloodOfAppealsCostsTheSenderAReceiptEach(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	answered(t, d)
	play(t, d, finding("credit-1", "credit", 4*minute, evenkeel.Provisional, usage, wire), act(docket.ActAnswer, "credit", 5*minute))
	if is := ledgerSays(t, play(t, d, act(docket.ActAppeal, "trial", 6*minute))); !slices.Contains(is, "appeal") {
		t.Errorf("the ledger says %q; expected an appeal", is)
	}
	of := func(tenant evenkeel.TenantID) docket.Folder {
		for _, f := range folders(t, b) {
			if f.Case.Tenant == tenant {
				return f
			}
		}
		t.Fatal("no case of " + tenant)
		return docket.Folder{}
	}
	before, other := of("trial"), of("credit")
	const flood = 200
	for i := range flood {
		a := act(docket.ActAppeal, "trial", 7*minute+time.Duration(i)*time.Second)
		a.ID, a.Says = fmt.Sprintf("appeal %d", i), fmt.Sprintf("Version %d of why this is wrong.", i)
		if is := ledgerSays(t, play(t, d, a)); !slices.Contains(is, "message") || slices.Contains(is, "appeal") {
			t.Fatalf("the ledger says %q; expected that it was a message: an appeal is open already", is)
		}
	}
	after := of("trial")
	if n := len(after.Entries) - len(before.Entries); n > 2*flood {
		t.Errorf("%d entries for %d appeals; expected two for each at most", n, flood)
	}
	if len(after.Clocks) != len(before.Clocks) || len(after.Pages) != len(before.Pages) || len(after.Notices) != len(before.Notices) {
		t.Errorf("%d clocks, %d pages, %d notices; expected as many as before: %d, %d, %d", len(after.Clocks), len(after.Pages), len(after.Notices),
			len(before.Clocks), len(before.Pages), len(before.Notices))
	}
	if n := len(receipts(after)); n != flood+1 {
		t.Errorf("%d receipts; expected one for each of %d appeals", n, flood+1)
	}
	if docket.CompareRows(before.Row, other.Row) != docket.CompareRows(after.Row, other.Row) {
		t.Error("the flood moved the two cases against each other")
	}
	if after.Appeals != 1 {
		t.Errorf("%d appeals are open; expected one", after.Appeals)
	}
}

// R5: who closed a case does not decide on the appeal that opened it again.
func TestWhoClosedACaseDoesNotHearTheAppeal(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	answered(t, d)
	closing := act(docket.ActClose, "trial", 10*minute)
	closing.Outcome = evenkeel.OutcomeConfirmed
	play(t, d, closing, act(docket.ActAppeal, "trial", 20*minute))
	uphold := act(docket.ActUphold, "trial", 30*minute)
	if _, err := one(d, uphold); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Fatalf("ada says %v; expected that it is denied: she closed the case", err)
	}
	uphold.By = "ben"
	play(t, d, uphold)
	f := folders(t, b)[0]
	last := f.Decisions[len(f.Decisions)-1]
	if f.Case.State != evenkeel.CaseClosed || f.Case.Outcome != evenkeel.OutcomeConfirmed || last.Actor.Person != "ben" || last.Supersedes == "" || last.Grounds.Says == "" {
		t.Errorf("%+v and %+v; expected it closed as before, and a new decision of ben's, with reasons", f.Case, last)
	}
}

// G, appeal-flood: after two appeals that persons decided on, two hundred more are kept, each with its
// receipt, and cost nobody anything: no clock, page or letter, and the case stays closed.
func TestAppealsAfterTheLastOneAreKept(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	answered(t, d)
	closing := act(docket.ActClose, "trial", 10*minute)
	closing.Outcome = evenkeel.OutcomeConfirmed
	play(t, d, closing)
	letters := 0
	for n, who := range []evenkeel.PersonID{"ben", "cem"} {
		at := time.Duration(n+1) * time.Hour
		uphold := act(docket.ActUphold, "trial", at+10*minute)
		uphold.By = who
		play(t, d, act(docket.ActAppeal, "trial", at), uphold)
		for _, x := range folders(t, b)[0].Notices {
			if x.Receipt != "" && x.LastAppeal {
				letters++
			}
		}
	}
	play(t, d, 12*time.Hour)
	before := folders(t, b)[0]
	if last := before.Notices[len(before.Notices)-1]; letters != 1 || !last.LastAppeal || last.Appeal != 0 || sentences(before, "It is the last appeal against this decision") != 1 {
		t.Errorf("%d letters say that the appeal is the last one, and of what was upheld %+v; expected one, and that no more is heard", letters, last)
	}
	const flood = 200
	for i := range flood {
		a := act(docket.ActAppeal, "trial", 13*time.Hour+time.Duration(i)*time.Second)
		a.ID, a.Says = fmt.Sprintf("appeal %d", i), fmt.Sprintf("Version %d of why this is wrong.", i)
		play(t, d, a)
	}
	play(t, d, 40*24*time.Hour)
	after := folders(t, b)[0]
	if n := len(after.Entries) - len(before.Entries); n != 2*flood || sentences(after, "it is kept as a message") != flood {
		t.Errorf("%d entries for %d appeals; expected the words and the receipt of each", n, flood)
	}
	if len(after.Clocks) != len(before.Clocks) || len(after.Pages) != len(before.Pages) || len(after.Notices) != len(before.Notices) || after.Case.State != before.Case.State || after.Case.Since != before.Case.Since {
		t.Errorf("%d clocks, %d pages, %d notices, %+v; expected as before: %d, %d, %d, %+v", len(after.Clocks), len(after.Pages), len(after.Notices), after.Case,
			len(before.Clocks), len(before.Pages), len(before.Notices), before.Case)
	}
}
