package suspect

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Ban is an address that the kernel may refuse, until a moment.
type Ban struct {
	Address  netip.Addr
	Until    evenkeel.Moment
	Failures uint64 // at least
	Why      string
}

const (
	// FailuresFrom is after how many failures within FailuresFor an address is refused.
	FailuresFrom = 8
	// BanFor is how long the kernel refuses it.
	BanFor = 10 * time.Minute
)

// Failed tells that a visitor was asked and did not do it: a wrong answer, or the same again without one. It counts only where a
// handshake was completed, because another's address can be put on anything before that, and never for a pass or a verified bot.
func (w *Watch) Failed(now evenkeel.Moment, v *Visit) {
	if !v.Proven || v.Pass || v.Bot || !v.Address.IsValid() {
		return
	}
	if w.since == 0 || now < w.since || now.Sub(w.since) >= FailuresFor {
		w.fails.Reset()
		w.since = now
	}
	w.crowd.Note(now, v)
	x := v.hash(&w.seed)
	w.fails.Add(x[Address], v.Address.Unmap().WithZone(""), 1)
}

// proven says how often an address, by its hash too, failed for certain, and whether it may be refused for it: often, and from no crowd.
func (w *Watch) proven(a netip.Addr, hash uint64) (failures uint64, ok bool) {
	h, found := w.fails.Of(hash)
	sure := h.Count - h.Error
	return sure, found && sure >= FailuresFrom && !w.crowd.Shared(a) && !w.crowd.Passed(a)
}

// Down returns the addresses that the kernel may refuse from now on, the most failures first.
func (w *Watch) Down(now evenkeel.Moment) (bans []Ban) {
	if w.since == 0 || now.Sub(w.since) >= FailuresFor {
		return nil
	}
	for _, h := range w.fails.AppendTo(nil) {
		if n, ok := w.proven(h.Key, h.Hash); ok {
			bans = append(bans, Ban{h.Key, now.Add(BanFor), n,
				fmt.Sprintf("%s completed handshakes and did not do what it was asked %d times or more within %s.", h.Key, n, FailuresFor)})
		}
	}
	return bans
}
