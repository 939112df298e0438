package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R3, R15: what goes on an hour after its case was closed against the tenant, or over nothing, is a case of its own. It is not
// while that hour runs, while a measure stands, nor where the tenant was cleared or is covered.
func TestWhatGoesOnAfterItsCaseWasClosedIsACaseOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome evenkeel.Outcome
		signs   []sign
		until   time.Duration // how long it goes on after the case was closed
		cases   int
	}{
		{"confirmed", evenkeel.OutcomeConfirmed, []sign{usage}, 80 * minute, 2},
		{"a victim", evenkeel.OutcomeVictim, []sign{usage}, 80 * minute, 2},
		{"inconclusive", evenkeel.OutcomeInconclusive, []sign{usage}, 80 * minute, 2},
		{"within the hour", evenkeel.OutcomeConfirmed, []sign{usage}, 60 * minute, 1},
		{"cleared", evenkeel.OutcomeFalsePositive, []sign{usage}, 80 * minute, 1},
		{"its throttle stands", evenkeel.OutcomeConfirmed, []sign{usage, wire}, 80 * minute, 1},
		{"its throttle is over", evenkeel.OutcomeConfirmed, []sign{usage, wire}, lease + 80*minute, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := docketOf(t, b, crew{})
			play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, c.signs...))
			final := finding("trial-1", "trial", 2*minute, evenkeel.Final, c.signs...)
			play(t, d, final)
			closing := act(docket.ActClose, "trial", 10*minute)
			closing.By, closing.Outcome = "ada", c.outcome
			if c.outcome.Cleared() {
				closing.Kind, closing.NoFlag = docket.ActClear, docket.NoFlagOnce
			}
			play(t, d, closing)
			goesOn(t, d, final, 15*minute, 10*minute+c.until)
			if all := folders(t, b); len(all) != c.cases {
				t.Fatalf("there are %d cases; expected %d", len(all), c.cases)
			}
		})
	}
}
