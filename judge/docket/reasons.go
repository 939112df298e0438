package docket

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Speaks says for whom an answer to a criterion speaks.
type Speaks string

// What can be answered; the empty one is no answer yet.
const (
	SpeaksFor     Speaks = "for"
	SpeaksAgainst Speaks = "against"
	CannotTell    Speaks = "open"
)

// Says is how an answer begins in a person's words.
func (s Speaks) Says() string {
	switch s {
	case SpeaksFor:
		return "Speaks for the tenant."
	case SpeaksAgainst:
		return "Speaks against the tenant."
	case CannotTell:
		return "Cannot tell."
	default:
		return ""
	}
}

// Point is a criterion and its answer.
type Point struct {
	Criterion string
	Speaks    Speaks
	Note      string
}

// Reasons are why somebody did something: a reason, and the family's criteria point by point.
type Reasons struct {
	Reason string
	Points []Point
}

// pointByPoint stands between a reason and the answers; indent before each line of an answer.
const (
	pointByPoint = "Point by point:"
	indent       = "   "
)

// Text writes reasons as words that an act can hold and the tenant can read. ReadReasons is the
// way back. Points without an answer are left out.
func (r *Reasons) Text() string {
	reason := strings.TrimSpace(r.Reason)
	if !slices.ContainsFunc(r.Points, func(p Point) bool { return p.Speaks.Says() != "" }) {
		return reason
	}
	var b strings.Builder
	for line := range strings.Lines(reason) {
		if looksLike(line) {
			b.WriteByte('>') // it is the person's own line, and does not begin the answers
		}
		b.WriteString(line)
	}
	n := 0
	for _, p := range r.Points {
		if p.Speaks.Says() == "" {
			continue
		}
		if n == 0 {
			b.WriteString("\n\n" + pointByPoint)
		}
		n++
		fmt.Fprintf(&b, "\n%d. %s\n%s%s", n, OneLine(p.Criterion), indent, p.Speaks.Says())
		for i, line := range strings.Split(strings.TrimSpace(p.Note), "\n") {
			switch {
			case i == 0 && line != "":
				b.WriteString(" " + line)
			case i > 0:
				b.WriteString("\n" + indent + line)
			}
		}
	}
	return b.String()
}

// ReadReasons reads what Text wrote. Words in no such form are a reason without points.
func ReadReasons(words string) Reasons {
	reason, rest, found := strings.Cut("\n"+words, "\n"+pointByPoint+"\n")
	if !found {
		return Reasons{Reason: words}
	}
	var own strings.Builder
	for line := range strings.Lines(strings.TrimSpace(reason)) {
		if looksLike(line) {
			line = strings.TrimPrefix(line, ">")
		}
		own.WriteString(line)
	}
	r := Reasons{Reason: strings.TrimSpace(own.String())}
	for line := range strings.SplitSeq(rest, "\n") {
		if text, ok := strings.CutPrefix(line, indent); ok && len(r.Points) > 0 {
			if !r.Points[len(r.Points)-1].Take(text) {
				return Reasons{Reason: words}
			}
			continue
		}
		text, ok := strings.CutPrefix(line, fmt.Sprintf("%d. ", len(r.Points)+1))
		if !ok {
			return Reasons{Reason: words}
		}
		r.Points = append(r.Points, Point{Criterion: text})
	}
	for _, p := range r.Points {
		if p.Speaks == "" {
			return Reasons{Reason: words}
		}
	}
	return r
}

// Take reads a line of an answer, and says whether it can be one.
func (p *Point) Take(line string) bool {
	if p.Speaks != "" {
		p.Note += "\n" + line
		return true
	}
	for _, s := range []Speaks{SpeaksFor, SpeaksAgainst, CannotTell} {
		if note, ok := strings.CutPrefix(line, s.Says()); ok {
			p.Speaks, p.Note = s, strings.TrimPrefix(note, " ")
			return true
		}
	}
	return false
}

// looksLike says whether a line of a reason looks like the one before the answers, marked as the
// person's own or not.
func looksLike(line string) bool {
	return strings.TrimSpace(strings.TrimLeft(line, ">")) == pointByPoint
}

// OneLine is a criterion as it stands in reasons.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Innocent is the criterion that is asked of every family.
const Innocent = "What is the strongest innocent explanation?"

// AsksInnocent says whether a criterion asks for the strongest innocent explanation.
func AsksInnocent(criterion string) bool {
	return strings.Contains(criterion, "strongest innocent explanation")
}

// PointsAsked are the criteria that a person answers: those of a family, and Innocent where none of them asks that.
func PointsAsked(criteria []string) (out []string) {
	for _, c := range criteria {
		out = append(out, OneLine(c))
	}
	if !slices.ContainsFunc(out, AsksInnocent) {
		out = append(out, Innocent)
	}
	return out
}

// Weighs says whether an act of one person takes an answer to each criterion: letting go takes a reason only,
// and so does what two persons are asked for, whose verdicts have their answers. A flag does where a case is open, of
// what it lets be: it is a word on what was found, as a clearance is. All who ask for answers ask this.
func (a *Act) Weighs() bool {
	return a.Verdict == nil && (a.Kind == ActApprove || a.Kind == ActUphold || a.Kind == ActClear || a.Kind == ActClose || a.Kind == ActFlag)
}

// Against says whether an act is against the tenant, so that the innocent explanation is written down.
func (a *Act) Against() bool {
	return a.Kind == ActApprove || a.Kind == ActUphold || a.Kind == ActClose && a.Outcome == evenkeel.OutcomeConfirmed
}

// Answer holds what an act says against what is asked, and writes the criteria to answers that name none.
// KindInvalid says what is missing, with all that is asked.
func (a *Act) Answer(asked []string) error {
	r := ReadReasons(a.Says)
	for i := range r.Points {
		p := &r.Points[i]
		switch {
		case i >= len(asked): // which is said below
		case p.Criterion == "":
			p.Criterion = asked[i]
		case p.Criterion != asked[i]:
			return evenkeel.Invalid("point %d answers %q; expected an answer to %q", i+1, p.Criterion, asked[i])
		}
	}
	switch n := len(r.Points); {
	case n != len(asked):
		var all strings.Builder
		for i, c := range asked {
			fmt.Fprintf(&all, " %d. %s", i+1, c)
		}
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("to %s takes an answer to each of %d criteria, and %d are answered:%s", a.Kind, len(asked), n, all.String()),
			Hint: "say of each for whom it speaks, with --point for:WORDS, --point against:WORDS or --point open:WORDS in this order; docs/acts.md says how it is written in an act",
		}
	case a.Against():
		for i := range r.Points {
			if AsksInnocent(r.Points[i].Criterion) && r.Points[i].Note == "" {
				return evenkeel.Invalid("point %d has no words; expected the strongest innocent explanation, written down", i+1)
			}
		}
	}
	a.Says = r.Text()
	return nil
}

// LeaveOpen answers each criterion with "cannot tell", where an act takes answers and has none. It is for those who
// play a person's part and were told no answers: a rehearsal, a simulation, a test. No door may call it.
func (a *Act) LeaveOpen(criteria []string, note string) {
	r := ReadReasons(a.Says)
	if a.By == "" || !a.Weighs() || len(r.Points) > 0 {
		return
	}
	for _, c := range PointsAsked(criteria) {
		r.Points = append(r.Points, Point{Criterion: c, Speaks: CannotTell, Note: note})
	}
	a.Says = r.Text()
}
