package judge_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// fourAtOnce is a governor that lets machines limit four.
const fourAtOnce = "  rule: {at_once: 4, one_more_every: 24h}\n  damping: {for: 0s}\n"

// rostered is a docket whose policy has limits of its own, and a rota with somebody at each level.
func rostered(t tester, b docket.Books, limits string) *judge.Docket {
	t.Helper()
	p := governedParts(t, b, limits)
	p.Rota = desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}}
	d, err := judge.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// houseCalls says of each page about no case among some changes when it was, for which level and whom, and why.
func houseCalls(all []docket.Changes) (out []string) {
	for i := range all {
		for _, p := range all[i].Pages {
			if p.Case == "" {
				out = append(out, fmt.Sprint(p.At.Sub(start), " ", strings.Repeat("!", p.Level), " ", p.For, " ", p.Why))
			}
		}
	}
	return out
}

// folderOf is the one case of a tenant.
func folderOf(t tester, b books, tenant evenkeel.TenantID) docket.Folder {
	t.Helper()
	for _, f := range folders(t, b) {
		if f.Case.Tenant == tenant {
			return f
		}
	}
	t.Fatal(tenant, "has no case")
	return docket.Folder{}
}

// B, R21: reduction is to notify and page. A budget is spent: whoever is on call is called at once, by one call in an
// hour, however many it meets and whichever of two judges it is.
func TestABudgetThatIsSpentCallsSomebodyOnce(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	judges, known := []*judge.Docket{rostered(t, db, fourAtOnce), rostered(t, db, fourAtOnce)}, many(14, false)
	var all []docket.Changes
	for i := range 12 {
		all = append(all, considered(t, judges[i%2], known, flooding(i, time.Duration(i)*time.Minute))...)
	}
	if n, asked := enforced(t, db); n != 4 || asked != 8 {
		t.Fatalf("%d are enforced and %d asked about; expected 4 and 8", n, asked)
	}
	spent := "The budget of limit by rule flood-out is spent: 0 left of 4, and 1 is needed. A person decides."
	want := []string{"4m0s ! [ada] " + spent + " Nobody is called about this again before 2026-03-01T09:00:00Z: look at all that waits."}
	if got := houseCalls(all); !slices.Equal(got, want) {
		t.Errorf("called are %q; expected %q", got, want)
	}
	if f := folderOf(t, db, "t4"); sentences(f, "Level 1 is called: ada. "+spent) != 1 {
		t.Errorf("the case by which it was spent does not say who was called: %+v", f.Entries)
	}
	again := considered(t, judges[0], known, flooding(4, 70*time.Minute), flooding(5, 71*time.Minute))
	if got := houseCalls(again); len(got) != 0 {
		t.Errorf("the same are found in the next hour: %q; expected no call about what a person was asked already", got)
	}
	next := considered(t, judges[1], known, flooding(12, 72*time.Minute), flooding(13, 73*time.Minute))
	want = []string{"1h12m0s ! [ada] " + spent + " Nobody is called about this again before 2026-03-01T10:00:00Z: look at all that waits."}
	if got := houseCalls(next); !slices.Equal(got, want) {
		t.Errorf("others are met in the next hour: %q; expected %q", got, want)
	}
}

// B: the call that a breaker opens is the one of its hour; as long as it stays open, what it leaves to a person calls
// somebody once in each.
func TestWhatAnOpenBreakerHoldsBackCallsSomebodyOnceAnHour(t *testing.T) {
	d, known := rostered(t, newBooks(), "  damping: {for: 0s}\n"), many(12, true)
	var all []docket.Changes
	for i := range 10 {
		all = append(all, considered(t, d, known, flooding(i, time.Duration(i)*time.Minute))...)
	}
	all = append(all, considered(t, d, known, flooding(10, 100*time.Minute), flooding(11, 101*time.Minute))...)
	want := []string{
		"3m0s ! [ada] The breaker of rule flood-out opened: a person has to look now, and what the rule did is perhaps to be undone.",
		"1h40m0s ! [ada] The breaker of rule flood-out is open since 2026-03-01T08:03:00Z: a person decides about what it finds. Nobody is called about this again before 2026-03-01T10:00:00Z: look at all that waits.",
	}
	if got := houseCalls(all); !slices.Equal(got, want) {
		t.Errorf("called are %q; expected %q", got, want)
	}
}

