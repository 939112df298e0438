package watch

import "github.com/evenkeel/evenkeel"

// shares counts what each tenant has of a partition's subjects and counter lines, so that
// one tenant's names cannot crowd out another's, wherever they are hashed to. All whose
// tenant nobody told share one share.
type shares struct {
	subjects, lines int // the most of one share
	index           map[evenkeel.TenantID]uint32
	list            []share
	free            []uint32
}

type share struct {
	tenant          evenkeel.TenantID
	subjects, lines int
}

func newShares(subjects, lines int) shares {
	return shares{subjects: max(subjects, 1), lines: max(lines, 1), index: map[evenkeel.TenantID]uint32{}}
}

// of returns a tenant's share.
func (s *shares) of(tenant evenkeel.TenantID) uint32 {
	i, ok := s.index[tenant]
	if ok {
		return i
	}
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
		s.list[i] = share{tenant: tenant}
	} else {
		i = uint32(len(s.list))
		s.list = append(s.list, share{tenant: tenant})
	}
	s.index[tenant] = i
	return i
}

func (s *shares) takeSubject(tenant evenkeel.TenantID) (i uint32, ok bool) {
	i = s.of(tenant)
	if ok = s.list[i].subjects < s.subjects; ok {
		s.list[i].subjects++
	}
	s.settle(i)
	return i, ok
}

func (s *shares) takeLine(tenant evenkeel.TenantID) (i uint32, ok bool) {
	i = s.of(tenant)
	if ok = s.list[i].lines < s.lines; ok {
		s.list[i].lines++
	}
	s.settle(i)
	return i, ok
}

func (s *shares) giveSubject(i uint32) {
	s.list[i].subjects--
	s.settle(i)
}

func (s *shares) giveLine(i uint32) {
	s.list[i].lines--
	s.settle(i)
}

// settle forgets a share that holds nothing.
func (s *shares) settle(i uint32) {
	if h := &s.list[i]; h.subjects == 0 && h.lines == 0 {
		delete(s.index, h.tenant)
		h.tenant = ""
		s.free = append(s.free, i)
	}
}

// Eviction looks at a few places of each partition once a minute of event time, so that no
// record ever waits for a sweep.
const (
	sweepEvery = 60 // seconds
	sweepEach  = 64 // places
)

// lineMemory is how long the last reading of a counter line is kept.
const lineMemory = 3600 // seconds

// sweep evicts subjects that have been silent for longer than any of their windows looks
// back, and counter lines that have ended.
func (e *Engine) sweep() {
	now := seconds(e.newest)
	if now-min(now, e.swept) < sweepEvery {
		return
	}
	e.swept = now
	for i := range e.parts {
		p := &e.parts[i]
		for n, f := range e.floors {
			p.sweepSubjects(p.tables[n], f, now)
		}
		p.sweepLines(now)
	}
}

func (p *partition) sweepSubjects(t *table, f *floor, now uint32) {
	t.keys.Scan(&t.swept, sweepEach, func(ref uint32, rec []byte) {
		if h := head(rec); now-min(now, h.touched()) > f.memory {
			p.shares.giveSubject(h.share())
			t.drop(ref)
		}
	})
}
