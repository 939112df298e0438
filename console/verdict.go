package console

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// refusal is why a form was not taken.
type refusal struct {
	Refused, Hint string
	Wrong         []wrongField
	News          []evenkeel.Entry // what happened since the form was made
}

// wrong notes what is wrong with a field.
func (r *refusal) wrong(id, format string, args ...any) {
	r.Wrong = append(r.Wrong, wrongField{id, fmt.Sprintf(format, args...)})
}

// WrongAt says what is wrong with a field, or "".
func (r *refusal) WrongAt(id string) string {
	for _, w := range r.Wrong {
		if w.ID == id {
			return w.Says
		}
	}
	return ""
}

// verdictForm is a person's own verdict, and, where it opens a review, what is proposed.
type verdictForm struct {
	refusal
	Case     evenkeel.CaseID
	Review   *docket.Review // that waits for the person; nil where the form opens one
	Seal     formSeal
	Criteria []criterionView
	Says     verdictWords
	Facts    []factView
	Measures []measureView // of which one is chosen
	Grant    string        // of a question of yes and no: yes, no or ""
	Until    string        // of what is proposed, in UTC; "" as the policy has it
	Order    lawfulOrder   // that is proposed in the place of a measure
	Spoke    evenkeel.Moment
	Alone    *aloneView // of a form that opens a review; nil where somebody could be the second
}

// formSeal is what a form remembers of the page that it stood on.
type formSeal struct {
	Nonce, Terms string
	Seen         int64 // the entry that was the last
}

// verdictWords are the texts of a verdict besides its answers.
type verdictWords struct{ Innocent, Ground, Argument, Reason string }

// Opens says whether the form opens a review.
func (d *verdictForm) Opens() bool { return d.Review == nil }

// OfMeasure says whether the answer is a measure, and not yes or no.
func (d *verdictForm) OfMeasure() bool { return d.Review == nil || d.Review.About.OfMeasure() }

// newVerdict returns an empty form for whoever is waited for, or, where nothing is open, to open a
// review; nil where neither is theirs.
func (s *Server) newVerdict(v *visit, f *docket.Folder, terms *Terms) *verdictForm {
	if !v.who.Person.May(roll.Decide) {
		return nil
	}
	d := &verdictForm{
		Case: f.Case.ID, Spoke: f.Case.Spoke, Facts: factsOf(f), Seal: formSeal{rand.Text(), terms.Digest, lastTelling(f.Entries)}, Says: verdictWords{Ground: terms.Clause},
	}
	asked := terms.Criteria
	for i := range f.Reviews {
		if r := &f.Reviews[i]; !r.State.Over() {
			if r.Waits() != v.who.Person.ID {
				return nil
			}
			d.Review, asked = r, r.Criteria
		}
	}
	switch {
	case d.Review != nil:
		d.Measures = findable(terms, d.Review.Wanted)
	case f.Case.Family == docket.Announcements:
		return nil
	case f.Case.State == evenkeel.CaseClosed: // a court may write of what is closed
		d.Measures = lawful(f)
	default:
		d.Measures = append(proposable(f, terms), lawful(f)...)
	}
	for i, c := range asked {
		d.Criteria = append(d.Criteria, criterionView{N: i + 1, Text: docket.OneLine(c)})
	}
	return d
}

// findable are the measures that somebody can find right, the lowest first.
func findable(terms *Terms, wanted evenkeel.Measure) []measureView {
	all := append([]evenkeel.Measure{evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureSuspend, evenkeel.MeasureDeny, wanted}, terms.Ladder...)
	slices.Sort(all)
	var out []measureView
	for _, m := range slices.Compact(all) {
		out = append(out, measureView{measure: m, Word: m.String(), Label: finds(m)})
	}
	return out
}

