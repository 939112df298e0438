package ternary

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/evenkeel/evenkeel/instrument/strict"
)

// check parses, resolves names and checks types. It stops after the first of these three steps that
// finds faults, and reports all that this step found.
func (s *Scope) check(src string) (*ast.AST, CompileErrors) {
	switch {
	case len(src) > MaxSource:
		return nil, CompileErrors{{1, 1, fmt.Sprintf("the expression has %d bytes, the limit is %d", len(src), MaxSource), ""}}
	case !utf8.ValidString(src):
		return nil, CompileErrors{{1, 1, "the expression is not UTF-8", ""}}
	case strings.TrimSpace(src) == "":
		return nil, CompileErrors{{1, 1, "the expression is empty", ""}}
	}
	parsed, issues := s.env.Parse(src)
	if issues.Err() != nil {
		return nil, syntaxErrors(issues, src)
	}
	tree := parsed.NativeRep()
	if ast.ExceedsDepth(tree, MaxDepth) {
		return nil, CompileErrors{{1, 1, fmt.Sprintf("the expression is nested deeper than %d", MaxDepth), "split it"}}
	}
	names := nameCheck{scope: s, at: place{src, tree.SourceInfo()}}
	names.visit(tree.Expr())
	if len(names.errs) > 0 {
		return nil, names.errs
	}
	checked, issues := s.env.Check(parsed)
	if issues.Err() != nil {
		return nil, typeErrors(issues, tree.Expr(), names.at)
	}
	return checked.NativeRep(), nil
}

// nameCheck walks a parsed tree and reports names and constructs that the language does not have.
type nameCheck struct {
	scope *Scope
	at    place
	errs  CompileErrors
}

func (c *nameCheck) fail(e ast.Expr, message, hint string) {
	c.errs = append(c.errs, c.at.fault(e, message, hint))
}

func (c *nameCheck) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.LiteralKind:
		switch e.AsLiteral().Type() {
		case types.NullType:
			c.fail(e, "there is no null here", "ask known(x) whether x has a value")
		case types.UintType:
			c.fail(e, "there are no unsigned numbers here", "write 5, not 5u")
		case types.BytesType:
			c.fail(e, "there are no bytes here", `write "text"`)
		}
	case ast.IdentKind, ast.SelectKind:
		c.variable(e)
	case ast.CallKind:
		c.call(e)
	case ast.ListKind:
		c.fail(e, "a list stands only to the right of in", supported)
	case ast.MapKind, ast.StructKind:
		c.fail(e, "there are no maps or messages here", supported)
	default:
		c.fail(e, "not supported", supported)
	}
}

func (c *nameCheck) variable(e ast.Expr) {
	name, root := dotted(e)
	if name == "" {
		c.fail(e, "only variables have parts", supported)
		c.visit(root)
		return
	}
	if _, ok := c.scope.slots[name]; ok {
		return
	}
	known := make([]string, len(c.scope.vars))
	for i, v := range c.scope.vars {
		known[i] = v.Name
	}
	hint := didYouMean(name, known, "variables are ")
	if part := name[:max(0, strings.LastIndexByte(name, '.'))]; strict.Nearest(name, known) == "" && contains(known, part) {
		hint = fmt.Sprintf("%s is a %s and has no parts", part, c.scope.vars[c.scope.slots[part]].Type)
	}
	c.fail(root, fmt.Sprintf("undeclared %q", name), hint)
}

func (c *nameCheck) call(e ast.Expr) {
	call := e.AsCall()
	name := call.FunctionName()
	args := call.Args()
	switch {
	case name == operators.Index:
		c.fail(e, "there is no indexing here", supported)
		return
	case name == operators.In && len(args) == 2:
		c.visit(args[0])
		if args[1].Kind() != ast.ListKind {
			c.fail(args[1], "in needs a list of constants", `write like x in ["a", "b"]`)
			return
		}
		args = args[1].AsList().Elements()
		if len(args) == 0 {
			c.fail(e, "nothing is in an empty list", "")
		}
	case symbols[name] == "" && !contains(functions, name):
		hint := foreign[name]
		if hint == "" {
			hint = didYouMean(name, functions, "functions are ")
		}
		c.fail(e, fmt.Sprintf("undeclared function %q", name), hint)
		return
	}
	if call.IsMemberFunction() {
		c.visit(call.Target())
	}
	for _, a := range args {
		c.visit(a)
	}
}

