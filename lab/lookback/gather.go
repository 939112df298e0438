package lookback

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/lookback/prometheus"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// report puts together what was seen.
func (l *looking) report(ctx context.Context) (r Report, err error) {
	r = Report{
		Server: l.version, Address: l.Server.Address(), Selector: l.Span.Selector, From: l.Span.From, Until: l.Span.Until, Step: Seconds(l.Span.Step),
		Assumed: len(l.Inventory) == 0, Policy: l.Policy.ID(), Digest: l.Policy.Digest(), Old: l.Old.ID(), Held: l.finds.held,
		Rules: []string{}, RulesAll: len(l.Rules), Spared: []Spared{}, Unjudged: []Spared{},
	}
	for _, one := range firsts(l.Rules, mostListed) {
		r.Rules = append(r.Rules, one.ID)
	}
	r.Coverage = l.coverage()
	r.Locked = l.locked(r.Assumed)
	if r.Suspects, err = l.suspects(ctx); err != nil {
		return r, err
	}
	r.Spared, r.Unjudged, err = l.spared(ctx)
	if err != nil {
		return r, err
	}
	l.total(&r)
	r.Locked = firsts(r.Locked, mostListed)
	return r, nil
}

func firsts[T any](all []T, most int) []T { return all[:min(len(all), most)] }

func (l *looking) total(r *Report) {
	t := &r.Totals
	t.Machines, t.Suspects, t.Unconfirmed, t.Held = len(l.traces.assets), len(l.finds.order), l.sum.Unconfirmed, l.finds.heldAll
	for _, s := range l.finds.order {
		if s.did.Measure.Enforced() {
			t.Enforced++
		} else {
			t.Noticed++
		}
	}
	spared, alone := 0, 0
	for asset, m := range l.traces.assets {
		peak, at := m.peak(bucket)
		if peak < busyHour {
			continue
		}
		t.Busy++
		switch {
		case l.finds.assets[asset]:
		case l.judged(asset, at):
			spared++
		default:
			t.Unjudged++
		}
	}
	for i := range r.Locked {
		k := &r.Locked[i]
		t.LockedTenants++
		t.LockedMachines += k.Machines
		t.LockedFor, t.LockedDated, t.LockedNew = t.LockedFor+k.For, t.LockedDated+k.Dated, t.LockedNew+k.New
		switch {
		case k.Evenkeel == nil:
		case *k.Evenkeel == evenkeel.MeasureNone:
			alone++
		case *k.Evenkeel == evenkeel.MeasureNotify:
			t.LockedNoticed++
		}
	}
	if !r.Assumed {
		t.Spared, t.LockedAlone = &spared, &alone
	}
}

// coverage says how much there was to see.
func (l *looking) coverage() Coverage {
	c := Coverage{
		Metrics: l.history.Seen(), Missing: []string{}, Records: l.sum.Sort.Records, Gaps: l.traces.gaps(), Interval: Seconds(l.traces.interval()),
	}
	c.Missing = missing(c.Metrics)
	var measured, whole float64
	for asset, m := range l.traces.assets {
		sum, _ := m.sums()
		measured += sum
		whole += float64(m.cpus) * m.last.Sub(m.first).Seconds()
		if c.First == 0 || m.first < c.First {
			c.First = m.first
		}
		c.Last = max(c.Last, m.last)
		if _, held := l.witness.known.TenancyAt(asset, m.last); !held {
			c.Unlisted++
		}
	}
	if whole > 0 {
		c.Measured = Share(min(measured/whole, 1))
	}
	c.Blind = l.blind(&c)
	return c
}

