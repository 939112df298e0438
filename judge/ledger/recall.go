package ledger

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// Copy is a log read into memory, 64 bytes for each leaf: a Tree to prove by.
type Copy struct {
	size   int64
	hashes []tlog.Hash
}

// CopyOf reads the stored hashes of a log. They are taken as they are: what is proved by them is
// checked against a signed head. take is called with each line, and may be nil.
func CopyOf(lines iter.Seq2[Line, error], take func(Line) error) (*Copy, error) {
	var c Copy
	for line, err := range lines {
		if err == nil && (line.N != c.size || len(line.Hashes) != stored(c.size)) {
			err = evenkeel.Invalid("leaf %d with %d hashes; expected leaf %d with %d", line.N, len(line.Hashes), c.size, stored(c.size))
		}
		if err == nil && take != nil {
			err = take(line)
		}
		if err != nil {
			return nil, fmt.Errorf("read leaf %d: %w", c.size, err)
		}
		c.size++
		c.hashes = append(c.hashes, line.Hashes...)
	}
	return &c, nil
}

// Size is how many leaves there are.
func (c *Copy) Size() (int64, error) { return c.size, nil }

// ReadHashes returns stored hashes by tlog's index.
func (c *Copy) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(c.hashes)) {
			return nil, evenkeel.Invalid("hash %d of the ledger; expected one of %d", x, len(c.hashes))
		}
		out[i] = c.hashes[x]
	}
	return out, nil
}

// Recalled is a head that somebody kept, beside the log.
type Recalled struct {
	Head Head
	Is   Likeness
	Root tlog.Hash // of the log at that size; zero where it is shorter
}

// Likeness is how a head and a log agree.
type Likeness uint8

// How they agree.
const (
	Same      Likeness = iota + 1 // the log begins with what the head stands for
	Different                     // as many leaves of the log have another root: it was written anew, or there are two
	Shorter                       // the log ends before
)

// String returns same, different or shorter.
func (l Likeness) String() string {
	return [...]string{"invalid", "same", "different", "shorter"}[min(l, Shorter)]
}

// Recall holds heads that were kept against the leaves of a log, in one pass and by nothing but
// the leaves: what is stored beside them is not believed. The answers are by size. The error is of
// reading.
func Recall(lines iter.Seq2[Line, error], heads []Head) ([]Recalled, error) {
	out := make([]Recalled, 0, len(heads))
	for _, h := range heads {
		out = append(out, Recalled{Head: h, Is: Shorter})
	}
	slices.SortStableFunc(out, func(a, b Recalled) int { return cmp.Compare(a.Head.Size, b.Head.Size) })
	var f Frontier
	next := 0
	meet := func() {
		for ; next < len(out) && out[next].Head.Size == f.Size(); next++ {
			r := &out[next]
			if r.Root, r.Is = f.Root(), Different; r.Root == r.Head.Root {
				r.Is = Same
			}
		}
	}
	meet()
	for line, err := range lines {
		if err != nil {
			return nil, fmt.Errorf("read leaf %d: %w", f.Size(), err)
		}
		f.Add(line.Leaf)
		meet()
	}
	return out, nil
}

// Split finds two heads of one log that cannot both be of it, whatever the log is: as many leaves
// with two roots. Whoever signed both showed different logs to different people.
func Split(heads []Head) (a, b Head, found bool) {
	type place struct {
		origin string
		size   int64
	}
	met := map[place]Head{}
	for _, h := range heads {
		p := place{h.Origin, h.Size}
		if was, ok := met[p]; ok && was.Root != h.Root {
			return was, h, true
		}
		met[p] = h
	}
	return a, b, false
}
