package ternary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// mostErrors bounds how many faults of one source are reported.
const mostErrors = 20

// CompileError is one fault of a source text. Line and Column count from 1 within the source; a
// column is a character, not a byte.
type CompileError struct {
	Line, Column int
	Message      string // what is wrong
	Hint         string // what to write instead; may be empty
}

// Error is "line:column: message; hint".
func (e *CompileError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("%d:%d: %s; %s", e.Line, e.Column, e.Message, e.Hint)
}

// CompileErrors are the faults found in one source text, in order of position and at most 20. It is
// never empty when returned as an error.
type CompileErrors []*CompileError

// Error is one line for each fault.
func (l CompileErrors) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find each fault.
func (l CompileErrors) Unwrap() []error {
	out := make([]error, len(l))
	for i, e := range l {
		out[i] = e
	}
	return out
}

// place finds where an expression begins in its source.
type place struct {
	src  string
	info *ast.SourceInfo
}

// fault is an error at e. CEL puts a selection at its dot and a call at its parenthesis; people look at
// the first letter of the name.
func (p place) fault(e ast.Expr, message, hint string) *CompileError {
	if e.Kind() == ast.SelectKind {
		_, e = dotted(e)
	}
	at := p.info.GetStartLocation(e.ID())
	line, column := max(at.Line(), 1), max(at.Column(), 0)
	before := ""
	switch e.Kind() {
	case ast.CallKind:
		before = e.AsCall().FunctionName()
	case ast.IdentKind: // the checker makes one identifier of a.b.c, at the last dot
		before = e.AsIdent()[:max(0, strings.LastIndexByte(e.AsIdent(), '.'))]
	}
	if p.precedes(before, line, column) {
		column -= len(before)
	}
	return &CompileError{line, column + 1, message, hint}
}

// precedes reports whether name stands directly before a column, which counts from 0.
func (p place) precedes(name string, line, column int) bool {
	lines := strings.Split(p.src, "\n")
	if line > len(lines) {
		return false
	}
	before := []rune(lines[line-1])
	return column <= len(before) && strings.HasSuffix(string(before[:column]), name)
}

// sorted orders by position, drops what is said twice and cuts the list.
func (l CompileErrors) sorted() CompileErrors {
	slices.SortStableFunc(l, func(a, b *CompileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	l = slices.CompactFunc(l, func(a, b *CompileError) bool { return *a == *b })
	return l[:min(len(l), mostErrors)]
}
