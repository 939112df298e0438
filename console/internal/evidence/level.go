package evidence

import (
	"math"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/plot"
)

// near is how far the value of a term may be from the mean of a trace that it is the mean of:
// windows weigh panes by how much of them was covered.
const near = 0.02

// levels are the thresholds of the terms that were weighed on a trace. A term does not say what
// it was weighed on; that its value is the trace's mean, lowest or highest does. Terms of other
// evidence than usage count events that no trace shows.
func levels(terms []evenkeel.Term, p *evenkeel.PaneSeries, label string) []plot.Line {
	var out []plot.Line
	for _, t := range terms {
		switch {
		case !weighedOn(&t, p):
		case slices.ContainsFunc(out, func(l plot.Line) bool { return l.At == t.Threshold.Value }):
		default:
			out = append(out, plot.Line{At: t.Threshold.Value, Unit: p.Unit, Label: label})
		}
	}
	return out
}

// Unit is the unit of a term's numbers: its own, or that of the trace of the finding on which it
// was weighed, where one is known; else "".
func Unit(f *evenkeel.Finding, t *evenkeel.Term) string {
	for i := range f.Panes {
		if p := &f.Panes[i]; weighedOn(t, p) {
			return p.Unit
		}
	}
	return t.Unit
}

// weighedOn says whether a term was weighed on a trace.
func weighedOn(t *evenkeel.Term, p *evenkeel.PaneSeries) bool {
	return t.Family == evenkeel.EvidenceUsage && t.Unit == "" && t.Value.Known && t.Threshold.Known && t.Threshold.Value != 0 && isOf(t.Value.Value, p)
}

// isOf says whether a value is the mean, the lowest or the highest of what is known of a trace.
func isOf(v float64, p *evenkeel.PaneSeries) bool {
	n, sum, low, high := 0, 0.0, math.Inf(1), math.Inf(-1)
	for _, r := range p.Values {
		if r.Known && !math.IsNaN(r.Value) && !math.IsInf(r.Value, 0) {
			n, sum, low, high = n+1, sum+r.Value, min(low, r.Value), max(high, r.Value)
		}
	}
	if n == 0 || v == 0 {
		return false
	}
	mean := sum / float64(n)
	return v == low || v == high || v >= low && v <= high && math.Abs(v-mean) <= near*math.Abs(mean)
}
