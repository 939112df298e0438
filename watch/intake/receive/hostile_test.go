package receive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// bombs are small bodies that unpack to 128 MiB and more, by their content encoding.
func bombs(t *testing.T) map[string]string {
	t.Helper()
	zeros := strings.Repeat("\x00", 1<<20)
	var z bytes.Buffer
	w, err := zstd.NewWriter(&z, zstd.WithWindowSize(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	for range 128 {
		if _, err := io.WriteString(w, zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"gzip": strings.Repeat(gzipped(zeros), 128), // members of one stream
		"zstd": z.String(),
		// A frame of one segment that says it holds four gigabytes, and holds nothing.
		"zstd that lies": "\x28\xb5\x2f\xfd\xe0" + string(binary.LittleEndian.AppendUint64(nil, 4<<30)),
		"snappy":         string(binary.AppendUvarint(nil, 1<<30)) + strings.Repeat("\xfe\x01\x00", 1<<16),
	}
}

func TestABombCostsWhatTheLimitsAllow(t *testing.T) {
	for name, bomb := range bombs(t) {
		encoding, _, _ := strings.Cut(name, " ")
		t.Run(name, func(t *testing.T) {
			h := open(t, Options{})
			s := sent{path: "/v1/metrics", body: bomb, headers: protobufHeader + "Content-Encoding: " + encoding}
			if encoding == "snappy" {
				s.path, s.headers = "/api/v1/write", writeHeader
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w := h.do(s)
			runtime.ReadMemStats(&after)
			if w.Code != http.StatusRequestEntityTooLarge || h.counted(t, "requests_refused_total", "too_large") != 1 {
				t.Errorf("%d %.200q; expected 413, counted", w.Code, w.Body)
			}
			// The limit is 4 MiB; slices double as they grow.
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 48<<20 {
				t.Errorf("%d bytes were allocated for a body of %d; expected at most 48 MiB", grown, len(bomb))
			}
			if h.log.records(t) != 0 {
				t.Error("the log has records of it")
			}
		})
	}
}

func TestABodyOfTheLimitIsTakenAndOneByteMoreIsNot(t *testing.T) {
	body := protobufOf(t, request(300))
	for _, pack := range []struct {
		encoding string
		pack     func(string) string
	}{{"", func(s string) string { return s }}, {"gzip", gzipped}, {"zstd", zstandard}} {
		for less, want := range map[int]int{0: http.StatusOK, 1: http.StatusRequestEntityTooLarge} {
			h := open(t, Options{Limits: intake.Limits{Body: len(body) - less}})
			w := h.do(sent{path: "/v1/metrics", body: pack.pack(body), headers: protobufHeader + "Content-Encoding: " + pack.encoding})
			if w.Code != want {
				t.Errorf("%q, a limit of %d bytes less: %d; expected %d", pack.encoding, less, w.Code, want)
			}
		}
	}
}

// TestGarbageIsRefusedEverywhere plays bodies that are nothing at every way in.
func TestGarbageIsRefusedEverywhere(t *testing.T) {
	good := map[string]string{
		"/v1/metrics " + protobufHeader:                            protobufOf(t, request(3)),
		"/v1/metrics " + protobufHeader + "Content-Encoding: gzip": gzipped(protobufOf(t, request(3))),
		"/v1/metrics " + protobufHeader + "Content-Encoding: zstd": zstandard(protobufOf(t, request(3))),
		"/v1/metrics " + jsonHeader:                                jsonOf(t, request(3)),
		"/api/v1/write " + writeHeader:                             snapped(written(t, 1, 2, 3)),
		"/events " + structuredHeader:                              event("a", "flow", flowData),
		"/events " + batchHeader:                                   "[" + event("a", "flow", flowData) + "]",
	}
	h := open(t, Options{})
	for way, body := range good {
		path, headers, _ := strings.Cut(way, " ")
		bad := map[string]string{
			"nothing that was meant": "\xff\xfe\xfd" + strings.Repeat("garbage ", 40),
			"cut in the middle":      body[:len(body)/2],
			"cut before its end":     body[:len(body)-1],
		}
		for name, b := range bad {
			if w := h.do(sent{path: path, body: b, headers: headers}); w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("%q, %s: %d %.200q; expected 400 or 413", way, name, w.Code, w.Body)
			}
		}
		before := len(h.log.batches(t))
		if w := h.do(sent{path: path, body: body, headers: headers}); w.Code >= 300 || len(h.log.batches(t)) != before+1 {
			t.Errorf("%q: the good body was not taken: %d %s", way, w.Code, w.Body)
		}
	}
	if n := len(h.log.batches(t)); n != len(good) {
		t.Errorf("the log has %d batches; expected the %d good ones", n, len(good))
	}
}

// TestAMillionLabelValuesOfOneSourceAreItsOwn sends a million different label values of one
// asset from one source. It gets what its share allows and is told when to come again; another
// source is let in all the while. What is kept of a label is a number, not its text.
func TestAMillionLabelValuesOfOneSourceAreItsOwn(t *testing.T) {
	sources, err := NewSources(nil,
		Source{Name: "loud", Tokens: [][32]byte{sha256.Sum256([]byte("loud"))}, May: intake.GrantTelemetry, Points: 100_000},
		Source{Name: "quiet", Tokens: [][32]byte{sha256.Sum256([]byte("quiet"))}, May: intake.GrantTelemetry})
	if err != nil {
		t.Fatal(err)
	}
	h := openTo(t, sources, Options{})
	const points, requests = 20_000, 50
	taken, told := 0, 0
	md := request(points)
	for i := range requests {
		all := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
		for j := range points {
			all.At(j).Attributes().PutStr("device", fmt.Sprintf("value-%d", i*points+j))
		}
		switch w := h.do(sent{path: "/v1/metrics", body: protobufOf(t, md), headers: protobufHeader + "Authorization: Bearer loud"}); w.Code {
		case http.StatusOK:
			taken++
		case http.StatusTooManyRequests:
			if w.Header().Get("Retry-After") == "" {
				t.Fatal("the source is not told when to come again")
			}
			told++
		default:
			t.Fatal(w.Code, w.Body)
		}
		if w := h.do(sent{path: "/v1/metrics", body: protobufOf(t, request(1)), headers: protobufHeader + "Authorization: Bearer quiet"}); w.Code != http.StatusOK {
			t.Fatalf("the other source is refused: %d %s", w.Code, w.Body)
		}
	}
	// Two seconds' worth, and no time passes.
	if taken != 2*100_000/points || told != requests-taken {
		t.Errorf("%d requests were taken and %d told to come again; expected %d", taken, told, 2*100_000/points)
	}
	if n := h.counted(t, "requests_refused_total", "rate"); int(n) != told {
		t.Errorf("%v refusals are counted; expected %d", n, told)
	}
	for _, b := range h.log.batches(t) {
		if len(b.Strings) != 2 {
			t.Fatalf("a batch has %d strings; expected the name of the asset alone", len(b.Strings))
		}
	}
}

func TestARequestHasBounds(t *testing.T) {
	many := pmetric.NewMetrics()
	request(65_536).CopyTo(many)
	request(1).ResourceMetrics().MoveAndAppendTo(many.ResourceMetrics())
	deep := request(1)
	value := deep.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().At(0).Attributes().PutEmptyMap("deep")
	for range 40 {
		value = value.PutEmptyMap("deep")
	}
	for _, c := range []struct {
		name   string
		md     pmetric.Metrics
		status int
		says   string
	}{
		{"more points than a batch can hold", many, http.StatusBadRequest, "more than 65536 points"},
		{"an attribute that nests deep", deep, http.StatusOK, "nests deeper"},
	} {
		h := open(t, Options{Limits: intake.Limits{Body: 32 << 20}})
		w := h.do(sent{path: "/v1/metrics", body: protobufOf(t, c.md), headers: protobufHeader})
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || h.log.records(t) != 0 {
			t.Errorf("%s: %d %.300q; expected %d and %q", c.name, w.Code, w.Body, c.status, c.says)
		}
	}
}

// TestABodyThatComesTooSlowlyIsRefused holds connections open without sending the bodies that
// were promised.
func TestABodyThatComesTooSlowlyIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, headers string
		status        int
		reason        string
	}{
		{"of a known sender", "Content-Type: application/json\r\n", http.StatusRequestTimeout, "slow"},
		{"of an unknown sender", "Content-Type: application/json\r\nAuthorization: Bearer x\r\n", http.StatusUnauthorized, "token"},
		{"of something else", "Content-Type: text/plain\r\n", http.StatusUnsupportedMediaType, "content_type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, Options{Now: time.Now, BodyFor: 50 * time.Millisecond, AtOnce: 1})
			srv := httptest.NewServer(h.HTTP())
			defer srv.Close()
			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			fmt.Fprintf(conn, "POST /v1/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: 1000\r\n\r\n{", c.headers)
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != c.status || h.counted(t, "requests_refused_total", c.reason) != 1 {
				t.Errorf("%d; expected %d, counted as %s", answer.StatusCode, c.status, c.reason)
			}
			// The turn was given back.
			if w := h.do(sent{path: "/v1/metrics", body: `{}`, headers: jsonHeader}); w.Code != http.StatusOK {
				t.Errorf("the next request: %d %s", w.Code, w.Body)
			}
		})
	}
}

// TestALogThatTakesLongerThanABodyMayIsWaitedFor: the deadline of the body is over when the log
// answers, on a connection that is used again.
func TestALogThatTakesLongerThanABodyMayIsWaitedFor(t *testing.T) {
	h := open(t, Options{Now: time.Now, BodyFor: 50 * time.Millisecond, Window: intake.Window{Past: 1 << 62, Future: 1 << 62}})
	srv := httptest.NewServer(h.HTTP())
	defer srv.Close()
	for range 2 {
		hold := make(chan struct{})
		h.log.hold = hold
		time.AfterFunc(150*time.Millisecond, func() { close(hold) })
		answer, err := srv.Client().Post(srv.URL+"/v1/metrics", "application/json", strings.NewReader(jsonOf(t, request(1))))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%d; expected 200", answer.StatusCode)
		}
	}
}

func TestABodyThatEndsEarlyIsRefused(t *testing.T) {
	h := open(t, Options{})
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/v1/metrics", io.MultiReader(strings.NewReader("{"), iotestErr{}))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.HTTP().ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "ends before it should") {
		t.Errorf("%d %s; expected 400", w.Code, w.Body)
	}
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
