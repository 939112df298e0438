package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	defaults "github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// childEnv names the data directory of a process that a test starts to kill it.
const childEnv = "EVENKEEL_APP_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child serves until it is told to end, or killed.
func child(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	p, err := New(partsIn(dir, os.Stderr, func(at Addresses) { _ = json.NewEncoder(os.Stdout).Encode(at) }))
	if err != nil {
		return err
	}
	return p.Run(ctx)
}

// atOnce is the policy that comes with the program without the time in which every contact is tried: a film's hour is over
// in seconds, and clocks that ran out meanwhile are looked at by real time.
func atOnce() *policy.Policy {
	text, err := defaults.Text("default")
	if err != nil {
		panic(err)
	}
	p, err := policy.Parse("default.yaml", bytes.ReplaceAll(text, []byte(", turn: 15m"), nil))
	if err != nil {
		panic(err)
	}
	return p
}

// partsIn are those of a process on free ports, which makes a checkpoint again and again.
func partsIn(dir string, log io.Writer, ready func(Addresses)) Parts {
	rules, err := builtin.Rules()
	if err != nil {
		panic(err)
	}
	policies, err := Choose([]*policy.Policy{atOnce()})
	if err != nil {
		panic(err)
	}
	c := config.Default()
	c.Data, c.Listen, c.Intake.OTLPHTTP, c.Intake.OTLPgRPC = dir, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.Checkpoint.Every = 20 * time.Millisecond
	return Parts{Config: c, Rules: rules, Policies: policies, Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)), Ready: ready}
}

// served is a process in this one.
type served struct {
	at   Addresses
	dir  string
	log  *lines
	stop func() error
}

func serve(t testing.TB, dir string, change ...func(*Parts)) *served {
	t.Helper()
	s := &served{dir: dir, log: &lines{}}
	ready := make(chan Addresses, 1)
	parts := partsIn(dir, s.log, func(at Addresses) { ready <- at })
	for _, f := range change {
		f(&parts)
	}
	p, err := New(parts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	s.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	select {
	case s.at = <-ready:
	case err := <-ended:
		cancel()
		t.Fatalf("it ended before it was ready: %v\n%s", err, s.log)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(s.log)
		}
	})
	return s
}

// post sends a body until it is taken, and fails where it is refused.
func post(at Addresses, path, contentType string, body []byte) error {
	r, err := http.Post("http://"+at.OTLPHTTP+path, contentType, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s %s", path, r.Status, text)
	}
	return err
}

func get(t testing.TB, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// metric returns the value of a line of metrics, as text.
func (s *served) metric(t testing.TB, name string) string {
	t.Helper()
	return metricAt(t, s.at, name)
}

func metricAt(t testing.TB, at Addresses, name string) string {
	t.Helper()
	_, body := get(t, "http://"+at.Console+"/metrics")
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return value
		}
	}
	return ""
}

// eventually asks until something holds, for half a minute.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

// request is something that a sender brings.
type request struct {
	path, contentType string
	body              []byte
	at                time.Time // of what it tells
}

func (r request) to(at Addresses) error { return post(at, r.path, r.contentType, r.body) }

func event(kind, id string, at time.Time, data map[string]any) request {
	body, _ := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "source": "test.example", "type": "evenkeel." + kind + ".v1", "time": at.Format(time.RFC3339), "data": data,
	})
	return request{"/events", "application/cloudevents+json", body, at}
}

// minute is a minute of full load on some assets, four readings each.
func minute(at time.Time, assets ...string) request {
	var all []string
	for _, a := range assets {
		var points []string
		for i := range 4 {
			points = append(points, fmt.Sprintf(`{"attributes":[{"key":"state","value":{"stringValue":"idle"}}],"timeUnixNano":"%d","asDouble":0}`,
				at.Add(time.Duration(i)*15*time.Second).UnixNano()))
		}
		all = append(all, fmt.Sprintf(`{"resource":{"attributes":[{"key":"evenkeel.asset","value":{"stringValue":%q}}]},"scopeMetrics":[{"metrics":[{"name":"system.cpu.utilization","unit":"1","gauge":{"dataPoints":[%s]}}]}]}`,
			a, strings.Join(points, ",")))
	}
	return request{"/v1/metrics", "application/json", []byte(`{"resourceMetrics":[` + strings.Join(all, ",") + `]}`), at}
}

