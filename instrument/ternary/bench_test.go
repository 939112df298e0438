package ternary

import "testing"

// fiveClauses is the shape of a threshold rule.
const fiveClauses = `cpu.mean > 0.9 && cpu.cores >= 4 && tenant.age < days(30) && tenant.paid == 0 && in_rate < 100.0`

func compileFor(t testing.TB, src string, changed map[string]Value) (*Expr, []Value) {
	t.Helper()
	s := testScope(t)
	x, err := s.Compile(src, 0)
	if err != nil {
		t.Fatal(err)
	}
	slots := given(t, s, ordinary)
	for name, v := range changed {
		i, _ := s.Slot(name)
		slots[i] = v
	}
	return x, slots
}

func TestHotPathAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name, src string
		changed   map[string]Value
		want      Tri
	}{
		{"five clauses hold", fiveClauses, map[string]Value{"in_rate": Double(5)}, True},
		{"the first clause fails", fiveClauses, map[string]Value{"cpu.mean": Double(0.1)}, False},
		{"one clause is unknown", fiveClauses, nil, Undecided},
		{"text and sums", `name.matches("^work") && name in ["a", "worker-é7"] && (cpu.mean + 1.0) / 2.0 > 0.5 && now - since > minutes(5)`, nil, True},
		{"a ratio over nothing", `cpu.cores / tenant.paid > 3`, nil, Undecided},
	} {
		x, slots := compileFor(t, c.src, c.changed)
		if got := x.Test(slots); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if n := testing.AllocsPerRun(100, func() { x.Test(slots) }); n != 0 {
			t.Errorf("%s: Test allocates %v times", c.name, n)
		}
		if c.want == Undecided {
			continue
		}
		if n := testing.AllocsPerRun(100, func() { x.Eval(slots) }); n != 0 {
			t.Errorf("%s: Eval allocates %v times", c.name, n)
		}
	}
	for _, src := range []string{`cpu.mean * 2.0`, `cpu.cores + 1`, `now - since`, `since + hours(1)`} {
		x, slots := compileFor(t, src, nil)
		if n := testing.AllocsPerRun(100, func() { x.Eval(slots) }); n != 0 {
			t.Errorf("%s: Eval allocates %v times", src, n)
		}
	}
}

func benchmarkTest(b *testing.B, src string, changed map[string]Value, want Tri) {
	x, slots := compileFor(b, src, changed)
	b.ReportAllocs()
	for b.Loop() {
		if x.Test(slots) != want {
			b.Fatal("wrong answer")
		}
	}
}

func BenchmarkFiveClausesHold(b *testing.B) {
	benchmarkTest(b, fiveClauses, map[string]Value{"in_rate": Double(5)}, True)
}

func BenchmarkFirstClauseFails(b *testing.B) {
	benchmarkTest(b, fiveClauses, map[string]Value{"cpu.mean": Double(0.1)}, False)
}

func BenchmarkLastClauseUnknown(b *testing.B) {
	benchmarkTest(b, fiveClauses, nil, Undecided)
}

func BenchmarkUnknowns(b *testing.B) {
	x, slots := compileFor(b, fiveClauses, nil)
	for b.Loop() {
		x.Unknowns(slots)
	}
}

func BenchmarkCompile(b *testing.B) {
	s := testScope(b)
	for b.Loop() {
		if _, err := s.Compile(fiveClauses, BoolType); err != nil {
			b.Fatal(err)
		}
	}
}
