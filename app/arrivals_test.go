package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
)

// nowhere is a log that keeps nothing, and takes nothing where it is full.
type nowhere struct{ full error }

func (n *nowhere) Append(context.Context, *evenkeel.Batch) error { return n.full }

// TestWhatCameIsCountedBySenderForTenMinutes: an empty docket tells peace from silence (row D: what is not known is
// not taken for nothing).
func TestWhatCameIsCountedBySenderForTenMinutes(t *testing.T) {
	began := time.Date(2026, 3, 4, 8, 0, 30, 0, time.UTC)
	now, log := began, &nowhere{}
	a := newArrivals(log, func() time.Time { return now })
	bring := func(source string, kinds ...evenkeel.RecordKind) {
		t.Helper()
		b := evenkeel.Batch{Source: source}
		for _, k := range kinds {
			b.Records = append(b.Records, evenkeel.Record{Kind: k})
		}
		if err := a.Append(t.Context(), &b); !errors.Is(err, log.full) {
			t.Fatal(err)
		}
	}
	is := func(when string, want ...console.Sender) {
		t.Helper()
		if got := a.told(); got.Since != evenkeel.MomentOf(began) || got.Minutes != 10 || !reflect.DeepEqual(got.Senders, want) {
			t.Errorf("%s: %+v; expected %+v", when, got, want)
		}
	}
	is("at the start")
	log.full = errors.New("full")
	bring("fleet", evenkeel.KindUsage)
	is("what was not taken did not come")
	log.full = nil

	bring("fleet", evenkeel.KindUsage, evenkeel.KindFlow, evenkeel.KindHostEvent)
	bring("books", evenkeel.KindTenancy, evenkeel.KindProfile, evenkeel.KindLifecycle, evenkeel.KindPayment, evenkeel.KindBurst)
	first := evenkeel.MomentOf(now)
	is("at once", console.Sender{Name: "fleet", Telemetry: 3, Last: first}, console.Sender{Name: "books", Inventory: 5, Last: first})
	now = now.Add(9 * time.Minute)
	bring("fleet", evenkeel.KindUsage)
	is("nine minutes later", console.Sender{Name: "fleet", Telemetry: 4, Last: evenkeel.MomentOf(now)}, console.Sender{Name: "books", Inventory: 5, Last: first})
	now = now.Add(time.Minute)
	is("a minute after", console.Sender{Name: "fleet", Telemetry: 1, Last: evenkeel.MomentOf(now.Add(-time.Minute))}, console.Sender{Name: "books", Last: first})
	bring("fleet", evenkeel.KindUsage) // into the place of the first minute
	now = now.Add(24 * time.Hour)
	is("a day later", console.Sender{Name: "books", Last: first}, console.Sender{Name: "fleet", Last: evenkeel.MomentOf(now.Add(-24 * time.Hour))})

	for i := range 3 * mostSenders { // who names themselves anew each time fills nothing
		bring(fmt.Sprint("s-", i), evenkeel.KindUsage)
	}
	got := a.told().Senders
	if len(got) != mostSenders+1 || got[0].Name != otherSenders || got[0].Telemetry != 2*mostSenders+2 {
		t.Errorf("%d senders, the first %+v", len(got), got[0])
	}
}
