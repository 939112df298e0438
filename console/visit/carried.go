package visit

import (
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
)

// carrying is what is known of whether a measure in force is carried out.
type carrying uint8

const (
	unconfirmed carrying = iota // it is ordered, and nobody has said
	confirmed
	onPaper // it was only written down
	unfit   // it was refused, nobody took the order, or whoever did has let go
)

// stands says whether the measure may be felt.
func (c carrying) stands() bool { return c == unconfirmed || c == confirmed }

// order is what is known of the carrying out of a decision, and since when. Without a receipt
// nothing is.
func (v *visitor) order(d evenkeel.DecisionID) (carrying, evenkeel.Moment) {
	id := evenkeel.NewOrderID(d, false)
	for i := range v.folder.Dispatches {
		x := &v.folder.Dispatches[i]
		switch {
		case x.Order != id:
		case x.OnPaper():
			return onPaper, x.Receipt.At
		case x.Undone() || x.LetGo():
			return unfit, max(x.Receipt.At, x.Over)
		case x.Receipt.Order == id && x.Receipt.State == evenkeel.ReceiptApplied:
			return confirmed, x.Receipt.At
		}
	}
	return unconfirmed, 0
}

// carried says what is known of the carrying out.
func (t tongue) carried(v *visitor, d evenkeel.DecisionID) template.HTML {
	switch x, at := v.order(d); x {
	case onPaper:
		return say("%s", t.OnPaper)
	case confirmed:
		return say(t.Confirmed, t.moment(at))
	case unfit:
		return say("%s", t.Unfit)
	default:
		return say("%s", t.Unconfirmed)
	}
}

// limited says what happened where a measure that limits something is in force. The headline is
// about the highest that may be felt. Where none may be, it does not say that anything is limited:
// whoever reads it while something is down would look for the fault in the wrong place.
func (t tongue) limited(v *visitor, p *sheetOf, inForce []evenkeel.Decision) string {
	d, is := &inForce[0], carrying(0)
	for i := range inForce {
		if x, _ := v.order(inForce[i].ID); inForce[i].Measure.Enforced() && (i == 0 || x.stands() || x == unfit && is == onPaper) {
			d, is = &inForce[i], x
		}
		if is.stands() {
			break
		}
	}
	lead := func(format string) template.HTML {
		if len(v.folder.Findings) == 0 && !d.Actor.Automatic() && v.atSites() { // it is a person's word, and rests on nothing that was seen
			format = t.AtSite.LeadUnseen
		}
		return say(format, t.machines(d.Assets), t.about(v.folder.Case.Family), t.moment(d.From), t.when(d.Until), t.does(d))
	}
	switch is {
	case unfit:
		p.Lead = append(p.Lead, lead(t.LeadDecided), say("%s", t.LeadUnfit))
		return t.TitleUnfit
	case onPaper:
		p.Lead = append(p.Lead, lead(t.LeadDecided), say("%s", t.LeadPaper))
		return t.TitlePaper
	}
	if p.Works = t.allTheirs(v.works(inForce)); len(p.Works) == 0 {
		p.Works = []template.HTML{say("%s", t.Always)}
	}
	if is == unconfirmed {
		p.Lead = append(append(p.Lead, lead(t.LeadDecided), say("%s", t.LeadOrdered)), t.amounts(v, d.ID)...)
		return t.TitleOrdered
	}
	p.Lead = append(append(p.Lead, lead(t.LeadDone)), t.amounts(v, d.ID)...)
	return t.TitleDone
}

// amounts says what the order of a decision limits, in numbers, where it names any.
func (t tongue) amounts(v *visitor, d evenkeel.DecisionID) []template.HTML {
	i := slices.IndexFunc(v.folder.Orders, func(o evenkeel.Order) bool { return o.Decision == d && !o.Lift })
	if i < 0 {
		return nil
	}
	numbers := maps.Clone(v.folder.Orders[i].Params)
	delete(numbers, "when") // which is said with what it does
	all, zh := phrasebook.Amounts(numbers)
	between := "; "
	if t.Tag != english.Tag {
		all, between = zh, "；"
	}
	if len(all) == 0 {
		return nil
	}
	return []template.HTML{say(t.Amounts, strings.Join(all, between))}
}
