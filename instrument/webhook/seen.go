package webhook

import (
	"errors"
	"sync"
	"time"
)

// Why Seen.Once did nothing.
var (
	// ErrRunning: the same message is being seen to at this moment.
	ErrRunning = errors.New("the same message is being seen to")
	// ErrFull: as many messages are remembered as may be. Come again later.
	ErrFull = errors.New("too many messages came within ten minutes")
)

// Seen remembers the ids of messages as long as they could be verified again, so that one
// that comes twice acts once. It forgets at a restart. Safe for concurrent use.
type Seen struct {
	most int

	mu sync.Mutex
	by map[string]sighting
}

// sighting is one message that came.
type sighting struct {
	until   time.Time // after that Verify refuses it anyway
	running bool
}

// NewSeen returns a memory of so many ids.
func NewSeen(most int) *Seen { return &Seen{most: most, by: map[string]sighting{}} }

// Once calls act unless a message of this id was seen to before, and says whether it did. An
// id whose act returned an error is forgotten: the message may come again. Where the memory
// is full it returns ErrFull, because to forget a message would be to believe it twice.
func (s *Seen) Once(id string, now time.Time, act func() error) (acted bool, err error) {
	if known, err := s.begin(id, now); known || err != nil {
		return false, err
	}
	done := false
	defer func() { s.end(id, done) }() // after a panic too
	if err := act(); err != nil {
		return true, err
	}
	done = true
	return true, nil
}

func (s *Seen) begin(id string, now time.Time) (known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, ok := s.by[id]; ok && (was.running || now.Before(was.until)) {
		if was.running {
			return false, ErrRunning
		}
		return true, nil
	}
	if len(s.by) >= s.most {
		for old, was := range s.by {
			if !was.running && !now.Before(was.until) {
				delete(s.by, old)
			}
		}
	}
	if len(s.by) >= s.most {
		return false, ErrFull
	}
	// It may be stamped up to Tolerance ahead, and is believed until Tolerance after that,
	// that moment included; a stamp has whole seconds.
	s.by[id] = sighting{until: now.Add(2*Tolerance + time.Second), running: true}
	return false, nil
}

func (s *Seen) end(id string, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !done {
		delete(s.by, id)
		return
	}
	was := s.by[id]
	was.running = false
	s.by[id] = was
}
