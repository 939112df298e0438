package app

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// ward is books on disk in which tenants are isolated, a receiver that answers probes, and the loop.
type ward struct {
	db *sqlite.DB
	v  *prover
	x  *canary
	p  *proving
	b  *borne

	policy *policy.Policy
}

// isolation is a case in which a tenant is isolated, and its order.
func isolation(n string, state evenkeel.CaseState, until evenkeel.Moment) docket.Changes {
	tenant, id := evenkeel.TenantID("t-"+n), evenkeel.CaseID("c-"+n)
	c := evenkeel.Case{ID: id, Tenant: tenant, Family: "flood", Opened: start, State: state, Since: start, Latest: start, Assets: []evenkeel.AssetID{"vm-1"}}
	if state == evenkeel.CaseClosed {
		c.Outcome = evenkeel.OutcomeConfirmed
	}
	d := evenkeel.Decision{
		ID: evenkeel.DecisionID("d-" + n), Case: id, Tenant: tenant, Family: "flood", Measure: evenkeel.MeasureIsolate, Wanted: evenkeel.MeasureIsolate, From: start, Until: until, At: start,
		State: evenkeel.InForce, Mode: evenkeel.ModeLive, Assets: []evenkeel.AssetID{"vm-1"}, Grounds: evenkeel.Grounds{Clause: "No floods.", Says: "It sent floods."}, Actor: evenkeel.Actor{Person: "ada"},
	}
	return docket.Changes{
		Tenant: tenant, Family: "flood", Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d},
		Clocks: []docket.Clock{{Case: id, Kind: docket.ClockLease, Decision: d.ID, Started: start, Due: until}},
		Orders: []evenkeel.Order{{
			ID: evenkeel.NewOrderID(d.ID, false), Decision: d.ID, Tenant: tenant, Measure: d.Measure, Assets: d.Assets, From: start, Until: until,
		}},
		Notices: []evenkeel.Notice{{ID: evenkeel.NewNoticeID(d.ID, evenkeel.InForce), Case: id, Decision: d.ID, State: evenkeel.InForce, Measure: d.Measure}},
	}
}

func openWard(t *testing.T, now *evenkeel.Moment, all ...docket.Changes) *ward {
	t.Helper()
	w := &ward{db: stores["in SQLite"](t).(*sqlite.DB), v: &prover{}}
	w.x = asking(t, w.v, now)
	policies, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: w.db, Policy: policies.Force, Means: w.x.to.means(true), Shown: w.x.proven})
	if err != nil {
		t.Fatal(err)
	}
	w.policy = policies.Force
	j := &Judge{Docket: d}
	for _, c := range all {
		if err := w.db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
			t.Fatal(err)
		}
	}
	orders := NewOrders(j, w.db, func() evenkeel.Moment { return *now }, slog.New(slog.DiscardHandler))
	for i := range all {
		if err := orders.Done(t.Context(), all[i].Orders[0].ID, evenkeel.Receipt{Node: "edge", State: evenkeel.ReceiptApplied}); err != nil {
			t.Fatal(err)
		}
	}
	w.b = &borne{house: &house{books: w.db, judge: j, parts: &Parts{Now: func() time.Time { return now.Time() }}}}
	w.p = &proving{canary: w.x, of: w.b, under: newUnder()}
	return w
}

