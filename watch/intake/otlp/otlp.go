package otlp

import (
	"unsafe"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Decoder turns requests into records. Set its fields before the first request. It reuses
// memory between requests and is for one goroutine at a time.
type Decoder struct {
	Limits intake.Limits
	Window intake.Window
	// Assets are the attributes of point or resource that name the asset; the first one that
	// is present wins. Empty: intake.DefaultAssetAttributes.
	Assets []string
	// Key is the secret of the identities; see intake.NewIdentities.
	Key siphash.Key

	sink sink
}

// Protobuf appends the records of an ExportMetricsServiceRequest to b. The batch's source
// is part of the identities. now is the receiver's clock, 0 for a replay; see
// intake.Window. t counts what was taken and what was not.
//
// A body that is too long, is not what was expected or has too many points is an error of
// KindInvalid that says where and what was expected; then b has no new record and t is as
// it was.
func (d *Decoder) Protobuf(b *evenkeel.Batch, body []byte, now evenkeel.Moment, t *intake.Tally) error {
	return d.decode("read OTLP request (protobuf)", b, body, now, t, (*sink).protobuf)
}

// JSON is Protobuf for the JSON encoding of a request: field names in camelCase or
// snake_case, 64-bit numbers as strings or numbers, enumerations as numbers or names,
// unknown fields ignored. The OpenTelemetry Collector's file exporter writes one such
// request per line.
func (d *Decoder) JSON(b *evenkeel.Batch, body []byte, now evenkeel.Moment, t *intake.Tally) error {
	return d.decode("read OTLP request (JSON)", b, body, now, t, (*sink).json)
}

func (d *Decoder) decode(doing string, b *evenkeel.Batch, body []byte, now evenkeel.Moment, t *intake.Tally,
	walk func(*sink, string) error,
) error {
	err := d.Limits.CheckBody(len(body))
	if err == nil {
		before, start := *t, len(b.Records)
		d.sink.begin(d, b, now, t)
		defer d.sink.release()
		// The walk needs no copy of the body: what is kept is cloned (sink.symOf).
		if err = walk(&d.sink, unsafe.String(unsafe.SliceData(body), len(body))); err == nil {
			d.sink.finish(start)
			return nil
		}
		*t, b.Records = before, b.Records[:start]
	}
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: doing, Hint: evenkeel.HintOf(err), Err: err}
}
