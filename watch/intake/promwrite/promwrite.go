package promwrite

import (
	"unsafe"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Decoder turns requests into records. Set its fields before the first request. It reuses
// memory between requests and is for one goroutine at a time.
type Decoder struct {
	// Limits bounds a request: Body, Points (samples, those of unknown metrics too),
	// Attributes (labels of a series), Key, Value and Assets count here.
	Limits intake.Limits
	Window intake.Window
	// Labels are those that name the asset; the first one that is present wins. Empty:
	// DefaultLabels.
	Labels []string
	// Key is the secret of the identities; see intake.NewIdentities.
	Key siphash.Key

	sink sink
}

// Request appends the records of a WriteRequest to b. The batch's source is part of the
// identities. now is the receiver's clock, 0 for a replay; see intake.Window. t counts what
// was taken and what was not.
//
// A body that is too long, is not what was expected or has too many samples is an error of
// KindInvalid that says where and what was expected; then b has no new record and t is as it
// was.
func (d *Decoder) Request(b *evenkeel.Batch, body []byte, now evenkeel.Moment, t *intake.Tally) error {
	err := d.Limits.CheckBody(len(body))
	if err == nil {
		before, start := *t, len(b.Records)
		d.sink.begin(d, b, now, t)
		defer d.sink.release()
		// The walk needs no copy of the body: what is kept is cloned (sink.symOf).
		if err = d.sink.request(unsafe.String(unsafe.SliceData(body), len(body))); err == nil {
			t.Accepted += len(b.Records) - start
			return nil
		}
		*t, b.Records = before, b.Records[:start]
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: "read remote write request", Hint: evenkeel.HintOf(err), Err: err,
	}
}
