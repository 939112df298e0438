package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// mostVerdict is the longest file of a verdict, in bytes.
const mostVerdict = 256 << 10

// verdictDoc is a verdict as a person writes it.
type verdictDoc struct {
	Measure  string   `yaml:"measure"`
	Grant    bool     `yaml:"grant"`
	Answers  []string `yaml:"answers"`
	Innocent string   `yaml:"innocent"`
	Facts    []string `yaml:"facts"`
	Ground   string   `yaml:"ground"`
	Argument string   `yaml:"argument"`
}

// verdictIn reads a verdict. What it lacks the judge says.
func verdictIn(path string) (*docket.Verdict, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("read the verdict %s", shown(path)), Hint: "evenkeel case verdict --template prints one to fill in", Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostVerdict+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the verdict %s: %w", shown(path), err)
	case len(data) > mostVerdict:
		return nil, evenkeel.Invalid("read the verdict %s: it has more than %d bytes", shown(path), mostVerdict)
	}
	var d verdictDoc
	if err := strict.Decode(path, data, &d); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the verdict", Err: err}
	}
	v := &docket.Verdict{Grant: d.Grant, Answers: d.Answers, Innocent: strings.TrimSpace(d.Innocent), Facts: d.Facts, Ground: strings.TrimSpace(d.Ground), Argument: strings.TrimSpace(d.Argument)}
	for i := range v.Answers {
		if v.Answers[i] = strings.TrimSpace(v.Answers[i]); v.Answers[i] == "" {
			return nil, evenkeel.Invalid("read the verdict %s: answer %d is empty; expected what you answer to that point", shown(path), i+1)
		}
	}
	if d.Measure != "" {
		if v.Measure, err = evenkeel.ParseMeasure(d.Measure); err != nil {
			return nil, fmt.Errorf("read the verdict %s: %w", shown(path), err)
		}
	}
	return v, nil
}

type caseProposeCmd struct {
	caseAct
	From      string           `required:"" type:"path" placeholder:"FILE" help:"Your own verdict, as evenkeel case verdict --template prints one to fill in."`
	Measure   evenkeel.Measure `placeholder:"MEASURE" help:"Which measure: suspend, deny, or another on all that the tenant runs or for longer than its lease."`
	Assets    []string         `placeholder:"ID" help:"On these assets; without it on all of the case."`
	Until     moment           `placeholder:"TIME" help:"When it ends, within a year: RFC 3339, or a date; without it as long as the policy gives it."`
	Authority string           `placeholder:"NAME" help:"In the place of a measure: who ordered that access to the data ends …"`
	Reference string           `placeholder:"TEXT" help:"… and by which order; --until says when it ends."`
	Secret    bool             `help:"… and that the order forbids to tell the tenant."`
	Withdrawn bool             `help:"In the place of an order: that the one of --authority and --reference ends now."`
}

// Help is the long help.
func (*caseProposeCmd) Help() string {
	return `Asks a second person, who is drawn by lot among those who may decide and had no part in the case, for what one person may not do
alone. Your own verdict goes with it, and the other does not read it before theirs is in. Where both find the same it takes
effect; where they differ the lower of the two does, and a third person is drawn.

Example:
  evenkeel case propose --data ./evenkeel-data --by anna --measure suspend --from verdict.yaml c-mrd7ybxxgc4sflmrmg7qmjq2wi "It goes on."`
}

// Run proposes.
func (c *caseProposeCmd) Run(ctx context.Context, p *process) (err error) {
	a := c.act(docket.ActPropose)
	a.Measure, a.Until = c.Measure, c.Until.Moment
	for _, id := range c.Assets {
		a.Assets = append(a.Assets, evenkeel.AssetID(id))
	}
	if c.Authority+c.Reference == "" && (c.Secret || c.Withdrawn) {
		return evenkeel.Invalid("no lawful order is named; expected --authority NAME and --reference TEXT beside --secret or --withdrawn")
	}
	if c.Authority+c.Reference != "" {
		a.Hold, a.Until = &docket.Hold{Authority: c.Authority, Reference: c.Reference, Until: c.Until.Moment, Secret: c.Secret, Ends: c.Withdrawn}, 0
	}
	if a.Verdict, err = verdictIn(c.From); err != nil {
		return err
	}
	return c.send(ctx, p, a)
}

type caseVerdictCmd struct {
	toServe
	Case     string `arg:"" help:"${case_id}"`
	Says     string `arg:"" optional:"" name:"reason" help:"Why, in a sentence: it is kept, and the tenant may read it."`
	From     string `type:"path" placeholder:"FILE" help:"The verdict."`
	Review   string `placeholder:"ID" help:"Which review; without it the one that is open."`
	Template bool   `help:"Print a verdict to fill in, with the criteria, and do nothing."`
}

// Help is the long help.
func (*caseVerdictCmd) Help() string {
	return `Says what you found, where you opened a review or were drawn for it. A verdict answers each of the family's criteria, gives the
strongest innocent explanation, names facts of the case and the clause, and answers the tenant's words. What is missing is said.

Examples:
  evenkeel case verdict --data ./evenkeel-data --by ben --template c-mrd7ybxxgc4sflmrmg7qmjq2wi >verdict.yaml
  evenkeel case verdict --data ./evenkeel-data --by ben --from verdict.yaml c-mrd7ybxxgc4sflmrmg7qmjq2wi "Read in full."`
}

