package receive

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

const protobufHeader, jsonHeader = "Content-Type: application/x-protobuf\n", "Content-Type: application/json\n"

func TestOTLPIsTakenInBothEncodingsAndAllPackings(t *testing.T) {
	plain := map[string]string{protobufHeader: protobufOf(t, request(20)), jsonHeader: jsonOf(t, request(20))}
	packings := map[string]func(string) string{
		"": func(s string) string { return s }, "identity": func(s string) string { return s },
		"gzip": gzipped, "x-gzip": gzipped, "zstd": zstandard,
	}
	var first *evenkeel.Batch
	for header, body := range plain {
		for packing, pack := range packings {
			t.Run(strings.TrimSpace(header)+" "+packing, func(t *testing.T) {
				h := open(t, Options{})
				headers := header + "Authorization: Bearer " + agentToken
				if packing != "" {
					headers += "\nContent-Encoding: " + packing
				}
				w := h.do(sent{path: "/v1/metrics", body: pack(body), headers: headers})
				if w.Code != http.StatusOK {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				answer := pmetricotlp.NewExportResponse()
				read := answer.UnmarshalProto
				if header == jsonHeader {
					read = answer.UnmarshalJSON
				}
				if err := read(w.Body.Bytes()); err != nil || answer.PartialSuccess().RejectedDataPoints() != 0 {
					t.Errorf("the answer is %v, %v; expected nothing refused", answer, err)
				}
				if want := strings.TrimPrefix(strings.TrimSpace(header), "Content-Type: "); w.Header().Get("Content-Type") != want {
					t.Errorf("the answer is of type %s; expected %s", w.Header().Get("Content-Type"), want)
				}
				all := h.log.batches(t)
				if len(all) != 1 || len(all[0].Records) != 20 || all[0].Source != "agent" || all[0].Arrived != testNow {
					t.Fatalf("the log has %+v; expected one batch of 20 records from agent", all)
				}
				if first == nil {
					first = all[0]
				}
				for i := range first.Records {
					if first.Records[i] != all[0].Records[i] {
						t.Fatalf("record %d differs from that of another encoding", i)
					}
				}
				if n := h.counted(t, "points_total", "otlp_http"); n != 20 {
					t.Errorf("%v points are counted; expected 20", n)
				}
			})
		}
	}
}

func TestWhatIsRefusedIsToldAsPartialSuccess(t *testing.T) {
	md := request(3)
	p := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
	p.At(0).SetDoubleValue(math.NaN())
	p.At(1).SetTimestamp(4_102_444_800e9) // 2100
	other := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty()
	other.SetName("process.threads")
	other.SetEmptyGauge().DataPoints().AppendEmpty().SetIntValue(3)
	for _, c := range []struct {
		header, body string
	}{{protobufHeader, protobufOf(t, md)}, {jsonHeader, jsonOf(t, md)}} {
		h := open(t, Options{})
		w := h.do(sent{path: "/v1/metrics", body: c.body, headers: c.header})
		answer := pmetricotlp.NewExportResponse()
		read := answer.UnmarshalProto
		if c.header == jsonHeader {
			read = answer.UnmarshalJSON
		}
		if err := read(w.Body.Bytes()); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%d %q: %v", w.Code, w.Body, err)
		}
		partial := answer.PartialSuccess()
		if partial.RejectedDataPoints() != 2 || !strings.Contains(partial.ErrorMessage(), "not a finite number") ||
			!strings.Contains(partial.ErrorMessage(), "further ahead") {
			t.Errorf("%d refused: %q; expected two and why", partial.RejectedDataPoints(), partial.ErrorMessage())
		}
		if n := h.log.records(t); n != 1 {
			t.Errorf("the log has %d records; expected the good one", n)
		}
		for reason, want := range map[string]float64{"not_a_number": 1, "too_new": 1} {
			if n := h.counted(t, "points_refused_total", "otlp_http", reason); n != want {
				t.Errorf("%v points are counted as %s; expected %v", n, reason, want)
			}
		}
		if n := h.counted(t, "points_ignored_total", "otlp_http", "unknown_metric"); n != 1 {
			t.Errorf("%v points are counted as ignored; expected 1", n)
		}
	}
}

