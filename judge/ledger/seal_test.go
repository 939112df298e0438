package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// naiveRoot is the tree of RFC 6962 as it is defined, over all leaves at once.
func naiveRoot(leaves [][]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := naiveRoot(leaves[:k]), naiveRoot(leaves[k:])
	return sha256.Sum256(bytes.Join([][]byte{{1}, l[:], r[:]}, nil))
}

func leafNo(n int) ledger.Leaf { return ledger.OfDecision(key, decision(n), "p") }

func TestTreeIsThatOfRFC6962HoweverItGrew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree ledger.Tree = &shelf{}
		s, leaves, hashes := tree.(*shelf), [][]byte{}, []tlog.Hash{}
		for range rapid.IntRange(1, 8).Draw(t, "times") {
			var more []ledger.Leaf
			for range rapid.IntRange(0, 5).Draw(t, "leaves") {
				more = append(more, leafNo(len(leaves)+len(more)))
			}
			sealed, err := ledger.Seal(tree, more...)
			if err != nil {
				t.Fatal(err)
			}
			leaves, hashes = append(leaves, sealed.Leaves...), append(hashes, sealed.Hashes...)
			tree = ledger.After(tree, sealed) // what was sealed before is not kept yet
			size, root, err := ledger.Root(tree)
			if err != nil || size != int64(len(leaves)) || root != naiveRoot(leaves) {
				t.Fatalf("after %d leaves the tree has %d and the root %s (%v); expected %s", len(leaves), size, root, err, tlog.Hash(naiveRoot(leaves)))
			}
		}
		if int64(len(hashes)) != tlog.StoredHashCount(int64(len(leaves))) || len(s.lines) != 0 {
			t.Fatalf("%d leaves were stored as %d hashes", len(leaves), len(hashes))
		}
	})
}

func TestHashesAreKeptByLeaf(t *testing.T) {
	var s shelf
	for n := range 40 {
		s.put(t, "raisup", leafNo(n))
	}
	for i, h := range s.hashes {
		leaf, nth, err := ledger.HashAt(int64(i))
		if err != nil || s.lines[leaf].Hashes[nth] != h {
			t.Fatalf("hash %d is not hash %d of leaf %d (%v)", i, nth, leaf, err)
		}
	}
	if _, _, err := ledger.HashAt(-1); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("hash -1: %v", err)
	}
}

func TestLinesRefuseWhatDoesNotBelongTogether(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*ledger.Sealed)
	}{
		{"a leaf that is not its hash's", func(s *ledger.Sealed) { s.Leaves[1] = s.Leaves[0] }},
		{"a hash too few", func(s *ledger.Sealed) { s.Hashes = s.Hashes[:len(s.Hashes)-1] }},
		{"a hash too many", func(s *ledger.Sealed) { s.Hashes = append(s.Hashes, tlog.Hash{}) }},
		{"another size", func(s *ledger.Sealed) { s.Size++ }},
		{"a content too few", func(s *ledger.Sealed) { s.Contents = s.Contents[1:] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ledger.Seal(&shelf{}, leafNo(0), leafNo(1), leafNo(2))
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(&s)
			if _, err := s.Lines(); evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Errorf("says %v; expected that it is invalid", err)
			}
		})
	}
}

// sick is a tree whose store cannot be read.
type sick struct {
	shelf
	short bool
}

var errSick = errors.New("disk is gone")

func (s *sick) ReadHashes(i []int64) ([]tlog.Hash, error) {
	if s.short {
		return nil, nil
	}
	return nil, errSick
}

func TestSealPassesOnThatTheStoreIsSick(t *testing.T) {
	s := &sick{}
	s.put(t, "raisup", leafNo(0))
	if _, err := ledger.Seal(s, leafNo(1)); !errors.Is(err, errSick) {
		t.Errorf("Seal says %v", err)
	}
	if _, _, err := ledger.Root(s); !errors.Is(err, errSick) {
		t.Errorf("Root says %v", err)
	}
	s.short = true
	if _, err := ledger.Seal(s, leafNo(1)); err == nil {
		t.Error("a leaf was sealed over hashes that were not read")
	}
	if _, err := ledger.After(s, ledger.Sealed{Size: 1}).ReadHashes([]int64{7}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a hash that does not exist yet: %v", err)
	}
}

func TestProofsAboutSingleLeavesAndGrowth(t *testing.T) {
	var s shelf
	var heads []ledger.Head
	for n := range 20 {
		s.put(t, "raisup", leafNo(n))
		size, root, _ := ledger.Root(&s)
		heads = append(heads, ledger.Head{Size: size, Root: root})
	}
	last := heads[len(heads)-1]
	for n := range 20 {
		t.Run(fmt.Sprint("leaf ", n), func(t *testing.T) {
			p, err := ledger.Include(&s, int64(n))
			if err != nil || last.Includes(p, int64(n), s.lines[n].Leaf) != nil {
				t.Errorf("leaf %d is not shown to be there: %v", n, err)
			}
			if err := last.Includes(p, int64(n), s.lines[(n+1)%20].Leaf); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("another leaf is shown to be number %d: %v", n, err)
			}
			g, err := ledger.Extend(&s, int64(n+1))
			if err != nil || last.Extends(g, heads[n]) != nil {
				t.Errorf("the log is not shown to extend its first %d leaves: %v", n+1, err)
			}
			forged := heads[n]
			forged.Root[0] ^= 1
			if err := last.Extends(g, forged); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Errorf("the log is shown to extend another: %v", err)
			}
		})
	}
	if _, err := ledger.Include(&s, 20); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("leaf 20 of 20: %v", err)
	}
	if _, err := ledger.Extend(&s, 21); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("size 21 of 20: %v", err)
	}
}
