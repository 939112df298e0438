package watch

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// held keeps what was seen of assets that nobody is known to hold, as it was weighed: with
// the tenancy come facts, which may speak for the tenant or against it, so the rule is
// weighed anew then, by what was known at the time of the record.
type held struct {
	most    int
	list    []heldFinding
	dropped uint64
}

type heldFinding struct {
	evenkeel.Finding
	lr    *laidRule
	slots []ternary.Value
	fires bool // without any fact; else facts would have to add to it
}

func (h *held) add(l look, n evenkeel.Finding) {
	most := h.most
	if !l.lr.verdict.Fires { // what only facts could make fire leaves room for what fires without
		most /= 2
	}
	if len(h.list) >= most {
		h.dropped++
		return
	}
	h.list = append(h.list, heldFinding{Finding: n, lr: l.lr, slots: slices.Clone(l.lr.slots), fires: l.lr.verdict.Fires})
}

// Held returns the findings that await a tenancy, oldest first: whose is this?
func (e *Engine) Held() (out []evenkeel.Finding) {
	for _, n := range e.held.list {
		if n.fires {
			out = append(out, n.Finding)
		}
	}
	return out
}

// Attribute looks for the tenants of what is held, weighs the rules again with their facts,
// and returns the findings that stand. Call it when the inventory has changed.
func (e *Engine) Attribute(h Holder) (found []evenkeel.Finding) {
	e.begin(nil, h)
	rest := e.held.list[:0]
	for _, n := range e.held.list {
		at := n.At
		if n.Revision == evenkeel.Final {
			at-- // of a final finding, At is the end of its last pane
		}
		hold, ok := h.TenancyAt(n.Subject.Asset, at)
		if !ok {
			rest = append(rest, n)
			continue
		}
		if e.stands(&n, hold) {
			found = append(found, n.Finding)
		}
	}
	clear(e.held.list[len(rest):])
	e.held.list = rest
	return found
}

// stands weighs a held finding with the facts of its tenant and says whether it fires.
func (e *Engine) stands(n *heldFinding, hold *evenkeel.Holding) bool {
	lr := n.lr
	copy(lr.slots, n.slots)
	n.Subject.Tenant, n.Held = hold.Tenant, ""
	known := subjectFacts{subject: n.Subject, holding: hold, account: e.holder.AccountAt(hold.Tenant, n.At)}
	known.tell(lr, lr.Facts(), n.At)
	lr.Weigh(lr.slots, &lr.verdict)
	lr.state(&n.Finding)
	return lr.verdict.Fires
}
