package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	hostagent "github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/fleet"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
)

// keepsObjects keeps what is put, and gives it back.
func keepsObjects(t *testing.T) string {
	t.Helper()
	var all sync.Map
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			text, _ := io.ReadAll(r.Body)
			all.Store(r.URL.Path, text)
			return
		}
		if text, ok := all.Load(r.URL.Path); ok {
			_, _ = w.Write(text.([]byte))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// carrying is a host with a hand in memory, and perhaps a canary.
func carrying(t *testing.T, canary string) *hostagent.Host {
	t.Helper()
	s, err := hostagent.Parse("host.yaml", []byte("data: "+t.TempDir()+"\nports: [{name: \"tap-{guest}\"}]\ndata_path: [192.0.2.3]\n"+canary))
	if err != nil {
		t.Fatal(err)
	}
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	h, err := hostagent.Open(t.Context(), hostagent.Parts{
		Settings: s, Traffic: handstest.OpenMemory(t).Hand, Clock: clock, Name: "host-1", Log: slog.New(slog.DiscardHandler),
		Places: []port.Place{{Name: "tap-vm-7", Index: 7}, {Name: "tap-canary", Index: 8}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// D: a host gets an order to isolate once its canary has shown over the link that data is reached meanwhile, and none as long as it
// has no canary.
func TestAHostIsOrderedToIsolateOnceItsCanaryShowedThatDataIsReached(t *testing.T) {
	at := keepsObjects(t)
	for canary, shows := range map[string]bool{
		"": false, "canary: {asset: canary, put: \"" + at + "/{asset}/{probe}\", fetch: {export: \"" + at + "/{asset}/{probe}\"}}": true,
	} {
		log := slog.New(slog.DiscardHandler)
		now := func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
		d := config.Default()
		d.Hosts.Listen, d.Hosts.Keeps = "127.0.0.1:0", []string{"export"}
		d.Hosts.Measures = []config.OnHost{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureIsolate}}
		carrier, dir := d.Carrier(), t.TempDir()
		x := newHosts(&d, now, log)
		if err := x.listen(t.Context(), dir, &d.Hosts, time.Now); err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- x.run(ctx) }()
		hands, err := openHands(dir, &carrier, x, now)
		if err != nil {
			t.Fatal(err)
		}
		c := newCanary(hands, &carrier, filepath.Join(dir, fileProof), now, log)
		c.tellHands()

		token, err := x.invite(t.Context(), "host-1", time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		m := carrying(t, canary)
		a := enrolWith(t, token, func(ctx context.Context, q []byte) []byte { return fleet.Answer(ctx, q, m) }, m.Apply, "vm-7")
		eventually(t, "the host is here", func() bool { return len(x.Holders("vm-7")) == 1 })
		turn(t, c)
		p, lacks := c.proof(), hands.Means().Lacks(evenkeel.MeasureIsolate)
		if c.proven() != shows || shows != (lacks == "") || shows == strings.Contains(p.Silent, "this host has no canary") {
			t.Errorf("proven %v, it lacks %q, %+v; expected %v", c.proven(), lacks, p, shows)
		}
		o := evenkeel.Order{
			ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureIsolate, Assets: []evenkeel.AssetID{"vm-7"}, From: now(), Until: now().Add(time.Hour),
		}
		r, err := x.Apply(t.Context(), o)
		if shows != (err == nil && r.State == evenkeel.ReceiptApplied) || shows != (len(a.orders()) == 1) || shows != (len(m.Standing(t.Context())) == 1) {
			t.Errorf("shown %v: %+v, %v; the host got %+v", shows, r, err, a.orders())
		}
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A canary that a tenant holds, as the inventory says, is put under nothing: control does not ask, says why, and nothing is
// shown. Once nobody holds it it is asked.
func TestNoCanaryIsATenants(t *testing.T) {
	d := config.Default()
	d.Hosts.Listen, d.Hosts.Keeps = "127.0.0.1:0", []string{"export"}
	d.Hosts.Measures = []config.OnHost{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureIsolate}}
	log := slog.New(slog.DiscardHandler)
	x := newHosts(&d, func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }, log)
	if err := x.listen(t.Context(), t.TempDir(), &d.Hosts, time.Now); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	held := true
	x.tenantOf = func(a evenkeel.AssetID) (evenkeel.TenantID, bool) {
		mu.Lock()
		defer mu.Unlock()
		return "tenant8", held && a == "canary"
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.run(ctx) }()
	defer func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	token, err := x.invite(t.Context(), "host-1", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	enrolWith(t, token, func(_ context.Context, q []byte) []byte {
		asked.Add(1)
		return fleet.Answer(t.Context(), q, wholeProber{})
	}, nil, "canary")
	eventually(t, "the host is here", func() bool { return len(x.Holders("canary")) == 1 })
	p := shield.NewProbe(evenkeel.MeasureIsolate, []string{"export"})
	if came, err := x.Probe(t.Context(), p); evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "tenant8") || evenkeel.HintOf(err) == "" || asked.Load() != 0 {
		t.Errorf("%+v, %v; asked %d times; expected that it is not, and why", came, err, asked.Load())
	}
	mu.Lock()
	held = false
	mu.Unlock()
	if came, err := x.Probe(t.Context(), p); err != nil || p.Amiss(came) != "" || asked.Load() != 1 {
		t.Errorf("held by nobody: %+v, %v", came, err)
	}
}

// wholeProber brings the object back on each way.
type wholeProber struct{}

func (wholeProber) Probe(_ context.Context, p shield.Probe) (all []shield.Fetched, err error) {
	for _, way := range p.Ways {
		all = append(all, shield.Fetched{Way: way, Hash: p.Hash(), Size: len(p.Object)})
	}
	return all, nil
}

// The first round waits until a host is here, and is made then, and not ten minutes after one that nobody could answer.
func TestTheFirstProbeWaitsForAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		clock := func() evenkeel.Moment { return start.Add(time.Since(began)) }
		came := make(chan struct{}, 1)
		var here atomic.Bool
		c := &config.Receiver{Measures: []config.Carried{{Measure: evenkeel.MeasureIsolate}}, Keeps: []string{"export"}, ProbeEvery: 6 * time.Hour, ProofFor: 24 * time.Hour}
		h := &hands{
			Backend: fleet.New(shield.Means{Measures: c.Carries(), Declared: true, Keeps: c.Keeps}, clock, fleet.Options{}), each: true,
			ready: here.Load, came: came, prober: whenHere{&here},
		}
		x := newCanary(h, c, filepath.Join(t.TempDir(), fileProof), clock, slog.New(slog.DiscardHandler))
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- x.Run(ctx, &bears{}) }()
		time.Sleep(5 * time.Second) // of the bubble: no time passes
		synctest.Wait()
		if p := x.proof(); p.Tried != 0 || p.Silent != "" {
			t.Errorf("while no host is here it was asked: %+v", p)
		}
		here.Store(true)
		came <- struct{}{}
		synctest.Wait()
		if !x.proven() || x.proof().Tried != start.Add(5*time.Second) {
			t.Errorf("once a host is here: %+v", x.proof())
		}
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// whenHere shows all once somebody is here.
type whenHere struct{ here *atomic.Bool }

func (w whenHere) Probe(ctx context.Context, p shield.Probe) ([]shield.Fetched, error) {
	if !w.here.Load() {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "no host that could is here"}
	}
	return wholeProber{}.Probe(ctx, p)
}
