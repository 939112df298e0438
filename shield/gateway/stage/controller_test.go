package stage_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

func drawTally(t *rapid.T) stage.Tally {
	n := func(most uint32, name string) uint32 {
		return rapid.SampledFrom([]uint32{0, 1, most / 100, most / 10, most / 2, most, math.MaxUint32}).Draw(t, name)
	}
	return stage.Tally{Offered: n(10_000, "offered"), Passed: n(10_000, "passed"), Returning: n(10_000, "returning"), Asked: n(10_000, "asked"), Solved: n(10_000, "solved"),
		InFlight: n(100, "in flight"), Limit: rapid.SampledFrom([]uint32{0, 1, 100}).Draw(t, "limit"), Failed: n(10_000, "failed"),
		P95:   rapid.SampledFrom([]time.Duration{-1, 0, time.Millisecond, second, 30 * second, math.MaxInt64}).Draw(t, "p95"),
		Fresh: n(10_000, "fresh"), Slope: rapid.SampledFrom([]float64{-1, 0, 50, math.Inf(1), math.NaN()}).Draw(t, "slope"),
		Unknown: n(10_000, "unknown"), Contradictory: n(10_000, "odd"), Absorbed: stage.Cost{CPU: rapid.SampledFrom([]time.Duration{-1, 0, second, math.MaxInt64}).Draw(t, "cpu"), Bytes: uint64(n(1e9, "bytes"))}}
}

// drawRun is how many seconds the same comes, and how the clock goes meanwhile.
func drawRun(t *rapid.T) (seconds int, step time.Duration) {
	return rapid.SampledFrom([]int{1, 1, 2, 5, 40, 100, 700}).Draw(t, "seconds"),
		rapid.SampledFrom([]time.Duration{second, second, second, 900 * time.Millisecond, 0, -time.Hour, 3 * time.Hour}).Draw(t, "step")
}

func drawMandate(t *rapid.T, now evenkeel.Moment) stage.Mandate {
	m := stage.Mandate{Highest: stage.Stage(rapid.IntRange(0, int(stage.Page)).Draw(t, "highest")), Until: now.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 10_000, 1e6}).Draw(t, "until")) * second)}
	m.Beyond = stage.Stage(rapid.IntRange(0, int(stage.Page)).Draw(t, "beyond"))
	m.Budget.CPU = rapid.SampledFrom([]time.Duration{0, second, time.Hour}).Draw(t, "budget")
	return m
}

func TestNoSequenceTakesItAboveItsMandate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, now := stage.New(), noon
		var m stage.Mandate
		for range rapid.IntRange(1, 12).Draw(t, "runs") {
			if rapid.Bool().Draw(t, "grant") {
				m = drawMandate(t, now)
				if err := c.Grant(now, m); err != nil {
					t.Fatal(err)
				}
			}
			x := drawTally(t)
			seconds, step := drawRun(t)
			for range seconds {
				now = now.Add(step)
				turn := c.Step(now, x)
				highest := m.Highest
				if m.Budget.CPU > 0 && turn.Spent.CPU >= m.Budget.CPU {
					highest = max(highest, m.Beyond)
				}
				if turn.Stage > highest || turn.Stage > stage.Observe && now >= m.Until {
					t.Fatalf("the stage is %s, %v before the end; expected at most %s", turn.Stage, m.Until.Sub(now), highest)
				}
				if turn.Stage != c.Stage() || turn.Why() == "" || strings.Count(turn.Why(), ". ") > 2 || strings.Contains(turn.Why(), "NaN") {
					t.Fatalf("%s, %s: %q", turn.Stage, c.Stage(), turn.Why())
				}
			}
		}
	})
}

// TestAnAlarmIsAStepThatComesEarly: part of a second takes a domain up where Step with the same figures would, at Observe and inside the mandate
// only; whoever asks changes nothing, and the next rise has a second to judge by.
func TestAnAlarmIsAStepThatComesEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScene(100).usually(float64(rapid.IntRange(0, 60).Draw(t, "usual")))
		c, now := s.c, s.now
		m := drawMandate(t, now)
		if err := c.Grant(now, m); err != nil {
			t.Fatal(err)
		}
		now = now.Add(rapid.SampledFrom([]time.Duration{100 * time.Millisecond, 900 * time.Millisecond, 70 * second}).Draw(t, "later"))
		x := drawTally(t)
		x.InFlight, x.Absorbed = rapid.SampledFrom([]uint32{0, 100}).Draw(t, "in flight"), stage.Cost{}
		before := c.Save()
		alarms := c.Alarms(now, x)
		if c.Save() != before {
			t.Fatal("whoever asks changes it")
		}
		step := *c
		if would := step.Step(now, x); alarms && !would.Pressed || alarms && would.Stage == stage.Observe && m.Until > now || !alarms && would.Changed() {
			t.Fatalf("it alarms: %v; a step goes to %s because of %s", alarms, would.Stage, would.Cause)
		}
		if !alarms {
			return
		}
		turn := c.Alarm(now, x, 300*time.Millisecond)
		if turn.Stage > m.Highest || turn.Stage > stage.Cookie || c.Alarms(now, x) {
			t.Fatalf("it goes to %s, where %s is the highest", turn.Stage, m.Highest)
		}
		for range 7 {
			now = now.Add(200 * time.Millisecond)
			if next := c.Step(now, x); next.Stage > turn.Stage {
				t.Fatalf("it rises again, to %s, within %v", next.Stage, 7*200*time.Millisecond)
			}
		}
	})
}

