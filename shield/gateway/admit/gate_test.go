package admit

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const second = int64(time.Second)

// check holds a gate to what must always hold between two calls, on one goroutine.
func check(t interface{ Fatalf(string, ...any) }, g *Gate, tickets map[string]int) {
	total := 0
	for name, n := range tickets {
		s, _ := g.Of(name)
		if s.InFlight != n {
			t.Fatalf("%s has %d in flight, %d tickets are out", name, s.InFlight, n)
		}
		total += n
	}
	if g.InFlight() != total || total > g.config.Total {
		t.Fatalf("%d are in flight, %d tickets are out, of %d", g.InFlight(), total, g.config.Total)
	}
	for name := range tickets {
		s, _ := g.Of(name)
		if s.Waiting == 0 || s.InFlight >= s.Limit {
			continue
		}
		if s.InFlight < s.Guaranteed && total < g.config.Total {
			t.Fatalf("%s is below its share (%+v) and waits, with %d of %d in flight", name, s, total, g.config.Total)
		}
		if total < g.config.Total-g.config.Reserve {
			t.Fatalf("%s waits (%+v), with %d of %d in flight", name, s, total, g.config.Total)
		}
	}
}

// TestNobodyWaitsForASlotThatIsFree draws histories of some tenants, and holds the gate to its promises after each step.
func TestNobodyWaitsForASlotThatIsFree(t *testing.T) {
	met := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		g := New(Config{
			Total: rapid.IntRange(1, 40).Draw(t, "total"), Reserve: rapid.IntRange(-1, 10).Draw(t, "reserve"),
			Most: rapid.IntRange(1, 40).Draw(t, "most"), Queue: rapid.IntRange(1, 8).Draw(t, "queue"),
		})
		type ticket struct {
			Ticket
			name string
		}
		var out []ticket
		type wait struct {
			*Waiter
			name string
		}
		var waiting []wait
		tickets := map[string]int{}
		now := second
		// settle takes what waiters were told: nobody above its share may be served while somebody below it waits.
		settle := func(below map[string]bool) {
			for i := 0; i < len(waiting); i++ {
				name := waiting[i].name
				k, a := waiting[i].Told()
				if a == Waiting {
					continue
				}
				waiting = slices.Delete(waiting, i, i+1)
				i--
				if a == Admitted {
					met["served after waiting"]++
					out = append(out, ticket{k, name})
					tickets[name]++
					if len(below) > 0 && !below[name] {
						for other := range below {
							if s, _ := g.Of(other); s.Waiting > 0 && s.InFlight < s.Guaranteed && s.InFlight < s.Limit {
								t.Fatalf("%s was served while %s, below its share, waits: %+v", name, other, s)
							}
						}
					}
				} else {
					met[a.String()]++
				}
			}
		}
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			now += rapid.SampledFrom([]int64{0, 1e6, 5e7, 1e9}).Draw(t, "pause")
			below := map[string]bool{}
			for name := range tickets {
				if s, _ := g.Of(name); s.Waiting > 0 && s.InFlight < s.Guaranteed && s.InFlight < s.Limit {
					below[name] = true
				}
			}
			switch step := rapid.IntRange(0, 9).Draw(t, "step"); {
			case step < 6:
				name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "tenant")
				before, known := g.Of(name)
				w := &Waiter{}
				k, a := g.Try(now, name, map[string]int{"a": 1, "b": 1, "c": 3, "d": 10}[name], w)
				tickets[name] += 0
				met[a.String()]++
				switch a {
				case Admitted:
					out = append(out, ticket{k, name})
					tickets[name]++
					if known && before.InFlight >= before.Limit {
						t.Fatalf("admitted beyond its limit: %+v", before)
					}
				case Waiting:
					waiting = append(waiting, wait{w, name})
				case Crowded:
					if before.Waiting < g.config.Queue {
						t.Fatalf("turned away with %d of %d waiting", before.Waiting, g.config.Queue)
					}
				}
			case step < 9 && len(out) > 0:
				i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
				tickets[out[i].name]--
				out[i].Leave(now, Result(rapid.IntRange(0, 2).Draw(t, "result")))
				out = slices.Delete(out, i, i+1)
			default:
				if len(waiting) > 0 {
					w := waiting[0]
					waiting = waiting[1:]
					if _, a := w.Cancel(Gone); a != Gone {
						t.Fatalf("who was not told is %s", a)
					}
				}
				g.Sweep(now)
			}
			settle(below)
			check(t, g, tickets)
		}
		for _, k := range out {
			tickets[k.name]--
			k.Leave(now, Done)
		}
		for len(waiting) > 0 {
			out = nil
			settle(nil)
			if len(out) == 0 && len(waiting) > 0 {
				t.Fatalf("%d wait, and nobody is in flight", len(waiting))
			}
			for _, k := range out {
				tickets[k.name]--
				k.Leave(now, Done)
			}
		}
	})
	for _, what := range []string{"admitted", "waiting", "crowded", "timed out", "served after waiting"} {
		if met[what] == 0 && drawnInFull() {
			t.Errorf("no history had %q: %v", what, met)
		}
	}
}

