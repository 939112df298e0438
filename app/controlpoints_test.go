package app

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestWhoDecidesByTheSocketAnswersPointByPoint: row R5, F13. Whichever way an act against a tenant comes, or one that
// closes its case, it answers the criteria that the policy in force has for the family; letting go takes a reason only.
func TestWhoDecidesByTheSocketAnswersPointByPoint(t *testing.T) {
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) { p.Now = f.now })
	f.play(t, s, mining(f.from(), 1))
	var rows []docket.Row
	eventually(t, "a throttle", func() bool {
		rows, _ = open(t, s.dir).Cases(t.Context(), docket.Query{Max: 1})
		return len(rows) == 1 && strings.Contains(strings.Join(decisionsIn(t, s.dir), "\n"), "in_force live")
	})
	fam, ok := partsIn(s.dir, nil, nil).Policies.Force.Family(rows[0].Case.Family)
	if asked := docket.PointsAsked(fam.Criteria); !ok || len(asked) < 3 {
		t.Fatalf("of %s is asked %q", rows[0].Case.Family, asked)
	}
	n := 0
	send := func(kind docket.ActKind, says string) error {
		n++
		a := docket.Act{ID: ActID("operator", string(rune('a'+n))), At: evenkeel.MomentOf(f.now()), Kind: kind, Case: rows[0].Case.ID, By: "operator", Says: says}
		if kind == docket.ActClose {
			a.Outcome = evenkeel.OutcomeInconclusive
		}
		_, err := Send(t.Context(), s.dir, a)
		return err
	}
	if err := send(docket.ActClose, "It cannot be told."); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), docket.OneLine(fam.Criteria[0])) || !strings.Contains(evenkeel.HintOf(err), "--point") {
		t.Errorf("a sentence alone: %v (hint %q); expected what is asked", err, evenkeel.HintOf(err))
	}
	if err := send(docket.ActLift, "Enough for now."); err != nil && strings.Contains(err.Error(), "criteria") {
		t.Errorf("letting go: %v; expected that a reason is enough", err)
	}
	asked := docket.PointsAsked(fam.Criteria)
	if err := send(docket.ActClose, answered("It cannot be told.", len(asked))); err != nil {
		t.Fatal(err)
	}
	folder, err := open(t, s.dir).Folder(t.Context(), rows[0].Case.ID)
	if err != nil || folder.Case.State != evenkeel.CaseClosed {
		t.Fatalf("%v: %+v", err, folder.Case)
	}
	for _, e := range folder.Entries {
		if e.Kind == evenkeel.EntryActed && e.State == docket.ActClose.String() {
			if got := docket.ReadReasons(e.Words); len(got.Points) != len(asked) || got.Points[0].Criterion != docket.OneLine(fam.Criteria[0]) {
				t.Errorf("the timeline has %q; expected each criterion beside its answer", e.Words)
			}
			return
		}
	}
	t.Error("the timeline does not have the act")
}

// answered is a reason with so many answers, as a program writes it that leaves the criteria to the policy.
func answered(reason string, points int) string {
	r := docket.Reasons{Reason: reason}
	for range points {
		r.Points = append(r.Points, docket.Point{Speaks: docket.CannotTell, Note: "Nobody answered."})
	}
	return r.Text()
}
