package fleet

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// spared are the hosts that nobody waits for while they are away: each of the assets for which they get an order is with another one
// too, which is here. Whoever lifts waits for all of them: what stands at one that is away stands there when it comes back.
func spared(all []Host, o *evenkeel.Order, at map[string][]evenkeel.AssetID) map[string]bool {
	if o.Lift {
		return nil
	}
	here := map[evenkeel.AssetID]bool{}
	for _, h := range all {
		if h.Here {
			for _, a := range at[h.ID] {
				here[a] = true
			}
		}
	}
	out := map[string]bool{}
	for _, h := range all {
		if h.Shares && !h.Here && !slices.ContainsFunc(at[h.ID], func(a evenkeel.AssetID) bool { return !here[a] }) {
			out[h.ID] = true
		}
	}
	return out
}

// ingress says whether a measure is about whoever comes to a site: those are held by several edges, and one more may come at any time.
func ingress(m evenkeel.Measure) bool {
	return m == evenkeel.MeasureChallenge || m == evenkeel.MeasureShut
}

// Came says that a host told what it holds. Where that is shared with others, what stands there is handed to it too, with the next Settle.
func (f *Fleet) Came(host string) {
	roster := f.known()
	if roster == nil || !slices.ContainsFunc(roster.Hosts(), func(h Host) bool { return h.ID == host && h.Shares }) {
		return
	}
	now := f.now()
	f.mu.Lock()
	var stand []*answers
	for _, a := range f.answers {
		if o := &a.order; ingress(o.Measure) && !o.Lift && o.Until > now && a.look == 0 {
			stand = append(stand, a)
		}
	}
	f.mu.Unlock()
	for _, a := range stand {
		holds := slices.DeleteFunc(slices.Clone(a.order.Assets), func(x evenkeel.AssetID) bool { return !slices.Contains(roster.Holders(x), host) })
		f.mu.Lock()
		if a.look == 0 && slices.ContainsFunc(holds, func(x evenkeel.AssetID) bool { return !a.given[host][x] }) {
			a.look = now
		}
		f.mu.Unlock()
	}
}