// missing are the metrics of Prometheus's own exporters of which there is nothing, and nothing under
// OpenTelemetry's name either.
func missing(seen []prometheus.Seen) []string {
	records, out := map[string]int{}, []string{}
	for _, s := range seen {
		records[s.Name] = s.Records
	}
	for _, m := range prometheus.Metrics() {
		read, asked := records[m.Name]
		if !asked || read > 0 || !m.Own() || m.Nested {
			continue
		}
		elsewhere := slices.ContainsFunc(prometheus.Metrics(), func(o prometheus.Metric) bool {
			return !o.Nested && !o.Own() && records[o.Name] > 0 && slices.Equal(signals(o)[:1], signals(m)[:1])
		})
		if !elsewhere {
			out = append(out, m.Name)
		}
	}
	return out
}

// statement is a finding's, in the report's form.
func (l *looking) statement(f *evenkeel.Finding) Statement {
	s := Statement{
		Rule: f.Rule, Version: f.Version, Family: f.Family, At: f.At, From: f.From, Until: f.Until, Score: f.Score, Terms: f.Terms, Unmet: f.Unmet,
	}
	if i := slices.IndexFunc(l.Rules, func(r *rule.Rule) bool { return r.ID == f.Rule }); i >= 0 {
		s.Needs = l.Rules[i].Score
		s.Terms, s.Unmet = slices.Clone(f.Terms), slices.Clone(f.Unmet)
		for _, terms := range [][]evenkeel.Term{s.Terms, s.Unmet} {
			for j := range terms {
				terms[j].Unit = unitOf(l.Rules[i], &terms[j])
			}
		}
	}
	return s
}

