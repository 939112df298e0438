package ternary

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/operators"
)

// Unknowns names what made the result unknown, in order of appearance and each once: variables without
// a value as "tenant.age (never paid)", and operations without a result as "a / b (a ratio over
// nothing)". It is empty when the result is known. It evaluates the expression up to MaxDepth times:
// it is for explanations, not for the hot path.
func (x *Expr) Unknowns(slots []Value) []string {
	var out []string
	x.root.origins(x.scope, slots, func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	})
	return out
}

func (x *Expr) explain(slots []Value) Value {
	return Unknown(strings.Join(x.Unknowns(slots), "; "))
}

// origins descends along the unknown operands to where each unknown begins.
func (n *node) origins(scope *Scope, s []Value, report func(string)) {
	if n.value(s).Known() {
		return
	}
	if n.slot >= 0 {
		report(n.name + " (" + whyMissing(s[n.slot], n.typ) + ")")
		return
	}
	kids := n.kids
	if n.op == operators.Conditional {
		kids = deciding(n, s)
	}
	told := false
	for _, k := range kids {
		k.origins(scope, s, func(why string) {
			told = true
			report(why)
		})
	}
	if !told && n.fault != nil {
		report(n.where + " (" + n.fault(n, s) + ")")
	}
}

// deciding are the operands of an unknown ?: that matter: the condition while it is unknown, else the
// branch it chose.
func deciding(n *node, s []Value) []*node {
	switch n.kids[0].test(s) {
	case True:
		return n.kids[1:2]
	case False:
		return n.kids[2:3]
	}
	return n.kids[:1]
}

func whyMissing(v Value, declared Type) string {
	if v.Known() {
		return fmt.Sprintf("holds %s, declared %s", v.Type(), declared)
	}
	return v.Why()
}