// TestNothingMakesItFlap holds the lengths of time between changes, for anything that may come.
func TestNothingMakesItFlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, now := stage.New(), noon
		if err := c.Grant(now, stage.Mandate{Highest: stage.Page, Until: now.Add(stage.MostMandate)}); err != nil {
			t.Fatal(err)
		}
		sinceRise, sinceChange := 24*time.Hour, 24*time.Hour
		for range rapid.IntRange(1, 15).Draw(t, "runs") {
			x := drawTally(t)
			seconds, step := drawRun(t)
			for range seconds {
				now = now.Add(step)
				passed := min(max(step, 0), 5*second)
				sinceRise, sinceChange = sinceRise+passed, sinceChange+passed
				turn := c.Step(now, x)
				switch {
				case turn.Stage > turn.From:
					if sinceRise < stage.RiseDwell || turn.Stage-turn.From > 2 {
						t.Fatalf("%s → %s, %v after another rise (%s)", turn.From, turn.Stage, sinceRise, turn.Cause)
					}
					sinceRise, sinceChange = 0, 0
				case turn.Stage < turn.From:
					if sinceChange < stage.Dwell || turn.From-turn.Stage > 1 {
						t.Fatalf("%s → %s, %v after another change (%s)", turn.From, turn.Stage, sinceChange, turn.Cause)
					}
					sinceChange = 0
				}
			}
		}
	})
}

// TestAfterQuietItIsBackAtObserve: whatever came before, and whatever was learned of it.
func TestAfterQuietItIsBackAtObserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, now := stage.New(), noon
		if err := c.Grant(now, stage.Mandate{Highest: stage.Page, Beyond: stage.Page, Budget: stage.Cost{Bytes: 1e9}, Until: now.Add(stage.MostMandate)}); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "runs") {
			x := drawTally(t)
			seconds, step := drawRun(t)
			for range seconds {
				now = now.Add(step)
				c.Step(now, x)
			}
		}
		quiet := stage.Tally{Offered: 5, Passed: 5, Returning: 3, P95: 50 * time.Millisecond, InFlight: 1, Limit: 100, Fresh: 1}
		if rapid.Bool().Draw(t, "and the backend is down") {
			quiet.Failed, quiet.P95 = 5, 30*second
		}
		for at := time.Duration(0); c.Stage() != stage.Observe; at += second {
			if at > stage.MostReturn {
				t.Fatalf("after %v of quiet it is at %s", at, c.Stage())
			}
			now = now.Add(second)
			c.Step(now, quiet)
		}
	})
}

func TestAFloodThatComesAndGoesMakesTheQuietLonger(t *testing.T) {
	s := newScene(100).allow(whole).usually(50)
	flood := crowd{rate: 3000, costs: 1, unknown: 1}
	for range 60 { // two minutes on, two off, for four hours
		s.run(120, people(50), flood)
		s.run(120, people(50))
	}
	if n := len(changes(s.turns)); n > 30 {
		t.Errorf("the stage changed %d times in four hours", n)
	}
	if s.run(int(stage.MostReturn/second), people(50)); s.c.Stage() != stage.Observe {
		t.Errorf("it is at %s", s.c.Stage())
	}
	s.run(2*3600, people(50))
	s.turns = nil
	s.run(20, people(50), flood)
	if s.run(200, people(50)); s.c.Stage() != stage.Observe {
		t.Errorf("hours later it is at %s after 200 s of quiet", s.c.Stage())
	}
}

