package ledger

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// Include proves that leaf n is in the tree: the hashes that, with the leaf, make the root.
func Include(t Tree, n int64) (tlog.RecordProof, error) {
	size, err := t.Size()
	if err == nil && (n < 0 || n >= size) {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("leaf %d of a ledger of %d: not found", n, size)}
	}
	var p tlog.RecordProof
	if err == nil {
		p, err = tlog.ProveRecord(size, n, t)
	}
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d of the ledger: %w", n, err)
	}
	return p, nil
}

// Includes says whether a proof shows that leaf n is under the head; KindDenied if not.
func (h Head) Includes(p tlog.RecordProof, n int64, leaf []byte) error {
	if err := tlog.CheckRecord(p, h.Size, h.Root, n, tlog.RecordHash(leaf)); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("leaf %d is not shown to be under the head over %d leaves", n, h.Size), Err: err}
	}
	return nil
}

// Extend proves that the tree begins with the leaves that it had at an older size.
func Extend(t Tree, older int64) (tlog.TreeProof, error) {
	size, err := t.Size()
	if err == nil && (older < 1 || older > size) {
		return nil, evenkeel.Invalid("proof that a ledger of %d leaves extends one of %d; expected a size of 1 to %d", size, older, size)
	}
	var p tlog.TreeProof
	if err == nil {
		p, err = tlog.ProveTree(size, older, t)
	}
	if err != nil {
		return nil, fmt.Errorf("prove that the ledger extends its first %d leaves: %w", older, err)
	}
	return p, nil
}

// Extends says whether a proof shows that the log under the head begins with the one under
// an older head; KindDenied if not.
func (h Head) Extends(p tlog.TreeProof, older Head) error {
	if err := tlog.CheckTree(p, h.Size, h.Root, older.Size, older.Root); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("the head over %d leaves is not shown to extend the one over %d", h.Size, older.Size), Err: err}
	}
	return nil
}
