package lookback

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/promwrite"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// report puts together what was seen.
func (l *looking) report(ctx context.Context) (r Report, err error) {
	r = Report{
		Server: l.version, Address: l.Server.Address(), Selector: l.Span.Selector, From: l.Span.From, Until: l.Span.Until, Step: Seconds(l.Span.Step),
		Assumed: len(l.Inventory) == 0, Policy: l.Policy.ID(), Digest: l.Policy.Digest(), Old: l.Old.ID(), Held: l.held, Rules: []string{},
	}
	if r.Held == nil {
		r.Held = []Held{}
	}
	for _, one := range l.Rules {
		r.Rules = append(r.Rules, one.ID)
	}
	r.Coverage = l.coverage()
	r.Locked = l.locked()
	if r.Suspects, err = l.suspects(ctx); err != nil {
		return r, err
	}
	if r.Spared, err = l.spared(ctx); err != nil {
		return r, err
	}
	l.total(&r)
	r.Suspects, r.Locked = firsts(r.Suspects, mostListed), firsts(r.Locked, mostListed)
	return r, nil
}

func firsts[T any](all []T, most int) []T { return all[:min(len(all), most)] }

func (l *looking) total(r *Report) {
	t := &r.Totals
	t.Machines, t.Suspects, t.Unconfirmed = len(l.traces.assets), len(r.Suspects), l.sum.Unconfirmed
	for _, s := range r.Suspects {
		if s.Did.Measure.Enforced() {
			t.Enforced++
		} else {
			t.Noticed++
		}
	}
	found := l.foundAssets()
	for asset, m := range l.traces.assets {
		if peak, _ := m.peak(bucket); peak >= busyHour {
			t.Busy++
			if !found[asset] {
				t.Spared++
			}
		}
	}
	for _, k := range r.Locked {
		t.LockedTenants++
		t.LockedMachines += k.Machines
		switch k.Evenkeel {
		case evenkeel.MeasureNone:
			t.LockedAlone++
		case evenkeel.MeasureNotify:
			t.LockedNoticed++
		}
	}
}

// foundAssets are the machines that a finding of a rule in force is about or names.
func (l *looking) foundAssets() map[evenkeel.AssetID]bool {
	found := map[evenkeel.AssetID]bool{}
	for i := range l.findings {
		for _, a := range l.findings[i].Named() {
			found[a] = true
		}
	}
	return found
}

