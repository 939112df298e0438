package ternary

import "cel.dev/cel-go/common/operators"

// logic builds the connectives of Kleene's strong logic, ?: and known().
func logic(n *node) bool {
	switch n.op {
	case operators.LogicalNot:
		x := n.kids[0].test
		n.test = func(s []Value) Tri { return not(x(s)) }
	case operators.LogicalAnd:
		n.flatten()
		n.test = every(n.kids, False, True)
	case operators.LogicalOr:
		n.flatten()
		n.test = every(n.kids, True, False)
	case "known":
		x := n.kids[0]
		n.test = func(s []Value) Tri { return tri(x.value(s).Known()) }
	default:
		return conditional(n)
	}
	return true
}

func tri(b bool) Tri {
	if b {
		return True
	}
	return False
}

func not(t Tri) Tri {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Undecided
}

// flatten makes a && (b && c) one node with three kids.
func (n *node) flatten() {
	var kids []*node
	for _, k := range n.kids {
		if k.op == n.op {
			kids = append(kids, k.kids...)
			continue
		}
		kids = append(kids, k)
	}
	n.kids = kids
}

// every is the connective that one absorbing answer settles: False for &&, True for ||. The order of the
// operands never changes the answer, only the work.
func every(kids []*node, absorbing, neutral Tri) tester {
	tests := make([]tester, len(kids))
	for i, k := range kids {
		tests[i] = k.test
	}
	if len(tests) == 2 {
		a, b := tests[0], tests[1]
		return func(s []Value) Tri {
			x := a(s)
			if x == absorbing {
				return absorbing
			}
			if y := b(s); y != neutral {
				return y
			}
			return x
		}
	}
	return func(s []Value) Tri {
		answer := neutral
		for _, t := range tests {
			switch t(s) {
			case absorbing:
				return absorbing
			case Undecided:
				answer = Undecided
			}
		}
		return answer
	}
}

func conditional(n *node) bool {
	c, a, b := n.kids[0].test, n.kids[1], n.kids[2]
	switch n.typ {
	case BoolType:
		x, y := a.test, b.test
		n.test = func(s []Value) Tri {
			switch c(s) {
			case True:
				return x(s)
			case False:
				return y(s)
			}
			if t := x(s); t == y(s) {
				return t
			}
			return Undecided
		}
	case DoubleType:
		n.flt = choose(c, a.flt, b.flt)
	case StringType:
		n.txt = choose(c, a.txt, b.txt)
	case IntType, DurationType, TimestampType:
		n.num = choose(c, a.num, b.num)
	default:
		return false
	}
	return true
}

// choose is ?:. With the condition unknown, the answer is known only if both branches agree on it.
func choose[T comparable](c tester, a, b func([]Value) (T, bool)) func([]Value) (T, bool) {
	return func(s []Value) (T, bool) {
		switch c(s) {
		case True:
			return a(s)
		case False:
			return b(s)
		}
		x, xok := a(s)
		y, yok := b(s)
		return x, xok && yok && x == y
	}
}

// demand says how a subexpression bears on the truth of the whole.
type demand uint8

const (
	demanded demand = iota // making it true can only make the whole more true
	denied                 // making it true can only make the whole less true
	mixed                  // anything
)

// blames reports whether a missing value may make the expression true; see Expr.BlamesAbsence. known(x) is
// the only operation whose answer changes when x becomes known, and only from false to true.
func (n *node) blames(d demand) bool {
	below := mixed
	switch n.op {
	case "known":
		return d != demanded
	case operators.LogicalAnd, operators.LogicalOr:
		below = d
	case operators.LogicalNot:
		below = [...]demand{denied, demanded, mixed}[d]
	case operators.Conditional:
		return n.kids[0].blames(mixed) || n.kids[1].blames(d) || n.kids[2].blames(d)
	}
	for _, k := range n.kids {
		if k.blames(below) {
			return true
		}
	}
	return false
}
