package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/convert"
	"github.com/evenkeel/evenkeel/lab/feed"
)

type convertCmd struct {
	Preset string   `arg:"" help:"The form of the input: csv, or a preset (see below)."`
	Files  []string `arg:"" name:"file" help:"Files of that form, plain, gzip or zstd; - is standard input."`

	Time        string   `placeholder:"COLUMN" help:"csv: the column of times (time)."`
	TimeFormat  string   `placeholder:"FORM" help:"csv: unix, unix-ms, rfc3339 or a layout such as '2006-01-02 15:04:05' (rfc3339)."`
	Zone        string   `placeholder:"ZONE" help:"csv: the time zone of times that name none, such as Europe/Paris (UTC)."`
	AssetColumn string   `placeholder:"COLUMN" help:"csv: the column that names the asset; else each file is one."`
	Map         []string `sep:"none" placeholder:"COL=TARGET:UNIT" help:"What a column means, such as cpu_idle=cpu.idle:percent. May be given again."`

	Asset        string         `placeholder:"ID" help:"The asset of all rows."`
	Start        *moment        `placeholder:"TIME" help:"Where the first time that is read goes: a time or a date."`
	Shift        *time.Duration `placeholder:"DURATION" help:"Moves all times, such as --shift=-24h."`
	Flavours     string         `placeholder:"FILE" help:"azure-v1-arrivals: how many vCPUs each letter has."`
	InventoryOut string         `placeholder:"FILE" help:"Also write who holds the assets that were met. The file is replaced at the end, when all is written."`

	Tenant   string             `group:"With --inventory-out" placeholder:"ID" help:"The tenant of all assets; else one per asset."`
	Standing *evenkeel.Standing `group:"With --inventory-out" placeholder:"WORD" help:"prepaid, invoiced, on_credit, trial, delinquent or unknown (unknown)."`
	Since    *when              `group:"With --inventory-out" placeholder:"WHEN" help:"Customer since: a time or date, or how long before the asset's first reading, such as 400d."`
	Created  *when              `group:"With --inventory-out" placeholder:"WHEN" help:"When the machines were made: a time or date, or how long before their first reading."`
	Paid     string             `group:"With --inventory-out" placeholder:"AMOUNT" help:"Paid in total; 0 is a known zero, nothing is not known."`
	Currency string             `group:"With --inventory-out" placeholder:"CODE" help:"Such as EUR."`
}

// Help is the long help.
func (*convertCmd) Help() string {
	var b strings.Builder
	b.WriteString("Lines go to standard output, ready for replay. A row that cannot be read is named and left out; then the exit code\nis 1. Forms:\n")
	for _, preset := range convert.Presets {
		fmt.Fprintf(&b, "\n  %s: %s\n    reads  %s\n    gives  %s\n", preset.Name, preset.Says, preset.Reads, preset.Gives)
	}
	b.WriteString(`
Examples:
  evenkeel convert csv --time ts --time-format unix --map load=cpu.busy:percent web-1.csv > metrics.jsonl
  evenkeel convert planetlab --inventory-out books.jsonl --standing trial --created 1h 20110303.csv.gz > metrics.jsonl
  evenkeel replay --inventory books.jsonl metrics.jsonl`)
	return b.String()
}

// moment is a time, as a flag.
type moment struct{ evenkeel.Moment }

// UnmarshalText reads such as 2024-01-01T00:00:00Z or 2024-01-01.
func (m *moment) UnmarshalText(text []byte) (err error) {
	m.Moment, err = convert.ParseTime(string(text))
	return err
}

// when is a time or how long before, as a flag.
type when struct{ convert.When }

// UnmarshalText reads such as 2024-01-01T00:00:00Z or 400d.
func (w *when) UnmarshalText(text []byte) (err error) {
	w.When, err = convert.ParseWhen(string(text))
	return err
}

// Run converts.
func (c *convertCmd) Run(ctx context.Context, p *process) error {
	b := newBar(p)
	opts, err := c.options()
	if err != nil {
		return err
	}
	opts.Problem = func(problem feed.Problem) {
		if ctx.Err() == nil { // else it is the interrupt that broke the reading
			b.clear()
			fmt.Fprintln(p.stderr, problem)
		}
	}
	var books *replacement
	if c.InventoryOut != "" {
		if books, err = replace("write inventory", c.InventoryOut); err != nil {
			return err
		}
		defer books.drop()
		opts.Inventory = c.books(books)
	}
	converter, err := convert.New(opts, p.stdout)
	if err != nil {
		return err
	}
	failed, err := c.readAll(ctx, p, b, converter)
	b.clear()
	if err != nil {
		return err
	}
	sum, err := converter.Close()
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	failed = failed || sum.Malformed > 0
	if err := c.keep(p, books, !failed || sum.Lines > 0); err != nil {
		return err
	}
	printConvert(p, &sum)
	if failed {
		return errFailed
	}
	return nil
}

