package feed

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

const (
	// DefaultMaxLine is the longest line that is read, in bytes: a collector's batch may be
	// large.
	DefaultMaxLine = 64 << 20
	// DefaultProblems is how many problems are told and kept; all are counted.
	DefaultProblems = 100
	// DefaultSource is the name of the sender in the batches of a replay.
	DefaultSource = "replay"

	fullRecords = 1 << 13 // records at which a batch is handed on
	fullStrings = 1 << 14
)

// Options say how a Reader works. The zero value is good.
type Options struct {
	Format   Format   // FormatDetect: per file
	Source   string   // of the batches; "" is DefaultSource
	MaxLine  int      // bytes; 0 is DefaultMaxLine
	Problems int      // how many are told and kept; 0 is DefaultProblems
	Assets   []string // attributes that name an asset; nil is the intake's default

	// Of captures: whose an address is, and, where set, the guest through whose port all packets passed.
	Guests wire.Guests
	Egress evenkeel.AssetID

	// Problem, where set, is told of each problem as it is met, the first ones only.
	Problem func(Problem)
	// Progress, where set, is told about every MiB of input, before unpacking.
	Progress func(Progress)
}

// Problem is a line that could not be read.
type Problem struct {
	File string
	Line int // from 1; 0 where it is about the whole file
	Says string
}

// String returns "file:line: what was expected".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Says
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Says)
}

// Progress is how far reading is, in bytes as they are stored.
type Progress struct {
	File  string
	Read  int64
	Total int64 // 0 where it is not known: not all inputs are files
}

// Summary says what was read.
type Summary struct {
	Files     int
	Lines     int64 // that were not blank; packets of captures
	Records   int64
	Acts      int64
	Malformed int64     // lines that were not read, for whatever reason
	Problems  []Problem // the first ones
	Empty     []string  // the names of what held no record, or no act, at all
	// Tally counts points and events inside the lines that were read.
	Tally intake.Tally
	// Packets says what became of the packets of captures.
	Packets wire.Tally
}

// Reader reads streams one after another. It is not for use by several goroutines.
type Reader struct {
	opts     Options
	batch    *evenkeel.Batch
	summary  Summary
	before   int64 // bytes of the files that are done
	total    int64
	decoders [FormatCloudEvents + 1]decoder
}

// New returns a Reader.
func New(opts Options) *Reader {
	if opts.Source == "" {
		opts.Source = DefaultSource
	}
	if opts.MaxLine <= 0 {
		opts.MaxLine = DefaultMaxLine
	}
	if opts.Problems <= 0 {
		opts.Problems = DefaultProblems
	}
	return &Reader{opts: opts, batch: evenkeel.NewBatch(opts.Source, 0)}
}

// Summary returns what was read so far.
func (r *Reader) Summary() Summary { return r.summary }

// Read reads one stream and calls emit with batches, each valid during the call and of at
// most evenkeel.MaxBatchRecords. Bad lines are problems, not errors. An error is emit's,
// the context's, or of KindInvalid where the format is not a known one.
func (r *Reader) Read(ctx context.Context, in io.Reader, name string, emit func(*evenkeel.Batch) error) error {
	before := r.summary.Records
	err := r.read(ctx, in, name, emit)
	if err == nil && r.summary.Records == before {
		r.summary.Empty = append(r.summary.Empty, name)
	}
	return err
}

func (r *Reader) read(ctx context.Context, in io.Reader, name string, emit func(*evenkeel.Batch) error) error {
	return r.unpacked(in, name, func(text io.Reader) error {
		if isCapture, whole := r.captured(text); isCapture {
			return r.capture(ctx, whole, name, emit)
		} else {
			text = whole
		}
		lines := NewLines(text, r.opts.MaxLine)
		f, err := r.formatFor(lines, name)
		if f == FormatDetect {
			return err
		}
		if err := r.records(ctx, lines, name, f, emit); err != nil {
			return err
		}
		return r.flush(emit)
	})
}

// text unpacks a stream of lines, and tells how far it is read.
func (r *Reader) text(in io.Reader, name string, read func(*Lines) error) error {
	return r.unpacked(in, name, func(text io.Reader) error { return read(NewLines(text, r.opts.MaxLine)) })
}