// dotted is the name a.b.c that a chain of selections spells and the identifier it starts with; the
// name is empty when it starts with something else.
func dotted(e ast.Expr) (string, ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), e
	case ast.SelectKind:
		sel := e.AsSelect()
		name, root := dotted(sel.Operand())
		if name == "" {
			return "", root
		}
		return name + "." + sel.FieldName(), root
	}
	return "", e
}

func didYouMean(word string, known []string, list string) string {
	if near := strict.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	const most = 30
	if len(known) > most {
		return list + strings.Join(known[:most], ", ") + ", …"
	}
	return list + strings.Join(known, ", ")
}

var noOverload = regexp.MustCompile(`^found no matching overload for '([^']+)' applied to '(.*)'$`)

// typeErrors puts the checker's messages into our words.
func typeErrors(issues *cel.Issues, root ast.Expr, at place) (out CompileErrors) {
	for _, e := range issues.Errors() {
		ours := &CompileError{max(e.Location.Line(), 1), max(e.Location.Column(), 0) + 1, e.Message, ""}
		expr := find(root, e.ExprID)
		if expr != nil {
			ours = at.fault(expr, e.Message, "")
		}
		if m := noOverload.FindStringSubmatch(e.Message); m != nil {
			name := m[1]
			if s := symbols[name]; s != "" {
				name = s
			}
			args := celNames.Replace(strings.Trim(m[2], "()"))
			ours.Message = fmt.Sprintf("%s does not take (%s)", name, strings.Replace(args, ".(", ", ", 1))
			ours.Hint = overloadHint(args, expr)
		} else {
			ours.Message = celNames.Replace(ours.Message)
		}
		out = append(out, ours)
	}
	return out
}

var celNames = strings.NewReplacer("google.protobuf.Duration", "duration", "google.protobuf.Timestamp", "timestamp")

// overloadHint says how to bring two types together.
func overloadHint(args string, call ast.Expr) string {
	has := func(t Type) bool { return strings.Contains(args, t.String()) }
	switch {
	case has(DoubleType) && has(IntType):
		if call != nil && call.Kind() == ast.CallKind {
			for _, a := range call.AsCall().Args() {
				if lit := intLiteral(a); lit != "" {
					return "int and double do not mix: write " + lit + ".0"
				}
			}
		}
		return "int and double do not mix: write double(x) around the int"
	case has(DurationType) && has(IntType):
		return `write a duration like minutes(5) or duration("90s")`
	case has(TimestampType) && has(DurationType):
		return "the difference of two timestamps is a duration"
	}
	return ""
}

func intLiteral(e ast.Expr) string {
	if e.Kind() == ast.LiteralKind {
		if i, ok := e.AsLiteral().(types.Int); ok {
			return fmt.Sprint(int64(i))
		}
	}
	return ""
}

func find(root ast.Expr, id int64) ast.Expr {
	var found ast.Expr
	ast.PreOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			found = e
		}
	}))
	return found
}

// wrongResult is the error of a whole expression of the wrong type.
func wrongResult(got, want Type) *CompileError {
	hint := ""
	switch {
	case want == DoubleType && got == IntType:
		hint = "write 5.0, or double(...) around it"
	case want == DurationType && got == IntType:
		hint = `write a duration like minutes(5) or duration("90s")`
	case want == BoolType:
		hint = "compare it with something"
	}
	return &CompileError{1, 1, fmt.Sprintf("the result is of type %s, expected %s", got, want), hint}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