func TestEqualsAreServedEqually(t *testing.T) {
	g := New(Config{Total: 64, Most: 64, Start: 64})
	const tenants = 20
	served := [tenants]float64{}
	now := second
	type flight struct {
		Ticket
		until int64
	}
	var out []flight
	waiting := [tenants][]*Waiter{}
	admit := func(k Ticket, i int) {
		served[i]++
		out = append(out, flight{k, now + 10e6 + int64(i%3)*1e6})
	}
	for range 6_000 {
		now += 1e5
		for i := range tenants { // each offers more than its part, the first ten times as much as the last
			for range 1 + (tenants-i)/2 {
				w := &Waiter{}
				switch k, a := g.Try(now, fmt.Sprint("t", i), 1, w); a {
				case Admitted:
					admit(k, i)
				case Waiting:
					waiting[i] = append(waiting[i], w)
				}
			}
		}
		rest := out[:0:0]
		for _, f := range out {
			if f.until <= now {
				f.Leave(now, Done)
			} else {
				rest = append(rest, f)
			}
		}
		out = rest
		for i := range waiting {
			waiting[i] = slices.DeleteFunc(waiting[i], func(w *Waiter) bool {
				k, a := w.Told()
				if a == Admitted {
					admit(k, i)
				}
				return a != Waiting
			})
		}
	}
	sum, squares := 0.0, 0.0
	for _, x := range served {
		sum += x
		squares += x * x
	}
	jain := sum * sum / tenants / squares
	t.Logf("Jain's index is %.4f: %v", jain, served)
	if jain < 0.95 {
		t.Errorf("Jain's index is %.3f", jain)
	}
}

func TestTheNewestGoesFirstUnderOverloadAndTheOldestInABurst(t *testing.T) {
	for _, c := range []struct {
		name  string
		after int64
		want  int
	}{{"a burst", 50e6, 0}, {"overload", 101e6, 2}} {
		g := New(Config{Total: 8, Most: 1, Least: 1, Hurry: time.Second})
		k, _ := g.Try(second, "a", 1, nil)
		var ws [3]Waiter
		for i := range ws {
			if _, a := g.Try(second, "a", 1, &ws[i]); a != Waiting {
				t.Fatal(a)
			}
		}
		k.Leave(second+c.after, Done)
		for i := range ws {
			if _, a := ws[i].Told(); (a == Admitted) != (i == c.want) {
				t.Errorf("%s: number %d is %s", c.name, i, a)
			}
		}
	}
}

func TestUnderOverloadNobodyIsServedWhoWaitedTooLong(t *testing.T) {
	g := New(Config{Total: 8, Most: 1, Least: 1})
	k, _ := g.Try(second, "a", 1, nil)
	var old, young Waiter
	g.Try(second, "a", 1, &old)
	g.Try(second+150e6, "a", 1, &young)
	k.Leave(second+151e6, Done)
	if _, a := old.Told(); a != TimedOut {
		t.Errorf("who waits for 151 ms under overload is %s", a)
	}
	if _, a := young.Told(); a != Admitted {
		t.Errorf("who waits for 1 ms is %s", a)
	}
}

