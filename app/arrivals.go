package app

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/watch/intake/receive"
)

const (
	arrivedMinutes = 10 // that are counted, the running one included
	mostSenders    = 32 // that are told apart; those after are one, otherSenders
	otherSenders   = "others"
)

// arrivals counts what senders brought in the last minutes, once it is durable: so that whoever looks at an
// empty docket can tell peace from silence. It begins anew with the process.
type arrivals struct {
	receive.Log
	now   func() time.Time
	began time.Time

	mu      sync.Mutex
	senders map[string]*sender
}

// sender is what came from one source.
type sender struct {
	minutes [arrivedMinutes]brought // by the minute of the clock, modulo their number
	last    time.Time
}

// brought is what came in one minute.
type brought struct {
	minute               int64
	telemetry, inventory int
}

func newArrivals(log receive.Log, now func() time.Time) *arrivals {
	return &arrivals{Log: log, now: now, began: now(), senders: map[string]*sender{}}
}

// Append appends and counts.
func (a *arrivals) Append(ctx context.Context, b *evenkeel.Batch) error {
	if err := a.Log.Append(ctx, b); err != nil {
		return err
	}
	now, seen := a.now(), 0
	for i := range b.Records {
		if isTelemetry(b.Records[i].Kind) {
			seen++
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.of(b.Source)
	minute := now.Unix() / 60
	m := &s.minutes[minute%arrivedMinutes]
	if m.minute != minute {
		*m = brought{minute: minute}
	}
	m.telemetry += seen
	m.inventory += len(b.Records) - seen
	s.last = now
	return nil
}

// isTelemetry says whether a record says what somebody measured or saw, and not who holds, pays or reports what.
func isTelemetry(k evenkeel.RecordKind) bool {
	return k == evenkeel.KindUsage || k == evenkeel.KindFlow || k == evenkeel.KindHostEvent || k == evenkeel.KindRequest
}

func (a *arrivals) of(source string) *sender {
	if a.senders[source] == nil && len(a.senders) >= mostSenders {
		source = otherSenders
	}
	if a.senders[source] == nil {
		a.senders[source] = &sender{}
	}
	return a.senders[source]
}

// told is what came, for people: whoever brought most first.
func (a *arrivals) told() console.Arrivals {
	now := a.now()
	out := console.Arrivals{Since: evenkeel.MomentOf(a.began), Minutes: arrivedMinutes}
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, s := range a.senders {
		x := console.Sender{Name: name, Last: evenkeel.MomentOf(s.last)}
		for _, m := range s.minutes {
			if m.minute > now.Unix()/60-arrivedMinutes {
				x.Telemetry += m.telemetry
				x.Inventory += m.inventory
			}
		}
		out.Senders = append(out.Senders, x)
	}
	slices.SortFunc(out.Senders, func(x, y console.Sender) int {
		return cmp.Or(cmp.Compare(y.Telemetry, x.Telemetry), cmp.Compare(y.Inventory, x.Inventory), cmp.Compare(x.Name, y.Name))
	})
	return out
}
