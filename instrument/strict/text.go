package strict

import (
	"sort"

	"go.yaml.in/yaml/v4"
)

// Text is a text and the position in its file where its first character stands (from 1, in
// characters). For a block (| or >) that is the line below the indicator. A Text made by hand, without
// a position, maps a position to itself.
type Text struct {
	Value        string
	Line, Column int
	runs         []run
}

// String is the text.
func (t Text) String() string { return t.Value }

// At maps a position inside the text (line and column from 1) to the position in the file. It follows
// line breaks, indentation, folded lines and escapes; a position after the end maps after the end.
func (t Text) At(line, column int) (fileLine, fileColumn int) {
	if t.Line == 0 {
		return line, column
	}
	i := sort.Search(len(t.runs), func(i int) bool {
		r := t.runs[i]
		return r.line > line || r.line == line && r.column > column
	}) - 1
	if i < 0 {
		return t.Line, t.Column
	}
	r := t.runs[i]
	if r.line < line {
		return r.fileLine + line - r.line, max(1, column)
	}
	return r.fileLine, r.fileColumn + column - r.column
}

// Located is a value of any kind and the position in its file where it begins (from 1, in characters).
type Located[T any] struct {
	Value        T
	Line, Column int
}

// placed is what a Located is, whatever it holds.
type placed interface {
	place(line, column int) (value any)
}

func (l *Located[T]) place(line, column int) any {
	l.Line, l.Column = line, column
	return &l.Value
}

// text reads a scalar with its position.
func (r *reading) text(n *yaml.Node, t *Text) {
	if !isText(n) {
		r.mismatch(n, textType)
		return
	}
	runs := r.layout(n)
	*t = Text{Value: n.Value, Line: runs[0].fileLine, Column: runs[0].fileColumn, runs: runs}
	t.Line, t.Column = t.At(1, 1) // an escaped line break may stand before the first character
}
