package ternary

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"pgregory.net/rapid"
)

// writer draws random expressions as source text. Operands come from every type, near the edges where
// arithmetic goes wrong.
type writer struct {
	*rapid.T
	known        bool // may use known()
	conditionals bool // may use ?:
}

// propVars are the variables of the random expressions: two of each type.
var propVars = []Var{
	{"b.x", BoolType, ""}, {"b.y", BoolType, ""}, {"i.x", IntType, ""}, {"i.y", IntType, ""}, {"f.x", DoubleType, ""},
	{"f.y", DoubleType, ""}, {"s.x", StringType, ""}, {"s.y", StringType, ""}, {"d.x", DurationType, ""}, {"d.y", DurationType, ""},
	{"t.x", TimestampType, ""}, {"t.y", TimestampType, ""},
}

// forms are the ways to make an expression of a type: each letter after % stands for an operand of the type
// that its variables start with.
var forms = map[Type][]string{
	BoolType: {
		"(%b && %b)", "(%b || %b)", "(%b && %b && %b)", "(%b || %b || %b)", "!%b", "(%b == %b)", "(%b != %b)",
		"(%i < %i)", "(%i == %i)", "(%i >= %i)", "(%f < %f)", "(%f <= %f)", "(%f == %f)", "(%f > %f)", "(%s == %s)", "(%s != %s)",
		"(%s < %s)", "(%d < %d)", "(%d != %d)", "(%t <= %t)", "(%t == %t)", "(%i in [1, 2, -3])", "(%f in [0.5, 1.0])",
		`(%s in ["", "a", "ab"])`, "(%i in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])", "%s.startsWith(%s)", "%s.contains(%s)", "%s.endsWith(%s)",
		`%s.matches("^a.?$")`, "(%d in [minutes(1), seconds(0)])", "(%b in [true])",
	},
	IntType: {
		"(%i + %i)", "(%i - %i)", "(%i * %i)", "(%i / %i)", "(%i % %i)", "(-(%i))", "max(%i, %i)", "min(%i, %i)", "abs(%i)", "int(%f)",
		"int(%i)", "size(%s)",
	},
	DoubleType: {
		"(%f + %f)", "(%f - %f)", "(%f * %f)", "(%f / %f)", "(-(%f))", "max(%f, %f)", "min(%f, %f)", "abs(%f)", "double(%i)", "double(%f)",
		"(%f * %f + %f)",
	},
	StringType:    {},
	DurationType:  {"(%d + %d)", "(%d - %d)", "abs(%d)", "max(%d, %d)", "min(%d, %d)", "(%t - %t)", "seconds(%i)", "days(%i)", "hours(%i)"},
	TimestampType: {"(%t + %d)", "(%t - %d)", "(%d + %t)"},
}

var literals = map[Type][]string{
	BoolType: {"true", "false"}, IntType: {"0", "1", "-1", "7", "9223372036854775807", "-9223372036854775808"},
	DoubleType: {"0.0", "-0.0", "1.5", "-2.0", "1e308", "1e-320"}, StringType: {`""`, `"a"`, `"éa"`},
	DurationType: {`duration("90s")`, "minutes(1)", `duration("-2562047h")`}, TimestampType: {`timestamp("2019-05-29T09:49:00Z")`},
}

var byLetter = map[byte]Type{'b': BoolType, 'i': IntType, 'f': DoubleType, 's': StringType, 'd': DurationType, 't': TimestampType}

func (w writer) expression(t Type, depth int) string {
	if depth == 0 || rapid.IntRange(0, 7).Draw(w.T, "leaf") == 0 {
		if rapid.IntRange(0, 3).Draw(w.T, "literal") == 0 {
			return rapid.SampledFrom(literals[t]).Draw(w.T, "value")
		}
		var names []string
		for _, v := range propVars {
			if v.Type == t {
				names = append(names, v.Name)
			}
		}
		return rapid.SampledFrom(names).Draw(w.T, "variable")
	}
	all := forms[t]
	if w.conditionals {
		c := letter(t)
		all = append(all[:len(all):len(all)], "(%b ? %"+c+" : %"+c+")")
	}
	if w.known && t == BoolType {
		all = append(all[:len(all):len(all)], "known(%i)", "known(%f)", "!known(%b)", "known(%s)")
	}
	if len(all) == 0 {
		return w.expression(t, 0)
	}
	return w.fill(rapid.SampledFrom(all).Draw(w.T, "form"), depth)
}

