package app

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R17: nobody is told by itself of a case that may not be told of by hand: one that was cleared and found
// again, also where a measure that rests on the wire is in force.
func TestNobodyIsToldOfWhatWasCleared(t *testing.T) {
	at := evenkeel.MomentOf(time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC))
	wire := []evenkeel.Term{{Name: "syn", Family: evenkeel.EvidenceWire, Weight: 5, Says: "41,000 connections a second were opened."}}
	asset := evenkeel.AssetID("203.0.113.9")
	f := docket.Folder{
		Row: docket.Row{Case: evenkeel.Case{ID: "c-1", Tenant: "acme", Family: "flood", State: evenkeel.CaseReopened, Outcome: evenkeel.OutcomeConfirmed, Assets: []evenkeel.AssetID{asset}}},
		Findings: []evenkeel.Finding{{
			Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: asset}, Family: "flood", Revision: evenkeel.Final, Mode: evenkeel.ModeLive, From: at, Until: at, Terms: wire,
		}},
		Decisions: []evenkeel.Decision{{
			ID: "d-1", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{asset}, Mode: evenkeel.ModeLive, State: evenkeel.InForce,
			Grounds: evenkeel.Grounds{Basis: []evenkeel.Basis{{Rule: "syn-flood", Terms: wire}}},
		}},
	}
	h := herald{policy: telling(t, "in_force"), cases: caseFinder{
		holder:  func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool) { return "acme", true },
		casesOf: func(context.Context, docket.Query) ([]docket.Row, error) { return []docket.Row{f.Row}, nil },
		folder:  func(context.Context, evenkeel.CaseID) (docket.Folder, error) { return f, nil },
	}}
	x := docket.Attacked{Asset: asset, Victim: netip.MustParseAddr("198.51.100.7"), At: at, Until: at}
	for _, c := range []struct {
		outcome evenkeel.Outcome
		told    bool
	}{{evenkeel.OutcomeConfirmed, true}, {evenkeel.OutcomeFalsePositive, false}, {evenkeel.OutcomePolicyMismatch, false}} {
		f.Case.Outcome = c.outcome
		if got, _, err := h.ripe(context.Background(), &x); err != nil || (got != nil) != c.told {
			t.Errorf("closed before as %s: %v, %v; expected that they are told: %t", c.outcome, got != nil, err, c.told)
		}
	}
}