// TestALimitFindsWhatTheBackendsTake has backends that take so many requests at once, and make others wait.
func TestALimitFindsWhatTheBackendsTake(t *testing.T) {
	for _, capacity := range []int{8, 40, 200} {
		g := New(Config{Total: 4096, Most: 1000})
		b := backend{service: 20e6, capacity: capacity, spread: 1}
		s := simulation{gate: g, now: second}
		s.offer("a", &b, 5*float64(capacity)*float64(second)/b.service) // five times what it can
		s.run(10 * second)
		s.of["a"].served = 0
		s.run(5 * second)
		standing, _ := g.Of("a")
		t.Logf("of backends for %d: limit %d, %d served of %d a second that can be", capacity, standing.Limit, s.of["a"].served/5, int(float64(capacity)*float64(second)/b.service))
		if standing.Limit < capacity/2 || standing.Limit > 4*capacity {
			t.Errorf("the limit for backends that take %d is %d", capacity, standing.Limit)
		}
		if got, can := float64(s.of["a"].served)/5, float64(capacity)*float64(second)/b.service; got < 0.85*can {
			t.Errorf("%.0f a second were served, of %.0f that can be", got, can)
		}
	}
}

// TestAFloodAtOneTenantIsNotFeltByTheOthers: one is offered a hundred times what its backends take, fifty others what they are used to.
func TestAFloodAtOneTenantIsNotFeltByTheOthers(t *testing.T) {
	run := func(flood bool) (p99 float64, lost int, attacked *offered) {
		g := New(Config{Total: 200})
		s := simulation{gate: g, now: 60 * second}
		for i := range 5_000 { // who are known, and quiet
			k, _ := g.Try(second, fmt.Sprint("quiet", i), 1, nil)
			k.Leave(second, Done)
		}
		for i := range 50 {
			s.offer(fmt.Sprint("t", i), &backend{service: 20e6, capacity: 20, spread: 1}, 50)
		}
		if flood {
			s.offer("attacked", &backend{service: 100e6, capacity: 20, spread: 1}, 100*200)
		}
		s.run(10 * second)
		var all []float64
		for name, o := range s.of {
			if name == "attacked" {
				attacked = o
				continue
			}
			all = append(all, o.took...)
			lost += o.lost
		}
		slices.Sort(all)
		return all[len(all)*99/100] / 1e6, lost, attacked
	}
	alone, lostAlone, _ := run(false)
	beside, lost, attacked := run(true)
	t.Logf("p99 of the others: %.1f ms alone, %.1f ms beside the flood (%.2f ×); lost %d and %d; the attacked one: %d served, %d turned away",
		alone, beside, beside/alone, lostAlone, lost, attacked.served, attacked.lost)
	if beside > 1.5*alone || lost > 0 {
		t.Errorf("p99 went from %.1f to %.1f ms, %d requests of others were lost", alone, beside, lost)
	}
	if attacked.served < 10*200*6/10 {
		t.Errorf("of the attacked one's own capacity, 2,000, only %d were used", attacked.served)
	}
}

// TestSeveralFloodsLeaveTheOthersTheirs: five at once, as many as would take everything.
func TestSeveralFloodsLeaveTheOthersTheirs(t *testing.T) {
	g := New(Config{Total: 200})
	s := simulation{gate: g, now: second}
	for i := range 50 {
		s.offer(fmt.Sprint("t", i), &backend{service: 20e6, capacity: 20, spread: 1}, 50)
	}
	for i := range 5 {
		s.offer(fmt.Sprint("flooded", i), &backend{service: 200e6, capacity: 1000, spread: 1}, 4000)
	}
	s.run(10 * second)
	lost, n := 0, 0
	var all []float64
	for name, o := range s.of {
		if name[0] == 't' {
			lost, n, all = lost+o.lost, n+o.offered, append(all, o.took...)
		}
	}
	slices.Sort(all)
	t.Logf("the others: %d of %d were lost, p99 %.1f ms", lost, n, all[len(all)*99/100]/1e6)
	if lost*1000 > n {
		t.Errorf("%d of %d were lost", lost, n)
	}
}