// fill puts operands into a form. Below known() there is no other known().
func (w writer) fill(form string, depth int) string {
	if strings.Contains(form, "known") {
		w.known = false
	}
	var out strings.Builder
	for i := 0; i < len(form); i++ {
		if form[i] == '%' && byLetter[form[i+1]] != 0 {
			i++
			out.WriteString(w.expression(byLetter[form[i]], depth-1))
			continue
		}
		out.WriteByte(form[i])
	}
	return out.String()
}

func letter(t Type) string {
	for l, of := range byLetter {
		if of == t {
			return string(l)
		}
	}
	panic("no letter for " + t.String())
}

// drawValue draws a known value, often one of the edges.
func drawValue(t *rapid.T, typ Type, label string) Value {
	switch typ {
	case BoolType:
		return Bool(rapid.Bool().Draw(t, label))
	case IntType:
		return Int(rapid.OneOf(rapid.Int64Range(-3, 9), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}), rapid.Int64()).Draw(t, label))
	case DoubleType:
		return Double(rapid.OneOf(rapid.SampledFrom([]float64{0, 0.5, 1, -2, 1e308, -1e308, 5e-324, 1 << 53}), rapid.Float64()).Draw(t, label))
	case StringType:
		return String(rapid.StringMatching("[aéb]{0,3}").Draw(t, label))
	case DurationType:
		// Not the last seconds of what int64 nanoseconds hold: CEL counts them as overflow where
		// moments are subtracted, and we do not.
		const most = math.MaxInt64 - int64(time.Hour)
		return Duration(time.Duration(rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64Range(-most, most)).Draw(t, label)))
	}
	return Timestamp(rapid.OneOf(rapid.Int64Range(-2, 2), rapid.Int64Range(-1<<60, 1<<60)).Draw(t, label))
}

