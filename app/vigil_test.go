package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// waiting are mails that nobody can place, and whoever is told of them.
type waiting struct {
	began time.Time

	mu   sync.Mutex
	lies inbox.Waiting
	err  error
	told []time.Duration // after the beginning
}

// become makes so many mails wait, so many of them of contacts, or counting them fail.
func (w *waiting) become(mails, ofContacts int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lies, w.err = inbox.Waiting{Mails: mails, OfContacts: ofContacts, Since: w.began}, err
}

func (w *waiting) Waiting() (inbox.Waiting, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lies, w.err
}

func (w *waiting) Unplaced(_ context.Context, mails int, _, _ evenkeel.Moment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if mails != w.lies.Mails {
		return errors.New("so many do not wait")
	}
	w.told = append(w.told, time.Since(w.began))
	return nil
}

// keepsVigil returns when people were called, and the log, while a story of mails goes on.
func keepsVigil(t *testing.T, story func(*waiting)) (told []time.Duration, said string) {
	t.Helper()
	w, log := &waiting{began: time.Now()}, &lines{}
	v := &vigil{over: "mails that nobody can place", look: overMails(w), call: w.Unplaced, now: func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }, log: slog.New(slog.NewTextHandler(log, nil))}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	pass(10*time.Minute + time.Second)
	story(w)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return w.told, log.String()
}

// R24: while mails of contacts wait that nobody can place, people are called within a minute, and then once an hour.
func TestPeopleAreCalledWhileMailsWaitThatNobodyCanPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told, log := keepsVigil(t, func(w *waiting) {
			w.become(1, 1, nil)
			pass(90 * time.Minute)
			w.become(1, 1, errors.New("the folder cannot be read"))
			pass(time.Hour)
			w.become(2, 1, nil)
			pass(time.Minute)
			w.become(0, 0, nil)
			pass(3 * time.Hour)
		})
		if want := []time.Duration{11 * time.Minute, 71 * time.Minute, 161 * time.Minute}; !slices.Equal(told, want) {
			t.Errorf("told after %v; expected %v", told, want)
		}
		expect(t, "the log", log, "the folder cannot be read", "hint=")
	})
}

// R24, G: who writes spam to the address for answers wakes nobody each hour of the night, also where somebody clears it away
// each time; a stranger is told of at once all the same, a contact among them each hour, and after a day of rest it begins anew.
func TestStrangersMailsCallPeopleEverMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told, _ := keepsVigil(t, func(w *waiting) {
			for range 48 {
				w.become(3, 0, nil)
				pass(30 * time.Minute)
				w.become(0, 0, nil)
				pass(30 * time.Minute)
			}
			w.become(1, 1, nil)
			pass(2*time.Hour + 30*time.Minute)
			w.become(0, 0, nil)
			pass(25 * time.Hour)
			w.become(1, 0, nil)
			pass(90 * time.Minute)
		})
		var hours []int
		for _, d := range told {
			hours = append(hours, int(d/time.Hour))
		}
		if want := []int{0, 1, 3, 7, 15, 31, 48, 49, 50, 75, 76}; !slices.Equal(hours, want) {
			t.Errorf("told after hours %v (%v); expected %v", hours, told, want)
		}
	})
}
