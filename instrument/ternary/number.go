package ternary

import (
	"math"
	"time"

	"cel.dev/cel-go/common/operators"
)

// Reasons why an operation has no result. They are read by people.
const (
	whyNotNumber  = "not a number"
	whyOutOfRange = "out of range"
	whyNothing    = "a ratio over nothing"
)

// arithmetic builds + - * / %, the unary minus, conversions, max, min, abs and the units of time.
func arithmetic(n *node) bool {
	n.fault = outOfRange
	switch n.op {
	case operators.Divide, operators.Modulo:
		n.fault = ratio
	case "max", "min":
		n.fault = nil
	}
	if !signature(n) {
		return false
	}
	switch {
	case n.op == "int":
		return toInt(n)
	case n.op == "double":
		return toDouble(n)
	case len(n.kids) == 1:
		return unary(n)
	case n.typ == DoubleType:
		f := floats[n.op]
		if f == nil {
			return false
		}
		n.flt = binary(n.kids[0].flt, n.kids[1].flt, f)
	default:
		f := ints[n.op]
		if f == nil {
			return false
		}
		if n.op == operators.Subtract && n.kids[0].typ == TimestampType && n.kids[1].typ == DurationType {
			f = back
		}
		n.num = binary(n.kids[0].num, n.kids[1].num, f)
	}
	return true
}

// signature reports whether the operation exists over the types of its kids. Over int and double they are
// equal; moments and spans of time add and subtract as on a calendar.
func signature(n *node) bool {
	a := n.kids[0].typ
	if len(n.kids) == 1 {
		return a == IntType || a == DoubleType || a == DurationType
	}
	b := n.kids[1].typ
	switch {
	case len(n.kids) != 2:
		return false
	case a == b && (a == IntType || a == DoubleType):
		return true
	}
	switch n.op {
	case operators.Add:
		return a == DurationType && b == DurationType || a == TimestampType && b == DurationType ||
			a == DurationType && b == TimestampType
	case operators.Subtract:
		return b == DurationType && (a == DurationType || a == TimestampType) || a == TimestampType && b == TimestampType
	case "max", "min":
		return a == DurationType && b == DurationType
	}
	return false
}

// floats are the operations over doubles. Each result is a function's return value, so that no
// platform fuses two of them into one rounding.
var floats = map[string]func(a, b float64) (float64, bool){
	operators.Add:      func(a, b float64) (float64, bool) { return checked(a + b) },
	operators.Subtract: func(a, b float64) (float64, bool) { return checked(a - b) },
	operators.Multiply: func(a, b float64) (float64, bool) { return checked(float64(a * b)) },
	operators.Divide: func(a, b float64) (float64, bool) {
		if b == 0 {
			return 0, false
		}
		return checked(a / b)
	},
	"max": func(a, b float64) (float64, bool) { return max(a, b), true },
	"min": func(a, b float64) (float64, bool) { return min(a, b), true },
}

// ints are the operations over whole numbers and nanoseconds.
var ints = map[string]func(a, b int64) (int64, bool){
	operators.Add:      addInt,
	operators.Subtract: subInt,
	operators.Multiply: mulInt,
	operators.Divide: func(a, b int64) (int64, bool) {
		if b == 0 || a == math.MinInt64 && b == -1 {
			return 0, false
		}
		return a / b, true
	},
	operators.Modulo: func(a, b int64) (int64, bool) {
		if b == 0 || a == math.MinInt64 && b == -1 {
			return 0, false
		}
		return a % b, true
	},
	"max": func(a, b int64) (int64, bool) { return max(a, b), true },
	"min": func(a, b int64) (int64, bool) { return min(a, b), true },
}

func addInt(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

func subInt(a, b int64) (int64, bool) {
	c := a - b
	return c, (c < a) == (b > 0)
}

// back goes back in time. As in CEL that is to add the opposite span, which the longest negative one
// does not have.
func back(moment, span int64) (int64, bool) {
	if span == math.MinInt64 {
		return 0, false
	}
	return subInt(moment, span)
}

func mulInt(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	if a == -1 && b == math.MinInt64 || b == -1 && a == math.MinInt64 {
		return 0, false
	}
	c := a * b
	return c, c/b == a
}

func checked(f float64) (float64, bool) { return f, finite(f) }

func binary[T any](a, b func([]Value) (T, bool), f func(a, b T) (T, bool)) func([]Value) (T, bool) {
	return func(s []Value) (T, bool) {
		x, ok := a(s)
		if !ok {
			return x, false
		}
		y, ok := b(s)
		if !ok {
			return y, false
		}
		return f(x, y)
	}
}

// units are the lengths of the functions seconds, minutes, hours and days; a day is 24 hours.
var units = map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}

func unary(n *node) bool {
	kid := n.kids[0]
	if unit, ok := units[n.op]; ok {
		n.num = mapped(kid.num, func(i int64) (int64, bool) { return mulInt(i, int64(unit)) })
		return true
	}
	if n.op != operators.Negate && n.op != "abs" {
		return false
	}
	always := n.op == operators.Negate
	if n.typ == DoubleType {
		n.flt = mapped(kid.flt, func(f float64) (float64, bool) {
			if always || f < 0 {
				return -f, true
			}
			return f, true
		})
		return true
	}
	n.num = mapped(kid.num, func(i int64) (int64, bool) {
		if always || i < 0 {
			return -i, i != math.MinInt64
		}
		return i, true
	})
	return true
}

// toInt cuts the fraction off, toward zero. The bounds are CEL's: both ends of the range are left out,
// since no double is next to them.
func toInt(n *node) bool {
	switch kid := n.kids[0]; kid.typ {
	case IntType:
		n.num = kid.num
	case DoubleType:
		n.num = mapped(kid.flt, func(f float64) (int64, bool) {
			if f <= math.MinInt64 || f >= math.MaxInt64 {
				return 0, false
			}
			return int64(f), true
		})
	default:
		return false
	}
	return true
}

func toDouble(n *node) bool {
	switch kid := n.kids[0]; kid.typ {
	case DoubleType:
		n.flt = kid.flt
	case IntType:
		n.flt = mapped(kid.num, func(i int64) (float64, bool) { return float64(i), true })
	default:
		return false
	}
	return true
}

func mapped[A, B any](x func([]Value) (A, bool), f func(A) (B, bool)) func([]Value) (B, bool) {
	return func(s []Value) (B, bool) {
		a, ok := x(s)
		if !ok {
			var none B
			return none, false
		}
		return f(a)
	}
}

func outOfRange(*node, []Value) string { return whyOutOfRange }

func ratio(n *node, s []Value) string {
	divisor := n.kids[1]
	if v := divisor.value(s); v == Int(0) || v == Double(0) {
		return whyNothing
	}
	return whyOutOfRange
}