// readAll converts all files. One that cannot be read is told and left out: then failed is
// true.
func (c *convertCmd) readAll(ctx context.Context, p *process, b *bar, converter *convert.Converter) (failed bool, err error) {
	for i, file := range c.Files {
		b.show("files", int64(i), int64(len(c.Files)))
		in, err := openInput(p, file)
		if err == nil {
			err = converter.Read(ctx, in, file)
			_ = in.Close()
			if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
				return true, err // the context's, or the output's
			}
		}
		if err != nil {
			b.clear()
			p.fail(err)
			failed = true
		}
	}
	return failed, nil
}

// keep puts the inventory in its place, once the lines that it belongs to are written.
func (c *convertCmd) keep(p *process, books *replacement, whole bool) error {
	if books == nil {
		return nil
	}
	if !whole {
		fmt.Fprintf(p.stderr, "evenkeel: %s was not written: nothing was converted\n", c.InventoryOut)
		return nil
	}
	if err := p.stdout.Flush(); err != nil {
		return unwritten(err)
	}
	return books.keep()
}

// openInput opens a file to convert; "-" is standard input.
func openInput(p *process, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(p.stdin), nil
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, openError("convert", file, err)
	}
	if info, err := in.Stat(); err == nil && info.IsDir() {
		_ = in.Close()
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "convert " + file + ": it is a directory; expected files"}
	}
	return in, nil
}

// options makes the room's options of the flags.
func (c *convertCmd) options() (convert.Options, error) {
	opts := convert.Options{
		Preset: c.Preset, Time: c.Time, TimeFormat: c.TimeFormat, AssetColumn: c.AssetColumn, Map: c.Map, Asset: c.Asset,
	}
	if c.Start != nil {
		opts.Start = c.Start.Moment
	}
	if c.Shift != nil {
		opts.Shift = *c.Shift
	}
	if c.Zone != "" {
		zone, err := time.LoadLocation(c.Zone)
		if err != nil {
			return opts, evenkeel.Invalid("--zone %s: not a known time zone; expected such as Europe/Paris", c.Zone)
		}
		opts.Zone = zone
	}
	if c.Flavours != "" {
		in, err := os.Open(c.Flavours)
		if err != nil {
			return opts, openError("read flavours", c.Flavours, err)
		}
		defer in.Close()
		if opts.Flavours, err = convert.ParseFlavours(in, c.Flavours); err != nil {
			return opts, err
		}
	}
	switch says := c.untold(); {
	case says != "":
		return opts, evenkeel.Invalid("%s: these say what the inventory tells; expected --inventory-out FILE as well", says)
	case c.InventoryOut == "-":
		return opts, evenkeel.Invalid("--inventory-out -: standard output takes the lines; expected a file")
	case (c.Paid == "") != (c.Currency == ""):
		return opts, evenkeel.Invalid("--paid and --currency belong together: an amount is nothing without its currency")
	}
	return opts, nil
}

// untold names the flags that speak of an inventory where none is to be written.
func (c *convertCmd) untold() string {
	var flags []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--tenant", c.Tenant != ""}, {"--standing", c.Standing != nil}, {"--since", c.Since != nil},
		{"--created", c.Created != nil}, {"--paid", c.Paid != ""}, {"--currency", c.Currency != ""},
	} {
		if f.given && c.InventoryOut == "" {
			flags = append(flags, f.name)
		}
	}
	return strings.Join(flags, ", ")
}

// books says what the inventory tells.
func (c *convertCmd) books(out io.Writer) *convert.Inventory {
	books := &convert.Inventory{Out: out, Tenant: c.Tenant, PaidTotal: c.Paid, Currency: c.Currency}
	if c.Standing != nil {
		books.Standing = *c.Standing
	}
	if c.Since != nil {
		books.Since = c.Since.When
	}
	if c.Created != nil {
		books.Created = c.Created.When
	}
	return books
}

// printConvert writes the summary.
func printConvert(p *process, s *convert.Summary) {
	fmt.Fprintf(p.stderr, "read      %s, %s\n", several(s.Files, "file"), several(s.Rows, "row"))
	fmt.Fprintf(p.stderr, "wrote     %s: %s, %s; %s of inventory\n",
		several(s.Lines, "line"), several(s.Points, "reading"), several(s.Events, "event"), several(s.Inventory, "line"))
	if s.Unsaid+s.Partial > 0 {
		fmt.Fprintf(p.stderr, "left out  %s that say nothing, %s whose CPU states do not add up\n",
			several(s.Unsaid, "cell"), several(s.Partial, "row"))
	}
	if s.Malformed > 0 {
		fmt.Fprintf(p.stderr, "malformed %s\n", several(s.Malformed, "row"))
	}
}
