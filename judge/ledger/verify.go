package ledger

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Log is what Verify reads: a log as it is kept. A store gives it as of one moment.
type Log struct {
	// Lines are the leaves by number. They are read once, and once more where something does
	// not fit, to find out what.
	Lines iter.Seq2[Line, error]
	// Key is a tenant's key, or KindNotFound once it is erased. nil: what leaves commit to
	// is not checked, and rows are not either.
	Key func(evenkeel.TenantID) (Key, error)
	// Rows are the values in use. nil: they are not checked.
	Rows iter.Seq2[Row, error]
	// Fits says what is wrong with a value that a leaf commits to, by what it says itself, such as a draw that
	// falls on another person than whom it names. It is asked leaf by leaf, in their order. nil: nothing is asked.
	Fits func(l Leaf, value []byte) error
	// Sent are the notices and orders that were written. nil: whether they are there is not
	// checked.
	Sent iter.Seq2[Sent, error]
}

// Row is a case, a decision, a flag, a review, a credit that was granted, or (of kind act) a kill switch as it is in use, in
// the JSON that is kept.
type Row struct {
	Kind   Kind
	ID     string
	Tenant evenkeel.TenantID
	Value  []byte
	// Unfit says what a store keeps beside the value, to find or count it by, and does not
	// agree with it; "" where all does.
	Unfit string
}

// Sent is a notice or an order that was written, by its id.
type Sent struct {
	ID    string
	Unfit string // as of a Row
}

// Report says how far a log was verified, and what does not fit.
type Report struct {
	Leaves    int64     // that fit their hashes
	Root      tlog.Hash // over these
	Heads     int       // signed heads that fit
	Unchecked int       // of these, heads whose signature was not checked
	Contents  int64     // values that are what the leaf commits to
	Rows      int64     // values in use that are what was sealed last
	Sent      int64     // notices and orders that have to be there by what was sealed, and are
	Erased    int64     // leaves and rows that nobody can check any more: the tenant's key was erased
	Fault     *Fault    // nil: all of it fits
}

// Verify holds a log against itself and against signed heads, offline: each leaf against its
// hash, the hashes against each other, all of it against every head, what is kept beside a
// leaf against its commitment, the values in use against what was sealed last, and what was
// sealed against the notices and orders that go with it. With a verifier, heads count only if
// they are signed by it. It stops at the first leaf that does not fit; only where all fit does
// it speak of rows, then of notices and orders, and last of heads that are none. The error is
// of reading, not of the log.
//
// What notices and orders say is not sealed, nor are the lines of a case's timeline, findings,
// clocks, and what a case changes between its leaves: of these Verify shows nothing.
//
// Who can write to the store can make another log that fits itself. Only heads that were
// kept elsewhere show that; without any, Verify shows no more than that nobody was careless.
func Verify(log Log, heads []string, v note.Verifier) (Report, error) {
	c := checker{log: log, keys: map[evenkeel.TenantID]*Key{}, newest: map[rowID]sealedRow{}, pulled: map[string]string{}, due: map[string]dueSent{}}
	c.takeHeads(heads, v)
	for line, err := range log.Lines {
		if err != nil {
			return c.report, fmt.Errorf("verify ledger: read leaf %d: %w", c.report.Leaves, err)
		}
		if err := c.take(line); err != nil {
			return c.report, err
		}
		if c.report.Fault != nil {
			return c.report, nil
		}
	}
	if c.endsEarly() {
		return c.report, nil
	}
	if err := c.checkRows(); err != nil {
		return c.report, err
	}
	if err := c.checkSent(); err != nil {
		return c.report, err
	}
	if c.report.Fault == nil {
		c.report.Fault = c.badHead
	}
	return c.report, nil
}

// checker goes along a log.
type checker struct {
	log      Log
	report   Report
	heads    []Head // still to be met, by size
	fits     int64  // size of the newest head that fits
	badHead  *Fault
	frontier []tlog.Hash // by level: the newest complete subtree
	keys     map[evenkeel.TenantID]*Key
	newest   map[rowID]sealedRow
	pulled   map[string]string  // by scope: the switch that was pulled last
	due      map[string]dueSent // by id: notices and orders that have to be there
}

