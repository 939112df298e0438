package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// signs is a finding that somebody got into a machine of trial's.
func signsOf(asset evenkeel.AssetID, after time.Duration) evenkeel.Finding {
	f := finding(asset, "trial", after, evenkeel.Final, sign{family: evenkeel.EvidenceProcess})
	f.Rule, f.Family, f.Terms[0].Name = "host-compromise", "compromise", "sshd-replaced"
	f.ID = evenkeel.NewFindingID(f.Rule, 1, f.Subject, f.At)
	return f
}

// Row R17: signs of compromise make the tenant a victim to help, not a suspect; what the machine does
// meanwhile is somebody else's doing, until a person found otherwise.
func TestWhoWasBrokenIntoIsHelpedInEveryFamily(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	helped := func(f evenkeel.Finding) (help, any bool) {
		t.Helper()
		for _, c := range considered(t, d, world, f) {
			for _, n := range c.Notices {
				help, any = n.Help, true
			}
		}
		return help, any
	}
	for _, c := range []struct {
		name string
		f    evenkeel.Finding
		want bool
	}{
		{"mining before anything is known", finding("trial-1", "trial", minute, evenkeel.Final, usage, wire), false},
		{"signs on a machine", signsOf("trial-1", 2*minute), true},
		{"mining on the same machine since then", finding("trial-1", "trial", 65*minute, evenkeel.Final, usage, stratum), true},
		{"mining on another machine", finding("trial-2", "trial", 66*minute, evenkeel.Final, usage, wire), false},
	} {
		if got, any := helped(c.f); !any || got != c.want {
			t.Errorf("%s: told as help: %v, told at all: %v", c.name, got, any)
		}
	}
	closing := act(docket.ActClear, "trial", 70*minute)
	closing.Family, closing.Outcome, closing.NoFlag = "compromise", evenkeel.OutcomeFalsePositive, docket.NoFlagOnce
	if _, err := d.Do(t.Context(), d.LeftOpen(closing), world); err != nil {
		t.Fatal(err)
	}
	all := folders(t, b)
	last := func(family string) *evenkeel.Notice {
		for _, f := range all {
			if f.Case.Family == family {
				return &f.Notices[len(f.Notices)-1]
			}
		}
		return nil
	}
	if n := last("compromise"); n == nil || n.Help || n.Outcome != evenkeel.OutcomeFalsePositive {
		t.Errorf("whoever was cleared is told %+v", n)
	}
	if got, any := helped(finding("trial-1", "trial", 3*time.Hour, evenkeel.Final, usage, stratum)); any && got {
		t.Error("once a person found that nobody got in, mining is told as help")
	}
}

func TestWhoseCaseIsClosedAsAVictimsIsHelped(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	considered(t, d, world, finding("trial-1", "trial", minute, evenkeel.Final, usage, wire))
	closing := act(docket.ActClose, "trial", 70*minute)
	closing.Outcome = evenkeel.OutcomeVictim
	if _, err := d.Do(t.Context(), d.LeftOpen(closing), world); err != nil {
		t.Fatal(err)
	}
	f := folders(t, b)[0]
	if n := f.Notices[len(f.Notices)-1]; !n.Help || n.Outcome != evenkeel.OutcomeVictim {
		t.Errorf("the notice is %+v", n)
	}
}

// Issue 3, victims: whoever has customers of its own is asked to pass it on, at every state.
func TestAResellerIsAskedToPassItOn(t *testing.T) {
	known := facts{"trial": trial("trial")}
	a := trial("sells")
	a.Reseller = evenkeel.KnownFact(true, start)
	known["sells"] = a
	b := newBooks()
	d := newDocket(t, b)
	for _, tenant := range []evenkeel.TenantID{"trial", "sells"} {
		for _, c := range considered(t, d, known, finding(evenkeel.AssetID(tenant+"-1"), tenant, minute, evenkeel.Final, usage, stratum)) {
			for _, n := range c.Notices {
				if n.PassOn != (tenant == "sells") {
					t.Errorf("%s is asked to pass it on: %v", tenant, n.PassOn)
				}
			}
		}
	}
	for _, f := range folders(t, b) {
		for _, x := range f.Decisions {
			if x.Tenant == "sells" && x.Actor.Automatic() && x.Measure > evenkeel.MeasureThrottle {
				t.Errorf("a machine entered %s against a reseller", x.Measure)
			}
		}
	}
}
