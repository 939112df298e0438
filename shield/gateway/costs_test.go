package gateway_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// calmAgain lets a site be visited as usual until no attack runs.
func (w *world) calmAgain(host string) {
	w.t.Helper()
	for range 3600 {
		if all := w.edge.Attacks(""); len(all) == 0 || !all[0].Running {
			return
		}
		w.second(func(tenth int) {
			w.visits(person(host, tenth), "/article/1")
			w.edge.Told(host, 200, 20*time.Millisecond, 1000)
		})
	}
	w.t.Fatal("an hour later the attack is not over")
}

func TestAnAttackIsAddedUpFromItsFirstSecondUntilItIsQuiet(t *testing.T) {
	w := newWorld(t, nil, document("shop", "attack: {highest: proof}\n"), document("blog", ""))
	w.usual("shop.example", 7*time.Minute)
	w.soon("shop")
	b := &backend{bears: 3}
	of := map[string]*told{}
	began := momentOf(w.now)
	for range 40 {
		w.flood("shop.example", b, 300, imitator, "/article/", nil)
		w.tells(of)
	}
	running := w.edge.Attacks("shop")
	if len(running) != 1 || !running[0].Running || running[0].Highest < stage.Cookie {
		t.Fatalf("while it lasts: %+v", running)
	}
	w.calmAgain("shop.example")
	all := w.edge.Attacks("")
	if len(all) != 1 || len(w.edge.Attacks("blog")) != 0 {
		t.Fatalf("%d attacks; expected one, at the shop", len(all))
	}
	a := all[0]
	if a.From < began || a.From > began.Add(8*time.Second) || a.Until.Sub(a.From) < 40*time.Second || a.Running {
		t.Errorf("it lasted from %s to %s; it began at %s", a.From, a.Until, began)
	}
	// All seconds before it was above observe are not of it, and all others are told too.
	flood := of["shop"].sum
	if a.Visits > flood.Visits+2000 || a.Visits < flood.Visits/2 || a.Asked > flood.Asked+(a.Visits-min(flood.Visits, a.Visits)) {
		t.Errorf("it had %d visits, of %d that were told while it lasted", a.Visits, flood.Visits)
	}
	var held, at uint64
	var saved, lasted time.Duration
	for i, s := range a.Stages {
		held += s.Held
		saved += s.Saved
		lasted += a.At[i]
		if s.Held > 0 {
			at++
		}
	}
	if held != a.Asked+a.Refused+a.Turned || saved != a.Saved || saved == 0 || at < 1 {
		t.Errorf("by stages %d were held back, which saved %s; all were %d, and %s", held, saved, a.Asked+a.Refused+a.Turned, a.Saved)
	}
	if total := a.Until.Sub(a.From); lasted < total || lasted > total+2*time.Minute {
		t.Errorf("it was %s at stages, of %s and the quiet after it", lasted, total)
	}
	if a.Edge == 0 || a.Backend == 0 || a.Bytes == 0 {
		t.Errorf("it cost nothing: %+v", a.Sum)
	}
	usual := 20 * time.Millisecond // of an article
	if most := time.Duration(held) * usual * 3 / 2; saved > most {
		t.Errorf("%d requests that were held back saved %s; expected %s each", held, saved, usual)
	}
}

// TestBeyondTheBudgetTheTenantsStageHoldsUntilTheHourMovesOn floods a site that may do little by itself, for more than an hour.
func TestBeyondTheBudgetTheTenantsStageHoldsUntilTheHourMovesOn(t *testing.T) {
	w := newWorld(t, nil, document("shop", "attack: {highest: filter, budget: {backend: 3h}, beyond: page}\n"))
	w.usual("shop.example", 7*time.Minute)
	b := &backend{bears: 2}
	spent := 0
	for ; spent < 300 && w.stageOf("shop") != stage.Page; spent++ {
		w.flood("shop.example", b, 30, imitator, "/article/", nil)
	}
	if at := w.stageOf("shop"); at != stage.Page {
		t.Fatalf("after %d s of flood the stage is %s", spent, at)
	}
	last := w.changes[len(w.changes)-1]
	if last.Turn.Cause != stage.BudgetSpent || last.Turn.Spent.Backend < 3*time.Hour || last.Turn.Spent.Backend > 3*time.Hour+20*time.Minute {
		t.Errorf("it went up for %s, with %s of the backends spent", last.Turn.Cause, last.Turn.Spent.Backend)
	}
	if spent < 5 {
		t.Errorf("three hours of the backends were spent within %d s", spent)
	}
	up := last.At
	n := 0
	for range 2 * 3600 {
		w.second(func(int) {
			for range 8 {
				n++
				b.tells(w, "shop.example", w.visits(imitator("shop.example", n%5000), "/article/1"))
			}
			b.came = 0
		})
		if w.stageOf("shop") != stage.Page {
			break
		}
	}
	last = w.changes[len(w.changes)-1]
	if last.Turn.Stage != stage.Filter || last.Turn.Cause != stage.MandateLower || last.At.Sub(up) < 40*time.Minute {
		t.Fatalf("it was at page for %s, and then at %s for %s", last.At.Sub(up), last.Turn.Stage, last.Turn.Cause)
	}
	if a := w.edge.Attacks("shop"); len(a) != 1 || a[0].Beyond < last.At.Sub(up)-2*time.Second || a[0].Stages[stage.Page].Held == 0 {
		t.Errorf("the attack as it is remembered: %+v", a)
	}
}

