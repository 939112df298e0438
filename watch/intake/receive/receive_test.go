package receive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

const testNow evenkeel.Moment = 1_790_000_000 * 1e9

// memory is a log in memory: it keeps batches in their stored form.
type memory struct {
	mu     sync.Mutex
	stored [][]byte
	fails  error           // what Append answers
	hold   <-chan struct{} // Append waits for it, or for its context
}

func (m *memory) Append(ctx context.Context, b *evenkeel.Batch) error {
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails == nil {
		m.stored = append(m.stored, evenkeel.AppendBatch(nil, b))
	}
	return m.fails
}

func (m *memory) setFails(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = err
}

func (m *memory) batches(t testing.TB) []*evenkeel.Batch {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []*evenkeel.Batch
	for _, s := range m.stored {
		b, err := evenkeel.DecodeBatch(s)
		if err != nil {
			t.Fatalf("the log was handed a batch that cannot be stored: %v", err)
		}
		all = append(all, b)
	}
	return all
}

func (m *memory) records(t testing.TB) (n int) {
	for _, b := range m.batches(t) {
		n += len(b.Records)
	}
	return n
}

const (
	agentToken = "agent-0123456789"
	booksToken = "books-0123456789"
	bothToken  = "both-0123456789"
)

// testSources are a source of telemetry, one of inventory and one of both.
func testSources(t testing.TB, tokenless func(*http.Request) bool) *Sources {
	t.Helper()
	s, err := NewSources(tokenless,
		Source{Name: "agent", Tokens: [][32]byte{sha256.Sum256([]byte(agentToken))}, May: intake.GrantTelemetry},
		Source{Name: "books", Tokens: [][32]byte{sha256.Sum256([]byte(booksToken))}, May: intake.GrantInventory},
		Source{Name: "both", Tokens: [][32]byte{sha256.Sum256([]byte(bothToken))}, May: intake.GrantTelemetry | intake.GrantInventory})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// house is a door with its log and counters.
type house struct {
	*Door
	log *memory
	reg *prometheus.Registry
}

// open opens a door that sends loopback in without a token; now stands still at testNow.
func open(t testing.TB, opt Options) house {
	t.Helper()
	return openTo(t, testSources(t, Loopback), opt)
}

func openTo(t testing.TB, sources *Sources, opt Options) house {
	t.Helper()
	h := house{log: &memory{}, reg: prometheus.NewPedanticRegistry()}
	if opt.Now == nil {
		opt.Now = func() time.Time { return testNow.Time() }
	}
	var err error
	if h.Door, err = New(h.log, sources, h.reg, opt); err != nil {
		t.Fatal(err)
	}
	return h
}

// sent is a request of a test.
type sent struct {
	path    string
	body    string
	headers string // "Name: value" lines
	from    string // remote address; 127.0.0.1:1 where it is empty
}

func (h house) do(s sent) *httptest.ResponseRecorder {
	method := http.MethodPost
	if s.body == "" && strings.HasPrefix(s.path, "/schemas") {
		method = http.MethodGet
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:4318"+s.path, strings.NewReader(s.body))
	r.RemoteAddr = "127.0.0.1:1"
	if s.from != "" {
		r.RemoteAddr = s.from
	}
	for line := range strings.Lines(s.headers) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			r.Header.Add(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.HTTP().ServeHTTP(w, r)
	return w
}

// counted says how much a counter of the house has, of all that have these labels.
func (h house) counted(t testing.TB, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := h.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "evenkeel_intake_"+name {
			continue
		}
	metrics:
		for _, m := range f.GetMetric() {
			have := map[string]bool{}
			for _, l := range m.GetLabel() {
				have[l.GetValue()] = true
			}
			for _, l := range labels {
				if !have[l] {
					continue metrics
				}
			}
			sum += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

// request is an OTLP request of so many good points.
func request(points int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("host.id", "vm-17")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("system.network.io")
	m.SetUnit("By")
	sum := m.SetEmptySum()
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	for i := range points {
		p := sum.DataPoints().AppendEmpty()
		p.Attributes().PutStr("direction", "transmit")
		p.Attributes().PutInt("device", int64(i))
		p.SetTimestamp(1_790_000_000e9)
		p.SetIntValue(int64(i))
	}
	return md
}

func protobufOf(t testing.TB, md pmetric.Metrics) string {
	t.Helper()
	b, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func jsonOf(t testing.TB, md pmetric.Metrics) string {
	t.Helper()
	b, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func zstandard(s string) string {
	w, _ := zstd.NewWriter(nil)
	defer w.Close()
	return string(w.EncodeAll([]byte(s), nil))
}

func snapped(s string) string { return string(s2.EncodeSnappy(nil, []byte(s))) }

func TestTheCountersAreInOrder(t *testing.T) {
	h := open(t, Options{})
	problems, err := testutil.GatherAndLint(h.reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	if _, err := New(h.log, testSources(t, nil), h.reg, Options{Now: time.Now}); err == nil {
		t.Error("a second door at the same registry was opened")
	}
}

func TestADoorNeedsWhatItSays(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  Options
		says string
	}{
		{"a clock", Options{}, "no clock"},
		{"points that a batch can hold", Options{Now: time.Now, Limits: intake.Limits{Points: evenkeel.MaxBatchRecords + 1}}, "at most 65536"},
		{"limits that are not below zero", Options{Now: time.Now, Limits: intake.Limits{Body: -1}}, "below zero"},
	} {
		_, err := New(&memory{}, testSources(t, nil), prometheus.NewRegistry(), c.opt)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected an error that says %q", c.name, err, c.says)
		}
	}
}
