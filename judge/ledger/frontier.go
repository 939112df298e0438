package ledger

import "golang.org/x/mod/sumdb/tlog"

// Frontier is the root of a growing log, of which nothing is kept but the newest complete
// subtree of each level. The zero value is the empty log.
type Frontier struct {
	size   int64
	newest []tlog.Hash // by level
}

// Size is how many leaves were added.
func (f *Frontier) Size() int64 { return f.size }

// Add takes the next leaf in.
func (f *Frontier) Add(leaf []byte) {
	h, level := tlog.RecordHash(leaf), 0
	for ; f.size>>level&1 == 1; level++ {
		h = tlog.NodeHash(f.newest[level], h)
	}
	if level == len(f.newest) {
		f.newest = append(f.newest, h)
	}
	f.newest[level] = h
	f.size++
}

// Root is the hash over all leaves so far.
func (f *Frontier) Root() tlog.Hash {
	if f.size == 0 {
		root, _ := tlog.TreeHash(0, nil)
		return root
	}
	return rootOf(f.newest, f.size)
}
