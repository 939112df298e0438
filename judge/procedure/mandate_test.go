package procedure_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// defaultPolicy is the policy that comes with the program, with some words in the place of others.
func defaultPolicy(t *testing.T, instead ...string) *policy.Policy {
	t.Helper()
	text, err := os.ReadFile("../policy/builtin/default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse("default.yaml", []byte(strings.NewReplacer(instead...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHowFarEdgesMayGo: the policy says it, and whoever said that something was no attack, or pulled a switch, is heard.
func TestHowFarEdgesMayGo(t *testing.T) {
	const notify, challenge, shut = evenkeel.MeasureNotify, evenkeel.MeasureChallenge, evenkeel.MeasureShut
	now := evenkeel.MomentOf(time.Date(2023, 12, 11, 20, 0, 0, 0, time.UTC))
	ours := defaultPolicy(t)
	of := func(family string, state evenkeel.CaseState, o evenkeel.Outcome, since time.Duration) docket.Folder {
		f := docket.Folder{Decisions: []evenkeel.Decision{{Assets: []evenkeel.AssetID{"shop.example"}}}}
		f.Case = evenkeel.Case{ID: "c-1", Tenant: "shop", Family: family, State: state, Outcome: o, Since: now.Add(-since)}
		return f
	}
	pulled := func(k docket.SwitchKind, key string) []docket.Switch {
		return []docket.Switch{{Scope: docket.Scope{Kind: k, Key: key}, Pulled: now - 1, By: "anna"}}
	}
	released := pulled(docket.SwitchGlobal, "")
	released[0].Second = &docket.Word{By: "ben", At: now}
	spared := map[evenkeel.AssetID]evenkeel.Measure{"shop.example": notify}
	for _, c := range []struct {
		name     string
		policy   *policy.Policy
		cases    []docket.Folder
		switches []docket.Switch
		highest  evenkeel.Measure
		except   map[evenkeel.AssetID]evenkeel.Measure
	}{
		{"the policy that comes with the program", ours, nil, nil, shut, nil},
		{"a policy that lets visitors be asked, and no page be shown", defaultPolicy(t, "mandate: shut", "mandate: challenge"), nil, nil, challenge, nil},
		{"a policy without a mandate", defaultPolicy(t, "    mandate: shut\n", ""), nil, nil, notify, nil},
		{"a policy in shadow", defaultPolicy(t, "mode: live", "mode: shadow"), nil, nil, notify, nil},
		{"a case that a person cleared", ours, []docket.Folder{of("edge", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 29*24*time.Hour)}, nil, shut, spared},
		{"one that was cleared before the latch", ours, []docket.Folder{of("edge", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, 31*24*time.Hour)}, nil, shut, nil},
		{"one that was found to be an attack", ours, []docket.Folder{of("edge", evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, time.Hour)}, nil, shut, nil},
		{"one that is open", ours, []docket.Folder{of("edge", evenkeel.CaseOpen, evenkeel.OutcomeNone, time.Hour)}, nil, shut, nil},
		{"a cleared case of another family", ours, []docket.Folder{of("mining", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, time.Hour)}, nil, shut, nil},
		{"the switch of everything", ours, nil, pulled(docket.SwitchGlobal, ""), notify, nil},
		{"the switch of what shuts", ours, nil, pulled(docket.SwitchMeasure, "shut"), challenge, nil},
		{"the switch of the challenge", defaultPolicy(t, "mandate: shut", "mandate: challenge"), nil, pulled(docket.SwitchMeasure, "challenge"), notify, nil},
		{"the switch of the rule", ours, nil, pulled(docket.SwitchRule, "site-flood"), notify, nil},
		{"the switch of another rule", ours, nil, pulled(docket.SwitchRule, "crypto-mining"), shut, nil},
		{"the switch of the tenant", ours, []docket.Folder{of("edge", evenkeel.CaseOpen, evenkeel.OutcomeNone, time.Hour)}, pulled(docket.SwitchTenant, "shop"), shut, spared},
		{"one that was let go", ours, nil, released, shut, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := procedure.Mandate(c.policy, []string{"site-flood"}, c.cases, c.switches, 10, now)
			if m.Highest != c.highest || !maps.Equal(m.Except, c.except) || m.Policy != c.policy.Digest() {
				t.Errorf("got %+v; expected %s but for %v", m, c.highest, c.except)
			}
			if m.Until != now.Add(procedure.MandateFor) {
				t.Errorf("it holds until %s", m.Until)
			}
		})
	}
	all := of("edge", evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive, time.Hour)
	all.Decisions[0].Assets = []evenkeel.AssetID{"a", "b", "c"}
	if m := procedure.Mandate(ours, nil, []docket.Folder{all}, nil, 2, now); len(m.Except) != 0 || m.Highest != evenkeel.MeasureNotify || !m.Crowded {
		t.Errorf("%+v; expected that nobody is asked anywhere where more are to be spared than can be told", m)
	}
}
