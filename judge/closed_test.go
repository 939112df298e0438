package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// closing is an act that closes the case of trial.
func closing(o evenkeel.Outcome, after time.Duration) docket.Act {
	a := act(docket.ActClose, "trial", after)
	if o.Cleared() {
		a.Kind, a.NoFlag = docket.ActClear, docket.NoFlagOnce
	}
	a.Outcome = o
	return a
}

// Property N: whoever was asked learns how it ended, also where nothing stands any more. A
// customer who hears nothing after the first letter believes what the worst of his neighbours
// tell him.
func TestWhoWasWrittenToIsToldHowTheCaseEnded(t *testing.T) {
	asked := finding("trial-1", "trial", 0, evenkeel.Provisional, usage)
	over := 8 * 24 * time.Hour // the notice has lapsed
	for _, c := range []struct {
		name    string
		before  []any
		closing docket.Act
		state   evenkeel.DecisionState
		measure evenkeel.Measure
	}{
		{"confirmed, and nothing stands", []any{asked, over}, closing(evenkeel.OutcomeConfirmed, over+minute), evenkeel.Lapsed, evenkeel.MeasureNotify},
		{"a victim, and nothing stands", []any{asked, over}, closing(evenkeel.OutcomeVictim, over+minute), evenkeel.Lapsed, evenkeel.MeasureNotify},
		{"inconclusive, and nothing stands", []any{asked, over}, closing(evenkeel.OutcomeInconclusive, over+minute), evenkeel.Lapsed, evenkeel.MeasureNotify},
		{"a false positive, and nothing stands", []any{asked, over}, closing(evenkeel.OutcomeFalsePositive, over+minute), evenkeel.Lapsed, evenkeel.MeasureNotify},
		{"allowed here, and nothing stands", []any{asked, over}, closing(evenkeel.OutcomePolicyMismatch, over+minute), evenkeel.Lapsed, evenkeel.MeasureNotify},
		{"confirmed, and the notice stands", []any{asked}, closing(evenkeel.OutcomeConfirmed, minute), evenkeel.InForce, evenkeel.MeasureNotify},
		{"confirmed, and a throttle stays until its end", []any{asked, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire)},
			closing(evenkeel.OutcomeConfirmed, 3*minute), evenkeel.InForce, evenkeel.MeasureThrottle},
		{"confirmed, and a person had lifted the notice", []any{asked, act(docket.ActLift, "trial", minute)},
			closing(evenkeel.OutcomeConfirmed, 2*minute), evenkeel.Lifted, evenkeel.MeasureNotify},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			play(t, d, c.before...)
			sent := play(t, d, c.closing).Changes[0]
			if len(sent.Notices) != 1 {
				t.Fatalf("%d notices; expected one", len(sent.Notices))
			}
			n := sent.Notices[0]
			if n.Outcome != c.closing.Outcome || docket.ReadReasons(n.Says).Reason != c.closing.Says || n.Automatic || n.At != c.closing.At {
				t.Errorf("outcome %s, %q, automatic %t, at %s; expected what the person said", n.Outcome, n.Says, n.Automatic, n.At)
			}
			if n.State != c.state || n.Measure != c.measure || len(n.Seen) == 0 || !slices.Equal(n.Assets, []evenkeel.AssetID{"trial-1"}) {
				t.Errorf("about %s, %s, of %v, %d facts; expected %s, %s", n.Measure, n.State, n.Assets, len(n.Seen), c.measure, c.state)
			}
			if n.AnswerBy != 0 || n.Outcome.Cleared() != (n.Appeal == 0) || n.Appeal != 0 && n.Appeal <= n.At {
				t.Errorf("an answer is asked for by %s, an appeal taken until %s; expected that nothing is asked, and an appeal heard unless it was cleared", n.AnswerBy, n.Appeal)
			}
			if e := sent.Entries[len(sent.Entries)-1]; e.Kind != evenkeel.EntryToldTo || e.Ref != string(n.ID) {
				t.Errorf("the last entry is %+v; expected that a notice was written", e)
			}
			if len(play(t, d, c.closing).Changes) != 0 {
				t.Error("the closing a second time changes something")
			}
		})
	}
}

