package docket

import "testing"

// TestEveryQuestionOfTwoPersonsHasWords: what a person reads of it is a sentence and no word of a format.
func TestEveryQuestionOfTwoPersonsHasWords(t *testing.T) {
	for a := AboutMeasure; a.String() != "invalid"; a++ {
		if a.Says() == "" || a.Says() == a.String() {
			t.Errorf("%s is said as %q", a, a.Says())
		}
	}
	if got := About(99).Says() + About(0).Says(); got != "" {
		t.Errorf("what is no question is said as %q", got)
	}
}
