package app

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// vigil watches over mails that nobody can place. While one of a contact waits people are called once an hour; of strangers
// at once and then ever more seldom, for whoever writes spam to the address would call them each hour of the night.
type vigil struct {
	folder interface {
		Waiting() (inbox.Waiting, error)
	}
	judge interface {
		Unplaced(ctx context.Context, mails int, since, now evenkeel.Moment) error
	}
	now func() evenkeel.Moment
	log *slog.Logger

	// Of the loop alone:
	called evenkeel.Moment // when people were last called
	seen   evenkeel.Moment // when one last lay there
	again  time.Duration   // how long after that call they are called again because of strangers
}

const (
	unplacedLooks  = time.Minute
	unplacedCalls  = time.Hour      // while a contact waits, and the first time because of strangers; then twice as long each time
	unplacedSeldom = 24 * time.Hour // at most; after as long without any it begins anew
)

// Run looks until ctx ends.
func (v *vigil) Run(ctx context.Context) error {
	return rounds(ctx, unplacedLooks, nil, v.round, func(err error) {
		v.log.Warn("nobody can be called about mails that nobody can place; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written"))
	})
}

func (v *vigil) round(ctx context.Context) error {
	now := v.now()
	w, err := v.folder.Waiting()
	if err != nil || w.Mails == 0 {
		return err
	}
	if now.Sub(v.seen).Abs() > unplacedSeldom {
		v.again = 0
	}
	v.seen = now
	after := unplacedCalls
	if w.OfContacts == 0 {
		after = max(after, v.again)
	}
	if v.called != 0 && now.Sub(v.called).Abs() < after {
		return nil
	}
	if err := v.judge.Unplaced(ctx, w.Mails, evenkeel.MomentOf(w.Since), now); err != nil {
		return err
	}
	if w.OfContacts == 0 {
		v.again = max(min(2*v.again, unplacedSeldom), unplacedCalls)
	}
	v.called = now
	return nil
}

// unplacedNow is how many mails wait that nobody can place; 0 where no mail comes in, or nobody knows.
func (m *mails) unplacedNow() int {
	if m == nil {
		return 0
	}
	w, _ := m.unplaced.Waiting() // the loop says what is wrong
	return w.Mails
}