func TestWhatWasLentIsGivenBackWithTheNextThatEnd(t *testing.T) {
	g := New(Config{Total: 80, Reserve: -1, Most: 80, Start: 80})
	var lent []Ticket
	for range 80 {
		k, a := g.Try(second, "greedy", 1, nil)
		if a != Admitted {
			t.Fatal(a)
		}
		lent = append(lent, k)
	}
	var greedy, own [10]Waiter
	for i := range own {
		g.Try(second, "greedy", 1, &greedy[i])
		g.Try(second, "late", 1, &own[i])
	}
	s, _ := g.Of("late")
	for i := range s.Guaranteed {
		lent[i].Leave(second+int64(i), Done)
		if _, a := own[i].Told(); a != Admitted {
			t.Errorf("after %d ended, number %d of who came late is %s", i+1, i, a)
		}
		if _, a := greedy[i].Told(); a != Waiting {
			t.Errorf("after %d ended, one more of the greedy is %s", i+1, a)
		}
	}
}

func TestNobodyTakesTheReserveWhoHasItsShare(t *testing.T) {
	g := New(Config{Total: 80, Reserve: 10, Most: 80, Start: 80})
	for _, name := range []string{"a", "b", "c"} {
		for range 80 {
			g.Try(second, name, 1, nil)
		}
	}
	for name, want := range map[string]int{"a": 70, "b": 10, "c": 0} { // a's in flight are what was lent; b has its share, and so the reserve
		if s, _ := g.Of(name); s.InFlight != want {
			t.Errorf("%s has %d in flight, expected %d", name, s.InFlight, want)
		}
	}
}

func TestWhoIsQuietHasNoShareUntilItComesBack(t *testing.T) {
	g := New(Config{Total: 800})
	for i := range 20 {
		k, _ := g.Try(second, fmt.Sprint("t", i), 1, nil)
		k.Leave(second, Done)
	}
	share := func() int { s, _ := g.Of("t0"); return s.Guaranteed }
	if n := share(); n != 40 {
		t.Errorf("among twenty the share is %d", n)
	}
	for i := range 10 {
		k, _ := g.Try(8*second, fmt.Sprint("t", i), 1, nil)
		k.Leave(8*second, Done)
	}
	g.Sweep(12 * second)
	if n := share(); n != 80 {
		t.Errorf("among ten that are busy the share is %d", n)
	}
	g.Try(13*second, "t19", 1, nil)
	if n := share(); n != 800/11 {
		t.Errorf("among eleven the share is %d", n)
	}
}

func TestTurningAwayAllocatesNothing(t *testing.T) {
	g := New(Config{Total: 8, Most: 1, Least: 1, Queue: 1})
	g.Try(second, "a", 1, nil)
	g.Try(second, "a", 1, &Waiter{})
	if n := testing.AllocsPerRun(100, func() {
		if _, a := g.Enter(context.Background(), second, "a", 1); a != Crowded {
			t.Fatal(a)
		}
	}); n != 0 {
		t.Errorf("%v allocations for one that is turned away", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		k, a := g.Enter(context.Background(), second, "b", 1)
		if a != Admitted {
			t.Fatal(a)
		}
		k.Leave(second, Done)
	}); n != 0 {
		t.Errorf("%v allocations for one that comes in", n)
	}
}

