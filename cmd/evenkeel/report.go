package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
)

type reportCmd struct {
	fromBooks
	Quarter string `required:"" placeholder:"QUARTER" help:"Which quarter of a year, in UTC, such as 2026Q4."`
	Out     string `placeholder:"DIR" help:"Write the pages and the figures as JSON into this directory, which is made where it is not there."`
	JSON    bool   `name:"json" help:"Print the figures as JSON instead of as text."`
}

// Help is the long help.
func (*reportCmd) Help() string {
	return `The public record of a quarter, counted from the leaves of the ledger and from nothing else: what took effect by rule
and measure, how much of it a machine did alone, what did not stand, how long it took until a person looked, what was
wrongly restricted, and what was made good. No leaf holds personal data, so the report holds none.

With --out three files are written, in the place of those that are there: report-QUARTER.en.html and report-QUARTER.zh.html,
each a page that needs nothing else, and report-QUARTER.json (docs/schema/report.schema.json). A report names the size and
the root of the ledger that it was made of, so that whoever has the leaves can count again.

This does not check that the ledger is whole: evenkeel ledger verify does.

Examples:
  evenkeel report --data ./data --quarter 2026Q4
  evenkeel report --data ./data --quarter 2026Q4 --out ./public
  evenkeel report --data ./data --quarter 2026Q4 --json | jq .overturned.share`
}

// Run reports.
func (c *reportCmd) Run(ctx context.Context, p *process) error {
	q, err := report.ParseQuarter(c.Quarter)
	if err != nil {
		return err
	}
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	var r report.Report
	err = books.Log(ctx, func(log ledger.Log) error {
		r, err = report.Make(func(yield func(ledger.Line, error) bool) {
			for line, err := range log.Lines {
				if ctx.Err() != nil {
					err = ctx.Err()
				}
				if !yield(line, err) {
					return
				}
			}
		}, q)
		return err
	})
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := writeReport(c.Out, &r); err != nil {
			return err
		}
	}
	if c.JSON {
		return r.JSON(p.stdout)
	}
	sayReport(p.stdout, &r)
	return nil
}

// writeReport writes the pages and the figures, each whole or not at all.
func writeReport(dir string, r *report.Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return openError("make directory", dir, err)
	}
	write := func(ending string, what func(io.Writer) error) error {
		file, err := replace("write report", filepath.Join(dir, "report-"+r.Quarter+ending))
		if err != nil {
			return err
		}
		if err := what(file); err != nil {
			file.drop()
			return fmt.Errorf("write report %s: %w", file.name, err)
		}
		return file.keep()
	}
	for _, lang := range report.Langs {
		if err := write("."+lang+".html", func(w io.Writer) error { return r.HTML(w, lang) }); err != nil {
			return err
		}
	}
	return write(".json", r.JSON)
}

// sayReport is the report in a few lines.
func sayReport(w io.Writer, r *report.Report) {
	percent := func(s report.Share) string {
		if s.Is == nil {
			return "-"
		}
		return fmt.Sprintf("%.1f %% (%d of %d)", 100**s.Is, s.Part, s.Of)
	}
	long := func(t report.Times) string {
		if t.Median == nil {
			return fmt.Sprintf("nobody yet in %s", several(t.Waiting, "case"))
		}
		span := func(s int64) time.Duration { return time.Duration(s) * time.Second }
		return fmt.Sprintf("median %s, 95 of 100 within %s; nobody yet in %s", span(*t.Median), span(*t.P95), several(t.Waiting, "case"))
	}
	fmt.Fprintf(w, "quarter       %s, of %d leaves of the ledger, root %s\n", r.Quarter, r.Log.Leaves, r.Log.Root)
	fmt.Fprintf(w, "took effect   %s: %d by a machine alone, %d by a person, %d by two\n", several(r.Took.All, "measure"), r.Took.Machine, r.Took.Person, r.Took.TwoPeople)
	fmt.Fprintf(w, "automation    %s by a machine alone\n", percent(r.Automation))
	fmt.Fprintf(w, "overturned    %s\n", percent(r.Overturned))
	fmt.Fprintf(w, "to a person   %s\n", long(r.ToPerson))
	fmt.Fprintf(w, "word to act   %s\n", long(r.ToAnswer))
	switch p := r.People; {
	case p.Median == nil:
		fmt.Fprintf(w, "people        nobody was busy with %s that were closed, or the ledger does not say\n", several(p.Nobody, "case"))
	default:
		fmt.Fprintf(w, "people        median %d min for a case, 95 of 100 within %d min, %d min in all; %s closed without anybody\n", *p.Median, *p.P95, p.Minutes, several(p.Nobody, "case"))
	}
	fmt.Fprintf(w, "wrongly       %s restricted for %d min, %d min of single assets\n", several(r.Wrong.Measures, "time"), r.Wrong.Minutes, r.Wrong.AssetMinutes)
	switch {
	case r.Credits.Count == 0:
		fmt.Fprintln(w, "credits       the ledger has none in this quarter")
	default:
		fmt.Fprintf(w, "credits       %d, for %d min of single assets:", r.Credits.Count, r.Credits.Minutes)
		for _, a := range r.Credits.Amounts {
			fmt.Fprintf(w, " %d.%02d %s", a.Hundredths/100, a.Hundredths%100, a.Currency)
		}
		fmt.Fprintln(w)
	}
	if !r.Appeals.Known {
		fmt.Fprintln(w, "appeals       not known: leaves of the quarter do not say what was said")
	} else {
		fmt.Fprintf(w, "appeals       %d\n", r.Appeals.Count)
	}
	for _, x := range r.Rows {
		fmt.Fprintf(w, "  %s, %s, %s: %d, of them %d by a machine alone and %d overturned\n", orNothing(x.Family), orNothing(x.Rule), x.Measure, x.Took, x.Machine, x.Overturned)
	}
	if r.Log.Newest < r.Until {
		fmt.Fprintln(w, "The quarter is not over, or the ledger ends before it does: the figures are of what is there.")
	}
}
