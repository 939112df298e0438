package gateway_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/share"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// fleet are edges that hear each other at once, with one clock.
type fleet struct {
	t         testing.TB
	documents []string
	edges     []*world
	dead      map[int]bool
	size      int
	pardoned  map[int]int // how often each was told that somebody was let in elsewhere
}

func newFleet(t testing.TB, size int, documents ...string) *fleet {
	f := &fleet{t: t, documents: documents, dead: map[int]bool{}, size: size, pardoned: map[int]int{}}
	for range size {
		f.joins()
	}
	return f
}

func nameOf(i int) string { return fmt.Sprint("edge-", i+1) }

// joins is one more edge.
func (f *fleet) joins() *world {
	f.t.Helper()
	i, now := len(f.edges), began
	if i > 0 {
		now = f.edges[0].now
	}
	w := newWorldAt(f.t, now, func(c *gateway.Config) {
		c.Fleet = &gateway.Fleet{Name: nameOf(i), Weight: 100, Size: f.size, Seeds: []uint64{7}, Pardoned: func(netip.Addr) { f.pardoned[i]++ }, Listed: f.listed(i), Say: func(m []byte) {
			if f.dead[i] {
				return
			}
			for j, x := range f.edges {
				if j == i || f.dead[j] {
					continue
				}
				if _, err := x.edge.Heard(nameOf(i), m); err != nil {
					f.t.Errorf("%s hears %s: %v", nameOf(j), nameOf(i), err)
				}
			}
		}}
	}, f.documents...)
	f.edges = append(f.edges, w)
	return w
}

// listed is who is set up beside an edge: the first ones, as far as they live when it is.
func (f *fleet) listed(i int) func() ([]string, int) {
	var names []string
	for j := range f.size {
		if j != i && !f.dead[j] {
			names = append(names, nameOf(j))
		}
	}
	return func() ([]string, int) { return names, 0 }
}

// leaves has an edge say goodbye and end.
func (f *fleet) leaves(i int) {
	f.edges[i].edge.Leave(f.edges[i].now)
	f.dead[i] = true
}

// look lets a tenth of a second pass at all.
func (f *fleet) look() {
	for i, w := range f.edges {
		if w.now = w.now.Add(100 * time.Millisecond); !f.dead[i] {
			w.edge.Look(w.now)
		}
	}
}

// second lets a second pass at all; load is called in each tenth of it for each.
func (f *fleet) second(load func(i int, w *world)) {
	for range 10 {
		for i, w := range f.edges {
			if load != nil && !f.dead[i] {
				load(i, w)
			}
		}
		f.look()
	}
}

func (f *fleet) calm(lasts time.Duration) {
	f.t.Helper()
	n := 0
	for range int(lasts / time.Second) {
		f.second(func(_ int, w *world) {
			for range 2 {
				n++
				w.visits(person("shop.example", n%400), "/article/"+fmt.Sprint(n%50))
				w.edge.Told("shop.example", 200, 20*time.Millisecond, 1000)
			}
		})
	}
}

func (f *fleet) part(i int) float64 {
	f.t.Helper()
	x, ok := f.edges[i].edge.Fleet()
	if !ok {
		f.t.Fatal("it is in no fleet")
	}
	return x.Part
}

