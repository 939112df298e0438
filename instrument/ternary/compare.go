package ternary

import (
	"cmp"
	"math"

	"cel.dev/cel-go/common/operators"
)

// comparison builds == != < <= > >=.
func comparison(n *node) bool {
	a, b := n.kids[0], n.kids[1]
	if a.typ != b.typ {
		return false
	}
	if a.literal && !b.literal {
		a, b, n.op = b, a, mirrored(n.op)
	}
	switch a.typ {
	case BoolType:
		return equalBools(n, a.test, b.test)
	case DoubleType:
		if a.slot >= 0 && b.literal {
			n.test = doubleSlot(n.op, a.slot, b)
			break
		}
		n.test = compare(n.op, a.flt, b.flt)
	case StringType:
		n.test = compare(n.op, a.txt, b.txt)
	case IntType, DurationType, TimestampType:
		if a.slot >= 0 && b.literal {
			n.test = numberSlot(n.op, a.slot, a.typ, b)
			break
		}
		n.test = compare(n.op, a.num, b.num)
	default:
		return false
	}
	return n.test != nil
}

// mirrored is the operator that says the same with its operands swapped.
func mirrored(op string) string {
	switch op {
	case operators.Less:
		return operators.Greater
	case operators.LessEquals:
		return operators.GreaterEquals
	case operators.Greater:
		return operators.Less
	case operators.GreaterEquals:
		return operators.LessEquals
	}
	return op
}

// holds is the table of the six operators: whether one holds when a compares to b as less, equal or greater.
func holds(op string) (less, equal, greater Tri) {
	switch op {
	case operators.Equals:
		return False, True, False
	case operators.NotEquals:
		return True, False, True
	case operators.Less:
		return True, False, False
	case operators.LessEquals:
		return True, True, False
	case operators.Greater:
		return False, False, True
	}
	return False, True, True // GreaterEquals
}

func equalBools(n *node, a, b tester) bool {
	same, other := True, False
	switch n.op {
	case operators.Equals:
	case operators.NotEquals:
		same, other = False, True
	default:
		return false
	}
	n.test = func(s []Value) Tri {
		x, y := a(s), b(s)
		switch {
		case x == Undecided || y == Undecided:
			return Undecided
		case x == y:
			return same
		}
		return other
	}
	return true
}

func compare[T cmp.Ordered](op string, a, b func([]Value) (T, bool)) tester {
	less, equal, greater := holds(op)
	return func(s []Value) Tri {
		x, ok := a(s)
		if !ok {
			return Undecided
		}
		y, ok := b(s)
		switch {
		case !ok:
			return Undecided
		case x < y:
			return less
		case x > y:
			return greater
		}
		return equal
	}
}

// doubleSlot compares a variable with a constant, the commonest clause of a rule, in one closure.
func doubleSlot(op string, slot int, constant *node) tester {
	less, equal, greater := holds(op)
	y, _ := constant.flt(nil)
	return func(s []Value) Tri {
		v := &s[slot]
		if v.typ != DoubleType {
			return Undecided
		}
		x := math.Float64frombits(uint64(v.bits))
		switch {
		case x < y:
			return less
		case x > y:
			return greater
		}
		return equal
	}
}

func numberSlot(op string, slot int, typ Type, constant *node) tester {
	less, equal, greater := holds(op)
	y, _ := constant.num(nil)
	return func(s []Value) Tri {
		v := &s[slot]
		switch {
		case v.typ != typ:
			return Undecided
		case v.bits < y:
			return less
		case v.bits > y:
			return greater
		}
		return equal
	}
}
