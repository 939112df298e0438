package ternary

import (
	"fmt"
	"regexp"
	"slices"

	"cel.dev/cel-go/cel"
)

// Limits of a source text.
const (
	MaxSource   = 4 << 10 // bytes
	MaxDepth    = 64      // nested operators, calls and parentheses
	DefaultCost = 10_000  // node steps, see Expr.Cost
)

// Var declares one variable. Name is an identifier or several joined by dots ("cpu.mean"); Doc is a
// sentence for the reference page.
type Var struct {
	Name string
	Type Type
	Doc  string
}

// Scope is the set of variables that expressions may use; variable i lives in slot i. It is
// immutable and may be shared by goroutines.
type Scope struct {
	vars  []Var
	slots map[string]int
	env   *cel.Env
}

var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

// reserved are the words of CEL and the names of its types, which cannot name a variable or a part of one.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
	"loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
	"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint",
}

// NewScope declares variables. It refuses a name that is not an identifier, a word of the language,
// a name that is there twice, and an undefined type.
func NewScope(vars []Var) (*Scope, error) {
	s := &Scope{vars: slices.Clone(vars), slots: make(map[string]int, len(vars))}
	for i, v := range s.vars {
		if err := checkVar(v); err != nil {
			return nil, err
		}
		if _, twice := s.slots[v.Name]; twice {
			return nil, fmt.Errorf("declare variable %q: it is there twice", v.Name)
		}
		s.slots[v.Name] = i
	}
	env, err := cel.NewCustomEnv(envOptions(s.vars)...)
	if err != nil {
		return nil, fmt.Errorf("declare variables: %w", err)
	}
	s.env = env
	return s, nil
}

// Slot is the place of a variable in the slot vector.
func (s *Scope) Slot(name string) (int, bool) {
	i, ok := s.slots[name]
	return i, ok
}

// Len is the length of the slot vector.
func (s *Scope) Len() int { return len(s.vars) }

// Vars are the declared variables in slot order.
func (s *Scope) Vars() []Var { return slices.Clone(s.vars) }

// Compile checks and compiles one expression with a result of type want (0 = any) and a cost of at most
// DefaultCost. Every error is a CompileErrors.
func (s *Scope) Compile(src string, want Type) (*Expr, error) {
	return s.CompileWithin(src, want, DefaultCost)
}

// CompileWithin is Compile with another bound of the cost.
func (s *Scope) CompileWithin(src string, want Type, maxCost int) (*Expr, error) {
	checked, errs := s.check(src)
	if len(errs) > 0 {
		return nil, errs.sorted()
	}
	l := lowering{scope: s, src: src, tree: checked}
	root := l.lower(checked.Expr())
	if len(l.errs) > 0 {
		return nil, l.errs.sorted()
	}
	if want != 0 && root.typ != want {
		return nil, CompileErrors{wrongResult(root.typ, want)}
	}
	if root.cost > maxCost {
		return nil, CompileErrors{{1, 1, fmt.Sprintf("the expression costs %d steps, the limit is %d", root.cost, maxCost),
			"split it, or use fewer patterns"}}
	}
	return &Expr{source: src, scope: s, root: root, uses: root.uses(), cost: root.cost, blames: root.blames(demanded)}, nil
}

func checkVar(v Var) error {
	if v.Type < BoolType || v.Type > TimestampType {
		return fmt.Errorf("declare variable %q: undefined type %d", v.Name, v.Type)
	}
	if !nameForm.MatchString(v.Name) {
		return fmt.Errorf("declare variable %q: expected identifiers joined by dots, like cpu.mean", v.Name)
	}
	for _, part := range splitDots(v.Name) {
		if slices.Contains(reserved, part) {
			return fmt.Errorf("declare variable %q: %q is a word of the language", v.Name, part)
		}
	}
	return nil
}