// Run gives a verdict, or prints what there is to fill in.
func (c *caseVerdictCmd) Run(ctx context.Context, p *process) (err error) {
	if c.Template {
		return c.template(ctx, p)
	}
	if c.From == "" || strings.TrimSpace(c.Says) == "" {
		return evenkeel.Invalid("verdict: expected --from with the verdict, and <reason> in a sentence; or --template")
	}
	a := docket.Act{Kind: docket.ActVerdict, Case: evenkeel.CaseID(c.Case), Says: c.Says, Review: docket.ReviewID(c.Review)}
	if a.Verdict, err = verdictIn(c.From); err != nil {
		return err
	}
	return c.send(ctx, p, a)
}

// template prints a verdict to fill in: with the criteria of the review that is open, or else
// those that the policy which comes with the program has for the family.
func (c *caseVerdictCmd) template(ctx context.Context, p *process) error {
	books, err := app.Open(c.Data)
	if err != nil {
		return err
	}
	defer books.Close()
	id, err := wholeCase(ctx, books, evenkeel.CaseID(c.Case), caseHint("--data "+c.Data))
	if err != nil {
		return err
	}
	f, err := books.Folder(ctx, id)
	if err != nil {
		return err
	}
	var criteria []string
	if policies, err := app.Choose(nil); err == nil {
		if fam, ok := policies.Force.Family(f.Case.Family); ok {
			criteria = fam.Criteria
		}
	}
	for i := range f.Reviews {
		if r := &f.Reviews[i]; !r.State.Over() {
			criteria = r.Criteria
		}
	}
	return writeTemplate(p.stdout, &f, criteria)
}

func writeTemplate(w io.Writer, f *docket.Folder, criteria []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# A verdict about case %s of %s, under %s.\n", f.Case.ID, shown(f.Case.Tenant), f.Case.Family)
	b.WriteString("# The highest measure that you support: none, notify, a rung of the ladder, suspend or deny.\nmeasure: none\n")
	b.WriteString("# Of a lawful order in its place: grant: true\nanswers:\n")
	for i, c := range criteria {
		fmt.Fprintf(&b, "  # %d. %s\n  - \"\"\n", i+1, strings.Join(strings.Fields(c), " "))
	}
	fmt.Fprintf(&b, "# The strongest innocent explanation.\ninnocent: \"\"\n# Ids of findings, names of their terms, entries of the timeline (#1 to #%d).\nfacts: []\n", len(f.Entries))
	b.WriteString("# The clause of the terms.\nground: \"\"\n# What is said to the tenant's words, where it spoke.\nargument: \"\"\n")
	_, err := io.WriteString(w, b.String())
	return err
}

type caseRecuseCmd struct {
	caseAct
	Review string `placeholder:"ID" help:"Which review; without it the one that is open."`
}

// Help is the long help.
func (*caseRecuseCmd) Help() string {
	return `Says that you were drawn and cannot decide; another person is drawn. Half an hour without a verdict does the same.

Example:
  evenkeel case recuse --data ./evenkeel-data --by ben c-mrd7ybxxgc4sflmrmg7qmjq2wi "I know the tenant."`
}

// Run recuses.
func (c *caseRecuseCmd) Run(ctx context.Context, p *process) error {
	a := c.act(docket.ActRecuse)
	a.Review = docket.ReviewID(c.Review)
	return c.send(ctx, p, a)
}

// reviews writes what two persons decide, as far as it may be read.
func (v *view) reviews(all []docket.Review) {
	if len(all) == 0 {
		return
	}
	section(v.w, "reviews", len(all))
	for i := range all {
		r := &all[i]
		fmt.Fprintf(v.w, "  %s  about %s, %s since %s", r.ID, r.About.Says(), r.State, at(r.Since))
		if p := r.Waits(); p != "" {
			fmt.Fprintf(v.w, "; waits for %s", v.name(p))
		}
		fmt.Fprintln(v.w)
		if !r.State.Over() {
			fmt.Fprintln(v.w, "    what was found is hidden until it is over")
		}
		for j := range r.Draws {
			if d := &r.Draws[j]; d.Nonce != "" {
				fmt.Fprintf(v.w, "    round %d: %s of %d, nonce %s, candidates sha256:%s%s\n", d.Round, v.name(d.Drawn), len(d.Candidates), d.Nonce, d.Hash, because(d.Ended))
			}
		}
		for j := range r.Verdicts {
			x := &r.Verdicts[j]
			what := x.Measure.String()
			if !r.About.OfMeasure() {
				what = map[bool]string{true: "yes", false: "no"}[x.Grant]
			}
			fmt.Fprintf(v.w, "    %s by %s at %s, on %s\n", what, v.name(x.Person), at(x.At), shown(strings.Join(x.Facts, ", ")))
			for k, answer := range x.Answers {
				fmt.Fprintf(v.w, "      %d. %s\n", k+1, told("         ", answer))
			}
		}
		if r.Why != "" {
			fmt.Fprintf(v.w, "    %s\n", shown(r.Why))
		}
	}
}

// blind is a folder as whoever reads the books without a name may read it: of what is not over
// nobody's verdict, but who is waited for.
func blind(f docket.Folder) docket.Folder {
	waits := map[docket.ReviewID]docket.Draw{}
	for i := range f.Reviews {
		if r := &f.Reviews[i]; !r.State.Over() && len(r.Draws) > 0 {
			waits[r.ID] = r.Draws[len(r.Draws)-1]
		}
	}
	f = docket.Blind(f, "")
	for i := range f.Reviews {
		if d, ok := waits[f.Reviews[i].ID]; ok {
			f.Reviews[i].Draws = slices.Clone(f.Reviews[i].Draws)
			f.Reviews[i].Draws[len(f.Reviews[i].Draws)-1].Drawn = d.Drawn
		}
	}
	return f
}