func propScope(t testing.TB) *Scope {
	t.Helper()
	s, err := NewScope(propVars)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reference is CEL's own evaluator with our functions bound to their plainest meaning.
type reference struct{ env *cel.Env }

func newReference(t testing.TB) reference {
	t.Helper()
	env, err := cel.NewCustomEnv(append(envOptions(propVars),
		bound2("max", func(a, b ref.Val) ref.Val { return larger(a, b, types.IntOne) }),
		bound2("min", func(a, b ref.Val) ref.Val { return larger(a, b, types.IntNegOne) }),
		bound1("abs", func(a ref.Val) ref.Val {
			if zero := types.DefaultTypeAdapter.NativeToValue(zeroOf(a)); larger(a, zero, types.IntOne).Equal(zero) == types.True {
				return negate(a)
			}
			return a
		}),
		span("seconds", 1), span("minutes", 60), span("hours", 3600), span("days", 86400),
	)...)
	if err != nil {
		t.Fatal(err)
	}
	return reference{env}
}

// run evaluates; ok is false for an error, and odd reports a result or an operand on the way that is
// not finite or beyond our timestamps, where CEL has an answer and we have none.
func (r reference) run(t rapid.TB, src string, slots []Value) (v ref.Val, ok, odd bool) {
	tree, issues := r.env.Compile(src)
	if issues.Err() != nil {
		t.Fatalf("%s: %v", src, issues.Err())
	}
	program, err := r.env.Program(tree, cel.EvalOptions(cel.OptExhaustiveEval))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	vars := map[string]any{}
	for i, v := range propVars {
		vars[v.Name] = native(slots[i])
	}
	v, details, err := program.Eval(vars)
	for _, id := range details.State().IDs() {
		step, _ := details.State().Value(id)
		odd = odd || strange(step)
	}
	return v, err == nil, odd || err == nil && strange(v)
}

func strange(v ref.Val) bool {
	switch x := v.(type) {
	case types.Double:
		return !finite(float64(x))
	case types.Timestamp:
		return x.Time.Before(earliest) || x.Time.After(latest)
	}
	return false
}

func native(v Value) any {
	switch v.Type() {
	case BoolType:
		b, _ := v.Bool()
		return b
	case IntType:
		i, _ := v.Int()
		return i
	case DoubleType:
		f, _ := v.Double()
		return f
	case StringType:
		s, _ := v.Text()
		return s
	case DurationType:
		d, _ := v.Duration()
		return d
	}
	ns, _ := v.Timestamp()
	return time.Unix(0, ns).UTC()
}

func zeroOf(v ref.Val) any {
	switch v.(type) {
	case types.Int:
		return int64(0)
	case types.Double:
		return 0.0
	}
	return time.Duration(0)
}

func negate(v ref.Val) ref.Val {
	switch x := v.(type) {
	case types.Int:
		return x.Negate()
	case types.Double:
		return x.Negate()
	}
	return v.(types.Duration).Negate()
}

func larger(a, b ref.Val, sign types.Int) ref.Val {
	type comparer interface{ Compare(ref.Val) ref.Val }
	switch c := a.(comparer).Compare(b); {
	case types.IsError(c):
		return c
	case c == sign:
		return a
	}
	return b
}

func bound1(name string, f func(ref.Val) ref.Val) cel.EnvOption {
	return bind(name, 1, cel.UnaryBinding(f))
}

func bound2(name string, f func(a, b ref.Val) ref.Val) cel.EnvOption {
	return bind(name, 2, cel.BinaryBinding(f))
}

// bind declares the overloads of language.go again, with a meaning.
func bind(name string, arity int, f cel.OverloadOpt) cel.EnvOption {
	var opts []cel.FunctionOpt
	for _, t := range []Type{IntType, DoubleType, DurationType} {
		out := celTypes[t]
		if units[name] != 0 {
			if t != IntType {
				continue
			}
			out = cel.DurationType
		}
		args := []*cel.Type{celTypes[t], celTypes[t]}[:arity]
		opts = append(opts, cel.Overload(name+"_"+t.String(), args, out, f))
	}
	return cel.Function(name, opts...)
}

func span(name string, seconds int64) cel.EnvOption {
	return bound1(name, func(v ref.Val) ref.Val {
		ns := v.(types.Int).Multiply(types.Int(seconds * 1e9))
		if types.IsError(ns) {
			return ns
		}
		return types.Duration{Duration: time.Duration(ns.(types.Int))}
	})
}

// TestKnownInputsGiveCELsAnswer compares with CEL's evaluator: where CEL has an answer we have the
// same, where it has an error we say unknown. Results that are not finite, and moments beyond int64
// nanoseconds, are unknown to us alone.
func TestKnownInputsGiveCELsAnswer(t *testing.T) {
	s, oracle := propScope(t), newReference(t)
	decided, unknown := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		conditionals := rapid.Bool().Draw(t, "conditionals")
		src, x, slots := drawCase(t, s, writer{T: t, conditionals: conditionals})
		want, ok, odd := oracle.run(t, src, slots)
		got := x.Eval(slots)
		switch {
		case got.Known() && ok && !sameValue(got, want):
			t.Fatalf("%s\nover %v\nis %v, CEL says %v", src, slots, got, want)
		case got.Known() && !ok && !conditionals:
			t.Fatalf("%s\nover %v\nis %v, CEL says error: %v", src, slots, got, want)
		case !got.Known() && ok && !odd:
			t.Fatalf("%s\nover %v\nis %v, CEL says %v", src, slots, got, want)
		}
		if got.Known() {
			decided++
		} else {
			unknown++
		}
	})
	if decided == 0 || unknown == 0 {
		t.Errorf("the property saw %d known and %d unknown results", decided, unknown)
	}
}

func sameValue(v Value, want ref.Val) bool {
	switch w := want.(type) {
	case types.Bool:
		return v == Bool(bool(w))
	case types.Int:
		return v == Int(int64(w))
	case types.Double:
		return v == Double(float64(w))
	case types.String:
		return v == String(string(w))
	case types.Duration:
		return v == Duration(w.Duration)
	case types.Timestamp:
		return v == Timestamp(w.UnixNano())
	}
	return false
}

// drawCase draws an expression of any type and a vector of known values.
func drawCase(t *rapid.T, s *Scope, w writer) (string, *Expr, []Value) {
	typ := rapid.SampledFrom(allTypes).Draw(t, "type")
	if rapid.Bool().Draw(t, "test") {
		typ = BoolType
	}
	src := w.expression(typ, rapid.IntRange(1, 4).Draw(t, "depth"))
	x, err := s.Compile(src, typ)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	slots := make([]Value, s.Len())
	for i, v := range propVars {
		slots[i] = drawValue(t, v.Type, fmt.Sprint("slot ", i))
	}
	return src, x, slots
}
