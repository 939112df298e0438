package judge_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// called has somebody of the operator acknowledge a page, or not answer it. N: neither is a decision, so
// every clock of ours runs on as it did.
func (m *machine) called(name string) {
	if len(m.pages) == 0 {
		return
	}
	id, now := m.pages[m.recent(len(m.pages), "page")], m.now
	r := judge.Reached{Page: id, Person: pick(m, "by", people), Channel: "command", At: now, Failed: m.draw("answers", 0, 2) == 0}
	m.stopsNoClock(name, func(d *judge.Docket) error { return d.Called(ctx, r, now) })
	if r.Failed {
		m.stopsNoClock("nobody called", func(d *judge.Docket) error { return d.Unreached(ctx, id, "no answer", now) })
		return
	}
	m.stopsNoClock("acknowledged", func(d *judge.Docket) error { return d.AllCalled(ctx, id, now) })
}

// stopsNoClock does what decides nothing, and holds it to that.
func (m *machine) stopsNoClock(name string, f func(*judge.Docket) error) {
	before := maps.Clone(m.clocks)
	m.mustDo(name, f)
	for k, was := range before {
		if is, runs := m.clocks[k]; ours(k.k) && (!runs || is.Due != was.Due || is.Paused != was.Paused) {
			m.t.Fatalf("N: our clock %s, due at %s, is %+v because of this: %s", k.k, was.Due, is, name)
		}
	}
}

// holding finds in a sentence what holds machines back that no person said.
var holding = regexp.MustCompile(`The (budget of [^:]+ is spent|(?:breaker of rule|input) [^:]+? (?:opened|is open|is not what it was))`)

// heldOf names what holds machines back in some words, each without how it is said.
func heldOf(says string) (out []string) {
	for _, found := range holding.FindAllStringSubmatch(says, -1) {
		of := found[1]
		for _, end := range []string{" is spent", " opened", " is open", " is not what it was"} {
			of = strings.TrimSuffix(of, end)
		}
		out = append(out, of)
	}
	return out
}

// checkCalled is B: reduction is to notify and page. What a breaker, a feed or a budget leaves to a person calls people
// within the hour of it; and of a budget nobody is called twice in one.
func (m *machine) checkCalled(c *docket.Changes) {
	hour := func(at evenkeel.Moment) time.Time { return at.Time().Truncate(time.Hour) }
	called := func(of string, at evenkeel.Moment) bool {
		return slices.ContainsFunc(m.noCase, func(p docket.Page) bool { return hour(p.At).Equal(hour(at)) && slices.Contains(heldOf(p.Why), of) })
	}
	for _, p := range c.Pages {
		if p.Case != "" {
			continue
		}
		for _, of := range heldOf(p.Why) {
			next := strings.HasPrefix(p.Why, "Nobody could be called at level ") // who comes after whom nobody reached
			if strings.HasPrefix(of, "budget") && !next && called(of, p.At) {
				m.t.Fatalf("B: people are called twice in an hour, at %s: %s", p.At, p.Why)
			}
		}
		m.noCase = append(m.noCase, p)
	}
	for _, e := range c.Entries {
		if e.Kind != evenkeel.EntryDecided || e.State != evenkeel.Proposed.String() || !e.Actor.Automatic() {
			continue
		}
		for _, of := range heldOf(e.Says) {
			if !called(of, e.At) {
				m.t.Fatalf("B: held back, and nobody is called, at %s because of the %s: %s", e.At, of, e.Says)
			}
			kind, _, _ := strings.Cut(of, " ")
			m.seen["people called by "+kind]++
		}
	}
}
