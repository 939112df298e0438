package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
)

func TestTelemetryBecomesDecisionsWithOrdersAndNotices(t *testing.T) {
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) { p.Now = f.now })
	f.play(t, s, mining(f.from(), 1))
	// Read while it is served, as evenkeel case does.
	var got []string
	eventually(t, "a notice, a throttle and an isolation that is held", func() bool {
		got = decisionsIn(t, s.dir)
		return slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, "isolate of isolate on [x-0], held live") })
	})
	for _, want := range []string{
		"notify of notify on [x-0], superseded live", "throttle of isolate on [x-0], in_force live", "t-0 ordered throttle on [x-0], 1 times",
	} {
		if !slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, want) }) {
			t.Errorf("%q is not among\n%s", want, strings.Join(got, "\n"))
		}
	}
	if n := s.metric(t, "evenkeel_judge_set_aside_total"); n != "0" {
		t.Errorf("%s findings were set aside", n)
	}
	eventually(t, "nothing waits to be carried out or told", func() bool {
		return s.metric(t, `evenkeel_outbox_waiting{kind="orders"}`) == "0" && s.metric(t, `evenkeel_outbox_waiting{kind="notices"}`) == "0"
	})
	if _, page := get(t, "http://"+s.at.Console+"/"); !strings.Contains(page, "Sign in") || regexp.MustCompile(`\bt-0\b`).MatchString(page) {
		t.Errorf("who is not signed in is shown\n%s", page)
	}
	_, metrics := get(t, "http://"+s.at.Console+"/metrics")
	if strings.Contains(metrics, "t-0") || strings.Contains(metrics, "x-0") {
		t.Error("a tenant or an asset is named among the metrics")
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	b := open(t, s.dir)
	key, _ := b.PublicKey()
	heads, _ := b.Heads()
	if r, err := b.Verify(context.Background(), key, heads); err != nil || r.Fault != nil || r.Unchecked > 0 {
		t.Errorf("the ledger: %+v, %v", r, err)
	}
}

func TestMetricsComeInOverGRPC(t *testing.T) {
	s := serve(t, dataDir(t))
	conn, err := grpc.NewClient(s.at.OTLPgRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := pmetricotlp.NewExportRequest()
	if err := r.UnmarshalJSON(minute(ago(), "x-0").body); err != nil {
		t.Fatal(err)
	}
	if _, err := pmetricotlp.NewGRPCClient(conn).Export(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	eventually(t, "four readings are watched", func() bool { return s.metric(t, `evenkeel_watch_records_total{fate="counted"}`) == "4" })
}

func TestOneProcessServesFromADirectory(t *testing.T) {
	s := serve(t, dataDir(t))
	p, err := New(partsIn(s.dir, io.Discard, nil))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Run(context.Background())
	if want := fmt.Sprintf("it is in use by process %d since ", os.Getpid()); evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; expected %q", err, want)
	}
	if evenkeel.HintOf(err) == "" {
		t.Error("there is no hint")
	}
}

func TestATakenAddressIsNamed(t *testing.T) {
	s := serve(t, dataDir(t))
	parts := partsIn(dataDir(t), io.Discard, nil)
	parts.Config.Listen = s.at.Console
	p, err := New(parts)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "listen at "+s.at.Console+" (listen)") || !strings.Contains(evenkeel.HintOf(err), "port 0") {
		t.Errorf("%v (%s)", err, evenkeel.HintOf(err))
	}
}

func TestWhatOthersCanReachNeedsAToken(t *testing.T) {
	parts := partsIn(dataDir(t), io.Discard, nil)
	parts.Config.Intake.OTLPHTTP = "0.0.0.0:0"
	_, err := New(parts)
	if err == nil || !strings.Contains(err.Error(), "intake.otlp_http: 0.0.0.0:0 can be reached from other machines") || !strings.Contains(evenkeel.HintOf(err), "token_file") {
		t.Errorf("%v (%s)", err, evenkeel.HintOf(err))
	}
	parts.Config.Intake.Sources = []config.Source{{Name: "fleet", TokenSHA256: strings.Repeat("ab", 32), May: []string{"telemetry"}}}
	if _, err := New(parts); err != nil {
		t.Error(err)
	}
}

func TestItEndsWithinSecondsOfSIGTERM(t *testing.T) {
	k := startProcess(t, dataDir(t))
	for _, r := range mining(ago(), 1)[:30] {
		if err := r.to(k.at); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	if err := k.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := k.cmd.Wait(); err != nil || time.Since(begun) > 5*time.Second {
		t.Errorf("%v after %s\n%s", err, time.Since(begun), k.log)
	}
	if !strings.Contains(k.log.String(), "msg=ended") || strings.Contains(k.log.String(), "without a last checkpoint") {
		t.Errorf("it says\n%s", k.log)
	}
}

func TestMetricsAreForTheNetworksThatAreNamed(t *testing.T) {
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Config.Console.Metrics = []config.Network{{Prefix: netip.MustParsePrefix("192.0.2.0/24")}}
	})
	if status, body := get(t, "http://"+s.at.Console+"/metrics"); status != http.StatusForbidden || !strings.Contains(body, "console.metrics") {
		t.Errorf("%d %s; expected 403 and which setting says so", status, body)
	}
}

func TestReadyzSaysWhyItIsNot(t *testing.T) {
	h := &house{state: &state{now: time.Now, log: slog.New(slog.DiscardHandler), backlog: backlog{goal: 7, left: 7, read: func() uint64 { return 3 }}}}
	h.state.busy.Store(time.Now().Add(-time.Hour).UnixNano())
	h.state.swept(evenkeel.Invalid("the disk is full"))
	h.reg = prometheus.NewRegistry()
	w, mux := httptest.NewRecorder(), http.NewServeMux()
	h.vitals(mux)
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	var got health
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusServiceUnavailable || len(got.Reasons) != 3 {
		t.Errorf("%d %s (%v); expected three reasons", w.Code, w.Body.String(), err)
	}
}
