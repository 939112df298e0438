package gaming_test

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/lab/gaming"
)

// TestAWeekendWithoutAnybody (G): what people find out, nobody does in 62 hours. A miner has no bound there but by
// whoever is on call; a flood has that of machines.
func TestAWeekendWithoutAnybody(t *testing.T) {
	w := world(t).Weekend()
	if start := w.Start.Time(); start.Weekday() != time.Friday || start.Hour() != 18 || w.For != 62*time.Hour || w.Capacity() != 0 {
		t.Fatalf("from %s for %s, in which people have %s; expected from Friday at 18 to Monday at 8, with nobody at work", start, w.For, w.Capacity())
	}
	for _, c := range []struct {
		play        gaming.Play
		least, most float64
	}{
		{gaming.Play{}, 0.82, 0.84},          // a throttle stands again a few times, and then waits for a person
		{gaming.Play{Answer: true}, 0.99, 1}, // from its words on a person decides
		{gaming.Play{Deaf: true}, 0.99, 1},
		{gaming.Play{Flood: true, Standing: gaming.Unknown, Turns: true}, 0.12, 0.126},
		{gaming.Play{Flood: true, Deaf: true}, 0.09, 0.103},
	} {
		c.play.Accounts = accounts
		t.Run(c.play.String(), func(t *testing.T) {
			t.Parallel()
			g, err := w.Gain(context.Background(), c.play)
			if err != nil {
				t.Fatal(err)
			}
			share := g.Worth(c.play) / w.All(c.play)
			t.Logf("%.1f %%: %+v", 100*share, g)
			if share < c.least || share > c.most+1e-9 || g.Found != 0 || g.Minutes != 0 {
				t.Errorf("gains %.1f %%, %d found in %.0f minutes; expected from %.1f to %.1f %%, and nobody who finds out", 100*share, g.Found, g.Minutes, 100*c.least, 100*c.most)
			}
		})
	}
}

// TestReportsOfStrangersCostTimeAlone (G): a report costs its sender nothing. Against whoever says nothing it costs
// nobody's time; whoever answers is looked at each time, and a crowd of those takes all the time that people
// have, and no more. Nothing is ever put on who is only reported.
func TestReportsOfStrangersCostTimeAlone(t *testing.T) {
	w := world(t)
	for _, c := range []struct {
		play    gaming.Play
		minutes float64
	}{
		{gaming.Play{Accounts: accounts, Reported: true}, 0},
		{gaming.Play{Accounts: accounts, Reported: true, Answer: true}, 300},
		{gaming.Play{Accounts: 200, Reported: true, Answer: true}, 1200},
	} {
		g, err := w.Gain(context.Background(), c.play)
		if err != nil {
			t.Fatal(err)
		}
		if g.Minutes != c.minutes || g.Found != 0 || g.Cases < c.play.Accounts || g.Measures != 0 {
			t.Errorf("%s: %+v; expected %.0f minutes of people, nobody found, no measure, and a case of each account", c.play, g, c.minutes)
		}
	}
}
