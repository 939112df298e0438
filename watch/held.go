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
	fires, like := l.lr.verdict.Fires, 0
	for i := range h.list {
		if h.list[i].fires == fires {
			like++
		}
	}
	// Half of the room is for what fires without facts, half for what only facts could make
	// fire. Where it is full the oldest of its like goes: whose it is was asked the longest.
	if like > 0 && like >= h.most/2 {
		h.dropped++
		oldest := slices.IndexFunc(h.list, func(n heldFinding) bool { return n.fires == fires })
		h.list = slices.Delete(h.list, oldest, oldest+1)
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
