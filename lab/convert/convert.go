package convert

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/lab/feed"
)

// DefaultMaxLine is the longest row that is read, in bytes.
const DefaultMaxLine = 4 << 20

// Options say what the input is and what becomes of it.
type Options struct {
	Preset string // a name of Presets; "" is csv

	// The general form; Map also replaces the columns of a preset of CSV.
	Time        string // name of the time column; "" is "time"
	TimeFormat  string // unix, unix-ms, rfc3339 or a layout of Go's package time; "" is rfc3339
	Zone        *time.Location
	AssetColumn string
	Map         []string // COL=TARGET:UNIT

	Asset string          // of all rows; "": the column, else the file's name
	Start evenkeel.Moment // where the first time that is read goes, of all files; 0 stays
	Shift time.Duration   // moves all times

	Flavours  map[byte]int64 // of azure-v1-arrivals; see ParseFlavours
	Inventory *Inventory     // nil: no inventory lines

	MaxLine  int                // bytes; 0 is DefaultMaxLine
	Problems int                // how many are told and kept; 0 is feed.DefaultProblems
	Problem  func(feed.Problem) // told of the first ones as they are met; may be nil
}

// Summary says what was converted.
type Summary struct {
	Files     int
	Rows      int64 // without headers and blank lines
	Points    int64 // OTLP readings written
	Events    int64 // CloudEvents written, without the inventory's
	Lines     int64 // written, without the inventory's
	Inventory int64 // lines of inventory
	Unsaid    int64 // cells that say nothing, and first cells of deltas
	Partial   int64 // rows whose CPU states do not add up: no reading of the CPU
	Malformed int64 // rows that were left out
	Problems  []feed.Problem
}

// Converter reads files of one form, one after another, and writes lines. It is not for
// use by several goroutines.
type Converter struct {
	opts      Options
	form      form
	out       *bufio.Writer
	lines     *lines
	inventory *inventory
	summary   Summary
}

// form is a form of input. line returns what is wrong with a row; a refusal leaves the
// rest of the file out, fatal ends all.
type form interface {
	begin(file string) error
	line(c *Converter, text string) error
}

type (
	refusal struct{ error }
	fatal   struct{ error }
)

func (e refusal) Unwrap() error { return e.error }
func (e fatal) Unwrap() error   { return e.error }

// New returns a Converter that writes to out. Options that do not fit are an error of
// KindInvalid.
func New(opts Options, out io.Writer) (*Converter, error) {
	if opts.MaxLine <= 0 {
		opts.MaxLine = DefaultMaxLine
	}
	if opts.Problems <= 0 {
		opts.Problems = feed.DefaultProblems
	}
	f, err := opts.form()
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	c := &Converter{opts: opts, form: f, out: buffered, lines: newLines(buffered)}
	if opts.Inventory != nil {
		if t := opts.Inventory.Tenant; t != "" {
			if err := evenkeel.CheckID("tenant", t); err != nil {
				return nil, err
			}
		}
		c.inventory = &inventory{Inventory: *opts.Inventory, out: bufio.NewWriter(opts.Inventory.Out)}
	}
	return c, nil
}

func (o *Options) form() (form, error) {
	columns, err := parseColumns(o.Map)
	if err != nil {
		return nil, err
	}
	switch {
	case o.Asset != "" && o.AssetColumn != "":
		return nil, evenkeel.Invalid("--asset and --asset-column are both given; expected one")
	case o.Asset != "":
		if err := checkAsset(o.Asset); err != nil {
			return nil, err
		}
	}
	switch o.Preset {
	case "", Presets[0].Name:
		return o.general(columns)
	case "mining-vm-1cpu":
		return o.preset(miningVM(), columns)
	case "nab":
		return o.preset(nab(), columns)
	case "planetlab":
		if o.Asset != "" || o.AssetColumn != "" || len(columns) > 0 {
			return nil, evenkeel.Invalid("preset planetlab names its assets and columns itself; expected no --asset, --asset-column or --map")
		}
		return &planetlabForm{clock: clock{start: o.Start, shift: o.Shift}}, nil
	case "azure-v1-arrivals":
		if o.AssetColumn != "" || len(columns) > 0 {
			return nil, evenkeel.Invalid("preset azure-v1-arrivals has no columns; expected no --asset-column or --map")
		}
		return &arrivalsForm{clock: clock{start: o.Start, shift: o.Shift}, flavours: o.Flavours, name: o.Asset}, nil
	}
	names := presetNames(0)
	e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("form %q; expected one of %s", o.Preset, strings.Join(names, ", "))}
	if near := strict.Nearest(o.Preset, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return nil, e
}

