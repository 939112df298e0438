package paper

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// Effect is what every receipt of an order that is in force says.
const Effect = "on paper"

// means are those of who touches nothing.
var means = shield.Means{
	Measures: []evenkeel.Measure{
		evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureThrottle,
		evenkeel.MeasureFreeze, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny,
	},
	Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Withholds: true, Finishes: true,
}

// Backend writes orders down. Safe for concurrent use.
type Backend struct {
	now  func() evenkeel.Moment
	file *file

	mu    sync.Mutex
	sheet map[evenkeel.DecisionID]*entry
	swept evenkeel.Moment
}

// entry is what is written about one decision.
type entry struct {
	order    evenkeel.Order // the zero order where only the lift came
	until    evenkeel.Moment
	lifted   bool
	receipts map[evenkeel.OrderID]evenkeel.Receipt
}

var (
	_ shield.Backend = (*Backend)(nil)
	_ shield.Prober  = (*Backend)(nil)
)

// Open opens the paper in a file, which is made where there is none. One process writes it.
func Open(name string, now func() evenkeel.Moment) (*Backend, error) {
	b := &Backend{now: now, sheet: map[evenkeel.DecisionID]*entry{}}
	start := now()
	f, err := openFile(name, func(l line) {
		if l.Order.Until.Add(kept) > start {
			b.take(&l.Order, l.Receipt)
		}
	})
	if err != nil {
		return nil, err
	}
	b.file = f
	return b, nil
}

// Close closes the file.
func (b *Backend) Close() error { return b.file.close() }

// Name returns "paper".
func (b *Backend) Name() string { return "paper" }

// Means declares all measures, and that every way to the data stays open: nobody carries anything out,
// so nothing is taken from anybody.
func (b *Backend) Means() shield.Means { return means }

// Apply writes an order down, if it is not written yet, and answers. Its errors are the file's.
func (b *Backend) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return evenkeel.Receipt{}, err
	}
	now := b.now()
	b.forget(now)
	e := b.sheet[o.Decision]
	if e != nil {
		if r, ok := e.receipts[o.ID]; ok {
			return r, nil
		}
	}
	r := evenkeel.Receipt{Order: o.ID, Node: b.Name(), At: now}
	switch {
	case o.Until <= now:
		r.State = evenkeel.ReceiptLapsed
	case o.Lift || e != nil && e.lifted:
		r.State = evenkeel.ReceiptLifted
	default:
		r.State, r.Effect = evenkeel.ReceiptApplied, Effect
	}
	if err := b.file.write(line{o, r}); err != nil {
		return evenkeel.Receipt{}, err
	}
	b.take(&o, r)
	return r, nil
}

// take notes what is written.
func (b *Backend) take(o *evenkeel.Order, r evenkeel.Receipt) {
	e := b.sheet[o.Decision]
	if e == nil {
		e = &entry{receipts: map[evenkeel.OrderID]evenkeel.Receipt{}}
		b.sheet[o.Decision] = e
	}
	e.receipts[o.ID] = r
	e.until = max(e.until, o.Until)
	e.lifted = e.lifted || o.Lift
	if r.State == evenkeel.ReceiptApplied {
		e.order = *o
	}
}

// What is over is remembered for as long as a lift of it may still come, and a little more.
// Then whatever comes of it is answered with lapsed again.
const (
	kept       = 25 * time.Hour
	sweepEvery = time.Minute
)

func (b *Backend) forget(now evenkeel.Moment) {
	if now < b.swept.Add(sweepEvery) {
		return
	}
	b.swept = now
	for d, e := range b.sheet {
		if e.until.Add(kept) <= now {
			delete(b.sheet, d)
		}
	}
}

// Standing returns the orders that would be in force at a moment, by id.
func (b *Backend) Standing(at evenkeel.Moment) []evenkeel.Order {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []evenkeel.Order
	for _, e := range b.sheet {
		if e.order.ID != "" && !e.lifted && e.order.Until > at {
			all = append(all, e.order)
		}
	}
	slices.SortFunc(all, func(x, y evenkeel.Order) int { return strings.Compare(string(x.ID), string(y.ID)) })
	return all
}
