package receive

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// OTLP over gRPC. A call with one request and one answer is a POST over HTTP/2 whose bodies
// have five bytes before them and whose outcome stands in the trailers ("gRPC over HTTP2" of
// the gRPC project). So it is served as one, by the same code and in the same bounds as all
// other requests.
const (
	grpcType   = "application/grpc"
	grpcMethod = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
	grpcFrame  = 5 // a byte that says whether the message is packed, and its length
)

var otlpGRPC = protocol{
	format: formatOTLPGRPC, needs: intake.GrantTelemetry, frame: grpcFrame,
	read: func(v *visit) *refusal {
		message, f := v.grpcMessage()
		if f != nil {
			return f
		}
		return decoded(v.otlp.Protobuf(v.batch, message, v.arrived(), &v.tally))
	},
	answer: func(v *visit, f *refusal) {
		if f != nil {
			grpcRefuse(v.w, f)
			return
		}
		h := v.w.Header()
		h.Set("Content-Type", grpcType)
		answer := appendResponse(make([]byte, grpcFrame, 64), &v.tally)
		binary.BigEndian.PutUint32(answer[1:], uint32(len(answer)-grpcFrame))
		_, _ = v.w.Write(answer)
		h.Set(http.TrailerPrefix+"Grpc-Status", strconv.Itoa(grpcOK))
	},
}

func (d *Door) serveGRPC(w http.ResponseWriter, r *http.Request) {
	switch media := mediaType(r); {
	case r.ProtoMajor != 2 || r.Method != http.MethodPost || media != grpcType && media != grpcType+"+proto":
		d.refuseUnread(w, formatOTLPGRPC, refuse(causeType, "expected a call of gRPC: a POST over HTTP/2 of Content-Type "+grpcType))
	case r.URL.Path != grpcMethod:
		d.counts[formatOTLPGRPC].requests.Inc()
		d.counts[formatOTLPGRPC].refused[causeMethod].Inc()
		grpcRefuse(w, refuse(causeMethod, "expected the method "+grpcMethod+"; nothing but metrics is taken"))
	default:
		d.receive(w, r, &otlpGRPC)
	}
}

// grpcMessage returns the one message of a call.
func (v *visit) grpcMessage() ([]byte, *refusal) {
	if len(v.wire) < grpcFrame {
		return nil, refuse(causeBody, "the call has no message; expected one")
	}
	packed, message := v.wire[0], v.wire[grpcFrame:]
	switch length := binary.BigEndian.Uint32(v.wire[1:]); {
	case packed > 1:
		return nil, refuse(causeBody, "the message is neither packed nor plain")
	case uint64(length) > uint64(v.most):
		return nil, v.tooLarge()
	case int(length) != len(message):
		return nil, refuse(causeBody, "the call has not one message of the length that it says")
	}
	encoding := v.r.Header.Get("Grpc-Encoding")
	if packed == 0 {
		encoding = ""
	} else if encoding != "gzip" && encoding != "zstd" {
		return nil, refuse(causeEncoding, "the message is packed in a way that is not read; expected gzip, zstd or none")
	}
	return v.open(message, encoding)
}

// grpcRefuse answers with trailers alone.
func grpcRefuse(w http.ResponseWriter, f *refusal) {
	h := w.Header()
	h.Set("Content-Type", grpcType)
	if f.cause == causeEncoding {
		h.Set("Grpc-Accept-Encoding", "gzip, zstd")
	}
	h.Set("Grpc-Status", strconv.Itoa(outcomes[f.cause].grpc))
	h.Set("Grpc-Message", grpcEscape(f.says))
	if f.again > 0 {
		h.Set("Grpc-Status-Details-Bin", base64.RawStdEncoding.EncodeToString(appendStatus(nil, f)))
	}
	w.WriteHeader(http.StatusOK)
}

// grpcEscape writes all but printable ASCII as the percent sign and two digits.
func grpcEscape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '%' {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
