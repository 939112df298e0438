package judge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// leap is how much time may pass between two looks at the clocks before it may be the machine's own that was set
// wrong. What ends then for good, and was not due before, is put off for a day.
const leap = 24 * time.Hour

// mayLeap says whether a clock is one of those that end for good what a tenant may still do: fetch its data, appeal,
// answer in a case before it closes by itself. Of measures none is: that they end harms nobody.
func mayLeap(k *docket.Clock) bool {
	return k.Kind == docket.ClockRetrieval || k.Kind == docket.ClockAppeal || k.Kind == docket.ClockQuiet
}

// Leapt takes in that nobody looked at the clocks since a moment (0: nobody knows since when, and nothing follows), and
// that it is now. Where that is more than a day, the clocks of fetching data, of appeals and of cases that close by themselves that would have run
// out in between run out in a day instead; each of the cases says so, and whoever leads is called once. If time goes
// back meanwhile they are due as they were. Call it before a Sweep. Twice is once.
//
// A case that fails does not stop the others: what went wrong with each is joined in the error.
func (d *Docket) Leapt(ctx context.Context, since, now evenkeel.Moment) (heard Heard, err error) {
	if since == 0 || now.Sub(since) <= leap {
		return heard, nil
	}
	return d.eachDue(ctx, now+1, now, "put off clocks", func(tx docket.Tx, id evenkeel.CaseID, first bool) (*draft, error) {
		return d.putOffIn(tx, id, since, now, first)
	})
}

// putOffIn puts the clocks of a case off; with call whoever leads is called by it.
func (d *Docket) putOffIn(tx docket.Tx, id evenkeel.CaseID, since, now evenkeel.Moment, call bool) (*draft, error) {
	dossier, err := tx.DossierOf(id)
	if err != nil {
		return nil, err
	}
	w, err := d.newDraft(tx, dossier)
	if err != nil {
		return nil, err
	}
	until, any := now.Add(docket.PutOffFor), false
	for _, k := range slices.Clone(w.dossier.Clocks) {
		if !mayLeap(&k) || k.Paused != "" || k.Ended != 0 || k.Due <= since || k.Due > now || k.RunsOut(now) > now {
			continue
		}
		k.PutOff, any = until, true
		w.clock(k)
		w.note(evenkeel.Entry{
			At: now, Kind: evenkeel.EntryClock, Actor: w.machine(), Ref: string(k.Decision), State: "put_off",
			Says: fmt.Sprintf("Clock %s was due at %s, and time leapt over that, from %s to %s: it runs out at %s, unless time goes back.", k.Kind, k.Due, since, now, until),
		})
	}
	if any && call {
		w.out.Pages = append(w.out.Pages, pages(w.parts.Rota, w.dossier.Case, []procedure.Call{{
			Level: docket.LevelLead, At: now, About: "leapt " + since.String(), Due: until,
			Why: fmt.Sprintf("Time leapt by %d h, from %s to %s: look whether the machine's clock is right. What tenants could do until a time in between ends at %s.", int64(now.Sub(since)/time.Hour), since, now, until),
		}}, w.note)...)
	}
	return w, nil
}
