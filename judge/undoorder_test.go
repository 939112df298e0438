package judge

import (
	"fmt"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// F16: of two that differ in one thing only, the one that harms more is let go first.
func TestTheOrderOfAnUndo(t *testing.T) {
	machines := func(n int) (out []evenkeel.AssetID) {
		for i := range n {
			out = append(out, evenkeel.AssetID(fmt.Sprint("m", i)))
		}
		return out
	}
	of := func(id string, m evenkeel.Measure, assets int, from evenkeel.Moment) evenkeel.Decision {
		return evenkeel.Decision{ID: evenkeel.DecisionID(id), Measure: m, Assets: machines(assets), From: from}
	}
	for _, c := range []struct {
		name        string
		first, then evenkeel.Decision
	}{
		{"the network before the processor, though the measure is lower", of("b", evenkeel.MeasureLimit, 1, 9), of("a", evenkeel.MeasureThrottle, 5, 1)},
		{"the network before the control plane", of("b", evenkeel.MeasureDropFlow, 1, 9), of("a", evenkeel.MeasureFreeze, 5, 1)},
		{"of the network the higher measure", of("b", evenkeel.MeasureIsolate, 1, 9), of("a", evenkeel.MeasureLimit, 5, 1)},
		{"of the same measure more machines", of("b", evenkeel.MeasureLimit, 3, 9), of("a", evenkeel.MeasureLimit, 2, 1)},
		{"of as many what stands longer", of("b", evenkeel.MeasureLimit, 2, 1), of("a", evenkeel.MeasureLimit, 2, 9)},
		{"else by name", of("a", evenkeel.MeasureLimit, 2, 1), of("b", evenkeel.MeasureLimit, 2, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, all := range [][]evenkeel.Decision{{c.first, c.then}, {c.then, c.first}} {
				if slices.SortFunc(all, undoneFirst); all[0].ID != c.first.ID {
					t.Errorf("%s of %d before %s of %d", all[0].Measure, len(all[0].Assets), all[1].Measure, len(all[1].Assets))
				}
			}
		})
	}
}