// One backend bears 60 requests in a tenth of a second, and fails beyond it: a third of the attack is not above what chance may bring to one edge.
func TestAnAttackThatIsSpreadOverEdgesIsWeighedAsOne(t *testing.T) {
	document := document("shop", "attack: {highest: proof}\n")
	f := newFleet(t, 3, document)
	f.calm(6 * time.Minute)
	risen := map[int]int{} // by edge: after how many tenths since the first
	alone := newWorld(t, nil, document)
	alone.usual("shop.example", 6*time.Minute)
	b, few := &backend{bears: 14}, &backend{bears: 14}
	tenth, first, n := 0, 0, 0
	for range 4 {
		f.second(func(i int, w *world) {
			if i == 0 {
				tenth++
				b.came = 0
			}
			for range 9 { // of 60 a second at all: 270
				n++
				b.tells(w, "shop.example", w.visits(bot("shop.example", n%9000), "/article/7"))
			}
			for j := range f.edges {
				if _, ok := risen[j]; !ok && f.edges[j].stageOf("shop") > stage.Observe {
					if first == 0 {
						first = tenth
					}
					risen[j] = tenth - first
				}
			}
		})
		alone.second(func(int) {
			few.came = 0
			for range 3 {
				n++
				few.tells(alone, "shop.example", alone.visits(bot("shop.example", n%9000), "/article/7"))
			}
		})
	}
	if len(risen) != 3 || slices.Max([]int{risen[0], risen[1], risen[2]}) > 10 {
		t.Errorf("edges rose %v tenths of a second after the first; expected all within 10", risen)
	}
	if s := alone.stageOf("shop"); s != stage.Observe {
		t.Fatalf("an edge that is alone with so much is at %v: this test shows nothing", s)
	}
	f.dead[0] = true // in the middle of it
	for range 3 {
		f.second(func(i int, w *world) {
			if i == 1 {
				b.came = 0
			}
			for range 13 {
				n++
				b.tells(w, "shop.example", w.visits(bot("shop.example", n%9000), "/article/7"))
			}
		})
	}
	one, other := f.edges[1].stageOf("shop"), f.edges[2].stageOf("shop")
	if one == stage.Observe || one != other {
		t.Errorf("after one died the others are at %v and %v", one, other)
	}
	late := f.joins()
	f.second(nil)
	if s := late.stageOf("shop"); s != one {
		t.Errorf("an edge that joined is at %v within a second; expected %v", s, one)
	}
	if why := late.changes[0].Turn.Why(); !strings.HasPrefix(why, "Another edge") {
		t.Errorf("its reason is %q", why)
	}
}

// attackedFleet is one whose site is at a stage at all edges, and has its parts.
func attackedFleet(t *testing.T, size int, at stage.Stage) *fleet {
	t.Helper()
	f := newFleet(t, size, document("shop", "attack: {highest: "+at.String()+"}\n"))
	f.calm(6 * time.Minute)
	f.attack(5)
	for i, w := range f.edges {
		if s := w.stageOf("shop"); s != at {
			t.Fatalf("%s is at %v; expected %v", nameOf(i), s, at)
		}
	}
	return f
}

// attack is one of so many seconds.
func (f *fleet) attack(seconds int) {
	b, n := &backend{bears: 14}, 0
	for range seconds {
		f.second(func(i int, w *world) {
			if i == 0 {
				b.came = 0
			}
			for range 60 {
				n++
				b.tells(w, "shop.example", w.visits(bot("shop.example", n%9000), "/article/7"))
			}
		})
	}
}

func TestATokenThatWasUsedAtOneEdgeCountsAtNoOther(t *testing.T) {
	f := attackedFleet(t, 3, stage.Cookie)
	v := bot("shop.example", 1)
	page := f.edges[0].visits(v, "/")
	if page.Forward {
		t.Fatal("it is not asked")
	}
	other := *v
	if x, _ := f.edges[0].solves(v, page.Answer.Body, "/"); x.SetCookie == "" {
		t.Fatal("whoever solves gets no pass")
	}
	f.second(nil)
	for i, w := range f.edges[1:] {
		thief := other
		if x, _ := w.solves(&thief, page.Answer.Body, "/"); x.SetCookie != "" {
			t.Errorf("the token that was used at edge-1 gives a pass at %s", nameOf(i+1))
		}
		if x := w.visits(v, "/"); !x.Forward {
			t.Errorf("the pass of edge-1 does not count at %s", nameOf(i+1))
		}
	}
}

