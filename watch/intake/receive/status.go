package receive

import (
	"encoding/binary"
	"time"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// The messages with which OTLP answers, written by hand because there are two and they are
// small. Numbers of fields are those of google/rpc/status.proto and error_details.proto, of
// google/protobuf/any.proto and duration.proto, and of opentelemetry-proto's
// collector/metrics/v1.

// appendField appends a field that is a text or a message; an empty one is left out.
func appendField(dst []byte, number int, v string) []byte {
	if v == "" {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(number)<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	return append(dst, v...)
}

// appendNumber appends a field that is a number; zero is left out.
func appendNumber(dst []byte, number int, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(number)<<3), v)
}

// appendStatus appends a google.rpc.Status, with a RetryInfo where the sender should come
// again.
func appendStatus(dst []byte, f *refusal) []byte {
	dst = appendNumber(dst, 1, uint64(outcomes[f.cause].grpc))
	dst = appendField(dst, 2, f.says)
	if f.again > 0 {
		delay := appendNumber(nil, 1, uint64(f.again/time.Second))
		delay = appendNumber(delay, 2, uint64(f.again%time.Second))
		detail := appendField(nil, 1, "type.googleapis.com/google.rpc.RetryInfo")
		detail = appendField(detail, 2, string(appendField(nil, 1, string(delay))))
		dst = appendField(dst, 3, string(detail))
	}
	return dst
}

// appendResponse appends an ExportMetricsServiceResponse, which says how many points were
// refused and why, or nothing where none were.
func appendResponse(dst []byte, t *intake.Tally) []byte {
	partial := appendNumber(nil, 1, uint64(t.Refused()))
	partial = appendField(partial, 2, t.Says())
	return appendField(dst, 1, string(partial))
}
