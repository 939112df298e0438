package wall

import (
	"net/netip"

	"github.com/evenkeel/evenkeel/shield/gateway/wall/internal/kernel"
)

// kernelHand is what both hands of the kernel do.
type kernelHand interface {
	Guard([]netip.AddrPort) error
	Hold([]kernel.Held) error
	Free([]netip.Addr) error
	Held() ([]kernel.Held, error)
	Dropped() (uint64, error)
	Close() error
}

// inKernel is a Hand of the kernel.
type inKernel struct {
	kernelHand
	name string
}

var _ Hand = (*inKernel)(nil)

// NewTables drops by nftables: sets with ends, in a table of this name, which is this process's alone. One that a dead process left is removed. It
// is met as packets come in at an interface (netdev ingress), or where that is "" at the first hook of IP (raw prerouting). It takes CAP_NET_ADMIN; what is
// missing is an error of KindDenied. After kill -9 the table stands until its addresses end.
func NewTables(name, device string) (Hand, error) {
	t, err := kernel.OpenSets(name, device, Most)
	if err != nil {
		return nil, err
	}
	at := "nftables"
	if device != "" {
		at += " at " + device
	}
	return &inKernel{t, at}, nil
}

// NewProgram drops by an XDP program at an interface. It takes CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON. Nothing of it is pinned: after kill -9
// it is gone at once, and everybody is let in.
func NewProgram(device string) (Hand, error) {
	p, err := kernel.OpenProgram(device, Most)
	if err != nil {
		return nil, err
	}
	at := "XDP at " + device
	if p.Generic() {
		at += ", behind the driver"
	}
	return &inKernel{p, at}, nil
}

// Name says by what it drops, and where.
func (h *inKernel) Name() string { return h.name }

// Guards makes these the targets.
func (h *inKernel) Guards(targets []netip.AddrPort) error {
	if err := checkTargets(targets); err != nil {
		return err
	}
	return h.Guard(targets)
}

// Drop holds addresses.
func (h *inKernel) Drop(list []Drop) error {
	if err := checkDrops(list); err != nil {
		return err
	}
	hold := make([]kernel.Held, len(list))
	for i, d := range list {
		hold[i] = kernel.Held(d)
	}
	return h.Hold(hold)
}

// Holds reads back what is in force.
func (h *inKernel) Holds() ([]Drop, error) {
	held, err := h.Held()
	out := make([]Drop, len(held))
	for i, x := range held {
		out[i] = Drop(x)
	}
	return out, err
}
