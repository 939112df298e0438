package courier

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// mostBeside is how many other measures a letter names. More are counted in it.
const mostBeside = 12

// corrects says whether a notice takes back that a measure is in force.
func (t *telling) corrects() bool {
	return t.n.Undone && t.n.State == evenkeel.InForce && !t.closing()
}

// onPaper says whether a notice is of a measure in force that nobody carries out, since nobody carries out any: who looks why
// something is down would look in the wrong place.
func (t *telling) onPaper() bool {
	return t.head.OnPaper && t.n.State == evenkeel.InForce && t.n.Measure.Enforced() && t.n.Receipt == "" && !t.n.Undone && !t.closed() && !t.credits()
}

// never says whether a notice is about the end of what could not be carried out.
func (t *telling) never() bool { return t.n.Undone && t.n.State != evenkeel.InForce }

// ended are the measures in whose place this one came, stands those that go on beside it.
func (t *telling) ended() []evenkeel.Beside {
	return t.beside(func(s evenkeel.DecisionState) bool { return s != evenkeel.InForce && s != evenkeel.Held })
}

func (t *telling) stands() []evenkeel.Beside {
	return t.beside(func(s evenkeel.DecisionState) bool { return s == evenkeel.InForce })
}

// next are those that are announced and begin later.
func (t *telling) next() []evenkeel.Beside {
	return t.beside(func(s evenkeel.DecisionState) bool { return s == evenkeel.Held })
}

func (t *telling) beside(meant func(evenkeel.DecisionState) bool) []evenkeel.Beside {
	if t.received() || t.n.Undone || t.after() || t.closed() || t.n.State.Over() {
		return nil // of those nothing is said
	}
	return slices.DeleteFunc(slices.Clone(t.n.Beside), func(b evenkeel.Beside) bool { return !meant(b.State) })
}

// inPlaceOf names the measures that ended, or is "" where none did.
func (t *telling) inPlaceOf() string {
	var names []string
	for _, b := range t.ended() {
		if m := t.measure(b.Measure).name; !slices.Contains(names, m) {
			names = append(names, m)
		}
	}
	return strings.Join(names, t.p.and)
}

// became says of each of some measures how it is with it, in a sentence: in the words given, or
// that it could not be carried out.
func (t *telling) became(all []evenkeel.Beside, how string) (says []string) {
	for _, b := range all[:min(len(all), mostBeside)] {
		words := how
		switch {
		case b.Undone:
			words = t.p.lead.undone
		case announcedOnly(b):
			words = t.p.lead.neverBegan
		}
		says = append(says, fill(words, fill(t.measure(b.Measure).the, t.naming(b.Assets))))
	}
	if more := len(all) - mostBeside; more > 0 {
		says = append(says, fill(how, count(t.p.others, int64(more))))
	}
	return says
}

// announcedOnly says whether a measure in whose place another came had not begun.
func announcedOnly(b evenkeel.Beside) bool {
	return b.State == evenkeel.Superseded && b.From != 0
}

// since says what ended and then what holds now: whoever reads only that hears of a limit that
// was let go, or of none that was.
func (t *telling) since(now string) string {
	return t.p.sentences(append(t.became(t.ended(), t.p.lead.overNow), now)...)
}

// besides goes on after what a notice says of itself: with what was let go, and what stays.
func (t *telling) besides(itself string) string {
	says, ended := []string{itself}, t.ended()
	felt := func(b evenkeel.Beside) bool { return !b.Undone && !announcedOnly(b) }
	undone := func(b evenkeel.Beside) bool { return b.Undone }
	switch {
	case slices.ContainsFunc(ended, felt) && !t.head.OnPaper:
		says = append(says, t.p.lead.letGoBefore)
	case slices.ContainsFunc(ended, undone), slices.ContainsFunc(ended, felt):
		says = append(says, t.p.lead.unfeltBefore)
	}
	says = append(says, t.became(t.stands(), t.p.lead.stands)...)
	all := t.next()
	for _, b := range all[:min(len(all), mostBeside)] {
		says = append(says, fill(t.p.lead.fromThen, fill(t.measure(b.Measure).will, t.naming(b.Assets)), t.p.both(t.p.ahead, b.From, t.n.At)))
	}
	return t.p.sentences(says...)
}

// sentences puts some one after the other.
func (p *phrases) sentences(says ...string) string {
	all := says[0]
	for _, s := range says[1:] {
		all = fill(p.lead.then, all, s)
	}
	return all
}