// coverage says how much there was to see.
func (l *looking) coverage() Coverage {
	c := Coverage{
		Metrics: l.history.Seen(), Missing: []string{}, Records: l.sum.Sort.Records, Gaps: l.traces.gaps(), Interval: Seconds(l.traces.interval()),
	}
	for _, m := range c.Metrics {
		if m.Records == 0 && !nested(m.Name) {
			c.Missing = append(c.Missing, m.Name)
		}
	}
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

func nested(name string) bool {
	return slices.ContainsFunc(promwrite.Metrics(), func(m promwrite.Metric) bool { return m.Name == name && m.Nested })
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

// suspects are the subjects of findings, those first whom most would have met.
func (l *looking) suspects(ctx context.Context) ([]Suspect, error) {
	by, order := map[evenkeel.Subject][]*evenkeel.Finding{}, []evenkeel.Subject{}
	for i := range l.findings {
		f := &l.findings[i]
		who := f.Subject
		who.Since = 0
		if by[who] == nil {
			order = append(order, who)
		}
		by[who] = append(by[who], f)
	}
	out := []Suspect{}
	for _, who := range order {
		out = append(out, l.suspect(who, by[who]))
	}
	slices.SortStableFunc(out, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(b.Did.Measure, a.Did.Measure), cmp.Compare(a.Says[0].At, b.Says[0].At), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Asset, b.Asset))
	})
	for i := range out {
		if i == mostListed {
			break
		}
		s := &out[i]
		l.tell(Progress{Stage: Closer, Done: int64(i + 1), Total: int64(min(len(out), mostListed) + l.Most)})
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

const mostTimes = 8 // stretches that a chart shades

func (l *looking) suspect(who evenkeel.Subject, found []*evenkeel.Finding) Suspect {
	s := Suspect{
		Tenant: who.Tenant, Asset: who.Asset, Findings: len(found), Times: []Gap{},
		Account: accountOf(l.witness.known.AccountAt(who.Tenant, found[0].At), found[0].At), Old: l.old(who.Tenant, who.Asset),
	}
	said := map[string]bool{}
	for _, f := range found {
		key := f.Rule
		for _, e := range f.Families() {
			key += " " + e.String()
		}
		if !said[key] && len(s.Says) < 4 {
			said[key] = true
			s.Says = append(s.Says, l.statement(f))
		}
		if len(s.Times) < mostTimes {
			s.Times = append(s.Times, Gap{f.From, f.Until})
		}
		if who.Asset == "" {
			s.Named = append(s.Named, f.Named()...)
		}
		for _, id := range l.because[f.ID] {
			s.Did.take(l.decisions[id])
		}
	}
	if s.Did.State == "" {
		s.Did = l.stood(found[0])
	}
	slices.Sort(s.Named)
	s.Named = slices.Compact(s.Named)
	return s
}

// stood is the decision about the same tenant and family that was in force when something was
// found, so that nothing new was decided.
func (l *looking) stood(f *evenkeel.Finding) (o Outcome) {
	for _, id := range slices.Sorted(maps.Keys(l.decisions)) {
		d := l.decisions[id]
		if d.effect && d.Tenant == f.Subject.Tenant && d.Family == f.Family && d.From <= f.At && f.At < d.Until {
			o.take(d)
		}
	}
	o.Stood = o.State != ""
	return o
}

// take keeps the decision that went furthest: one that took effect before one that did not, then
// the higher measure, then the earlier.
func (o *Outcome) take(d decided) {
	took := evenkeel.MeasureNone
	if d.effect {
		took = d.Measure
	}
	if o.State != "" && took <= o.Measure {
		return
	}
	*o = Outcome{
		Measure: took, Wanted: d.Wanted, State: d.State.String(), From: d.From, Until: d.Until, Safeguards: d.Safeguards, Row: d.Grounds.Row, Why: d.Why,
	}
}

// old is what the policy of 2019 wanted, of whatever was found about an asset or a tenant.
func (l *looking) old(tenant evenkeel.TenantID, asset evenkeel.AssetID) (most evenkeel.Measure) {
	for _, w := range l.witness.found {
		if w.subject.Tenant == tenant && (asset == "" && !w.standing || slices.Contains(w.assets, asset)) {
			most = max(most, w.old)
		}
	}
	return most
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

// spared are the busiest machines that no rule in force found: those with most hours of high load.
func (l *looking) spared(ctx context.Context) ([]Spared, error) {
	found, out := l.foundAssets(), []Spared{}
	for asset, m := range l.traces.assets {
		peak, at := m.peak(bucket)
		if found[asset] || peak < busyHour {
			continue
		}
		s := Spared{Asset: asset, Mean: m.mean(), Peak: peak, PeakAt: l.Span.From.Add(time.Duration(at) * bucket)}
		for i := range m.measured {
			if m.share(i, bucket) >= highHour {
				s.Hours++
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Spared) int {
		return cmp.Or(cmp.Compare(b.Hours, a.Hours), cmp.Compare(b.Mean, a.Mean), cmp.Compare(a.Asset, b.Asset))
	})
	out = firsts(out, l.Most)
	for i := range out {
		s := &out[i]
		var err error
		if s.Near, err = l.near(ctx, s.Asset, s.PeakAt); err != nil {
			return nil, err
		}
		if h, held := l.witness.known.TenancyAt(s.Asset, s.PeakAt.Add(bucket)); held {
			s.Tenant = h.Tenant
		}
		s.Account = accountOf(l.witness.known.AccountAt(s.Tenant, s.PeakAt), s.PeakAt)
		s.Old, s.Month = l.old(s.Tenant, s.Asset), l.traces.trace(s.Asset)
		l.tell(Progress{Stage: Closer, Done: int64(i + 1), Total: int64(len(out))})
	}
	return out, nil
}

// locked are the tenants whose account the policy of 2019 wanted suspended, over what the rules in
// force found and what the stand-in found.
func (l *looking) locked() []Locked {
	by := map[evenkeel.TenantID]*Locked{}
	for id, w := range l.witness.found {
		if w.old < evenkeel.MeasureSuspend {
			continue
		}
		k := by[w.subject.Tenant]
		if k == nil {
			k = &Locked{Tenant: w.subject.Tenant}
			by[k.Tenant] = k
		}
		if says := l.witness.says[id]; k.At == 0 || w.at < k.At {
			k.At, k.Says = w.at, cmp.Or(says, k.Says)
		}
		k.Wanted = max(k.Wanted, w.old)
		k.Through, k.Rules = append(k.Through, w.assets...), append(k.Rules, w.rule)
	}
	holds := l.holdings()
	for _, w := range l.witness.found {
		if k := by[w.subject.Tenant]; k != nil && w.live {
			k.Evenkeel = max(k.Evenkeel, w.allowed)
		}
	}
	out := []Locked{}
	for _, k := range by {
		slices.Sort(k.Through)
		slices.Sort(k.Rules)
		k.Through, k.Rules = slices.Compact(k.Through), slices.Compact(k.Rules)
		k.Machines = max(holds[k.Tenant], len(k.Through))
		k.Account = accountOf(l.witness.known.AccountAt(k.Tenant, k.At), k.At)
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b Locked) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Tenant, b.Tenant)) })
	return out
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
