package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/governor"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Drifted takes in that an input of a source is not what it was, or is as before. From then on, and
// until it is over or a person accepts it, no machine enters what rests on a rule that uses it; whoever is on
// call is called. The same told twice counts once.
func (d *Docket) Drifted(ctx context.Context, f docket.Feed) (Heard, error) {
	heard, err := d.transact(ctx, func(tx docket.Tx) (*draft, evenkeel.Moment, error) {
		if err := f.Check(); err != nil {
			return nil, 0, err
		}
		w, err := d.drifted(tx, f)
		return w, f.At, err
	})
	if err != nil {
		err = fmt.Errorf("take in that %s of %s drifts: %w", f.Input, f.Source, err)
	}
	return heard, err
}

func (d *Docket) drifted(tx docket.Tx, f docket.Feed) (*draft, error) {
	begun, err := tx.Taken("feed " + f.ID())
	if err != nil {
		return nil, err
	}
	state, err := tx.Governor(docket.Asked{Source: f.Source})
	if err != nil {
		return nil, err
	}
	w, err := d.houseDraft(tx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(state.Feeds, func(o docket.Feed) bool { return o.ID() == f.ID() })
	switch {
	case begun && i < 0 || !begun && f.Over != 0: // it is over already, or accepted, or nobody heard of it
		return nil, nil
	case begun:
		was := state.Feeds[i]
		if was.Over = f.Over; was.Over == 0 {
			if slices.Equal(was.Rules, f.Rules) {
				return nil, nil
			}
			was.Rules = f.Rules // others are in force since
		}
		f = was
	default:
		w.out.Taken = append(w.out.Taken, "feed "+f.ID(), holdKey(governor.FeedHold(&f), f.At)) // what it holds back in this hour calls nobody again
		w.callHouse(procedure.Call{
			Level: docket.LevelOnCall, At: f.At, About: "feed " + f.ID(),
			Why: fmt.Sprintf("The input %s of source %s is not what it was.", f.Input, f.Source) + " " + f.Says +
				fmt.Sprintf(" Until that is over, or a person accepts it, a person decides what machines would enter by these rules: %s.", strings.Join(f.Rules, ", ")),
		})
	}
	w.out.Feeds = append(w.out.Feeds, f)
	whole, err := json.Marshal(&f)
	if err == nil {
		w.leaf(ledger.OfAct(w.key, "", max(f.At, f.Over), "", w.policy, false, whole))
	}
	return w, err
}

// accept takes in that a person says that what a source sends is right.
func (w *draft) accept(a *docket.Act) error {
	if a.Source == "" {
		return evenkeel.Invalid("it does not say which source; expected one")
	}
	state, err := w.tx.Governor(docket.Asked{Source: a.Source})
	if err != nil {
		return err
	}
	for _, f := range state.Feeds {
		if f.Source == a.Source {
			f.Took = &docket.Word{By: a.By, At: a.At, Why: a.Says}
			w.out.Feeds = append(w.out.Feeds, f)
		}
	}
	if len(w.out.Feeds) == 0 {
		return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "nothing that source " + a.Source + " sends waits to be accepted", Hint: "evenkeel feed list shows what does"}
	}
	return nil
}