func TestTwentyThousandTenantsAreFewBytesAndForgotten(t *testing.T) {
	const tenants = 20_000
	names := make([]string, tenants)
	for i := range names {
		names[i] = fmt.Sprintf("tenant-%05d.example", i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	g := New(Config{})
	for _, name := range names {
		k, a := g.Try(second, name, 1, nil)
		if a != Admitted {
			t.Fatal(a)
		}
		k.Leave(second+1e6, Done)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (after.HeapAlloc - before.HeapAlloc) / tenants
	t.Logf("%d bytes for each tenant", each)
	if each > 600 {
		t.Errorf("%d bytes for each tenant", each)
	}
	if n := g.Tenants(); n != tenants {
		t.Errorf("%d are known", n)
	}
	g.Sweep(second + int64(g.config.Forget) + 2e6)
	if n := g.Tenants(); n != 0 || g.weights.Load() != 0 {
		t.Errorf("%d are known still, with weights of %d", n, g.weights.Load())
	}
	runtime.KeepAlive(names)
}

// TestManyGoroutinesComeAndGo is for the race detector, and ends only where no waiter is forgotten.
func TestManyGoroutinesComeAndGo(t *testing.T) {
	g := New(Config{Total: 16, Most: 8, Start: 8, Queue: 64, Patience: time.Minute, Hurry: time.Minute})
	var wg sync.WaitGroup
	var inside, admitted, gone atomic.Int64
	began := time.Now()
	now := func() int64 { return second + int64(time.Since(began)) }
	for i := range 32 {
		wg.Go(func() {
			for j := range 300 {
				ctx, cancel := context.WithCancel(context.Background())
				if j%10 == 0 {
					cancel()
				}
				k, a := g.Enter(ctx, now(), fmt.Sprint("t", (i+j)%5), 1+i%3)
				cancel()
				switch a {
				case Admitted:
					if n := inside.Add(1); n > 16 {
						t.Errorf("%d are inside", n)
					}
					admitted.Add(1)
					runtime.Gosched()
					inside.Add(-1)
					k.Leave(now(), Result(j%3))
				case Gone:
					gone.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if g.InFlight() != 0 || admitted.Load() == 0 {
		t.Errorf("%d are in flight, %d were let in, %d gone", g.InFlight(), admitted.Load(), gone.Load())
	}
	for i := range 5 {
		if s, _ := g.Of(fmt.Sprint("t", i)); s.InFlight != 0 || s.Waiting != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func BenchmarkGate(b *testing.B) {
	b.Run("in and out", func(b *testing.B) {
		g := New(Config{})
		b.ReportAllocs()
		for b.Loop() {
			k, _ := g.Try(second, "tenant.example", 1, nil)
			k.Leave(second, Ignored)
		}
	})
	b.Run("turned away", func(b *testing.B) {
		g := New(Config{Total: 8, Most: 1, Least: 1, Queue: 1})
		g.Try(second, "tenant.example", 1, nil)
		g.Try(second, "tenant.example", 1, &Waiter{})
		b.ReportAllocs()
		for b.Loop() {
			g.Try(second, "tenant.example", 1, nil)
		}
	})
	b.Run("in and out, of 20,000 tenants, by all cores", func(b *testing.B) {
		g := New(Config{})
		names := make([]string, 20_000)
		for i := range names {
			names[i] = fmt.Sprintf("tenant-%05d.example", i)
			k, _ := g.Try(second, names[i], 1, nil)
			k.Leave(second, Done)
		}
		b.ReportAllocs()
		b.ResetTimer()
		var from atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for i := int(from.Add(7919)); pb.Next(); i++ {
				k, _ := g.Try(second, names[i%len(names)], 1, nil)
				k.Leave(second, Done)
			}
		})
	})
	b.Run("through the queue", func(b *testing.B) {
		g := New(Config{Total: 8, Most: 1, Least: 1})
		k, _ := g.Try(second, "tenant.example", 1, nil)
		var w Waiter
		b.ReportAllocs()
		for b.Loop() {
			g.Try(second, "tenant.example", 1, &w)
			k.Leave(second, Done)
			k, _ = w.Told()
		}
	})
}

// drawnInFull says whether rapid draws as often as it does by itself. Under the race detector a check draws the same numbers less
// far (.ci/race), and need not meet all that is rare.
func drawnInFull() bool {
	n, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	return err != nil || n >= 100
}
