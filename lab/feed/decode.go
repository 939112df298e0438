package feed

import (
	"bytes"
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
	"github.com/evenkeel/evenkeel/watch/intake/otlp"
)

// decoder appends the records of one line to a batch and counts in the tally. After an
// error the batch has only what was good beside it: other events of an array.
type decoder interface {
	decode(b *evenkeel.Batch, line []byte, t *intake.Tally) error
}

// newDecoder returns the decoder of a format. Bounds other than the line's length are off:
// who replays a file means all of it. So is the window of accepted times (now is 0).
func newDecoder(f Format, opts Options) decoder {
	limits := intake.Limits{Body: opts.MaxLine, Points: math.MaxInt32, Assets: math.MaxInt32}
	if f == FormatCloudEvents {
		return (*eventDecoder)(&cloudevent.Decoder{Limits: limits})
	}
	return (*otlpDecoder)(&otlp.Decoder{Limits: limits, Assets: opts.Assets})
}

type otlpDecoder otlp.Decoder

func (d *otlpDecoder) decode(b *evenkeel.Batch, line []byte, t *intake.Tally) error {
	before := seen(t)
	if err := (*otlp.Decoder)(d).JSON(b, line, 0, t); err != nil || seen(t) > before {
		return err
	}
	// A line without any point may be another thing altogether, of which every key is
	// unknown and so ignored.
	if f, _ := formatOf(line); f != FormatOTLP {
		return evenkeel.Invalid(`expected an OTLP request {"resourceMetrics":[…]}`)
	}
	return nil
}

func seen(t *intake.Tally) int { return t.Accepted + t.Refused() + t.Ignored() }

type eventDecoder cloudevent.Decoder

func (d *eventDecoder) decode(b *evenkeel.Batch, line []byte, t *intake.Tally) error {
	if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("[")) {
		return (*cloudevent.Decoder)(d).Batch(b, line, 0, t)
	}
	return (*cloudevent.Decoder)(d).Event(b, line, 0, t)
}
