package evenkeel_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func known(v float64) evenkeel.Reading { return evenkeel.Reading{Value: v, Known: true} }

func aFinding() evenkeel.Finding {
	return evenkeel.Finding{
		ID: "f-example", Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive,
		Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1", Tenant: "raisup"},
		From:    noon, Until: noon.Add(20 * 60e9), At: noon.Add(21 * 60e9), Score: 5.5,
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: known(0.9975), Threshold: known(0.995), Weight: 3, Says: "The CPU was 99.8 % busy over 20 min."},
			{Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Value: known(1), Weight: 2.5, Says: "It spoke Stratum."},
		},
		Unmet: []evenkeel.Term{
			{Name: "new", Family: evenkeel.EvidenceUsage, Threshold: known(14), Weight: 1, Unknown: "tenant.age: nobody told"},
		},
		Panes: []evenkeel.PaneSeries{
			{Name: "cpu.busy", Unit: "fraction", From: noon, Width: 60e9, Values: []evenkeel.Reading{known(0.5), {}, known(1)}},
		},
	}
}

// TestFindingLineKeepsItsFields: programs of operators read these lines. A line may gain a
// field; one that is there keeps its name and type.
func TestFindingLineKeepsItsFields(t *testing.T) {
	tenant := aFinding()
	tenant.Revision, tenant.Mode, tenant.Rule, tenant.Family = evenkeel.Provisional, evenkeel.ModeShadow, "vm-burst", "burst"
	tenant.Subject = evenkeel.Subject{Kind: evenkeel.SubjectPrincipal, Tenant: "raisup", Principal: "deploy-key"}
	tenant.Terms, tenant.Unmet, tenant.Panes = nil, nil, nil
	tenant.Assets = []evenkeel.AssetID{"vm-1", "vm-2"}
	held := aFinding()
	held.Subject.Tenant, held.Held = "", "nobody has told who holds vm-1"
	held.Terms, held.Unmet, held.Panes = held.Terms[:1], nil, nil

	var got []byte
	for _, f := range []evenkeel.Finding{aFinding(), tenant, held} {
		line, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		got = append(append(got, line...), '\n')
	}
	want, err := os.ReadFile("testdata/findings-v1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the lines are now\n%s", got)
	}
}

func TestNumbersThatJSONCannotHoldAreNull(t *testing.T) {
	f := aFinding()
	f.Terms = []evenkeel.Term{{Name: "a", Family: evenkeel.EvidenceUsage, Value: known(math.NaN()), Threshold: known(math.Inf(1))}}
	f.Panes[0].Values = []evenkeel.Reading{known(math.Inf(-1)), known(math.NaN()), known(0)}
	line, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"value":null,"threshold":null`, `"values":[null,null,0]`} {
		if !bytes.Contains(line, []byte(want)) {
			t.Errorf("%s does not hold %s", line, want)
		}
	}
}
