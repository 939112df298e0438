package stage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

func tell(t *testing.T, turns []stage.Turn) {
	t.Helper()
	for _, x := range changes(turns) {
		t.Logf("%s → %s (%s): %s", x.From, x.Stage, x.Cause, x.Why())
	}
}

func TestAFloodIsMetWithinOneStep(t *testing.T) {
	for _, c := range []struct {
		name  string
		flood crowd
		works float64
		first stage.Stage
	}{
		{"from a few addresses, at a hundred times what is usual", crowd{rate: 5000, costs: 1}, 100, stage.Cookie},
		{"at four times the capacity", crowd{rate: 800, costs: 1, fresh: 0.5, unknown: 1}, 200, stage.Filter},
		{"of clients that contradict their user agents, while the backend bears it", crowd{rate: 400, costs: 0.1, odd: 0.8, unknown: 0.9}, 5000, stage.Filter},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(c.works).allow(whole).usually(50)
			turns := s.run(1, people(50), c.flood)
			if turns[0].Stage != c.first || !strings.Contains(turns[0].Why(), "requests") {
				t.Errorf("after a second the stage is %s: %s", turns[0].Stage, turns[0].Why())
			}
			turns = s.run(300, people(50), c.flood)
			tell(t, s.turns)
			for _, x := range turns[20:] {
				if x.InFlight >= x.Limit {
					t.Fatalf("the backend is full at %s", x.Stage)
				}
			}
			if last := turns[len(turns)-1].Stage; last > stage.Proof {
				t.Errorf("visitors meet %s", last)
			}
		})
	}
}

// TestTenThousandAddressesWithOneRequestEach is what happened to the search of a library on 6 July 2026: 10,372 addresses within
// seven minutes, in browsers, at pages that cost the backend much.
func TestTenThousandAddressesWithOneRequestEach(t *testing.T) {
	for _, usual := range []float64{5, 50} {
		s := newScene(2 * usual).allow(whole).usually(usual)
		attack := crowd{rate: 25, costs: usual / 2, fresh: 1, unknown: 0.02}
		turns := s.run(7*60, people(usual), attack)
		tell(t, turns)
		rose := 0
		for turns[rose].Stage == stage.Observe {
			rose++
		}
		if rose > 2 { // the first second is not slow yet
			t.Errorf("at %g requests a second as usual it rose after %d s", usual, rose+1)
		}
		full := 0
		for _, x := range turns[10:] {
			if x.InFlight >= x.Limit {
				full++
			}
		}
		if h := highest(turns); h < stage.Cookie || h > stage.Proof || full > 20 {
			t.Errorf("it rose to %s, and the backend was full for %d s", h, full)
		}
		if n := len(changes(turns)); n > 6 {
			t.Errorf("the stage changed %d times within seven minutes", n)
		}
		s.run(int(stage.MostReturn/second), people(usual))
		if s.c.Stage() != stage.Observe {
			t.Errorf("it is at %s long after it", s.c.Stage())
		}
	}
}

func TestAPopularLinkIsNoAttack(t *testing.T) {
	popular := crowd{rate: 600, costs: 1, fresh: 0.9, unknown: 0.03, tokens: 0, solves: 0.85}
	t.Run("while the backend bears it nothing is asked", func(t *testing.T) {
		s := newScene(2000).allow(whole).usually(50)
		if turns := s.run(1800, people(50), popular); highest(turns) != stage.Observe {
			tell(t, turns)
			t.Error("visitors were challenged")
		}
	})
	t.Run("where it does not, no more than a cookie", func(t *testing.T) {
		s := newScene(100).allow(whole).usually(50)
		turns := s.run(1800, people(50), popular)
		tell(t, turns)
		if h := highest(turns); h != stage.Cookie {
			t.Errorf("visitors met %s", h)
		}
	})
}

