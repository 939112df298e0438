package ternary

import (
	"math"
	"strconv"
	"time"
)

// Type is the type of a variable, an expression or a known Value.
type Type uint8

// The types of the language. There is no null, list or map value.
const (
	BoolType      Type = iota + 1
	IntType            // 64 bits, signed
	DoubleType         // IEEE 754 binary64, always finite
	StringType         // UTF-8
	DurationType       // int64 nanoseconds
	TimestampType      // int64 nanoseconds since 1970-01-01 UTC
)

// String is the name of the type as CEL writes it.
func (t Type) String() string {
	switch t {
	case BoolType:
		return "bool"
	case IntType:
		return "int"
	case DoubleType:
		return "double"
	case StringType:
		return "string"
	case DurationType:
		return "duration"
	case TimestampType:
		return "timestamp"
	}
	return "no type"
}

// Tri is the answer of a bool expression. The zero value is Undecided.
type Tri uint8

// The three answers, of Kleene's strong logic.
const (
	Undecided Tri = iota // something needed is unknown
	False
	True
)

// String says unknown, false or true.
func (t Tri) String() string {
	switch t {
	case False:
		return "false"
	case True:
		return "true"
	}
	return "unknown"
}

// Value is one known value of a type, or unknown with the reason. It is comparable with ==; the zero
// Value is unknown.
type Value struct {
	typ  Type   // 0 = unknown
	bits int64  // bool, int, the bits of a double, nanoseconds
	text string // the string, or why the value is unknown
}

// Bool is a known truth value.
func Bool(b bool) Value {
	if b {
		return Value{typ: BoolType, bits: 1}
	}
	return Value{typ: BoolType}
}

// Int is a known whole number.
func Int(i int64) Value { return Value{typ: IntType, bits: i} }

// Double is a known finite number; NaN and the infinities become Unknown, and minus zero becomes zero.
func Double(f float64) Value {
	if !finite(f) {
		return Unknown(whyNotNumber)
	}
	if f == 0 {
		f = 0 // so that == on Values agrees with == on numbers
	}
	return Value{typ: DoubleType, bits: int64(math.Float64bits(f))}
}

// String is a known text.
func String(s string) Value { return Value{typ: StringType, text: s} }

// Duration is a known span of time.
func Duration(d time.Duration) Value { return Value{typ: DurationType, bits: int64(d)} }

// Timestamp is a known moment, in nanoseconds since 1970-01-01 UTC.
func Timestamp(ns int64) Value { return Value{typ: TimestampType, bits: ns} }

// Unknown is a value that is absent, stale or undefined; why is a short phrase for people
// ("no sample for 10m", "never paid").
func Unknown(why string) Value { return Value{text: why} }

// Known reports whether there is a value.
func (v Value) Known() bool { return v.typ != 0 }

// Type is the type of a known value, 0 when unknown.
func (v Value) Type() Type { return v.typ }

// Why says why the value is unknown; it is empty when the value is known.
func (v Value) Why() string {
	switch {
	case v.typ != 0:
		return ""
	case v.text == "":
		return "no value"
	}
	return v.text
}

// Bool is the truth value; ok is false when v is unknown or of another type.
func (v Value) Bool() (b, ok bool) { return v.bits != 0 && v.typ == BoolType, v.typ == BoolType }

// Int is the whole number; ok is false when v is unknown or of another type.
func (v Value) Int() (i int64, ok bool) { return v.number(IntType) }

// Double is the number; ok is false when v is unknown or of another type.
func (v Value) Double() (f float64, ok bool) {
	if v.typ != DoubleType {
		return 0, false
	}
	return math.Float64frombits(uint64(v.bits)), true
}

// Text is the text of a string value; ok is false when v is unknown or of another type.
func (v Value) Text() (s string, ok bool) {
	if v.typ != StringType {
		return "", false
	}
	return v.text, true
}

// Duration is the span of time; ok is false when v is unknown or of another type.
func (v Value) Duration() (d time.Duration, ok bool) {
	n, ok := v.number(DurationType)
	return time.Duration(n), ok
}

// Timestamp is the moment in nanoseconds since 1970-01-01 UTC; ok is false when v is unknown or of
// another type.
func (v Value) Timestamp() (ns int64, ok bool) { return v.number(TimestampType) }

// Tri is the answer of a bool value; unknown and other types are Undecided.
func (v Value) Tri() Tri {
	switch {
	case v.typ != BoolType:
		return Undecided
	case v.bits != 0:
		return True
	}
	return False
}

func (v Value) number(want Type) (int64, bool) {
	if v.typ != want {
		return 0, false
	}
	return v.bits, true
}

// String writes the value for people: true, 12, 0.5, "text", 1h30m0s, 2019-05-29T09:49:00Z, or
// unknown (why). A double keeps at most six significant digits.
func (v Value) String() string {
	switch v.typ {
	case BoolType:
		return strconv.FormatBool(v.bits != 0)
	case IntType:
		return strconv.FormatInt(v.bits, 10)
	case DoubleType:
		f, _ := v.Double()
		return strconv.FormatFloat(f, 'g', 6, 64)
	case StringType:
		return strconv.Quote(v.text)
	case DurationType:
		return time.Duration(v.bits).String()
	case TimestampType:
		return time.Unix(0, v.bits).UTC().Format(time.RFC3339Nano)
	}
	return "unknown (" + v.Why() + ")"
}

func finite(f float64) bool { return f-f == 0 }
