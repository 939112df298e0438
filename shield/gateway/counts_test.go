package gateway_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"pgregory.net/rapid"
)

// told is all that an edge tells of a site from now on.
type told struct {
	all []gateway.Counted
	sum gateway.Sum
}

// tells takes what is told now, and says where two intervals do not fit.
func (w *world) tells(of map[string]*told) {
	w.t.Helper()
	w.takes(w.edge.Counts(momentOf(w.now)), of)
}

func (w *world) takes(all []gateway.Counted, of map[string]*told) {
	w.t.Helper()
	for _, c := range all {
		x := of[string(c.Site)]
		if x == nil {
			x = new(told)
			of[string(c.Site)] = x
		}
		if n := len(x.all); n > 0 && x.all[n-1].Until > c.From.Add(time.Millisecond) || // of a process that ended within its first second
			c.Until <= c.From {
			w.t.Fatalf("an interval from %s to %s after one until %s", c.From, c.Until, x.all[n-1].Until)
		}
		if n := len(x.all); n > 0 && x.all[n-1].From/1e9 == c.From/1e9 {
			w.t.Fatalf("intervals from %s and %s begin in one second: whoever adds them up takes one for the other", x.all[n-1].From, c.From)
		}
		if c.Passed+c.Asked+c.Refused+c.Turned > c.Visits {
			w.t.Fatalf("more was done than came: %+v", c.Sum)
		}
		at := time.Duration(0)
		for _, d := range c.At {
			at += d
		}
		if long := c.Until.Sub(c.From); at > long+6*time.Second { // what was left of each stage before
			w.t.Fatalf("%s at stages in an interval of %s", at, long)
		}
		x.all = append(x.all, c)
		x.sum = added(x.sum, c.Sum)
		if x.sum.Served > x.sum.Wanted || x.sum.Failed > x.sum.Passed || x.sum.Wanted > x.sum.Visits {
			w.t.Fatalf("added up, it cannot be: %+v", x.sum)
		}
	}
}

func added(a, b gateway.Sum) gateway.Sum {
	a.Visits += b.Visits
	a.Passed += b.Passed
	a.Failed += b.Failed
	a.Wanted += b.Wanted
	a.Served += b.Served
	a.Asked += b.Asked
	a.Solved += b.Solved
	a.Refused += b.Refused
	a.Turned += b.Turned
	a.Bytes += b.Bytes
	a.Edge += b.Edge
	a.Backend += b.Backend
	a.Saved += b.Saved
	for i := range a.At {
		a.At[i] += b.At[i]
	}
	return a
}

// soon is what was told of a site within two seconds, while it is told each second.
func (w *world) soon(name string) gateway.Sum {
	w.t.Helper()
	of := map[string]*told{name: {}}
	for range 2 {
		w.second(nil)
		w.tells(of)
	}
	return of[name].sum
}

// all is what was told of a site, once a minute has passed.
func (w *world) all(name string) gateway.Sum {
	w.t.Helper()
	of := map[string]*told{}
	for range 62 {
		w.second(nil)
		w.tells(of)
	}
	if of[name] == nil {
		return gateway.Sum{}
	}
	return of[name].sum
}

func TestInCalmEachVisitIsToldOnceAMinuteAsWantedAndServed(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""), document("blog", ""))
	of := map[string]*told{}
	for range 2 { // before it is a second in which the process before may have begun to tell
		w.second(nil)
		w.tells(of)
	}
	for range 180 {
		w.second(func(int) {
			w.visits(person("shop.example", 1), "/")
			w.edge.Told("shop.example", 200, 20*time.Millisecond, 1000)
		})
		w.tells(of)
	}
	x := of["shop"]
	if x == nil || len(x.all) != 3 || of["blog"] != nil {
		t.Fatalf("in three minutes, told of shop and of blog: %+v, %+v", x, of["blog"])
	}
	s := x.sum
	want := gateway.Sum{Visits: 1800, Passed: 1800, Wanted: 1800, Served: 1800, Bytes: 1800 * 1000, Edge: s.Edge, Backend: 36 * time.Second, At: s.At}
	if s != want {
		t.Errorf("told %+v\nexpected %+v", s, want)
	}
	if s.Edge < 50*time.Millisecond || s.Edge > 60*time.Millisecond { // 30 µs each, by weights
		t.Errorf("1,800 verdicts took %s of the processor", s.Edge)
	}
	if at := s.At[stage.Observe]; at < 178*time.Second || at > 180*time.Second || s.At[stage.Filter] != 0 {
		t.Errorf("%s at observe, of three minutes", at)
	}
	for range 70 * 60 { // nobody comes any more
		w.second(nil)
		w.tells(of)
	}
	if n := len(x.all); n < 60 || n > 66 || x.sum.Visits != 1800 {
		t.Errorf("told %d times of 1,800 visits and %d, an hour and ten minutes after the last one", n, x.sum.Visits)
	}
}