// takeHeads reads the heads. One that is none does not keep the others from being checked.
func (c *checker) takeHeads(signed []string, v note.Verifier) {
	for i, s := range signed {
		h, err := ParseHead(s, v)
		if err != nil {
			if c.badHead == nil {
				c.badHead = &Fault{How: HeadUnfit, Leaf: -1, Until: -1, Says: fmt.Sprintf("head %d of %d: %v", i+1, len(signed), err)}
			}
			continue
		}
		c.heads = append(c.heads, h)
	}
	slices.SortStableFunc(c.heads, func(a, b Head) int { return cmp.Compare(a.Size, b.Size) })
	if v == nil {
		c.report.Unchecked = len(c.heads)
	}
	c.meetHeads() // those of the empty log
}

// take checks one leaf, and the heads over all up to it.
func (c *checker) take(line Line) error {
	n := c.report.Leaves
	if line.N != n {
		c.report.Fault = &Fault{How: Missing, Leaf: n, Until: n + 1, Says: fmt.Sprintf("is not there; the next one is numbered %d", line.N)}
		return nil
	}
	leaf, unread := ParseLeaf(line.Leaf)
	hashes := c.hashes(n, line.Leaf)
	if !slices.Equal(hashes, line.Hashes) {
		t, err := traceOf(c.log.Lines, c.heads)
		if err != nil {
			return err
		}
		c.report.Fault = t.explain(n)
		return nil
	}
	if unread != nil {
		c.report.Fault = faultAt(n, leaf, Altered, "cannot be read: %v", unread)
		return nil
	}
	c.grow(hashes)
	if !c.meetHeads() {
		return nil
	}
	return c.checkContent(n, leaf, line)
}

// hashes are those that have to be stored with leaf n.
func (c *checker) hashes(n int64, leaf []byte) []tlog.Hash {
	out := []tlog.Hash{tlog.RecordHash(leaf)}
	for level := range stored(n) - 1 {
		out = append(out, tlog.NodeHash(c.frontier[level], out[level]))
	}
	return out
}

func (c *checker) grow(hashes []tlog.Hash) {
	top := len(hashes) - 1
	if top == len(c.frontier) {
		c.frontier = append(c.frontier, tlog.Hash{})
	}
	c.frontier[top] = hashes[top]
	c.report.Leaves++
	c.report.Root = rootOf(c.frontier, c.report.Leaves)
}

// rootOf is the root over size leaves, from the subtrees that the size is made of.
func rootOf(frontier []tlog.Hash, size int64) (root tlog.Hash) {
	first := true
	for level := 0; size>>level > 0; level++ {
		switch {
		case size>>level&1 == 0:
		case first:
			root, first = frontier[level], false
		default:
			root = tlog.NodeHash(frontier[level], root)
		}
	}
	return root
}

// meetHeads checks the heads of the present size, and says whether they fit.
func (c *checker) meetHeads() bool {
	root := c.report.Root
	if c.report.Leaves == 0 {
		root, _ = tlog.TreeHash(0, nil)
		c.report.Root = root
	}
	for len(c.heads) > 0 && c.heads[0].Size == c.report.Leaves {
		h := c.heads[0]
		if h.Root != root {
			c.report.Fault = &Fault{
				How: Rewritten, Leaf: c.fits, Until: c.report.Leaves,
				Says: fmt.Sprintf("they are not those that the head signed at %s over %d leaves stands for; those before fit a signed head", h.At, h.Size),
			}
			if c.fits == 0 {
				c.report.Fault.Says = fmt.Sprintf("they are not those that the head signed at %s over %d leaves stands for; no head before it says anything", h.At, h.Size)
			}
			return false
		}
		c.fits, c.heads = h.Size, c.heads[1:]
		c.report.Heads++
	}
	return true
}

// endsEarly says whether a head stands for more leaves than there are.
func (c *checker) endsEarly() bool {
	if len(c.heads) == 0 || c.report.Fault != nil {
		return c.report.Fault != nil
	}
	n, h := c.report.Leaves, c.heads[len(c.heads)-1]
	c.report.Fault = &Fault{
		How: Missing, Leaf: n, Until: h.Size,
		Says: fmt.Sprintf("the log ends here; the head signed at %s stands for %d leaves", h.At, h.Size),
	}
	return true
}
