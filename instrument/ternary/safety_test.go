package ternary

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// forget makes some slots unknown and returns the vector.
func forget(t *rapid.T, slots []Value) []Value {
	out := slices.Clone(slots)
	for i := range out {
		if rapid.Bool().Draw(t, fmt.Sprint("forget ", i)) {
			out[i] = Unknown("forgotten")
		}
	}
	return out
}

// complete gives every unknown slot some value.
func complete(t *rapid.T, partial []Value) []Value {
	out := slices.Clone(partial)
	for i, v := range out {
		if !v.Known() {
			out[i] = drawValue(t, propVars[i].Type, fmt.Sprint("complete ", i))
		}
	}
	return out
}

// TestKnownResultSurvivesEveryCompletion is the safety property of the language, "missing data never
// counts as guilt": what is concluded without some facts is concluded whatever these facts are.
func TestKnownResultSurvivesEveryCompletion(t *testing.T) {
	s := propScope(t)
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		src, x, full := drawCase(t, s, writer{T: t, conditionals: true})
		partial := forget(t, full)
		early := x.Eval(partial)
		if !early.Known() {
			if len(x.Unknowns(partial)) == 0 {
				t.Fatalf("%s\nover %v\nis unknown for no reason", src, partial)
			}
			return
		}
		decided++
		for range 3 {
			if late := x.Eval(full); late != early {
				t.Fatalf("%s\nis %v over %v\nand %v over %v", src, early, partial, late, full)
			}
			full = complete(t, partial)
		}
	})
	if decided == 0 {
		t.Error("no expression was ever decided with slots unknown")
	}
}

// TestTrueSurvivesEveryCompletionUnlessItBlamesAbsence is the same with known(), which looks at
// absence itself: then BlamesAbsence must tell.
func TestTrueSurvivesEveryCompletionUnlessItBlamesAbsence(t *testing.T) {
	s := propScope(t)
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		src, x, full := drawCase(t, s, writer{T: t, conditionals: true, known: true})
		partial := forget(t, full)
		if x.BlamesAbsence() || x.Test(partial) != True {
			return
		}
		decided++
		for range 3 {
			if late := x.Test(full); late != True {
				t.Fatalf("%s\nis true over %v\nand %v over %v", src, partial, late, full)
			}
			full = complete(t, partial)
		}
	})
	if decided == 0 {
		t.Error("no expression was ever true with slots unknown")
	}
}

// TestOrderOfOperandsNeverChangesAnAnswer swaps the operands of && and ||.
func TestOrderOfOperandsNeverChangesAnAnswer(t *testing.T) {
	s := propScope(t)
	rapid.Check(t, func(t *rapid.T) {
		w := writer{T: t, conditionals: true, known: true}
		a, b, c := w.expression(BoolType, 2), w.expression(BoolType, 2), w.expression(BoolType, 2)
		op := rapid.SampledFrom([]string{" && ", " || "}).Draw(t, "op")
		slots := make([]Value, s.Len())
		for i, v := range propVars {
			slots[i] = drawValue(t, v.Type, fmt.Sprint("slot ", i))
		}
		slots = forget(t, slots)
		x, err := s.Compile(a+op+b+op+c, BoolType)
		y, err2 := s.Compile(c+op+"("+b+op+a+")", BoolType)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if x.Test(slots) != y.Test(slots) || x.Eval(slots).Tri() != x.Test(slots) {
			t.Fatalf("%s is %v, turned round %v, as a value %v", x, x.Test(slots), y.Test(slots), x.Eval(slots))
		}
	})
}
