package evenkeel_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// TestFindingIDsNeverChange: cases, orders and ledgers name findings by these. If this
// test fails, the code is wrong, not the table.
func TestFindingIDsNeverChange(t *testing.T) {
	for _, c := range []struct {
		name    string
		rule    string
		version int
		subject evenkeel.Subject
		episode evenkeel.Moment
		want    evenkeel.FindingID
	}{
		{"an asset", "crypto-mining", 1, evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1"}, noon, "f-fb5laqgz4jhuy5ah3pahq7qrkt"},
		{"a tenant", "vm-burst", 1, evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: "raisup"}, noon, "f-xdikihx34w47c2wwuxo3lj3bij"},
		{"a principal", "vm-burst", 2, evenkeel.Subject{Kind: evenkeel.SubjectPrincipal, Tenant: "raisup", Principal: "deploy-key"}, noon, "f-kjxupvssinqmknag7hyhg6day5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evenkeel.NewFindingID(c.rule, c.version, c.subject, c.episode); got != c.want {
				t.Errorf("got %s; expected %s", got, c.want)
			}
		})
	}
}

func TestFindingIDDiffersWhereTheEpisodeDiffers(t *testing.T) {
	type parts struct {
		rule    string
		version int
		subject evenkeel.Subject
		episode evenkeel.Moment
	}
	seen := map[evenkeel.FindingID]parts{}
	rapid.Check(t, func(t *rapid.T) {
		// Few and short values, so that a boundary that is not kept ("ab"+"c", "a"+"bc") shows.
		word := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 3, -1)
		p := parts{
			rule: word.Draw(t, "rule"), version: rapid.IntRange(1, 3).Draw(t, "version"),
			episode: evenkeel.Moment(rapid.Int64Range(0, 3).Draw(t, "episode")),
		}
		switch kind := evenkeel.SubjectKind(rapid.IntRange(1, 3).Draw(t, "kind")); kind {
		case evenkeel.SubjectAsset:
			p.subject = evenkeel.Subject{Kind: kind, Asset: evenkeel.AssetID(word.Draw(t, "asset"))}
		case evenkeel.SubjectTenant:
			p.subject = evenkeel.Subject{Kind: kind, Tenant: evenkeel.TenantID(word.Draw(t, "tenant"))}
		default:
			p.subject = evenkeel.Subject{
				Kind: kind, Tenant: evenkeel.TenantID(word.Draw(t, "tenant")), Principal: word.Draw(t, "principal"),
			}
		}
		id := evenkeel.NewFindingID(p.rule, p.version, p.subject, p.episode)
		if was, ok := seen[id]; ok && was != p {
			t.Fatalf("%s names %+v and %+v", id, was, p)
		}
		seen[id] = p
		if len(id) != 28 || !strings.HasPrefix(string(id), "f-") || strings.ToLower(string(id)) != string(id) {
			t.Fatalf("%s is not f- and 26 characters of base 32", id)
		}
	})
}

func TestFindingIDDoesNotWaitForTheTenant(t *testing.T) {
	before := evenkeel.NewFindingID("r", 1, evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1"}, noon)
	after := evenkeel.NewFindingID("r", 1, evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1", Tenant: "t-1"}, noon)
	if before != after {
		t.Errorf("an asset's finding is %s before its tenant is known and %s after", before, after)
	}
}

func TestFamiliesAreThoseOfMetTermsThatWeigh(t *testing.T) {
	f := evenkeel.Finding{
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Weight: 3},
			{Name: "quiet disk", Family: evenkeel.EvidenceUsage, Weight: 1},
			{Name: "pool", Family: evenkeel.EvidenceWire, Weight: 2},
			{Name: "old customer", Family: evenkeel.EvidenceReport, Weight: -2},
			{Name: "noted only", Family: evenkeel.EvidenceFleet, Weight: 0},
		},
		Unmet: []evenkeel.Term{{Name: "miner", Family: evenkeel.EvidenceProcess, Weight: 4}},
	}
	want := []evenkeel.Evidence{evenkeel.EvidenceUsage, evenkeel.EvidenceWire}
	if got := f.Families(); !slices.Equal(got, want) {
		t.Errorf("got %v; expected %v: what speaks for the tenant and what was not met is no family of evidence", got, want)
	}
}
