package app

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// B: a switch that stops nothing, since its name has a slip, is not pulled; what is known is, also where
// the books cannot be read.
func TestASlipInTheNameOfASwitchIsTold(t *testing.T) {
	broken := error(nil)
	s := &scopes{
		rules: []string{"crypto-mining", "flood-out"}, detectors: []string{"usage", "wire", "syn"},
		versions: func(_ context.Context, rule string) ([]int, error) {
			return map[string][]int{"crypto-mining": {1, 3}}[rule], broken
		},
		ruled:  func(_ context.Context, rule string) (bool, error) { return rule == "old-rule", broken },
		tenant: func(_ context.Context, id evenkeel.TenantID) (bool, error) { return id == "acme", broken },
	}
	pull := func(k docket.SwitchKind, key string) docket.Act {
		return docket.Act{Kind: docket.ActPull, Scope: &docket.Scope{Kind: k, Key: key}}
	}
	undo := func(rule string) docket.Act {
		return docket.Act{Kind: docket.ActUndo, Undo: &docket.Undo{Rule: rule, Version: 1}}
	}
	for _, c := range []struct {
		name  string
		act   docket.Act
		hint  string // "": it is let through
		books bool   // whether it needs them
	}{
		{"a rule in force", pull(docket.SwitchRule, "flood-out"), "", false},
		{"a rule that decided once", pull(docket.SwitchRule, "old-rule"), "", false},
		{"a rule with a slip", pull(docket.SwitchRule, "flod-out"), "did you mean flood-out?", true},
		{"an input", pull(docket.SwitchDetector, "syn"), "", false},
		{"a family of evidence", pull(docket.SwitchDetector, "wire"), "", false},
		{"an input with a slip", pull(docket.SwitchDetector, "wier"), "known are syn, usage, wire", false},
		{"a tenant", pull(docket.SwitchTenant, "acme"), "", false},
		{"a tenant with a slip", pull(docket.SwitchTenant, "acne"), "--unknown", true},
		{"a measure", pull(docket.SwitchMeasure, "limit"), "", false},
		{"everything", pull(docket.SwitchGlobal, ""), "", false},
		{"an undo", undo("crypto-mining"), "", false},
		{"an undo of a version that never was", docket.Act{Kind: docket.ActUndo, Undo: &docket.Undo{Rule: "crypto-mining", Version: 9}}, "known are 1 3; --unknown", true},
		{"an undo of a version of a rule of which none is known", docket.Act{Kind: docket.ActUndo, Undo: &docket.Undo{Rule: "old-rule", Version: 9}}, "", false},
		{"an undo with a slip", undo("crypto-minnig"), "did you mean crypto-mining?", true},
		{"a release, of whatever was pulled", docket.Act{Kind: docket.ActRelease, Scope: &docket.Scope{Kind: docket.SwitchRule, Key: "flod-out"}}, "", false},
	} {
		broken = nil
		err := s.refuses(t.Context(), &c.act)
		if c.hint == "" && err != nil || c.hint != "" && (evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(evenkeel.HintOf(err), c.hint)) {
			t.Errorf("%s: %v (%s); expected %q", c.name, err, evenkeel.HintOf(err), c.hint)
		}
		if broken = errors.New("the disk is gone"); (c.books || c.hint == "") && s.refuses(t.Context(), &c.act) != nil {
			t.Errorf("%s: refused where the books cannot be read", c.name)
		}
	}
	if s = nil; s.refuses(t.Context(), &docket.Act{Kind: docket.ActPull}) != nil {
		t.Error("refused where nothing is known")
	}
}

// TestWhatIsUnknownIsPulledWhereOneInsists at the socket of a process that serves.
func TestWhatIsUnknownIsPulledWhereOneInsists(t *testing.T) {
	s := serve(t, dataDir(t))
	a := docket.Act{
		ID: ActID("operator", "1"), Kind: docket.ActPull, At: evenkeel.MomentOf(partsIn(s.dir, s.log, nil).Now()), By: "operator", Says: "Stop.",
		Scope: &docket.Scope{Kind: docket.SwitchRule, Key: "crypto-minnig"},
	}
	if _, err := Send(t.Context(), s.dir, a); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(evenkeel.HintOf(err), "did you mean crypto-mining?") {
		t.Errorf("%v (%s); expected that it is refused", err, evenkeel.HintOf(err))
	}
	if done, err := SendUnknown(t.Context(), s.dir, a); err != nil || len(done.Switches) != 1 {
		t.Errorf("%v, %+v; expected that it is pulled", err, done.Switches)
	}
}
