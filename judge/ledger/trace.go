package ledger

import (
	"fmt"
	"iter"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// trace is a whole log that does not fit itself: what is needed to say why.
type trace struct {
	lines []traced
	heads []Head // by size
}

type traced struct {
	n      int64
	leaf   []byte
	record tlog.Hash // of the leaf as it stands there
	stored []tlog.Hash
}

func traceOf(lines iter.Seq2[Line, error], heads []Head) (*trace, error) {
	t := &trace{heads: heads}
	for line, err := range lines {
		if err != nil {
			return nil, fmt.Errorf("verify ledger: read leaf %d again: %w", len(t.lines), err)
		}
		t.lines = append(t.lines, traced{line.N, line.Leaf, tlog.RecordHash(line.Leaf), line.Hashes})
	}
	return t, nil
}

// kept is the stored hash of a subtree, by level and number; false where there is none.
func (t *trace) kept(level int, k int64) (tlog.Hash, bool) {
	n := (k+1)<<level - 1
	if n >= int64(len(t.lines)) || level >= len(t.lines[n].stored) {
		return tlog.Hash{}, false
	}
	return t.lines[n].stored[level], true
}

// made is the hash of a subtree over the leaves as they stand there; false where the log
// ends before it does.
func (t *trace) made(level int, k int64) (tlog.Hash, bool) {
	if (k+1)<<level > int64(len(t.lines)) {
		return tlog.Hash{}, false
	}
	if level == 0 {
		return t.lines[k].record, true
	}
	left, _ := t.made(level-1, 2*k)
	right, _ := t.made(level-1, 2*k+1)
	return tlog.NodeHash(left, right), true
}

// explain says what is wrong with leaf n, where all before it fit. The hashes that are
// stored with n do not fit the leaves.
func (t *trace) explain(n int64) *Fault {
	if n >= int64(len(t.lines)) {
		return &Fault{How: Missing, Leaf: n, Until: n + 1, Says: "was there, and is not any more"}
	}
	here := t.lines[n]
	leaf, _ := ParseLeaf(here.leaf)
	if len(here.stored) != stored(n) {
		return faultAt(n, leaf, HashAltered, "%d hashes are stored with it; expected %d", len(here.stored), stored(n))
	}
	if here.stored[0] != here.record {
		return t.explainLeaf(n, leaf)
	}
	for level := 1; level < len(here.stored); level++ {
		if h, _ := t.made(level, n>>level); h != here.stored[level] {
			return t.explainSubtree(n, level, leaf)
		}
	}
	return faultAt(n, leaf, HashAltered, "its stored hashes do not fit") // explain is called where they do not
}

// explainLeaf is for a leaf that its own hash does not fit: one of the two is not what it
// was, and what is stored above them, or was signed, tells which.
func (t *trace) explainLeaf(n int64, leaf Leaf) *Fault {
	here := t.lines[n]
	if m, ok := t.find(here.stored[0]); ok {
		return faultAt(n, leaf, Moved, "another leaf stands in its place; the one that was sealed as number %d stands at %d", n, m)
	}
	if t.vouched(0, n, here.record) && !t.vouched(0, n, here.stored[0]) {
		return faultAt(n, leaf, HashAltered, "the leaf is the one that was sealed, and its stored hash is not")
	}
	for m, other := range t.lines {
		if int64(m) != n && len(other.stored) > 0 && other.stored[0] == here.record {
			return faultAt(n, leaf, Moved, "this leaf was sealed as number %d", m)
		}
	}
	return faultAt(n, leaf, Altered, "it is not the leaf that was sealed: its hash does not fit")
}

// explainSubtree is for leaves that fit their hashes, under a subtree that they do not fit.
func (t *trace) explainSubtree(n int64, level int, leaf Leaf) *Fault {
	k, want := n>>level, t.lines[n].stored[level]
	first := k << level
	if h, _ := t.made(level, k); t.vouched(level, k, h) {
		return faultAt(n, leaf, HashAltered, "the leaves %d to %d are those that were sealed, and the hash that is stored over them is not", first, n)
	}
	if level == 1 { // a pair: a leaf from elsewhere in the log may have been put into it
		left, right := t.lines[n-1], t.lines[n]
		for m, other := range t.lines {
			if tlog.NodeHash(other.record, right.record) == want || tlog.NodeHash(other.record, left.record) == want {
				was, _ := ParseLeaf(left.leaf)
				return faultAt(n-1, was, Moved, "another leaf stands in its place; the one that was sealed as number %d stands at %d", n-1, m)
			}
			if tlog.NodeHash(left.record, other.record) == want {
				return faultAt(n, leaf, Moved, "another leaf stands in its place; the one that was sealed as number %d stands at %d", n, m)
			}
		}
	}
	return &Fault{
		How: Altered, Leaf: first, Until: n + 1,
		Says: "each fits its own hash, and together they do not fit the hash that is stored over them: at least one is not what was sealed",
	}
}

// find returns where a leaf of this hash stands.
func (t *trace) find(h tlog.Hash) (int, bool) {
	for m, x := range t.lines {
		if x.record == h {
			return m, true
		}
	}
	return 0, false
}

// vouched says whether something above speaks for this hash of a subtree: what is stored
// over it and its neighbour, or over more than that, or a signed head.
func (t *trace) vouched(level int, k int64, h tlog.Hash) bool {
	over := func(beside tlog.Hash) tlog.Hash {
		if k&1 == 0 {
			return tlog.NodeHash(h, beside)
		}
		return tlog.NodeHash(beside, h)
	}
	above, isKept := t.kept(level+1, k>>1)
	if beside, ok := t.kept(level, k^1); ok && isKept && over(beside) == above {
		return true
	}
	if beside, ok := t.made(level, k^1); ok && isKept {
		return over(beside) == above || t.vouched(level+1, k>>1, over(beside))
	}
	for _, head := range t.heads {
		if head.Size >= (k+1)<<level && head.Size <= int64(len(t.lines)) && t.rootWith(head.Size, level, k, h) == head.Root {
			return true
		}
	}
	return false
}

// rootWith is the root over size leaves as they stand there, with h for one subtree.
func (t *trace) rootWith(size int64, level int, k int64, h tlog.Hash) tlog.Hash {
	var node func(first, size int64) tlog.Hash
	node = func(first, size int64) tlog.Hash {
		if size == 1<<level && first == k<<level {
			return h
		}
		if size == 1 {
			return t.lines[first].record
		}
		left := int64(1) << (bits.Len64(uint64(size-1)) - 1)
		return tlog.NodeHash(node(first, left), node(first+left, size-left))
	}
	return node(0, size)
}
