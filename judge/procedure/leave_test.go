package procedure

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// The study's incident of the recycled address: what was decided about one tenant may not
// meet the next.
func TestWhatStandsOnAnAssetEndsWithItsTenancy(t *testing.T) {
	throttle := evenkeel.MeasureThrottle
	for _, c := range []struct {
		name  string
		stood evenkeel.Decision
		gone  string
		to    evenkeel.DecisionState // 0: stays
		left  string                 // of another decision in its place
	}{
		{"a measure on it alone lapses", decided("d-1", throttle, evenkeel.InForce, "vm-1"), "vm-1", evenkeel.Lapsed, ""},
		{"a measure on others too goes on without it", decided("d-1", throttle, evenkeel.InForce, "vm-1 vm-2"), "vm-1", 0, "vm-2"},
		{"a measure on others stays", decided("d-1", throttle, evenkeel.InForce, "vm-2"), "vm-1", 0, ""},
		{"what is held about it alone is not entered", decided("d-1", throttle, evenkeel.Held, "vm-1"), "vm-1", evenkeel.Refused, ""},
		{"what is held about others too is a person's", decided("d-1", throttle, evenkeel.Held, "vm-1 vm-2"), "vm-1", evenkeel.Proposed, ""},
		{"what is proposed about it alone is not asked any more", decided("d-1", throttle, evenkeel.Proposed, "vm-1"), "vm-1", evenkeel.Refused, ""},
		{"a question stays one", decided("d-1", evenkeel.MeasureNotify, evenkeel.InForce, "vm-1"), "vm-1", 0, ""},
		{"what is over stays as it is", decided("d-1", throttle, evenkeel.Lifted, "vm-1"), "vm-1", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, any := Leave(dossier(evenkeel.CaseUnderReview, c.stood), assets(c.gone), later, mining())
			if any != (c.to != 0 || c.left != "") {
				t.Fatalf("%+v", e)
			}
			if c.to != 0 && (len(e.Turns) != 1 || e.Turns[0].To != c.to || e.Turns[0].At != later) {
				t.Errorf("turns %+v; expected %s", e.Turns, c.to)
			}
			if c.left != "" && (len(e.Instead) != 1 || !slices.Equal(e.Instead[0].Assets, assets(c.left)) || e.Instead[0].Until != c.stood.Until || e.Instead[0].Measure != throttle) {
				t.Errorf("instead %+v; expected the same of %s", e.Instead, c.left)
			}
		})
	}
}
