package lookback

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// decider is the judge as a lookback needs it; a judge.Docket is one.
type decider interface {
	Enact(ctx context.Context, at evenkeel.Moment) error
	Consider(ctx context.Context, found []evenkeel.Finding, known judge.Holder, now evenkeel.Moment) (judge.Heard, error)
	Do(ctx context.Context, a docket.Act, known judge.Holder) (judge.Heard, error)
	Sweep(ctx context.Context, now evenkeel.Moment, known judge.Holder) (judge.Heard, error)
}

// witness stands before the judge and writes down what policies made of each finding. What the
// stand-in of 2019 finds goes to books of its own, so that it changes nothing in the others.
type witness struct {
	decider
	other  decider
	digest string // of the policy of 2019
	known  judge.Holder
	found  map[evenkeel.FindingID]*weighed
	says   map[evenkeel.FindingID]string
}

// weighed is the highest of both revisions.
type weighed struct {
	subject  evenkeel.Subject
	assets   []evenkeel.AssetID
	rule     string
	at       evenkeel.Moment
	live     bool             // the rule is in force
	wanted   evenkeel.Measure // by the policy in force
	allowed  evenkeel.Measure
	old      evenkeel.Measure // wanted by the policy of 2019
	standing bool             // the rule is the stand-in
}

// Consider has findings weighed, those of the stand-in apart.
func (w *witness) Consider(ctx context.Context, found []evenkeel.Finding, known judge.Holder, now evenkeel.Moment) (judge.Heard, error) {
	w.known = known
	var live []evenkeel.Finding
	for _, f := range found {
		if w.note(&f); f.Rule != standInRule {
			live = append(live, f)
			continue
		}
		heard, err := w.other.Consider(ctx, []evenkeel.Finding{f}, known, now)
		if err != nil {
			return judge.Heard{}, err
		}
		w.hear(heard)
	}
	heard, err := w.decider.Consider(ctx, live, known, now)
	w.hear(heard)
	return heard, err
}

// Sweep lets clocks run out.
func (w *witness) Sweep(ctx context.Context, now evenkeel.Moment, known judge.Holder) (judge.Heard, error) {
	w.known = known
	return w.decider.Sweep(ctx, now, known)
}

func (w *witness) note(f *evenkeel.Finding) {
	if w.found[f.ID] == nil {
		w.found[f.ID] = &weighed{
			subject: f.Subject, assets: f.Named(), rule: f.Rule, at: f.At, standing: f.Rule == standInRule, live: f.Mode == evenkeel.ModeLive,
		}
	}
}

func (w *witness) hear(heard judge.Heard) {
	for _, one := range heard.Weighed {
		f := w.found[one.Finding]
		switch {
		case f == nil:
		case one.Policy == w.digest:
			f.old = max(f.old, one.Wanted)
		case one.Mode == evenkeel.ModeLive:
			f.wanted, f.allowed = max(f.wanted, one.Wanted), max(f.allowed, one.Allowed)
		}
	}
	for i := range heard.Changes {
		for _, d := range heard.Changes[i].Decisions {
			if d.Actor.Policy != w.digest || len(d.Safeguards) == 0 {
				continue
			}
			for _, b := range d.Grounds.Basis {
				w.says[b.Finding] = d.Safeguards[0].Why
			}
		}
	}
}
