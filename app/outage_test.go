package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
	"github.com/evenkeel/evenkeel/shield/paper"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/stream"
)

// onTrial knows one tenant on trial and its three machines, so that one of them is not all.
func onTrial(t *testing.T, since evenkeel.Moment) *inventory.Registry {
	t.Helper()
	b := evenkeel.NewBatch("test", since)
	for i, asset := range []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"} {
		b.AddLifecycle(evenkeel.Lifecycle{At: since, ID: uint64(i + 1), Asset: asset, Tenant: "acme", Action: evenkeel.ActionCreate, VCPUs: 4})
	}
	known := inventory.New(inventory.Options{})
	err := b.AddProfile(evenkeel.Profile{At: since, ID: 9, Tenant: "acme", Since: since, Standing: evenkeel.StandingTrial, PaidTotal: "0", RunRateMonth: "300", Currency: "EUR"})
	if err == nil {
		_, err = known.Apply(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// outage is a bench before and after nobody was there.
type outage struct {
	*bench
	books *memory.Books
	known *inventory.Registry
	began evenkeel.Moment
	log   *lines
}

// found are signs of one machine at a time after an outage's beginning.
func (o *outage) found(after time.Duration, wire, conclusive bool) evenkeel.Finding {
	f := found(0)
	f.At = o.began.Add(after)
	f.ID, f.From, f.Until = evenkeel.NewFindingID("busy", 1, f.Subject, f.At), f.At.Add(-time.Minute), f.At
	if wire {
		f.Terms = append(f.Terms, evenkeel.Term{Name: "pool", Family: evenkeel.EvidenceWire, Conclusive: conclusive, Weight: 1, Says: "It speaks with a pool."})
	}
	return f
}

// hold is a bench with books in which an isolation is held, from 62 minutes on, until 92, if a
// machine is heard then that says so. Whoever ran last did so at some time.
func hold(t *testing.T, dir string, now func() time.Time) *outage {
	t.Helper()
	o := &outage{books: memory.New(nil), began: evenkeel.MomentOf(now()), log: &lines{}}
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: o.books, Policy: p.Force, Means: onPaper})
	if err != nil {
		t.Fatal(err)
	}
	o.known = onTrial(t, o.began.Add(-48*time.Hour))
	for _, f := range []evenkeel.Finding{o.found(0, false, false), o.found(2*time.Minute, true, false), o.found(62*time.Minute, true, true)} {
		if _, err := d.Consider(context.Background(), []evenkeel.Finding{f}, o.known.Snapshot(), 0); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.NewTextHandler(o.log, nil))
	s := &state{now: now, log: log}
	s.read = func() uint64 { return 0 }
	if err := s.register(prometheus.NewRegistry(), &house{}); err != nil {
		t.Fatal(err)
	}
	o.bench, err = newBench(dir, &Judge{Docket: d}, stream.NewTopic[*errand](errandsWait, log), make(chan *image, 1), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.close(); err != nil {
			t.Error(err)
		}
	})
	if x := o.isolation(t); x.State != evenkeel.Held || x.From != o.began.Add(92*time.Minute) {
		t.Fatalf("the isolation is %s from %s", x.State, x.From)
	}
	return o
}

