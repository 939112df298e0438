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
)

// waiting are mails that nobody can place, and whoever is told of them.
type waiting struct {
	began time.Time

	mu    sync.Mutex
	mails int
	err   error
	told  []time.Duration // after the beginning
}

// become makes so many mails wait, or counting them fail.
func (w *waiting) become(mails int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mails, w.err = mails, err
}

func (w *waiting) Waiting() (int, time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mails, w.began, w.err
}

func (w *waiting) Unplaced(_ context.Context, mails int, _, _ evenkeel.Moment) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if mails != w.mails {
		return errors.New("so many do not wait")
	}
	w.told = append(w.told, time.Since(w.began))
	return nil
}

// R24: while mails wait that nobody can place, people are called within a minute, and then once an hour.
func TestPeopleAreCalledWhileMailsWaitThatNobodyCanPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := &waiting{began: time.Now()}, &lines{}
		v := &vigil{folder: w, judge: w, now: func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }, log: slog.New(slog.NewTextHandler(log, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- v.Run(ctx) }()
		pass(10*time.Minute + time.Second)
		w.become(1, nil)
		pass(90 * time.Minute)
		w.become(1, errors.New("the folder cannot be read"))
		pass(time.Hour)
		w.become(1, nil)
		pass(time.Minute)
		w.become(0, nil)
		pass(3 * time.Hour)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if want := []time.Duration{11 * time.Minute, 71 * time.Minute, 161 * time.Minute}; !slices.Equal(w.told, want) {
			t.Errorf("told after %v; expected %v", w.told, want)
		}
		expect(t, "the log", log.String(), "the folder cannot be read", "hint=")
	})
}