// A thousand machines with one pass, at all edges at once, have about the requests of one.
func TestAPassHasOneRateAtAllEdgesTogether(t *testing.T) {
	for _, size := range []int{1, 4} {
		f := attackedFleet(t, size, stage.Cookie)
		v := bot("shop.example", 1)
		page := f.edges[0].visits(v, "/")
		f.edges[0].solves(v, page.Answer.Body, "/")
		let := 0
		count := func(_ int, w *world) {
			for range 40 {
				if w.visits(v, "/").Forward {
					let++
				}
			}
		}
		f.second(count)
		if most := gateway.PassBurst + gateway.PassRate*(1+size); let > most {
			t.Errorf("%d edges let %d requests with one pass in within a second; expected at most %d", size, let, most)
		}
		for range 12 { // what they had at once is worn off
			f.second(count)
		}
		let = 0
		for range 20 {
			f.second(count)
		}
		if rate := float64(let) / 20; rate > 1.25*gateway.PassRate || rate < 0.5*gateway.PassRate {
			t.Errorf("%d edges let %.1f requests a second in with one pass; expected about %d", size, rate, gateway.PassRate)
		}
	}
}

// What somebody gets who waits and waits is bounded by the network (a pass a second, ten at once): one edge more, or less, changes nothing.
func TestMoreEdgesGiveNobodyMorePasses(t *testing.T) {
	f := attackedFleet(t, 3, stage.Cookie)
	type waiter struct {
		*visitor
		token string
		edge  int
		from  time.Time
	}
	n, tenths, waiting := 0, map[int]int{}, []waiter{}
	passes := func(saved, seconds int) float64 {
		got := 0
		f.attack(1) // it goes on
		for second := range saved + seconds {
			if second == saved {
				got = 0
			}
			f.second(func(i int, w *world) {
				tenths[i]++
				if tenths[i]%4 == 0 {
					n++
					v := bot("shop.example", 1)
					v.hello = uint64(n)
					if x := w.visits(v, "/"); !x.Forward && x.Answer.Status == 429 {
						if m := waitToken.FindSubmatch(x.Answer.Body); m != nil {
							waiting = append(waiting, waiter{v, string(m[1]), i, w.now.Add(4 * time.Second)})
						}
					}
				}
				waiting = slices.DeleteFunc(waiting, func(x waiter) bool {
					if x.edge != i || w.now.Before(x.from) {
						return false
					}
					if y, _ := w.answers(x.visitor, x.token, "", "/"); y.SetCookie != "" {
						got++
					}
					return true
				})
			})
		}
		return float64(got) / float64(seconds)
	}
	three := passes(12, 10)
	f.dead[2] = true
	killed := passes(5, 10)
	f.joins()
	f.joins()
	joined := passes(5, 10)
	t.Logf("passes a second: %.2f at three edges, %.2f after one was killed, %.2f with two more", three, killed, joined)
	for _, x := range []float64{three, killed, joined} {
		if x > 1.5 || x < 0.8 {
			t.Errorf("%.2f passes a second; expected about 1", x)
		}
	}
	if p := f.part(0); p < 0.24 || p > 0.26 {
		t.Errorf("a part is %v; expected a fourth", p)
	}
}

// Whoever says goodbye gives its part away first, and what it had not told yet is told; the others have its part a look later, though they are cut to half, and
// each edge is replaced under another name.
func TestTheOthersHaveThePartOfAnEdgeThatSaysGoodbyeAtOnce(t *testing.T) {
	f := newFleet(t, 4, document("shop", ""))
	for range 5 {
		f.second(nil)
	}
	parts := func(want float64, of ...int) {
		t.Helper()
		for _, i := range of {
			if p := f.part(i); p < want-0.001 || p > want+0.001 {
				t.Errorf("%s has %.3f; expected %.3f", nameOf(i), p, want)
			}
		}
	}
	parts(1.0/4, 0, 1, 2, 3)
	a := addressOf(2, 77)
	f.edges[3].edge.Pardon(a)
	if f.leaves(3); f.pardoned[0] != 1 {
		t.Error("a pardon that was not told yet goes with it")
	}
	if f.leaves(2); f.part(2)+f.part(3) > 2*share.Least {
		t.Errorf("those that left have %v and %v", f.part(2), f.part(3))
	}
	if f.look(); f.part(0)+f.part(1) > 1 {
		t.Errorf("the others have %v and %v", f.part(0), f.part(1))
	}
	f.look() // each has said that it hears the other
	parts(1.0/2, 0, 1)
	for i := range 2 {
		f.joins()
		for range 5 {
			f.second(nil)
		}
		f.leaves(i)
		f.look()
		f.look()
	}
	parts(1.0/2, 4, 5)
	x, _ := f.edges[5].edge.Fleet()
	if !slices.Equal(x.Gone, []string{"edge-2"}) {
		t.Errorf("of %v it says that they are gone", x.Gone)
	}
}

