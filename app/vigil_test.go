package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
)

// waiting are mails that nobody can place, and whoever is told of them.
type waiting struct {
	mails int
	err   error
	told  []time.Duration // after the beginning
	began time.Time
}

func (w *waiting) Waiting() (int, time.Time, error) { return w.mails, w.began, w.err }

func (w *waiting) Unplaced(_ context.Context, mails int, _, _ evenkeel.Moment) error {
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
		w.mails = 1
		pass(90 * time.Minute)
		w.err = errors.New("the folder cannot be read")
		pass(time.Hour)
		w.err = nil
		pass(time.Minute)
		w.mails = 0
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
