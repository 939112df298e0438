package console

import (
	"fmt"
	"slices"
	"strings"
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
		fmt.Fprintf(&b, "\n%d. %s\n%s%s", n, oneLine(p.Criterion), indent, p.Speaks.Says())
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
			if !r.Points[len(r.Points)-1].take(text) {
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

// take reads a line of an answer, and says whether it can be one.
func (p *Point) take(line string) bool {
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

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
