package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/shield"
)

// prover is a receiver that answers probes; a way that is cut brings nothing.
type prover struct {
	mu   sync.Mutex
	cut  string // this way brings nothing
	only bool   // under an order alone
	dumb bool   // it knows no probes
	came []string
}

func (v *prover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var p struct {
		Type, ID, Measure, Order string
		Ways                     []string
		Object                   []byte
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if json.NewDecoder(r.Body).Decode(&p) != nil || p.Type != "evenkeel.probe.v1" || v.dumb {
		http.Error(w, "this is no order", http.StatusBadRequest)
		return
	}
	v.came = append(v.came, strings.TrimSpace(p.Measure+" "+p.Order))
	sent := shield.Probe{Object: p.Object}
	var all []shield.Fetched
	for _, way := range p.Ways {
		f := shield.Fetched{Way: way, Hash: sent.Hash(), Size: len(p.Object)}
		if way == v.cut && (!v.only || p.Order != "") {
			f = shield.Fetched{Way: way, Why: "timed out"}
		}
		all = append(all, f)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"probe": p.ID, "fetched": all})
}

func (v *prover) set(change func(v *prover)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

// proving is a canary that asks a prover, at a time that the test turns.
func proving(t *testing.T, v *prover, dir string, now *evenkeel.Moment) *canary {
	t.Helper()
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &config.Receiver{
		URL: srv.URL, Name: "edge", SecretFile: secret, Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}},
		Measures: []config.Carried{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureIsolate}, {Measure: evenkeel.MeasureSuspend}},
		Keeps:    []string{"console", "export"}, ProbeEvery: 6 * time.Hour, ProofFor: 24 * time.Hour,
	}
	clock := func() evenkeel.Moment { return *now }
	h, err := openHands(dir, c, clock)
	if err != nil {
		t.Fatal(err)
	}
	x := newCanary(h, c, filepath.Join(dir, fileProof), clock, slog.New(slog.DiscardHandler))
	x.by(c.Name) // whatever port it listens at, it is the same receiver here
	h.shown = x.proven
	return x
}

// by makes the declaration one that does not depend on the port of a test's receiver.
func (x *canary) by(of string) {
	if before, err := readProof(x.path); err == nil && before.Of == of {
		x.said = before
	}
	x.said.Of = of
}

// D: a backend is asked to show each measure that needs it; what it has shown counts for so long, over a
// restart too, and no longer.
func TestAProofCountsForSoLongAndNoLonger(t *testing.T) {
	dir, now, v := t.TempDir(), start, &prover{}
	x := proving(t, v, dir, &now)
	if x.proven() || x.to.Means().Lacks(evenkeel.MeasureIsolate) == "" || x.to.means(true).Proven {
		t.Fatal("it is proven before anything was shown")
	}
	x.round(t.Context())
	if got := strings.Join(v.came, ", "); got != "isolate, suspend" {
		t.Errorf("it was asked for %s; expected what is above limit and throttle", got)
	}
	if !x.proven() || x.to.Means().Lacks(evenkeel.MeasureIsolate) != "" {
		t.Fatalf("%+v is no proof", x.proof())
	}
	if again := proving(t, v, dir, &now); !again.proven() {
		t.Error("a restart forgets what was shown")
	}
	now = start.Add(24*time.Hour - 1)
	if !x.proven() {
		t.Error("it ends before its time")
	}
	now = start.Add(24 * time.Hour)
	if x.proven() || x.to.Means().Lacks(evenkeel.MeasureIsolate) == "" {
		t.Error("it counts for longer than it may")
	}
}

// D: what is amiss ends a proof at once; that nobody answers ends it when it is over.
func TestWhatEndsAProof(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(v *prover)
		stays  bool
		says   string
	}{
		{"a way is cut", func(v *prover) { v.cut = "export" }, false, "under isolate, export brought nothing"},
		{"the receiver knows no probes any more", func(v *prover) { v.dumb = true }, true, ""},
		{"all is well", func(*prover) {}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, v := start, &prover{}
			x := proving(t, v, t.TempDir(), &now)
			x.round(t.Context())
			v.set(c.change)
			now = start.Add(6 * time.Hour)
			if !x.isDue() {
				t.Fatal("it is not asked for again")
			}
			x.round(t.Context())
			p := x.proof()
			if x.proven() != c.stays || p.Amiss != c.says || v.dumb != (p.Silent != "") {
				t.Errorf("proven %v, amiss %q, silent %q", x.proven(), p.Amiss, p.Silent)
			}
			v.set(func(v *prover) { v.cut, v.dumb = "", false })
			now = now.Add(proveAgain)
			if c.says != "" && !x.isDue() {
				t.Error("it is not asked again soon")
			}
			if x.round(t.Context()); !x.proven() || x.proof().Amiss != "" {
				t.Errorf("once all is shown again: %+v", x.proof())
			}
		})
	}
}