func TestAttacksAreKeptOverARestart(t *testing.T) {
	shop := document("shop", "attack: {highest: proof}\n")
	w := newWorld(t, nil, shop)
	w.usual("shop.example", 7*time.Minute)
	b := &backend{bears: 3}
	for range 20 {
		w.flood("shop.example", b, 300, imitator, "/article/", nil)
	}
	w.calmAgain("shop.example")
	for w.stageOf("shop") < stage.Cookie {
		w.flood("shop.example", b, 300, imitator, "/article/", nil)
	}
	var state, attacks bytes.Buffer
	if err := errors.Join(w.edge.Save(&state), w.edge.SaveAttacks(&attacks)); err != nil {
		t.Fatal(err)
	}
	was := w.edge.Attacks("")
	kept := attacks.Bytes()
	x := newWorld(t, nil, shop)
	x.now = w.now
	x.grant()
	if err := errors.Join(x.edge.Load(&state), x.edge.LoadAttacks(bytes.NewReader(kept))); err != nil {
		t.Fatal(err)
	}
	if got := x.edge.Attacks(""); fmt.Sprint(got) != fmt.Sprint(was) || len(got) != 2 || !got[0].Running {
		t.Errorf("after the restart: %+v\nbefore: %+v", got, was)
	}
	x.flood("shop.example", b, 300, imitator, "/article/", nil)
	if got := x.edge.Attacks("shop"); len(got) != 2 || got[0].Visits < was[0].Visits+3000 || got[0].From != was[0].From {
		t.Errorf("it does not go on: %+v", got[0])
	}
	y := newWorld(t, nil, document("blog", "")) // where the site is no more, or calm
	y.now = w.now
	if err := y.edge.LoadAttacks(bytes.NewReader(kept)); err != nil {
		t.Fatal(err)
	}
	if got := y.edge.Attacks("shop"); len(got) != 2 || got[0].Running || got[0].Until != was[0].Until {
		t.Errorf("without the site: %+v", got)
	}
	y.now = y.now.Add(31 * 24 * time.Hour)
	if got := y.edge.Attacks(""); len(got) != 0 {
		t.Errorf("a month later there are %d", len(got))
	}
	for i := range kept {
		bad := bytes.Clone(kept)
		bad[i] ^= 0x40
		if err := y.edge.LoadAttacks(bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d of %d may be another", i, len(kept))
		} else if _, ok := errors.AsType[*section.Damaged](err); !ok {
			t.Fatalf("byte %d is another: %v", i, err)
		}
	}
}

// TestTheProcessorsTimeIsSharedByWeights has the process use some multiple of what the weights say: the sites' sum is what it used.
func TestTheProcessorsTimeIsSharedByWeights(t *testing.T) {
	for _, times := range []float64{0.4, 1, 3} {
		used := time.Hour
		w := newWorld(t, func(c *gateway.Config) { c.Used = func() time.Duration { return used } }, document("shop", ""), document("blog", ""))
		second := func() {
			w.second(func(int) {
				for i := range 30 {
					w.visits(person([]string{"shop.example", "shop.example", "blog.example"}[i%3], i), "/")
				}
				used += time.Duration(30 * 30e3 * times) // ns, 30 µs each
			})
		}
		for range 30 { // until the rate is learned
			second()
		}
		w.now = w.now.Add(time.Minute)
		w.edge.Counts(momentOf(w.now))
		before := used
		for range 60 {
			second()
		}
		w.now = w.now.Add(time.Minute)
		by := map[string]time.Duration{}
		for _, c := range w.edge.Counts(momentOf(w.now)) {
			by[string(c.Site)] += c.Edge
		}
		sum, all := by["shop"]+by["blog"], used-before
		if sum < all*97/100 || sum > all*103/100 || by["shop"] < by["blog"]*19/10 || by["shop"] > by["blog"]*21/10 {
			t.Fatalf("of %s that were used %s are the shop's and %s the blog's, which had half of its visits", all, by["shop"], by["blog"])
		}
	}
}

func FuzzLoadAttacks(f *testing.F) {
	w := newWorld(f, nil, document("shop", ""))
	var b bytes.Buffer
	if err := w.edge.SaveAttacks(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("EKCO"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = w.edge.LoadAttacks(bytes.NewReader(text)) // an error, or attacks that can be told
		for _, a := range w.edge.Attacks("") {
			if a.Highest > stage.Page {
				t.Fatalf("an attack at stage %d", a.Highest)
			}
		}
	})
}
