package gaming_test

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel/lab/gaming"
)

// TestACrowdGainsNoMore (G): two hundred accounts at once, or opened over the day. What people cannot
// reach in their hours a crowd of miners gains, and that has no better bound than their number; of
// packets at others machines let pass no more than a few are given before people come.
func TestACrowdGainsNoMore(t *testing.T) {
	const crowd = 200
	const capacity = 2 * 10 * 60 // minutes that people have for cases until the end
	w := world(t)
	if is := w.Capacity().Minutes(); is != capacity {
		t.Fatalf("people have %.0f minutes; expected %d", is, capacity)
	}
	for _, c := range []struct {
		play  gaming.Play
		share float64
	}{
		{gaming.Play{Answer: true}, 0.94},
		{gaming.Play{Flood: true, Standing: gaming.Unknown, Turns: true}, 0.13},
		{gaming.Play{Flood: true, Registers: true, Appeals: 24, Insists: gaming.Writes}, 0.10},
	} {
		c.play.Accounts = crowd
		t.Run(c.play.String(), func(t *testing.T) {
			t.Parallel()
			g, err := w.Gain(context.Background(), c.play)
			if err != nil {
				t.Fatal(err)
			}
			share := g.Worth(c.play) / w.All(c.play)
			t.Logf("%.1f %%: %+v", 100*share, g)
			if share > c.share || g.Minutes > capacity+10 || g.Minutes < capacity-20 || g.Cases < crowd-1 {
				t.Errorf("gains %.1f %% and %.0f minutes in %d cases; expected at most %.1f %%, and all the %d minutes that people have", 100*share, g.Minutes, g.Cases, 100*c.share, capacity)
			}
		})
	}
}

// TestWhatAnAccountSaysIsHeard: what a play is about is done in it. Whoever goes on when its account
// is closed costs people the time of their looks, an appeal once.
func TestWhatAnAccountSaysIsHeard(t *testing.T) {
	hourly := accounts * 23 // from when there is something to appeal against
	for _, c := range []struct {
		play            gaming.Play
		least, most     int // of what it said; where both are one, all of it has to be heard
		upheld, minutes int
	}{
		{gaming.Play{Announce: true}, accounts, accounts, 0, 90}, // what it has not earned is a question to a person,
		{gaming.Play{Announce: true, Standing: gaming.Bought}, accounts, accounts, 0, 60},
		{gaming.Play{Answer: true}, 2 * accounts, 5 * accounts, 0, 60}, // two letters each: then a person decides
		{gaming.Play{Appeals: 24}, 13 * accounts, 14 * accounts, 0, 60},
		{gaming.Play{Appeals: 24, Insists: gaming.Appeals}, hourly, hourly, accounts, 90},
		{gaming.Play{Appeals: 24, Insists: gaming.Writes}, hourly, hourly, 0, 330},
		{gaming.Play{Flood: true, Registers: true, Appeals: 24, Insists: gaming.Appeals}, 30, hourly, 1, 90},
	} {
		c.play.Accounts = accounts
		t.Run(c.play.String(), func(t *testing.T) {
			g, err := world(t).Gain(context.Background(), c.play)
			if err != nil {
				t.Fatal(err)
			}
			if said := g.Said + g.Refused; said < c.least || said > c.most || g.Upheld < c.upheld || int(g.Minutes) > c.minutes {
				t.Errorf("%+v; expected from %d to %d things said, %d appeals decided, %d minutes at most", g, c.least, c.most, c.upheld, c.minutes)
			}
			if g.Refused > 0 && c.play.Insists == gaming.Leaves {
				t.Errorf("%d refused; expected that all is heard before anybody decides", g.Refused)
			}
		})
	}
}

// TestBreakingItsOwnWayGainsLessThanWords (G, D): whoever breaks its own ways to its data, so that a probe
// under its measure brings nothing while canaries are well, gains less than by an answer, alone and as a
// crowd. While its measure stepped down at once, and three such tenants took the proof from all, it gained 45 % alone, 39 % as
// three, and 6.5 % of what a flood could send.
func TestBreakingItsOwnWayGainsLessThanWords(t *testing.T) {
	for _, c := range []struct {
		play  gaming.Play
		share float64
	}{
		{gaming.Play{Accounts: 1, Breaks: true}, 0.31},
		{gaming.Play{Accounts: 3, Breaks: true}, 0.31},
		{gaming.Play{Accounts: 3, Breaks: true, Flood: true}, 0.066},
		{gaming.Play{Accounts: 100, Breaks: true}, 0.81},
	} {
		t.Run(c.play.String(), func(t *testing.T) {
			t.Parallel()
			w := world(t)
			share := func(p gaming.Play) float64 {
				g, err := w.Gain(context.Background(), p)
				if err != nil || p.Breaks && g.Cut == 0 && !p.Flood {
					t.Fatalf("%+v, %v; expected that a way was cut", g, err)
				}
				return g.Worth(p) / w.All(p)
			}
			words := c.play
			words.Breaks, words.Answer = false, true
			is, most := share(c.play), share(words)
			t.Logf("%.1f %%, by words %.1f %%", 100*is, 100*most)
			if is > c.share || is > most {
				t.Errorf("gains %.1f %%; expected at most %.1f %%, and what words gain, %.1f %%", 100*is, 100*c.share, 100*most)
			}
		})
	}
}
