package rule

import (
	"errors"
	"fmt"

	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// whereHint is for the one field whose name is a word of CEL.
func whereHint(name string) string {
	if name == FieldBytes.String() {
		return "write " + FieldBytes.variable() + ": bytes is a word of the language"
	}
	return ""
}

// compileWhere compiles the filter of a window over the fields of its events.
func compileWhere(w *Window, src phrase, found *faults) {
	vars := fieldVars(w.Of.Record())
	scope, err := ternary.NewScope(vars)
	if err != nil {
		found.at(src.spot, "", "%v", err)
		return
	}
	x := compileText(scope, src, ternary.BoolType, whereHint, found.at)
	switch {
	case x == nil:
		return
	case x.BlamesAbsence():
		found.at(src.spot, "ask for what the event says", "`where` would be met by what an event does not say")
	case len(x.Uses()) == 0:
		found.at(src.spot, "leave `where` out, or name a field of the event", "`where` is the same for every event")
	}
	w.where, w.fields = x, len(vars)
	all := fieldsOf(w.Of.Record(), anyField)
	for _, slot := range x.Uses() {
		w.reads = append(w.reads, fieldSlot{all[slot], slot})
	}
}

// compileText compiles one expression and puts its faults into the document's places.
func compileText(scope *ternary.Scope, src phrase, want ternary.Type, hint func(name string) string,
	fault func(at spot, hint, format string, args ...any)) *ternary.Expr {
	x, err := scope.CompileWithin(src.text, want, MaxCost)
	if err == nil {
		return x
	}
	var list ternary.CompileErrors
	if !errors.As(err, &list) {
		fault(src.spot, "", "%v", err)
		return nil
	}
	for _, e := range list {
		fix := e.Hint
		var name string
		if n, _ := fmt.Sscanf(e.Message, "undeclared %q", &name); n == 1 {
			if own := hint(name); own != "" {
				fix = own
			}
		}
		fault(src.at(e.Line, e.Column), fix, "%s", e.Message)
	}
	return nil
}