// suspects are the subjects of findings whose terms were kept, those first whom most would have met.
func (l *looking) suspects(ctx context.Context) ([]Suspect, error) {
	out := []Suspect{}
	for _, s := range l.finds.order {
		if len(s.says) > 0 {
			out = append(out, l.suspect(s))
		}
	}
	slices.SortStableFunc(out, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(b.Did.Measure, a.Did.Measure), cmp.Compare(a.Says[0].At, b.Says[0].At), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Asset, b.Asset))
	})
	out = firsts(out, mostListed)
	for i := range out {
		s := &out[i]
		l.tell(Progress{Stage: Closer, Done: int64(i + 1), Total: int64(len(out) + l.Most)})
		if s.Asset == "" {
			continue
		}
		s.Month = l.traces.trace(s.Asset)
		var err error
		if s.Close, err = l.close(ctx, s.Asset, s.Says[0].From.Add(-2*time.Hour), s.Says[0].Until.Add(3*time.Hour)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *looking) suspect(found *suspicion) Suspect {
	who := found.who
	s := Suspect{
		Tenant: who.Tenant, Asset: who.Asset, Findings: found.findings, Times: found.times, Did: found.did, NamedAll: len(found.named),
		Account: accountOf(l.witness.known.AccountAt(who.Tenant, found.at), found.at), Old: l.witness.wanted(who.Tenant, who.Asset),
		Named: firsts(slices.Sorted(maps.Keys(found.named)), mostListed),
	}
	for i := range found.says {
		s.Says = append(s.Says, l.statement(&found.says[i]))
	}
	return s
}

// busyHour is how busy a machine's busiest hour is at least for it to be told as busy; highHour
// is what counts as an hour of high load.
const (
	busyHour Share = 0.5
	highHour Share = 0.8
)

// peak is the busiest bucket, and which it is.
func (m *busy) peak(step time.Duration) (most Share, at int) {
	for i := range m.measured {
		if s := m.share(i, step); s > most {
			most, at = s, i
		}
	}
	return most, at
}

// judged says whether somebody is known to have held a machine in an hour: of the others a rule that
// is silent says nothing.
func (l *looking) judged(asset evenkeel.AssetID, hour int) bool {
	if len(l.Inventory) == 0 {
		return false
	}
	_, held := l.witness.known.TenancyAt(asset, l.hour(hour+1))
	return held
}

// hour is when a bucket begins.
func (l *looking) hour(i int) evenkeel.Moment {
	return l.Span.From.Add(time.Duration(i) * bucket)
}

// spared are the busiest machines that no rule in force found: those with most hours of high load.
// Those that could not be judged stand apart.
func (l *looking) spared(ctx context.Context) (known, unknown []Spared, err error) {
	known, unknown = []Spared{}, []Spared{}
	for asset, m := range l.traces.assets {
		peak, at := m.peak(bucket)
		if l.finds.assets[asset] || peak < busyHour {
			continue
		}
		s := Spared{Asset: asset, Mean: m.mean(), Peak: peak, PeakAt: l.hour(at)}
		for i := range m.measured {
			if m.share(i, bucket) >= highHour {
				s.Hours++
			}
		}
		if l.judged(asset, at) {
			known = append(known, s)
		} else {
			unknown = append(unknown, s)
		}
	}
	known, unknown = busiest(known, l.Most), busiest(unknown, l.Most)
	total := int64(len(known) + len(unknown))
	for _, list := range [][]Spared{known, unknown} {
		for i := range list {
			if err := l.look(ctx, &list[i]); err != nil {
				return nil, nil, err
			}
			l.tell(Progress{Stage: Closer, Done: int64(i + 1), Total: total})
		}
	}
	return known, unknown, nil
}

func busiest(all []Spared, most int) []Spared {
	slices.SortFunc(all, func(a, b Spared) int {
		return cmp.Or(cmp.Compare(b.Hours, a.Hours), cmp.Compare(b.Mean, a.Mean), cmp.Compare(a.Asset, b.Asset))
	})
	return firsts(all, most)
}

// look adds what is known of a busy machine, and how near the rules were.
func (l *looking) look(ctx context.Context, s *Spared) (err error) {
	if s.Near, err = l.near(ctx, s.Asset, s.PeakAt); err != nil {
		return err
	}
	if h, held := l.witness.known.TenancyAt(s.Asset, s.PeakAt.Add(bucket)); held {
		s.Tenant = h.Tenant
	}
	s.Account = accountOf(l.witness.known.AccountAt(s.Tenant, s.PeakAt), s.PeakAt)
	s.Old, s.Month = l.witness.wanted(s.Tenant, s.Asset), l.traces.trace(s.Asset)
	return nil
}

// locked are the tenants whose account the policy of 2019 wanted suspended, over what the rules in
// force found and what the stand-in found.
func (l *looking) locked(assumed bool) []Locked {
	by, holds := map[evenkeel.TenantID]*Locked{}, l.holdings()
	for tenant, w := range l.witness.tenants {
		if w.locked == 0 {
			continue
		}
		k := &Locked{
			Tenant: tenant, At: w.locked, Wanted: w.wanted, Says: w.says, Account: accountOf(l.witness.known.AccountAt(tenant, w.locked), w.locked),
			Rules: firsts(slices.Sorted(maps.Keys(w.rules)), mostListed), RulesAll: len(w.rules), Evenkeel: &w.allowed,
		}
		if assumed && w.allowed == evenkeel.MeasureNone {
			k.Evenkeel = nil
		}
		by[tenant] = k
	}
	for h, a := range l.witness.assets {
		if k := by[h.tenant]; k != nil && a.old >= evenkeel.MeasureSuspend {
			k.Through, k.For = append(k.Through, h.asset), k.For+1
			k.Dated, k.New = k.Dated+one(a.dated), k.New+one(a.made)
		}
	}
	out := []Locked{}
	for _, k := range by {
		k.Machines = max(holds[k.Tenant], k.For)
		slices.Sort(k.Through)
		k.Through = firsts(k.Through, mostListed)
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b Locked) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Tenant, b.Tenant)) })
	return out
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// holdings counts the machines of each tenant among those that were seen.
func (l *looking) holdings() map[evenkeel.TenantID]int {
	holds := map[evenkeel.TenantID]int{}
	for asset, m := range l.traces.assets {
		if h, held := l.witness.known.TenancyAt(asset, m.last); held {
			holds[h.Tenant]++
		}
	}
	return holds
}
