package port

// Links follows what a host says of its network interfaces, and tells what happened to them.
type Links struct {
	there map[int]Place
	last  map[[6]byte]string // under which name a MAC was last seen, of those that are gone
}

// mostGone is of how many interfaces that are gone the MAC is remembered.
const mostGone = 4096

// Take takes one statement: that an interface is there, as it is now, or that it is gone. What changes nothing
// is no event.
func (l *Links) Take(p Place, gone bool) (Event, bool) {
	if l.there == nil {
		l.there, l.last = map[int]Place{}, map[[6]byte]string{}
	}
	before, known := l.there[p.Index]
	if gone {
		if !known {
			return Event{}, false
		}
		delete(l.there, p.Index)
		if len(l.last) >= mostGone {
			clear(l.last)
		}
		l.last[before.MAC] = before.Name
		return Event{Kind: Gone, Place: before}, true
	}
	l.there[p.Index] = p
	switch {
	case known && before.Name != p.Name:
		return Event{Kind: Renamed, Place: p, Was: before.Name}, true
	case known:
		return Event{}, false
	}
	var none [6]byte
	if was, ok := l.last[p.MAC]; ok && p.MAC != none {
		delete(l.last, p.MAC)
		return Event{Kind: Replugged, Place: p, Was: was}, true
	}
	return Event{Kind: Appeared, Place: p}, true
}