func TestWhatBecomesOfAVisitIsWhatIsCounted(t *testing.T) {
	type counts struct{ visits, passed, failed, wanted, served, asked, solved, refused, turned uint64 }
	for _, c := range []struct {
		name string
		do   func(w *world)
		want counts
	}{
		{"a backend that fails", func(w *world) {
			w.visits(person("shop.example", 1), "/")
			w.edge.Told("shop.example", 503, time.Millisecond, 0)
		}, counts{visits: 1, passed: 1, failed: 1, wanted: 1}},
		{"a backend that gives no answer", func(w *world) {
			w.visits(person("shop.example", 1), "/")
			w.edge.Told("shop.example", 0, 0, 0)
		}, counts{visits: 1, passed: 1, failed: 1, wanted: 1}},
		{"an answer that takes longer than a second", func(w *world) {
			w.visits(person("shop.example", 1), "/")
			w.edge.Told("shop.example", 200, 1200*time.Millisecond, 0)
		}, counts{visits: 1, passed: 1, wanted: 1}},
		{"an answer that says that there is nothing", func(w *world) {
			w.visits(person("shop.example", 1), "/")
			w.edge.Told("shop.example", 404, time.Millisecond, 0)
		}, counts{visits: 1, passed: 1, wanted: 1, served: 1}},
		{"a site that is stopped by hand", func(w *world) {
			if err := w.edge.Stop("shop", momentOf(w.now.Add(time.Minute))); err != nil {
				t.Fatal(err)
			}
			w.visits(person("shop.example", 1), "/")
		}, counts{visits: 1, wanted: 1, turned: 1}},
		{"a request that is asked about twice", func(w *world) {
			v := person("shop.example", 1)
			a := v.ask(v.request("GET", "/"))
			w.edge.Judge(a, nil)
			a.Again = true
			w.edge.Judge(a, nil)
			w.edge.Told("shop.example", 200, time.Millisecond, 0)
		}, counts{visits: 1, passed: 1, wanted: 1, served: 1}},
		{"a host that nobody has", func(w *world) { w.visits(person("nobody.example", 1), "/") }, counts{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil, document("shop", ""))
			v := person("shop.example", 99)
			w.visits(v, "/") // so that the gateway is known to tell
			w.edge.Told("shop.example", 200, time.Millisecond, 0)
			c.do(w)
			s := w.all("shop")
			got := counts{s.Visits - 1, s.Passed - 1, s.Failed, s.Wanted - 1, s.Served - 1, s.Asked, s.Solved, s.Refused, s.Turned}
			if got != c.want {
				t.Errorf("counted %+v\nexpected %+v", got, c.want)
			}
		})
	}
}

// TestWhoeverFindsNoConnectionToABackendIsTurnedAwayAndNoBackendHasFailed.
func TestWhoeverFindsNoConnectionToABackendIsTurnedAwayAndNoBackendHasFailed(t *testing.T) {
	came, goOn := make(chan struct{}), make(chan struct{})
	back := backendOf(t, func(http.ResponseWriter, *http.Request) { came <- struct{}{}; <-goOn })
	w := newWorld(t, nil, strings.Replace(document("shop", "connections: 1\n"), "http://192.0.2.80", back, 1))
	visit := func(n int) int {
		r := httptest.NewRecorder()
		w.edge.ServeHTTP(r, person("shop.example", n).request("GET", "/"))
		return r.Code
	}
	first := make(chan int, 1)
	go func() { first <- visit(1) }()
	<-came
	if code := visit(2); code != http.StatusServiceUnavailable {
		t.Errorf("whoever finds no connection is answered %d", code)
	}
	close(goOn)
	if code := <-first; code != http.StatusOK {
		t.Errorf("whoever has one is answered %d", code)
	}
	if s := w.all("shop"); s.Visits != 2 || s.Passed != 1 || s.Turned != 1 || s.Failed != 0 {
		t.Errorf("%d visits, of which %d went on, %d were turned away and %d failed", s.Visits, s.Passed, s.Turned, s.Failed)
	}
}

