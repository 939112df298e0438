package hostlink

import (
	"slices"

	"github.com/evenkeel/evenkeel/stream/internal/spool"
)

// Bounds of what is remembered per host.
const (
	maxBoots = 8    // the boots that spoke last
	maxAhead = 1024 // sequences above the base, per boot; an agent has at most window under way
)

// seen remembers which frames of a host were taken.
type seen struct {
	boots []*bootSeen // the one that spoke last is at the end
}

type bootSeen struct {
	boot  spool.Boot
	floor uint64          // all below it is taken, or will not come
	done  map[uint64]bool // taken, at or above floor
}

// has says whether a frame was taken.
func (s *seen) has(id spool.ID) bool {
	for _, b := range s.boots {
		if b.boot == id.Boot {
			return id.Seq < b.floor || b.done[id.Seq]
		}
	}
	return false
}

// add remembers a frame that was taken.
func (s *seen) add(id spool.ID, base uint64) {
	i := slices.IndexFunc(s.boots, func(b *bootSeen) bool { return b.boot == id.Boot })
	b := &bootSeen{boot: id.Boot, done: map[uint64]bool{}}
	if i >= 0 {
		b = s.boots[i]
		s.boots = slices.Delete(s.boots, i, i+1)
	} else if len(s.boots) >= maxBoots {
		s.boots = slices.Delete(s.boots, 0, 1)
	}
	s.boots = append(s.boots, b)
	b.done[id.Seq] = true
	if base > b.floor {
		b.raise(base)
	}
	if len(b.done) > maxAhead {
		// Not an agent of ours. What it sends again below this is held for taken; it harms itself only.
		all := make([]uint64, 0, len(b.done))
		for seq := range b.done {
			all = append(all, seq)
		}
		slices.Sort(all)
		b.raise(all[len(all)/2])
	}
}

func (b *bootSeen) raise(floor uint64) {
	b.floor = floor
	for seq := range b.done {
		if seq < floor {
			delete(b.done, seq)
		}
	}
}