// stands are the measures in force by case.
func (w *ward) stands(t *testing.T) (out []string) {
	t.Helper()
	ids, err := w.db.Bearing(context.Background(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		f, err := w.db.Folder(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.TrimPrefix(string(id), "c-")+" "+f.Highest.String())
	}
	return out
}

// D, R6: by the real books and a real receiver: what a round asks about, and what follows from what comes
// back. A closed case, in which what was found rightly runs to its end, is no way around it.
func TestWhatComesBackIsCarriedIntoTheBooks(t *testing.T) {
	hour := start.Add(time.Hour)
	for _, c := range []struct {
		name   string
		change func(v *prover) // once a proof was there
		after  time.Duration   // until it is looked again
		stands []string
		proven bool
	}{
		{"it answers", func(*prover) {}, 7 * time.Hour / 10, []string{"a isolate", "b isolate", "c isolate"}, true},
		{"it fails, and what was shown is fresh", func(v *prover) { v.dumb = true }, time.Minute, []string{"a isolate", "b isolate", "c isolate"}, true},
		{"a way of one tenant is cut", func(v *prover) { v.cut, v.only = "export", string(evenkeel.NewOrderID("d-b", false)) }, time.Minute, []string{"a isolate", "b isolate", "c isolate"}, true},
		{"a way of canaries is cut", func(v *prover) { v.cut, v.only = "export", "isolate" }, time.Minute, []string{"a limit", "b limit"}, false},
		{"it answers for another way", func(v *prover) { v.lies = "other way" }, time.Minute, []string{"a limit", "b limit"}, false},
		{"it answers with another object", func(v *prover) { v.lies = "object" }, time.Minute, []string{"a limit", "b limit"}, false},
		{"it answers with what came the last time", func(v *prover) { v.lies = "last time" }, time.Minute, []string{"a isolate", "b isolate", "c isolate"}, true}, // which shows nothing, and the proof is fresh
	} {
		t.Run(c.name, func(t *testing.T) {
			now := start
			w := openWard(t, &now, isolation("a", evenkeel.CaseUnderReview, hour), isolation("b", evenkeel.CaseOpen, hour), isolation("c", evenkeel.CaseClosed, hour))
			look := func() {
				w.p.round(t.Context())
				w.p.all(t.Context())
				w.p.settle(t.Context())
			}
			if look(); !w.x.proven() || len(w.stands(t)) != 3 || len(w.x.proof().Orders) != 3 {
				t.Fatalf("at first: %+v, %v stands", w.x.proof(), w.stands(t))
			}
			w.v.set(c.change)
			now = now.Add(min(c.after, 59*time.Minute))
			if look(); !slices.Equal(w.stands(t), c.stands) || w.x.proven() != c.proven {
				t.Errorf("%v stands, proven %v; expected %v, %v", w.stands(t), w.x.proven(), c.stands, c.proven)
			}
		})
	}
}

// D: without any proof nothing of it stands after the first look, however many they are; and a round goes on
// where the last one stopped.
func TestNobodyIsMissedHoweverManyTheyAre(t *testing.T) {
	now, n := start, mostInRound+6
	var all []docket.Changes
	for i := range n {
		all = append(all, isolation(string(rune('A'+i/26))+string(rune('a'+i%26)), evenkeel.CaseUnderReview, start.Add(time.Hour)))
	}
	w := openWard(t, &now, all...)
	seen := map[evenkeel.OrderID]bool{}
	for range 2 {
		ids, err := w.b.Applied(t.Context())
		if err != nil || len(ids) != mostInRound {
			t.Fatalf("%d orders, %v; expected %d", len(ids), err, mostInRound)
		}
		for _, id := range ids {
			seen[id] = true
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d orders were named in two rounds", len(seen), n)
	}
	cases, err := w.b.Down(t.Context(), "nobody has shown it yet")
	if again, err2 := w.b.Down(t.Context(), "nobody has shown it yet"); err != nil || err2 != nil || cases != n || again != 0 {
		t.Errorf("%d stepped down, then %d; %v, %v", cases, again, err, err2)
	}
}

// D: a receiver that declares since a restart that it destroys memory, or no way any more, has nothing to show,
// and nothing above limit and throttle may stand by what it showed before.
func TestWhatIsDeclaredNoMoreDoesNotStand(t *testing.T) {
	now := start
	w := openWard(t, &now, isolation("a", evenkeel.CaseUnderReview, start.Add(time.Hour)))
	w.x.to.Backend = forgetful{w.x.to.Backend}
	d, err := judge.New(judge.Parts{Books: w.db, Policy: w.policy, Means: w.x.to.means(true), Shown: w.x.proven})
	if err != nil {
		t.Fatal(err)
	}
	w.b.judge = &Judge{Docket: d}
	if w.x.needed() {
		t.Fatal("whoever destroys memory has something to show")
	}
	w.p.settle(t.Context())
	if w.p.settle(t.Context()); !slices.Equal(w.stands(t), []string{"a limit"}) || !w.p.idle {
		t.Errorf("%v stands; looked for all: %v", w.stands(t), w.p.idle)
	}
}

// forgetful is a receiver that declares that it destroys memory.
type forgetful struct{ shield.Backend }

func (b forgetful) Means() shield.Means {
	m := b.Backend.Means()
	m.Destroys = []string{"memory"}
	return m
}

// D: by a process that serves: what a receiver shows is in the metrics, at the control socket, in the file
// for the next start; and one that hangs keeps neither the process from its work nor from its end.
func TestServeHasTheWayToTheDataShown(t *testing.T) {
	v := &prover{}
	receiver := httptest.NewServer(v)
	t.Cleanup(receiver.Close)
	dir := dataDir(t)
	s := serve(t, dir, withReceiver(t, receiver.URL))
	eventually(t, "it is shown", func() bool { return s.metric(t, "evenkeel_shield_proven") == "1" })
	if s.metric(t, `evenkeel_shield_probes_total{came="well"}`) != "2" || s.metric(t, "evenkeel_shield_proof_age_seconds") == "" {
		t.Error("the metrics do not say what was shown")
	}
	if p, err := Prove(t.Context(), dir); err != nil || !p.Proven(evenkeel.MomentOf(time.Now())) || len(p.Probes) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	v.set(func(v *prover) { v.lies = "object" })
	if p, err := Prove(t.Context(), dir); err != nil || p.Amiss == "" || s.metric(t, "evenkeel_shield_proven") != "0" {
		t.Errorf("a lie passes: %+v, %v", p, err)
	}
	v.set(func(v *prover) { v.lies, v.dumb = "", true })
	if p, err := Prove(t.Context(), dir); err != nil || p.Silent == "" || p.Amiss == "" {
		t.Errorf("silence makes up for what was amiss: %+v, %v", p, err)
	}
	if _, body := get(t, "http://"+s.at.Console+"/metrics"); !strings.Contains(body, `evenkeel_shield_probes_total{came="silent"}`) {
		t.Error("the metrics do not count who says nothing")
	}
	hangs := make(chan struct{})
	v.set(func(v *prover) { v.dumb, v.hangs = false, hangs })
	defer close(hangs)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Prove(ctx, dir); err == nil {
		t.Error("a receiver that hangs has shown something")
	}
	if status, _ := get(t, "http://"+s.at.Console+"/healthz"); status != 200 {
		t.Errorf("/healthz answers %d while the receiver hangs", status)
	}
	began := time.Now()
	if err := s.stop(); err != nil || time.Since(began) > 10*time.Second {
		t.Errorf("%v; it ended after %s while the receiver hung", err, time.Since(began))
	}
	books, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	if p, err := books.Proof(); err != nil || p.Shown == 0 || p.Amiss == "" {
		t.Errorf("kept is %+v, %v", p, err)
	}
}

// withReceiver sets a receiver that can limit, isolate and suspend, and keeps two ways.
func withReceiver(t *testing.T, url string) func(p *Parts) {
	secret := good(t, t.TempDir())
	return func(p *Parts) {
		w := &p.Config.Shield.Webhook
		w.URL, w.Name, w.SecretFile, w.Networks = url, "edge", secret, []config.Network{loopbackNet}
		w.Measures = []config.Carried{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureIsolate}, {Measure: evenkeel.MeasureSuspend}}
		w.Keeps = []string{"console", "export"}
	}
}
