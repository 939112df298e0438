package intake

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// Limits bounds what a parser takes from one request or line. A zero field means its
// default.
type Limits struct {
	Body          int // bytes of a request or line after decompression; 4 MiB
	Points        int // points or events in one request; evenkeel.MaxBatchRecords
	Attributes    int // attributes of one point; 64
	ResourceAttrs int // attributes of one resource, all its points share them; 256
	Key           int // bytes of an attribute's key; 256
	Value         int // bytes of an attribute's text; 4 KiB
	Depth         int // how deep values may nest; 16
	Assets        int // different assets in one request; 16,384
}

// WithDefaults returns l with the default in every field that is zero.
func (l Limits) WithDefaults() Limits {
	for _, f := range [...]struct {
		field    *int
		standard int
	}{
		{&l.Body, 4 << 20}, {&l.Points, evenkeel.MaxBatchRecords}, {&l.Attributes, 64}, {&l.ResourceAttrs, 256},
		{&l.Key, 256}, {&l.Value, 4 << 10}, {&l.Depth, 16}, {&l.Assets, 16 << 10},
	} {
		if *f.field == 0 {
			*f.field = f.standard
		}
	}
	return l
}

// CheckBody says that a body is too long, or nil.
func (l Limits) CheckBody(n int) error {
	if most := l.WithDefaults().Body; n > most {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid,
			Says: fmt.Sprintf("body has %d bytes; expected at most %d", n, most),
			Hint: "send smaller batches, or raise the limit of the intake",
		}
	}
	return nil
}
