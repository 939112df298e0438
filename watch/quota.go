package watch

import "github.com/evenkeel/evenkeel"

// shares counts the subjects of each tenant, so that one tenant's names cannot crowd out
// another's. All subjects whose tenant nobody told share one share.
type shares struct {
	most  int
	index map[evenkeel.TenantID]uint32
	count []int32
}

func (s *shares) init(most int) {
	s.most, s.index = most, map[evenkeel.TenantID]uint32{}
}

// take books one subject; false when the tenant has used up its share.
func (s *shares) take(tenant evenkeel.TenantID) (share uint32, ok bool) {
	i, known := s.index[tenant]
	if !known {
		i = uint32(len(s.count))
		s.index[tenant] = i
		s.count = append(s.count, 0)
	}
	if int(s.count[i]) >= s.most {
		return i, false
	}
	s.count[i]++
	return i, true
}

func (s *shares) give(share uint32) { s.count[share]-- }

// Eviction looks at a few places of each partition whenever panes close, so that no record
// ever waits for a sweep.
const sweepPerStep = 64

// lineMemory is how long the last reading of a counter line is kept.
const lineMemory = 3600 // seconds

// sweep evicts subjects that have been silent for longer than any of their windows looks
// back, and counter lines that have ended.
func (e *Engine) sweep() {
	now := seconds(e.newest)
	for i := range e.parts {
		p := &e.parts[i]
		for kind, f := range e.floors {
			if f != nil {
				e.sweepSubjects(p.subjects[kind], f, now)
			}
		}
		p.sweepLines(now)
	}
}

func (e *Engine) sweepSubjects(t *table, f *floor, now uint32) {
	t.keys.Scan(&t.swept, sweepPerStep, func(ref uint32, rec []byte) {
		if h := head(rec); now-min(now, h.touched()) > f.memory {
			e.shares.give(h.share())
			t.drop(ref)
		}
	})
}
