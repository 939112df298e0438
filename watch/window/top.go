package window

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Top is a window that keeps where the largest amounts went: per pane the MaxTop ends with the
// largest single amount. It compares single amounts and does not sum them, so that any order of
// arrival gives the same state: an end that was crowded out can only come back with an amount
// that is larger, and then it is among the largest whatever came before.
//
// The state, little-endian:
//
//	newest pane + 1 uint32, 0 = none | per pane of a ring of Panes+Open: MaxTop entries
//	{amount uint32, 0 = none | protocol uint8 | port uint16 | address 16 bytes}, largest first
type Top struct {
	Width       time.Duration // of a pane
	Panes, Open int           // panes of the window, panes that a final reading may lag behind
}

// MaxTop is how many ends a pane keeps.
const MaxTop = 3

const (
	topHead  = 4
	topEntry = 4 + 1 + 2 + 16
	topPane  = MaxTop * topEntry
)

// End is the other end of a flow: a protocol by its number (IANA, protocol numbers), an address and
// a port, 0 where the protocol has none.
type End struct {
	Protocol uint8
	Port     uint16
	Address  netip.Addr
}

// TopStats is an end with the largest single amount that went there.
type TopStats struct {
	End
	Amount uint32
}

// NewTop returns the shape of a window of 1 to MaxPanes panes, of which the newest 1 to MaxOpen
// are open. The width is in whole seconds, at least one.
func NewTop(width time.Duration, panes, open int) (Top, error) {
	if err := checkShape("top", width, panes, open); err != nil {
		return Top{}, err
	}
	return Top{Width: width, Panes: panes, Open: open}, nil
}

// Size returns the bytes of a state.
func (t Top) Size() int { return topHead + (t.Panes+t.Open)*topPane }

// Add takes an amount that went to an end. One of nothing, or to no address, is counted and not
// kept. It is never Opened: whether a rule holds does not depend on where something went.
func (t Top) Add(state []byte, p Pane, to End, amount uint32) Fate {
	if len(state) < t.Size() {
		return Late
	}
	p = min(p, MaxPane)
	ring, slots := state[topHead:t.Size()], Pane(t.Panes+t.Open)
	newest, any := newestOf(state)
	switch {
	case !any:
		setNewest(state, p)
	case p > newest:
		clearSlots(ring, topPane, newest, p, slots)
		setNewest(state, p)
	case newest-p >= slots:
		return Late
	}
	if amount == 0 || !to.Address.IsValid() {
		return Counted
	}
	to.Address = to.Address.Unmap().WithZone("")
	pane := ring[topPane*int(p%slots):][:topPane]
	kept := make([]TopStats, 0, MaxTop+1)
	kept = enter(readEntries(kept, pane), TopStats{to, amount}, MaxTop)
	clear(pane)
	for i, s := range kept {
		s.write(pane[topEntry*i:])
	}
	return Counted
}

// Read appends the ends to which the largest amounts went in the panes (end−Panes, end], largest
// first, at most so many.
func (t Top) Read(dst []TopStats, state []byte, end Pane, most int) []TopStats {
	newest, any := t.Newest(state)
	if !any {
		return dst
	}
	slots := Pane(t.Panes + t.Open)
	from, to := span(end, newest, Pane(t.Panes), slots)
	found := make([]TopStats, 0, most+1)
	for p := int64(from); p <= int64(to); p++ {
		for _, s := range readEntries(make([]TopStats, 0, MaxTop), state[topHead+topPane*int(Pane(p)%slots):][:topPane]) {
			found = enter(found, s, most)
		}
	}
	return append(dst, found...)
}

// Newest returns the newest pane that had a record; 0 and false where none had.
func (t Top) Newest(state []byte) (Pane, bool) {
	if len(state) < t.Size() {
		return 0, false
	}
	return newestOf(state)
}

// enter puts one among others, each end once with its largest amount, and keeps the largest.
func enter(all []TopStats, s TopStats, most int) []TopStats {
	if i := slices.IndexFunc(all, func(o TopStats) bool { return o.End == s.End }); i >= 0 {
		if all[i].Amount >= s.Amount {
			return all
		}
		all = slices.Delete(all, i, i+1)
	}
	at, _ := slices.BinarySearchFunc(all, s, compareTop)
	if at >= most {
		return all
	}
	all = slices.Insert(all, at, s)
	return all[:min(len(all), most)]
}

// compareTop orders by amount, largest first, and else by the end, so that the order is total.
func compareTop(a, b TopStats) int {
	return cmp.Or(cmp.Compare(b.Amount, a.Amount), a.Address.Compare(b.Address), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
}

func readEntries(dst []TopStats, pane []byte) []TopStats {
	for i := range MaxTop {
		e := pane[topEntry*i:]
		n := le.Uint32(e)
		if n == 0 {
			break
		}
		dst = append(dst, TopStats{Amount: n, End: End{
			Protocol: e[4], Port: le.Uint16(e[5:]), Address: netip.AddrFrom16([16]byte(e[7:topEntry])).Unmap(),
		}})
	}
	return dst
}

func (s TopStats) write(e []byte) {
	le.PutUint32(e, s.Amount)
	e[4] = s.Protocol
	le.PutUint16(e[5:], s.Port)
	a := s.Address.As16()
	copy(e[7:topEntry], a[:])
}
