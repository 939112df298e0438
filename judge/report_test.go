package judge_test

import (
	"context"
	"slices"
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

// recount counts from what is in use, which the report never sees: measure by measure, from the end back to
// where it began.
func recount(all []docket.Folder) (n counted) {
	for _, f := range all {
		n.opened++
		for _, x := range f.Decisions {
			at, _ := tookEffect(f, &x)
			if at == 0 || x.Mode == evenkeel.ModeShadow || slices.ContainsFunc(f.Decisions, func(y evenkeel.Decision) bool { return followsOn(f, &y, &x) }) {
				continue
			}
			first, total := &x, time.Duration(0)
			for y := &x; y != nil; {
				first, y = y, before(f, y)
				from, _ := tookEffect(f, first)
				total += first.At.Sub(from) * time.Duration(len(first.Assets))
			}
			_, by := tookEffect(f, first)
			n.took++
			if by == "" {
				n.machine++
			}
			if _, over := verdictOf(f, first, &x); over {
				n.overturned++
				if x.Measure.Enforced() && x.State.Over() {
					n.minutes += int((total + time.Minute - 1) / time.Minute)
				}
			}
		}
	}
	return n
}

// tookEffect is when a decision came into force, and by whom; 0: it did not.
func tookEffect(f docket.Folder, x *evenkeel.Decision) (at evenkeel.Moment, by evenkeel.PersonID) {
	for _, e := range f.Entries {
		if e.Kind == evenkeel.EntryDecided && e.Ref == string(x.ID) && e.State == evenkeel.InForce.String() {
			at, by = e.At, e.Actor.Person
		}
	}
	return at, by
}

// followsOn says whether a decision goes on with another one: the same measure, in its place.
func followsOn(f docket.Folder, y, x *evenkeel.Decision) bool {
	at, _ := tookEffect(f, y)
	return y.Supersedes == x.ID && x.State == evenkeel.Superseded && y.Measure == x.Measure && at != 0 && at == x.At
}

// before is the decision with which another one goes on, or nil.
func before(f docket.Folder, y *evenkeel.Decision) *evenkeel.Decision {
	for i := range f.Decisions {
		if followsOn(f, y, &f.Decisions[i]) {
			return &f.Decisions[i]
		}
	}
	return nil
}

// verdictOf is the verdict on what began with one decision and ended with another one, and whether it did not
// stand: what was cleared once stays cleared, and where a person lifts it in an open case, what was found
// before is in question.
func verdictOf(f docket.Folder, first, last *evenkeel.Decision) (v evenkeel.Outcome, overturned bool) {
	took, lifted, shut := false, false, false
	for _, e := range f.Entries {
		switch {
		case e.Kind == evenkeel.EntryDecided && e.Ref == string(first.ID) && e.State == evenkeel.InForce.String():
			took = true
		case e.Kind == evenkeel.EntryDecided && e.Ref == string(last.ID) && e.State == evenkeel.Lifted.String() && e.Actor.Person != "":
			if lifted = true; !shut && !v.Cleared() {
				v = 0
			}
		case e.Kind == evenkeel.EntryCase:
			shut = e.State == evenkeel.CaseClosed.String()
			for _, o := range []evenkeel.Outcome{evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim, evenkeel.OutcomePolicyMismatch, evenkeel.OutcomeFalsePositive} {
				if took && shut && !v.Cleared() && e.Says == "The case was closed: "+o.String()+"." {
					v = o
				}
			}
		}
	}
	return v, v.Cleared() || lifted && v == 0
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
