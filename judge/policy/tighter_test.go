package policy

import (
	"maps"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// TestALimitIsMeantForWhatWasFound: of several numbers the smallest holds, and a term that did not count, or
// a measure that takes no params, changes nothing.
func TestALimitIsMeantForWhatWasFound(t *testing.T) {
	f := Family{
		Terms: map[evenkeel.Measure]Terms{
			evenkeel.MeasureLimit:   {Params: map[string]string{"rate": "10000", "syn_rate": "200"}},
			evenkeel.MeasureIsolate: {},
		},
		Tighter: map[string]Rates{"sweep": {"syn_rate": 20, "rate_to": 900}, "ports": {"syn_rate": 30, "rate_to": 500}},
	}
	term := func(name string, weight float64) evenkeel.Term { return evenkeel.Term{Name: name, Weight: weight} }
	for _, c := range []struct {
		name  string
		m     evenkeel.Measure
		terms []evenkeel.Term
		want  map[string]string
	}{
		{"nothing that is named", evenkeel.MeasureLimit, []evenkeel.Term{term("syn-flood", 4)}, map[string]string{"rate": "10000", "syn_rate": "200"}},
		{"one", evenkeel.MeasureLimit, []evenkeel.Term{term("sweep", 4)}, map[string]string{"rate": "10000", "syn_rate": "20", "rate_to": "900"}},
		{"two", evenkeel.MeasureLimit, []evenkeel.Term{term("sweep", 4), term("ports", 4)}, map[string]string{"rate": "10000", "syn_rate": "20", "rate_to": "500"}},
		{"the same, the other way round", evenkeel.MeasureLimit, []evenkeel.Term{term("ports", 4), term("sweep", 4)}, map[string]string{"rate": "10000", "syn_rate": "20", "rate_to": "500"}},
		{"one that speaks for the tenant", evenkeel.MeasureLimit, []evenkeel.Term{term("sweep", -1)}, map[string]string{"rate": "10000", "syn_rate": "200"}},
		{"a measure without params", evenkeel.MeasureIsolate, []evenkeel.Term{term("sweep", 4)}, nil},
	} {
		basis := make([]evenkeel.Basis, len(c.terms))
		for i, x := range c.terms {
			basis[i].Terms = []evenkeel.Term{x}
		}
		if got := f.ParamsOf(c.m, basis); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := f.Terms[evenkeel.MeasureLimit].Params["syn_rate"]; got != "200" {
		t.Errorf("the policy's own number is %s now", got)
	}
}
