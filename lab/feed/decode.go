package feed

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
	"github.com/evenkeel/evenkeel/watch/intake/otlp"
)

// decoder appends the records of one line to a batch and counts in the tally. After an
// error the batch has only what was good beside it, other events of an array, and the tally
// has only counted that: the error tells the rest.
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
	read := (*cloudevent.Decoder)(d).Event
	if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("[")) {
		read = (*cloudevent.Decoder)(d).Batch
	}
	before := *t
	err := read(b, line, 0, t)
	if err == nil {
		return nil
	}
	*t = unrefused(before, *t)
	if name := actIn(line); name != "" {
		return evenkeel.Invalid("%s is an act, something that people did; expected it in a file of acts, which --acts names", name)
	}
	return err
}

// actIn returns the type of the first act among the events of a line, or "".
func actIn(line []byte) string {
	type event struct {
		Type string `json:"type"`
	}
	events := make([]event, 1)
	if json.Unmarshal(line, &events[0]) != nil && json.Unmarshal(line, &events) != nil {
		return ""
	}
	for _, e := range events {
		if slices.Contains(actevent.Types(), e.Type) {
			return e.Type
		}
	}
	return ""
}

// unrefused is a tally without what was refused since an earlier one.
func unrefused(before, now intake.Tally) intake.Tally {
	t := before
	t.Accepted = now.Accepted
	for _, r := range intake.Reasons() {
		n, example := now.Of(r)
		if had, _ := before.Of(r); !r.Refuses() && t.CountN(r, n-had) {
			t.Explain(r, example)
		}
	}
	return t
}

// mixed says that a line is of the other format than its file is read as, or nil.
func mixed(line []byte, as Format, forced bool) error {
	is, _ := formatOf(line)
	if is == FormatDetect || is == as {
		return nil
	}
	why := "its first line is one"
	if forced {
		why = "--format says so"
	}
	return evenkeel.Invalid("this line is %s, but the file is read as %s (%s): put the two formats into different files",
		[...]string{FormatOTLP: "an OTLP request", FormatCloudEvents: "a CloudEvent"}[is],
		[...]string{FormatOTLP: "OTLP requests", FormatCloudEvents: "CloudEvents"}[as], why)
}