// mining is what trial tenants' machines do in an hour: they are made, are busy from the first
// minute, and after forty minutes speak with a pool.
func mining(from time.Time, tenants int) (all []request) {
	var assets []string
	for i := range tenants {
		tenant, asset := fmt.Sprintf("t-%d", i), fmt.Sprintf("x-%d", i)
		assets = append(assets, asset)
		all = append(all,
			event("tenant", "profile-"+tenant, from, map[string]any{
				"tenant": tenant, "since": from.Format(time.DateOnly), "standing": "trial", "paid_total": "0", "currency": "EUR", "run_rate_month": "0",
				"contacts": []map[string]string{{"role": "owner", "email": tenant + "@example.net"}},
			}),
			event("asset", "holds-"+asset, from, map[string]any{"asset": asset, "kind": "vm", "tenant": tenant, "from": from.Format(time.RFC3339)}),
			event("lifecycle", "made-"+asset, from, map[string]any{
				"asset": asset, "tenant": tenant, "action": "create", "vcpus": 4, "flavour": "c-4", "image": "debian-13", "region": "ams1", "principal": "owner",
			}))
	}
	for m := range 60 {
		at := from.Add(time.Duration(m) * time.Minute)
		all = append(all, minute(at, assets...))
		for i, asset := range assets {
			if m >= 40 && m < 50 {
				all = append(all, event("flow", fmt.Sprintf("pool-%d-%d", i, m), at, map[string]any{
					"asset": asset, "direction": "out", "remote": "198.51.100.7", "port": 3333, "protocol": "tcp", "app": "stratum", "packets": 40, "bytes": 9000,
				}))
			}
		}
	}
	return all
}

// film is a clock that begins an hour ago and is brought forward by what is played: so an hour
// of telemetry arrives as it happens, in a few seconds.
type film struct{ behind atomic.Int64 }

func newFilm() *film {
	f := &film{}
	f.behind.Store(int64(time.Hour + time.Minute))
	return f
}

func (f *film) now() time.Time { return time.Now().Add(-time.Duration(f.behind.Load())) }

// from is when what is played begins.
func (f *film) from() time.Time { return f.now().UTC().Truncate(time.Minute) }

// play brings requests at their time, each when what came before it was judged.
func (f *film) play(t testing.TB, s *served, all []request) {
	t.Helper()
	for _, r := range all {
		at := r.at.Add(50 * time.Second) // the readings of a minute are sent together
		f.behind.Store(max(0, min(f.behind.Load(), int64(time.Since(at)))))
		before := s.metric(t, "evenkeel_stream_position")
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is watched and judged", func() bool {
			return s.metric(t, "evenkeel_stream_position") != before && s.metric(t, "evenkeel_judge_waiting") == "0"
		})
	}
}

// ago is a whole hour some hours before now, which live telemetry may be of.
func ago() time.Time { return time.Now().UTC().Truncate(time.Hour).Add(-3 * time.Hour) }

// decisionsIn is what the books say was decided, without the times and ids that differ from run to run.
func decisionsIn(t *testing.T, dir string) (all []string) {
	t.Helper()
	eventually(t, "the books can be read", func() bool {
		var err error
		all, err = decisionsNow(t, dir)
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindUnavailable {
			t.Fatal(err)
		}
		return err == nil // a process that begins to write just then is told of, and passes
	})
	return all
}

func decisionsNow(t *testing.T, dir string) (all []string, err error) {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	rows, err := b.Cases(context.Background(), docket.Query{Closed: true})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		f, err := b.Folder(context.Background(), r.Case.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decisions {
			rev := d.Grounds.Basis[0]
			all = append(all, fmt.Sprintf("%s %s: %s of %s on %v, %s %s, by %s", d.Tenant, d.Family, d.Measure, d.Wanted, d.Assets, d.State, d.Mode, rev.Revision))
		}
		orders := map[string]int{}
		for _, o := range f.Orders {
			orders[fmt.Sprintf("%s ordered %s on %v", r.Case.Tenant, o.Measure, o.Assets)]++
		}
		for o, n := range orders {
			all = append(all, fmt.Sprintf("%s, %d times", o, n))
		}
		all = append(all, fmt.Sprintf("%s: %d notices", r.Case.Tenant, len(f.Notices)))
	}
	slices.Sort(all)
	return all, nil
}
