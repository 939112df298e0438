package gaming

import (
	"context"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
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

// load is that of a machine of the play.
func (r *run) load(m int) func(evenkeel.Moment) float64 {
	return func(at evenkeel.Moment) float64 {
		switch {
		case r.Turns && int(at.Sub(r.Start)/time.Hour)%machines != m:
			return 0
		case r.Slack:
			return slackLoad
		}
		return 1
	}
}

// watched has the rules watch a machine of each kind that the play has: all do the same, or take
// turns.
func (r *run) watched() error {
	for m := range machines {
		if m > 0 && !r.Turns {
			r.sights[m] = r.sights[0]
			continue
		}
		found, err := Sight(r.Rules, r, machineOf(tenantOf(0), m), r.Start, r.Start.Add(r.For), r.load(m), !r.Hidden)
		if err != nil {
			return err
		}
		r.sights[m] = found
	}
	return nil
}

// met judges what the rules have found of each machine since the step before, when they found it.
func (r *run) met(ctx context.Context) error {
	now := r.now
	defer func() { r.now = now }()
	for i := range r.Accounts * machines {
		t, m := tenantOf(i/machines), i%machines
		for j := range r.sights[m] {
			f := r.sights[m][j]
			if r.found[t] || f.At > now || f.At <= now.Add(-step) {
				continue
			}
			first := slices.IndexFunc(r.sights[m], func(g evenkeel.Finding) bool { return g.ID == f.ID }) // all revisions have one id
			f.Subject = evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: machineOf(t, m), Tenant: t, Since: r.since()}
			f.ID = evenkeel.NewFindingID(f.Rule, f.Version, f.Subject, r.sights[m][first].At)
			r.now = f.At
			if err := r.judged(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// judged puts a finding before the judge, and answers what the account is told, if it does.
func (r *run) judged(ctx context.Context, f evenkeel.Finding) error {
	heard, err := r.d.Consider(ctx, []evenkeel.Finding{f}, r, r.now)
	if told := r.hear(heard); err == nil && told && r.Answer {
		err = r.speak(ctx, f.Subject.Tenant, docket.ActAnswer)
	}
	return err
}