// TestWhatIsInFlightAtTheEndOfAMinuteIsNotMissed: an answer that comes in the next minute is wanted and served in that one.
func TestWhatIsInFlightAtTheEndOfAMinuteIsNotMissed(t *testing.T) {
	came, goOn := make(chan struct{}), make(chan struct{})
	back := backendOf(t, func(http.ResponseWriter, *http.Request) { came <- struct{}{}; <-goOn })
	w := newWorld(t, nil, strings.Replace(document("shop", ""), "http://192.0.2.80", back, 1))
	of := map[string]*told{}
	minute := func() gateway.Sum {
		for range 62 {
			w.second(nil)
			w.tells(of)
		}
		return of["shop"].sum
	}
	first := make(chan int, 1)
	go func() {
		r := httptest.NewRecorder()
		w.edge.ServeHTTP(r, person("shop.example", 1).request("GET", "/"))
		first <- r.Code
	}()
	<-came
	if s := minute(); s.Visits != 1 || s.Wanted != 0 || s.Served != 0 {
		t.Errorf("while it is in flight %d of %d wanted are served, of %d", s.Served, s.Wanted, s.Visits)
	}
	close(goOn)
	<-first
	if s := minute(); s.Wanted != 1 || s.Served != 0 { // it took longer than a second
		t.Errorf("when it has come %d of %d wanted are served", s.Served, s.Wanted)
	}
}

// TestAtAnAttackedSiteWhoIsKnownOrSolvesIsServedAndWhoGivesUpIsNot looks at one visitor of each kind while every visitor without a pass is asked.
func TestAtAnAttackedSiteWhoIsKnownOrSolvesIsServedAndWhoGivesUpIsNot(t *testing.T) {
	w := attacked(t, stage.Proof)
	w.soon("shop")
	before := w.soon("shop")
	if before.Visits != 0 {
		t.Fatalf("there is something left: %+v", before)
	}
	regular := person("shop.example", 7) // who came in calm
	page := w.visits(regular, "/")
	if page.Forward {
		t.Fatal("the stage is over")
	}
	s := w.soon("shop")
	if s.Visits != 1 || s.Asked != 1 || s.Wanted != 1 || s.Served != 0 || s.Saved <= 0 {
		t.Errorf("a regular who is asked and gives up: %+v", s)
	}
	again := person("shop.example", 8)
	w.solves(again, w.visits(again, "/").Answer.Body, "/")
	if s = w.soon("shop"); s.Visits != 3 || s.Asked != 1 || s.Solved != 1 || s.Wanted != 1 || s.Served != 1 {
		t.Errorf("a regular who is asked and does it: %+v", s)
	}
	for range 100 {
		w.visits(again, "/")
		w.edge.Told("shop.example", 200, time.Millisecond, 10)
	}
	if s = w.soon("shop"); s.Passed != 100 || s.Wanted != 100 || s.Served < 50 || s.Bytes != 1000 { // who was answered is known as likely as of the last ones
		t.Errorf("a holder of a pass: %+v", s)
	}
	bot := person("shop.example", 9) // of an address that came in calm
	for range 60 {
		w.visits(bot, "/")
	}
	w.second(nil)
	if _, banned := w.edge.Banned("shop", bot.from); !banned {
		t.Fatal("who asks for sixty pages and answers none is let in")
	}
	w.soon("shop")
	for range 10 {
		w.visits(bot, "/")
	}
	if s = w.soon("shop"); s.Visits != 10 || s.Refused != 10 || s.Wanted != 0 {
		t.Errorf("who is refused for what he did: %+v", s)
	}
}

