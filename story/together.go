package story

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// drawn stands in a story for whoever a lot fell on, which nobody knows beforehand.
const drawn = "drawn"

// colleagues are who may decide in a story.
type colleagues []docket.Reviewer

// Reviewers returns them.
func (c colleagues) Reviewers(context.Context) ([]docket.Reviewer, error) { return c, nil }

// reviewers reads who works for the operator and may decide, and since when.
func (s *stage) reviewers(l *line) error {
	since := s.clock
	if err := arg(l, "since", parseMoment, &since); err != nil {
		return err
	}
	for name := range strings.SplitSeq(l.words[0], ",") {
		if err := evenkeel.CheckID("reviewer", name); err != nil {
			return err
		}
		s.story.reviewers = append(s.story.reviewers, docket.Reviewer{Person: evenkeel.PersonID(name), Enrolled: since})
	}
	return nil
}

// verdictArgs say what somebody found.
var verdictArgs = []string{"family", "by", "found", "grant", "answers", "innocent", "facts", "ground", "argument"}

// finding reads a verdict. What it lacks is the judge's to say.
func (s *stage) finding(l *line, a *act) error {
	v := docket.Verdict{Innocent: l.args["innocent"], Ground: l.args["ground"], Argument: l.args["argument"], Grant: l.args["grant"] == "yes"}
	if err := arg(l, "found", evenkeel.ParseMeasure, &v.Measure); err != nil {
		return err
	}
	split := func(key, by string) (out []string) {
		for part := range strings.SplitSeq(l.args[key], by) {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
		return out
	}
	v.Answers, v.Facts = split("answers", "|"), split("facts", ",")
	a.Verdict = &v
	return nil
}

func (s *stage) proposing(l *line, a *act) error {
	if err := arg(l, "measure", evenkeel.ParseMeasure, &a.Measure); err != nil {
		return err
	}
	if name, given := l.args["authority"]; given {
		a.Hold = &docket.Hold{Authority: name, Reference: l.args["reference"], Secret: l.args["secret"] == "yes", Ends: l.args["withdrawn"] == "yes"}
		if err := arg(l, "until", parseMoment, &a.Hold.Until); err != nil {
			return err
		}
	}
	return s.finding(l, a)
}

func (s *stage) recusing(*line, *act) error { return nil }

// waits is who is waited for in the reviews of a tenant.
func (d *desk) waits(t evenkeel.TenantID) evenkeel.PersonID {
	for i := range d.reviews {
		if r := &d.reviews[i]; r.Tenant == t && r.Waits() != "" {
			return r.Waits()
		}
	}
	return drawn
}

// nonces seeds the lots of a story, the same each time it is played.
func nonces() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("story draw %d", n)
	}
}

// reviewed is a line of a timeline about what two persons decide, without ids and hashes.
func (d *desk) reviewed(e *evenkeel.Entry) string {
	says := d.plain(e.Says)
	if i := strings.Index(says, " for review "); i >= 0 && e.State == "drawn" {
		for j := range d.reviews {
			if r := &d.reviews[j]; string(r.ID) == e.Ref && len(r.Draws) > 0 {
				for k := range r.Draws {
					if r.Draws[k].At == e.At {
						return fmt.Sprintf("%s: the lot fell on %s (round %d).", says[:i], r.Draws[k].Drawn, r.Draws[k].Round)
					}
				}
			}
		}
	}
	return strings.ReplaceAll(says, e.Ref, "1")
}
