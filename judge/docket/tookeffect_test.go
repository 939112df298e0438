package docket_test

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R10, F16: what was announced and gave way before its time was never in force: it is neither made good nor looked at by lot.
func TestWhatGaveWayBeforeItsTimeWasNotInForce(t *testing.T) {
	for _, c := range []struct {
		from, at evenkeel.Moment
		state    evenkeel.DecisionState
		took     bool
	}{
		{20, 10, evenkeel.Superseded, false}, {20, 20, evenkeel.Superseded, true}, {20, 30, evenkeel.Superseded, true},
		{20, 30, evenkeel.InForce, true}, {20, 30, evenkeel.Lapsed, true}, {20, 10, evenkeel.Held, false}, {20, 10, evenkeel.Refused, false}, {0, 10, evenkeel.Superseded, false},
	} {
		x := evenkeel.Decision{Measure: evenkeel.MeasureThrottle, From: c.from, At: c.at, State: c.state}
		if got := docket.TookEffect(&x); got != c.took {
			t.Errorf("from %d, %s at %d: in force %t; expected %t", c.from, c.state, c.at, got, c.took)
		}
	}
}