func TestARequestThatIsNotTakenIsAnsweredWithAStatus(t *testing.T) {
	for _, c := range []struct {
		name   string
		sent   sent
		status int
		code   int32
		says   string
	}{
		{"garbage", sent{body: "\xff\xff garbage", headers: protobufHeader}, 400, 3, "expected a protobuf field"},
		{"cut short", sent{body: protobufOf(t, request(3))[:50], headers: protobufHeader}, 400, 3, "expected a protobuf field"},
		{"no compression where one is said", sent{body: "plain", headers: protobufHeader + "Content-Encoding: gzip"}, 400, 3, "not gzip"},
		{"an unknown compression", sent{body: "plain", headers: protobufHeader + "Content-Encoding: br"}, 415, 12, "expected gzip, zstd"},
		{"no token", sent{headers: protobufHeader, from: "192.0.2.1:1"}, 401, 16, "there is no token"},
		{"a token of inventory", sent{headers: protobufHeader + "Authorization: Bearer " + booksToken}, 403, 7, "it may send inventory"},
		{"too long", sent{body: protobufOf(t, request(3000)), headers: protobufHeader}, 413, 8, "more than 20000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{Limits: intake.Limits{Body: 20_000}})
			c.sent.path = "/v1/metrics"
			w := h.do(c.sent)
			var status spb.Status
			if err := proto.Unmarshal(w.Body.Bytes(), &status); err != nil {
				t.Fatalf("the answer is no Status: %v", err)
			}
			if w.Code != c.status || status.Code != c.code || !strings.Contains(status.Message, c.says) {
				t.Errorf("%d, %v; expected %d, code %d and %q", w.Code, &status, c.status, c.code, c.says)
			}
			if h.log.records(t) != 0 || h.counted(t, "requests_refused_total") != 1 {
				t.Error("the log has records, or the refusal is not counted")
			}
		})
	}
}

func TestAContentTypeThatIsNotReadIsRefused(t *testing.T) {
	for _, header := range []string{"", "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16", "Content-Type: ;;"} {
		h := open(t, Options{})
		w := h.do(sent{path: "/v1/metrics", body: "{}", headers: header})
		if w.Code != http.StatusUnsupportedMediaType || h.counted(t, "requests_refused_total", "content_type") != 1 {
			t.Errorf("%q: %d %s; expected 415, counted", header, w.Code, w.Body)
		}
	}
	h := open(t, Options{})
	if w := h.do(sent{path: "/v1/metrics", body: "{}", headers: "Content-Type: Application/JSON; charset=UTF-8"}); w.Code != http.StatusOK {
		t.Errorf("%d %s; expected JSON in UTF-8 to be read", w.Code, w.Body)
	}
}

func TestNobodyIsThankedBeforeTheLogHasTheBatch(t *testing.T) {
	h := open(t, Options{})
	body := protobufOf(t, request(3))
	for _, c := range []struct {
		name   string
		err    error
		status int
		again  string
	}{
		{"a log that is full", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "append to /data/log: disk is full"}, 503, "2"},
		{"a log that fails in a way that nobody foresaw", errors.New("secret path"), 503, "2"},
		{"a log that takes too long", context.DeadlineExceeded, 503, "2"},
		{"a log that will never take this batch", evenkeel.Invalid("batch of 17 MiB"), 400, ""},
		{"a log that takes it", nil, 200, ""},
	} {
		h.log.setFails(c.err)
		w := h.do(sent{path: "/v1/metrics", body: body, headers: protobufHeader})
		if w.Code != c.status || w.Header().Get("Retry-After") != c.again {
			t.Errorf("%s: %d, come again after %q; expected %d, %q", c.name, w.Code, w.Header().Get("Retry-After"), c.status, c.again)
		}
		if strings.Contains(w.Body.String(), "/data/log") || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: the sender is told what is only for the operator: %s", c.name, w.Body)
		}
	}
	if n := h.counted(t, "points_total"); n != 3 {
		t.Errorf("%v points are counted; expected the 3 that are durable", n)
	}
}

func TestTheSamePointsRebatchedHaveTheSameIDs(t *testing.T) {
	h := open(t, Options{})
	whole := request(30)
	h.do(sent{path: "/v1/metrics", body: protobufOf(t, whole), headers: protobufHeader})
	points := whole.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
	for i := range points.Len() {
		one := request(0)
		into := one.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
		points.At(points.Len() - 1 - i).CopyTo(into.AppendEmpty())
		if w := h.do(sent{path: "/v1/metrics", body: jsonOf(t, one), headers: jsonHeader}); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
	}
	seen := map[uint64]int{}
	for _, b := range h.log.batches(t) {
		for i := range b.Records {
			seen[b.Records[i].ID]++
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d identities; expected 30, each of them twice", len(seen))
	}
	for id, n := range seen {
		if n != 2 {
			t.Errorf("identity %d came %d times; expected 2", id, n)
		}
	}
}

func TestAnEmptyRequestIsThankedAndWritesNothing(t *testing.T) {
	h := open(t, Options{})
	if w := h.do(sent{path: "/v1/metrics", body: protobufOf(t, pmetric.NewMetrics()), headers: protobufHeader}); w.Code != http.StatusOK || len(h.log.stored) != 0 {
		t.Errorf("%d, %d batches; expected 200 and none", w.Code, len(h.log.stored))
	}
}
