package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
)

type caseLetterCmd struct {
	fromCase
	Policy   []string `sep:"none" placeholder:"FILE" help:"The policy that made the decision, where it is none of those that come with the program: a file. May be given again."`
	Operator string   `default:"The operator" placeholder:"NAME" help:"Who writes."`
	Lang     string   `default:"en" enum:"en,zh" help:"The language: en or zh."`
	Case     string   `arg:"" help:"${case_id}"`
	Decision string   `arg:"" optional:"" help:"The decision in shadow, by its id or its first 6 characters or more; without it the only one of which the tenant would have been told."`
}

// Help is the long help.
func (*caseLetterCmd) Help() string {
	return `Prints the letter that would have gone out of a decision in shadow, as those that are sent are written: what a policy or a rule
would say to a tenant is read before it is let loose. Nothing is sent and nothing is kept. A link of the tenant's own stands in
each letter that is sent.

Examples:
  evenkeel case letter --books ./march --policy stricter.yaml c-mrd7ybxxgc4sflmrmg7qmjq2wi
  evenkeel case letter --data ./evenkeel-data --lang zh c-mrd7ybxxgc4sflmrmg7qmjq2wi d-5gq2mzxk`
}

// Run prints.
func (c *caseLetterCmd) Run(ctx context.Context, p *process) error {
	policies, err := loadPolicies(slices.Concat(builtin.Names(), c.Policy))
	if err != nil {
		return err
	}
	return c.readingCase(ctx, c.Case, func(_ *app.Books, f *docket.Folder) error {
		x, err := inShadow(f, c.Decision)
		if err != nil {
			return err
		}
		l, err := app.WouldLetter(f, x, policies, c.Lang, "", courier.Letterhead{Operator: c.Operator, Domain: "evenkeel.example"})
		if err != nil {
			return fmt.Errorf("letter: %w", err)
		}
		fmt.Fprintf(p.stdout, "not sent: decision %s is in shadow\n\n%s\n\n%s", x, l.Subject, l.Text)
		return nil
	})
}

// inShadow is the decision of a case that is meant, of those in shadow of which the tenant would have been told.
func inShadow(f *docket.Folder, begins string) (evenkeel.DecisionID, error) {
	var all []string
	for i := range f.Decisions {
		if x := &f.Decisions[i]; x.Mode == evenkeel.ModeShadow && x.Measure != evenkeel.MeasureNone && (begins == "" || strings.HasPrefix(string(x.ID), begins) && len(begins) >= 6) {
			all = append(all, string(x.ID))
		}
	}
	switch {
	case len(all) == 1:
		return evenkeel.DecisionID(all[0]), nil
	case len(all) == 0:
		return "", &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "case " + shown(f.Case.ID) + " has no such decision in shadow that takes a measure", Hint: "evenkeel case show prints its decisions"}
	}
	return "", &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("%d decisions in shadow can be meant: %s", len(all), strings.Join(all, ", ")), Hint: "name one of them"}
}