func (o *outage) folder(t *testing.T) docket.Folder {
	t.Helper()
	rows, err := o.books.Cases(context.Background(), docket.Query{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d cases, %v", len(rows), err)
	}
	f, err := o.books.Folder(context.Background(), rows[0].Case.ID)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (o *outage) isolation(t *testing.T) (out evenkeel.Decision) {
	t.Helper()
	for _, x := range o.folder(t).Decisions {
		if x.Measure == evenkeel.MeasureIsolate {
			out = x
		}
	}
	return out
}

// run lets clocks run out, as the process does, until the end of the test.
func (o *outage) run(t *testing.T) {
	t.Helper()
	if err := o.reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.sweep(ctx, o.known) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// answer is the tenant's, at the door.
func (o *outage) answer(t *testing.T) {
	t.Helper()
	a := docket.Act{ID: "test answer", Kind: docket.ActAnswer, At: evenkeel.MomentOf(o.state.now()), Tenant: "acme", Family: "mining", Says: "It is ours."}
	if _, err := o.judge.Do(t.Context(), a, o.known.Snapshot()); err != nil {
		t.Fatal(err)
	}
}

func (o *outage) isolated(t *testing.T) bool {
	t.Helper()
	return slices.ContainsFunc(o.folder(t).Orders, func(x evenkeel.Order) bool { return x.Measure == evenkeel.MeasureIsolate })
}

// after lets a time go by after the beginning of an outage, of which the mark says that somebody
// was there 70 minutes after it.
func after(t *testing.T, then time.Duration, f func(t *testing.T, o *outage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := hold(t, t.TempDir(), time.Now)
		o.ran.at.Store(int64(o.began.Add(70 * time.Minute)))
		pass(then)
		f(t, o)
	})
}

// Property N: a hearing does not run while our door is shut.
func TestNothingTakesEffectBeforeTheTenantHadAQuarterOfAnHour(t *testing.T) {
	const down = 190 * time.Minute
	t.Run("nobody speaks", func(t *testing.T) {
		after(t, down, func(t *testing.T, o *outage) {
			o.run(t)
			pass(15*time.Minute - time.Second)
			if x := o.isolation(t); x.State != evenkeel.Held || o.isolated(t) {
				t.Errorf("the isolation is %s, ordered: %v", x.State, o.isolated(t))
			}
			pass(2 * time.Second)
			if x := o.isolation(t); x.State != evenkeel.InForce || !o.isolated(t) {
				t.Errorf("the isolation is %s after that", x.State)
			}
		})
	})
	t.Run("the tenant answers at the door", func(t *testing.T) {
		after(t, down, func(t *testing.T, o *outage) {
			o.run(t)
			pass(14 * time.Minute)
			o.answer(t)
			pass(2 * time.Hour)
			if o.isolated(t) {
				t.Error("it was ordered though the tenant was heard")
			}
		})
	})
	t.Run("a restart moves nothing", func(t *testing.T) {
		after(t, 70*time.Minute+20*time.Second, func(t *testing.T, o *outage) {
			o.run(t)
			pass(21*time.Minute + 41*time.Second)
			if x := o.isolation(t); x.State != evenkeel.InForce || x.From != o.began.Add(92*time.Minute) {
				t.Errorf("the isolation is %s from %s", x.State, x.From)
			}
		})
	})
	t.Run("the machine sleeps while it runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			asleep := time.Duration(0)
			o := hold(t, t.TempDir(), func() time.Time { return time.Now().Add(asleep) })
			o.ran.at.Store(int64(o.began.Add(70 * time.Minute)))
			pass(70 * time.Minute)
			asleep = 2 * time.Hour
			if err := o.tick(t.Context(), o.known.Snapshot()); err != nil {
				t.Fatal(err)
			}
			if x := o.isolation(t); x.State != evenkeel.Held || x.From != o.began.Add(190*time.Minute+15*time.Minute) {
				t.Errorf("the isolation is %s from %s", x.State, x.From)
			}
		})
	})
}

