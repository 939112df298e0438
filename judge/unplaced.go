package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// unplacedEvery is how often people are called because of mails that nobody can place.
const unplacedEvery = time.Hour

// Unplaced takes in that so many mails wait that nobody can place, the oldest since a moment: one of them may be
// the answer of a tenant whose hearing runs out. Whoever is on call is called, once in an hour of
// the clock: told again in the same one it changes nothing.
func (d *Docket) Unplaced(ctx context.Context, mails int, since, now evenkeel.Moment) error {
	if mails <= 0 {
		return nil
	}
	_, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		about := "unplaced mails " + evenkeel.MomentOf(now.Time().Truncate(unplacedEvery)).String()
		if taken, err := tx.Taken(about); taken || err != nil {
			return nil, 0, err
		}
		w, err := d.houseDraft(tx)
		if err != nil {
			return nil, 0, err
		}
		w.out.Taken = append(w.out.Taken, about)
		w.out.Pages = pages(w.parts.Rota, &evenkeel.Case{Tenant: docket.House}, []procedure.Call{{
			Level: docket.LevelOnCall, At: now, About: about,
			Why: fmt.Sprintf("Mails that nobody can place wait in mail-unplaced: %d, the oldest since %s. A tenant may have answered by one of them. Read each, act on its case, and remove the file.", mails, since),
		}}, w.note)
		return w, now, nil
	})
	if err != nil {
		err = fmt.Errorf("take in that mails wait that nobody can place: %w", err)
	}
	return err
}
