package shield

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

func TestPausesDoubleUpToTheLongest(t *testing.T) {
	s := Schedule{First: 2 * time.Second, Most: time.Minute, Seed: 7}
	for attempts, most := range map[int]time.Duration{
		0: 2 * time.Second, 1: 2 * time.Second, 2: 4 * time.Second, 3: 8 * time.Second, 5: 32 * time.Second, 6: time.Minute, 7: time.Minute, 1 << 30: time.Minute,
	} {
		if got := s.Next("o-1", attempts, 1000).Sub(1000); got > most || got < most/2 {
			t.Errorf("after %d attempts the pause is %v; expected %v to %v", attempts, got, most/2, most)
		}
	}
}

func TestALotIsDrawnFromItsSeedAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Schedule{
			First: time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "first")), Most: time.Duration(rapid.Int64Range(1, 1e15).Draw(t, "most")),
			Seed: rapid.Uint64().Draw(t, "seed"),
		}
		id := evenkeel.OrderID(rapid.String().Draw(t, "id"))
		n := rapid.IntRange(0, 1000).Draw(t, "attempts")
		now := evenkeel.Moment(rapid.Int64Range(1, 4e18).Draw(t, "now"))
		a, b := s.Next(id, n, now), s.Next(id, n, now)
		if a != b {
			t.Fatalf("the same draw gave %v and %v", a, b)
		}
		if pause := a.Sub(now); pause < min(s.First, s.Most)/2 || pause > s.Most {
			t.Fatalf("the pause is %v", pause)
		}
	})
}

// TestWhatFailedTogetherDoesNotComeBackTogether: of 1,000 orders, no hundredth of the time in
// which they may come back gets more than a twentieth.
func TestWhatFailedTogetherDoesNotComeBackTogether(t *testing.T) {
	s := Schedule{First: 100 * time.Second, Most: time.Hour}
	slots := map[time.Duration]int{}
	for i := range 1000 {
		slots[s.Next(evenkeel.OrderID(fmt.Sprint("o-", i)), 1, 0).Sub(0)/(500*time.Millisecond)]++
	}
	for slot, n := range slots {
		if n > 50 {
			t.Errorf("%d orders come back in slot %d", n, slot)
		}
	}
	if len(slots) < 90 {
		t.Errorf("they come back in %d slots of 100", len(slots))
	}
	other := Schedule{First: s.First, Most: s.Most, Seed: 1}
	if s.Next("o-1", 1, 0) == other.Next("o-1", 1, 0) {
		t.Error("another seed gives the same lot")
	}
}

func TestWhenAnOrderComesAgain(t *testing.T) {
	s := Schedule{First: 10 * time.Second, Most: time.Minute}
	busy := errors.New("busy")
	begin := evenkeel.Moment(1_000_000 * time.Second)
	hour := begin.Add(time.Hour)
	for _, c := range []struct {
		name     string
		lift     bool
		now      evenkeel.Moment
		err      error
		from, to evenkeel.Moment // the next attempt
		more     bool
	}{
		{"after the schedule's pause", false, begin, busy, begin.Add(5 * time.Second), begin.Add(10 * time.Second), true},
		{"after the pause that the other end wishes for", false, begin, After(3*time.Minute, busy), begin.Add(3 * time.Minute), begin.Add(3 * time.Minute), true},
		{"a wish for less than the schedule's pause changes nothing", false, begin, After(time.Second, busy), begin.Add(5 * time.Second), begin.Add(10 * time.Second), true},
		{"a wish for a day is a wish for ten minutes", false, begin, fmt.Errorf("send: %w", After(24*time.Hour, busy)), begin.Add(10 * time.Minute), begin.Add(10 * time.Minute), true},
		{"not after its end, when it lapses", false, hour.Add(-time.Second), busy, hour, hour, true},
		{"at once where its end came meanwhile", false, hour.Add(time.Second), busy, hour.Add(time.Second), hour.Add(time.Second), true},
		{"a lift is tried after its end too", true, hour.Add(-time.Second), busy, hour.Add(4 * time.Second), hour.Add(9 * time.Second), true},
		{"a lift is tried for a day after its end", true, hour.Add(24*time.Hour - 1), busy, hour, hour.Add(25 * time.Hour), true},
		{"then it is given up", true, hour.Add(24 * time.Hour), busy, 0, hour.Add(25 * time.Hour), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := order()
			o.From, o.Until, o.Lift = begin, hour, c.lift
			at, more := s.again(&Waiting{Order: o}, c.err, c.now)
			if at < c.from || at > c.to || more != c.more {
				t.Errorf("it comes again at %v, %v; expected %v to %v, %v", at, more, c.from, c.to, c.more)
			}
		})
	}
}

func TestWhichErrorsAreFinal(t *testing.T) {
	for kind, want := range map[evenkeel.Kind]bool{
		evenkeel.KindInternal: false, evenkeel.KindUnavailable: false,
		evenkeel.KindInvalid: true, evenkeel.KindNotFound: true, evenkeel.KindConflict: true, evenkeel.KindDenied: true,
	} {
		err := After(time.Second, fmt.Errorf("apply: %w", &evenkeel.Error{Kind: kind, Says: "no"}))
		if Final(err) != want || wished(err) != time.Second || err.Error() != "apply: no" {
			t.Errorf("%v: final %v; expected %v", kind, Final(err), want)
		}
	}
	if Final(errors.New("somebody else's")) || wished(After(-time.Second, errors.New("x"))) != 0 {
		t.Error("an error of somebody else is final, or asks for less than nothing")
	}
}