func TestWhatWasDoneByHandAtOneEdgeHoldsAtAll(t *testing.T) {
	f := attackedFleet(t, 3, stage.Cookie)
	at := func(w *world) (out string) {
		for _, s := range w.edge.Standings(true) {
			if s.Site == "shop" && s.Stopped != 0 {
				out = "stopped"
			}
		}
		return out
	}
	check := func(want string) {
		t.Helper()
		f.second(nil)
		for i, w := range f.edges {
			if got := at(w); got != want {
				t.Errorf("%s: %q; expected %q", nameOf(i), got, want)
			}
		}
	}
	if err := f.edges[0].edge.Stop("shop", momentOf(f.edges[0].now.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	check("stopped")
	f.joins()
	check("stopped")
	_ = f.edges[1].edge.Stop("shop", 0)
	check("")
	f.joins()
	check("")

	a := addressOf(2, 77)
	v := bot("shop.example", 77)
	for range 12 { // it fails again and again, at one of them
		x := f.edges[0].visits(v, "/")
		if x.Forward {
			t.Fatal("it is not asked")
		}
		work, _, _ := asked(t, x.Answer.Body)
		f.edges[0].answers(v, work, "wrong", "/")
		f.second(nil)
		if _, refused := f.edges[0].edge.Banned("shop", a); refused {
			break
		}
	}
	f.second(nil)
	late := f.joins()
	f.second(nil)
	for _, w := range append(f.edges[:3:3], late) {
		if _, refused := w.edge.Banned("shop", a); !refused {
			t.Fatal("an address that one edge refuses is let in at another")
		}
	}
	if !f.edges[2].edge.Pardon(a) {
		t.Fatal("it is not refused")
	}
	for range 3 {
		f.second(nil)
		for i, w := range f.edges {
			if _, refused := w.edge.Banned("shop", a); refused {
				t.Fatalf("%s refuses an address that was pardoned", nameOf(i))
			}
		}
	}
	for i := range f.edges {
		if want := map[bool]int{true: 0, false: 1}[i == 2]; f.pardoned[i] != want {
			t.Errorf("%s was told of the pardon %d times; expected %d", nameOf(i), f.pardoned[i], want)
		}
	}
}

// Bytes that mean nothing, and what says it comes from oneself, cost nothing but a count.
func TestWhatNoEdgeSaysChangesNothing(t *testing.T) {
	f := newFleet(t, 2, document("shop", ""))
	f.second(nil)
	w := f.edges[0]
	for from, m := range map[string][]byte{"edge-2": []byte("nonsense"), "edge-9": {1}, "Not a name": {1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}} {
		if _, err := w.edge.Heard(from, m); err == nil {
			t.Errorf("%q of %s is believed", m, from)
		}
	}
	x, _ := w.edge.Fleet()
	if x.Refused != 3 || len(x.Others) != 1 {
		t.Errorf("%+v", x)
	}
	r := httptest.NewRequest(http.MethodGet, "https://shop.example/", nil)
	if v := w.edge.Judge(&gateway.Ask{Request: r, From: addressOf(1, 1)}, nil); !v.Forward {
		t.Error("a visitor is held back")
	}
	if _, err := newWorld(t, nil, document("shop", "")).edge.Heard("edge-2", nil); err == nil {
		t.Error("an edge that is alone hears another")
	}
}
