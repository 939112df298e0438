package console

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// maxOrder is how many bytes an order's authority and reference have at most (judge/docket/actevent has the
// same bound).
const maxOrder = 1024

// The words of a lawful order in a form.
const (
	wordWithhold = "withhold"
	wordGiveBack = "give-back"
)

// lawfulOrder is what was typed of a lawful order.
type lawfulOrder struct {
	Authority, Reference string
	Secret               bool
}

// lawful are what two persons can be asked for of a lawful order: that one withholds the data, and that one of
// this case ends before its time. Which one that is a person chooses, and does not type.
func lawful(f *docket.Folder) []measureView {
	out := []measureView{{Word: wordWithhold, Label: "a lawful order: the tenant's access to its data ends for a time", hold: &docket.Hold{}}}
	all := docket.Withholdings(f.Decisions, f.Reviews)
	for i := range all {
		if h := &all[i].Hold; h.Reference != "" && len(out) < maxOffers {
			out = append(out, measureView{
				Word: wordGiveBack + " " + string(all[i].Decision), Label: fmt.Sprintf("the data is given back before the end of order %s of %s", h.Reference, h.Authority),
				hold: &docket.Hold{Authority: h.Authority, Reference: h.Reference, Ends: true},
			})
		}
	}
	return out
}

// readLawful takes a lawful order, or its end, where that is proposed. It says whether it is.
func (d *verdictForm) readLawful(a *docket.Act, chosen *measureView) bool {
	typed := d.Order.Authority+d.Order.Reference != "" || d.Order.Secret
	switch {
	case chosen.hold == nil && typed, chosen.hold != nil && chosen.hold.Ends && typed:
		d.wrong("v-authority", "You have named a lawful order, and proposed something else: choose the order above, or leave these fields empty.")
	case chosen.hold == nil:
	case chosen.hold.Ends && d.Until != "":
		d.wrong("v-until", "It ends at once when two persons agree: leave the time empty.")
	}
	if chosen.hold == nil {
		return false
	}
	h := *chosen.hold
	a.Kind, a.Hold, a.Verdict.Grant = docket.ActPropose, &h, true
	if h.Ends {
		return true
	}
	h.Authority, h.Reference, h.Secret = d.Order.Authority, d.Order.Reference, d.Order.Secret
	for _, x := range []struct{ id, text, says string }{
		{"v-authority", h.Authority, "Name who ordered it, as the order does."},
		{"v-reference", h.Reference, "Name the order by its reference."},
	} {
		switch over := len(x.text) - maxOrder; {
		case x.text == "":
			d.wrong(x.id, "%s", x.says)
		case over > 0:
			d.wrong(x.id, "This is too long by %d bytes; most letters that are not Latin have two or three.", over)
		}
	}
	until, ok := readTime(d.Until)
	if h.Until = until; !ok || until <= a.At {
		d.wrong("v-until", "Give when the order ends: a time in UTC after now such as 2026-11-27 01:00.")
	}
	return true
}

// withheldView is a lawful order in force, as a page of ours tells it.
type withheldView struct {
	docket.Hold
	Case evenkeel.CaseID // in which it stands; "" in the one that is shown
}

// withheldOf are lawful orders in force, as they are shown beside a case.
func withheldOf(all []docket.Withholding, here evenkeel.CaseID) (out []withheldView) {
	for i := range all {
		w := withheldView{Hold: all[i].Hold}
		if all[i].Case != here {
			w.Case = all[i].Case
		}
		out = append(out, w)
	}
	return out
}

// asksOrder is the question of a review about a lawful order, as a person says it.
func asksOrder(h *docket.Hold) string {
	until := h.Until.Time().Format("2006-01-02 15:04")
	switch {
	case h.Ends:
		return fmt.Sprintf("Whether the data is given back before the end of order %s of %s", h.Reference, h.Authority)
	case h.Secret:
		return fmt.Sprintf("Whether the tenant's access to its data ends, by order %s of %s, which forbids to tell the tenant, until %s UTC", h.Reference, h.Authority, until)
	}
	return fmt.Sprintf("Whether the tenant's access to its data ends, by order %s of %s, until %s UTC", h.Reference, h.Authority, until)
}
