package judge_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// daily is a desk that is staffed from 08:00 until 18:00.
type daily struct{ desk }

func (daily) Staffed(at evenkeel.Moment) bool { h := at.Time().Hour(); return h >= 8 && h < 18 }

// The first of the five clocks: the tenant's time to answer stands still while nobody is at work,
// where a suspension could follow. It does not matter when somebody looks at the clocks.
func TestNobodyIsSuspendedForAnAnswerThatNobodyCouldRead(t *testing.T) {
	const silent = "and has not answered by 2026-03-03T12:00:00Z"
	many := since(30, "ada") // one is drawn after the other, so that the suspension is proposed all the time
	for i := range 130 {
		many = append(many, since(30, evenkeel.PersonID(fmt.Sprint("p-", i)))...)
	}
	for name, looks := range map[string][]time.Duration{
		"each hour": nil, "once, days later": {60 * time.Hour}, "in the second night": {40 * time.Hour, 60 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d, err := judge.New(judge.Parts{
				Books: b, Policy: defaultPolicy(t), Means: paper, Rota: daily{desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}}}, Bench: many,
			})
			if err != nil {
				t.Fatal(err)
			}
			s := &reviewed{t: t, b: b, d: d, at: 10 * minute}
			play(t, d, bothFamilies()...)
			must(t, s.propose("ada", evenkeel.MeasureSuspend))
			play(t, d, 9*time.Hour+59*minute)
			if k := tenants(s.folder()); k.Paused != "" || k.Due != start.Add(24*time.Hour) {
				t.Errorf("the tenant's clock is %+v; expected that it runs while we are at work", k)
			}
			if looks == nil {
				for h := 10; h <= 60; h++ {
					looks = append(looks, time.Duration(h)*time.Hour)
				}
			}
			for _, at := range looks {
				play(t, d, at)
				k, said := tenants(s.folder()), sentences(s.folder(), silent)
				switch hour := int(at / time.Hour); {
				case hour >= 10 && hour < 24 && (k.Paused != "nobody is at work" || k.PausedAt != start.Add(10*time.Hour)), hour >= 34 && hour < 48 && k.Paused == "":
					t.Errorf("after %d h the tenant's clock is %+v; expected that it stands still", hour, k)
				case hour >= 24 && hour < 34 && (k.Paused != "" || k.Due != start.Add(38*time.Hour)):
					t.Errorf("after %d h the tenant's clock is %+v; expected that it runs, with the 14 h that were left", hour, k)
				case (said == 1) != (hour >= 52):
					t.Errorf("after %d h it was said %d times that the tenant did not answer; expected once, from 52 h on", hour, said)
				}
			}
			f := s.folder()
			if n, m := sentences(f, "the tenant's time to answer stands still"), sentences(f, "The tenant's time to answer runs again, until"); n != 2 || m != 2 {
				t.Errorf("%d entries say that it stands still and %d that it runs; expected 2 and 2", n, m)
			}
			runs := func(kind docket.ClockKind) bool {
				return slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool { return k.Kind == kind && k.Ended == 0 })
			}
			if runs(docket.ClockDesk) != runs(docket.ClockSecond) {
				t.Error("it is looked at whether we are at work; expected that as long as somebody who was drawn has a time to find")
			}
		})
	}
}

// tenants is the clock of the tenant's answer.
func tenants(f docket.Folder) (out docket.Clock) {
	for _, k := range f.Clocks {
		if k.Kind == docket.ClockTenantAnswer {
			out = k
		}
	}
	return out
}

// Where nobody is about to be suspended the tenant's time runs by night as by day, as it is told.
func TestTheTenantsTimeRunsByNightWhereLessIsAtStake(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, daily{})
	play(t, d, bothFamilies()...)
	play(t, d, 25*time.Hour)
	f := folders(t, b)[0]
	if k := tenants(f); k.Paused != "" || k.Ended != start.Add(24*time.Hour) {
		t.Errorf("the tenant's clock is %s; expected that it ran out after a day", fmt.Sprint(k))
	}
	if sentences(f, "at work") != 0 {
		t.Error("the timeline tells who is at work, which changes nothing")
	}
}