func TestOfAFloodThatNobodyTellsApartNoMoreIsWantedThanUsuallyComes(t *testing.T) {
	w := newWorld(t, nil, document("shop", "connections: 2\nattack: {highest: proof}\n"))
	w.usual("shop.example", 10*time.Minute)
	w.all("shop")
	of := map[string]*told{}
	b := &backend{bears: 10}
	people := uint64(0)
	for range 60 {
		w.flood("shop.example", b, 300, imitator, "/article/", func(gateway.Verdict) { people++ })
		w.tells(of)
	}
	x := of["shop"]
	if x == nil || len(x.all) < 55 {
		t.Fatalf("a minute of flood is told by %d intervals; expected one a second", len(x.all))
	}
	if w := x.sum.Wanted; w < people/2 || w > 3*people {
		t.Errorf("of %d visits %d are wanted, while %d were people's", x.sum.Visits, w, people)
	}
	if first := x.all[0]; first.Until.Sub(first.From) > 2*time.Second && first.Visits > 100 {
		t.Errorf("what was calm is told with the flood: %+v", first.Sum)
	}
	if x.sum.At[stage.Observe] > 15*time.Second || x.sum.Saved <= 0 || x.sum.Asked == 0 {
		t.Errorf("the flood as it is told: %+v", x.sum)
	}
	if most := 62 * 2 * time.Second; x.sum.Saved > most || x.sum.Saved < most/3 {
		t.Errorf("%s were saved of the backends, which have %s", x.sum.Saved, most)
	}
}

// TestNothingIsLostBetweenTwoCalls lets visits of all kinds come, and has them told at any times.
func TestNothingIsLostBetweenTwoCalls(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, nil, document("shop", "attack: {highest: proof}\n"), document("blog", ""))
		of := map[string]*told{}
		came := map[string]uint64{}
		forward := map[string]uint64{}
		for range rapid.IntRange(1, 20).Draw(r, "seconds") {
			load := rapid.IntRange(0, 25).Draw(r, "load")
			wait := rapid.SampledFrom([]time.Duration{time.Millisecond, 10 * time.Second}).Draw(r, "wait")
			w.second(func(tenth int) {
				for i := range load {
					name := [...]string{"shop", "shop", "blog"}[i%3]
					if w.visits(imitator(name+".example", tenth*load+i), "/a/"+strconv.Itoa(i)).Forward {
						forward[name]++
						w.edge.Told(name+".example", 200, wait, 1)
					}
					came[name]++
				}
			})
			if rapid.Bool().Draw(r, "tells") {
				w.tells(of)
			}
		}
		for range 2 {
			w.second(nil)
			w.now = w.now.Add(time.Minute)
			w.tells(of)
		}
		for name, n := range came {
			x := of[name]
			if x == nil || x.sum.Visits != n || x.sum.Passed != forward[name] || x.sum.Bytes < forward[name] {
				r.Fatalf("%d came to %s and %d were let through; told %+v", n, name, forward[name], x)
			}
			if s := x.sum; s.Passed+s.Asked+s.Refused+s.Turned != s.Visits {
				r.Fatalf("of all visits to %s: %+v", name, s)
			}
		}
	})
}

func TestCountsOfManyGoroutinesAddUp(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) { c.Samples, c.SamplesAll = 8, 100 }, document("shop", ""))
	const each, many = 500, 8
	of := map[string]*told{}
	var wg sync.WaitGroup
	for g := range many {
		wg.Go(func() {
			for i := range each {
				v := person("shop.example", g*each+i)
				r := httptest.NewRequest("GET", "https://shop.example/", nil)
				w.edge.Judge(&gateway.Ask{Request: r, From: v.from, Secure: true, Client: &gateway.Client{Hello: 1}}, nil)
				w.edge.Told("shop.example", 200, time.Millisecond, 3)
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			w.edge.Counts(momentOf(w.now))
		}
	})
	wg.Wait()
	for range 70 {
		w.second(nil)
		w.tells(of)
	}
	if s := of["shop"].sum; s.Visits != each*many || s.Passed != each*many || s.Bytes != 3*each*many {
		t.Errorf("of %d visits: %+v", each*many, s)
	}
}

func TestManySitesAreToldByTurns(t *testing.T) {
	var documents []string
	const many = gateway.MostCounted + 300
	for i := range many {
		documents = append(documents, document("s"+strconv.Itoa(i), ""))
	}
	w := newWorld(t, nil, documents...)
	w.second(func(tenth int) {
		for i := 0; tenth == 0 && i < many; i++ {
			w.visits(person(fmt.Sprintf("s%d.example", i), i), "/")
		}
	})
	w.now = w.now.Add(time.Minute + 2*time.Second)
	visits := uint64(0)
	for turn, want := range []int{gateway.MostCounted, 300, 0} {
		all := w.edge.Counts(momentOf(w.now))
		if len(all) != want {
			t.Errorf("call %d tells %d sites; expected %d", turn, len(all), want)
		}
		for _, c := range all {
			visits += c.Visits
		}
		w.now = w.now.Add(time.Second)
	}
	if visits != many {
		t.Errorf("%d visits are told of %d", visits, many)
	}
}

