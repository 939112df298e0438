package replay

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/watch"
)

// decider is the judge as a replay needs it; a judge.Docket is one.
type decider interface {
	Enact(ctx context.Context, at evenkeel.Moment) error
	Consider(ctx context.Context, found []evenkeel.Finding, known judge.Holder, now evenkeel.Moment) (judge.Heard, error)
	Drifted(ctx context.Context, f docket.Feed) (judge.Heard, error)
	Do(ctx context.Context, a docket.Act, known judge.Holder) (judge.Heard, error)
	Sweep(ctx context.Context, now evenkeel.Moment, known judge.Holder) (judge.Heard, error)
}

// timeline brings acts, clocks and findings into one order. It goes by the time of acts and
// findings, not by where a batch of records ends.
type timeline struct {
	decider
	known   judge.Holder
	acts    []docket.Act // that are still to be done, in their order
	did     map[string]bool
	begun   bool
	now     evenkeel.Moment // all that was due up to here is done
	decided func(evenkeel.Decision) error
	refused func(docket.Act, error)
	tally   *Tally
}

func (p *player) timeline(known judge.Holder) *timeline {
	if p.Docket == nil {
		return nil
	}
	t := &timeline{
		decider: p.Docket, known: known, acts: inOrder(p.Acts), did: map[string]bool{},
		decided: p.Decided, refused: p.Refused, tally: &p.sum.Decided,
	}
	t.tally.init()
	return t
}

// inOrder sorts acts by their time. At the same moment a tenant's come first, then their
// kinds, ids and contents decide, so that the order of lines and files changes nothing.
func inOrder(acts []docket.Act) []docket.Act {
	texts := make(map[string][]byte, len(acts))
	text := func(a *docket.Act) string {
		key := fmt.Sprintf("%s %d", a.ID, a.At)
		if texts[key] == nil {
			texts[key], _ = json.Marshal(a) // plain values: it cannot fail
		}
		return string(texts[key])
	}
	acts = slices.Clone(acts)
	slices.SortStableFunc(acts, func(a, b docket.Act) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(text(&a), text(&b)))
	})
	return acts
}

// begin lets the policy come into force at the first thing that happens.
func (t *timeline) begin(ctx context.Context, at evenkeel.Moment) error {
	if t == nil || t.begun {
		return nil
	}
	t.begun = true
	if len(t.acts) > 0 {
		at = min(at, t.acts[0].At)
	}
	return t.Enact(ctx, at)
}

// waits says whether something is to be done before a record is watched.
func (t *timeline) waits(r *evenkeel.Record) bool {
	return t != nil && (r.Kind == evenkeel.KindBurst || len(t.acts) > 0 && t.acts[0].At <= r.At)
}

// until does what is due up to and including a moment: every act once the clocks before it
// have run out, then the clocks that are left. What is dated earlier than what was done
// already changes no clock back.
func (t *timeline) until(ctx context.Context, at evenkeel.Moment) error {
	for len(t.acts) > 0 && t.acts[0].At <= at {
		a := t.acts[0]
		t.acts = t.acts[1:]
		if err := t.do(ctx, a); err != nil {
			return err
		}
	}
	return t.sweep(ctx, at)
}

func (t *timeline) sweep(ctx context.Context, at evenkeel.Moment) error {
	t.now = max(t.now, at)
	heard, err := t.Sweep(ctx, t.now, t.known)
	if err != nil {
		return fmt.Errorf("let clocks run out up to %s: %w", t.now, err)
	}
	return t.take(heard)
}

// do does one act. One that cannot be done is told and left out: an act costs itself only.
func (t *timeline) do(ctx context.Context, a docket.Act) error {
	if t.did[a.ID] {
		return nil
	}
	t.did[a.ID] = true
	if err := t.sweep(ctx, a.At); err != nil {
		return err
	}
	heard, err := t.Do(ctx, a, t.known)
	switch kind := evenkeel.KindOf(err); {
	case err == nil:
		t.tally.Acts++
		return t.take(heard)
	case kind == evenkeel.KindInternal || kind == evenkeel.KindUnavailable:
		return fmt.Errorf("%s at %s: %w", a.Kind, a.At, err)
	}
	t.tally.Refused++
	if t.refused != nil {
		t.refused(a, err)
	}
	return nil
}

// drifted has the judge know what sources are not what they were.
func (t *timeline) drifted(ctx context.Context, list []watch.Drift) error {
	if t == nil {
		return nil
	}
	for _, d := range list {
		heard, err := t.Drifted(ctx, docket.NewFeed(d.Source, d.Input, d.Since, d.At, d.Over, d.Says, d.Rules))
		if err == nil {
			err = t.take(heard)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// consider has a finding judged that is attributed.
func (t *timeline) consider(ctx context.Context, f evenkeel.Finding) error {
	heard, err := t.Consider(ctx, []evenkeel.Finding{f}, t.known, t.now)
	if err != nil {
		return fmt.Errorf("judge finding %s: %w", f.ID, err)
	}
	if f.Mode == evenkeel.ModeLive {
		t.tally.weigh(heard.Weighed)
	}
	return t.take(heard)
}

// take tells each state of each decision.
func (t *timeline) take(heard judge.Heard) error {
	for i := range heard.Changes {
		c := &heard.Changes[i]
		t.tally.take(c)
		if t.decided == nil {
			continue
		}
		for _, d := range c.Decisions {
			if err := t.decided(d); err != nil {
				return err
			}
		}
	}
	return nil
}
