package procedure

import (
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestTheTenantsTimeStandsStillWhileNobodyIsAtWork is the first of the five clocks: it is paused while
// the desk is not staffed where the breach could be a suspension or more, and goes on with the time
// that was left.
func TestTheTenantsTimeStandsStillWhileNobodyIsAtWork(t *testing.T) {
	const hour = time.Hour
	at := evenkeel.MomentOf(time.Date(2026, 3, 6, 18, 0, 0, 0, time.UTC)) // a Friday evening
	monday := at.Add(62 * hour)
	asked := docket.Clock{Case: "c-1", Kind: docket.ClockTenantAnswer, Started: at.Add(-4 * hour), Due: at.Add(20 * hour)}
	still := asked
	still.Paused, still.PausedAt = away, at
	looks := docket.Clock{Case: "c-1", Kind: docket.ClockDesk, Started: at.Add(-hour), Due: at}
	later := looks
	later.Due = monday
	open := &evenkeel.Case{ID: "c-1", State: evenkeel.CaseUnderReview}
	proposed := func(m evenkeel.Measure, s evenkeel.DecisionState, mode evenkeel.Mode) evenkeel.Decision {
		return evenkeel.Decision{ID: "d-1", Wanted: m, State: s, Mode: mode}
	}
	suspend := proposed(evenkeel.MeasureSuspend, evenkeel.Proposed, evenkeel.ModeLive)
	for _, c := range []struct {
		name     string
		clocks   []docket.Clock
		decision evenkeel.Decision
		staffed  bool
		at       evenkeel.Moment
		paused   string          // of the tenant's clock after it
		due      evenkeel.Moment // of the tenant's clock
		looks    evenkeel.Moment // when it is looked at again; 0: it is not
		says     int
	}{
		{"the desk closes, and a suspension is proposed", []docket.Clock{asked, looks}, suspend, false, at, away, asked.Due, monday, 1},
		{"a suspension is proposed while nobody is at work", []docket.Clock{asked}, suspend, false, at, away, asked.Due, monday, 1},
		{"a denial is held", []docket.Clock{asked}, proposed(evenkeel.MeasureDeny, evenkeel.Held, evenkeel.ModeLive), false, at, away, asked.Due, monday, 1},
		{"the desk opens: the time that was left is left", []docket.Clock{still, later}, suspend, true, monday, "", monday.Add(20 * hour), monday.Add(9 * hour), 1},
		{"while we are at work it is looked at when that ends", []docket.Clock{asked}, suspend, true, at, "", asked.Due, monday, 0},
		{"an isolation is worth no pause", []docket.Clock{asked}, proposed(evenkeel.MeasureIsolate, evenkeel.Proposed, evenkeel.ModeLive), false, at, "", asked.Due, 0, 0},
		{"nor is a suspension in shadow", []docket.Clock{asked}, proposed(evenkeel.MeasureSuspend, evenkeel.Proposed, evenkeel.ModeShadow), false, at, "", asked.Due, 0, 0},
		{"nor one that was refused: the time runs again", []docket.Clock{still, later}, proposed(evenkeel.MeasureSuspend, evenkeel.Refused, evenkeel.ModeLive), false, at.Add(hour), "", asked.Due.Add(hour), 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := docket.Dossier{Case: open, Clocks: c.clocks, Decisions: []evenkeel.Decision{c.decision}}
			next := monday
			if c.at == monday {
				next = monday.Add(9 * hour)
			}
			e, any := Desk(d, c.at, c.staffed, next)
			now := slices.Concat(e.Start, c.clocks)
			k, looks := kindIn(now, docket.ClockTenantAnswer), kindIn(now, docket.ClockDesk)
			if len(e.Stop) > 0 {
				looks = docket.Clock{}
			}
			if k.Paused != c.paused || k.Due != c.due || len(e.Says) != c.says {
				t.Errorf("the tenant's clock is %+v, and it says %q; expected paused %q, due %s", k, e.Says, c.paused, c.due)
			}
			if c.looks != 0 && looks.Due != c.looks || c.looks == 0 && looks.Kind != 0 {
				t.Errorf("it is looked at %+v; expected %s", looks, c.looks)
			}
			if any != (len(e.Start)+len(e.Stop) > 0) {
				t.Errorf("it says %t that something follows, of %+v", any, e)
			}
		})
	}
}

// N: what is dated before a clock began, as it came late, lets it neither stand still nor run again.
func TestWhatIsDatedBeforeAClockBeganDoesNotStopIt(t *testing.T) {
	for _, c := range []struct {
		at      evenkeel.Moment
		stopped bool
	}{{start.Add(-minute), false}, {start, true}, {start.Add(minute), true}} {
		e := Effect{At: c.at}
		atWork(&docket.Clock{Kind: docket.ClockSecond, Started: start, Due: start.Add(30 * minute)}, &e, false, start.Add(hour), "time", "")
		if got := len(e.Start) == 1 && e.Start[0].Paused == away; got != c.stopped || len(e.Start) > 1 {
			t.Errorf("at %s it stands still: %v, %+v; expected %v", c.at, got, e.Start, c.stopped)
		}
	}
}