func TestABackendThatFailsByItselfChallengesNobody(t *testing.T) {
	for _, c := range []struct {
		name   string
		breaks func(*scene)
	}{
		{"it answers slowly after a change", func(s *scene) { s.p95 = 8 * second }},
		{"it does a tenth of its work", func(s *scene) { s.works /= 10 }},
		{"all answers are errors", func(s *scene) { s.broken = 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(100).allow(whole).usually(50)
			c.breaks(s)
			turns := s.run(3600, people(60))
			if h := highest(turns); h != stage.Observe {
				tell(t, turns)
				t.Errorf("visitors met %s", h)
			}
			if x := turns[30]; x.Cause != stage.BackendAlone || !strings.Contains(x.Why(), "nobody is challenged") {
				t.Errorf("it says %s: %s", x.Cause, x.Why())
			}
		})
	}
}

// TestANightlyCrawlIsUsualAtItsHour: a crawler comes each night for an hour, with twelve times the usual demand.
func TestANightlyCrawlIsUsualAtItsHour(t *testing.T) {
	s := newScene(400).allow(whole).usually(50)
	s.now = noon.Add(24 * time.Hour)
	crawl := crowd{rate: 600, costs: 0.5, unknown: 0, tokens: 1}
	for day := range 6 {
		s.turns = nil
		s.run(60*60, people(50), crawl)
		if h := highest(s.turns); h != stage.Observe {
			tell(t, s.turns)
			t.Errorf("night %d: visitors met %s", day, h)
		}
		s.run(3*60*60, people(50)) // the rest of the day is left out
		s.now = s.now.Add(20 * time.Hour)
	}
	s.works = 100 // the seventh night finds a backend that is slower
	s.turns = nil
	if s.run(60*60, people(50), crawl); highest(s.turns) != stage.Observe {
		tell(t, s.turns)
		t.Error("what comes every night was taken for an attack")
	}
	s.run(60*60, people(50))
	s.now = s.now.Add(10 * time.Hour)
	s.turns = nil
	if s.run(60, people(50), crawl); highest(s.turns) == stage.Observe {
		t.Error("at another hour the same load was taken as usual")
	}
}

func TestAnAttackDoesNotBecomeUsual(t *testing.T) {
	s := newScene(100).allow(whole).usually(50)
	flood := crowd{rate: 3000, costs: 1, fresh: 0.3, unknown: 1}
	s.run(60, people(50), flood)
	before := s.turns[10].Usual()
	s.turns = nil
	turns := s.run(3*3600, people(50), flood)
	if after := turns[len(turns)-1].Usual(); after > before*1.05 {
		t.Errorf("after three hours of it %.0f requests a second count as usual, of %.0f before", after, before)
	}
	if len(changes(turns)) > 24 {
		t.Errorf("the stage changed %d times in three hours", len(changes(turns)))
	}

	slowly := newScene(1e6).allow(whole).usually(50)
	slowly.run(2*3600, people(50))
	slowly.turns = nil
	for i := range 3600 { // a ramp that never presses
		slowly.run(1, people(50+float64(i)))
	}
	if got := slowly.turns[3599].Usual(); got > 50*2 {
		t.Errorf("an hour of growth made %.0f requests a second usual", got)
	}
}

func TestBeyondTheBudgetTheTenantsStageApplies(t *testing.T) {
	s := newScene(100).allow(stage.Mandate{Highest: stage.Proof, Beyond: stage.Page, Budget: stage.Cost{CPU: 20 * second}}).usually(50)
	flood := crowd{rate: 3000, costs: 1, unknown: 1}
	turns := s.run(600, people(50), flood)
	tell(t, turns)
	at := -1
	for i, x := range turns {
		if x.Cause == stage.BudgetSpent && x.Changed() {
			at = i
			if x.Stage != stage.Page || x.Spent.CPU < 20*second || !strings.Contains(x.Why(), "the budget is 20s of CPU time") {
				t.Errorf("%s: %s", x.Stage, x.Why())
			}
		}
		if x.Spent.CPU < 20*second && x.Stage > stage.Proof {
			t.Fatalf("within the budget visitors met %s", x.Stage)
		}
	}
	if at < 30 {
		t.Errorf("the budget was spent after %d s", at)
	}
	if turns := s.run(int(stage.MostReturn/second), people(50)); turns[len(turns)-1].Stage != stage.Observe {
		t.Errorf("it is still at %s", s.c.Stage())
	}
}
