package app

import (
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestALetterThatWouldHaveGoneOutIsALetter: procedure 5.3. A reviewer in shadow reads it in the language of the tenant's
// owner, as courier writes those that are sent, and no link of anybody's stands in it.
func TestALetterThatWouldHaveGoneOutIsALetter(t *testing.T) {
	policies := partsIn(t.TempDir(), nil, nil).Policies
	at := evenkeel.Moment(1_700_000_000_000_000_000)
	f := docket.Folder{Row: docket.Row{Case: evenkeel.Case{ID: "c-1", Tenant: "t-0", Family: "mining", Opened: at}}, Decisions: []evenkeel.Decision{{
		ID: "d-1", Case: "c-1", Tenant: "t-0", Family: "mining", Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"}, From: at, Until: at + 1e12, At: at,
		Actor: evenkeel.Actor{Policy: policies.Force.Digest()}, State: evenkeel.Proposed, Mode: evenkeel.ModeShadow,
		Grounds: evenkeel.Grounds{Clause: "No mining.", Row: "compute, two families", Basis: []evenkeel.Basis{{Rule: "crypto-mining", From: at - 1e12, Terms: []evenkeel.Term{{Name: "pool", Says: "It talked to a pool."}}}}},
	}}}
	for lang, words := range map[string][]string{"en": {"vm-1", "No mining.", "It talked to a pool."}, "zh": {"vm-1", "案件："}} {
		show := policies.letters(func(evenkeel.TenantID, string) string { return lang }, "", courier.Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com"})
		l, err := show(context.Background(), &f, "d-1")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append(words, "Example Cloud", ofNobody) {
			if !strings.Contains(l.Text+l.Subject, s) {
				t.Errorf("in %s the letter does not say %q:\n%s\n%s", lang, s, l.Subject, l.Text)
			}
		}
	}
}
