package evidence_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/evidence"
)

var start = evenkeel.MomentOf(time.Date(2019, 5, 29, 12, 0, 0, 0, time.UTC))

func known(v float64) evenkeel.Reading { return evenkeel.Reading{Value: v, Known: true} }

// mined is what the mining rule says of a busy machine that is new and spoke Stratum once.
func mined() evenkeel.Finding {
	cpu := evenkeel.PaneSeries{Name: "cpu", Unit: "fraction", From: start, Width: evenkeel.Moment(time.Minute)}
	for i := range 20 {
		v := known(0.998)
		if i == 3 {
			v = evenkeel.Reading{}
		}
		cpu.Values = append(cpu.Values, v)
	}
	cpu.Values[19] = known(1)
	return evenkeel.Finding{
		ID: "f-1", Revision: evenkeel.Final, Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1"},
		From: start, Until: start.Add(20 * time.Minute),
		Terms: []evenkeel.Term{
			{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: known(0.9981), Threshold: known(0.995)},
			{Name: "new-machine", Family: evenkeel.EvidenceUsage, Unit: "s", Value: known(1), Threshold: known(0.9)},
			{Name: "no-payment-yet", Family: evenkeel.EvidenceUsage, Value: known(0), Threshold: known(0)},
			{Name: "stratum", Family: evenkeel.EvidenceWire, Value: known(1), Threshold: known(1)},
			{Name: "not-known", Family: evenkeel.EvidenceUsage, Threshold: known(0.5)},
		},
		Panes: []evenkeel.PaneSeries{cpu, {Name: "network", Unit: "bytes", From: start, Width: evenkeel.Moment(10 * time.Minute), Values: []evenkeel.Reading{known(5e6), known(6e6)}}},
	}
}

func TestALevelIsDrawnOnTheTraceThatItsTermWasWeighedOnAndOnNoOther(t *testing.T) {
	f := mined()
	c := evidence.Chart(&f, evidence.Options{})
	if len(c.Lines) != 1 || c.Lines[0].At != 0.995 || c.Lines[0].Unit != "fraction" {
		t.Errorf("the levels are %+v; expected that of the mean CPU alone", c.Lines)
	}
}

func TestAPaneThatIsNotKnownStaysUnknown(t *testing.T) {
	f := mined()
	c := evidence.Chart(&f, evidence.Options{})
	if !math.IsNaN(c.Series[0].Values[3]) || c.Series[0].Values[4] != 0.998 {
		t.Errorf("the values are %v; expected that the fourth is not known", c.Series[0].Values)
	}
}

func TestTheTimeThatTheRuleLookedAtIsShaded(t *testing.T) {
	f := mined()
	c := evidence.Chart(&f, evidence.Options{Words: evidence.Words{Window: "查看的时段"}})
	if len(c.Bands) != 1 || c.Bands[0].From != f.From.Time() || c.Bands[0].Until != f.Until.Time() || c.Bands[0].Label != "查看的时段" {
		t.Errorf("the bands are %+v", c.Bands)
	}
}

func TestAFindingWithoutPanesHasNoPicture(t *testing.T) {
	f := mined()
	f.Panes = []evenkeel.PaneSeries{{Name: "cpu", From: start}}
	if html := evidence.Draw(&f, evidence.Options{}); html != "" {
		t.Errorf("it is drawn: %s", html)
	}
}

func TestPicturesOfTwoRevisionsHaveDifferentIDs(t *testing.T) {
	f := mined()
	final := string(evidence.Draw(&f, evidence.Options{}))
	f.Revision = evenkeel.Provisional
	if html := string(evidence.Draw(&f, evidence.Options{})); !strings.Contains(html, `id="plot-f-1-provisional-title"`) || !strings.Contains(final, `id="plot-f-1-final-title"`) {
		t.Error("the ids do not tell the revisions apart")
	}
}

func TestNoMoreWindowsAreDrawnThanAsked(t *testing.T) {
	f := mined()
	if c := evidence.Chart(&f, evidence.Options{Most: 1}); len(c.Series) != 1 {
		t.Errorf("%d series; expected one", len(c.Series))
	}
}