// Property N: a closing letter does not say of what nobody carries out that it goes on.
func TestAClosingSaysWhatIsNotCarriedOut(t *testing.T) {
	d, b := throttled(t)
	if err := d.Missed(t.Context(), orderOf(t, folders(t, b)[0], false).ID, "gone", start.Add(10*minute)); err != nil {
		t.Fatal(err)
	}
	sent := play(t, d, closing(evenkeel.OutcomeConfirmed, 20*minute)).Changes[0].Notices
	if len(sent) != 1 || !sent[0].Undone || sent[0].Outcome != evenkeel.OutcomeConfirmed || sent[0].State != evenkeel.InForce {
		t.Errorf("the notices are %+v; expected one that the case was closed, and that what was told was not carried out", sent)
	}
	d, _ = throttled(t)
	if sent := play(t, d, closing(evenkeel.OutcomeConfirmed, 20*minute)).Changes[0].Notices; len(sent) != 1 || sent[0].Undone {
		t.Errorf("the notices are %+v; expected one, and that nothing is known against what was told", sent)
	}
}

func TestACaseThatClosesByItselfTellsSo(t *testing.T) {
	d := newDocket(t, newBooks())
	heard := play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), 60*24*time.Hour)
	last := heard.Changes[len(heard.Changes)-1]
	last.Notices = slices.DeleteFunc(last.Notices, func(n evenkeel.Notice) bool { return n.Reminder })
	if len(last.Notices) != 1 || last.Notices[0].Outcome != evenkeel.OutcomeInconclusive || !last.Notices[0].Automatic {
		t.Fatalf("notices %+v; expected one that the case was closed as inconclusive, by a machine", last.Notices)
	}
	if n := last.Notices[0]; n.At != start.Add(37*24*time.Hour) {
		t.Errorf("it is dated %s; expected when the case closed, thirty days after the notice lapsed", n.At)
	}
}

func TestNobodyHearsOfACaseForTheFirstTimeWhenItCloses(t *testing.T) {
	d := newDocket(t, newBooks())
	shadow := finding("trial-1", "trial", 0, evenkeel.Final, usage, stratum)
	shadow.Mode = evenkeel.ModeShadow
	heard := play(t, d, shadow, closing(evenkeel.OutcomeInconclusive, minute))
	if n := heard.Changes[1].Notices; len(n) != 0 {
		t.Errorf("notices %+v about what was only watched in shadow", n)
	}
}

func TestACaseThatIsClosedAgainIsToldAgain(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), closing(evenkeel.OutcomeConfirmed, minute),
		act(docket.ActMessage, "trial", 2*minute), closing(evenkeel.OutcomeVictim, 3*minute))
	var outcomes []string
	for _, n := range folders(t, b)[0].Notices {
		outcomes = append(outcomes, n.Outcome.String())
	}
	if got := strings.Join(outcomes, " "); got != "none confirmed victim" {
		t.Errorf("the notices tell %s; expected none, then each closing", got)
	}
}

// Whatever happens to a case: where its tenant was written to, a letter says how it was closed.
func TestNoCaseClosesInSilence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks()
		d := newDocket(t, b)
		for _, x := range drawHistory(t) {
			if _, err := one(d, x); err != nil && evenkeel.KindOf(err) == evenkeel.KindInternal {
				t.Fatal(err)
			}
			for _, f := range folders(t, b) {
				told := slices.ContainsFunc(f.Notices, func(n evenkeel.Notice) bool { return n.Outcome == f.Case.Outcome && n.At == f.Case.Since })
				if f.Case.State == evenkeel.CaseClosed && len(f.Notices) > 0 && !told {
					t.Fatalf("case %s was closed at %s as %s, and of %d notices none says so", f.Case.ID, f.Case.Since, f.Case.Outcome, len(f.Notices))
				}
			}
		}
	})
}
