package lookback

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/lab/sorted"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// longestLead is the most that is read of a machine before the hour that is looked at closely.
const longestLead = 6 * time.Hour

// near reads a machine's hour once more, and returns what each rule in force about machines stated
// of it when it was nearest to firing: with the highest score, and of equal ones with the highest
// value of its heaviest term.
func (l *looking) near(ctx context.Context, asset evenkeel.AssetID, hour evenkeel.Moment) ([]Statement, error) {
	rules := slices.DeleteFunc(slices.Clone(l.Rules), func(r *rule.Rule) bool {
		return r.Subject != evenkeel.SubjectAsset || r.Mode != evenkeel.ModeLive || !reads(r)
	})
	if len(rules) == 0 {
		return []Statement{}, nil
	}
	engine, err := watch.New(rules, watch.Options{})
	if err != nil {
		return nil, err
	}
	sorter := sorted.New(l.Sort)
	err = l.history.Again(ctx, asset, hour.Add(-lead(rules)), hour.Add(bucket), sorter.Add)
	best := map[string]evenkeel.Finding{}
	if err == nil {
		err = l.askAlong(ctx, engine, sorter, func(at evenkeel.Moment) {
			if at <= hour {
				return
			}
			for _, f := range engine.Ask(asset, at, machinesOf{l.witness.known}) {
				if had, some := best[f.Rule]; !some || nearer(&f, &had) {
					best[f.Rule] = f
				}
			}
		})
	}
	if e := sorter.Close(); err == nil {
		err = e
	}
	out := []Statement{}
	for _, r := range rules {
		if f, some := best[r.ID]; some {
			out = append(out, l.statement(&f))
		}
	}
	return out, err
}

// machinesOf is what is known, as rules about machines ask it: who created what is asked about principals alone.
type machinesOf struct{ judge.Holder }

// CreatedBy is not asked.
func (machinesOf) CreatedBy(evenkeel.TenantID, string, evenkeel.Moment, evenkeel.Moment, int) []evenkeel.AssetID {
	return nil
}

// askAlong watches records and stops at each full minute.
func (l *looking) askAlong(ctx context.Context, engine *watch.Engine, sorter *sorted.Sorter, ask func(evenkeel.Moment)) error {
	minute := evenkeel.Moment(time.Minute)
	next := evenkeel.Moment(0)
	for b, err := range sorter.Batches(ctx) {
		if err != nil {
			return err
		}
		from := 0
		for i := range b.Records {
			at := b.Records[i].At
			if at < next {
				continue
			}
			some := *b
			some.Records = b.Records[from:i:i]
			from = i
			engine.Observe(&some, machinesOf{l.witness.known})
			if next != 0 {
				ask(next)
			}
			next = at/minute*minute + minute
		}
		some := *b
		some.Records = b.Records[from:]
		engine.Observe(&some, machinesOf{l.witness.known})
	}
	if next != 0 {
		ask(next)
	}
	return nil
}

// lead is how far back the rules' windows over meters look.
func lead(rules []*rule.Rule) (most time.Duration) {
	for _, r := range rules {
		for _, w := range r.Windows {
			if !w.Of.Event() {
				most = max(most, w.For)
			}
		}
	}
	return min(most, longestLead)
}

func nearer(f, than *evenkeel.Finding) bool {
	if f.Score != than.Score {
		return f.Score > than.Score
	}
	return heaviest(f) > heaviest(than)
}

// heaviest is the value of the term that weighs most, met or not.
func heaviest(f *evenkeel.Finding) float64 {
	weight, value := math.Inf(-1), math.Inf(-1)
	for _, t := range slices.Concat(f.Terms, f.Unmet) {
		if t.Value.Known && t.Weight > weight {
			weight, value = t.Weight, t.Value.Value
		}
	}
	return value
}

// close reads what a machine did around a moment, at the step of the lookback.
func (l *looking) close(ctx context.Context, asset evenkeel.AssetID, from, until evenkeel.Moment) (Trace, error) {
	t := newTraces(from, until, max(l.Span.Step, time.Minute))
	err := l.history.Again(ctx, asset, from.Add(-2*t.step), until, func(b *evenkeel.Batch) error {
		t.add(b)
		return nil
	})
	return t.trace(asset), err
}

// reads says whether a rule looks at a meter at all: what a history of meters can say nothing of
// is not near to anything.
func reads(r *rule.Rule) bool {
	return slices.ContainsFunc(r.Windows, func(w rule.Window) bool { return !w.Of.Event() })
}
