package procedure

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// renew lets what is in force stand for as long as a person says, at most its lease from now
// on. It decides nothing: our clock runs on and people are called as before. Only the step
// down at its end is put off, by our time once more, and once only: whoever needs longer than
// that decides, or lets it step down.
func (h *hearing) renew() error {
	x, err := h.pick(evenkeel.InForce)
	if err != nil {
		return err
	}
	instead := "let it run to its end, or " + h.lowerTo(&x)
	if err := h.mayEnter(&x, x.Measure, instead); err != nil {
		return err
	}
	if err := h.isolatedBefore(&x, x.Measure, instead); err != nil {
		return err
	}
	if x.Until <= h.a.At {
		return conflict("%s ended at %s", x.ID, x.Until)
	}
	lease := h.fam.Terms[x.Measure].Lease
	if x.Measure == evenkeel.MeasureIsolate {
		lease = min(lease, docket.IsolateAlone)
	}
	longest := h.a.At.Add(lease)
	until := longest
	if h.a.Until != 0 {
		until = h.a.Until
	}
	switch our := find(h.d.Clocks, docket.ClockOurAnswer); {
	case until <= h.a.At || until > longest:
		return evenkeel.Invalid("%s until %s; expected an end after now and at most a lease away, until %s", x.ID, until, longest)
	case our != nil && our.Renewed != "":
		return failure(evenkeel.KindConflict, "decide: uphold what was appealed, lower it, lift it, or clear or close the case",
			"%s put the step down off already, until %s", our.Renewed, our.Due)
	case our != nil:
		k := *our
		k.Due, k.Renewed = k.Due.Add(ourTime(h.fam)), h.a.By
		h.e.Start = append(h.e.Start, k)
		h.e.Says = append(h.e.Says, fmt.Sprintf("%s keeps %s until %s; a person still has to decide, by %s.", h.a.By, x.Measure, until, k.Due))
	}
	h.instead(&x, x.Measure, until, fmt.Sprintf("%s renewed %s until %s.", h.a.By, x.Measure, until))
	return nil
}
