package score

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/lab/convert"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Corpus is a folder of recorded sets.
type Corpus string

// Files returns the files of a set that match patterns, or an error that says which set is
// missing.
func (c Corpus) Files(set string, patterns ...string) ([]string, error) {
	if c == "" {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no folder of recorded data", Hint: "set EVENKEEL_DATA"}
	}
	var all []string
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(string(c), set, p))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("recorded set %s is not in %s", set, string(c))}
	}
	return all, nil
}

// Customer is what the inventory says of every machine of a comparison.
type Customer struct {
	Name     string
	Standing evenkeel.Standing
	Since    string // before the first record, as convert.ParseWhen reads it
	Created  string
	Paid     string
}

// The two customers that the mining rules are held against.
var (
	// Newcomer is the least favourable inventory: a new machine, on trial, nothing paid.
	Newcomer = Customer{"newcomer", evenkeel.StandingTrial, "24h", "10m", "0"}
	// Regular has the same new machine, but has paid for more than a year.
	Regular = Customer{"regular", evenkeel.StandingInvoiced, "400d", "10m", "1200.00"}
)

func (c Customer) inventory() (*convert.Inventory, error) {
	since, err := convert.ParseWhen(c.Since)
	if err != nil {
		return nil, err
	}
	created, err := convert.ParseWhen(c.Created)
	if err != nil {
		return nil, err
	}
	return &convert.Inventory{Standing: c.Standing, Since: since, Created: created, PaidTotal: c.Paid, Currency: "EUR"}, nil
}

// bench converts files into a folder of its own and replays them.
type bench struct {
	dir       string
	telemetry []string
	inventory []string
}

func (b *bench) create(name string) (*os.File, error) {
	return os.Create(filepath.Join(b.dir, fmt.Sprintf("%03d-%s", len(b.telemetry), name)))
}

// add converts files of one preset for a customer, and says how many rows there were.
func (b *bench) add(ctx context.Context, opts convert.Options, who Customer, files ...string) (rows int, err error) {
	out, err := b.create("telemetry.jsonl")
	if err != nil {
		return 0, err
	}
	defer out.Close()
	books, err := b.create("inventory.jsonl")
	if err != nil {
		return 0, err
	}
	defer books.Close()
	if opts.Inventory, err = who.inventory(); err != nil {
		return 0, err
	}
	opts.Inventory.Out = books
	c, err := convert.New(opts, out)
	if err != nil {
		return 0, err
	}
	for _, name := range files {
		if err := readFile(ctx, c, name); err != nil {
			return 0, err
		}
	}
	sum, err := c.Close()
	if err == nil && sum.Malformed > 0 {
		err = fmt.Errorf("convert %s: %d malformed rows", files[0], sum.Malformed)
	}
	b.telemetry = append(b.telemetry, out.Name())
	b.inventory = append(b.inventory, books.Name())
	return int(sum.Rows), err
}

func readFile(ctx context.Context, c *convert.Converter, name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	return c.Read(ctx, in, name)
}

// replay returns the findings of rules over all that was added, and what a judge decides
// about them.
func (b *bench) replay(ctx context.Context, rules []*rule.Rule, judge *judge.Docket, decided func(evenkeel.Decision) error) (found []evenkeel.Finding, sum replay.Summary, err error) {
	script := replay.Script{Rules: rules, Files: b.telemetry, Inventory: b.inventory, Decided: decided}
	if judge != nil {
		script.Docket = judge
	}
	sum, err = replay.Run(ctx, script,
		func(f evenkeel.Finding) error {
			found = append(found, f)
			return nil
		})
	if err == nil && sum.Read.Malformed > 0 {
		err = fmt.Errorf("replay: %d malformed lines, the first: %v", sum.Read.Malformed, sum.Read.Problems[0])
	}
	return found, sum, err
}
