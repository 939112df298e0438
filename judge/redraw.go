package judge

import (
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// DrawAgain returns what ledger.Verify asks of each leaf, in their order: that every draw in a review, and in the
// question about a switch, falls on whom it names, by its own record; and that a case, and a switch, is drawn by
// the lot by which it was drawn before, for as long as that stands (procedure.LotFor). Of leaves whose key is
// erased nothing can be said.
func DrawAgain() func(ledger.Leaf, []byte) error {
	last := map[string]docket.Draw{} // by the case, or the switch
	return func(l ledger.Leaf, value []byte) error {
		var r *docket.Review
		var of string
		switch {
		case l.Kind == ledger.KindReview:
			r = &docket.Review{}
			if err := json.Unmarshal(value, r); err != nil {
				return evenkeel.Invalid("a review that cannot be read: %v", err)
			}
			of = "case " + string(r.Case)
		case l.Kind == ledger.KindAct && l.Act == docket.ActRelease.String():
			var s docket.Switch
			if err := json.Unmarshal(value, &s); err != nil || s.Review == nil {
				return nil // it was let go before two persons were asked at once
			}
			r, of = s.Review, "switch "+s.ID()
		default:
			return nil
		}
		for i := range r.Draws {
			d := &r.Draws[i]
			if err := procedure.Drawn(r, d); err != nil {
				return err
			}
			was := last[of]
			if d.Rule == docket.DrawInOrder && was.Nonce != "" && was.Nonce != d.Nonce && d.At >= was.At && d.At < was.At.Add(procedure.LotFor) {
				return evenkeel.Invalid("round %d of review %s: it is drawn by nonce %q, and %s was by %q at %s", d.Round, r.ID, d.Nonce, of, was.Nonce, was.At)
			}
			if d.At >= was.At {
				last[of] = *d
			}
		}
		return nil
	}
}