// unpacked unpacks a stream, and tells how far it is read.
func (r *Reader) unpacked(in io.Reader, name string, read func(io.Reader) error) error {
	count := &counter{in: in}
	if r.opts.Progress != nil {
		count.tell = func(read int64) { r.opts.Progress(Progress{File: name, Read: r.before + read, Total: r.total}) }
	}
	defer func() {
		r.before += count.read
		if count.tell != nil {
			r.opts.Progress(Progress{File: name, Read: r.before, Total: r.total})
		}
	}()
	r.summary.Files++
	text, err := Unpack(count)
	if err != nil {
		r.problem(name, 0, damage(err))
		return nil
	}
	defer text.Close()
	return read(text)
}

// formatFor returns a text's format, or FormatDetect where the text has no line.
func (r *Reader) formatFor(lines *Lines, name string) (Format, error) {
	if r.opts.Format != FormatDetect {
		return r.opts.Format, nil
	}
	prefix := lines.Prefix()
	f, what, ok := detect(prefix)
	switch {
	case ok:
		return f, nil
	case len(bytes.TrimSpace(prefix)) == 0 && len(prefix) < prefixBytes:
		// Nothing but blanks, or nothing that could be unpacked: reading tells which.
		if _, err := lines.Next(); err != nil && err != io.EOF {
			r.problem(name, max(1, lines.Number()), damage(err))
		}
		return FormatDetect, nil
	}
	return FormatDetect, formatError{&evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("read %s: %s; the formats are %s", name, what, known),
		Hint: "force the format with --format, or bring the file into one with `evenkeel convert`",
	}}
}

func (r *Reader) decoder(f Format) decoder {
	if r.decoders[f] == nil {
		r.decoders[f] = newDecoder(f, r.opts)
	}
	return r.decoders[f]
}

func (r *Reader) records(ctx context.Context, lines *Lines, name string, f Format, emit func(*evenkeel.Batch) error) error {
	dec := r.decoder(f)
	return r.lines(ctx, lines, name, func(line []byte) error {
		if err := dec.decode(r.batch, line, &r.summary.Tally); err != nil {
			if other := mixed(line, f, r.opts.Format != FormatDetect); other != nil {
				err = other
			}
			r.problem(name, lines.Number(), err.Error())
			return nil
		}
		if len(r.batch.Records) >= fullRecords || len(r.batch.Strings) >= fullStrings {
			return r.flush(emit)
		}
		return nil
	})
}

// lines hands each line on that is not blank. Those that cannot be read are problems.
func (r *Reader) lines(ctx context.Context, lines *Lines, name string, take func(line []byte) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := lines.Next()
		switch {
		case err == io.EOF:
			return nil
		case err == ErrLineTooLong:
			r.summary.Lines++
			r.problem(name, lines.Number(), fmt.Sprintf("line is too long; expected at most %d bytes", r.opts.MaxLine))
			continue
		case err != nil:
			r.problem(name, max(1, lines.Number()), damage(err))
			return nil
		case len(bytes.TrimSpace(line)) == 0:
			continue
		}
		r.summary.Lines++
		if err := take(line); err != nil {
			return err
		}
	}
}

// flush hands the batch on, in pieces that can be stored: one line may hold more points.
func (r *Reader) flush(emit func(*evenkeel.Batch) error) error {
	r.summary.Records += int64(len(r.batch.Records))
	defer r.batch.Reset(r.opts.Source, 0)
	for rest := r.batch.Records; len(rest) > 0; {
		piece := r.batch
		if n := min(len(rest), evenkeel.MaxBatchRecords); n < len(r.batch.Records) {
			piece = &evenkeel.Batch{Source: r.batch.Source, Strings: r.batch.Strings, Records: rest[:n:n]}
		}
		rest = rest[len(piece.Records):]
		if err := emit(piece); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) problem(file string, line int, says string) {
	r.summary.Malformed++
	if len(r.summary.Problems) >= r.opts.Problems {
		return
	}
	p := Problem{File: file, Line: line, Says: says}
	r.summary.Problems = append(r.summary.Problems, p)
	if r.opts.Problem != nil {
		r.opts.Problem(p)
	}
}

// DefaultAssets returns the attributes that name an asset where Options says nothing, the one
// that wins first.
func DefaultAssets() []string { return intake.DefaultAssetAttributes() }
