package receive

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// serveGRPC serves a handler as app does: HTTP/2 in the clear on loopback.
func serveGRPC(t testing.TB, h http.Handler) *grpc.ClientConn {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Config.HTTP2 = &http.HTTP2Config{MaxReadFrameSize: 1 << 20, MaxReceiveBufferPerStream: 4 << 20, MaxReceiveBufferPerConnection: 8 << 20}
	srv.Start()
	t.Cleanup(srv.Close)
	conn, err := grpc.NewClient(srv.Listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func callContext(t testing.TB, token string) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	return ctx
}

func TestGRPCOfTheRealClientIsTaken(t *testing.T) {
	h := open(t, Options{Now: time.Now, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
	client := pmetricotlp.NewGRPCClient(serveGRPC(t, h.GRPC()))
	for _, opts := range [][]grpc.CallOption{nil, {grpc.UseCompressor("gzip")}} {
		answer, err := client.Export(callContext(t, agentToken), pmetricotlp.NewExportRequestFromMetrics(request(500)), opts...)
		if err != nil || answer.PartialSuccess().RejectedDataPoints() != 0 {
			t.Fatalf("%v, %v", answer, err)
		}
	}
	all := h.log.batches(t)
	if len(all) != 2 || len(all[0].Records) != 500 || all[0].Source != "agent" || all[0].Records[7].ID != all[1].Records[7].ID {
		t.Errorf("the log has %d batches; expected two of the same 500 records from agent", len(all))
	}
	if n := h.counted(t, "points_total", "otlp_grpc"); n != 1000 {
		t.Errorf("%v points are counted; expected 1000", n)
	}
}

func TestGRPCTellsWhatIsRefused(t *testing.T) {
	h := open(t, Options{Now: time.Now, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
	client := pmetricotlp.NewGRPCClient(serveGRPC(t, h.GRPC()))
	md := request(2)
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().At(0).SetDoubleValue(math.Inf(1))
	answer, err := client.Export(callContext(t, ""), pmetricotlp.NewExportRequestFromMetrics(md))
	if err != nil || answer.PartialSuccess().RejectedDataPoints() != 1 || !strings.Contains(answer.PartialSuccess().ErrorMessage(), "finite") {
		t.Errorf("%v, %v; expected one refused and why", answer, err)
	}
	if all := h.log.batches(t); len(all) != 1 || len(all[0].Records) != 1 || all[0].Source != DefaultSource {
		t.Errorf("the log has %+v; expected the good point from %s", all, DefaultSource)
	}
}

func TestGRPCIsRefusedWithTheCodesOfOTLP(t *testing.T) {
	full := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "disk is full – “really”"}
	for _, c := range []struct {
		name  string
		token string
		fails error
		rate  bool
		body  int
		code  codes.Code
		again time.Duration
		says  string
	}{
		{"a token that is not one of ours", "wrong", nil, false, 1, codes.Unauthenticated, 0, "not one of ours"},
		{"a token of inventory", booksToken, nil, false, 1, codes.PermissionDenied, 0, "may send inventory"},
		{"too long", agentToken, nil, false, 3000, codes.ResourceExhausted, 0, "more than 20000 bytes"},
		{"a source beyond its share", agentToken, nil, true, 1, codes.ResourceExhausted, time.Hour, "more than its share"},
		{"a log that takes nothing", agentToken, full, false, 1, codes.Unavailable, 2 * time.Second, "takes nothing"},
		{"a log that will never take it", agentToken, evenkeel.Invalid("100 %% – no"), false, 1, codes.InvalidArgument, 0, "100 % – no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{Now: time.Now, Limits: intake.Limits{Body: 20_000}, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
			h.log.setFails(c.fails)
			if c.rate {
				h.sources.tokens[0].caller.points.spend(1<<50, time.Now())
			}
			client := pmetricotlp.NewGRPCClient(serveGRPC(t, h.GRPC()))
			_, err := client.Export(callContext(t, c.token), pmetricotlp.NewExportRequestFromMetrics(request(c.body)))
			s, _ := status.FromError(err)
			if s.Code() != c.code || !strings.Contains(s.Message(), c.says) {
				t.Errorf("%v; expected %v and %q", err, c.code, c.says)
			}
			var again time.Duration
			for _, d := range s.Details() {
				if r, ok := d.(*errdetails.RetryInfo); ok {
					again = r.RetryDelay.AsDuration()
				}
			}
			if again != c.again {
				t.Errorf("come again after %v; expected %v", again, c.again)
			}
			if h.log.records(t) != 0 || h.counted(t, "requests_refused_total", "otlp_grpc") != 1 {
				t.Error("the log has records, or the refusal is not counted")
			}
		})
	}
}

func TestOtherMethodsAreNotImplemented(t *testing.T) {
	h := open(t, Options{Now: time.Now})
	conn := serveGRPC(t, h.GRPC())
	err := conn.Invoke(callContext(t, ""), "/opentelemetry.proto.collector.trace.v1.TraceService/Export", &errdetails.RetryInfo{}, &errdetails.RetryInfo{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("%v; expected Unimplemented", err)
	}
	if h.counted(t, "requests_refused_total", "otlp_grpc", "method") != 1 {
		t.Error("the refusal is not counted")
	}
}

// TestACallThatIsNoCallIsRefused plays bytes that no gRPC library would send.
func TestACallThatIsNoCallIsRefused(t *testing.T) {
	message := protobufOf(t, request(1))
	framed := func(flag byte, length int, s string) string {
		return string([]byte{flag, 0, 0, byte(length >> 8), byte(length)}) + s
	}
	for _, c := range []struct {
		name, body, encoding string
		status, message      string
	}{
		{"nothing at all", "", "", "3", "no message"},
		{"half a frame", "\x00\x00\x00", "", "3", "no message"},
		{"a length that is too long", framed(0, len(message)+1, message), "", "3", "of the length"},
		{"two messages", framed(0, len(message), message) + framed(0, len(message), message), "", "3", "of the length"},
		{"a length beyond the limit", "\x00\xff\xff\xff\xff", "", "8", "more than"},
		{"a flag that is none", framed(7, len(message), message), "", "3", "neither packed nor plain"},
		{"packed, and nobody says how", framed(1, len(message), message), "", "12", "packed in a way"},
		{"packed in an unknown way", framed(1, len(message), message), "snappy", "12", "packed in a way"},
		{"said to be gzip", framed(1, len(message), message), "gzip", "3", "not gzip"},
		{"garbage", framed(0, 4, "\xff\xff\xff\xff"), "", "3", "protobuf"},
		{"a bomb", func() string { s := gzipped(strings.Repeat("\x00", 8<<20)); return framed(1, len(s), s) }(), "gzip", "8", "more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{})
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:4317"+grpcMethod, strings.NewReader(c.body))
			r.ProtoMajor, r.RemoteAddr = 2, "127.0.0.1:1"
			r.Header.Set("Content-Type", "application/grpc+proto")
			if c.encoding != "" {
				r.Header.Set("Grpc-Encoding", c.encoding)
			}
			w := httptest.NewRecorder()
			h.GRPC().ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Header().Get("Grpc-Status") != c.status || !strings.Contains(w.Header().Get("Grpc-Message"), c.message) {
				t.Errorf("%d, %v; expected status %s and %q", w.Code, w.Header(), c.status, c.message)
			}
		})
	}
	t.Run("no gRPC", func(t *testing.T) {
		h := open(t, Options{})
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:4317"+grpcMethod, strings.NewReader(message))
		r.Header.Set("Content-Type", "application/grpc")
		w := httptest.NewRecorder()
		h.GRPC().ServeHTTP(w, r)
		if w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("%d over HTTP/1.1; expected 415", w.Code)
		}
	})
}

// TestACallThatDoesNotEndIsRefused opens a call over a real connection and never ends it.
func TestACallThatDoesNotEndIsRefused(t *testing.T) {
	h := open(t, Options{Now: time.Now, BodyFor: 50 * time.Millisecond})
	conn := serveGRPC(t, h.GRPC())
	stream, err := conn.NewStream(callContext(t, agentToken), &grpc.StreamDesc{ClientStreams: true}, grpcMethod)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.RecvMsg(&errdetails.RetryInfo{}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("%v; expected DeadlineExceeded", err)
	}
	if h.counted(t, "requests_refused_total", "otlp_grpc", "slow") != 1 {
		t.Error("the refusal is not counted")
	}
}