// However long the log is read: until then no clock runs out that it may have stopped.
func TestNoClockRunsAheadOfTheLog(t *testing.T) {
	after(t, 190*time.Minute, func(t *testing.T, o *outage) {
		s := o.state
		s.mu.Lock()
		s.goal, s.left = 2, 2
		s.mu.Unlock()
		o.run(t)
		pass(40 * time.Minute)
		if x := o.isolation(t); x.State != evenkeel.Held {
			t.Fatalf("the isolation is %s, and the log is not read", x.State)
		}
		if x := o.isolation(t); x.From <= evenkeel.MomentOf(s.now()) {
			t.Errorf("it begins at %s, which is past, so any act brings it into force", x.From)
		}
		e := &errand{at: 2, arrived: o.began.Add(80 * time.Minute), made: s.now(), known: o.known.Snapshot(), acts: []docket.Act{{
			ID: "test answer", Kind: docket.ActAnswer, At: o.began.Add(80 * time.Minute), Tenant: "acme", Family: "mining", Says: "It is ours.",
		}}}
		s.owe(e)
		s.mu.Lock()
		s.seen.At = 2
		s.mu.Unlock()
		pass(20 * time.Minute) // it is watched, and waits for the judge
		if x := o.isolation(t); x.State != evenkeel.Held || len(s.unready()) == 0 {
			t.Fatalf("the isolation is %s, and the tenant's word is not heard; not ready: %v", x.State, s.unready())
		}
		if err := o.do(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		pass(3 * time.Hour)
		if x := o.isolation(t); x.State == evenkeel.InForce || o.isolated(t) || len(s.unready()) != 0 {
			t.Errorf("the isolation is %s, though the tenant was heard in time; not ready: %v", x.State, s.unready())
		}
	})
}

// TestNoOrderGoesOutBeforeTheLogIsRead has an order wait while it is not known yet whether the
// machine is the tenant's still.
func TestNoOrderGoesOutBeforeTheLogIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
		nobody, err := paper.Open(t.TempDir()+"/orders", now)
		if err != nil {
			t.Fatal(err)
		}
		defer nobody.Close()
		var out outboxtest.Memory
		out.Put(evenkeel.Order{
			ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"}, From: now(), Until: now().Add(time.Hour),
		})
		s := &state{now: time.Now}
		s.goal, s.left, s.read = 1, 1, func() uint64 { return 0 }
		h := &house{parts: &Parts{Roles: []Role{RoleShield}}, state: s, canary: newCanary(&hands{Backend: nobody, paper: true}, &config.Receiver{}, "", now, slog.New(slog.DiscardHandler)), enforcer: shield.NewEnforcer(nobody, &out, now, shield.Options{Log: slog.New(slog.DiscardHandler)})}
		ctx, cancel := context.WithCancel(t.Context())
		var failed failure
		sending := failed.run(cancel, h.senders(ctx)...)
		e := &errand{at: 1}
		for _, step := range []struct {
			says string
			do   func()
			left int
		}{
			{"the log is not read", func() {}, 1},
			{"what it says is not judged", func() { s.owe(e); s.mu.Lock(); s.seen.At = 1; s.mu.Unlock() }, 1},
			{"all of it is", func() { s.paid(e) }, 0},
		} {
			step.do()
			pass(time.Minute)
			if out.Left() != step.left {
				t.Errorf("%s: %d orders wait; expected %d", step.says, out.Left(), step.left)
			}
		}
		cancel()
		sending.Wait()
		if err := failed.err(); err != nil {
			t.Error(err)
		}
	})
}

// What waited is decided as of now, and nothing runs out that was not due when it came.
func TestTheBenchTellsWhenAFindingCameAndWhenItIsJudged(t *testing.T) {
	after(t, 5*time.Hour, func(t *testing.T, o *outage) {
		f := o.found(70*time.Minute, true, false)
		g := o.found(70*time.Minute, false, false)
		g.Subject.Tenant, g.Subject.Asset = "other", "vm-9"
		g.ID = evenkeel.NewFindingID("busy", 1, g.Subject, g.At)
		e := &errand{at: 1, arrived: f.At, made: o.state.now(), known: o.known.Snapshot(), found: []evenkeel.Finding{f, g}}
		if err := o.do(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		rows, err := o.books.Cases(t.Context(), docket.Query{})
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d cases, %v", len(rows), err)
		}
		for _, r := range rows {
			folder, err := o.books.Folder(t.Context(), r.Case.ID)
			if err != nil {
				t.Fatal(err)
			}
			x := folder.Decisions[len(folder.Decisions)-1]
			switch now := evenkeel.MomentOf(o.state.now()); {
			case x.Tenant == "acme" && (x.Measure != evenkeel.MeasureIsolate || x.State != evenkeel.Held):
				t.Errorf("%s is %s; expected the isolation, held: it was not due when the finding came", x.Measure, x.State)
			case x.Tenant == "other" && x.From != now:
				t.Errorf("%s from %s; expected from %s on, when it was written", x.Measure, x.From, now)
			}
		}
	})
}