func (o *Options) general(columns []column) (form, error) {
	if len(columns) == 0 {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "no column is mapped; expected --map 'COL=TARGET:UNIT', such as 'cpu_idle=cpu.idle:percent'",
			Hint: "or name another form than csv: " + strings.Join(presetNames(1), ", "),
		}
	}
	return o.preset(columnsForm{time: "time", clock: clock{format: "rfc3339"}}, columns)
}

// preset fills in what the options say beyond a form.
func (o *Options) preset(f columnsForm, columns []column) (form, error) {
	if len(columns) > 0 {
		f.columns, f.check, f.cpu = columns, nil, ""
	}
	if o.Time != "" {
		f.time = o.Time
	}
	if o.TimeFormat != "" {
		f.clock.format = o.TimeFormat
	}
	f.asset, f.assetColumn = o.Asset, o.AssetColumn
	f.clock.zone, f.clock.start, f.clock.shift = o.Zone, o.Start, o.Shift
	return &f, nil
}

// Read converts a stream, unpacked where it is gzip or zstd; "-" is the name of standard
// input. Bad rows are problems, not errors. An error of KindInvalid says that this file
// cannot be converted; the next may be read. Any other error is the context's or a
// writer's.
func (c *Converter) Read(ctx context.Context, in io.Reader, name string) error {
	c.summary.Files++
	text, err := feed.Unpack(in)
	if err != nil {
		c.problem(name, 0, "unpack: "+err.Error())
		return nil
	}
	defer text.Close()
	if err := c.form.begin(name); err != nil {
		return err
	}
	rows := feed.NewLines(text, c.opts.MaxLine)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := rows.Next()
		switch {
		case err == io.EOF:
			return nil
		case err == feed.ErrLineTooLong:
			c.problem(name, rows.Number(), fmt.Sprintf("row is too long; expected at most %d bytes", c.opts.MaxLine))
			continue
		case err != nil:
			c.problem(name, max(1, rows.Number()), "read: "+err.Error())
			return nil
		case len(bytes.TrimSpace(row)) == 0:
			continue
		}
		if err := c.row(name, rows.Number(), string(row)); err != nil {
			return err
		}
	}
}

func (c *Converter) row(name string, number int, text string) error {
	err := c.form.line(c, text)
	if f, ok := errors.AsType[fatal](err); ok {
		return unwritten(f.error)
	}
	if r, ok := errors.AsType[refusal](err); ok {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("convert %s:%d", name, number), Err: r.error}
	}
	if err != nil {
		c.problem(name, number, err.Error())
	}
	if c.lines.full() {
		return unwritten(c.lines.flush())
	}
	return nil
}

// unwritten says of a writer's error what was being done.
func unwritten(err error) error {
	if err == nil {
		return nil
	}
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "write converted lines", Err: err}
}

// Close writes what is left and the inventory, and returns what was done. It closes no
// writer.
func (c *Converter) Close() (Summary, error) {
	err := c.lines.flush()
	if err == nil {
		err = c.out.Flush()
	}
	if c.inventory != nil {
		if err == nil {
			err = c.inventory.write()
		}
		if err == nil {
			err = c.inventory.out.Flush()
		}
		c.summary.Inventory = c.inventory.lines
	}
	c.summary.Points, c.summary.Lines = c.lines.points, c.lines.count+c.summary.Events
	return c.summary, unwritten(err)
}

func (c *Converter) saw(asset string, at evenkeel.Moment) {
	if c.inventory != nil {
		c.inventory.saw(asset, at)
	}
}

func (c *Converter) problem(file string, line int, says string) {
	c.summary.Malformed++
	if len(c.summary.Problems) >= c.opts.Problems {
		return
	}
	p := feed.Problem{File: file, Line: line, Says: says}
	c.summary.Problems = append(c.summary.Problems, p)
	if c.opts.Problem != nil {
		c.opts.Problem(p)
	}
}
