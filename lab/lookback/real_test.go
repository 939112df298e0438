package lookback

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/policy"
	policies "github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/lab/lookback/prometheus"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

// TestARealPrometheusIsLookedBackOver has Debian's prometheus remember the month of month_test.go,
// and looks back over it twice: with the books and without.
func TestARealPrometheusIsLookedBackOver(t *testing.T) {
	program, promtool := installed(t, "prometheus"), installed(t, "promtool")
	dir := t.TempDir()
	address := remember(t, program, promtool, writeMonth(t, dir), dir)
	between := record(t, address)

	known := lookBack(t, options(t, between.URL, writeBooks(t, dir)))
	checkSuspects(t, &known)
	checkSpared(t, &known)
	checkLocked(t, &known)
	checkCoverage(t, &known)

	without := options(t, between.URL)
	without.Span.From = evenkeel.MomentOf(ago(12 * day))
	nobody := lookBack(t, without)
	if len(nobody.Suspects) != 0 || !nobody.Assumed || !strings.Contains(nobody.Coverage.Blind[0], "No inventory was given") {
		t.Errorf("without books: %d suspects, %v; expected none, and that it says why", len(nobody.Suspects), nobody.Coverage.Blind)
	}
	if n := nobody.Totals; n.Spared != nil || n.LockedAlone != nil || len(nobody.Spared) > 0 || len(nobody.Unjudged) == 0 || nobody.Locked[0].Evenkeel != nil {
		t.Errorf("without books: %+v; expected that nobody is called left alone", n)
	}
	if n := nobody.Totals.LockedTenants; n != 7 {
		t.Errorf("without books the rule of 2019 locks %d; expected the seven busy machines, of whose owners nothing is known", n)
	}
	others := filepath.Join(dir, "others.jsonl")
	err := os.WriteFile(others, []byte(`{"specversion":"1.0","id":"1","source":"s","type":"evenkeel.lifecycle.v1","time":"2026-05-01T00:00:00Z","data":{"asset":"old-web-1","tenant":"t","action":"create"}}`+"\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	strange := options(t, between.URL, others)
	strange.Span.From = evenkeel.MomentOf(ago(3 * day))
	hot := strings.NewReplacer("rule: busy-2019", "rule: hot", "mode: shadow", "mode: live").Replace(string(standInText))
	if strange.Rules, err = rule.Parse("hot.yaml", []byte(hot)); err != nil {
		t.Fatal(err)
	}
	checkStrangers(t, lookBack(t, strange))
	gathered := options(t, between.URL, writeBooks(t, dir))
	gathered.Span.From, gathered.Span.Selector = evenkeel.MomentOf(ago(day)), `{job="collector"}`
	checkCollected(t, lookBack(t, gathered))
	between.onlyQuestions(t)
	keep(t, &known, &nobody)
}

// checkCollected is about metrics of OpenTelemetry and cAdvisor: each of those that mine is found, under
// whatever names its CPU is told.
func checkCollected(t *testing.T, r Report) {
	t.Helper()
	var suspects, charted []string
	for _, s := range r.Suspects {
		suspects = append(suspects, string(s.Asset))
		if slices.ContainsFunc(s.Month.Busy, func(b Share) bool { return b > 0.99 }) && slices.ContainsFunc(s.Close.Busy, func(b Share) bool { return b > 0.99 }) {
			charted = append(charted, string(s.Asset))
		}
	}
	slices.Sort(suspects)
	slices.Sort(charted)
	if !slices.Equal(suspects, []string{"otel-new", "otel-old", "otel-share", "pod-1", "pod-2"}) {
		t.Errorf("suspects %v; expected all but the one that waits for its disks", suspects)
	}
	if !slices.Equal(charted, []string{"otel-new", "otel-old", "otel-share"}) {
		t.Errorf("charts of %v; expected those of machines", charted)
	}
	if c := r.Coverage; r.Totals.Busy != 3 || slices.Contains(c.Missing, "node_cpu_seconds_total") || !slices.Contains(c.Missing, "node_network_receive_bytes_total") || c.Interval != Seconds(time.Minute) {
		t.Errorf("%+v, %+v; expected that CPU is not missing, and network is", r.Totals, c)
	}
}

// checkStrangers is about books that know one of the nine machines of the last days.
func checkStrangers(t *testing.T, r Report) {
	t.Helper()
	if r.Assumed || r.Coverage.Unlisted != 8 || !strings.Contains(r.Coverage.Blind[0], "does not know 8 of the 9 machines") {
		t.Errorf("%+v", r.Coverage)
	}
	if len(r.Suspects) > 0 || len(r.Locked) > 0 || !slices.ContainsFunc(r.Held, func(h Held) bool {
		return h.Asset == "vm-miner" && h.Rule == "hot" && strings.Contains(h.Why, "nobody is known")
	}) {
		t.Errorf("suspects %v, locked %v, held %v; expected that the miner is held until somebody says whose it is", r.Suspects, r.Locked, r.Held)
	}
	if n := r.Totals; *n.Spared != 0 || len(r.Spared) > 0 || n.Unjudged != len(r.Unjudged) {
		t.Errorf("%+v: %d left alone; expected that of those whom nobody is known to hold none is called so", n, len(r.Spared))
	}
	if miner := r.Unjudged[0]; miner.Asset != "vm-miner" || miner.Tenant != "" || !strings.Contains(miner.Whose(), "nobody is known") || !strings.Contains(miner.Then(), "no account") {
		t.Errorf("%+v", miner)
	}
}

// checkDocument holds the excerpts of docs/lookback.md to the report.
func checkDocument(t *testing.T, text string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/lookback.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```")
	for i := 1; i < len(blocks); i += 2 {
		if block := strings.TrimPrefix(blocks[i], "\n"); !strings.HasPrefix(block, "evenkeel ") && !strings.Contains(text, block) {
			t.Errorf("the report does not say what docs/lookback.md quotes:\n%s", block)
		}
	}
}

func checkSuspects(t *testing.T, r *Report) {
	t.Helper()
	var names []string
	for i := range r.Suspects {
		s := &r.Suspects[i]
		names = append(names, string(s.Asset))
		if s.Did.Measure != evenkeel.MeasureNotify || s.Did.Wanted != evenkeel.MeasureNotify || len(s.Did.Safeguards) != 4 {
			t.Errorf("%s: Evenkeel does %+v; expected to notify, with the answers of four safeguards", s.Asset, s.Did)
		}
		if s.Old != evenkeel.MeasureSuspend {
			t.Errorf("%s: the rule of 2019 wants %s; expected suspend", s.Asset, s.Old)
		}
		if len(s.Says) == 0 || s.Says[0].Terms[0].Name != "pinned" || s.Says[0].Terms[0].Value.Value < 0.995 || s.Says[0].Score < s.Says[0].Needs {
			t.Errorf("%s: %+v", s.Asset, s.Says)
		}
		if len(s.Month.Busy) < 720 || !slices.ContainsFunc(s.Close.Busy, func(b Share) bool { return b > 0.99 }) {
			t.Errorf("%s: traces of %d hours and %d minutes", s.Asset, len(s.Month.Busy), len(s.Close.Busy))
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"twoco-job-1", "twoco-job-2", "twoco-job-3", "vm-miner"}) {
		t.Errorf("suspects %v; expected the miner, and the three machines that were made for a job", names)
	}
	if t4 := r.Totals; t4.Noticed != 4 || t4.Enforced != 0 || t4.Machines != 12 {
		t.Errorf("%+v", t4)
	}
}

func checkSpared(t *testing.T, r *Report) {
	t.Helper()
	spared := map[evenkeel.AssetID]Spared{}
	for _, s := range r.Spared {
		spared[s.Asset] = s
	}
	if len(spared) != 3 || *r.Totals.Spared != 3 {
		t.Errorf("%d busy machines were left alone; expected three", len(spared))
	}
	batch := spared["atelier-batch-1"]
	if batch.Hours < 85 || len(batch.Near) != 1 || batch.Near[0].Score != 1 || batch.Near[0].Needs != 4 {
		t.Fatalf("the nightly batch: %d hours, %+v; expected about 88, and a score of 3 − 2", batch.Hours, batch.Near)
	}
	var met, unmet []string
	for _, one := range batch.Near[0].Terms {
		met = append(met, one.Name)
	}
	for _, one := range batch.Near[0].Unmet {
		unmet = append(unmet, one.Name)
	}
	if !slices.Equal(met, []string{"pinned", "paying-customer"}) || !slices.Contains(unmet, "new-machine") || batch.Old != evenkeel.MeasureNotify {
		t.Errorf("the nightly batch: met %v, not met %v, 2019 wants %s", met, unmet, batch.Old)
	}
	if ci := spared["studio-ci"]; ci.Old != evenkeel.MeasureSuspend || ci.Near[0].Score != 0 || !(ci.Near[0].Unmet[0].Value.Value > 0.9) {
		t.Errorf("the CI: %+v", ci)
	}
}

func checkLocked(t *testing.T, r *Report) {
	t.Helper()
	locked := map[evenkeel.TenantID]Locked{}
	for _, k := range r.Locked {
		locked[k.Tenant] = k
	}
	if len(locked) != 3 {
		t.Fatalf("the rule of 2019 locks %v; expected newcomer, studio and twoco", locked)
	}
	credit := locked["twoco"]
	if credit.Machines != 5 || *credit.Evenkeel != evenkeel.MeasureNotify || credit.Account.Paid != "unknown" || !strings.Contains(credit.Says, "The safety was not triggered") {
		t.Errorf("the company on credit: %+v", credit)
	}
	if studio := locked["studio"]; *studio.Evenkeel != evenkeel.MeasureNone || !slices.Equal(studio.Rules, []string{"busy-2019"}) {
		t.Errorf("the studio: %+v", studio)
	}
	if n := r.Totals; n.LockedTenants != 3 || *n.LockedAlone != 1 || n.LockedNoticed != 2 || n.LockedMachines != 8 || n.LockedFor != 5 || n.LockedDated != 5 || n.LockedNew != 4 {
		t.Errorf("%+v", n)
	}
}

func checkCoverage(t *testing.T, r *Report) {
	t.Helper()
	c := &r.Coverage
	if !slices.Equal(c.Gaps, []Gap{outage}) {
		t.Errorf("gaps %v; expected %v", c.Gaps, outage)
	}
	if c.Interval != Seconds(time.Minute) || c.Measured < 0.99 || c.Measured > 0.999 || c.Unlisted != 0 || r.Server == "" {
		t.Errorf("%+v", c)
	}
	if len(r.Held) > 0 {
		t.Errorf("held: %v", r.Held)
	}
}

// keep writes the reports where EVENKEEL_REPORTS says, for people to look at.
func keep(t *testing.T, known, nobody *Report) {
	dir := os.Getenv("EVENKEEL_REPORTS")
	for name, r := range map[string]*Report{"known": known, "nobody": nobody} {
		var text, html bytes.Buffer
		if err := r.Text(&text, 100); err != nil {
			t.Fatal(err)
		}
		if err := r.HTML(&html); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		if r == known {
			checkDocument(t, text.String())
		}
		if dir == "" {
			continue
		}
		for ext, data := range map[string][]byte{".txt": text.Bytes(), ".html": html.Bytes()} {
			if err := os.WriteFile(filepath.Join(dir, name+ext), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func lookBack(t *testing.T, o Options) Report {
	t.Helper()
	stages := map[Stage]bool{}
	o.Progress = func(p Progress) {
		if stages[p.Stage] = true; p.Done > p.Total {
			t.Errorf("progress %+v", p)
		}
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v (%s)", err, evenkeel.HintOf(err))
	}
	if len(stages) != 3 {
		t.Errorf("stages %v; expected three", stages)
	}
	return r
}

func options(t *testing.T, address string, inventory ...string) Options {
	t.Helper()
	server, err := prometheus.New(prometheus.Options{URL: address, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := builtin.Rules()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Server: server, Rules: rules, Inventory: inventory,
		Span: prometheus.Span{From: evenkeel.MomentOf(monthBegin), Until: evenkeel.MomentOf(monthEnd), Step: time.Minute, Selector: `{job="node"}`},
	}
	if o.Policy, err = policies.Default(); err != nil {
		t.Fatal(err)
	}
	if o.Old, err = policies.Policy("raisup-2019"); err != nil {
		t.Fatal(err)
	}
	o.Judge, o.Other = docketOf(t, &o), docketOf(t, &o)
	return o
}

func docketOf(t *testing.T, o *Options) *judge.Docket {
	t.Helper()
	d, err := judge.New(judge.Parts{
		Books: memory.New(nil), Policy: o.Policy, Shadow: []*policy.Policy{o.Old},
		Means: procedure.Means{Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Finishes: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// recorder stands between us and the Prometheus and writes down what passes.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int
	wrote []string
}

func record(t *testing.T, address string) *recorder {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{asked: map[string]int{}}
	proxy := httputil.NewSingleHostReverseProxy(target)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.asked[q.URL.Path]++
		posted := q.Method == http.MethodPost && q.URL.Path == "/api/v1/query"
		if q.Method != http.MethodGet && !posted {
			r.wrote = append(r.wrote, q.Method+" "+q.URL.Path)
		}
		r.mu.Unlock()
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) onlyQuestions(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.wrote) > 0 {
		t.Errorf("beside questions there was %v", r.wrote)
	}
	for path := range r.asked {
		switch path {
		case "/api/v1/query", "/api/v1/status/buildinfo", "/api/v1/label/instance/values":
		default:
			t.Errorf("%s was asked for", path)
		}
	}
	if r.asked["/api/v1/query"] == 0 {
		t.Error("no range was asked for")
	}
}

// remember starts a Prometheus that remembers what a file holds, and waits until it answers.
func remember(t *testing.T, program, promtool, file, dir string) string {
	t.Helper()
	data, config := filepath.Join(dir, "data"), filepath.Join(dir, "prometheus.yml")
	if out, err := exec.CommandContext(t.Context(), promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=720h", file, data).CombinedOutput(); err != nil {
		t.Fatalf("promtool: %v: %s", err, out)
	}
	if err := os.WriteFile(config, []byte("scrape_configs: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file="+config, "--storage.tsdb.path="+data, "--storage.tsdb.retention.time=20y", "--web.listen-address="+listen, "--log.level=error")
	var says bytes.Buffer
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	address := "http://" + listen
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(30 * time.Second); ; {
		if r, err := http.Get(address + "/-/ready"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return address
			}
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("waited 30 s for the Prometheus to be ready")
		}
	}
}

// installed looks for a program, or skips the test.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no program %s: Debian's package prometheus has it", name)
	}
	return path
}
