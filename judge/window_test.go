package judge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const halfYear = 183 * 24 * time.Hour

// windows are the clocks of a case until which decisions can be appealed against.
func windows(f docket.Folder) (out []docket.Clock) {
	for _, k := range f.Clocks {
		if k.Kind == docket.ClockAppeal {
			out = append(out, k)
		}
	}
	return out
}

// R5: the time to appeal is a clock of each decision that restricts. It begins with that, counts from what was
// decided of it last, runs on in a closed case, and ends in words; after that a message still reaches somebody.
func TestTheTimeToAppealIsAClock(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	answered(t, d)
	all := windows(folders(t, b)[0])
	if len(all) != 1 || all[0].Started != start.Add(2*minute) || all[0].Due != start.Add(2*minute+halfYear) {
		t.Fatalf("%+v; expected one clock, of the throttle, for half a year from its beginning on", all)
	}
	play(t, d, 12*time.Hour) // the throttle has lapsed
	x := folders(t, b)[0].Decisions
	lapsed := x[len(x)-1]
	if k := windows(folders(t, b)[0])[0]; !lapsed.State.Over() || k.Decision != lapsed.ID || k.Started != lapsed.From || k.Due != lapsed.At.Add(halfYear) {
		t.Errorf("%+v of %+v; expected that it counts from when the measure was over", k, lapsed)
	}
	closing := act(docket.ActClose, "trial", 24*time.Hour)
	closing.Outcome = evenkeel.OutcomeConfirmed
	play(t, d, closing)
	until := 24*time.Hour + halfYear
	f := folders(t, b)[0]
	k, notice := windows(f)[0], f.Notices[len(f.Notices)-1]
	if k.Ended != 0 || k.Due != start.Add(until) || notice.Appeal != k.Due {
		t.Errorf("%+v, and the notice says %s; expected that it runs on, from the closing on, as the tenant is told", k, notice.Appeal)
	}
	play(t, d, until-1)
	if k = windows(folders(t, b)[0])[0]; k.Ended != 0 {
		t.Errorf("%+v; expected that it runs to its last moment", k)
	}
	play(t, d, until)
	f = folders(t, b)[0]
	last := f.Entries[len(f.Entries)-1]
	if k = windows(f)[0]; k.Ended != k.Due || f.Case.State != evenkeel.CaseClosed || !strings.Contains(last.Says, "that decision stands") || last.At != k.Due {
		t.Errorf("%+v, and %+v; expected that it is over, and that it is said what that means", k, last)
	}
	late := act(docket.ActAppeal, "trial", until+minute)
	if _, err := one(d, late); evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(evenkeel.HintOf(err), "a message reaches a person") {
		t.Errorf("%v; expected that it is refused, with what still works", err)
	}
	late.ID, late.Kind = "a message", docket.ActMessage
	play(t, d, late)
}

// An appeal on the last day is heard, in a case that was closed long ago.
func TestAnAppealOnTheLastDayIsHeard(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	answered(t, d)
	closing := act(docket.ActClose, "trial", 10*minute)
	closing.Outcome = evenkeel.OutcomeConfirmed
	play(t, d, closing)
	due := windows(folders(t, b)[0])[0].Due.Sub(start)
	play(t, d, act(docket.ActAppeal, "trial", due-minute))
	if f := folders(t, b)[0]; f.Appeals != 1 || f.Case.State != evenkeel.CaseReopened {
		t.Errorf("%+v; expected that an appeal is open", f.Row)
	}
}

// N, R5: where no clock runs, as of a notice, letters say until when it can be appealed against, and until then, and no
// longer, it can: also in a case that was closed, and that an appeal opened again.
func TestLettersSayUntilWhenAppealsAreTaken(t *testing.T) {
	for _, after := range []evenkeel.Moment{0, 1} {
		b := newBooks()
		d := newDocket(t, b)
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), 7*24*time.Hour)
		closing := act(docket.ActClose, "trial", 8*24*time.Hour)
		closing.Outcome = evenkeel.OutcomeConfirmed
		play(t, d, closing)
		closed := folders(t, b)[0].Notices
		play(t, d, act(docket.ActAppeal, "trial", 9*24*time.Hour))
		f := folders(t, b)[0]
		receipt := f.Notices[len(f.Notices)-1]
		if until := closed[len(closed)-1].Appeal; len(windows(f)) > 0 || until != closing.At.Add(halfYear) || receipt.Receipt == "" || receipt.Appeal < until {
			t.Fatalf("%d clocks; the closing says %s, the receipt %s; expected none, half a year from the closing, and no less", len(windows(f)), until, receipt.Appeal)
		}
		last := act(docket.ActAppeal, "trial", (receipt.Appeal + after).Sub(start))
		if _, err := one(d, last); (evenkeel.KindOf(err) == evenkeel.KindConflict && err != nil) != (after > 0) {
			t.Errorf("%d after the last moment of which the letter tells: %v", after, err)
		}
	}
}

// B7: whoever appealed in vain is written what was answered to it, also where no new decision says so: one
// letter, with the person's reasons, whether the measure is over or is in force again.
func TestWhoAppealedInVainIsWrittenWhatWasAnswered(t *testing.T) {
	for name, over := range map[string]bool{"what is in force": false, "what is over": true} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			answered(t, d)
			at := 10 * minute
			if over {
				at = 12 * time.Hour
				play(t, d, at)
			}
			play(t, d, act(docket.ActAppeal, "trial", at))
			before := len(folders(t, b)[0].Notices)
			uphold := act(docket.ActUphold, "trial", at+minute)
			uphold.By, uphold.Says = "ben", "You say “because of this”, and that it was a valuation; what term-0 shows is no valuation."
			play(t, d, uphold)
			f := folders(t, b)[0]
			var letters []evenkeel.Notice
			for _, n := range f.Notices[before:] {
				if docket.ReadReasons(n.Says).Reason == uphold.Says {
					letters = append(letters, n)
				}
			}
			if len(letters) != 1 || letters[0].Measure != evenkeel.MeasureThrottle || letters[0].State.Over() != over || letters[0].Automatic {
				t.Errorf("%+v; expected one letter with what ben answered", letters)
			}
			for _, k := range windows(f) {
				if len(letters) == 1 && k.Decision == letters[0].Decision && letters[0].Appeal != k.Due {
					t.Errorf("the letter says %s, and the clock %s; expected the same", letters[0].Appeal, k.Due)
				}
			}
		})
	}
}

// A clearance leaves nothing to appeal against: the clock ends with it.
func TestAClearanceEndsTheTimeToAppeal(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	answered(t, d)
	clear := act(docket.ActClear, "trial", 10*minute)
	clear.NoFlag = docket.NoFlagOnce
	play(t, d, clear)
	for _, k := range windows(folders(t, b)[0]) {
		if k.Ended != start.Add(10*minute) || k.Because != "the case was cleared" {
			t.Errorf("%+v; expected that it ends with the case", k)
		}
	}
}
