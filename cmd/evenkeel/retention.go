package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
)

type retentionCmd struct {
	Config string `placeholder:"FILE" help:"The settings of evenkeel serve, where there are some."`
	Data   string `placeholder:"DIR" help:"The data directory of evenkeel serve, which may run meanwhile (default ${data_dir})."`
	JSON   bool   `name:"json" help:"Print a JSON object for each kind, for machines."`
}

// Help is the long help.
func (*retentionCmd) Help() string {
	return `Says for how long each kind of what is kept is, by the settings under retention, and how much of it would be erased now. Nothing
is erased by this command: evenkeel serve does it when it starts and once a day, and logs how much of what that was.

Of a case nothing is erased while it or another case of its tenant is open, while a clock of it runs or stands still (an appeal, the
time to fetch data), while a flag that was granted in it stands, or while anything about it is to be decided or told. What was
decided, what people and the tenant said, and what was sent is kept with the ledger that seals it; docs/books.md says what is
kept for how long, kind by kind.

Examples:
  evenkeel retention --data ./evenkeel-data
  evenkeel retention --config evenkeel.yaml --json`
}

// keptLine is one kind, as JSON. Fields may be added; none is renamed.
type keptLine struct {
	Type  string `json:"type"` // retention
	Kind  string `json:"kind"`
	Keep  string `json:"kept_for"`
	N     int    `json:"overdue"`
	Cases int    `json:"cases,omitempty"`
}

// Run says.
func (c *retentionCmd) Run(ctx context.Context, p *process) error {
	d := config.Default()
	if c.Config != "" {
		var err error
		if d, err = readConfig(c.Config); err != nil {
			return err
		}
	}
	books, err := app.Open(cmp.Or(c.Data, d.Data))
	if err != nil {
		return err
	}
	defer books.Close()
	all, err := books.Overdue(ctx, d.Retention, evenkeel.MomentOf(p.now()))
	if err != nil {
		return err
	}
	if c.JSON {
		for _, k := range all {
			if err := p.line(keptLine{"retention", k.Kind, k.Keep.String(), k.N, k.Cases}); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tKEPT FOR\tWOULD BE ERASED NOW")
	for _, k := range all {
		of := amount(k.N)
		if k.Cases > 0 {
			of += ", of " + casesOf(k.Cases)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.Kind, days(k.Keep), of)
	}
	return w.Flush()
}

// days writes a length of time in days, where it is whole days.
func days(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}