func TestAClockThatIsSetBackLosesNothing(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""))
	of := map[string]*told{}
	for i := range 300 {
		w.second(func(int) { w.visits(person("shop.example", 1), "/") })
		if i == 150 {
			w.now = w.now.Add(-time.Hour)
			of = map[string]*told{"shop": {sum: of["shop"].sum}}
		}
		w.tells(of)
	}
	for range 70 {
		w.second(nil)
		w.tells(of)
	}
	if s := of["shop"].sum; s.Visits != 3000 {
		t.Errorf("of 3,000 visits %d are told", s.Visits)
	}
}

// Whenever an edge is asked for its counts, and however its clock is set back by up to some seconds: intervals of a site begin in different
// seconds, also those of the process after it, and all visits are told.
func TestIntervalsBeginInDifferentSeconds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		open := func(at time.Time) *world {
			w := newWorldAt(t, at, nil, document("shop", ""))
			w.edge.Counts(momentOf(at)) // as the process does from its first second on
			return w
		}
		w := open(began.Add(time.Duration(rapid.IntRange(0, 999).Draw(r, "begins")) * time.Millisecond))
		of, visits := map[string]*told{"shop": {}}, uint64(0)
		latest, opened := w.now, w.now
		for range rapid.IntRange(1, 25).Draw(r, "times") {
			what := rapid.SampledFrom([]string{"visit", "visit", "fail", "wait", "set back", "again"}).Draw(r, "what")
			switch what {
			case "visit", "fail":
				w.visits(person("shop.example", 1), "/")
				visits++
				if what == "fail" { // it is told each second for a while
					w.edge.Told("shop.example", 502, time.Millisecond, 0)
				}
			case "set back":
				to := w.now.Add(-time.Duration(rapid.IntRange(1, 4000).Draw(r, "back")) * time.Millisecond)
				if latest.Sub(to) < 2500*time.Millisecond { // in all
					w.now = to
				}
			case "again": // another process, whose clock is not behind
				if latest.Sub(opened) < 2*time.Second { // one that ends in its first second tells of seconds that are the next one's
					continue
				}
				w.edge.Look(w.now)
				w.takes(w.edge.CountsLast(momentOf(w.now)), of)
				if w.now.Before(latest) {
					w.now = latest
				}
				opened = w.now.Add(time.Duration(rapid.SampledFrom([]int{5, 90, 700}).Draw(r, "start")) * time.Millisecond)
				w = open(opened)
			}
			w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{5, 95, 100, 300, 900, 950, 1000, 1100, 61_000}).Draw(r, "pass")) * time.Millisecond)
			w.edge.Look(w.now)
			w.tells(of)
			if latest.Before(w.now) {
				latest = w.now
			}
		}
		for range 3 {
			w.now = w.now.Add(time.Minute + time.Second)
			w.edge.Look(w.now)
			w.tells(of)
		}
		if n := of["shop"].sum.Visits; n != visits {
			r.Fatalf("of %d visits %d are told", visits, n)
		}
	})
}

// TestACalmEdgeTellsThatItIsHere: of a minute of which no edge tells anything it is taken that none was.
func TestACalmEdgeTellsThatItIsHere(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""), document("blog", ""))
	of := map[string]*told{"blog": {}}
	start := w.now
	for range 150 {
		w.second(nil)
		w.tells(of)
	}
	w.takes(w.edge.CountsLast(momentOf(w.now)), of)
	if of["shop"] != nil { // it is told by one of its sites
		t.Errorf("of the other site: %+v", of["shop"])
	}
	upto := momentOf(start)
	for _, c := range of["blog"].all {
		if c.From.Sub(upto) > 2*time.Second || c.Visits != 0 {
			t.Errorf("an interval from %s after %s, of %d visits", c.From, upto, c.Visits)
		}
		upto = c.Until
	}
	if len(of["blog"].all) != 3 || upto != momentOf(w.now) {
		t.Errorf("%d intervals until %s; expected three until %s", len(of["blog"].all), upto, momentOf(w.now))
	}
	// Who comes then is counted, and nothing twice.
	w.second(func(tenth int) { w.visits(person("blog.example", tenth), "/") })
	for range 70 {
		w.second(nil)
		w.tells(of)
	}
	if n := of["blog"].sum.Visits; n != 10 {
		t.Errorf("of ten visits %d are told", n)
	}
}