// proposable are what two persons can be asked for: what waits for them already, then each measure
// that takes two, then what takes two where it is on all or is to stand for long.
func proposable(f *docket.Folder, terms *Terms) (out []measureView) {
	for i := range f.Decisions {
		if x := &f.Decisions[i]; x.Mode == evenkeel.ModeLive && (x.State == evenkeel.Proposed || x.State == evenkeel.Held) && x.Wanted.NeedsTwo() && len(out) < maxOffers {
			out = append(out, measureView{measure: x.Wanted, Word: docket.ActApprove.String() + " " + string(x.ID), Label: x.Wanted.String() + " on " + list(x.Assets, 3) + ", as is " + x.State.String()})
		}
	}
	for _, m := range []evenkeel.Measure{evenkeel.MeasureSuspend, evenkeel.MeasureDeny} {
		out = append(out, measureView{measure: m, Word: m.String(), Label: m.String()})
	}
	for _, m := range slices.Backward(terms.Ladder) {
		if m.Enforced() && !m.NeedsTwo() {
			out = append(out, measureView{measure: m, Word: m.String(), Label: m.String() + ", for longer than one person may, or on all that the tenant runs"})
		}
	}
	return out
}

// typed puts what was typed back into the form, whatever becomes of it.
func (d *verdictForm) typed(f form) {
	if nonceForm.MatchString(f["nonce"]) {
		d.Seal.Nonce = f["nonce"]
	}
	d.Says = verdictWords{f.text("v-innocent"), f.text("v-ground"), f.text("v-argument"), f.text("v-reason")}
	d.Grant, d.Until = f.line("v-grant"), f.line("v-until")
	d.Order = lawfulOrder{f.line("v-authority"), f.line("v-reference"), f["v-secret"] != ""}
	for i := range d.Criteria {
		c := &d.Criteria[i]
		c.Note = f.text(fmt.Sprintf("v-note-%d", c.N))
		if s := docket.Speaks(f.line(fmt.Sprintf("v-speaks-%d", c.N))); s.Says() != "" {
			c.Speaks = s
		}
	}
	chosen := f.line("v-measure")
	for i := range d.Measures {
		d.Measures[i].Is = d.Measures[i].Word == chosen
	}
	for i := range d.Facts {
		d.Facts[i].Is = f["v-fact "+d.Facts[i].Ref] != ""
	}
}

// carried keeps facts that were ticked and are offered no more, since newer ones took their place.
func (d *verdictForm) carried(f form, of *docket.Folder) {
	for i := range of.Entries {
		ref := docket.FactOfEntry(of.Entries[i].Seq)
		if f["v-fact "+ref] != "" && !slices.ContainsFunc(d.Facts, func(x factView) bool { return x.Ref == ref }) && len(d.Facts) < 2*docket.MaxFacts {
			d.Facts = append(d.Facts, factView{Ref: ref, Label: clipped(ref + " " + of.Entries[i].Says), Is: true})
		}
	}
}

// read makes the act, or notes what is missing, point by point.
func (d *verdictForm) read(now evenkeel.Moment) docket.Act {
	a := docket.Act{Case: d.Case, At: now, Kind: docket.ActVerdict, Says: d.Says.Reason, Verdict: &docket.Verdict{Innocent: d.Says.Innocent, Ground: d.Says.Ground, Argument: d.Says.Argument}}
	if d.Review != nil {
		a.Review = d.Review.ID
	}
	d.readAnswers(a.Verdict)
	d.readFacts(a.Verdict)
	d.readFinding(&a)
	d.readUntil(&a)
	for _, x := range []struct {
		id, text, says string
		most           int
	}{
		{"v-innocent", d.Says.Innocent, "Write the strongest innocent explanation down, and how it fits.", docket.MaxAnswer},
		{"v-ground", d.Says.Ground, "Name the ground: the clause of the terms.", docket.MaxAnswer},
		{"v-reason", d.Says.Reason, "Give the reason, in a sentence.", maxSays},
	} {
		switch over := len(x.text) - x.most; {
		case x.text == "":
			d.wrong(x.id, "%s", x.says)
		case over > 0:
			d.wrong(x.id, "This is too long by %d bytes; most letters that are not Latin have two or three.", over)
		}
	}
	switch over := len(d.Says.Argument) - docket.MaxAnswer; {
	case d.Spoke != 0 && d.Says.Argument == "":
		d.wrong("v-argument", "The tenant has spoken: say what you answer to its words.")
	case over > 0:
		d.wrong("v-argument", "This is too long by %d bytes; most letters that are not Latin have two or three.", over)
	}
	return a
}

