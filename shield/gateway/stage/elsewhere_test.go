package stage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// A controller goes up where another edge's did, as far as its own mandate allows, and down by itself.
func TestItGoesUpWithAnotherEdgeAsFarAsItsMandateAllows(t *testing.T) {
	for _, c := range []struct {
		highest, to, want stage.Stage
		until             time.Duration
	}{
		{stage.Proof, stage.Cookie, stage.Cookie, time.Hour},
		{stage.Cookie, stage.Queue, stage.Cookie, time.Hour},
		{stage.Observe, stage.Queue, stage.Observe, time.Hour},
		{stage.Proof, stage.Cookie, stage.Observe, 0},
	} {
		x, now := stage.New(), noon
		if err := x.Grant(now, stage.Mandate{Highest: c.highest, Until: now.Add(c.until)}); err != nil {
			t.Fatal(err)
		}
		turn := x.Raise(now, c.to)
		if turn.Stage != c.want || x.Stage() != c.want || turn.Changed() != (c.want > stage.Observe) || turn.Cause != stage.Elsewhere {
			t.Errorf("%+v: %v, %v", c, turn.Stage, turn.Cause)
		}
		if turn.Changed() && !strings.HasPrefix(turn.Why(), "Another edge that serves this domain went up to "+c.want.String()) {
			t.Errorf("%q", turn.Why())
		}
		if lower := x.Raise(now, stage.Observe); lower.Changed() {
			t.Errorf("%+v: it goes down with another edge", c)
		}
		for range 2 * int(stage.MostReturn/time.Second) {
			now = now.Add(time.Second)
			if x.Step(now, stage.Tally{}); x.Stage() == stage.Observe {
				break
			}
		}
		if x.Stage() != stage.Observe {
			t.Errorf("%+v: it stays at %v", c, x.Stage())
		}
	}
}

// What the others spent counts, so that one that joins does not begin the budget anew.
func TestWhatOtherEdgesSpentCounts(t *testing.T) {
	x, now := stage.New(), noon
	m := stage.Mandate{Highest: stage.Filter, Beyond: stage.Page, Budget: stage.Cost{Bytes: 1000}, Until: now.Add(time.Hour)}
	if err := x.Grant(now, m); err != nil {
		t.Fatal(err)
	}
	x.Spend(stage.Cost{Bytes: 999})
	if turn := x.Raise(now, stage.Page); turn.Stage != stage.Filter {
		t.Errorf("with something left it goes to %v", turn.Stage)
	}
	x.Spend(stage.Cost{Bytes: 900}) // at least so much: it is known
	x.Spend(stage.Cost{Bytes: 1000, CPU: -1})
	if turn := x.Raise(now, stage.Page); turn.Stage != stage.Page || turn.Spent != (stage.Cost{Bytes: 1000}) {
		t.Errorf("with nothing left it goes to %v, spent %+v", turn.Stage, turn.Spent)
	}
}
