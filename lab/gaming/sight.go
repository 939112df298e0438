package gaming

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// slackLoad is the load of a machine that stays below the rule: just less than what the one that comes
// with the program calls pinned, with room for what a meter rounds.
const slackLoad = 0.99

// Telemetry of a machine: a reading a minute, and a flow record in ten.
const (
	reads = time.Minute
	flows = 10 * time.Minute
)

// Sight is what rules find of one machine, in the order in which they find it: the engine is the real
// one, over a reading of its CPU a minute and, where it talks to a pool, a flow record in ten. What
// would be found is found as if nothing were done about it.
func Sight(rules []*rule.Rule, known watch.Holder, asset evenkeel.AssetID, from, until evenkeel.Moment, load func(evenkeel.Moment) float64, stratum bool) ([]evenkeel.Finding, error) {
	engine, err := watch.New(rules, watch.Options{Subjects: 1 << 12, Lines: 1 << 12})
	if err != nil {
		return nil, err
	}
	var found []evenkeel.Finding
	id := uint64(0)
	for hour := from; hour < until; hour = hour.Add(time.Hour) {
		b := evenkeel.NewBatch("gaming", 0)
		for at := hour; at < min(until, hour.Add(time.Hour)); at = at.Add(reads) {
			id++
			b.AddUsage(evenkeel.Usage{At: at, ID: 2 * id, Asset: asset, Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Line: 1, Value: load(at)})
			if stratum && load(at) > 0 && at.Sub(from)%flows == 0 {
				b.AddFlow(evenkeel.Flow{At: at, ID: 2*id + 1, Asset: asset, Direction: evenkeel.DirectionOut, Remote: "192.0.2.7", Port: 3333, Protocol: "tcp", App: "stratum", Packets: 40, Bytes: 9000})
			}
		}
		found = append(found, copied(engine.Observe(b, known))...)
	}
	return append(found, copied(engine.Flush(known))...), nil
}

// copied are findings that stay as they are when the engine goes on.
func copied(found []evenkeel.Finding) []evenkeel.Finding {
	out := make([]evenkeel.Finding, len(found))
	for i := range found {
		out[i] = found[i]
		out[i].Terms = append([]evenkeel.Term(nil), found[i].Terms...)
	}
	return out
}

// load is that of a machine of an account that begins with the world.
func (r *run) load(m int) func(evenkeel.Moment) float64 {
	return func(at evenkeel.Moment) float64 {
		switch {
		case !r.works(m, int(at.Sub(r.Start)/step)):
			return 0
		case r.Slack:
			return slackLoad
		}
		return 1
	}
}

// sight is what rules find of a machine, by when it is found, and when each episode was found first:
// all revisions of one have one id.
type sight struct {
	found []evenkeel.Finding
	first map[evenkeel.FindingID]evenkeel.Moment
}

// watched has the rules watch a machine of each kind that the play has: all do the same, or take
// turns, each from when its account begins.
func (r *run) watched() error {
	for m := range machines {
		if m > 0 && !r.Turns {
			r.sights[m] = r.sights[0]
			continue
		}
		found, err := Sight(r.Rules, r, r.all[0].machines[m], r.Start, r.Start.Add(r.For), r.load(m), !r.Hidden)
		if err != nil {
			return err
		}
		slices.SortStableFunc(found, func(a, b evenkeel.Finding) int { return cmp.Compare(a.At, b.At) })
		first := map[evenkeel.FindingID]evenkeel.Moment{}
		for i := range found {
			if _, known := first[found[i].ID]; !known {
				first[found[i].ID] = found[i].At
			}
		}
		r.sights[m] = sight{found, first}
	}
	return nil
}

// met judges what the rules have found of each machine since the step before, when they found it.
func (r *run) met(ctx context.Context) error {
	now := r.now
	defer func() { r.now = now }()
	for i := range r.all {
		a := &r.all[i]
		later := time.Duration(a.begins) * step // than what was watched
		for m := range machines {
			found := r.sights[m].found
			j, _ := slices.BinarySearchFunc(found, now.Add(-step-later), func(f evenkeel.Finding, at evenkeel.Moment) int { return cmp.Compare(f.At, at+1) })
			for ; j < len(found) && found[j].At <= now.Add(-later) && !a.found; j++ {
				f := found[j]
				f.Subject = evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: a.machines[m], Tenant: a.tenant, Since: a.since}
				f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, r.sights[m].first[f.ID].Add(later))
				f.At, f.From, f.Until = f.At.Add(later), f.From.Add(later), f.Until.Add(later)
				f.Panes = nil // nobody draws them
				r.now = f.At
				if err := r.judged(ctx, f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// judged puts a finding before the judge, and answers what the account is told, if it does.
func (r *run) judged(ctx context.Context, f evenkeel.Finding) error {
	heard, err := r.d.Consider(ctx, []evenkeel.Finding{f}, r, r.now)
	if err == nil {
		err = r.answer(ctx, r.hear(heard))
	}
	return err
}
