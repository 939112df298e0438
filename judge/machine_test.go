package judge_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// machine is one history of a docket: what was done so far, and what follows from it by what was
// put into the books. It knows nothing of how the judge comes to it.
type machine struct {
	t *rapid.T
	model
	office  office
	d       *judge.Docket
	parts   judge.Parts
	books   *witness
	world   *land
	now     evenkeel.Moment
	n       int // of the step
	act     *docket.Act
	history []func(*judge.Docket) error
	seen    counts
	shown   bool          // that tenants reach their data; where the office's means are all declared
	left    time.Duration // the longest that a machine's measure would go on if nobody were there any more
	dark    bool          // it is not, and what stood has stepped down

	wentDark evenkeel.Moment // since when it is not: a clock that nobody looked at before is dated before
}

// counts is how often something came about, by what and which: "act clear" or "decision held →
// in_force".
type counts map[string]int

var tallied struct {
	sync.Mutex
	counts
	histories, steps int
	left             time.Duration
	seed             uint64 // of the first of them; each beside it has one of its own
}

// histories is how many are drawn: EVENKEEL_HISTORIES, or a hundred for each draw of a property.
func histories(t *testing.T) int {
	if s := os.Getenv("EVENKEEL_HISTORIES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("EVENKEEL_HISTORIES is %q; expected how many, from 1", s)
		}
		return n
	}
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	return min(100*checks, 100_000)
}

const atATime = 4 // histories that are drawn beside one another

// TestWhatMustHoldInEveryHistory draws histories of a docket and holds what comes of each step to
// what must always hold: D, A, N, O, B, R, L and G, and R27 and R5. machine_holds_test.go says
// what of each.
func TestWhatMustHoldInEveryHistory(t *testing.T) {
	readPolicies(t)
	total := histories(t)
	tallied.counts, tallied.histories, tallied.steps, tallied.left = counts{}, 0, 0, 0
	t.Run("drawn", func(t *testing.T) {
		var failed atomic.Int32 // whose is made small
		for i := range atATime {
			t.Run(fmt.Sprint(i+1), func(t *testing.T) {
				t.Parallel()
				drawn(t, i, (total+atATime-1)/atATime, func(rt *rapid.T) {
					if by := failed.Load(); by != 0 && by != int32(i+1) {
						return // another one has what there is to be made small
					}
					defer func() {
						if rt.Failed() {
							failed.CompareAndSwap(0, int32(i+1))
						}
					}()
					newMachine(rt).live()
				})
			})
		}
	})
	tell(t)
	for what, why := range never() {
		if n := tallied.counts[what]; n > 0 {
			t.Errorf("%s: came about %d times; expected never: %s", what, n, why)
		}
	}
	if t.Failed() || tallied.histories < enough {
		return
	}
	for _, what := range reachable() {
		need := atLeast
		if strings.HasPrefix(what, "stage ") { // of rules, which few histories bring so far
			need = 1
		}
		if n := tallied.counts[what]; n < need {
			t.Errorf("%s: came about %d times in %d histories; expected %d at least", what, n, tallied.histories, need)
		}
	}
}

var drawing sync.Mutex

