package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

var _ shield.Prober = (*Fleet)(nil)

const (
	probesAtOnce = 64
	probeTakes   = time.Minute // at most, where an order waits for it
)

// shown is until when it counts that a host showed what has to be shown of its measures.
type shown map[string]map[evenkeel.Measure]evenkeel.Moment

// Probe has hosts show that data is reached. Of an order all of its hosts have to; a way is open where it is on each of
// them. Of a canary every host that is here is asked, each about its own, and what is returned is of one that showed
// all, where there is one: the others get no order that needs it until they do (see Apply).
func (f *Fleet) Probe(ctx context.Context, p shield.Probe) ([]shield.Fetched, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	roster := f.known()
	if roster == nil {
		return nil, unshown(&p, "hosts cannot connect yet", nil)
	}
	var hosts []string
	if p.Order == "" {
		for _, h := range roster.Hosts() {
			if h.Here {
				hosts = append(hosts, h.ID)
			}
		}
	} else {
		for _, a := range p.Assets {
			at := roster.Holders(a)
			if len(at) == 0 && slices.ContainsFunc(roster.Hosts(), func(h Host) bool { return !h.Known }) {
				return nil, unshown(&p, "a host that may hold "+string(a)+" was not heard yet", nil)
			}
			hosts = append(hosts, at...)
		}
		slices.Sort(hosts)
		hosts = slices.Compact(hosts)
	}
	if len(hosts) == 0 {
		return nil, unshown(&p, "no host that could is here", nil)
	}
	all := f.ask(ctx, roster, hosts, &p)
	if p.Order == "" {
		return f.anyOf(all, roster, &p)
	}
	return allOf(all, &p)
}

// told is what one host answered to a probe.
type told struct {
	host string
	came []shield.Fetched
	err  error
}

// ask asks hosts at the same time, and notes of canaries what they showed.
func (f *Fleet) ask(ctx context.Context, r Roster, hosts []string, p *shield.Probe) []told {
	all := make([]told, len(hosts))
	var g errgroup.Group
	g.SetLimit(probesAtOnce)
	for i, h := range hosts {
		g.Go(func() error {
			one := *p
			one.ID = p.ID + "-" + fmt.Sprint(i)
			one.Assets = nil // the host has them in its book, and there may be thousands
			came, err := r.Probe(ctx, h, one)
			all[i] = told{h, came, err}
			return nil
		})
	}
	_ = g.Wait() // none fails
	if p.Order != "" {
		return all
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range all {
		switch {
		case t.err != nil: // nobody knows: what was shown counts on
		case p.Amiss(t.came) != "":
			delete(f.shown[t.host], p.Measure)
		default:
			if f.shown[t.host] == nil {
				f.shown[t.host] = map[evenkeel.Measure]evenkeel.Moment{}
			}
			f.shown[t.host][p.Measure] = f.now().Add(f.opts.ProofFor)
		}
	}
	return all
}

// anyOf is what one host showed: all of it, where one did. Where one that does not answer did so lately nobody knows,
// whatever another one lacks: what it showed counts on.
func (f *Fleet) anyOf(all []told, r Roster, p *shield.Probe) ([]shield.Fetched, error) {
	best := -1
	for i, t := range all {
		if t.err != nil {
			continue
		}
		if p.Amiss(t.came) == "" {
			return named(t), nil
		}
		if best < 0 {
			best = i
		}
	}
	if best < 0 {
		return nil, unshown(p, all[0].host+" does not show it", all[0].err)
	}
	if h := f.showsStill(r, p.Measure); h != "" {
		return nil, unshown(p, all[best].host+" does not show it ("+p.Amiss(all[best].came)+"), and "+h+", which did, does not answer", nil)
	}
	return named(all[best]), nil
}

// showsStill is a host of which it counts yet what it showed of a measure, or "".
func (f *Fleet) showsStill(r Roster, m evenkeel.Measure) string {
	hosts := r.Hosts()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range hosts {
		if f.shown[h.ID][m] > f.now() {
			return h.ID
		}
	}
	return ""
}

// allOf is, of each way, what the first host brought that did not bring the object, or else what one brought.
func allOf(all []told, p *shield.Probe) (out []shield.Fetched, err error) {
	for _, t := range all {
		if t.err != nil {
			return nil, unshown(p, t.host+" does not show it", t.err)
		}
	}
	for _, way := range p.Ways {
		worst := all[0]
		for _, t := range all {
			if !slices.Contains(p.Open(t.came), way) {
				worst = t
				break
			}
		}
		out = append(out, slices.DeleteFunc(named(worst), func(x shield.Fetched) bool { return x.Way != way })...)
	}
	return out, nil
}

// named are fetched objects with the host in what a person should know.
func named(t told) []shield.Fetched {
	out := slices.Clone(t.came)
	for i := range out {
		out[i].Why = "on " + t.host
		if why := t.came[i].Why; why != "" {
			out[i].Why += ": " + why
		}
	}
	return out
}

func unshown(p *shield.Probe, why string, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "probe " + p.Measure.String() + ": " + why, Err: err, Hint: evenkeel.HintOf(err)}
}

