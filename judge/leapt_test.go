package judge_test

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// leaps says that nobody looked at the clocks until so long after the start, and looks.
func (s *reviewed) leaps(d time.Duration) {
	s.t.Helper()
	_, err := s.d.Leapt(context.Background(), s.now(), start.Add(d))
	must(s.t, err)
	_, err = s.d.Sweep(context.Background(), start.Add(d), world)
	must(s.t, err)
}

// F: a clock that is set 300 days ahead ends nothing for good within a day: neither the time to fetch data nor to appeal. The lead
// is called once. A day later it is over, as time is what it is then.
func TestAClockThatLeapsEndsNothingForADay(t *testing.T) {
	s, fetching := denied(t)
	before, ahead := fetching(), 300*day
	s.leaps(ahead)
	s.leaps(ahead + minute) // twice is once
	k := fetching()
	if k.Ended != 0 || k.Due != before.Due || k.PutOff != start.Add(ahead+day) {
		t.Fatalf("%+v; expected that it runs out in a day", k)
	}
	n, called := 0, 0
	for _, e := range s.folder().Entries {
		if e.State == "put_off" {
			n++
		}
	}
	for _, p := range s.folder().Pages {
		if p.Page.Level == docket.LevelLead && p.Page.Due == start.Add(ahead+day) {
			called++
		}
	}
	if n < 2 || called != 1 { // of data, and of appeals
		t.Errorf("%d clocks are said to be put off, and the lead is called %d times; expected two at least, and once", n, called)
	}
	_, err := s.d.Sweep(t.Context(), start.Add(ahead+day-1), world)
	must(t, err)
	if k := fetching(); k.Ended != 0 {
		t.Fatalf("%+v; expected that it runs the day through", k)
	}
	_, err = s.d.Sweep(t.Context(), start.Add(ahead+day), world)
	must(t, err)
	if k := fetching(); k.Ended != start.Add(ahead+day) {
		t.Errorf("%+v; expected that it is over then", k)
	}
}

// F: where time goes back, what was put off is due as it was.
func TestWhereTimeGoesBackWhatWasPutOffIsDueAsItWas(t *testing.T) {
	s, fetching := denied(t)
	due := fetching().Due
	s.leaps(300 * day)
	_, err := s.d.Sweep(t.Context(), due-1, world)
	must(t, err)
	if k := fetching(); k.Ended != 0 {
		t.Fatalf("%+v; expected that it runs", k)
	}
	_, err = s.d.Sweep(t.Context(), due, world)
	must(t, err)
	if k := fetching(); k.Ended != due {
		t.Errorf("%+v; expected that it ends at %s, as it was", k, due)
	}
}

// F: a day without anybody who looks puts nothing off, and what was due before stays as it was.
func TestADayWithoutALookPutsNothingOff(t *testing.T) {
	s, fetching := denied(t)
	due := fetching().Due
	for since, now := range map[evenkeel.Moment]evenkeel.Moment{due.Add(-12 * time.Hour): due.Add(12 * time.Hour), due.Add(time.Hour): due.Add(9 * day), 0: due.Add(9 * day), due.Add(9 * day): due} {
		heard, err := s.d.Leapt(t.Context(), since, now)
		must(t, err)
		if k := fetching(); k.PutOff != 0 {
			t.Errorf("from %s to %s: %+v, %+v; expected that nothing is put off", since, now, k, heard.Changes)
		}
	}
}

// F15, D: where the time to appeal was put off by a leap, an appeal within that day is heard, and the time to fetch the data
// stands still for it.
func TestAnAppealAfterALeapIsHeard(t *testing.T) {
	s, fetching := denied(t)
	s.leaps(300 * day)
	appeals := func(after time.Duration) error {
		a := act(docket.ActAppeal, "trial", 300*day+after)
		a.ID = "test appeal " + after.String()
		a.Says = "We were in hospital, and this is the source of our job."
		_, err := one(s.d, a)
		return err
	}
	must(t, appeals(2*time.Hour))
	if k := fetching(); k.Paused == "" || k.Ended != 0 {
		t.Errorf("%+v; expected that it stands still for the appeal", k)
	}
	s, _ = denied(t)
	s.leaps(300 * day)
	if err := appeals(25 * time.Hour); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("an appeal a day after it: %v; expected that the time for it is over", err)
	}
}
