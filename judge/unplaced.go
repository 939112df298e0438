package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// liesEvery is how often people are called because of what lies in the data directory for them.
const liesEvery = time.Hour

// Unplaced takes in that so many mails wait that nobody can place, the oldest since a moment: one of them may be
// the answer of a tenant whose hearing runs out. Whoever is on call is called, once in an hour of
// the clock: told again in the same one it changes nothing.
func (d *Docket) Unplaced(ctx context.Context, mails int, since, now evenkeel.Moment) error {
	err := d.lies(ctx, mails, now, "unplaced mails",
		fmt.Sprintf("Mails that nobody can place wait in mail-unplaced: %d, the oldest since %s. A tenant may have answered by one of them. Read each, act on its case, and remove the file.", mails, since))
	if err != nil {
		err = fmt.Errorf("take in that mails wait that nobody can place: %w", err)
	}
	return err
}

// SetAside is Unplaced of what could not be judged, of which the last came at a moment: nothing follows from a finding
// that nobody could judge, however much it hurts others.
func (d *Docket) SetAside(ctx context.Context, n int, last, now evenkeel.Moment) error {
	err := d.lies(ctx, n, now, "set aside",
		fmt.Sprintf("Findings that could not be judged lie in aside.jsonl: %d, the last of %s. Nothing follows from them by itself. Read each with what is said why, do by hand what has to be done, and remove the file.", n, last))
	if err != nil {
		err = fmt.Errorf("take in that findings could not be judged: %w", err)
	}
	return err
}

func (d *Docket) lies(ctx context.Context, n int, now evenkeel.Moment, what, why string) error {
	if n <= 0 {
		return nil
	}
	_, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		about := what + " " + evenkeel.MomentOf(now.Time().Truncate(liesEvery)).String()
		if taken, err := tx.Taken(about); taken || err != nil {
			return nil, 0, err
		}
		w, err := d.houseDraft(tx)
		if err != nil {
			return nil, 0, err
		}
		w.out.Taken = append(w.out.Taken, about)
		w.out.Pages = pages(w.parts.Rota, &evenkeel.Case{Tenant: docket.House}, []procedure.Call{{
			Level: docket.LevelOnCall, At: now, About: about, Why: why,
		}}, w.note)
		return w, now, nil
	})
	return err
}
