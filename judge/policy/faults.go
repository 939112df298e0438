package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// spot is a place in the file; both count from 1.
type spot struct{ line, column int }

func spotOf[T any](l strict.Located[T]) spot { return spot{l.Line, l.Column} }

func textSpot(t strict.Text) spot { return spot{t.Line, t.Column} }

// faults are what is wrong with a document.
type faults struct {
	file string
	list strict.Errors
}

// at notes a fault. What is beyond mostFaults is not noted.
func (f *faults) at(p spot, hint, format string, args ...any) {
	if len(f.list) == mostFaults {
		return
	}
	f.list = append(f.list, &strict.Error{
		File: f.file, Line: max(p.line, 1), Column: max(p.column, 1), Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// err is all of them in the order of the document, or nil.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b *strict.Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: f.list}
}

// nearest says what a word was probably meant to be, or what is known.
func nearest(word string, known []string, list string) string {
	if near := strict.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return list + strings.Join(known, ", ")
}

// clip cuts what a message repeats of the document.
func clip(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
