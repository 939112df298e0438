package availability

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Span is a length of time until now of which availability is told.
type Span struct {
	Word string
	Over time.Duration // 0: the calendar month
}

// Spans are those that are told: the month so far, and what has just passed.
var Spans = []Span{{"month", 0}, {"30d", 30 * 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"24h", 24 * time.Hour}}

// Figures are those of one tenant, over all its sites, or of one site.
type Figures struct {
	Tenant  evenkeel.TenantID
	Site    evenkeel.AssetID // "": all of the tenant's
	Plan    *Plan
	Windows []Window // as Spans
	Budget  Budget   // of the month so far
	Credit  int      // what the month would come to if it ended now, in per cent of its price
	Burns   []Burn
	Outages []Outage // of 30 days
	Attacks []Attack // of 30 days
	Cost    Counts   // of 30 days
}

// SiteFigures are what is known of a site of a tenant now.
func (p *Promises) SiteFigures(t evenkeel.TenantID, site evenkeel.AssetID, h *History, now evenkeel.Moment) Figures {
	f := Figures{Tenant: t, Site: site, Plan: p.Of(t).Plan}
	excuse := p.Excuse(t, site)
	for _, s := range Spans {
		from := now.Add(-s.Over)
		if s.Over == 0 {
			from, _ = p.Month(now)
		}
		f.Windows = append(f.Windows, h.Window(from, now, excuse))
	}
	f.reckon()
	f.Burns = h.Burns(now, f.Plan.Target, excuse)
	month := now.Add(-30 * 24 * time.Hour)
	f.Outages, f.Attacks, f.Cost = h.Outages(month, now, p.Below), h.Attacks(month, now), h.Cost(month, now)
	return f
}

// reckon is what the month comes to.
func (f *Figures) reckon() {
	f.Budget = BudgetOf(&f.Windows[0], f.Plan.Target)
	if f.Windows[0].Visited {
		f.Credit = f.Plan.credit(&f.Windows[0])
	}
}

// Join adds those of another site of the same tenant. How fast the budget burns is that of the site where it burns fastest:
// a mean over sites would hide it. Outages and attacks stay with their site.
func (f *Figures) Join(o *Figures) {
	if f.Windows == nil {
		*f = *o
		f.Site, f.Outages, f.Attacks = "", nil, nil
		f.Windows, f.Burns = append([]Window(nil), o.Windows...), append([]Burn(nil), o.Burns...)
		return
	}
	for i := range f.Windows {
		f.Windows[i].Add(&o.Windows[i])
	}
	f.reckon()
	for i := range f.Burns {
		if b := &o.Burns[i]; b.Known && (!f.Burns[i].Known || b.Rate > f.Burns[i].Rate) {
			f.Burns[i] = *b
		}
	}
	f.Cost.Add(&o.Cost)
}

// MaxAge is how far back figures look: a month of 31 days, with a day of the zone.
const MaxAge = 33 * 24 * time.Hour

// TenantFigures are those of each site of a tenant that a look of MaxAge (LookNow) sees, and of all of them together.
func (p *Promises) TenantFigures(ctx context.Context, l *Look, t evenkeel.TenantID) (all Figures, sites []Figures, err error) {
	now := l.until
	held, err := l.record.Sites(ctx, ByTenant(t))
	if err != nil {
		return all, nil, err
	}
	for i := range held {
		if held[i].Tenant != t || held[i].Last < now.Add(-MaxAge) {
			continue
		}
		h, err := l.History(ctx, t, held[i].Site)
		if err != nil {
			return all, nil, err
		}
		f := p.SiteFigures(t, held[i].Site, h, now)
		sites = append(sites, f)
		all.Join(&f)
	}
	return all, sites, nil
}