// readAnswers takes an answer to each criterion: for whom it speaks, and in words.
func (d *verdictForm) readAnswers(v *docket.Verdict) {
	for i := range d.Criteria {
		c := &d.Criteria[i]
		if c.Speaks == "" {
			d.wrong(fmt.Sprintf("v-speaks-%d", c.N), "Answer point %d; “cannot tell” is an answer.", c.N)
		}
		if c.Note == "" {
			d.wrong(fmt.Sprintf("v-note-%d", c.N), "Point %d: say in words what you found.", c.N)
		}
		answer := strings.TrimSpace(c.Speaks.Says() + " " + c.Note)
		if over := len(answer) - docket.MaxAnswer; over > 0 {
			d.wrong(fmt.Sprintf("v-note-%d", c.N), "Point %d is too long by %d bytes; most letters that are not Latin have two or three.", c.N, over)
		}
		v.Answers = append(v.Answers, answer)
	}
}

// denialFacts is on how many facts a denial rests at least (judge/procedure has the same number).
const denialFacts = 3

func (d *verdictForm) readFacts(v *docket.Verdict) {
	for _, x := range d.Facts {
		if x.Is {
			v.Facts = append(v.Facts, x.Ref)
		}
	}
	switch n := len(v.Facts); {
	case n == 0:
		d.wrong("v-facts", "Tick at least one fact on which it rests.")
	case n > docket.MaxFacts:
		d.wrong("v-facts", "Tick at most %d facts, there are %d.", docket.MaxFacts, n)
	}
}

// readFinding takes what is found, or proposed.
func (d *verdictForm) readFinding(a *docket.Act) {
	if !d.OfMeasure() {
		if a.Verdict.Grant = d.Grant == "yes"; d.Grant != "yes" && d.Grant != "no" {
			d.wrong("v-grant", "Choose yes or no.")
		}
		return
	}
	i := slices.IndexFunc(d.Measures, func(m measureView) bool { return m.Is })
	if i < 0 {
		d.wrong("v-measure", "Choose one of the measures.")
		return
	}
	word := d.Measures[i].Word
	if d.Opens() && d.readLawful(a, &d.Measures[i]) {
		return
	}
	if id, is := strings.CutPrefix(word, docket.ActApprove.String()+" "); is {
		a.Kind, a.Decision = docket.ActApprove, evenkeel.DecisionID(id)
	} else if d.Opens() {
		a.Kind = docket.ActPropose
	}
	a.Verdict.Measure = d.Measures[i].measure
	if d.Opens() {
		a.Measure = a.Verdict.Measure
	}
	if a.Verdict.Measure == evenkeel.MeasureDeny && len(a.Verdict.Facts) > 0 && len(a.Verdict.Facts) < denialFacts {
		d.wrong("v-facts", "A denial rests on %d facts at least; ticked: %d.", denialFacts, len(a.Verdict.Facts))
	}
}

// readUntil takes when what is proposed ends.
func (d *verdictForm) readUntil(a *docket.Act) {
	if !d.Opens() || a.Hold != nil || d.Until == "" {
		return
	}
	until, ok := readTime(d.Until)
	if a.Until = until; !ok || until <= a.At {
		d.wrong("v-until", "Give a time in UTC after now such as 2026-11-27 01:00, or nothing for as long as the policy has it.")
	}
}

// recuseForm says that who was drawn cannot.
type recuseForm struct {
	refusal
	Case   evenkeel.CaseID
	Review docket.ReviewID
	Nonce  string
	Reason string
}

// newRecuse returns an empty form for who was drawn; nil for others.
func newRecuse(f *docket.Folder, me evenkeel.PersonID) *recuseForm {
	for i := range f.Reviews {
		if r := &f.Reviews[i]; !r.State.Over() && r.Waits() == me && cmp.Or(r.By, me+"?") != me && len(r.Draws) > 0 {
			return &recuseForm{Case: f.Case.ID, Review: r.ID, Nonce: rand.Text()}
		}
	}
	return nil
}
