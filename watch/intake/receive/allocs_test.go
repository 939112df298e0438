//go:build !race

package receive

import (
	"net/http"
	"strings"
	"testing"
)

// TestARequestAllocatesPerRequestNotPerPoint is not for the race detector, under which a
// sync.Pool throws away at random.
func TestARequestAllocatesPerRequestNotPerPoint(t *testing.T) {
	h := openDiscard(t).HTTP()
	for _, c := range []struct {
		name, path, headers, body string
		most                      float64
	}{
		{"protobuf", "/v1/metrics", protobufHeader, protobufOf(t, hosts()), 16},
		{"protobuf+gzip", "/v1/metrics", protobufHeader + "Content-Encoding: gzip", gzipped(protobufOf(t, hosts())), 16},
		{"protobuf+zstd", "/v1/metrics", protobufHeader + "Content-Encoding: zstd", zstandard(protobufOf(t, hosts())), 18},
		{"JSON", "/v1/metrics", jsonHeader, jsonOf(t, hosts()), 20},
		{"remote write", "/api/v1/write", writeHeader, snapped(written(t, make([]float64, 1000)...)), 18},
	} {
		body := strings.NewReader(c.body)
		w := &quiet{header: http.Header{}}
		r := benchRequest(c.path, c.headers, body)
		n := testing.AllocsPerRun(50, func() {
			body.Reset(c.body)
			clear(w.header)
			h.ServeHTTP(w, r)
		})
		if w.status >= 300 || n > c.most {
			t.Errorf("%s: status %d, %v allocations for 1,000 points; expected at most %v", c.name, w.status, n, c.most)
		}
	}
}
