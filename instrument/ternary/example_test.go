package ternary_test

import (
	"errors"
	"fmt"

	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// A safeguard over a tenant without a payment history is not met and not failed: it is unknown, and
// says of what.
func ExampleScope_Compile() {
	scope, err := ternary.NewScope([]ternary.Var{
		{Name: "tenant.age", Type: ternary.DurationType, Doc: "since the tenant came"},
		{Name: "tenant.paid", Type: ternary.DoubleType, Doc: "paid so far, in euros"},
	})
	if err != nil {
		panic(err)
	}
	x, err := scope.Compile(`tenant.age < days(30) && tenant.paid < 5.0`, ternary.BoolType)
	if err != nil {
		panic(err)
	}
	slots := make([]ternary.Value, scope.Len())
	slots[0] = ternary.Duration(24 * 3600e9)
	slots[1] = ternary.Unknown("on credit, no payment yet")
	fmt.Println(x.Test(slots), x.Unknowns(slots))
	// Output: unknown [tenant.paid (on credit, no payment yet)]
}

// Faults of an expression inside a YAML document are reported at their place in the file.
func ExampleCompileErrors() {
	scope, err := ternary.NewScope([]ternary.Var{{Name: "cpu.mean", Type: ternary.DoubleType}})
	if err != nil {
		panic(err)
	}
	var doc struct {
		When strict.Text `yaml:"when"`
	}
	if err := strict.Decode("rule.yaml", []byte("when: |\n  cpu.mean > 0.5 &&\n  cpu.maen < 1\n"), &doc); err != nil {
		panic(err)
	}
	_, err = scope.Compile(doc.When.Value, ternary.BoolType)
	var faults ternary.CompileErrors
	if errors.As(err, &faults) {
		for _, f := range faults {
			line, column := doc.When.At(f.Line, f.Column)
			fmt.Println(&strict.Error{File: "rule.yaml", Line: line, Column: column, Message: f.Message, Hint: f.Hint})
		}
	}
	// Output: rule.yaml:3:3: undeclared "cpu.maen"; did you mean cpu.mean?
}
