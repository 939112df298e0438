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
