package judge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// heldInTurn is a docket under the policy that comes with the program, in which a throttle is held until every contact was tried.
func heldInTurn(t *testing.T) (*judge.Docket, books, evenkeel.Decision) {
	t.Helper()
	p, err := policy.Parse("default.yaml", builtinText(t))
	if err != nil {
		t.Fatal(err)
	}
	b := newBooks()
	d, err := judge.New(judge.Parts{Books: b, Policy: p, Means: paper})
	if err != nil {
		t.Fatal(err)
	}
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	for _, x := range folders(t, b)[0].Decisions {
		if x.Measure == evenkeel.MeasureThrottle && x.State == evenkeel.Held {
			return d, b, x
		}
	}
	t.Fatal("no throttle is held")
	return nil, nil, evenkeel.Decision{}
}

// turns are the reminders of what is held, by their turns in the order of their writing; 0 is that to all contacts.
func turns(t *testing.T, b books) (out []int) {
	t.Helper()
	for _, n := range folders(t, b)[0].Notices {
		if n.Reminder {
			out = append(out, n.Turn)
		}
	}
	return out
}

// R24: contacts are reminded role after role, a sixth of the time after each other, all of them at half of it, and only then
// what was held takes effect. Whoever answers stops it.
func TestRolesAreRemindedInTurnBeforeTheFirstRestriction(t *testing.T) {
	for _, c := range []struct {
		at       time.Duration
		answered bool
		want     []int
	}{
		{4*minute + 29*time.Second, false, nil}, {4*minute + 30*time.Second, false, []int{1}}, {7 * minute, false, []int{1, 2}},
		{9*minute + 30*time.Second, false, []int{1, 2, 0}}, {16 * minute, false, []int{1, 2, 0}}, {16 * minute, true, []int{1}},
	} {
		d, b, x := heldInTurn(t)
		if c.answered {
			play(t, d, act(docket.ActAnswer, "trial", 5*minute))
		}
		play(t, d, c.at)
		if got := turns(t, b); !slices.Equal(got, c.want) {
			t.Errorf("after %s, answered %t: reminders %v; expected %v", c.at, c.answered, got, c.want)
		}
		play(t, d, x.From.Sub(start)-1)
		if is := standsAs(folders(t, b)[0], x.ID); is == evenkeel.InForce {
			t.Errorf("the throttle is in force before %s", x.From)
		}
		play(t, d, x.From.Sub(start))
		if is := standsAs(folders(t, b)[0], x.ID); (is == evenkeel.InForce) == c.answered {
			t.Errorf("answered %t, and the throttle is %s", c.answered, is)
		}
	}
}

// R24: a bounce moves on to the next at once; the turn that came early does not come a second time.
func TestABounceMovesOnToTheNext(t *testing.T) {
	d, b, x := heldInTurn(t)
	at := start.Add(3 * minute)
	bounce := func(n evenkeel.NoticeID, to string) {
		t.Helper()
		if err := d.Told(ctx, docket.Delivery{Notice: n, Channel: "mail", To: to, At: at, Refused: true, Says: "550 no such mailbox"}, at); err != nil {
			t.Fatal(err)
		}
	}
	bounce(evenkeel.NewNoticeID(x.ID, x.State), "owner#3f2a9c0d11e2")
	bounce(evenkeel.NewNoticeID(x.ID, x.State), "owner#3f2a9c0d11e3") // another one of the same turn
	if got := turns(t, b); !slices.Equal(got, []int{1}) {
		t.Fatalf("reminders %v; expected the first turn at once", got)
	}
	bounce(evenkeel.NewTurnID(x.ID, x.State, 1), "technical#3f2a9c0d11e4")
	bounce(evenkeel.NewTurnID(x.ID, x.State, 2), "abuse#3f2a9c0d11e5")
	if got := turns(t, b); !slices.Equal(got, []int{1, 2, 0}) {
		t.Fatalf("reminders %v; expected turn after turn, and then all contacts", got)
	}
	bounce(evenkeel.NewReminderID(x.ID, x.State), "owner#3f2a9c0d11e6") // nobody is left
	play(t, d, x.From.Sub(start)-1)
	if got := turns(t, b); !slices.Equal(got, []int{1, 2, 0}) {
		t.Errorf("reminders %v; expected each once", got)
	}
}

// R24: where the tenant has spoken, a bounce asks nobody else.
func TestABounceAfterAnAnswerAsksNobody(t *testing.T) {
	d, b, x := heldInTurn(t)
	play(t, d, act(docket.ActAnswer, "trial", 3*minute))
	at := start.Add(4 * minute)
	if err := d.Told(ctx, docket.Delivery{Notice: evenkeel.NewNoticeID(x.ID, x.State), Channel: "mail", To: "billing#3f2a9c0d11e2", At: at, Refused: true}, at); err != nil {
		t.Fatal(err)
	}
	if got := turns(t, b); got != nil {
		t.Errorf("reminders %v; expected none", got)
	}
}
