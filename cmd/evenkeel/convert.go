package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
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

	Asset     string         `placeholder:"ID" help:"The asset of all rows."`
	Start     *moment        `placeholder:"TIME" help:"Where the first time that is read goes."`
	Shift     *time.Duration `placeholder:"DURATION" help:"Moves all times, such as --shift=-24h."`
	Flavours  string         `placeholder:"FILE" help:"azure-v1-arrivals: how many vCPUs each letter has."`
	Inventory string         `placeholder:"FILE" help:"Also write who holds the assets that were met."`

	Tenant   string            `group:"With --inventory" placeholder:"ID" help:"The tenant of all assets; else one per asset."`
	Standing evenkeel.Standing `group:"With --inventory" placeholder:"WORD" default:"unknown" help:"prepaid, invoiced, on_credit, trial, delinquent or unknown."`
	Since    *when             `group:"With --inventory" placeholder:"WHEN" help:"Customer since: a time, or how long before the asset's first reading, such as 400d."`
	Created  *when             `group:"With --inventory" placeholder:"WHEN" help:"When the machines were made: a time, or how long before their first reading."`
	Paid     string            `group:"With --inventory" placeholder:"AMOUNT" help:"Paid in total; 0 is a known zero, nothing is not known."`
	Currency string            `group:"With --inventory" placeholder:"CODE" help:"Such as EUR."`
}

// Help is the long help.
func (*convertCmd) Help() string {
	var b strings.Builder
	b.WriteString("Lines go to standard output, ready for replay. A row that cannot be read is named and left out; then the exit code\nis 1. Forms:\n")
	for _, preset := range convert.Presets {
		name := preset.Name
		if name == "" {
			name = "csv"
		}
		fmt.Fprintf(&b, "\n  %s: %s\n    reads  %s\n    gives  %s\n", name, preset.Says, preset.Reads, preset.Gives)
	}
	b.WriteString(`
Examples:
  evenkeel convert csv --time ts --time-format unix --map load=cpu.busy:percent web-1.csv > metrics.jsonl
  evenkeel convert planetlab --inventory books.jsonl --standing trial --created 1h 20110303.csv.gz > metrics.jsonl
  evenkeel replay --inventory books.jsonl metrics.jsonl`)
	return b.String()
}

// moment is a time, as a flag.
type moment struct{ evenkeel.Moment }

// when is a time or how long before, as a flag.
type when struct{ convert.When }

// UnmarshalText reads such as 2024-01-01T00:00:00Z or 400d.
func (w *when) UnmarshalText(text []byte) (err error) {
	w.When, err = convert.ParseWhen(string(text))
	return err
}

// Run converts.
func (c *convertCmd) Run(ctx context.Context, p *process) (err error) {
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
	if c.Inventory != "" {
		out, closeOut, err := createFile(c.Inventory)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, closeOut()) }()
		opts.Inventory = c.books(out)
	}
	converter, err := convert.New(opts, p.stdout)
	if err != nil {
		return err
	}
	failed := false
	for i, file := range c.Files {
		b.show("files", int64(i), int64(len(c.Files)))
		if err := readInto(ctx, p, converter, file); err != nil {
			if ctx.Err() != nil || evenkeel.KindOf(err) == evenkeel.KindInternal {
				return err
			}
			b.clear()
			p.fail(err)
			failed = true
		}
	}
	b.clear()
	sum, err := converter.Close()
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	printConvert(p, &sum)
	if failed || sum.Malformed > 0 {
		return errFailed
	}
	return nil
}

// readInto converts one file.
func readInto(ctx context.Context, p *process, c *convert.Converter, file string) error {
	if file == "-" {
		return c.Read(ctx, p.stdin, file)
	}
	in, err := os.Open(file)
	if err != nil {
		return openError("convert", file, err)
	}
	defer in.Close()
	return c.Read(ctx, in, file)
}

// options makes the room's options of the flags.
func (c *convertCmd) options() (convert.Options, error) {
	opts := convert.Options{
		Preset: c.Preset, Time: c.Time, TimeFormat: c.TimeFormat, AssetColumn: c.AssetColumn, Map: c.Map, Asset: c.Asset,
	}
	if c.Preset == "csv" {
		opts.Preset = ""
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
	if c.Inventory == "" && (c.Tenant != "" || c.Since != nil || c.Created != nil || c.Paid != "" || c.Currency != "") {
		return opts, evenkeel.Invalid("--tenant, --since, --created, --paid and --currency speak of the inventory; expected --inventory FILE as well")
	}
	return opts, nil
}

// books says what the inventory tells.
func (c *convertCmd) books(out io.Writer) *convert.Inventory {
	books := &convert.Inventory{Out: out, Tenant: c.Tenant, Standing: c.Standing, PaidTotal: c.Paid, Currency: c.Currency}
	if c.Since != nil {
		books.Since = c.Since.When
	}
	if c.Created != nil {
		books.Created = c.Created.When
	}
	return books
}

// createFile makes a file and returns a buffered writer to it.
func createFile(name string) (io.Writer, func() error, error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, openError("write inventory", name, err)
	}
	w := bufio.NewWriter(f)
	return w, func() error { return errors.Join(w.Flush(), f.Close()) }, nil
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
