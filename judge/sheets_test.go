package judge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// closings is a world in which cases are closed one every two days: with a word of the tenant or without,
// against it or in its favour.
type closings struct {
	t      *testing.T
	r      *rand.Rand
	b      books
	d      *judge.Docket
	world  facts
	closed map[evenkeel.Moment]evenkeel.Case // by when
	spoke  int                               // cases that were cleared, in which a machine acted only after the tenant had spoken
	asked  int                               // cases that were cleared, in which no machine did more than ask
}

// happen has a case come and go.
func (w *closings) happen(i int) {
	tenant := evenkeel.TenantID(fmt.Sprintf("u%03d", i))
	at := time.Duration(i) * 2 * day
	family := []string{"mining", "flood"}[w.r.IntN(2)]
	found := func(after time.Duration, r evenkeel.Revision, signs ...sign) {
		f := finding(evenkeel.AssetID(tenant+"-1"), tenant, at+after, r, signs...)
		f.Rule, f.Family = harm[family].rule, family
		f.ID = evenkeel.NewFindingID(f.Rule, 1, f.Subject, start.Add(at))
		considered(w.t, w.d, w.world, f)
	}
	says := func(a docket.Act) { a.Family = family; do(w.t, w.d, w.world, a) }
	innocent, hurts := w.r.IntN(2) == 0, w.r.IntN(2) == 0
	first := innocent && w.r.IntN(3) == 0 // the tenant speaks before a machine acts
	found(0, evenkeel.Provisional, sign{family: evenkeel.EvidenceReport})
	after := 2 * time.Minute
	if first {
		says(act(docket.ActAnswer, tenant, at+time.Minute))
		after = 70 * time.Minute // our time to decide is over
		if _, err := w.d.Sweep(w.t.Context(), start.Add(at+after), w.world); err != nil {
			w.t.Fatal(err)
		}
	}
	if hurts && family == "mining" {
		found(after, evenkeel.Final, usage, wire)
	} else if hurts {
		found(after, evenkeel.Final, wire)
	}
	if w.r.IntN(2) == 0 {
		found(after+2*time.Minute, evenkeel.Final, usage, wire, stratum)
	}
	end := act(docket.ActClose, tenant, at+3*time.Hour)
	end.By, end.Outcome = pickOf(w.r, []evenkeel.PersonID{"ben", "kim", "lea", "ada"}), evenkeel.OutcomeConfirmed
	if innocent {
		says(act(docket.ActAnswer, tenant, at+2*time.Hour))
		end.Kind, end.Outcome, end.NoFlag = docket.ActClear, evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	}
	says(end)
	f := folders(w.t, w.b)[i]
	w.closed[f.Case.Since] = f.Case
	if acted := docket.MachineActed(f.Decisions); innocent && !acted {
		w.asked++
	} else if innocent && !docket.ActedFirst(f.Decisions, f.Entries) {
		w.spoke++
	}
}

func pickOf[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

var digits = regexp.MustCompile(`\d+`)

// sheetOf is all that whoever judges by lot sees, without what is its own in each case: the id and numbers in
// sentences. The times since the first finding stay.
func sheetOf(t *testing.T, f *docket.Folder, a *docket.Audit) string {
	t.Helper()
	s := docket.Veil(f, a)
	if !regexp.MustCompile(`^au-[0-9a-f]{20}$`).MatchString(string(s.Audit)) {
		t.Errorf("it is called %q", s.Audit)
	}
	s.Audit = "au"
	for i := range s.Why {
		s.Why[i] = digits.ReplaceAllString(s.Why[i], "#")
	}
	for i := range s.Safeguards {
		s.Safeguards[i].Why = digits.ReplaceAllString(s.Safeguards[i].Why, "#")
	}
	out, err := json.MarshalIndent(&s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// F17: whatever is seen of a known case, and of when and to whom it comes, is seen of others too, and the
// other way round.
func TestAKnownCaseLooksLikeAnyOther(t *testing.T) {
	const cases = 300
	b := newBooks()
	w := &closings{
		t: t, r: rand.New(rand.NewPCG(17, 1)), b: b, d: auditing(t, b, since(30, "ada", "ben", "kim", "lea", "mia", "noa"), "audit: {share: 100, controls: 50}\n"),
		world: manyTenants(cases), closed: map[evenkeel.Moment]evenkeel.Case{},
	}
	for i := range cases {
		w.happen(i)
	}
	if w.spoke == 0 || w.asked == 0 {
		t.Fatalf("in %d cases the tenant spoke before a machine acted, in %d none did; expected both", w.spoke, w.asked)
	}
	seen, n := map[bool]map[string]int{false: {}, true: {}}, map[bool]int{}
	for _, a := range auditsIn(t, b) {
		f, err := b.Folder(context.Background(), a.Case)
		if err != nil {
			t.Fatal(err)
		}
		n[a.Control]++
		seen[a.Control][sheetOf(t, &f, &a)]++
		var over *evenkeel.Case // the one that was closed when the lot was drawn
		for at, c := range w.closed {
			if a.Opened > at && a.Opened.Sub(at) <= day {
				over = &c
			}
		}
		switch {
		case over == nil:
			t.Errorf("%+v: no case was closed the day before", a)
		case a.Control == (over.ID == a.Case) || a.Family != over.Family:
			t.Errorf("%+v comes of the closing of %+v; expected another case of its family if it is a known one, and else this", a, over)
		case slices.Contains(partIn(t, b, over.ID), a.Drawn) || slices.Contains(partIn(t, b, a.Case), a.Drawn):
			t.Errorf("%s is asked, and had a part: whoever closed a case just now knows that it is not the one", a.Drawn)
		}
	}
	if n[true] < 50 || n[false] < 50 {
		t.Fatalf("%d known cases and %d others; expected many", n[true], n[false])
	}
	for kind, other := range map[bool]bool{false: true, true: false} {
		for _, s := range slices.Sorted(maps.Keys(seen[kind])) {
			if seen[other][s] == 0 {
				t.Errorf("control %t: %d of %d look like this, and none of the others:\n%s", kind, seen[kind][s], n[kind], s)
			}
		}
	}
}

// partIn are those who acted in a case.
func partIn(t *testing.T, b books, c evenkeel.CaseID) (out []evenkeel.PersonID) {
	t.Helper()
	f, err := b.Folder(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Entries {
		if p := f.Entries[i].Actor.Person; p != "" && f.Entries[i].Kind != evenkeel.EntryLooked {
			out = append(out, p)
		}
	}
	return out
}
