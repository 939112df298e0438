package rule

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// mostFaults bounds how many faults of one file are reported.
const mostFaults = 100

// faults are what is wrong with a file.
type faults struct {
	file string
	list strict.Errors
}

func (f *faults) at(p spot, hint, format string, args ...any) {
	if len(f.list) < mostFaults {
		f.list = append(f.list, &strict.Error{File: f.file, Line: max(p.line, 1), Column: max(p.column, 1),
			Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// err is all of them in order of place, or nil.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b *strict.Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return invalid(f.list)
}

// invalid gives faults of a file their kind. The faults speak for themselves.
func invalid(err error) error { return &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err} }
