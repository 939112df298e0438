package app

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel"
)

// vigil watches over mails that nobody can place: while some wait, people are called once an hour.
type vigil struct {
	folder interface {
		Waiting() (n int, since time.Time, err error)
	}
	judge interface {
		Unplaced(ctx context.Context, mails int, since, now evenkeel.Moment) error
	}
	now func() evenkeel.Moment
	log *slog.Logger

	called evenkeel.Moment // of the loop alone: when people were last called
}

const (
	unplacedLooks = time.Minute
	unplacedCalls = time.Hour
)

// Run looks until ctx ends.
func (v *vigil) Run(ctx context.Context) error {
	return rounds(ctx, unplacedLooks, nil, v.round, func(err error) {
		v.log.Warn("nobody can be called about mails that nobody can place; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written"))
	})
}

func (v *vigil) round(ctx context.Context) error {
	now := v.now()
	n, since, err := v.folder.Waiting()
	if err != nil || n == 0 || v.called != 0 && now.Sub(v.called).Abs() < unplacedCalls {
		return err
	}
	if err := v.judge.Unplaced(ctx, n, evenkeel.MomentOf(since), now); err != nil {
		return err
	}
	v.called = now
	return nil
}

// unplacedNow is how many mails wait that nobody can place; 0 where no mail comes in, or nobody knows.
func (m *mails) unplacedNow() int {
	if m == nil {
		return 0
	}
	n, _, _ := m.unplaced.Waiting() // the loop says what is wrong
	return n
}