func TestWhenItRanLastIsKept(t *testing.T) {
	path := t.TempDir() + "/ran"
	for _, at := range []evenkeel.Moment{0, start, start.Add(time.Hour)} {
		r, err := openRan(path)
		if err != nil {
			t.Fatal(err)
		}
		if r.until() != at {
			t.Errorf("it ran last at %s; expected %s", r.until(), at)
		}
		for _, now := range []evenkeel.Moment{max(start, at.Add(time.Hour)), max(start, at.Add(time.Hour)).Add(ranEvery - 1)} {
			if err := r.note(now); err != nil || r.until() != now {
				t.Errorf("%s, %v", r.until(), err)
			}
		}
		if err := r.file.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAProcessThatWasDownGivesHearingsTheirTimeBack stops a process while an isolation is held,
// and starts it two hours later.
func TestAProcessThatWasDownGivesHearingsTheirTimeBack(t *testing.T) {
	dir := dataDir(t)
	heldIn(t, dir)
	was, later := marked(t, dir), func() time.Time { return time.Now().Add(2 * time.Hour) }
	again := evenkeel.MomentOf(later())
	s := serve(t, dir, func(p *Parts) { p.Now = later })
	eventually(t, "clocks run again", func() bool { return marked(t, dir) != was })
	row, x := isolationIn(t, dir)
	if x.State != evenkeel.Held || x.From < again.Add(15*time.Minute) || x.From > evenkeel.MomentOf(later()).Add(15*time.Minute) {
		t.Errorf("the isolation is %s from %s, after a start at %s", x.State, x.From, again)
	}
	if !strings.Contains(s.log.String(), "nobody could be heard") {
		t.Errorf("the log does not say so:\n%s", s.log)
	}
	a := docket.Act{ID: ActID("operator", "1"), Kind: docket.ActAnswer, At: evenkeel.MomentOf(later()), Case: row.Case.ID, Says: "It is ours."}
	if _, err := Send(t.Context(), dir, a); err != nil {
		t.Fatal(err)
	}
	if _, x = isolationIn(t, dir); x.State != evenkeel.Proposed {
		t.Errorf("the isolation is %s after the tenant's answer; expected that a person decides", x.State)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	books := open(t, dir)
	key, _ := books.PublicKey()
	heads, _ := books.Heads()
	if r, err := books.Verify(t.Context(), strings.TrimSpace(key), heads); err != nil || r.Fault != nil {
		t.Errorf("the ledger: %+v, %v", r, err)
	}
}

// heldIn has what is said served in a directory, and an isolation of a tenant's machine held there, for half an hour from now.
func heldIn(t *testing.T, dir string, said ...request) {
	t.Helper()
	first := serve(t, dir)
	since := ago().Add(-48 * time.Hour)
	for _, r := range append(said, event("asset", "holds", since, map[string]any{"asset": "vm-1", "kind": "vm", "tenant": "acme", "from": since.Format(time.RFC3339)})) {
		if err := r.to(first.at); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "clocks run", func() bool { return marked(t, dir) != "" })
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	o := &outage{began: evenkeel.MomentOf(time.Now().Add(-62 * time.Minute))}
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := resume(dir, judge.Parts{Policy: p.Force, Means: onPaper}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []evenkeel.Finding{o.found(0, false, false), o.found(2*time.Minute, true, false), o.found(62*time.Minute, true, true)} {
		if _, err := j.Consider(t.Context(), []evenkeel.Finding{f}, onTrial(t, evenkeel.MomentOf(since)).Snapshot(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(evenkeel.MomentOf(time.Now())); err != nil {
		t.Fatal(err)
	}
}

// marked is when clocks ran last in a directory.
func marked(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, fileRan))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// isolationIn is the newest isolation in the books of a directory with one case.
func isolationIn(t *testing.T, dir string) (row docket.Row, x evenkeel.Decision) {
	t.Helper()
	books, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	rows, err := books.Cases(t.Context(), docket.Query{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d cases, %v", len(rows), err)
	}
	f, err := books.Folder(t.Context(), rows[0].Case.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decisions {
		if d.Wanted == evenkeel.MeasureIsolate {
			x = d
		}
	}
	return rows[0], x
}
