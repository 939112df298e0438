package ternary

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
)

// Node steps of the operations whose work grows with their operands.
const (
	costStrings = 8   // contains, startsWith, endsWith, size
	costPattern = 100 // matches, and one more for each part of the pattern
	maxPattern  = 2000
	fewElements = 8 // a longer list is looked up in a map
)

// text builds contains, startsWith, endsWith and size. Size counts characters (code points).
func text(n *node) bool {
	for _, k := range n.kids {
		if k.typ != StringType {
			return false
		}
	}
	n.cost += costStrings
	x := n.kids[0].txt
	if n.op == "size" {
		n.num = mapped(x, func(s string) (int64, bool) { return int64(utf8.RuneCountInString(s)), true })
		return true
	}
	f := map[string]func(s, part string) bool{
		"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
	}[n.op]
	y := n.kids[1].txt
	n.test = func(s []Value) Tri {
		a, ok := x(s)
		if !ok {
			return Undecided
		}
		b, ok := y(s)
		if !ok {
			return Undecided
		}
		return tri(f(a, b))
	}
	return true
}

// pattern builds matches: RE2, found anywhere in the text, compiled here once.
func (l *lowering) pattern(e ast.Expr, n *node) *node {
	if !n.kids[1].literal {
		return l.fail(e, "the pattern of matches() is not a constant", `write like name.matches("^xmr[0-9]+$")`)
	}
	source, _ := n.kids[1].txt(nil)
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return l.fail(e, strings.TrimPrefix(err.Error(), "error parsing regexp: "), "patterns are in RE2 syntax")
	}
	size := patternSize(tree)
	if size > maxPattern {
		return l.fail(e, fmt.Sprintf("the pattern has more than %d parts", maxPattern), "repeat fewer times: write x* or x+")
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return l.fail(e, err.Error(), "patterns are in RE2 syntax")
	}
	n.cost += costPattern + size
	x := n.kids[0].txt
	n.test = func(s []Value) Tri {
		t, ok := x(s)
		if !ok {
			return Undecided
		}
		return tri(re.MatchString(t))
	}
	return n.fold()
}

// patternSize is the number of parts of a pattern with its repetitions written out, as the matcher
// does; it stops counting above maxPattern.
func patternSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		size += patternSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return min(size, maxPattern+1)
}

// member builds x in [constants].
func (l *lowering) member(e ast.Expr, n *node, elements []*node) *node {
	x := n.kids[0]
	for _, k := range elements {
		switch {
		case !k.literal:
			return l.fail(e, "the list after in holds something that is not a constant", `write like x in ["a", "b"]`)
		case k.typ != x.typ:
			return l.fail(e, fmt.Sprintf("the list after in holds %s, expected %s", k.typ, x.typ), "")
		}
	}
	switch x.typ {
	case BoolType:
		n.test = memberOf(func(s []Value) (Tri, bool) { t := x.test(s); return t, t != Undecided },
			elements, func(k *node) Tri { return k.test(nil) })
	case DoubleType:
		n.test = memberOf(x.flt, elements, func(k *node) float64 { f, _ := k.flt(nil); return f })
	case StringType:
		n.test = memberOf(x.txt, elements, func(k *node) string { t, _ := k.txt(nil); return t })
	default:
		n.test = memberOf(x.num, elements, func(k *node) int64 { i, _ := k.num(nil); return i })
	}
	return n.fold()
}

func memberOf[T comparable](x func([]Value) (T, bool), elements []*node, constant func(*node) T) tester {
	list, set := make([]T, len(elements)), make(map[T]bool, len(elements))
	for i, k := range elements {
		list[i] = constant(k)
		set[list[i]] = true
	}
	if len(list) > fewElements {
		return func(s []Value) Tri {
			v, ok := x(s)
			if !ok {
				return Undecided
			}
			return tri(set[v])
		}
	}
	return func(s []Value) Tri {
		v, ok := x(s)
		if !ok {
			return Undecided
		}
		for _, e := range list {
			if e == v {
				return True
			}
		}
		return False
	}
}
