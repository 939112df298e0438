package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// A lawful order ends access to the data for a time, and takes nothing else. Two persons enter it and two
// end it earlier; else its own end does. It is no measure: whatever is decided about those, closing the case
// included, leaves it as it is.

// withholding are the decisions of a dossier that withhold access to data now.
func withholding(d *docket.Dossier) (out []evenkeel.Decision) {
	for i := range d.Decisions {
		if x := &d.Decisions[i]; x.State == evenkeel.InForce && docket.Withholds(x) {
			out = append(out, *x)
		}
	}
	return out
}

// outlives says whether a clock runs on where the case is closed: so does that of whoever was drawn about a lawful
// order, since a court writes of what is closed too.
func outlives(d *docket.Dossier, k *docket.Clock) bool {
	return k.Kind.Outlives() || k.Kind == docket.ClockSecond && k.Decision == "" && slices.ContainsFunc(d.Reviews, func(r docket.Review) bool {
		return r.About == docket.AboutHold && !r.State.Over()
	})
}

// givenBack ends what a lawful order says, at the end that it has.
func (x *expiry) givenBack() {
	x.end("the end of the order has come")
	if y := x.decision(evenkeel.InForce); y != nil {
		x.turn(y.ID, evenkeel.Lapsed, 0, "The lawful order has come to its end: access to the data is given back.")
	}
}

// MayWithhold says whether a review about a lawful order may be opened, or why not. Which order ends before
// its time is said by its authority and its reference, so that nobody ends another one.
func MayWithhold(d *docket.Dossier, h *docket.Hold, assets []evenkeel.AssetID, at evenkeel.Moment) error {
	if h.Ends {
		is := docket.Withholdings(d.Decisions, d.Reviews)
		if len(is) == 0 {
			return notFound("no lawful order withholds data in case %s", d.Case.ID)
		}
		if !slices.ContainsFunc(is, func(w docket.Withholding) bool { return w.Hold.Same(h) }) {
			was := &is[len(is)-1].Hold
			return conflict("order %q of %q is not one in force; the newest that is is %q of %q", h.Reference, h.Authority, was.Reference, was.Authority)
		}
		return nil
	}
	if h.Authority == "" || h.Reference == "" || h.Until <= at {
		return evenkeel.Invalid("order %q of %q until %s; expected who ordered it, its reference, and an end after now", h.Reference, h.Authority, h.Until)
	}
	if len(assets) == 0 {
		return evenkeel.Invalid("order %q of %q is about no asset that the tenant holds; expected those whose data is withheld", h.Reference, h.Authority)
	}
	return nil
}

// Granters are the first two who said yes.
func Granters(r *docket.Review) (first, second evenkeel.PersonID) {
	for i := range r.Verdicts {
		switch v := &r.Verdicts[i]; {
		case !v.Grant:
		case first == "":
			first = v.Person
		default:
			return first, v.Person
		}
	}
	return first, ""
}
