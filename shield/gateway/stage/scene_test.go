package stage_test

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

const second = time.Second

// noon is when scenes begin that nothing else is said of.
const noon = evenkeel.Moment(1_795_000_000_000_000_000)/evenkeel.Moment(24*time.Hour)*evenkeel.Moment(24*time.Hour) + evenkeel.Moment(12*time.Hour)

// crowd is a kind of visitors of a made-up domain.
type crowd struct {
	rate    float64 // requests a second
	costs   float64 // of what an answer usually costs the backend
	fresh   float64 // share from addresses that were not here before
	unknown float64 // share with unknown fingerprints
	odd     float64 // share that contradict their user agent
	tokens  float64 // share that hold a token when they come
	solves  float64 // share of those asked that solve, within three seconds
}

// scene is a domain with a backend that works off a bounded number of requests, at so much work a second.
type scene struct {
	c       *stage.Controller
	now     evenkeel.Moment
	works   float64 // usual answers a second
	limit   float64
	p95     time.Duration // of one that does not wait
	broken  float64       // share that fails
	backlog float64       // in the backend: usual answers' worth, and requests
	inside  float64
	solving [3]float64
	holders float64 // who solved lately, and come with a token from then on
	turns   []stage.Turn
}

func newScene(works float64) *scene {
	return &scene{c: stage.New(), now: noon, works: works, limit: works, p95: 200 * time.Millisecond}
}

func (s *scene) allow(m stage.Mandate) *scene {
	if m.Until == 0 {
		m.Until = s.now.Add(365 * 24 * time.Hour)
	}
	if err := s.c.Grant(s.now, m); err != nil {
		panic(err)
	}
	return s
}

var whole = stage.Mandate{Highest: stage.Page, Beyond: stage.Queue}

// usually is half an hour of a domain as it always is.
func (s *scene) usually(rate float64) *scene {
	s.run(30*60, people(rate))
	s.turns = nil
	return s
}

func people(rate float64) crowd {
	return crowd{rate: rate, costs: 1, fresh: 0.1, unknown: 0.02, tokens: 0.5, solves: 0.9}
}

func (s *scene) run(seconds int, visitors ...crowd) []stage.Turn {
	from := len(s.turns)
	for range seconds {
		s.now = s.now.Add(second)
		s.turns = append(s.turns, s.c.Step(s.now, s.second(visitors)))
	}
	return s.turns[from:]
}

// second plays one second: the stage lets some through, the backend takes what fits.
func (s *scene) second(visitors []crowd) (t stage.Tally) {
	var offered, passes, work, holders, asked, fresh, unknown, odd, solves float64
	at := s.c.Stage()
	for _, v := range visitors {
		offered += v.rate
		fresh += v.rate * v.fresh
		unknown += v.rate * v.unknown
		odd += v.rate * v.odd
		known := v.rate * v.tokens
		if at >= stage.Cookie { // who solved once goes on with a token
			known = v.rate * max(v.tokens, min(v.solves, s.holders))
		}
		others := v.rate - known
		if at >= stage.Filter {
			others -= min(v.rate*v.odd, others)
		}
		switch {
		case at >= stage.Page:
			known, others = 0, 0
		case at >= stage.Queue:
			others = 0
		case at >= stage.Cookie:
			asked += others
			solves += others * v.solves
			others = 0
		}
		passes += known + others
		holders += known
		work += (known + others) * v.costs
	}
	if at >= stage.Cookie {
		s.holders = min(s.holders+0.2, 1)
	} else {
		s.holders = 0
	}
	solved := s.solving[0]
	s.solving = [3]float64{s.solving[1], s.solving[2], solves}

	fits := min(1, max(s.limit-s.inside+s.works, 0)/max(passes, 1))
	s.inside += passes * fits
	s.backlog += work * fits
	done := min(1, s.works/max(s.backlog, 1e-9))
	wait := time.Duration(s.backlog / s.works * float64(second))
	s.inside -= s.inside * done
	s.backlog -= s.backlog * done
	passed := passes * fits
	t = stage.Tally{Offered: uint32(offered), Passed: uint32(passed), Returning: uint32(holders * fits), Asked: uint32(asked), Solved: uint32(solved),
		InFlight: uint32(s.inside), Limit: uint32(s.limit), Failed: uint32(passed * s.broken), Fresh: uint32(fresh), Unknown: uint32(unknown), Contradictory: uint32(odd),
		Absorbed: stage.Cost{CPU: time.Duration(max(offered-passed, 0)) * 100 * time.Microsecond, Bytes: uint64(offered) * 2000}}
	if passed > 0 {
		t.P95 = s.p95
		if wait > second {
			t.P95 += wait
		}
	}
	return t
}

func highest(turns []stage.Turn) (s stage.Stage) {
	for _, t := range turns {
		s = max(s, t.Stage)
	}
	return s
}

func changes(turns []stage.Turn) (out []stage.Turn) {
	for _, t := range turns {
		if t.Changed() {
			out = append(out, t)
		}
	}
	return out
}
