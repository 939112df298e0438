package receive

import (
	"mime"
	"net/http"
	"strconv"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// OTLP over HTTP, as the OpenTelemetry Protocol specification 1.x describes it.
const (
	protobufType = "application/x-protobuf"
	jsonType     = "application/json"
)

var otlpProtobuf = protocol{
	format: formatOTLPHTTP, needs: intake.GrantTelemetry,
	read: func(v *visit) *refusal {
		body, f := v.open(v.wire, v.r.Header.Get("Content-Encoding"))
		if f != nil {
			return f
		}
		return decoded(v.otlp.Protobuf(v.batch, body, v.arrived(), &v.tally))
	},
	answer: func(v *visit, f *refusal) {
		v.w.Header().Set("Content-Type", protobufType)
		if f == nil {
			_, _ = v.w.Write(appendResponse(nil, &v.tally))
			return
		}
		f.headers(v.w.Header())
		v.w.WriteHeader(f.status())
		_, _ = v.w.Write(appendStatus(nil, f))
	},
}

var otlpJSON = protocol{
	format: formatOTLPHTTP, needs: intake.GrantTelemetry,
	read: func(v *visit) *refusal {
		body, f := v.open(v.wire, v.r.Header.Get("Content-Encoding"))
		if f != nil {
			return f
		}
		return decoded(v.otlp.JSON(v.batch, body, v.arrived(), &v.tally))
	},
	answer: func(v *visit, f *refusal) {
		if f != nil {
			f.headers(v.w.Header())
			writeJSON(v.w, jsonType, f.status(), struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			}{outcomes[f.cause].grpc, f.says})
			return
		}
		type partial struct {
			Rejected string `json:"rejectedDataPoints"` // 64 bits: a string in JSON of protobuf
			Message  string `json:"errorMessage"`
		}
		var answer struct {
			Partial *partial `json:"partialSuccess,omitempty"`
		}
		if says := v.tally.Says(); says != "" {
			answer.Partial = &partial{strconv.Itoa(v.tally.Refused()), says}
		}
		writeJSON(v.w, jsonType, http.StatusOK, answer)
	},
}

// decoded is what an error of a decoder means for the request.
func decoded(err error) *refusal {
	if err == nil {
		return nil
	}
	return refusalOf(err)
}

func (d *Door) serveOTLP(w http.ResponseWriter, r *http.Request) {
	switch mediaType(r) {
	case protobufType:
		d.receive(w, r, &otlpProtobuf)
	case jsonType:
		d.receive(w, r, &otlpJSON)
	default:
		d.refuseUnread(w, formatOTLPHTTP, refuse(causeType, "expected Content-Type "+protobufType+" or "+jsonType))
	}
}

// refuseUnread refuses a request whose body was not looked at, because nobody could tell what
// it is.
func (d *Door) refuseUnread(w http.ResponseWriter, in format, f *refusal) {
	bodyUntil(w, d.opt.Now().Add(d.opt.BodyFor))
	d.counts[in].requests.Inc()
	d.counts[in].refused[f.cause].Inc()
	f.problem(w, nil)
}

// mediaType is a request's content type in lower case and without parameters; "" where there
// is none, or one in another character set than UTF-8.
func mediaType(r *http.Request) string {
	given := r.Header.Get("Content-Type")
	if given == protobufType || given == jsonType {
		return given
	}
	media, params, err := mime.ParseMediaType(given)
	if set := params["charset"]; err != nil || set != "" && !equalFold(set, "utf-8", "us-ascii") {
		return ""
	}
	return media
}
