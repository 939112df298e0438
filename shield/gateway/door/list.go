package door

import (
	"net/netip"
	"sync/atomic"
)

// phase is where a connection stands.
type phase = int32

const (
	greeting phase = iota // its hello is waited for
	shaking               // held, or hands are shaken
	busy                  // handed on, with a request
	idle                  // without one
	gone                  // closed, or chosen to be
)

// The lists in which an entry can stand at once.
const (
	inShard = iota
	inPrefix
	inTenant
	places
)

// entry is a connection in the book.
type entry struct {
	prefix  netip.Prefix
	tenant  string
	close   func() // ends the connection; safe at any time
	phase   atomic.Int32
	reading atomic.Bool // counted among those whose hello is waited for
	left    atomic.Bool
	since   int64 // when it began its phase; guarded as its place in the shard
	links   [places]struct {
		prev, next *entry
		of         *list
	}
}

// list has the oldest first. Whoever uses it holds the lock of what it belongs to.
type list struct {
	first, last *entry
	n           int
	place       int
}

func (l *list) push(e *entry) {
	k := &e.links[l.place]
	if k.of != nil {
		return
	}
	k.of, k.prev, k.next = l, l.last, nil
	if l.last != nil {
		l.last.links[l.place].next = e
	} else {
		l.first = e
	}
	l.last = e
	l.n++
}

// remove takes e out, if it is in.
func (l *list) remove(e *entry) {
	k := &e.links[l.place]
	if k.of != l {
		return
	}
	if k.prev != nil {
		k.prev.links[l.place].next = k.next
	} else {
		l.first = k.next
	}
	if k.next != nil {
		k.next.links[l.place].prev = k.prev
	} else {
		l.last = k.prev
	}
	k.of, k.prev, k.next = nil, nil, nil
	l.n--
}

// take removes and returns the oldest that still stands in a phase, having marked it as gone; nil where there is none. Entries
// that were about to leave the list are taken out on the way.
func (l *list) take(from phase) *entry {
	for e := l.first; e != nil; e = l.first {
		l.remove(e)
		if e.phase.CompareAndSwap(from, gone) {
			return e
		}
	}
	return nil
}
