package main

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/stream/hostlink"
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
	for _, state := range []string{"unknown", plan.Refused.String(), agent.NotInForce} {
		if s.Orders[0].State = state; !amiss(&s) {
			t.Errorf("an order that is %s is not amiss", state)
		}
	}
}

func TestWhyAHostLooksAtPayloadIsShown(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	for why, want := range map[string]bool{"miners on free trials": true, "": false} {
		var here, fleet strings.Builder
		s := agent.Status{Running: true, Link: &hostlink.Link{}, Buffer: &hostlink.Fill{}, Stratum: why}
		writeHostStatus(&here, &s, now)
		h := app.Hosting{Host: "host-1", Here: true, Status: hostlink.Status{About: hostlink.About{Stratum: why}}}
		writeHost(&fleet, &h, now.Time())
		for _, got := range []string{here.String(), fleet.String()} {
			if strings.Contains(got, "payload") != want || !strings.Contains(got, why) {
				t.Errorf("with the reason %q it prints\n%s", why, got)
			}
		}
	}
}

func TestTheFleetSaysWhichRecordsOfAHostWereRefused(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	h := app.Hosting{Host: "host-1", Here: true, Doubted: []app.Doubted{
		{Why: hostlink.Claimed, By: "host-2", Records: 4, Asset: "vm-7", Last: now.Add(-59 * time.Minute)}, {Why: hostlink.NotHeld, Records: 1, Last: now.Add(-2 * time.Hour)},
	}}
	var out strings.Builder
	writeHost(&out, &h, now.Time())
	for _, want := range []string{
		"  4 records refused, last at 2026-11-28T11:01:00Z of vm-7: host-2 says that it holds it\n", "  1 record refused, last at 2026-11-28T10:00:00Z of nobody: it does not say that it holds it\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it prints\n%s\nexpected %s", out.String(), want)
		}
	}
	if !doubtful(&h, now.Time()) || doubtful(&h, now.Time().Add(time.Minute)) {
		t.Error("refused records are amiss for an hour")
	}
}

func TestTheStatusOfAHostSaysWhatTheCanaryShowed(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	s := agent.Status{Book: "/d/orders", Canary: "ek-canary"}
	prints := func() string {
		var out strings.Builder
		writeHostStatus(&out, &s, now)
		_, text, _ := strings.Cut(out.String(), "0 orders\n")
		return text
	}
	if got := prints(); got != "canary ek-canary: nobody has asked yet whether data is reached\n" {
		t.Errorf("it prints %q", got)
	}
	s.Running, s.Link, s.Buffer = true, &hostlink.Link{}, &hostlink.Fill{}
	s.Shown = []agent.Showed{{Measure: evenkeel.MeasureIsolate, At: now, Open: []string{"export", "rescue"}}, {Measure: evenkeel.MeasureSuspend, At: now, Silent: "it hangs"}}
	want := "canary ek-canary, under isolate at 2026-11-28T12:00:00Z: data was reached by export, rescue\n" +
		"canary ek-canary, under suspend at 2026-11-28T12:00:00Z: nobody knows whether data is reached: it hangs\n"
	if got := prints(); got != want || amiss(&s) {
		t.Errorf("it prints\n%s\nexpected\n%s", got, want)
	}
	s.Shown = []agent.Showed{{Measure: evenkeel.MeasureIsolate, Order: "o-1", At: now, Amiss: "under isolate, export brought nothing"}}
	if got := prints(); got != "order o-1, under isolate at 2026-11-28T12:00:00Z: data is not reached on each way: under isolate, export brought nothing\n" || !amiss(&s) {
		t.Errorf("it prints\n%s", got)
	}
}

func TestAReleaseSaysWhatFollowsIt(t *testing.T) {
	until := evenkeel.MomentOf(time.Date(2026, 11, 28, 11, 43, 0, 0, time.UTC))
	for want, done := range map[string]agent.Released{
		"nothing stands on this host\n": {},
		`limit of vm-11 let go on host-1: decision d-6ibnwp7
  control will not order it again until 2026-11-28T11:43:00Z; where control runs, evenkeel case renew CASE puts it back, and evenkeel case list names the case
order o-2 does not stand any more: released by hand on host-1: before
`: {
			Receipts: []evenkeel.Receipt{
				{Order: "o-1", Node: "host-1", State: evenkeel.ReceiptLifted, Why: "released by hand on host-1: a mistake"},
				{Order: "o-2", Node: "host-1", State: evenkeel.ReceiptLifted, Why: "released by hand on host-1: before"},
			},
			Orders: []agent.Standing{{Order: "o-1", Decision: "d-6ibnwp7", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-11"}, Until: until}},
		},
	} {
		var out strings.Builder
		if writeReleased(&out, &done); out.String() != want {
			t.Errorf("it prints\n%s\nexpected\n%s", out.String(), want)
		}
	}
}
