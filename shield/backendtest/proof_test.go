package backendtest

import (
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// mute is a backend that says what a test wants, and shows nothing.
type mute struct{ means shield.Means }

func (mute) Name() string          { return "mute" }
func (m mute) Means() shield.Means { return m.means }
func (mute) Apply(_ context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	return evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptApplied}, nil
}

// liar says that it is proven and brings back what it was made with.
type liar struct {
	mute
	brings func(p shield.Probe) []shield.Fetched
}

func (l liar) Probe(_ context.Context, p shield.Probe) ([]shield.Fetched, error) {
	return l.brings(p), nil
}

// D: a backend that says Proven and does not deliver fails the contract; while nothing stands, and while
// something does.
func TestWhoeverSaysProvenAndDoesNotDeliverFails(t *testing.T) {
	says := shield.Means{Measures: []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureIsolate}, Declared: true, Keeps: []string{"export"}, Proven: true}
	all := func(p shield.Probe) []shield.Fetched {
		return []shield.Fetched{{Way: "export", Hash: p.Hash(), Size: len(p.Object)}}
	}
	modest := says
	modest.Proven = false
	for _, c := range []struct {
		name string
		b    shield.Backend
		says string // "": it keeps the contract
	}{
		{"it delivers", liar{mute{says}, all}, ""},
		{"it does not say so, and is asked for nothing", mute{modest}, ""},
		{"it cannot be asked", mute{says}, "is no shield.Prober"},
		{"it brings nothing", liar{mute{says}, func(shield.Probe) []shield.Fetched { return nil }}, "under isolate, export was not tried"},
		{"it brings the same each time", liar{mute{says}, func(shield.Probe) []shield.Fetched {
			return []shield.Fetched{{Way: "export", Hash: strings.Repeat("ab", 32), Size: shield.LeastObject}}
		}}, "are not the object"},
		{"it delivers as long as nothing stands", liar{mute{says}, func(p shield.Probe) []shield.Fetched {
			if p.Order != "" {
				return []shield.Fetched{{Way: "export", Why: "timed out"}}
			}
			return all(p)
		}}, "p-0-stands: it says that it is proven, and under isolate, export brought nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := shows(t.Context(), c.b, func(m evenkeel.Measure) (evenkeel.Order, error) {
				o := Throttle("d-1", "vm-1")
				o.Measure = m
				return o, nil
			})
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
		})
	}
}
