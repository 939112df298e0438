package docket

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// hiddenWords stand in the place of what somebody must not have read before their own verdict.
const hiddenWords = "(hidden until your own verdict is in)"

// Blind is a folder as a person may read it: of each review that is not over, whoever has not
// given a verdict sees that there is one, what kind of question it is and the criteria, and
// neither who opened it nor what anybody found. Who is drawn next is not known, so this holds
// for everybody, for "" too. The folder that is given stays as it is.
func Blind(f Folder, person evenkeel.PersonID) Folder {
	b := blinding{decisions: map[evenkeel.DecisionID]bool{}, people: map[evenkeel.PersonID]bool{}, reviews: map[string]bool{}}
	f.Reviews = slices.Clone(f.Reviews)
	for i := range f.Reviews {
		r := &f.Reviews[i]
		if r.State.Over() || r.VerdictOf(person) != nil || r.By == person && len(r.Verdicts) == 0 {
			continue
		}
		b.hide(r, person)
	}
	if f.Asked != person {
		f.Asked = ""
	}
	f.Pages = slices.Clone(f.Pages)
	for i := range f.Pages {
		f.Pages[i] = BlindCall(f.Pages[i], person)
	}
	if len(b.since) == 0 {
		return f
	}
	f.Decisions = slices.Clone(f.Decisions)
	for i := range f.Decisions {
		b.linked(&f.Decisions[i])
	}
	for i := range f.Decisions {
		b.decision(&f.Decisions[i])
	}
	f.Entries = slices.Clone(f.Entries)
	for i := range f.Entries {
		b.entry(&f.Entries[i])
	}
	return f
}

// BlindCall is a page as a person may read it: whom a lot fell on, and how they were reached, is for
// nobody but themselves.
func BlindCall(c Calling, person evenkeel.PersonID) Calling {
	if c.Page.Drawn && !slices.Contains(c.Page.For, person) {
		c.Page.For, c.Tried, c.Why = nil, nil, ""
	}
	return c
}

// blinding is what of a folder is hidden.
type blinding struct {
	decisions map[evenkeel.DecisionID]bool
	people    map[evenkeel.PersonID]bool
	reviews   map[string]bool
	since     []evenkeel.Moment // of the reviews
}

func (b *blinding) hide(r *Review, reader evenkeel.PersonID) {
	b.since = append(b.since, r.Opened)
	b.decisions[r.Decision], b.reviews[string(r.ID)] = true, true
	for _, p := range append([]evenkeel.PersonID{r.By}, personsOf(r.Verdicts)...) {
		b.people[p] = true
	}
	r.By, r.Says, r.Verdicts, r.Wanted = "", "", nil, evenkeel.MeasureNone
	r.Draws = slices.Clone(r.Draws)
	for i := range r.Draws {
		d := &r.Draws[i]
		if d.Drawn != reader {
			d.Drawn = ""
		}
		d.Candidates, d.Nonce, d.Hash = nil, "", "" // from which the others could be told
	}
}

func personsOf(verdicts []Verdict) (out []evenkeel.PersonID) {
	for i := range verdicts {
		out = append(out, verdicts[i].Person)
	}
	return out
}

// linked has what those whose verdict is hidden decided since it was opened be hidden too, and what came in its place:
// each says what was wanted, and by whom.
func (b *blinding) linked(d *evenkeel.Decision) {
	theirs := !d.Actor.Automatic() && (b.people[d.Actor.Person] || b.people[d.Actor.Second]) && d.From >= slices.Min(b.since)
	if theirs || b.decisions[d.Supersedes] && d.Supersedes != "" {
		b.decisions[d.ID] = true
	}
}

// decision hides what a person proposed. What a machine asked for was there before; what it put in the place of
// that still says what was wanted.
func (b *blinding) decision(d *evenkeel.Decision) {
	switch {
	case !b.decisions[d.ID]:
	case !d.Actor.Automatic():
		d.Actor.Person, d.Actor.Second, d.Grounds.Says, d.Why = "", "", hiddenWords, nil
		d.Wanted = evenkeel.MeasureNone
		if d.State == evenkeel.Proposed {
			d.Measure = evenkeel.MeasureNone
		}
	case d.From >= slices.Min(b.since):
		d.Wanted = evenkeel.MeasureNone
	}
}

// reviewing are the acts whose lines tell of a verdict.
var reviewing = []string{ActPropose.String(), ActVerdict.String(), ActApprove.String()}

// entry hides the lines in which those whose verdict is hidden acted since it was opened, and
// those about what they proposed.
func (b *blinding) entry(e *evenkeel.Entry) {
	since := slices.Min(b.since)
	switch theirs := b.people[e.Actor.Person]; {
	case b.reviews[e.Ref]: // a drawing: its candidates tell who is not among them
		e.Says = "A person was drawn by lot."
	case e.At < since || e.Kind == evenkeel.EntryFound || e.Kind == evenkeel.EntrySaid:
	case theirs || e.Kind == evenkeel.EntryActed && slices.Contains(reviewing, e.State),
		e.Decision != "" && b.decisions[e.Decision] && e.Actor.Person != "":
		e.Actor.Person, e.Actor.Second, e.Says, e.Words, e.Ref = "", "", hiddenWords, "", ""
	}
}
