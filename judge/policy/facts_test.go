package policy

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// asked is the value of one fact of a view, under a harm.
func asked(t *testing.T, v View, h Harm, name string) ternary.Value {
	t.Helper()
	for _, f := range findingFacts {
		if f.Name == name {
			return f.of(&sight{view: &v, harm: h, evidence: evidenceOf(&v.Finding)})
		}
	}
	t.Fatalf("no fact %s", name)
	return ternary.Value{}
}

func TestWhatIsConclusiveDependsOnTheHarm(t *testing.T) {
	for _, c := range []struct {
		name  string
		harm  Harm
		terms []evenkeel.Term
		want  bool
	}{
		{"Stratum together with usage", HarmCompute, []evenkeel.Term{pinned, stratum}, true},
		{"Stratum without usage", HarmCompute, []evenkeel.Term{stratum, miner}, false},
		{"usage that calls itself conclusive", HarmCompute, []evenkeel.Term{spoof(evenkeel.EvidenceUsage), pool}, false},
		{"invented addresses stand alone", HarmPackets, []evenkeel.Term{spoof(evenkeel.EvidenceWire)}, true},
		{"a tool for floods where none is measured", HarmPackets, []evenkeel.Term{pinned, spoof(evenkeel.EvidenceProcess)}, false},
		{"a tool for floods where one is measured", HarmPackets, []evenkeel.Term{pool, spoof(evenkeel.EvidenceProcess)}, true},
		{"nothing that is conclusive", HarmCompute, []evenkeel.Term{pinned, pool}, false},
		{"what speaks for the tenant", HarmCompute, []evenkeel.Term{pinned, paying}, false},
	} {
		if got := asked(t, minerAt(evenkeel.StandingTrial, day, 0, 0, c.terms...), c.harm, "finding.conclusive"); got != ternary.Bool(c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestWhatIsKnownOfTheAssets(t *testing.T) {
	v := paidMiner()
	if got := asked(t, v, HarmCompute, "assets.held"); got.String() != "5h0m0s" {
		t.Errorf("held for %v", got)
	}
	v.Finding.Assets = []evenkeel.AssetID{"vm-2", "vm-1"}
	if got := asked(t, v, HarmCompute, "assets.count"); got != ternary.Int(2) {
		t.Errorf("%v assets", got)
	}
	for _, name := range []string{"assets.attributed", "assets.held"} {
		if got := asked(t, v, HarmCompute, name); got.Known() || got.Why() != "the tenant is not known to have held vm-2 then" {
			t.Errorf("%s is %v", name, got)
		}
	}
	v.Holdings = append(v.Holdings, evenkeel.Holding{Asset: "vm-2", Tenant: "acme", From: now - 60e9})
	if got := asked(t, v, HarmCompute, "assets.held"); got.String() != "1m0s" {
		t.Errorf("the youngest for %v", got)
	}
	v.Holdings[1].Tenant = "other"
	if got := asked(t, v, HarmCompute, "assets.attributed"); got != ternary.Bool(false) {
		t.Errorf("another's: attributed %v", got)
	}
	if got := asked(t, v, HarmCompute, "assets.held"); got.Why() != "another tenant held one of them then" {
		t.Errorf("another's: held %v", got)
	}
}

// TestAnUnknownFactKeepsItsReason from the inventory to the answer of the safeguard.
func TestAnUnknownFactKeepsItsReason(t *testing.T) {
	v := onCredit(pinned)
	v.Account.RunRate = evenkeel.UnknownFact[float64]("told 60 days ago; expected within 45")
	got := builtIn(t, "default").Weigh(v).Safeguards[0]
	if got.Says != evenkeel.Unknown || got.Why != "Not known: tenant.paid (on credit: no payment history); tenant.run_rate (told 60 days ago; expected within 45)." {
		t.Errorf("%+v", got)
	}
}

func TestSpansAreWrittenAndReadAlike(t *testing.T) {
	for _, text := range []string{"30m", "4h", "7d", "90s", "1h30m", "1d12h", "183d", "0s"} {
		var s span
		if err := s.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var again span
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s is written %s and read %v, %v", text, s, again, err)
		}
	}
	for _, text := range []string{"", "d", "7", "-1h", "1.5d", "7dd", "99999999d", "9999999h", "soon"} {
		var s span
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %s", text, s)
		}
	}
}