func TestAMandateEndsWhateverTheClockDoes(t *testing.T) {
	flood := crowd{rate: 3000, costs: 1, unknown: 1}
	s := newScene(100).usually(50)
	if turns := s.run(60, people(50), flood); highest(turns) != stage.Observe || turns[0].Cause != stage.AtMandate {
		t.Errorf("without a mandate it rose to %s (%s)", highest(turns), turns[0].Cause)
	}
	s.allow(stage.Mandate{Highest: stage.Page, Until: s.now.Add(time.Minute)})
	if turns := s.run(59, people(50), flood); turns[58].Stage < stage.Cookie {
		t.Errorf("within the mandate it is at %s", turns[58].Stage)
	}
	if x := s.run(1, people(50), flood)[0]; x.Stage != stage.Observe || x.Cause != stage.MandateOver {
		t.Errorf("at its end it is at %s (%s)", x.Stage, x.Cause)
	}

	s.allow(stage.Mandate{Highest: stage.Page, Until: s.now.Add(time.Minute)})
	s.run(10, people(50), flood)
	s.now = s.now.Add(-24 * time.Hour) // the clock is set back
	if turns := s.run(60, people(50), flood); turns[20].Stage < stage.Cookie || turns[59].Stage != stage.Observe {
		t.Errorf("with a clock a day back it is at %s, and a minute later at %s", turns[20].Stage, turns[59].Stage)
	}
	s.allow(whole).run(30, people(50), flood)
	before := s.c.Stage()
	s.now = s.now.Add(240 * time.Hour)
	if x := s.run(1, people(50), flood)[0]; x.Stage < before {
		t.Errorf("a leap of the clock made it fall to %s", x.Stage)
	}
	s.allow(stage.Mandate{Highest: stage.Filter})
	if x := s.run(1, people(50), flood)[0]; x.Stage != stage.Filter || x.Cause != stage.MandateLower {
		t.Errorf("under a lower mandate it is at %s (%s)", x.Stage, x.Cause)
	}
	for _, m := range []stage.Mandate{{Highest: 6, Until: noon}, {Highest: stage.Cookie, Beyond: 6, Until: noon}, {Until: 0}, {Until: noon, Budget: stage.Cost{CPU: -1}}} {
		if err := s.c.Grant(s.now, m); evenkeel.KindOf(err) != evenkeel.KindOf(evenkeel.Invalid("")) || !strings.Contains(err.Error(), "expected") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestAControllerIsTheSameAfterARestart(t *testing.T) {
	s := newScene(100).allow(whole).usually(50)
	flood := crowd{rate: 3000, costs: 1, fresh: 0.4, unknown: 1}
	for i := range 400 {
		saved := s.c.Save()
		again := stage.New()
		if err := again.Load(saved[:]); err != nil {
			t.Fatal(err)
		}
		if again.Save() != saved || again.Stage() != s.c.Stage() {
			t.Fatal("what was loaded is saved as something else")
		}
		if i%2 == 0 {
			s.c = again
		}
		visitors := []crowd{people(50)}
		if i > 50 && i < 200 {
			visitors = append(visitors, flood)
		}
		s.run(1, visitors...)
	}
	same := newScene(100).allow(whole).usually(50)
	same.run(51, people(50))
	same.run(149, people(50), flood)
	same.run(200, people(50))
	if fmt.Sprint(changes(same.turns)) != fmt.Sprint(changes(s.turns)) || len(changes(s.turns)) < 3 {
		t.Errorf("with restarts it went %v", changes(s.turns))
	}

	saved := s.c.Save()
	for i := range saved {
		bad := saved
		bad[i] ^= 1
		if err := s.c.Load(bad[:]); err == nil {
			t.Errorf("a wrong byte %d was taken", i)
		}
	}
	if err := s.c.Load(saved[:10]); err == nil || s.c.Save() != saved {
		t.Errorf("a piece was taken, or changed something: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	s := newScene(100).allow(whole).usually(50)
	s.run(30, people(50), crowd{rate: 3000, costs: 1, unknown: 1})
	saved := s.c.Save()
	f.Add(saved[:])
	f.Fuzz(func(t *testing.T, b []byte) {
		c := stage.New()
		if err := c.Load(stage.Summed(b)); err != nil {
			return
		}
		again := c.Save()
		if string(again[:]) != string(stage.Summed(b)) {
			t.Error("what was loaded is saved as something else")
		}
		for i := range 100 {
			c.Step(noon.Add(time.Duration(i)*second), stage.Tally{Offered: 100, Passed: 50})
		}
		if c.Stage() > stage.Page {
			t.Errorf("the stage is %d", c.Stage())
		}
	})
}

func TestStagesHaveWords(t *testing.T) {
	for s := stage.Observe; s <= stage.Page; s++ {
		var back stage.Stage
		b, err := s.MarshalText()
		if err == nil {
			err = back.UnmarshalText(b)
		}
		if err != nil || back != s {
			t.Errorf("%d is written %q and read %s, %v", s, b, back, err)
		}
	}
	if _, err := stage.Parse("cooky"); err == nil || !strings.Contains(err.Error(), "expected one of observe, filter") {
		t.Errorf("a word that is none: %v", err)
	}
	if _, err := stage.Stage(6).MarshalText(); err == nil || stage.Stage(6).String() != "invalid" {
		t.Error("a seventh stage was written")
	}
	for c := stage.Calm; c <= stage.MandateLower; c++ {
		if c.String() == "invalid" || (stage.Turn{Cause: c}).Why() == "The cause is not known." {
			t.Errorf("cause %d has no words", c)
		}
	}
}

func TestAStepAllocatesNothingAndADomainHasItsSize(t *testing.T) {
	s := newScene(100).allow(whole).usually(50)
	x, now := stage.Tally{Offered: 5000, Passed: 100, P95: 9 * second, InFlight: 100, Limit: 100}, s.now
	if n := testing.AllocsPerRun(1000, func() {
		now = now.Add(second)
		s.c.Step(now, x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := unsafe.Sizeof(stage.Controller{}); n > 400 {
		t.Errorf("a controller has %d bytes", n)
	}
}

func BenchmarkStep(b *testing.B) {
	s := newScene(100).allow(whole).usually(50)
	x, now := stage.Tally{Offered: 5000, Passed: 100, P95: 9 * second, InFlight: 100, Limit: 100}, s.now
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(second)
		s.c.Step(now, x)
	}
}
