package builtin

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestEachPolicyStandsInAFileOfItsName(t *testing.T) {
	if got := Names(); !slices.Equal(got, []string{"default", "raisup-2019"}) {
		t.Errorf("names %v", got)
	}
	for _, name := range Names() {
		p, err := Policy(name)
		if err != nil {
			t.Fatal(err)
		}
		if id, _, _ := strings.Cut(p.ID(), " "); id != name || p.About() == "" {
			t.Errorf("%s is %s: %q", name, p.ID(), p.About())
		}
	}
}

func TestTheDefaultIsInForceAndTheExampleNeverIs(t *testing.T) {
	p, err := Default()
	if err != nil || p.Mode() != evenkeel.ModeLive || p.ID() != "default v1" {
		t.Fatalf("%v, %v", p, err)
	}
	example, err := Policy("raisup-2019")
	if err != nil || example.Mode() != evenkeel.ModeShadow {
		t.Fatalf("%v, %v", example, err)
	}
	// What it asks cannot be made live: absence would count.
	text, err := Text("raisup-2019")
	if err != nil || !strings.Contains(string(text), "mode: shadow") {
		t.Fatal(err)
	}
}

// TestTheDefaultHasEveryHarmThatIsActedOn: the rows of the law for packets and for the control
// plane are reachable before rules for them exist.
func TestTheDefaultHasEveryHarmThatIsActedOn(t *testing.T) {
	p, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for family, ladder := range map[string][]evenkeel.Measure{
		"mining":   {evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate},
		"creation": {evenkeel.MeasureNotify},
		"flood":    {evenkeel.MeasureNotify, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureIsolate},
		"takeover": {evenkeel.MeasureNotify, evenkeel.MeasureFreeze},
		"another":  {evenkeel.MeasureNotify},
	} {
		if f, ok := p.Family(family); !ok || !slices.Equal(f.Ladder, ladder) || len(f.Criteria) < 2 ||
			!strings.Contains(strings.Join(f.Criteria, " "), "strongest innocent explanation") {
			t.Errorf("%s: %+v", family, f)
		}
	}
}

func TestAnUnknownNameSaysWhichThereAre(t *testing.T) {
	for _, name := range []string{"", "no-such", "../builtin/default", "default.yaml"} {
		_, err := Policy(name)
		if evenkeel.KindOf(err) != evenkeel.KindNotFound || evenkeel.HintOf(err) != "there are default, raisup-2019" {
			t.Errorf("%q: %v, %s", name, err, evenkeel.HintOf(err))
		}
	}
}

// D, R6: every measure that takes something says in its notice that data can be read, of every policy, under every family.
func TestEveryMeasureSaysThatDataCanBeRead(t *testing.T) {
	seen := 0
	for _, name := range Names() {
		p, err := Policy(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range []string{"mining", "creation", "flood", "takeover", "compromise", "another"} {
			f, ok := p.Family(family)
			if !ok {
				continue
			}
			for m, terms := range f.Terms {
				if !m.Enforced() {
					continue
				}
				seen++
				if !strings.Contains(strings.Join(terms.Keeps, "; "), "data can be read and exported") {
					t.Errorf("%s, %s, %s keeps %q; expected a way to the data", name, family, m, terms.Keeps)
				}
			}
		}
	}
	if seen < 6 {
		t.Errorf("%d measures were looked at", seen)
	}
}