// yetToShow are those of hosts that have not shown lately what an order needs to have shown.
func (f *Fleet) yetToShow(o *evenkeel.Order, hosts []string, now evenkeel.Moment) []string {
	if o.Lift || !slices.Contains(f.means.ToShow(), o.Measure) {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return f.shown[h][o.Measure] > now })
}

// unproven says of hosts why they may not be asked for a measure, where it has to be shown that data is reached
// meanwhile and they have not shown it lately: they are asked to show it now. Of those that say nothing nobody knows.
func (f *Fleet) unproven(ctx context.Context, r Roster, o *evenkeel.Order, hosts []string) (why map[string]string, silent error) {
	left := f.yetToShow(o, hosts, f.now())
	if len(left) == 0 {
		return nil, nil
	}
	within, cancel := context.WithTimeout(ctx, probeTakes)
	defer cancel()
	p := shield.NewProbe(o.Measure, f.means.Keeps)
	why = map[string]string{}
	for _, t := range f.ask(within, r, left, &p) {
		switch {
		case t.err != nil:
			why[t.host] = "it has not shown that tenants reach their data meanwhile"
			silent = unavailable(o, t.host+" has not shown that tenants reach their data under "+o.Measure.String()+": "+t.err.Error(), evenkeel.HintOf(t.err))
		case p.Amiss(t.came) != "":
			why[t.host] = "tenants do not reach their data there meanwhile: " + p.Amiss(t.came)
		}
	}
	return why, silent
}

// asked is a question to a host, as it is on the way.
type asked struct {
	Probe *shield.Probe `json:"probe"`
}

// answered is what it answers.
type answered struct {
	Fetched []shield.Fetched `json:"fetched,omitempty"`
	Silent  string           `json:"silent,omitempty"` // why nobody knows
	Hint    string           `json:"hint,omitempty"`
}

// Ask asks a host about a probe, by whatever way questions go to it.
func Ask(ctx context.Context, p shield.Probe, way func(ctx context.Context, question []byte) ([]byte, error)) ([]shield.Fetched, error) {
	text, err := json.Marshal(asked{&p})
	if err != nil {
		return nil, err
	}
	said, err := way(ctx, text)
	if err != nil {
		return nil, err
	}
	var a answered
	if err := json.Unmarshal(said, &a); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "read what a host answers to a probe", Err: err}
	}
	if a.Silent != "" {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: a.Silent, Hint: a.Hint}
	}
	if len(a.Fetched) > shield.MaxWays {
		return nil, evenkeel.Invalid("a host says what came on %d ways; expected at most %d", len(a.Fetched), shield.MaxWays)
	}
	return a.Fetched, nil
}

// Answer answers a question on a host.
func Answer(ctx context.Context, question []byte, to shield.Prober) []byte {
	var q asked
	var a answered
	err := json.Unmarshal(question, &q)
	if err == nil && q.Probe == nil {
		err = evenkeel.Invalid("a question that is no probe; this agent knows no other")
	}
	if err == nil {
		a.Fetched, err = to.Probe(ctx, *q.Probe)
	}
	if err != nil {
		a = answered{Silent: clip(err.Error()), Hint: evenkeel.HintOf(err)}
	}
	text, err := json.Marshal(a)
	if err != nil {
		return []byte(`{"silent":"the answer cannot be written"}`)
	}
	return text
}
