package app

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// vigil watches over what lies there for a person: mails that nobody can place, and what could not be judged. While that
// presses people are called once an hour; else at once and then ever more seldom, for whoever writes spam to the address
// would call them each hour of the night.
type vigil struct {
	over string // what lies there, for the log
	look func(called evenkeel.Moment) (lies, error)
	call func(ctx context.Context, n int, since, now evenkeel.Moment) error
	now  func() evenkeel.Moment
	log  *slog.Logger

	// Of the loop alone:
	called evenkeel.Moment // when people were last called
	seen   evenkeel.Moment // when something last lay there
	again  time.Duration   // how long after that call they are called again because of what does not press
}

// lies is what lies there.
type lies struct {
	n       int
	presses bool
	since   evenkeel.Moment // of mails the oldest came, of what could not be judged the last
}

// overMails is the vigil over mails: one of a contact presses, those of strangers do not.
func overMails(folder interface{ Waiting() (inbox.Waiting, error) }) func(evenkeel.Moment) (lies, error) {
	return func(evenkeel.Moment) (lies, error) {
		w, err := folder.Waiting()
		return lies{w.Mails, w.OfContacts > 0, evenkeel.MomentOf(w.Since)}, err
	}
}

// overAside is the vigil over what could not be judged: what came since people were last called presses.
func overAside(a *aside) func(evenkeel.Moment) (lies, error) {
	return func(called evenkeel.Moment) (lies, error) {
		n, last, err := a.waiting()
		return lies{n, last > called, last}, err
	}
}

const (
	unplacedLooks  = time.Minute
	unplacedCalls  = time.Hour      // while it presses, and the first time while it does not; then twice as long each time
	unplacedSeldom = 24 * time.Hour // at most; after as long without any it begins anew
)

// Run looks until ctx ends.
func (v *vigil) Run(ctx context.Context) error {
	return rounds(ctx, unplacedLooks, nil, v.round, func(err error) {
		v.log.Warn("nobody can be called about "+v.over+"; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written"))
	})
}

func (v *vigil) round(ctx context.Context) error {
	now := v.now()
	w, err := v.look(v.called)
	if err != nil || w.n == 0 {
		return err
	}
	if now.Sub(v.seen).Abs() > unplacedSeldom {
		v.again = 0
	}
	v.seen = now
	after := unplacedCalls
	if !w.presses {
		after = max(after, v.again)
	}
	if v.called != 0 && now.Sub(v.called).Abs() < after {
		return nil
	}
	if err := v.call(ctx, w.n, w.since, now); err != nil {
		return err
	}
	if !w.presses {
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
