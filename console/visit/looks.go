package visit

import (
	"html/template"
	"net/url"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// mostLooks is how many looks a page shows.
const mostLooks = 20

// looks are when people who work for the operator looked at a case, the newest first, and how many people
// those were. Who each was stays with the operator, as everywhere on the page.
type looks struct {
	at     []evenkeel.Moment
	people int
}

// looksOf finds them in a timeline.
func looksOf(entries []evenkeel.Entry) (l looks) {
	who := map[evenkeel.PersonID]bool{}
	for i := range slices.Backward(entries) {
		if e := &entries[i]; e.Kind == evenkeel.EntryLooked {
			l.at = append(l.at, e.At)
			who[e.Actor.Person] = true
		}
	}
	l.people = len(who)
	return l
}

// looksPart is who looked at the case, as much of it as one page has.
type looksPart struct {
	Says template.HTML
	At   []template.HTML
	Ways []template.HTML // to the rest
}

// looks says who looked at the case, and when.
func (t tongue) looks(v *visitor, q url.Values) (p looksPart) {
	l := &v.looks
	if len(l.at) == 0 {
		p.Says = say("%s", t.LooksNone)
		return p
	}
	p.Says = say(t.Looks, t.LooksTimes.of(int64(len(l.at))), t.LooksPeople.of(int64(l.people)))
	shown := t.stretch(v, q, "looked", "looks", len(l.at), mostLooks)
	for _, at := range l.at[shown.From:shown.Until] {
		p.At = append(p.At, t.moment(at))
	}
	p.Ways = shown.Ways
	return p
}
