package admit

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Memory shares a number of bytes, for what is buffered, between tenants: each may have what the others leave, but for a reserve of an eighth
// that is for those below an equal part.
type Memory struct {
	total  int64
	seed   maphash.Seed
	used   atomic.Int64
	known  atomic.Int64
	shards [shards]struct {
		mu sync.Mutex
		of map[string]int64
		_  [64]byte
	}
}

// NewMemory makes a budget of so many bytes.
func NewMemory(total int64) *Memory {
	m := &Memory{total: max(1, total), seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].of = map[string]int64{}
	}
	return m
}

// Take asks for bytes. What is granted is given back with Give. A tenant is known while it has any.
func (m *Memory) Take(tenant string, bytes int64) Grant {
	if bytes <= 0 {
		return Granted
	}
	s := &m.shards[maphash.String(m.seed, tenant)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	has, known := s.of[tenant]
	among := m.known.Load()
	if !known {
		among++
	}
	among = max(among, leastAmong)
	most := m.total
	over := has+bytes > m.total/among
	if over {
		most -= m.total / 8
	}
	for {
		used := m.used.Load()
		if used+bytes > most {
			if over {
				return OverName
			}
			return OverAll
		}
		if m.used.CompareAndSwap(used, used+bytes) {
			break
		}
	}
	if !known {
		m.known.Add(1)
	}
	s.of[tenant] = has + bytes
	return Granted
}

// Give gives bytes back; never more than were taken.
func (m *Memory) Give(tenant string, bytes int64) {
	s := &m.shards[maphash.String(m.seed, tenant)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	has := s.of[tenant]
	bytes = min(max(0, bytes), has)
	m.used.Add(-bytes)
	if has == bytes && has > 0 {
		delete(s.of, tenant)
		m.known.Add(-1)
	} else if has > 0 {
		s.of[tenant] = has - bytes
	}
}

// Used returns how many bytes are taken.
func (m *Memory) Used() int64 { return m.used.Load() }
