package judge

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// receipt writes down that an appeal was taken in, with a number that the tenant can name, and
// by when a person decides.
func (w *draft) receipt(a *docket.Act, e *procedure.Effect) error {
	if e.Appealed == "" {
		return nil
	}
	var due evenkeel.Moment
	for _, clocks := range [][]docket.Clock{w.dossier.Clocks, e.Start} {
		for _, k := range clocks {
			if k.Kind == docket.ClockAppealAnswer && k.Decision == e.Appealed && k.Ended == 0 {
				due = k.Due
			}
		}
	}
	number := docket.ReceiptOf(w.dossier.Case.ID, a.ID)
	w.note(evenkeel.Entry{
		At: e.At, Kind: evenkeel.EntryToldTo, State: "receipt", Ref: number, Decision: e.Appealed,
		Says: fmt.Sprintf("Receipt %s: the appeal was taken in. A person who did not take the decision decides by %s.", number, due),
	})
	return nil
}

// notClosedBy keeps who closed a case from deciding on the appeal that opened it again, which
// procedure does not see; and remembers who closes one.
func (w *draft) notClosedBy(a *docket.Act, e *procedure.Effect) error {
	c := w.dossier.Case
	if c == nil || a.By == "" {
		return nil
	}
	key := fmt.Sprintf("closed %s %q", c.ID, a.By)
	taken, err := w.tx.Taken(key)
	switch {
	case err != nil:
		return err
	case taken && e.Answered:
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("%s closed case %s, and an appeal opened it again", a.By, c.ID),
			Hint: "a person who did not take the decision decides on the appeal",
		}
	case !taken && e.Case == evenkeel.CaseClosed:
		w.out.Taken = append(w.out.Taken, key)
	}
	return nil
}
