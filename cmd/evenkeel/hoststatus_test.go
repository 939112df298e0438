package main

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
)

func TestTheStatusOfAHostSaysWhatStandsAndWhy(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	s := agent.Status{
		Book: "/d/orders",
		Orders: []agent.Standing{
			{
				Order: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureLimit, Params: map[string]string{"syn_rate": "200", "rate": "1000"},
				Assets: []evenkeel.AssetID{"vm-1", "vm-2", "vm-3", "vm-4", "vm-5"}, Until: now.Add(90 * time.Minute), Left: 5399.8, State: "carried", Effect: "limit by eBPF; vm-1: syn_rate 200",
			},
			{Order: "o-2", Decision: "d-2", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-9"}, Until: now.Add(time.Minute), Left: 60, State: "waits", Why: "its guest is off"},
		},
	}
	var out strings.Builder
	writeHostStatus(&out, &s, now)
	want := `no agent runs on this host: nothing is seen, no order is taken, and what stands ends by itself at its time
book: /d/orders, 2 orders
  d-1  limit (rate 1000, syn_rate 200) of vm-1, vm-2, vm-3, vm-4 and 1 more, tenant acme, order o-1
    carried; ends in 1h30m0s, at 2026-11-28T13:30:00Z
    limit by eBPF; vm-1: syn_rate 200
  d-2  throttle of vm-9, tenant unknown, order o-2
    waits; ends in 1m0s, at 2026-11-28T12:01:00Z
    its guest is off
`
	if out.String() != want {
		t.Errorf("it prints\n%s\nexpected\n%s", out.String(), want)
	}
	if !amiss(&s) {
		t.Error("without an agent nothing is amiss")
	}
	if s.Running = true; amiss(&s) {
		t.Error("an order that waits is amiss")
	}
	if s.Orders[0].State = "unknown"; !amiss(&s) {
		t.Error("an order that could not be put in force is not amiss")
	}
}
