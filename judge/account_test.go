package judge_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// estate is what one tenant holds, from a moment on; of the others what the world says.
type estate struct {
	facts
	held []evenkeel.Holding
}

func (e estate) TenancyAt(a evenkeel.AssetID, at evenkeel.Moment) (*evenkeel.Holding, bool) {
	for i := range e.held {
		if h := &e.held[i]; h.Asset == a && h.From <= at {
			return h, true
		}
	}
	return nil, false
}

func (e estate) HeldBy(t evenkeel.TenantID, at evenkeel.Moment, most int) (out []*evenkeel.Holding) {
	for i := range e.held {
		if h := &e.held[i]; h.Tenant == t && h.From <= at && len(out) < most {
			out = append(out, h)
		}
	}
	return out
}

// R5, A: what is all of a tenant's goes by what it holds of that kind, and where it holds more than is looked at, what
// is looked at counts for all.
func TestWhatIsAllOfATenantsGoesByItsKind(t *testing.T) {
	const many = 4 * evenkeel.MaxCaseAssets
	for _, c := range []struct {
		says  string
		kinds []evenkeel.AssetKind // of trial-1, on which an isolation is wanted, trial-2 and so on
		cut   int                  // with it, trial-2 and so on
		alone bool                 // a machine may
	}{
		{"one machine of three", []evenkeel.AssetKind{evenkeel.AssetVM, evenkeel.AssetVM, evenkeel.AssetVM}, 1, true},
		{"all three", []evenkeel.AssetKind{evenkeel.AssetVM, evenkeel.AssetVM, evenkeel.AssetVM}, 3, false},
		{"a machine and a pod, of which nobody said what the other is", []evenkeel.AssetKind{0, evenkeel.AssetPod}, 2, false},
		{"both machines, beside an address and a domain", []evenkeel.AssetKind{evenkeel.AssetVM, evenkeel.AssetVM, evenkeel.AssetAddress, evenkeel.AssetDomain}, 2, false},
		{"both namespaces, beside what runs in them", []evenkeel.AssetKind{evenkeel.AssetNamespace, evenkeel.AssetNamespace, evenkeel.AssetPod, evenkeel.AssetPod}, 2, false},
		{"one namespace of two", []evenkeel.AssetKind{evenkeel.AssetNamespace, evenkeel.AssetNamespace, evenkeel.AssetPod}, 1, true},
		{"the account itself", []evenkeel.AssetKind{evenkeel.AssetAccount, evenkeel.AssetVM, evenkeel.AssetVM}, 1, false},
		{"the only machine", []evenkeel.AssetKind{evenkeel.AssetVM, evenkeel.AssetDomain}, 1, true},
		{"one machine of more than are looked at", make([]evenkeel.AssetKind, many+1), 1, true},
	} {
		e := estate{facts: world}
		for i, kind := range c.kinds {
			e.held = append(e.held, evenkeel.Holding{
				Asset: evenkeel.AssetID(fmt.Sprintf("trial-%d", i+1)), Tenant: "trial", Kind: kind, From: start.Add(-3 * 365 * 24 * time.Hour),
			})
		}
		b := newBooks()
		d := newDocket(t, b)
		isolated := false
		for _, after := range []time.Duration{0, time.Hour, 2 * time.Hour} {
			f := finding("trial-1", "trial", after, evenkeel.Final, usage, stratum)
			for i := 2; i <= c.cut; i++ {
				f.Assets = append(f.Assets, evenkeel.AssetID(fmt.Sprintf("trial-%d", i)))
			}
			if _, err := d.Consider(t.Context(), []evenkeel.Finding{f}, e, 0); err != nil {
				t.Fatal(err)
			}
			for _, fo := range folders(t, b) {
				for _, x := range fo.Decisions {
					isolated = isolated || x.Measure == evenkeel.MeasureIsolate && (x.State == evenkeel.Held || x.State == evenkeel.InForce)
				}
			}
		}
		if isolated != c.alone {
			t.Errorf("%s: a machine isolates: %t; expected %t", c.says, isolated, c.alone)
		}
	}
}

// G: a flag for so many machines does not cover more because they are too many to be looked at one by one.
func TestAFlagDoesNotCoverWhatWasNotCounted(t *testing.T) {
	for says, c := range map[string]struct {
		machines int
		count    int64 // that it covers
		covered  bool
	}{"fewer than it covers": {2, 10, true}, "more than it covers": {12, 10, false}, "more than are looked at": {4*evenkeel.MaxCaseAssets + 1, 1 << 20, false}} {
		e := estate{facts: world}
		for i := range c.machines {
			e.held = append(e.held, evenkeel.Holding{Asset: evenkeel.AssetID(fmt.Sprintf("trial-%d", i+1)), Tenant: "trial", From: start.Add(-time.Hour), Principal: "ci", Image: "sim"})
		}
		d := newDocket(t, newBooks())
		clear := act(docket.ActClear, "trial", 10*minute)
		clear.Outcome, clear.Grant = evenkeel.OutcomeFalsePositive, &docket.Grant{
			Selector: evenkeel.Selector{Principal: "ci", Image: "sim"}, Envelope: evenkeel.Envelope{Count: c.count}, Until: start.Add(7 * 24 * time.Hour),
		}
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Final, usage), clear)
		heard, err := d.Consider(t.Context(), []evenkeel.Finding{finding("trial-2", "trial", 4*time.Hour, evenkeel.Final, usage)}, e, 0)
		if err != nil || len(heard.Changes) == 0 || len(heard.Changes[0].Decisions) == 0 {
			t.Fatalf("%s: %+v, %v", says, heard.Changes, err)
		}
		if x := heard.Changes[0].Decisions[0]; (x.State == evenkeel.Suppressed) != c.covered {
			t.Errorf("%s: it is %s; expected that the flag covers it: %t", says, x.State, c.covered)
		}
	}
}
