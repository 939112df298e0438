package app

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestWhatHappensInCasesIsToldInTheLog: what takes no effect is not, and no line has a tenant or anybody's words.
func TestWhatHappensInCasesIsToldInTheLog(t *testing.T) {
	var log lines
	now := evenkeel.MomentOf(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC))
	x := &teller{log: slog.New(slog.NewTextHandler(&log, nil)), now: func() evenkeel.Moment { return now }, hosts: func(a evenkeel.AssetID) []string { return []string{"host-" + string(a[len(a)-1:])} }}
	decision := evenkeel.Decision{
		ID: "d-1", Case: "c-1", Tenant: "acme", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-1", "vm-2", "vm-3", "vm-4"},
		Until: now.Add(time.Hour), State: evenkeel.Lifted, Actor: evenkeel.Actor{Policy: "p"},
	}
	shadow, asked := decision, decision
	shadow.Mode, asked.Measure = evenkeel.ModeShadow, evenkeel.MeasureNone
	decision.Mode, asked.Mode = evenkeel.ModeLive, evenkeel.ModeLive
	order := evenkeel.Order{ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-1", "vm-2"}}
	x.tell(&happened{
		changes: []docket.Changes{
			{Tenant: "acme", Entries: []evenkeel.Entry{{Case: "c-1", Kind: evenkeel.EntryDecided, Ref: "d-1", Actor: evenkeel.Actor{Person: "ada"}, Words: "no tenant's word"}}, Decisions: []evenkeel.Decision{decision, shadow, asked}, Orders: []evenkeel.Order{order}},
			{Tenant: "acme", Receipts: []evenkeel.Receipt{{Order: "o-1", Node: "host-1", State: evenkeel.ReceiptRefused, Why: "its port is not there"}}},
		},
		orders: map[evenkeel.OrderID]docket.SentOrder{"o-1": {Case: evenkeel.Case{ID: "c-1"}, Order: order}},
	})
	want := []string{
		`msg="a measure is lifted" case=c-1 decision=d-1 measure=limit assets="vm-1 vm-2 vm-3 and 1 more" until=2026-03-02T04:00:00.000Z by="a person"`,
		`msg="an order is sent" case=c-1 order=o-1 decision=d-1 measure=limit lift=false assets="vm-1 vm-2" hosts="host-1 host-2"`,
		`msg="an order was answered" case=c-1 order=o-1 says=refused decision=d-1 measure=limit lift=false assets="vm-1 vm-2" host=host-1 why="its port is not there"`,
	}
	got := strings.Split(strings.TrimSpace(log.String()), "\n")
	for i := range min(len(got), len(want)) {
		if !strings.HasSuffix(got[i], "level=INFO "+want[i]) {
			t.Errorf("line %d is\n%s\nexpected\n%s", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines:\n%s", len(got), log.String())
	}
}

// A flood of findings fills no disk: the beginning of each minute is told, and that there is more.
func TestAFloodOfCasesIsToldByItsBeginning(t *testing.T) {
	var log lines
	now := evenkeel.MomentOf(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC))
	x := &teller{log: slog.New(slog.NewTextHandler(&log, nil)), now: func() evenkeel.Moment { return now }}
	flood := &happened{changes: make([]docket.Changes, 10*mostHappened)}
	for i := range flood.changes {
		flood.changes[i].Orders = []evenkeel.Order{{ID: "o-1"}}
	}
	for minute := 1; minute <= 2; minute++ {
		x.tell(flood)
		if n, more := strings.Count(log.String(), "an order is sent"), strings.Count(log.String(), "more happens in cases"); n != minute*mostHappened || more != minute {
			t.Errorf("after %d minutes %d orders are told, and %d times that there are more", minute, n, more)
		}
		now = now.Add(time.Minute)
	}
}
