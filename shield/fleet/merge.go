package fleet

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// rank is which state counts where several hosts say different things: what is in force anywhere is said to be, and
// what nobody knows yet before what nobody does.
var rank = map[evenkeel.ReceiptState]int{evenkeel.ReceiptApplied: 5, 0: 4, evenkeel.ReceiptLifted: 3, evenkeel.ReceiptLapsed: 2, evenkeel.ReceiptRefused: 1}

// merge makes one receipt of what hosts said of an order, one each, of when the last of them did. Of one host it is that host's.
func (f *Fleet) merge(o *evenkeel.Order, said []evenkeel.Receipt, nowhere []evenkeel.AssetID) evenkeel.Receipt {
	slices.SortStableFunc(said, func(a, b evenkeel.Receipt) int { return strings.Compare(a.Node, b.Node) })
	most := said[0]
	for _, r := range said[1:] {
		if rank[r.State] > rank[most.State] {
			most = r
		}
	}
	for _, r := range said {
		most.At = max(most.At, r.At)
	}
	most.NotHeld = false // a host says so of itself
	if o.Lift {          // whoever held nothing any more adds nothing
		return most
	}
	var effects, whys []string
	for _, r := range said {
		before := ""
		if len(said) > 1 {
			before = r.Node + ": "
		}
		if r.Effect != "" {
			effects = append(effects, before+r.Effect)
		}
		switch {
		case r.Why != "":
			whys = append(whys, before+r.Why)
		case r.State != most.State && r.State != 0:
			whys = append(whys, before+r.State.String())
		}
	}
	if len(nowhere) > 0 {
		whys = append(whys, "no host holds "+names(nowhere))
	}
	most.Effect, most.Why = clip(strings.Join(effects, "; ")), clip(strings.Join(whys, "; "))
	if len(said) > 1 {
		most.Node = f.opts.Name
	}
	return most
}

// mostText bounds what a receipt of several hosts says, in bytes.
const mostText = 2000

func clip(s string) string {
	if len(s) <= mostText {
		return s
	}
	return strings.ToValidUTF8(s[:mostText], "") + " …"
}
