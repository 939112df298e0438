package app

import (
	"encoding/json"
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

var loopbackNet = config.Network{Prefix: netip.MustParsePrefix("127.0.0.0/8")}

// prover is a receiver that answers probes; a way that is cut brings nothing.
type prover struct {
	mu   sync.Mutex
	cut  string // this way brings nothing
	only string // that it is cut: under this measure, or an order whose id begins so; "" always
	mute string // nothing is said of this measure, or of an order whose id begins so
	dumb bool   // it knows no probes
	lies string // other way, object or last time
	last []byte // what it was sent the last time
	// hangs is waited for before anything is said; nil: nothing is.
	hangs chan struct{}
	came  []string
}

func (v *prover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var p struct {
		Type, ID, Measure, Order string
		Ways                     []string
		Object                   []byte
	}
	v.mu.Lock()
	hangs := v.hangs
	v.mu.Unlock()
	if hangs != nil {
		<-hangs
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if json.NewDecoder(r.Body).Decode(&p) != nil || p.Type != "evenkeel.probe.v1" || v.dumb {
		http.Error(w, "this is no order", http.StatusBadRequest)
		return
	}
	meant := func(s string) bool {
		return strings.HasPrefix(p.Order, s) && p.Order != "" || p.Order == "" && p.Measure == s
	}
	if v.mute != "" && meant(v.mute) {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	v.came = append(v.came, strings.TrimSpace(p.Measure+" "+p.Order))
	sent := shield.Probe{Object: p.Object}
	var all []shield.Fetched
	for _, way := range p.Ways {
		f := shield.Fetched{Way: way, Hash: sent.Hash(), Size: len(p.Object)}
		if way == v.cut && (v.only == "" || meant(v.only)) {
			f = shield.Fetched{Way: way, Why: "timed out"}
		}
		all = append(all, f)
	}
	switch said, _ := json.Marshal(map[string]any{"probe": p.ID, "fetched": all}); v.lies {
	case "other way":
		for i := range all {
			all[i].Way = "rescue"
		}
	case "object":
		for i := range all {
			all[i].Hash = strings.Repeat("ab", 32)
		}
	case "last time":
		_, _ = w.Write(v.last)
		return
	default:
		v.last = said
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"probe": p.ID, "fetched": all})
}

func (v *prover) set(change func(v *prover)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(v)
}

// asks is a canary that asks a prover, at a time that the test turns.
func asks(t *testing.T, v *prover, dir string, now *evenkeel.Moment) *canary {
	t.Helper()
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &config.Receiver{
		URL: srv.URL, Name: "edge", SecretFile: secret, Networks: []config.Network{loopbackNet},
		Measures: []config.Carried{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureIsolate}, {Measure: evenkeel.MeasureSuspend}},
		Keeps:    []string{"console", "export"}, ProbeEvery: 6 * time.Hour, ProofFor: 24 * time.Hour,
	}
	clock := func() evenkeel.Moment { return *now }
	h, err := openHands(dir, c, nil, clock)
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

// asking is asks in a directory of its own, with nothing shown yet.
func asking(t *testing.T, v *prover, now *evenkeel.Moment) *canary {
	t.Helper()
	return asks(t, v, t.TempDir(), now)
}

// turn makes one round with nothing in force.
func turn(t *testing.T, x *canary) {
	t.Helper()
	p, _ := loop(x, inForce{})
	p.round(t.Context())
}

// D: a backend is asked to show each measure that needs it; what it has shown counts for so long, over a
// restart too, and no longer.
func TestAProofCountsForSoLongAndNoLonger(t *testing.T) {
	dir, now, v := t.TempDir(), start, &prover{}
	x := asks(t, v, dir, &now)
	if x.proven() || x.to.Means().Lacks(evenkeel.MeasureIsolate) == "" || x.to.means(true).Proven {
		t.Fatal("it is proven before anything was shown")
	}
	turn(t, x)
	if got := strings.Join(v.came, ", "); got != "isolate, suspend" {
		t.Errorf("it was asked for %s; expected what is above limit and throttle", got)
	}
	if !x.proven() || x.to.Means().Lacks(evenkeel.MeasureIsolate) != "" {
		t.Fatalf("%+v is no proof", x.proof())
	}
	if again := asks(t, v, dir, &now); !again.proven() {
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
			x := asks(t, v, t.TempDir(), &now)
			turn(t, x)
			v.set(c.change)
			now = start.Add(6 * time.Hour)
			if !x.isDue() {
				t.Fatal("it is not asked for again")
			}
			turn(t, x)
			p := x.proof()
			if x.proven() != c.stays || p.Amiss != c.says || v.dumb != (p.Silent != "") {
				t.Errorf("proven %v, amiss %q, silent %q", x.proven(), p.Amiss, p.Silent)
			}
			v.set(func(v *prover) { v.cut, v.dumb = "", false })
			now = now.Add(proveAgain)
			if c.says != "" && !x.isDue() {
				t.Error("it is not asked again soon")
			}
			if turn(t, x); !x.proven() || x.proof().Amiss != "" {
				t.Errorf("once all is shown again: %+v", x.proof())
			}
		})
	}
}

// On paper nobody carries anything out: nothing is asked, nothing steps down, and that is said.
func TestOnPaperNothingHasToBeShown(t *testing.T) {
	now := start
	clock := func() evenkeel.Moment { return now }
	h, err := openHands(t.TempDir(), &config.Receiver{}, nil, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	x := newCanary(h, &config.Receiver{}, filepath.Join(t.TempDir(), fileProof), clock, slog.New(slog.DiscardHandler))
	if x.needed() || !x.proof().OnPaper || h.Means().Lacks(evenkeel.MeasureSuspend) != "" {
		t.Errorf("needed %v, %+v", x.needed(), x.proof())
	}
	p, of := loop(x, inForce{})
	if p.settle(t.Context()); p.lost || len(of.down) > 0 {
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
	if same := c; declaration(&same, "edge") != declaration(&c, "edge") {
		t.Error("the same declaration is another one")
	}
}