// drawn checks a property so many times, from another seed than its neighbours. The seed that is
// printed where it fails is that of the history alone: -rapid.seed with it draws it again first.
func drawn(t *testing.T, nth, times int, property func(*rapid.T)) {
	set := func(name, value string) {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	drawing.Lock() // the flags are read once, before the first is drawn
	checks, seed := flag.Lookup("rapid.checks").Value.String(), flag.Lookup("rapid.seed").Value.String()
	base, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if base == 0 {
		base = uint64(time.Now().UnixNano())
	}
	if nth == 0 {
		tallied.Lock()
		tallied.seed = base
		tallied.Unlock()
	}
	set("rapid.checks", strconv.Itoa(times))
	set("rapid.seed", strconv.FormatUint(base+uint64(nth)<<40, 10))
	var once sync.Once
	back := func() {
		set("rapid.checks", checks)
		set("rapid.seed", seed)
		drawing.Unlock()
	}
	defer once.Do(back)
	rapid.Check(t, func(rt *rapid.T) {
		once.Do(back)
		property(rt)
	})
}

// newMachine draws an office and opens it.
func newMachine(t *rapid.T) *machine {
	m := &machine{t: t, model: newModel(), books: newWitness(), world: &land{}, now: start, seen: counts{}, shown: true}
	m.office = office{
		means: max(0, rapid.IntRange(-9, len(means)-1).Draw(t, "means")), tight: rapid.IntRange(0, 3).Draw(t, "limits") == 3,
		rota: rapid.Bool().Draw(t, "rota"), shadow: rapid.IntRange(0, 9).Draw(t, "watched") == 9, horizon: rapid.IntRange(22, 42).Draw(t, "steps"),
	}
	first, family := m.draw("first tenant", 0, len(tenantIDs)-1), m.draw("first family", 0, len(families)-1)
	for i := range 2 {
		m.office.customers = append(m.office.customers, tenantIDs[(first+i)%len(tenantIDs)])
		m.office.families = append(m.office.families, families[(family+i)%len(families)])
	}
	m.parts = m.office.parts(t, m.books, &m.shown)
	m.open()
	return m
}

// open opens the docket, again after a restart.
func (m *machine) open() {
	d, err := judge.New(m.parts)
	if err != nil {
		m.t.Fatal(err)
	}
	m.d = d
}

// live lets everything happen.
func (m *machine) live() {
	m.mustDo("wrote", func(d *judge.Docket) error { return d.Wrote(ctx, "eve", "crypto-mining", start) })
	m.loaded()
	for m.n = 1; m.n <= m.office.horizon; m.n++ {
		m.now = m.now.Add(time.Duration(rapid.SampledFrom(strides).Draw(m.t, "minutes")) * time.Minute)
		m.step()
	}
	m.letsGo()
	for _, f := range folders(m.t, m.books) {
		m.agrees(&f)
	}
	if m.office.horizon%4 == 0 {
		m.replayed()
	}
	tallied.Lock()
	defer tallied.Unlock()
	tallied.histories++
	tallied.left = max(tallied.left, m.left)
	tallied.steps += len(m.history)
	for name, n := range m.seen {
		tallied.counts[name] += n
	}
}

// strides are how many minutes pass between two steps.
var strides = []int{11, 1, 31, 4, 0, 61, 200, 16, 900, 1, 31, 4, 61, 3000, 11, 200, 11000, 46000}

// do does something, and holds what came of it to what must always hold.
func (m *machine) do(what string, a *docket.Act, f func(*judge.Docket) error) error {
	before := len(m.books.kept)
	m.history = append(m.history, f)
	err := f(m.d)
	if err != nil && evenkeel.KindOf(err) == evenkeel.KindInternal {
		m.t.Fatalf("%s at %s: %v", what, m.now, err)
	}
	m.t.Logf("%d, %s: %s: %v", m.n, m.now.Sub(start), what, err)
	if m.act = a; err != nil {
		m.seen[what+", refused"]++
	} else {
		m.seen[what]++
	}
	for i := range m.books.kept[before:] {
		m.take(&m.books.kept[before+i])
	}
	m.holds()
	return err
}

// replayed plays the same again into empty books: R, the same gives the same, byte for byte.
func (m *machine) replayed() {
	again := newWitness()
	m.shown = true // as it began; what follows turns it
	d, err := judge.New(m.office.parts(m.t, again, &m.shown))
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range m.history {
		_ = f(d) // it was refused before too, and then what it left is the same: nothing
	}
	for i := range m.books.kept {
		want, err := json.Marshal(&m.books.kept[i])
		if err != nil {
			m.t.Fatal(err)
		}
		if i >= len(again.kept) {
			m.t.Fatalf("R: played again, nothing is kept in the place of %s", want)
		}
		got, err := json.Marshal(&again.kept[i])
		if err != nil {
			m.t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			m.t.Fatalf("R: played again, kept is\n%s\nin the place of\n%s", got, want)
		}
	}
	if len(again.kept) > len(m.books.kept) {
		m.t.Fatalf("R: played again, %d are kept in the place of %d", len(again.kept), len(m.books.kept))
	}
	m.seen["replayed"]++
}
