package story

import (
	"context"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// desk is the judge of one story, and what stands on it by now, as its changes told.
type desk struct {
	docket    *judge.Docket
	books     docket.Books
	policies  []*policy.Policy // the first is in force, the others are in shadow
	changes   []docket.Changes // all of them, in order
	weighed   []judge.Weighed
	cases     []evenkeel.Case     // in the order of their opening
	decisions []evenkeel.Decision // in the order of their making
	flags     []evenkeel.Flag     // in the order of their granting
	reviews   []docket.Review     // in the order of their opening
	done      map[string]bool     // acts, by id
	looked    map[string]bool     // looks, by id
	refused   int
	swept     evenkeel.Moment // what was due up to here has run out
}

// paper is what a backend keeps that only writes down what it would do.
var paper = procedure.Means{Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Finishes: true}

func newDesk(s *Script, p Parts) (*desk, error) {
	if p.Books == nil {
		return nil, evenkeel.Invalid("there are no books to keep decisions in; expected the parts to have Books")
	}
	policies, err := s.policies(p.Policies)
	if err != nil {
		return nil, err
	}
	means := p.Means
	if !means.Declared {
		means = paper
	}
	d := &desk{policies: policies, books: p.Books(), done: map[string]bool{}, looked: map[string]bool{}}
	if d.docket, err = judge.New(judge.Parts{Books: d.books, Rota: s.rota, Policy: policies[0], Shadow: policies[1:], Means: means, Bench: colleagues(s.reviewers), Nonce: nonces()}); err != nil {
		return nil, err
	}
	if err := d.docket.Enact(context.Background(), s.begin); err != nil {
		return nil, err
	}
	return d, d.load(s, p.Rules)
}

// policies returns the policy in force, the story's own or else another, and behind it all
// that are watched in shadow.
func (s *Script) policies(others []*policy.Policy) ([]*policy.Policy, error) {
	var live, shadow []*policy.Policy
	for _, p := range append(slices.Clone(s.Policies), others...) {
		if p.Mode() == evenkeel.ModeShadow {
			shadow = append(shadow, p)
		} else {
			live = append(live, p)
		}
	}
	if len(live) == 0 {
		p, err := builtin.Default()
		if err != nil {
			return nil, err
		}
		live = append(live, p)
	}
	return append(live[:1:1], shadow...), nil
}

// policy is the name of a policy with that digest.
func (d *desk) policy(digest string) string {
	for _, p := range d.policies {
		if p.Digest() == digest {
			return p.ID()
		}
	}
	return digest
}

// consider has a finding judged.
func (p *player) consider(f evenkeel.Finding) error {
	if p.desk == nil {
		return nil
	}
	heard, err := p.desk.docket.Consider(context.Background(), []evenkeel.Finding{f}, p.registry.Snapshot(), p.clock)
	if err != nil {
		return err
	}
	p.hear(heard)
	return nil
}

// release ends what stands on assets that changed hands.
func (p *player) release(b *evenkeel.Batch, known judge.Holder) error {
	if p.desk == nil {
		return nil
	}
	heard, err := p.desk.docket.Release(context.Background(), b.Assets(evenkeel.KindTenancy, evenkeel.KindLifecycle), known, p.clock)
	if err != nil {
		return err
	}
	p.hear(heard)
	return nil
}

// relist has the judge take in that tenants have other contacts.
func (p *player) relist(all []evenkeel.Relisted, known judge.Holder) error {
	for _, r := range all {
		if p.desk == nil {
			return nil
		}
		heard, err := p.desk.docket.Relist(context.Background(), r, known, p.clock)
		if err != nil {
			return err
		}
		p.hear(heard)
	}
	return nil
}

// runOut lets the clocks run out that are due by then. Each is told at its own time, unless
// the time went on already: what is judged late is told late.
func (p *player) runOut(until evenkeel.Moment) error {
	d := p.desk
	if d == nil || until <= d.swept {
		return nil
	}
	heard, err := d.docket.Sweep(context.Background(), until, p.registry.Snapshot())
	if err != nil {
		return fmt.Errorf("let clocks run out up to %s: %w", until, err)
	}
	first := len(p.told)
	for i := range heard.Changes {
		for _, b := range d.take(&heard.Changes[i], until) {
			p.told = append(p.told, event{at: min(max(b.at, d.swept), until), kind: eventBlock, block: b})
		}
	}
	slices.SortStableFunc(p.told[first:], func(a, b event) int { return int(min(max(a.at-b.at, -1), 1)) })
	d.swept = until
	return nil
}

// hear tells what the judge changed, at the story's clock.
func (p *player) hear(heard judge.Heard) {
	p.desk.weighed = append(p.desk.weighed, heard.Weighed...)
	for i := range heard.Changes {
		for _, b := range p.desk.take(&heard.Changes[i], p.clock) {
			p.say(b)
		}
	}
}

func (p *player) say(b block) {
	b.at = p.clock
	p.told = append(p.told, event{at: p.clock, kind: eventBlock, block: b})
}

// take keeps what changed, and returns it as a person reads it.
func (d *desk) take(c *docket.Changes, at evenkeel.Moment) []block {
	d.changes = append(d.changes, *c)
	for _, f := range c.Flags {
		keep(&d.flags, f, func(o evenkeel.Flag) bool { return o.ID == f.ID })
	}
	for _, r := range c.Reviews {
		keep(&d.reviews, r, func(o docket.Review) bool { return o.ID == r.ID })
	}
	for _, x := range c.Cases {
		keep(&d.cases, x, func(o evenkeel.Case) bool { return o.ID == x.ID })
	}
	said := d.says(c, at) // of decisions it tells what they were before
	for _, x := range c.Decisions {
		keep(&d.decisions, x, func(o evenkeel.Decision) bool { return o.ID == x.ID })
	}
	return said
}

// keep puts a value in the place of the one that is the same, or behind all.
func keep[T any](all *[]T, v T, same func(T) bool) {
	if i := slices.IndexFunc(*all, same); i >= 0 {
		(*all)[i] = v
		return
	}
	*all = append(*all, v)
}
