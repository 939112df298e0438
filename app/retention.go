package app

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

const (
	forgetsEvery = 24 * time.Hour
	forgetsAtOne = 100 // cases in one transaction, so that nobody waits for it
)

// retention erases once a day what was kept for long enough. Reports go with the clerk's own rounds, and sign-ins
// with those of the staff.
type retention struct {
	books *sqlite.DB
	heard *inbox.Folder // the one that the desk writes to, so that one lock holds both
	aside []*aside      // what could not be judged
	keep  config.Retention
	now   func() evenkeel.Moment
	log   *slog.Logger
}

// Run erases until ctx ends.
func (r *retention) Run(ctx context.Context) error {
	return rounds(ctx, forgetsEvery, nil, r.round, func(err error) {
		r.log.Warn("what was kept for long enough cannot be erased; it is tried again tomorrow", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books and the folder of mails can be written"))
	})
}

// round erases what is over now, and tells how much of what that was. What fails holds up no other kind.
func (r *retention) round(ctx context.Context) error {
	findings, cases, err := r.findings(ctx)
	if findings > 0 {
		r.log.Info("what was kept for long enough is erased", "kind", "findings", "erased", findings, "cases", cases)
	}
	contacts, none := r.contacts(ctx)
	if contacts > 0 {
		r.log.Info("what was kept for long enough is erased", "kind", "contacts", "erased", contacts)
	}
	mails, bad := r.mails(ctx)
	if mails > 0 {
		r.log.Info("what was kept for long enough is erased", "kind", "mails", "erased", mails)
	}
	lines, not := 0, error(nil)
	for _, a := range r.aside {
		n, err := a.forget(writtenBefore(r.now().Add(-r.keep.Findings)))
		lines, not = lines+n, cmp.Or(not, err)
	}
	if lines > 0 {
		r.log.Info("what was kept for long enough is erased", "kind", "aside", "erased", lines)
	}
	return cmp.Or(err, none, bad, not)
}

func (r *retention) findings(ctx context.Context) (findings, cases int, err error) {
	l := lapseOf(r.now(), r.keep.Findings)
	err = eachLapsed(ctx, r.books, l, func(some []sqlite.LapsedCase) error {
		n, of, err := r.books.ForgetFindings(ctx, l, some)
		findings, cases = findings+n, cases+of
		return err
	})
	return findings, cases, err
}

// eachLapsed hands on all cases that are over and of which findings are kept, some at a time.
func eachLapsed(ctx context.Context, books *sqlite.DB, l sqlite.Lapse, f func([]sqlite.LapsedCase) error) error {
	for after := evenkeel.CaseID(""); ; {
		some, err := books.Lapsed(ctx, l, after, forgetsAtOne)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := f(some); err != nil {
			return err
		}
		after = some[len(some)-1].ID
	}
}

func (r *retention) contacts(ctx context.Context) (all int, err error) {
	for n := forgetsAtOne; n == forgetsAtOne && err == nil; all += n {
		n, err = r.books.ForgetReach(ctx, lapseOf(r.now(), r.keep.Contacts), forgetsAtOne)
	}
	return all, err
}

func (r *retention) mails(ctx context.Context) (int, error) {
	before, err := mailsBefore(ctx, r.books, r.now(), r.keep.Mails)
	if err != nil {
		return 0, err
	}
	return r.heard.Forget(before)
}

func lapseOf(now evenkeel.Moment, keep time.Duration) sqlite.Lapse {
	return sqlite.Lapse{Before: now.Add(-keep), Now: now}
}

// mailsBefore is before when mails came that nobody needs any more: not those that came since the oldest case
// was opened that is not over, as they may be about it.
func mailsBefore(ctx context.Context, books *sqlite.DB, now evenkeel.Moment, keep time.Duration) (time.Time, error) {
	l := lapseOf(now, keep)
	opened, err := books.Unfinished(ctx, l)
	if before := l.Before; opened == 0 || opened > before {
		return before.Time(), err
	}
	return opened.Time(), err
}

// Overdue is how much of one kind was kept for long enough and is erased by the next round of evenkeel serve.
type Overdue struct {
	Kind  string        // findings, contacts, mails, reports or aside
	Keep  time.Duration // for how long it is kept
	N     int
	Cases int // of findings: of how many cases
}

// Overdue says what would be erased now from the books and the folder of mails beside them, kind by kind.
func (b *Books) Overdue(ctx context.Context, keep config.Retention, now evenkeel.Moment) ([]Overdue, error) {
	found := Overdue{Kind: "findings", Keep: keep.Findings}
	err := eachLapsed(ctx, b.db, lapseOf(now, keep.Findings), func(some []sqlite.LapsedCase) error {
		for _, c := range some {
			if found.N += c.Findings; c.Findings > 0 {
				found.Cases++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	contacts := Overdue{Kind: "contacts", Keep: keep.Contacts}
	if contacts.N, err = b.db.LapsedReach(ctx, lapseOf(now, keep.Contacts)); err != nil {
		return nil, err
	}
	mails := Overdue{Kind: "mails", Keep: keep.Mails}
	before, err := mailsBefore(ctx, b.db, now, keep.Mails)
	if err == nil {
		mails.N, err = heardIn(filepath.Join(b.dir, dirHeard)).Older(before)
	}
	if err != nil {
		return nil, err
	}
	reports := Overdue{Kind: "reports", Keep: keep.Reports}
	if reports.N, err = b.db.Reporters().Settled(ctx, now.Add(-keep.Reports)); err != nil {
		return nil, err
	}
	lines := Overdue{Kind: "aside", Keep: keep.Findings}
	for _, name := range []string{fileAside, fileAsideActs} {
		_, n, err := newAside(filepath.Join(b.dir, name)).older(writtenBefore(now.Add(-keep.Findings)))
		if err != nil {
			return nil, err
		}
		lines.N += n
	}
	return []Overdue{found, contacts, mails, reports, lines}, nil
}
