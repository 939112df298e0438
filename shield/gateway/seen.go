package gateway

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// seen remembers addresses at domains for a time and up to twice as long: a set in two generations (B. Bloom, CACM 13(7), 1970) of 1/8 byte a place each: where there are
// 2²⁵ places, of a million addresses two in 10,000 are taken for another. One goroutine adds and turns; any may ask.
type seen struct {
	seed  siphash.Hash
	span  time.Duration
	since evenkeel.Moment
	sets  atomic.Pointer[[2]*seenSet] // this generation, and the one before
}

type seenSet struct {
	bits []atomic.Uint64
	used atomic.Bool // something was added
}

const (
	seenPlaces  = 1 << 25 // of addresses of minutes and hours
	shookPlaces = 1 << 23 // of those of seconds
	seenTurns   = 4
)

// newSeen has so many places, a power of two.
func newSeen(key siphash.Key, span time.Duration, places int) *seen {
	s := &seen{seed: siphash.New(key), span: span}
	s.sets.Store(&[2]*seenSet{{bits: make([]atomic.Uint64, places/64)}, {bits: make([]atomic.Uint64, places/64)}})
	return s
}

// add adds an address, and says whether it was there.
func (s *seen) add(at site.ID, a netip.Addr, now evenkeel.Moment) bool {
	s.turn(now)
	sets, hash := s.sets.Load(), s.hash(at, a)
	return sets[0].has(hash, true) || sets[1].has(hash, false)
}

// turn begins another generation, where this one is old enough.
func (s *seen) turn(now evenkeel.Moment) {
	if now.Sub(s.since) < s.span && now >= s.since {
		return
	}
	was := s.sets.Load()
	if was[1].used.Load() {
		was[1].used.Store(false)
		for i := range was[1].bits {
			was[1].bits[i].Store(0)
		}
	}
	s.sets.Store(&[2]*seenSet{was[1], was[0]})
	s.since = now
}

// again adds an address, and says whether it was there in the generation before this one. Any goroutine may ask it.
func (s *seen) again(at site.ID, a netip.Addr) bool {
	sets, hash := s.sets.Load(), s.hash(at, a)
	sets[0].has(hash, true)
	return sets[1].has(hash, false)
}

// put adds an address. Any goroutine may.
func (s *seen) put(at site.ID, a netip.Addr) { s.sets.Load()[0].has(s.hash(at, a), true) }

// has says whether an address was added lately.
func (s *seen) has(at site.ID, a netip.Addr) bool {
	sets, hash := s.sets.Load(), s.hash(at, a)
	return sets[0].has(hash, false) || sets[1].has(hash, false)
}

func (s *seen) hash(at site.ID, a netip.Addr) uint64 { return addressAt(s.seed, at, a) }

// addressAt stands for an address at a domain, under a seed.
func addressAt(h siphash.Hash, at site.ID, a netip.Addr) uint64 {
	h.String(string(at))
	b := a.As16()
	h.Uint64(binary.LittleEndian.Uint64(b[:]))
	h.Uint64(binary.LittleEndian.Uint64(b[8:]))
	return h.Sum()
}

// has says whether a hash is there, and may put it there.
func (s *seenSet) has(hash uint64, put bool) bool {
	here, step, words := true, hash>>32|1, uint64(len(s.bits))
	if put && !s.used.Load() {
		s.used.Store(true)
	}
	for range seenTurns {
		word, mask := &s.bits[hash/64&(words-1)], uint64(1)<<(hash%64)
		was := word.Load()
		here = here && was&mask != 0
		if put {
			word.Or(mask)
		}
		hash += step
	}
	return here
}
