package strict

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
)

const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar reads a single value.
func (r *reading) scalar(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		r.mismatch(n, v.Type())
		return
	}
	ok := false
	switch k := v.Kind(); {
	case v.Type() == durationType:
		ok = r.duration(n, v)
	case k == reflect.String:
		if ok = isText(n); ok {
			v.SetString(n.Value)
		}
	case k == reflect.Bool:
		if ok = n.Tag == "!!bool" && n.Style&quoted == 0 && (n.Value == "true" || n.Value == "false"); ok {
			v.SetBool(n.Value == "true")
		}
	case v.CanInt() || v.CanUint():
		ok = r.whole(n, v)
	case v.CanFloat():
		ok = r.float(n, v)
	default:
		r.fail(n, "the program cannot read this key", "its type is "+v.Type().String())
		return
	}
	if !ok {
		r.mismatch(n, v.Type())
	}
}

// isText reports whether a scalar is a text: quoted, a block, or plain and not a number, truth value
// or null. A plain date is a text.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Style&quoted != 0 || n.Tag == "!!str" || n.Tag == "!!timestamp")
}

func (r *reading) duration(n *yaml.Node, v reflect.Value) bool {
	d, err := time.ParseDuration(n.Value)
	if err != nil || !isText(n) && n.Value != "0" {
		return false
	}
	v.SetInt(int64(d))
	return true
}

// whole reads an integer, in decimal or as 0x, 0o, 0b, with _ between digits; a leading zero is
// refused because it means eight in some YAML and ten in other. A value that does not fit is reported
// here.
func (r *reading) whole(n *yaml.Node, v reflect.Value) bool {
	digits := strings.TrimLeft(n.Value, "+-")
	if n.Style&quoted != 0 || digits == "" || len(digits) > 1 && digits[0] == '0' && digits[1] <= '9' {
		return false
	}
	if v.CanInt() {
		i, err := strconv.ParseInt(n.Value, 0, 64)
		if err == nil && !v.OverflowInt(i) {
			v.SetInt(i)
			return true
		}
	} else {
		u, err := strconv.ParseUint(strings.TrimPrefix(n.Value, "+"), 0, 64)
		if err == nil && !v.OverflowUint(u) {
			v.SetUint(u)
			return true
		}
	}
	return false
}

// float reads a finite number.
func (r *reading) float(n *yaml.Node, v reflect.Value) bool {
	if n.Style&quoted != 0 || n.Tag != "!!float" && n.Tag != "!!int" {
		return false
	}
	f, err := strconv.ParseFloat(n.Value, v.Type().Bits())
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(n.Value, "xXpP_") {
		return false
	}
	v.SetFloat(f)
	return true
}

// unmarshal hands a scalar to a type that reads itself from text.
func (r *reading) unmarshal(n *yaml.Node, t reflect.Type, u encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode {
		r.mismatch(n, t)
		return
	}
	err := u.UnmarshalText([]byte(n.Value))
	switch {
	case err != nil && t == timeType:
		r.mismatch(n, t)
	case err != nil:
		r.fail(n, err.Error(), "")
	}
}

// mismatch says what was expected and what is there.
func (r *reading) mismatch(n *yaml.Node, t reflect.Type) {
	hint := ""
	switch {
	case t == textType || t.Kind() == reflect.String && n.Kind == yaml.ScalarNode:
		hint = fmt.Sprintf("write %q in quotes", shorten(n.Value))
	case t == durationType && n.Tag == "!!int":
		hint = fmt.Sprintf("write the unit: %ss", shorten(n.Value))
	case n.Style&quoted != 0 && (t.Kind() == reflect.Bool || isNumber(t)):
		hint = "remove the quotes"
	case t.Kind() == reflect.Slice && n.Kind == yaml.ScalarNode:
		hint = fmt.Sprintf("write [%s]", shorten(n.Value))
	}
	if n.Kind != yaml.ScalarNode && t.Kind() != reflect.Slice {
		hint = ""
	}
	what := found(n)
	if t.Kind() == reflect.Struct && t != timeType && isText(n) { // the whole file may be a secret, named by mistake
		what = "a text"
	}
	r.fail(n, "expected "+expected(t)+", found "+what, hint)
}

func isNumber(t reflect.Type) bool {
	v := reflect.Zero(t)
	return v.CanInt() || v.CanUint() || v.CanFloat()
}

// expected describes the values of a type for people.
func expected(t reflect.Type) string {
	v := reflect.New(t)
	if p, ok := v.Interface().(placed); ok {
		return expected(reflect.TypeOf(p.place(0, 0)).Elem())
	}
	switch _, own := v.Interface().(encoding.TextUnmarshaler); {
	case t == durationType:
		return `a duration like "90s" or "1h30m"`
	case t == timeType:
		return `a time like "2019-05-29T09:49:00Z"`
	case t == textType || own || t.Kind() == reflect.String:
		return "a text"
	case v.Elem().CanInt():
		most := uint64(1)<<(t.Bits()-1) - 1
		return fmt.Sprintf("a whole number from -%d to %d", most+1, most)
	case v.Elem().CanUint():
		return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-t.Bits()))
	case v.Elem().CanFloat():
		return "a number"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Pointer:
		return expected(t.Elem())
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping (key: value)"
	}
	return "a value"
}

// found describes what stands in the file.
func found(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Tag == "!!null":
		return "nothing"
	case isText(n):
		return fmt.Sprintf("the text %q", shorten(n.Value))
	case n.Tag == "!!bool":
		return n.Value
	}
	return "the number " + shorten(n.Value)
}
