package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// sign puts at the foot of each notice what its recipient needs to check, alone and with the
// log's public key only, that what it tells was sealed: the proof that its leaf is under the
// signed head. A notice that no leaf of this transaction goes with has the head alone.
func (w *draft) sign(tree ledger.Tree, head func(ledger.Tree, evenkeel.Moment) (string, error), at evenkeel.Moment) error {
	if head == nil || len(w.out.Notices) == 0 {
		return nil
	}
	grown := ledger.ReadOnce(ledger.After(tree, w.out.Sealed))
	signed, err := head(grown, at)
	if err != nil {
		return err
	}
	for i := range w.out.Notices {
		n := &w.out.Notices[i]
		n.Ledger = signed
		if x, found := w.leafOf(n); found {
			if n.Ledger, err = ledger.Prove(grown, w.out.Sealed.Size+int64(x), w.out.Sealed.Leaves[x], signed); err != nil {
				return err
			}
		}
	}
	return nil
}

// leafOf is which of the sealed leaves a notice tells of: the newest of its decision in the state
// that it tells, or else, where it tells how the case was closed, that.
func (w *draft) leafOf(n *evenkeel.Notice) (int, bool) {
	handle := w.key.Decision(n.Decision)
	for i, l := range slices.Backward(w.leaves) {
		if l.Decision == handle && l.State == n.State {
			return i, true
		}
	}
	for i, l := range slices.Backward(w.leaves) {
		if l.Kind == ledger.KindCase && l.Case == evenkeel.CaseClosed && n.Outcome != 0 && l.Outcome == n.Outcome {
			return i, true
		}
	}
	return 0, false
}
