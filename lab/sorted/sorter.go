package sorted

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
)

// DefaultBudget is the memory that records may take before they are spilled, in bytes.
const DefaultBudget = 128 << 20

const (
	fanIn         = 64      // most runs that are merged at once
	outRecords    = 1 << 13 // most records of a batch that comes out
	outBytes      = 4 << 20 // size at which such a batch ends
	leastBlock    = 16 << 10
	mostBlock     = 1 << 20
	leastBuffered = 64 << 10
)

// Options say how a Sorter works. The zero value is good.
type Options struct {
	// Dir is where a directory for runs is made, once one is needed; "" is the system's
	// directory for temporary files.
	Dir string
	// Budget bounds the bytes of records, keys and strings in memory; 0 is DefaultBudget.
	// The Go heap may be up to twice that. One batch going in, one coming out and, while
	// merging, a block of each of 64 runs (together about a quarter of the budget, at
	// least 1 MiB) come on top.
	Budget int64
}

// Stats say what a Sorter did.
type Stats struct {
	Records int64
	Runs    int   // spilled; 0 where all fitted into memory
	Merges  int   // before the last one, where there were more than 64 runs
	Spilled int64 // bytes written to disk
}

// Sorter takes batches in any order and gives them back in event-time order. Use: Add
// until all is in, Batches once, Close always. It is not for use by several goroutines.
type Sorter struct {
	opts  Options
	block int
	buf   *buffer
	dir   string // "" until something is spilled
	runs  []string
	made  int
	done  bool
	err   error // of the disk: it stays
	stats Stats

	create func(path string) (io.WriteCloser, error)
}

// New returns an empty Sorter. It touches no file until the budget is used up.
func New(opts Options) *Sorter {
	if opts.Budget <= 0 {
		opts.Budget = DefaultBudget
	}
	opts.Budget = max(opts.Budget, leastBuffered)
	return &Sorter{
		opts: opts, buf: newBuffer(), block: int(min(max(opts.Budget/(4*fanIn), leastBlock), mostBlock)),
		create: func(path string) (io.WriteCloser, error) {
			return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		},
	}
}

// Add takes the records of a batch; b may be used again afterwards. A string beyond
// evenkeel.MaxText, which no stored batch could hold, is an error of KindInvalid and adds
// nothing; an error of the disk is of KindUnavailable and stays.
func (s *Sorter) Add(b *evenkeel.Batch) error {
	switch {
	case s.err != nil:
		return s.err
	case s.done:
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "add records to a sorted input: it was already read"}
	}
	for _, t := range b.Strings {
		if len(t) > evenkeel.MaxText {
			return evenkeel.Invalid("a record of %q has a text of %d bytes; expected at most %d", b.Source, len(t), evenkeel.MaxText)
		}
	}
	if len(b.Source) > evenkeel.MaxText {
		return evenkeel.Invalid("a batch's source has %d bytes; expected at most %d", len(b.Source), evenkeel.MaxText)
	}
	s.buf.begin(b)
	for i := range b.Records {
		if n := len(s.buf.keys); n > 0 && (s.buf.held >= s.opts.Budget || n >= mostRecords) {
			if err := s.spill(context.Background()); err != nil {
				return err
			}
			s.buf.begin(b)
		}
		s.buf.add(b, &b.Records[i])
	}
	s.stats.Records += int64(len(b.Records))
	return nil
}

