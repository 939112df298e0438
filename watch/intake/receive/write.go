package receive

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// Prometheus remote write 1.0. A sender comes again after 5xx; after 4xx it drops what it
// sent, after 429 too unless it is told otherwise (retry_on_http_429). So whoever sends too
// much is told 503 here.
var remoteWrite = protocol{
	format: formatWrite, needs: intake.GrantTelemetry,
	read: func(v *visit) *refusal {
		if encoding := v.r.Header.Get("Content-Encoding"); encoding != "snappy" {
			return refuse(causeEncoding, fmt.Sprintf("the content encoding is %.40q; expected snappy", encoding))
		}
		body, f := v.open(v.wire, "snappy")
		if f != nil {
			return f
		}
		return decoded(v.write.Request(v.batch, body, v.arrived(), &v.tally))
	},
	answer: answerWrite,
}

// answerWrite answers in one line of text, which a Prometheus logs. The 400 for samples that
// were refused says that it is no use to send them again; those beside them are in the log.
func answerWrite(v *visit, f *refusal) {
	switch {
	case f != nil:
		f.headers(v.w.Header())
		if f.cause == causeEncoding {
			v.w.Header().Set("Accept-Encoding", "snappy")
		}
		status := f.status()
		if f.cause == causeRate {
			status = http.StatusServiceUnavailable
		}
		http.Error(v.w, oneLine(f.says), status)
	case v.tally.Refused() > 0:
		http.Error(v.w, oneLine(fmt.Sprintf("%d samples taken, %s", v.tally.Accepted, v.tally.Says())), http.StatusBadRequest)
	default:
		v.w.WriteHeader(http.StatusNoContent)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (d *Door) serveWrite(w http.ResponseWriter, r *http.Request) {
	if mediaType(r) != protobufType || strings.Contains(r.Header.Get("Content-Type"), "proto=io.prometheus.write.v2") {
		d.refuseUnread(w, formatWrite, refuse(causeType,
			"expected Content-Type "+protobufType+" and a prometheus.WriteRequest, which is remote write 1.0"))
		return
	}
	d.receive(w, r, &remoteWrite)
}
