package rule

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/window"
)

// mostFields is the most fields that an event of one kind has.
const mostFields = 8

// scratch keeps the slot vectors of `where`: closures would move them to the heap.
var scratch = sync.Pool{New: func() any { return new([mostFields]ternary.Value) }}

// Match says whether a record belongs into the window: it is of the signal, and `where` is met.
// A `where` that cannot be decided is not met. It does not allocate.
func (w *Window) Match(b *evenkeel.Batch, r *evenkeel.Record) bool {
	row := &signals[w.Of]
	if r.Kind != row.record {
		return false
	}
	if r.Kind == evenkeel.KindUsage {
		return slices.Contains(row.meters, evenkeel.Meter(r.Op)) &&
			(row.parts == nil || slices.Contains(row.parts, evenkeel.Part(r.Part)))
	}
	if w.where == nil {
		return true
	}
	slots := scratch.Get().(*[mostFields]ternary.Value)
	for _, read := range w.reads {
		slots[read.slot] = fieldRows[read.field].value(b, r)
	}
	met := w.where.Test(slots[:w.fields]) == ternary.True
	clear(slots[:]) // keep no string of a batch alive
	scratch.Put(slots)
	return met
}

// fieldSlot says where in the slot vector of `where` a field belongs.
type fieldSlot struct {
	field Field
	slot  int
}

// FieldText returns the value that a distinct window tells apart; false where nobody told it. It
// allocates only for a port.
func (w *Window) FieldText(b *evenkeel.Batch, r *evenkeel.Record) (string, bool) {
	if w.Field == FieldNone || r.Kind != fieldRows[w.Field].of {
		return "", false
	}
	v := fieldRows[w.Field].value(b, r)
	if n, ok := v.Int(); ok {
		return strconv.FormatInt(n, 10), true
	}
	return v.Text()
}

// End returns the other end of a flow, as a top window keeps it; false where it has no address or a
// protocol that is not known by name.
func (w *Window) End(b *evenkeel.Batch, r *evenkeel.Record) (window.End, bool) {
	p, ok := packet.Number(b.Text(r.Names[3]))
	if r.Kind != evenkeel.KindFlow || !ok {
		return window.End{}, false
	}
	a, err := netip.ParseAddr(b.Text(r.Names[0]))
	if err != nil {
		return window.End{}, false
	}
	return window.End{Protocol: p, Port: uint16(min(max(r.Value, 0), math.MaxUint16)), Address: a}, true
}

// FieldNumber returns what a sum window of events adds up; false where nobody told it.
func (w *Window) FieldNumber(b *evenkeel.Batch, r *evenkeel.Record) (int64, bool) {
	if w.Field == FieldNone || r.Kind != fieldRows[w.Field].of {
		return 0, false
	}
	return fieldRows[w.Field].value(b, r).Int()
}
