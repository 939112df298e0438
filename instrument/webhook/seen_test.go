package webhook

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestAMessageActsOnce(t *testing.T) {
	s, acts := NewSeen(8), 0
	act := func() error { acts++; return nil }
	for i, c := range []struct {
		says  string
		after time.Duration
		acted bool
		acts  int
	}{
		{"the first time it acts", 0, true, 1},
		{"at once again it does not", 0, false, 1},
		{"as long as it could be verified it does not", 2 * Tolerance, false, 1},
		{"when Verify would refuse it, it is forgotten", 2*Tolerance + time.Second, true, 2},
	} {
		acted, err := s.Once("o-17", signedAt.Add(c.after), act)
		if acted != c.acted || err != nil || acts != c.acts {
			t.Errorf("%d %s: acted %v, %v, in all %d times", i, c.says, acted, err, acts)
		}
	}
}

func TestAMessageThatWasNotSeenToMayComeAgain(t *testing.T) {
	s, full := NewSeen(8), errors.New("disk is full")
	if acted, err := s.Once("o-17", signedAt, func() error { return full }); !acted || !errors.Is(err, full) {
		t.Errorf("got %v, %v", acted, err)
	}
	if acted, err := s.Once("o-17", signedAt, func() error { return nil }); !acted || err != nil {
		t.Errorf("the second time: got %v, %v", acted, err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = s.Once("o-18", signedAt, func() error { panic("a fault") })
	}()
	if acted, err := s.Once("o-18", signedAt, func() error { return nil }); !acted || err != nil {
		t.Errorf("after a panic: got %v, %v", acted, err)
	}
}

func TestTheSameMessageIsNotSeenToTwiceAtOnce(t *testing.T) {
	s := NewSeen(8)
	_, err := s.Once("o-17", signedAt, func() error {
		acted, err := s.Once("o-17", signedAt.Add(time.Hour), func() error { return nil }) // however long it takes
		if acted || !errors.Is(err, ErrRunning) {
			t.Errorf("meanwhile: got %v, %v", acted, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAFullMemoryRefusesRatherThanForgets(t *testing.T) {
	s, act := NewSeen(4), func() error { return nil }
	for i := range 4 {
		if _, err := s.Once(fmt.Sprint(i), signedAt, act); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Once("4", signedAt.Add(time.Minute), act); !errors.Is(err, ErrFull) {
		t.Errorf("a fifth says %v", err)
	}
	if acted, err := s.Once("0", signedAt.Add(time.Minute), act); acted || err != nil {
		t.Errorf("the first again: acted %v, %v", acted, err)
	}
	if acted, err := s.Once("4", signedAt.Add(11*time.Minute), act); !acted || err != nil {
		t.Errorf("when the others are over: acted %v, %v", acted, err)
	}
	if len(s.by) != 1 {
		t.Errorf("it remembers %d", len(s.by))
	}
}

func TestManyAtOnceActOnce(t *testing.T) {
	s := NewSeen(100)
	var mu sync.Mutex
	acts := map[string]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				id := fmt.Sprint(i)
				_, err := s.Once(id, signedAt, func() error {
					mu.Lock()
					defer mu.Unlock()
					acts[id]++
					return nil
				})
				if err != nil && !errors.Is(err, ErrRunning) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for id, n := range acts {
		if n != 1 {
			t.Errorf("%s acted %d times", id, n)
		}
	}
	if len(acts) != 100 {
		t.Errorf("%d acted", len(acts))
	}
}
