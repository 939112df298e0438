package ternary

import (
	"fmt"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"cel.dev/cel-go/cel"
)

// lowering turns a checked tree into nodes. Faults are collected; a node that cannot be made is nil.
type lowering struct {
	scope *Scope
	src   string
	tree  *ast.AST
	errs  CompileErrors
	asked bool // inside the argument of known()
}

func (l *lowering) fail(e ast.Expr, message, hint string) *node {
	l.errs = append(l.errs, place{l.src, l.tree.SourceInfo()}.fault(e, message, hint))
	return nil
}

func (l *lowering) lower(e ast.Expr) *node {
	switch e.Kind() {
	case ast.LiteralKind:
		if v := literal(e); v.Known() {
			return constant(v, 1)
		}
	case ast.IdentKind:
		if slot, ok := l.scope.slots[e.AsIdent()]; ok {
			return variable(slot, l.scope.vars[slot])
		}
	case ast.CallKind:
		return l.call(e)
	}
	return l.fail(e, "not supported", supported)
}

func literal(e ast.Expr) Value {
	switch v := e.AsLiteral().(type) {
	case types.Bool:
		return Bool(bool(v))
	case types.Int:
		return Int(int64(v))
	case types.Double:
		return Double(float64(v))
	case types.String:
		return String(string(v))
	}
	return Value{}
}

func (l *lowering) call(e ast.Expr) *node {
	call := e.AsCall()
	n := &node{op: call.FunctionName(), slot: -1, cost: 1, typ: fromCEL(l.tree.GetType(e.ID()))}
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	if n.op == "known" {
		if l.asked {
			return l.fail(e, "known() inside known()", "ask about the value itself")
		}
		l.asked = true
		defer func() { l.asked = false }()
	}
	var list []ast.Expr
	if n.op == operators.In {
		list, args = args[1].AsList().Elements(), args[:1]
	}
	kids, ok := l.all(args)
	elements, listOK := l.all(list)
	if !ok || !listOK {
		return nil
	}
	n.kids = kids
	for _, k := range append(kids, elements...) {
		n.cost += k.cost
	}
	if n.op == operators.In {
		return l.member(e, n, elements)
	}
	return l.operation(e, n)
}

func (l *lowering) all(args []ast.Expr) (nodes []*node, ok bool) {
	ok = true
	for _, a := range args {
		k := l.lower(a)
		ok = ok && k != nil
		nodes = append(nodes, k)
	}
	return nodes, ok
}

// operation builds the closure of n over its kids.
func (l *lowering) operation(e ast.Expr, n *node) *node {
	n.where, _ = cel.ExprToString(e, l.tree.SourceInfo())
	var built bool
	switch n.op {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, "known":
		built = logic(n)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		built = comparison(n)
	case "contains", "startsWith", "endsWith", "size":
		built = text(n)
	case "matches":
		return l.pattern(e, n)
	case "duration", "timestamp":
		return l.moment(e, n)
	default:
		built = arithmetic(n)
	}
	if !built {
		name := symbols[n.op]
		if name == "" {
			name = n.op
		}
		return l.fail(e, fmt.Sprintf("%s over %s is not supported", name, kindsOf(n.kids)), supported)
	}
	return n.fold()
}

// moment reads the constant of duration("90s") and timestamp("2019-05-29T09:49:00Z").
func (l *lowering) moment(e ast.Expr, n *node) *node {
	if !n.kids[0].literal || n.kids[0].typ != StringType {
		return l.fail(e, n.op+"() takes a constant text", `write duration("90s"), minutes(n), timestamp("2019-05-29T09:49:00Z")`)
	}
	text, _ := n.kids[0].txt(nil)
	if n.op == "duration" {
		d, err := time.ParseDuration(text)
		if err != nil {
			return l.fail(e, fmt.Sprintf("%q is not a duration", text), `write like "90s", "1h30m" or "250ms"`)
		}
		return constant(Duration(d), 1)
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Before(earliest) || t.After(latest) {
		return l.fail(e, fmt.Sprintf("%q is not a timestamp", text), `write like "2019-05-29T09:49:00Z", from 1678 to 2262`)
	}
	return constant(Timestamp(t.UnixNano()), 1)
}

// The moments that int64 nanoseconds since 1970 can hold.
var (
	earliest = time.Unix(0, -1<<63)
	latest   = time.Unix(0, 1<<63-1)
)

func kindsOf(nodes []*node) string {
	out := ""
	for i, n := range nodes {
		if i > 0 {
			out += ", "
		}
		out += n.typ.String()
	}
	return out
}
