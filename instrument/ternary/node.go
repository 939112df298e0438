package ternary

import (
	"math"
	"slices"
)

// The closures of a node read the slot vector and answer with the value and whether there is one.
type (
	tester  = func([]Value) Tri
	integer = func([]Value) (int64, bool) // also nanoseconds of durations and timestamps
	decimal = func([]Value) (float64, bool)
	words   = func([]Value) (string, bool)
)

// node is one operation, variable or literal. Exactly one of test, num, flt and txt is set, by its type.
type node struct {
	typ  Type
	op   string // the function's name as the parser gives it; empty for variables and literals
	kids []*node
	cost int

	slot    int    // of a variable, else -1
	name    string // of a variable
	literal bool

	where string                          // source of the operation
	fault func(n *node, s []Value) string // why it has no result although its operands have; nil when it always has one

	test tester
	num  integer
	flt  decimal
	txt  words
}

// value computes the node as a Value; unknown carries no reason.
func (n *node) value(s []Value) Value {
	switch n.typ {
	case BoolType:
		if t := n.test(s); t != Undecided {
			return Bool(t == True)
		}
	case DoubleType:
		if f, ok := n.flt(s); ok {
			return Double(f)
		}
	case StringType:
		if t, ok := n.txt(s); ok {
			return String(t)
		}
	default:
		if i, ok := n.num(s); ok {
			return Value{typ: n.typ, bits: i}
		}
	}
	return Value{}
}

// variable reads a slot; a value of another type than declared counts as unknown.
func variable(slot int, v Var) *node {
	n := &node{typ: v.Type, slot: slot, name: v.Name, cost: 1}
	want := v.Type
	switch want {
	case BoolType:
		n.test = func(s []Value) Tri { return s[slot].Tri() }
	case DoubleType:
		n.flt = func(s []Value) (float64, bool) { return s[slot].Double() }
	case StringType:
		n.txt = func(s []Value) (string, bool) { return s[slot].Text() }
	default:
		n.num = func(s []Value) (int64, bool) { return s[slot].number(want) }
	}
	return n
}

// constant is a literal; v is known.
func constant(v Value, cost int) *node {
	n := &node{typ: v.typ, slot: -1, literal: true, cost: cost}
	switch v.typ {
	case BoolType:
		t := v.Tri()
		n.test = func([]Value) Tri { return t }
	case DoubleType:
		f := math.Float64frombits(uint64(v.bits))
		n.flt = func([]Value) (float64, bool) { return f, true }
	case StringType:
		n.txt = func([]Value) (string, bool) { return v.text, true }
	default:
		n.num = func([]Value) (int64, bool) { return v.bits, true }
	}
	return n
}

// fold computes an operation over literals once, if it has a result.
func (n *node) fold() *node {
	for _, k := range n.kids {
		if !k.literal {
			return n
		}
	}
	if n.slot >= 0 || len(n.kids) == 0 {
		return n
	}
	if v := n.value(nil); v.Known() {
		return constant(v, n.cost)
	}
	return n
}

// uses are the slots read below n, ascending.
func (n *node) uses() []int {
	var out []int
	var walk func(*node)
	walk = func(n *node) {
		if n.slot >= 0 {
			out = append(out, n.slot)
		}
		for _, k := range n.kids {
			walk(k)
		}
	}
	walk(n)
	slices.Sort(out)
	return slices.Compact(out)
}
