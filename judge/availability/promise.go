package availability

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/credit"
)

// Mode is what happens to what a month comes to.
type Mode uint8

// The modes.
const (
	Show Mode = iota // it is shown
	Bill             // whoever bills is told of it too
)

// Promises are what an operator promises of availability, by its document.
type Promises struct {
	Name     string
	Digest   string // of the document
	Zone     *time.Location
	Currency string // ISO 4217
	Decimals int    // the currency is paid in, 0 to 3
	Mode     Mode
	Below    Millionth     // the share of those who came below which a minute is an outage
	Late     time.Duration // how long after its time a reading counts
	Keep     time.Duration // how long days are kept

	plans       map[string]*Plan
	otherwise   *Plan // of tenants that are not named
	tenants     map[evenkeel.TenantID]*Terms
	maintenance []Maintenance
	rulings     []Ruling
}

// Plan is one promise.
type Plan struct {
	Name   string
	Target Millionth
	Price  credit.Millionths // of a month; 0: it is not said
	Tiers  []Tier            // the lowest first
	Cap    int               // most of a month's price that is credited, in per cent
	Theirs bool              // the tenant runs the backends, so that their failing is not held against the operator
	Beyond Stage             // stages from this one on are the tenant's own choice once its budget is used up; 0: none
}

// Tier is what is credited below a share.
type Tier struct {
	Below  Millionth
	Credit int // of the month's price, in per cent
}

// Terms are what is said of one tenant.
type Terms struct {
	Plan  *Plan
	Price credit.Millionths // of a month, in place of the plan's; 0: not said
	Left  evenkeel.Moment   // midnight after its last day; 0: it is here
	Since evenkeel.Moment   // midnight before its first paid day; 0: as the inventory says
	Paid  *credit.Millionths
	Used  *credit.Millionths
}

// Maintenance is a stretch of time that was announced.
type Maintenance struct {
	From, Until evenkeel.Moment
	Announced   evenkeel.Moment
	Tenants     []evenkeel.TenantID // none: all
	Sites       []evenkeel.AssetID  // none: all of these tenants
}

// Ruling is a stretch of time of which edges told nothing though they were there, or nobody was to come, as a person found: it is
// neither up nor down.
type Ruling struct {
	From, Until evenkeel.Moment
	Because     string
}

// ruled is the ruling on a moment; nil where there is none.
func (p *Promises) ruled(at evenkeel.Moment) *Ruling {
	for i := range p.rulings {
		if r := &p.rulings[i]; r.From <= at && at < r.Until {
			return r
		}
	}
	return nil
}

// Clause is why something that was missed is not held against the operator.
type Clause uint8

// The clauses.
const (
	ClauseNone        Clause = iota
	ClauseMaintenance        // announced in time
	ClauseBackends           // the tenant's own, which the operator does not host
	ClauseBudget             // beyond its budget, at the stage that the tenant chose
	clauses
)

var clauseWords = [clauses]string{"none", "maintenance", "backends", "beyond_budget"}

// String returns none, maintenance, backends or beyond_budget.
func (c Clause) String() string {
	if c >= clauses {
		return "invalid"
	}
	return clauseWords[c]
}

// ByClause are what is excused by each clause that excuses anything, by its word.
func (w *Window) ByClause() map[string]uint64 {
	out := map[string]uint64{}
	for c, n := range w.Clauses {
		if n > 0 {
			out[Clause(c).String()] = n
		}
	}
	return out
}

// Of is the promise to a tenant.
func (p *Promises) Of(t evenkeel.TenantID) Terms {
	if t == "" {
		return Terms{Plan: &Plan{Name: "none"}} // what nobody is known to hold
	}
	if terms, ok := p.tenants[t]; ok {
		return *terms
	}
	return Terms{Plan: p.otherwise}
}

// Leavers are the tenants of which the document says that they left, by name.
func (p *Promises) Leavers() (out []evenkeel.TenantID) {
	for t, terms := range p.tenants {
		if terms.Left != 0 {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// covers says whether maintenance was announced for a site of a tenant at a moment.
func (m *Maintenance) covers(t evenkeel.TenantID, site evenkeel.AssetID, at evenkeel.Moment) bool {
	return m.From <= at && at < m.Until &&
		(len(m.Tenants) == 0 || slices.Contains(m.Tenants, t)) && (len(m.Sites) == 0 || slices.Contains(m.Sites, site))
}

// Excuse is what of a site's misses is excused under the promise to its tenant. Of several clauses the first counts that
// excuses most.
func (p *Promises) Excuse(t evenkeel.TenantID, site evenkeel.AssetID) Excuse {
	plan := p.Of(t).Plan
	return func(m *Minute) (uint64, Clause) {
		for i := range p.maintenance {
			if p.maintenance[i].covers(t, site, m.At) {
				return m.Missed(), ClauseMaintenance
			}
		}
		why := m.Missing()
		n, clause := uint64(0), ClauseNone
		if plan.Theirs {
			n, clause = why[WhyBackend], ClauseBackends
		}
		if plan.Beyond > 0 && m.Highest() >= plan.Beyond && why[WhyAttack] > 0 {
			if n < why[WhyAttack] {
				clause = ClauseBudget
			}
			n += why[WhyAttack]
		}
		return n, clause
	}
}

// Month is the calendar month of a moment in the operator's time zone.
func (p *Promises) Month(m evenkeel.Moment) (from, until evenkeel.Moment) {
	t := m.Time().In(p.Zone)
	from = evenkeel.MomentOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, p.Zone))
	return from, evenkeel.MomentOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, p.Zone))
}