// A, B: what was held until the tenant could be heard, and is not entered because the breaker opened meanwhile, is left
// to a person as well, and somebody is called.
func TestWhatABreakerHoldsBackAtTheEndOfAHearingCallsSomebody(t *testing.T) {
	b := newBooks()
	d := rostered(t, b, "  damping: {for: 0s}\n")
	play(t, d,
		finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum),
		finding("trial-1", "trial", 110*minute, evenkeel.Final, usage, stratum))
	if waiting(folders(t, b)[0]) != 1 {
		t.Fatal("nothing is held; expected an isolation")
	}
	known := many(4, true)
	var opened []docket.Changes
	for i := range 4 {
		f := flooding(i, 111*time.Minute+time.Duration(i)*time.Second)
		f.Rule = "crypto-mining"
		f.ID = evenkeel.NewFindingID(f.Rule, 1, f.Subject, f.At)
		opened = append(opened, considered(t, d, known, f)...)
	}
	if got := houseCalls(opened); len(got) != 1 || !strings.Contains(got[0], "The breaker of rule crypto-mining opened") {
		t.Fatalf("called are %q; expected that the breaker opens", got)
	}
	heard, err := d.Sweep(t.Context(), start.Add(200*minute), world)
	if err != nil {
		t.Fatal(err)
	}
	got := houseCalls(heard.Changes)
	if len(got) != 1 || !strings.Contains(got[0], "! [ada] The breaker of rule crypto-mining is open since 2026-03-01T09:51:") {
		t.Errorf("called are %q; expected whoever is on call, because of the breaker", got)
	}
}

// R21: escalation until a person answers. What the governor leaves to a person passes level 1: the second level is
// called the next time that nobody looked, then whoever leads, each time half as often and each day in the end.
func TestWhatNobodyLooksAtReachesTheLead(t *testing.T) {
	b := newBooks()
	d, known := rostered(t, b, fourAtOnce), many(12, false)
	var all []docket.Changes
	for i := range 12 {
		all = append(all, considered(t, d, known, flooding(i, 0))...)
	}
	if got := houseCalls(all); len(got) != 1 {
		t.Fatalf("called are %q; expected one call at once", got)
	}
	sweep := func(until time.Duration, want ...string) {
		t.Helper()
		for range 2 { // twice is once
			if _, err := d.Sweep(t.Context(), start.Add(until), known); err != nil {
				t.Fatal(err)
			}
		}
		for i := 4; i < 12; i++ {
			if got := called(folderOf(t, b, evenkeel.TenantID(fmt.Sprint("t", i)))); !slices.Equal(got, want) {
				t.Fatalf("of t%d called are %q; expected %q", i, got, want)
			}
		}
	}
	lead := []string{"1h0m0s ! ada", "3h0m0s !! cid", "7h0m0s !!! lea", "15h0m0s !!! lea", "31h0m0s !!! lea", "55h0m0s !!! lea", "79h0m0s !!! lea"}
	sweep(59 * time.Minute)
	sweep(2*time.Hour, lead[:1]...)
	sweep(4*time.Hour, lead[:2]...)
	sweep(8*time.Hour, lead[:3]...)
	sweep(80*time.Hour, lead...)
	for i := 4; i < 12; i++ {
		refuse := act(docket.ActRefuse, evenkeel.TenantID(fmt.Sprint("t", i)), 81*time.Hour)
		f := folderOf(t, b, refuse.Tenant)
		refuse.Family, refuse.Case = "", f.Case.ID
		for _, x := range f.Decisions {
			if x.State == evenkeel.Proposed {
				refuse.Decision = x.ID
			}
		}
		do(t, d, known, refuse)
	}
	sweep(400*time.Hour, lead...) // a person answered: nobody is called any more
}
