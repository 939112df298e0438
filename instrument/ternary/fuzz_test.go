package ternary

import (
	"errors"
	"strings"
	"testing"
)

// FuzzCompile feeds arbitrary sources: no panic, positioned errors, and results of the declared type
// that do not depend on when they are computed.
func FuzzCompile(f *testing.F) {
	for _, src := range []string{
		fiveClauses, `known(name) ? size(name) > 3 : in_rate / out_rate > 2.0`, `!(name in ["a", 'b']) || cpu.cores in [1, 2]`,
		`name.matches(r"^\w+$")`, `timestamp("2019-05-29T09:49:00Z") - now > -1 * 1`, `tenant.agee == 5u`, `{"a": [b"x"]}.all(x, x?.y)`,
		"cpu.mean >\n// comment\n 0.5", `cpu.mean > 1e999`, `"\u00e9" + 'x'`, `a.b.c.d(e)[0]`, `((((((((((1))))))))))`, `has(cpu.mean)`,
		`max(1, 2) == min(tenant.paid, abs(-9223372036854775808))`, `duration("1h") * 2`, "in_rate == in_rate", ` .cpu.mean > 0.5`, "`cpu.mean` > 1.0",
		`true ? 1 : 2.0`, `int("5") == 5`, `type(1) == int`, `!!!!!tenant.credit`, `------5`, `5 in []`, `cpu.mean.startsWith("x")`,
	} {
		f.Add(src)
	}
	s := testScope(f)
	f.Fuzz(func(t *testing.T, src string) {
		x, err := s.Compile(src, 0)
		if err != nil {
			var list CompileErrors
			if !errors.As(err, &list) || len(list) == 0 || len(list) > mostErrors {
				t.Fatalf("%q: %T %v", src, err, err)
			}
			lines := strings.Count(src, "\n") + strings.Count(src, "\r") + 1
			for _, e := range list {
				if e.Line < 1 || e.Column < 1 || e.Line > lines || e.Message == "" {
					t.Fatalf("%q: fault at %d:%d: %s", src, e.Line, e.Column, e.Message)
				}
			}
			return
		}
		for _, slots := range [][]Value{given(t, s, ordinary), given(t, s, nil)} {
			v := x.Eval(slots)
			if v.Known() && v.Type() != x.Type() || v.Known() != (len(x.Unknowns(slots)) == 0) || v != x.Eval(slots) {
				t.Fatalf("%q is %v of type %v, unknown: %q", src, v, x.Type(), x.Unknowns(slots))
			}
			if x.Type() == BoolType && v.Tri() != x.Test(slots) {
				t.Fatalf("%q is %v, tested %v", src, v, x.Test(slots))
			}
		}
		if x.Cost() < 1 || x.Cost() > DefaultCost {
			t.Fatalf("%q costs %d", src, x.Cost())
		}
	})
}
