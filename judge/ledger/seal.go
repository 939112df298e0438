package ledger

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// Tree is the log so far: how many leaves it has, and the stored hashes by tlog's index.
type Tree interface {
	tlog.HashReader
	Size() (int64, error)
}

// Sealed is what sealing adds to the log: the leaves from number Size on, and their stored
// hashes from tlog.StoredHashIndex(0, Size) on.
type Sealed struct {
	Size   int64 // leaves before
	Leaves [][]byte
	Hashes []tlog.Hash
	// Contents are what the leaves commit to, as JSON, for a store to keep beside them:
	// personal data, and no part of the log. One for each leaf; nil of a policy's.
	Contents [][]byte
}

// Seal appends leaves to a tree: it returns what is to be kept. KindInvalid where a leaf
// could not be read again, or does not say what it commits to.
func Seal(t Tree, leaves ...Leaf) (Sealed, error) {
	size, err := t.Size()
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: size of the log: %w", err)
	}
	s := Sealed{Size: size}
	for i, l := range leaves {
		n, data := size+int64(i), l.Bytes()
		if _, err := ParseLeaf(data); err != nil {
			return Sealed{}, fmt.Errorf("seal leaf %d: %w", n, err)
		}
		if l.Kind != KindPolicy && l.whole == "" {
			return Sealed{}, evenkeel.Invalid("seal leaf %d, of kind %s: its content is not known; expected a leaf of a value that JSON can hold", n, l.Kind)
		}
		hashes, err := tlog.StoredHashes(n, data, After(t, s))
		if err != nil {
			return Sealed{}, fmt.Errorf("seal leaf %d: %w", n, err)
		}
		s.Leaves = append(s.Leaves, data)
		s.Hashes = append(s.Hashes, hashes...)
		var content []byte
		if l.whole != "" {
			content = []byte(l.whole)
		}
		s.Contents = append(s.Contents, content)
	}
	return s, nil
}

// After is a tree with what was sealed, before it is kept.
func After(t Tree, s Sealed) Tree { return grown{t, s} }

type grown struct {
	before Tree
	sealed Sealed
}

func (g grown) Size() (int64, error) { return g.sealed.Size + int64(len(g.sealed.Leaves)), nil }

// ReadHashes reads those that were sealed from what was sealed, and the others, together,
// from the tree.
func (g grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	first := tlog.StoredHashIndex(0, g.sealed.Size)
	out := make([]tlog.Hash, len(indexes))
	var old []int64
	for i, x := range indexes {
		switch {
		case x < first:
			old = append(old, x)
		case x-first >= int64(len(g.sealed.Hashes)):
			return nil, evenkeel.Invalid("hash %d of the ledger; expected one of %d", x, first+int64(len(g.sealed.Hashes)))
		default:
			out[i] = g.sealed.Hashes[x-first]
		}
	}
	if len(old) == 0 {
		return out, nil
	}
	read, err := g.before.ReadHashes(old)
	if err != nil {
		return nil, err
	}
	if len(read) != len(old) {
		return nil, &evenkeel.Error{Says: fmt.Sprintf("hashes of the ledger: %d were read; expected %d", len(read), len(old))}
	}
	for i, x := range indexes {
		if x < first {
			out[i], read = read[0], read[1:]
		}
	}
	return out, nil
}

// Line is one leaf as it is kept.
type Line struct {
	N      int64 // its number, from 0
	Leaf   []byte
	Hashes []tlog.Hash // that came with it: its own, then those of the subtrees that it completes
	// Tenant and Content are whose key the leaf commits under, and to what; empty where that
	// is not kept.
	Tenant  evenkeel.TenantID
	Content []byte
}

// Lines takes apart what was sealed, for a store to keep. KindInvalid where leaves, hashes
// and contents do not belong together.
func (s Sealed) Lines() ([]Line, error) {
	if s.Size < 0 || len(s.Contents) != len(s.Leaves) {
		return nil, evenkeel.Invalid("sealed after %d leaves: %d leaves and %d contents; expected as many of both", s.Size, len(s.Leaves), len(s.Contents))
	}
	out, hashes := make([]Line, len(s.Leaves)), s.Hashes
	for i, leaf := range s.Leaves {
		n := s.Size + int64(i)
		k := stored(n)
		if len(hashes) < k || hashes[0] != tlog.RecordHash(leaf) {
			return nil, evenkeel.Invalid("sealed leaf %d: its hash does not fit; expected what Seal returned", n)
		}
		out[i] = Line{N: n, Leaf: bytes.Clone(leaf), Hashes: hashes[:k:k], Content: s.Contents[i]}
		hashes = hashes[k:]
	}
	if len(hashes) > 0 {
		return nil, evenkeel.Invalid("sealed %d leaves with %d hashes too many; expected what Seal returned", len(s.Leaves), len(hashes))
	}
	return out, nil
}

// stored is how many hashes are stored with leaf n: its own, and one for each subtree that
// it completes.
func stored(n int64) int { return 1 + bits.TrailingZeros64(uint64(n)+1) }

// HashAt says with which leaf a stored hash is kept, and as which of its hashes: where tlog
// counts all hashes in one row, a store keeps them by leaf.
func HashAt(index int64) (leaf int64, nth int, err error) {
	if index < 0 || index > 1<<62 {
		return 0, 0, evenkeel.Invalid("hash %d of the ledger; expected 0 or more", index)
	}
	level, n := tlog.SplitStoredHashIndex(index)
	return (n+1)<<level - 1, level, nil
}

// Root is the hash of the whole tree.
func Root(t Tree) (size int64, root tlog.Hash, err error) {
	if size, err = t.Size(); err == nil {
		root, err = tlog.TreeHash(size, t)
	}
	if err != nil {
		return 0, tlog.Hash{}, fmt.Errorf("root of the ledger: %w", err)
	}
	return size, root, nil
}
