package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R3, N: an appeal has a receipt at once, also by letter, with the number that the case has and the
// time by which a person decides. It is about what was decided, not about what the tenant wrote; and
// the next appeal against the same has a number and no letter (G).
func TestAnAppealIsWrittenBackOnce(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	answered(t, d)
	before := len(folders(t, b)[0].Notices)
	first, second := act(docket.ActAppeal, "trial", 6*minute), act(docket.ActAppeal, "trial", 7*minute)
	play(t, d, first, second)
	f := folders(t, b)[0]
	letters := f.Notices[before:]
	if len(letters) != 1 {
		t.Fatalf("%d letters for two appeals against one decision; expected one", len(letters))
	}
	n := letters[0]
	var due evenkeel.Moment
	for _, k := range f.Clocks {
		if k.Kind == docket.ClockAppealAnswer {
			due = k.Due
		}
	}
	numbers := receipts(f)
	if len(numbers) != 2 || numbers[n.Receipt] != 1 || n.Receipt != docket.ReceiptOf(f.Case.ID, first.ID) {
		t.Errorf("the letter has the number %s; expected the one of the first appeal of %v", n.Receipt, numbers)
	}
	if n.PersonBy != due || due == 0 || n.AnswerBy != 0 || n.Says == first.Says || n.Appeal < n.At.Add(30*24*time.Hour) {
		t.Errorf("the letter is %+v; expected it to say that a person decides by %s, and to ask nothing", n, due)
	}
	if i := n.Decision; i == "" || n.Measure == evenkeel.MeasureNone || len(n.Seen) == 0 || !n.Automatic {
		t.Errorf("the letter is %+v; expected what was decided, by whom and why", n)
	}
}

// F7, G: an answer that came by mail is written back, with what does not take effect by itself any more and by when a
// person decides; once an hour at most, and three times until one has.
func TestAnAnswerByMailIsWrittenBack(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	heldIsolation(t, d, b)
	heard := func() (out []evenkeel.Notice) {
		for _, n := range folders(t, b)[0].Notices {
			if n.Heard {
				out = append(out, n)
			}
		}
		return out
	}
	mail := func(after time.Duration) docket.Act {
		a := act(docket.ActAnswer, "trial", after)
		a.Letter = true
		return a
	}
	play(t, d, mail(65*minute))
	n := heard()
	if len(n) != 1 || n[0].State != evenkeel.Proposed || n[0].Measure != evenkeel.MeasureIsolate || len(n[0].Assets) != 1 || n[0].Receipt == "" || n[0].AnswerBy != 0 || n[0].PersonBy != start.Add(125*minute) {
		t.Fatalf("%+v; expected a letter that the isolation waits for a person, who decides by 125 minutes", n)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{70 * minute, 1}, {124 * minute, 1}, {126 * minute, 2}, {190 * minute, 3}, {260 * minute, 3}, {500 * minute, 3}} {
		if play(t, d, mail(c.after)); len(heard()) != c.want {
			t.Errorf("after an answer at %s: %d letters; expected %d", c.after, len(heard()), c.want)
		}
	}
	f := folders(t, b)[0]
	for i := range f.Decisions {
		if x := &f.Decisions[i]; x.State == evenkeel.Proposed {
			a := act(docket.ActRefuse, "trial", 510*minute)
			a.Decision = x.ID
			play(t, d, a)
			break
		}
	}
	if play(t, d, mail(600*minute)); len(heard()) != 4 {
		t.Errorf("after a person has decided: %d letters; expected one more", len(heard()))
	}
	if play(t, d, act(docket.ActAnswer, "trial", 700*minute)); len(heard()) != 4 {
		t.Errorf("an answer on the page has its receipt there: %d letters", len(heard()))
	}
}
