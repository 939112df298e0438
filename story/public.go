package story

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/ledger/report"
)

// publicVerb tells what anybody can read.
var publicVerb = verb{name: "public", form: "public 2024Q1", about: "tells what the public record of a quarter says by now, from the ledger alone, of what did not stand and of what was made good",
	least: 1, most: 1, play: func(s *stage, l *line) error {
		q, err := report.ParseQuarter(l.words[0])
		if err != nil {
			return err
		}
		return looking(func(*line) func(*player) (block, error) {
			return func(p *player) (block, error) { return p.seePublic(q) }
		})(s, l)
	}}

// seePublic is the public record of a quarter, in three lines.
func (p *player) seePublic(q report.Quarter) (b block, err error) {
	books, ok := p.desk.books.(interface {
		Log(context.Context, func(ledger.Log) error) error
	})
	if !ok {
		return b, evenkeel.Invalid("the books of this story cannot be read; expected a store for public")
	}
	var r report.Report
	err = books.Log(context.Background(), func(log ledger.Log) error {
		r, err = report.Make(log.Lines, q)
		return err
	})
	if err != nil {
		return b, err
	}
	b.add("public", fmt.Sprintf("%s: %s took effect, %d by a machine alone; %d did not stand", r.Quarter, plural(int64(r.Took.All), "measure"), r.Took.Machine, r.Overturned.Part))
	b.add("", fmt.Sprintf("wrongly restricted: %s of single assets", plural(r.Wrong.AssetMinutes, "minute")))
	credits := plural(int64(r.Credits.Count), "credit")
	for _, a := range r.Credits.Amounts {
		credits += fmt.Sprintf(", %d.%02d %s", a.Hundredths/100, a.Hundredths%100, a.Currency)
	}
	b.add("", "made good: "+credits)
	return b, nil
}
