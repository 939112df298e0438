package receive

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// discard is a log that takes everything at once.
type discard struct{}

func (discard) Append(context.Context, *evenkeel.Batch) error { return nil }

func openDiscard(tb testing.TB) *Door {
	tb.Helper()
	d, err := New(discard{}, testSources(tb, Loopback), prometheus.NewRegistry(), Options{
		Now: time.Now, Window: intake.Window{Past: 1 << 62, Future: 1 << 62},
	})
	if err != nil {
		tb.Fatal(err)
	}
	// The default share is above what one core does, and below what a benchmark might.
	d.sources.tokens[0].caller.points, d.sources.tokens[0].caller.bytes = newBudget(1e12), newBudget(1e12)
	return d
}

// hosts is a request as a Collector sends it: 50 metrics × 20 points of one machine, two
// attributes each.
func hosts() pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("host.id", "0b3c5e3a-vm-17")
	rm.Resource().Attributes().PutStr("os.type", "linux")
	sm := rm.ScopeMetrics().AppendEmpty()
	for i := range 50 {
		m := sm.Metrics().AppendEmpty()
		m.SetName("system.cpu.time")
		m.SetUnit("s")
		m.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for j := range 20 {
			p := m.Sum().DataPoints().AppendEmpty()
			p.Attributes().PutStr("cpu", "cpu"+string(rune('a'+i%26))+string(rune('0'+j/2)))
			p.Attributes().PutStr("state", []string{"idle", "iowait"}[j%2])
			p.SetTimestamp(1_790_000_000e9)
			p.SetStartTimestamp(1_780_000_000e9)
			p.SetDoubleValue(float64(j))
		}
	}
	return md
}

const benchPoints = 1000

// cpu is the time that this process has had, client and server together.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// perPoint reports figures per point of requests of so many.
func perPoint(b *testing.B, points int, call func()) {
	call()
	b.ReportAllocs()
	before := cpu()
	for b.Loop() {
		call()
	}
	all := float64(b.N * points)
	b.ReportMetric(all/b.Elapsed().Seconds(), "points/s")
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/all, "cpu-ns/point")
}

// BenchmarkHandler is the handler alone, without a connection.
func BenchmarkHandler(b *testing.B) {
	h := openDiscard(b).HTTP()
	for _, c := range []struct{ name, path, headers, body string }{
		{"protobuf", "/v1/metrics", protobufHeader, protobufOf(b, hosts())},
		{"protobuf+gzip", "/v1/metrics", protobufHeader + "Content-Encoding: gzip", gzipped(protobufOf(b, hosts()))},
		{"protobuf+zstd", "/v1/metrics", protobufHeader + "Content-Encoding: zstd", zstandard(protobufOf(b, hosts()))},
		{"JSON", "/v1/metrics", jsonHeader, jsonOf(b, hosts())},
	} {
		b.Run(c.name, func(b *testing.B) {
			body := strings.NewReader(c.body)
			w := &quiet{header: http.Header{}}
			r := benchRequest(c.path, c.headers, body)
			perPoint(b, benchPoints, func() {
				body.Reset(c.body)
				clear(w.header)
				h.ServeHTTP(w, r)
				if w.status >= 300 {
					b.Fatal(w.status)
				}
			})
		})
	}
}

func benchRequest(path, headers string, body io.Reader) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, body)
	r.Header.Set("Authorization", "Bearer "+agentToken)
	for line := range strings.Lines(headers) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			r.Header.Set(name, value)
		}
	}
	return r
}

// quiet is a ResponseWriter that keeps the status alone.
type quiet struct {
	header http.Header
	status int
}

func (q *quiet) Header() http.Header             { return q.header }
func (q *quiet) WriteHeader(status int)          { q.status = status }
func (q *quiet) Write(p []byte) (int, error)     { return len(p), nil }
func (q *quiet) SetReadDeadline(time.Time) error { return nil }

// BenchmarkOTLPHTTP is the whole way over loopback, the client included: 1,000 points a request
// into a log that discards.
func BenchmarkOTLPHTTP(b *testing.B) {
	srv := httptest.NewServer(openDiscard(b).HTTP())
	defer srv.Close()
	for _, c := range []struct{ name, headers, body string }{
		{"protobuf", protobufHeader, protobufOf(b, hosts())},
		{"protobuf+gzip", protobufHeader + "Content-Encoding: gzip", gzipped(protobufOf(b, hosts()))},
		{"JSON", jsonHeader, jsonOf(b, hosts())},
	} {
		b.Run(c.name, func(b *testing.B) {
			perPoint(b, benchPoints, func() { post(b, srv, c.headers, c.body) })
		})
	}
}

func post(b *testing.B, srv *httptest.Server, headers, body string) {
	r := benchRequest("/v1/metrics", headers, strings.NewReader(body))
	r.RequestURI = ""
	u := *r.URL
	u.Host = srv.Listener.Addr().String()
	r.URL, r.Host, r.ContentLength = &u, u.Host, int64(len(body))
	answer, err := srv.Client().Do(r)
	if err != nil {
		b.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.Fatal(answer.StatusCode)
	}
}

// raw is a codec that hands bytes on as they are.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

var _ encoding.CodecV2 = raw{}

// BenchmarkGRPC compares our handler with what we would have had: a server of grpc-go, on a
// listener of its own or mounted as a handler, with a codec that hands over the bytes. All are
// called by the same client of grpc-go, whose work is part of the figure.
func BenchmarkGRPC(b *testing.B) {
	body := []byte(protobufOf(b, hosts()))
	call := func(b *testing.B, conn *grpc.ClientConn) {
		ctx := callContext(b, agentToken)
		perPoint(b, benchPoints, func() {
			var answer []byte
			if err := conn.Invoke(ctx, grpcMethod, &body, &answer, grpc.ForceCodecV2(raw{})); err != nil {
				b.Fatal(err)
			}
		})
	}
	b.Run("ours", func(b *testing.B) { call(b, serveGRPC(b, openDiscard(b).GRPC())) })

	theirs := grpc.NewServer(grpc.ForceServerCodecV2(raw{}))
	defer theirs.Stop()
	theirs.RegisterService(&grpc.ServiceDesc{
		ServiceName: "opentelemetry.proto.collector.metrics.v1.MetricsService",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Export", Handler: theirHandler}},
	}, openDiscard(b))
	b.Run("grpc-go as a handler", func(b *testing.B) { call(b, serveGRPC(b, theirs)) })
	b.Run("grpc-go on its listener", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		go func() { _ = theirs.Serve(l) }()
		conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		call(b, conn)
	})
}

// theirHandler does what ours does with the bytes, and none of its counting and bounding.
func theirHandler(srv any, _ context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	d := srv.(*Door)
	var body []byte
	if err := read(&body); err != nil {
		return nil, err
	}
	h := d.hands.Get().(*hands)
	defer d.hands.Put(h)
	h.batch.Reset("agent", testNow)
	h.tally = intake.Tally{}
	if err := h.otlp.Protobuf(h.batch, body, testNow, &h.tally); err != nil {
		return nil, err
	}
	answer := appendResponse(nil, &h.tally)
	return &answer, d.log.Append(context.Background(), h.batch)
}
