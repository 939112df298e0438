package stage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// Of what presses at once after a restart nobody knows that it came back because less was asked: hours may lie between. The second time it is known.
func TestWhatPressesAfterARestartIsNotSaidToHaveComeBackBecauseLessWasAsked(t *testing.T) {
	flood := crowd{rate: 3000, costs: 1, fresh: 0.9, unknown: 0.9}
	for _, restarts := range []bool{false, true} {
		s := newScene(200).allow(whole).usually(40)
		turns := func(is func(stage.Turn) bool, visitors ...crowd) stage.Turn {
			t.Helper()
			for range 2 * int(stage.MostQuiet/second) {
				if turn := s.run(1, visitors...)[0]; is(turn) {
					return turn
				}
			}
			t.Fatal("the stage does not change")
			return stage.Turn{}
		}
		up := func(turn stage.Turn) bool { return turn.Stage > turn.From }
		down := func(turn stage.Turn) bool { return turn.Stage < turn.From }
		turns(func(turn stage.Turn) bool { return turn.Stage >= stage.Cookie }, people(40), flood)
		turns(down, people(40))
		if restarts {
			kept, x := s.c.Save(), stage.New()
			if err := x.Load(kept[:]); err != nil {
				t.Fatal(err)
			}
			s.c, s.now = x, s.now.Add(10*time.Minute)
			if turn := x.Resumed(); turn.Changed() || turn.Stage != s.c.Stage() || turn.Why() != "The edge was started again, and goes on at the stage at which the domain was." {
				t.Errorf("after the restart: %+v, %q", turn, turn.Why())
			}
		}
		want := map[bool]stage.Cause{false: stage.CameBack, true: stage.Restarted}[restarts]
		turn := turns(up, people(40), flood)
		if turn.Cause != want || strings.Contains(turn.Why(), "as soon as less was asked") == restarts || strings.HasPrefix(turn.Why(), "The edge was started again, and what was here before the restart came again: ") != restarts {
			t.Errorf("restarted %t: %s, %q", restarts, turn.Cause, turn.Why())
		}
		turns(down, people(40))
		if turn := turns(up, people(40), flood); turn.Cause != stage.CameBack {
			t.Errorf("restarted %t, once more: %s", restarts, turn.Cause)
		}
	}
}