// Batches returns all records in order: by moment, at the same moment tenants, tenancies,
// lifecycle, payments and bursts before what was seen, then by source, ID and content. A
// batch is valid until the next one is asked for; its Arrived is 0. An error ends the
// sequence.
func (s *Sorter) Batches(ctx context.Context) iter.Seq2[*evenkeel.Batch, error] {
	return func(yield func(*evenkeel.Batch, error) bool) {
		if err := s.walk(ctx, func(b *evenkeel.Batch) error {
			if !yield(b, nil) {
				return errStopped
			}
			return nil
		}); err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

var errStopped = errors.New("the reader stopped")

func (s *Sorter) walk(ctx context.Context, emit func(*evenkeel.Batch) error) error {
	if s.err != nil {
		return s.err
	}
	if s.done {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "read a sorted input: it was already read"}
	}
	s.done = true
	var inEmit error
	out := newBatcher(outRecords, outBytes, func(b *evenkeel.Batch) error {
		if inEmit = ctx.Err(); inEmit == nil {
			inEmit = emit(b)
		}
		return inEmit
	})
	err := s.inOrder(ctx, out.add)
	if err == nil {
		err = out.flush()
	}
	if err == nil || err == inEmit || err == ctx.Err() || s.err != nil {
		return err
	}
	return s.broken("read sorted runs back from", err)
}

// inOrder calls f for every record in order, from memory if nothing was spilled.
func (s *Sorter) inOrder(ctx context.Context, f func(head) error) error {
	if len(s.runs) == 0 {
		return s.buf.each(f)
	}
	if len(s.buf.keys) > 0 {
		if err := s.spill(ctx); err != nil {
			return err
		}
	}
	s.buf = newBuffer() // the merge needs the memory
	for len(s.runs) > fanIn {
		// As few as will do at first, so that later merges are full ones.
		n := min(fanIn, len(s.runs)-fanIn+1)
		merged := s.runs[:n]
		s.runs = s.runs[n:]
		if err := s.write(ctx, false, func(f func(head) error) error { return merge(merged, f) }); err != nil {
			return err
		}
		s.stats.Merges++
	}
	return merge(s.runs, f)
}

func (s *Sorter) spill(ctx context.Context) error {
	if err := s.write(ctx, true, s.buf.each); err != nil {
		return err
	}
	s.buf.reset()
	s.stats.Runs++
	return nil
}

// write makes a run of the records that each gives in order; see batcher for distinct.
func (s *Sorter) write(ctx context.Context, distinct bool, each func(func(head) error) error) error {
	if s.dir == "" {
		dir, err := os.MkdirTemp(s.opts.Dir, "evenkeel-sort-")
		if err != nil {
			return s.broken("make a directory for sorted runs in", err)
		}
		s.dir = dir
	}
	s.made++
	path := filepath.Join(s.dir, fmt.Sprintf("run-%06d", s.made))
	file, err := s.create(path)
	if err != nil {
		return s.broken("write a sorted run in", err)
	}
	w := &runWriter{path: path, file: file, out: bufio.NewWriterSize(file, 256<<10)}
	blocks := newBatcher(evenkeel.MaxBatchRecords, s.block, func(b *evenkeel.Batch) error {
		return cmp.Or(ctx.Err(), w.block(b))
	})
	blocks.distinct = distinct
	err = each(blocks.add)
	if err == nil {
		err = blocks.flush()
	}
	err = errors.Join(err, w.close())
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return s.broken("write a sorted run in", err)
	}
	s.runs = append(s.runs, path)
	s.stats.Spilled += w.size
	return nil
}

func (s *Sorter) broken(doing string, err error) error {
	dir := s.opts.Dir
	if dir == "" {
		dir = os.TempDir()
	}
	hint := "free space there, name another directory for temporary files, or allow more memory"
	if info, bad := os.Stat(dir); bad != nil || !info.IsDir() || errors.Is(err, fs.ErrPermission) {
		hint = "name a directory for temporary files that is there and may be written to"
	}
	s.err = &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%s %s", doing, dir), Err: err, Hint: hint,
	}
	return s.err
}

// Stats returns what was done so far.
func (s *Sorter) Stats() Stats { return s.stats }

// Close removes the runs and gives the memory back. It may be called twice.
func (s *Sorter) Close() error {
	s.buf, s.runs, s.done = newBuffer(), nil, true
	if s.dir == "" {
		return nil
	}
	dir := s.dir
	s.dir = ""
	if err := os.RemoveAll(dir); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "remove sorted runs", Err: err}
	}
	return nil
}
