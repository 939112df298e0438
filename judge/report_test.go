package judge_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
	"github.com/evenkeel/evenkeel/store/memory"
)

// counted is what a report has to say, from the timelines and decisions of all cases.
type counted struct{ took, machine, overturned, minutes, opened int }

// recount counts from what is in use, which the report never sees.
func recount(all []docket.Folder) (n counted) {
	for _, f := range all {
		n.opened++
		for _, x := range f.Decisions {
			if x.Mode == evenkeel.ModeShadow {
				continue
			}
			at, by := evenkeel.Moment(0), evenkeel.PersonID("")
			lifter := false
			for _, e := range f.Entries {
				if e.Kind != evenkeel.EntryDecided || e.Ref != string(x.ID) {
					continue
				}
				if e.State == evenkeel.InForce.String() {
					at, by = e.At, e.Actor.Person
				}
				lifter = lifter || e.State == evenkeel.Lifted.String() && e.Actor.Person != ""
			}
			if at == 0 {
				continue
			}
			n.took++
			if by == "" {
				n.machine++
			}
			if v := verdictAfter(f, x.ID); v.Cleared() || lifter && v == 0 {
				n.overturned++
				if x.Measure.Enforced() && x.State.Over() {
					n.minutes += int(x.At.Sub(at)/time.Minute) * len(x.Assets)
				}
			}
		}
	}
	return n
}

// verdictAfter is the first verdict that a case was closed with after a decision took effect, by the
// order of its timeline; 0: none.
func verdictAfter(f docket.Folder, d evenkeel.DecisionID) evenkeel.Outcome {
	took := false
	for _, e := range f.Entries {
		took = took || e.Kind == evenkeel.EntryDecided && e.Ref == string(d) && e.State == evenkeel.InForce.String()
		if !took || e.Kind != evenkeel.EntryCase || e.State != evenkeel.CaseClosed.String() {
			continue
		}
		for _, o := range []evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomePolicyMismatch, evenkeel.OutcomeFalsePositive} {
			if e.Says == "The case was closed: "+o.String()+"." {
				return o
			}
		}
	}
	return 0
}

// TestReportIsWhatTheBooksSay is R10: what is counted from the ledger alone is what is counted from
// the cases in use, over histories that nobody wrote.
func TestReportIsWhatTheBooksSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := memory.New(nil)
		d := newDocket(t, b)
		things := drawHistory(t)
		for _, x := range things {
			_, _ = one(d, x) // what may not be done changes nothing
		}
		if _, err := one(d, time.Duration(timeOf(things[len(things)-1]).Sub(start))+20*24*time.Hour); err != nil { // all that can lapse does
			t.Fatal(err)
		}
		var got counted
		for n := range 8 { // a history takes less than two years
			q := report.Quarter{Year: 2026 + n/4, Number: n%4 + 1}
			err := b.Log(context.Background(), func(l ledger.Log) error {
				r, err := report.Make(l.Lines, q)
				got.took += r.Took.All
				got.machine += r.Took.Machine
				got.overturned += r.Overturned.Part
				got.minutes += int(r.Wrong.AssetMinutes)
				got.opened += r.Cases.Opened
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if want := recount(folders(t, b)); got != want {
			t.Fatalf("the report counts %+v, the books %+v", got, want)
		}
	})
}
