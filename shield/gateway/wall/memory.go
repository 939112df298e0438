package wall

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Memory is a Hand that says what would be dropped. Make it with NewMemory.
type Memory struct {
	boot    func() time.Duration
	mu      sync.Mutex
	targets map[netip.AddrPort]bool
	until   map[netip.Addr]time.Duration
	dropped uint64
}

var _ Hand = (*Memory)(nil)

// NewMemory takes a clock that nobody sets.
func NewMemory(boot func() time.Duration) *Memory {
	return &Memory{boot: boot, until: map[netip.Addr]time.Duration{}}
}

// Name is memory.
func (*Memory) Name() string { return "memory" }

// Guards makes these the targets.
func (m *Memory) Guards(targets []netip.AddrPort) error {
	if err := checkTargets(targets); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.targets = map[netip.AddrPort]bool{}
	for _, t := range targets {
		m.targets[t] = true
	}
	return nil
}

// Drop holds addresses.
func (m *Memory) Drop(list []Drop) error {
	if err := checkDrops(list); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.boot()
	if len(m.until)+len(list) > Most {
		maps.DeleteFunc(m.until, func(_ netip.Addr, until time.Duration) bool { return until <= now })
	}
	fresh := map[netip.Addr]bool{}
	for _, d := range list {
		if m.until[d.Address] == 0 {
			fresh[d.Address] = true
		}
	}
	if n := len(m.until) + len(fresh); n > Most {
		return errFull(n)
	}
	for _, d := range list {
		m.until[d.Address] = now + d.For
	}
	return nil
}

// Free lets go of addresses.
func (m *Memory) Free(list []netip.Addr) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range list {
		delete(m.until, a)
	}
	return nil
}

// Holds says what is in force.
func (m *Memory) Holds() (out []Drop, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.boot()
	for a, until := range m.until {
		if until > now {
			out = append(out, Drop{a, until - now})
		}
	}
	slices.SortFunc(out, func(a, b Drop) int { return a.Address.Compare(b.Address) })
	return out, nil
}

// Meets says what becomes of a packet of TCP, and counts it.
func (m *Memory) Meets(from netip.Addr, to netip.AddrPort) (dropped bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.targets[to] && m.until[from] > m.boot() {
		m.dropped++
		return true
	}
	return false
}

// Dropped is how many packets it would have dropped.
func (m *Memory) Dropped() (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dropped, nil
}

// Close lets go of everything.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.until)
	m.targets = nil
	return nil
}

// checkDrops says what no hand takes.
func checkDrops(list []Drop) error {
	for _, d := range list {
		if !d.Address.IsValid() || d.Address.Is4In6() || d.Address.Zone() != "" {
			return evenkeel.Invalid("drop %s: expected an address of IPv4 or IPv6 without a zone", d.Address)
		}
		if d.For <= 0 || d.For > MostFor {
			return evenkeel.Invalid("drop %s for %s: expected an end within %s", d.Address, d.For, MostFor)
		}
	}
	if len(list) > Most {
		return errFull(len(list))
	}
	return nil
}

func checkTargets(list []netip.AddrPort) error {
	for _, t := range list {
		if a := t.Addr(); !a.IsValid() || a.IsUnspecified() || a.Is4In6() || a.Zone() != "" || t.Port() == 0 {
			return evenkeel.Invalid("guard %s: expected an address of this machine, without a zone, and a port", t)
		}
	}
	if len(list) > MostTargets {
		return evenkeel.Invalid("%d addresses with ports are to be guarded; expected at most %d", len(list), MostTargets)
	}
	return nil
}

func errFull(n int) error {
	return evenkeel.Invalid("%d addresses are to be dropped; expected at most %d at once", n, Most)
}