// orders are those that a test has in force.
type inForce map[evenkeel.OrderID]evenkeel.Order

func (f inForce) OrderOf(_ context.Context, id evenkeel.OrderID) (evenkeel.Order, error) {
	o, ok := f[id]
	if !ok {
		return o, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no such order"}
	}
	return o, nil
}

// D: as soon as an order is in force the way is tried under it, and what stands steps down where it is
// cut; a canary that is well does not make up for it before the next round.
func TestAnOrderInForceIsProbed(t *testing.T) {
	now, v := start, &prover{cut: "export", only: true}
	x := proving(t, v, t.TempDir(), &now)
	sent := inForce{
		"o-limit":   {ID: "o-limit", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-1"}, Until: start.Add(time.Hour)},
		"o-isolate": {ID: "o-isolate", Measure: evenkeel.MeasureIsolate, Assets: []evenkeel.AssetID{"vm-1"}, Until: start.Add(time.Hour)},
	}
	ctx, end := context.WithCancel(t.Context())
	down, ended := make(chan string, 8), make(chan error, 1)
	go func() {
		ended <- x.Run(ctx, sent, func(_ context.Context, why string) error { down <- why; return nil })
	}()
	if p, err := x.ask(ctx); err != nil || !p.Proven(now) {
		t.Fatalf("%+v, %v; expected that canaries are well", p, err)
	}
	for _, id := range []evenkeel.OrderID{"o-limit", "o-gone", "o-isolate"} {
		x.applied(id)
	}
	if why := <-down; why != "under isolate, export brought nothing" {
		t.Errorf("it steps down because %q", why)
	}
	if x.proven() || x.isDue() {
		t.Error("what an order has shown to be amiss is over at once")
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := strings.Join(v.came, ", "); !strings.HasSuffix(got, "suspend, isolate o-isolate") || strings.Contains(got, "o-limit") {
		t.Errorf("it was asked for %s", got)
	}
	if _, err := x.ask(ctx); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("nobody is there to ask: %v", err)
	}
}

// D: what could not step down is tried again, and once it has it is not done twice.
func TestTheStepDownIsDoneOnce(t *testing.T) {
	now, v := start, &prover{cut: "console"}
	x := proving(t, v, t.TempDir(), &now)
	x.round(t.Context())
	tries := 0
	fails := func(context.Context, string) error { tries++; return errors.New("the disk is full") }
	well := func(context.Context, string) error { tries++; return nil }
	gone := x.settle(t.Context(), false, fails)
	gone = x.settle(t.Context(), gone, well)
	if gone = x.settle(t.Context(), gone, well); !gone || tries != 2 {
		t.Errorf("%d tries; expected one more after the one that came to nothing", tries)
	}
}

// On paper nobody carries anything out: nothing is asked, nothing steps down, and that is said.
func TestOnPaperNothingHasToBeShown(t *testing.T) {
	now := start
	clock := func() evenkeel.Moment { return now }
	h, err := openHands(t.TempDir(), &config.Receiver{}, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	x := newCanary(h, &config.Receiver{}, filepath.Join(t.TempDir(), fileProof), clock, slog.New(slog.DiscardHandler))
	if x.needed() || !x.proof().OnPaper || h.Means().Lacks(evenkeel.MeasureSuspend) != "" {
		t.Errorf("needed %v, %+v", x.needed(), x.proof())
	}
	if x.settle(t.Context(), false, func(context.Context, string) error { t.Error("it steps down"); return nil }) {
		t.Error("a proof is gone that nobody needs")
	}
}

// Another receiver, and one that declares something else, has shown nothing.
func TestAProofIsOfOneDeclaration(t *testing.T) {
	c := config.Receiver{URL: "https://a.example/x", Keeps: []string{"export"}, Measures: []config.Carried{{Measure: evenkeel.MeasureIsolate}}}
	for name, change := range map[string]func(c *config.Receiver){
		"another address": func(c *config.Receiver) { c.URL = "https://b.example/x" },
		"another way":     func(c *config.Receiver) { c.Keeps = []string{"console"} },
		"another measure": func(c *config.Receiver) { c.Measures = []config.Carried{{Measure: evenkeel.MeasureSuspend}} },
		"another loss":    func(c *config.Receiver) { c.Destroys = []string{"connections"} },
	} {
		other := c
		change(&other)
		if declaration(&c, "edge") == declaration(&other, "edge") {
			t.Errorf("%s is the same declaration", name)
		}
	}
	if declaration(&c, "edge") != declaration(&c, "edge") {
		t.Error("the same declaration is another one")
	}
}
