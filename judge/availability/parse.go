package availability

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/credit"
)

// The document as it is written.
type document struct {
	SLA         string               `yaml:"sla,required"`
	Zone        strict.Text          `yaml:"timezone"`
	Currency    string               `yaml:"currency"`
	Decimals    int                  `yaml:"decimals"`
	Mode        strict.Text          `yaml:"mode"`
	Outage      strict.Text          `yaml:"outage_below"`
	Late        time.Duration        `yaml:"late"`
	KeepDays    int                  `yaml:"keep_days"`
	Plans       []planWords          `yaml:"plans,required"`
	Default     strict.Text          `yaml:"default,required"`
	Tenants     map[string]termWords `yaml:"tenants"`
	Notice      time.Duration        `yaml:"maintenance_notice"`
	Maintenance []maintenanceWords   `yaml:"maintenance"`
	Silences    []rulingWords        `yaml:"silences"`
}

type planWords struct {
	Plan     strict.Text   `yaml:"plan,required"`
	Target   strict.Text   `yaml:"target,required"`
	Price    strict.Text   `yaml:"price"`
	Credits  []creditWords `yaml:"credits"`
	Cap      int           `yaml:"cap"`
	Backends strict.Text   `yaml:"backends"`
	Beyond   strict.Text   `yaml:"beyond_budget"`
}

type creditWords struct {
	Below  strict.Text `yaml:"below,required"`
	Credit int         `yaml:"credit,required"`
}

type termWords struct {
	Plan  strict.Text `yaml:"plan"`
	Price strict.Text `yaml:"price"`
	Left  strict.Text `yaml:"left"`
	Since strict.Text `yaml:"since"`
	Paid  strict.Text `yaml:"paid"`
	Used  strict.Text `yaml:"used"`
}

type maintenanceWords struct {
	From      strict.Text `yaml:"from,required"`
	Until     strict.Text `yaml:"until,required"`
	Announced strict.Text `yaml:"announced,required"`
	Tenants   []string    `yaml:"tenants"`
	Sites     []string    `yaml:"sites"`
}

type rulingWords struct {
	From    strict.Text `yaml:"from,required"`
	Until   strict.Text `yaml:"until,required"`
	Because strict.Text `yaml:"because,required"`
}

// The bounds of a document.
const (
	MaxDocument    = 4 << 20
	maxPlans       = 100
	maxTiers       = 20
	maxMaintenance = 1000
	maxRulings     = 1000
	maxBecause     = 500 // bytes
	maxFaults      = 20
)

// The bounds of lengths of time.
const (
	minLate, maxLate = 10 * time.Minute, 72 * time.Hour
	minKeep, maxKeep = 62, 3660 // days: this month and the one before, for a statement; ten years
)

// defaults are what a document need not say.
func defaults() document {
	return document{Decimals: 2, Late: 6 * time.Hour, KeepDays: 400, Notice: 72 * time.Hour}
}

// Parse reads a document. name stands in errors, each with line and column. After an error, which is of KindInvalid and
// has a line for each fault, there are no promises.
func Parse(name string, data []byte) (*Promises, error) {
	if len(data) > MaxDocument {
		return nil, evenkeel.Invalid("%s:1:1: the document has %d bytes, the limit is %d", name, len(data), MaxDocument)
	}
	d := defaults()
	if err := strict.Decode(name, data, &d); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err, Hint: "docs/availability.md shows a whole document"}
	}
	b := reader{file: name}
	p := b.promises(&d)
	if len(b.faults) > 0 {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: b.faults, Hint: "docs/availability.md shows a whole document"}
	}
	sum := sha256.Sum256(data)
	p.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return p, nil
}

// Unpromised is what is shown where the operator has no document: figures, and nothing that is promised or owed.
func Unpromised() *Promises {
	d := defaults()
	return &Promises{Name: "none", Zone: time.UTC, Below: 950_000, Decimals: 2, Late: d.Late, Keep: time.Duration(d.KeepDays) * 24 * time.Hour, otherwise: &Plan{Name: "none"}}
}

// reader makes promises of a document, and keeps what is wrong with it.
type reader struct {
	file   string
	faults strict.Errors
}

func (b *reader) fault(at strict.Text, hint, format string, args ...any) {
	if len(b.faults) < maxFaults {
		b.faults = append(b.faults, &strict.Error{File: b.file, Line: max(at.Line, 1), Column: max(at.Column, 1), Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

var (
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	nameForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	percentForm  = regexp.MustCompile(`^(\d{1,2})(?:\.(\d{1,4}))?$`)
)

func (b *reader) promises(d *document) *Promises {
	p := &Promises{
		Name: d.SLA, Zone: time.UTC, Currency: d.Currency, Decimals: d.Decimals, Below: 950_000, Late: d.Late, Keep: time.Duration(d.KeepDays) * 24 * time.Hour,
		plans: map[string]*Plan{}, tenants: map[evenkeel.TenantID]*Terms{},
	}
	none := strict.Text{}
	if !nameForm.MatchString(d.SLA) {
		b.fault(none, "", "sla: %.80q is no name; expected small letters, digits, - and _", d.SLA)
	}
	if d.Currency != "" && !currencyForm.MatchString(d.Currency) {
		b.fault(none, "", "currency: %.20q; expected three capital letters of ISO 4217, such as EUR", d.Currency)
	}
	if d.Decimals < 0 || d.Decimals > 3 {
		b.fault(none, "", "decimals: %d; expected 0 to 3", d.Decimals)
	}
	if d.Late < minLate || d.Late > maxLate {
		b.fault(none, "", "late: %s; expected %s to %s", d.Late, minLate, maxLate)
	}
	if d.KeepDays < minKeep || d.KeepDays > maxKeep {
		b.fault(none, "", "keep_days: %d; expected %d to %d", d.KeepDays, minKeep, maxKeep)
	}
	if d.Zone.Value != "" {
		loc, err := time.LoadLocation(d.Zone.Value)
		if err != nil || d.Zone.Value == "Local" {
			b.fault(d.Zone, "expected the name of a time zone, such as Asia/Shanghai or UTC", "the time zone %.80q is not known", d.Zone.Value)
		} else {
			p.Zone = loc
		}
	}
	switch d.Mode.Value {
	case "", "show":
	case "bill":
		p.Mode = Bill
	default:
		b.fault(d.Mode, "expected show or bill", "%.40q is no mode", d.Mode.Value)
	}
	if d.Outage.Value != "" {
		p.Below = b.percent(d.Outage)
	}
	b.plans(d, p)
	b.tenants(d, p)
	b.maintenance(d, p)
	b.silences(d, p)
	return p
}

// percent reads a share such as 99.95: quoted, or it would be a number that nobody wrote.
func (b *reader) percent(t strict.Text) Millionth {
	m := percentForm.FindStringSubmatch(t.Value)
	if m == nil {
		b.fault(t, `expected per cent below 100 with at most four decimals, quoted, such as "99.95"`, "%.40q is no share", t.Value)
		return 0
	}
	n := Millionth(0)
	for _, c := range m[1] + m[2] + strings.Repeat("0", 4-len(m[2])) {
		n = n*10 + Millionth(c-'0')
	}
	return n
}

func (b *reader) amount(t strict.Text) credit.Millionths {
	if t.Value == "" && t.Line == 0 {
		return 0
	}
	n, err := credit.ParseMillionths(t.Value)
	if err != nil || n > maxAmount {
		b.fault(t, `expected digits with at most six decimals, quoted, such as "199.50"`, "%.40q is no amount", t.Value)
	}
	return n
}

// maxAmount is the highest price or payment: a hundred times it, in millionths, fits into an integer.
const maxAmount credit.Millionths = 1_000_000_000 * 1_000_000

func (b *reader) plans(d *document, p *Promises) {
	if len(d.Plans) == 0 || len(d.Plans) > maxPlans {
		b.fault(strict.Text{}, "", "plans: there are %d; expected 1 to %d", len(d.Plans), maxPlans)
	}
	for i := range d.Plans {
		w := &d.Plans[i]
		plan := &Plan{Name: w.Plan.Value, Target: b.percent(w.Target), Price: b.amount(w.Price), Cap: w.Cap}
		if !nameForm.MatchString(plan.Name) || p.plans[plan.Name] != nil {
			b.fault(w.Plan, "expected small letters, digits, - and _, and another for each", "the plan %.80q has no name of its own", plan.Name)
		}
		p.plans[plan.Name] = plan
		if plan.Cap == 0 {
			plan.Cap = 100
		}
		if plan.Cap < 0 || plan.Cap > 100 {
			b.fault(w.Plan, "", "cap: %d; expected 1 to 100 per cent of a month's price", plan.Cap)
		}
		switch w.Backends.Value {
		case "", "operator":
		case "tenant":
			plan.Theirs = true
		default:
			b.fault(w.Backends, "expected operator or tenant: who runs the backends", "%.40q runs no backends", w.Backends.Value)
		}
		if w.Beyond.Value != "" {
			s, ok := ParseStage(w.Beyond.Value)
			if plan.Beyond = s; !ok || s == 0 {
				b.fault(w.Beyond, "expected filter, cookie, proof, queue or page", "%.40q is no stage", w.Beyond.Value)
			}
		}
		b.tiers(w, plan)
		if len(plan.Tiers) > 0 && d.Currency == "" {
			b.fault(w.Plan, "say the currency of prices", "the plan %.80q has credits and the document no currency", plan.Name)
		}
	}
	if p.otherwise = p.plans[d.Default.Value]; p.otherwise == nil {
		b.fault(d.Default, b.near(d.Default.Value, p), "the plan %.80q is not among the plans", d.Default.Value)
	}
}

func (b *reader) near(word string, p *Promises) string {
	var known []string
	for n := range p.plans {
		known = append(known, n)
	}
	slices.Sort(known)
	if near := strict.Nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "expected one of " + strings.Join(known, ", ")
}

// tiers reads what is credited; a lower share never comes to less.
func (b *reader) tiers(w *planWords, plan *Plan) {
	if len(w.Credits) > maxTiers {
		b.fault(w.Plan, "", "there are %d credits, the limit is %d", len(w.Credits), maxTiers)
		return
	}
	for _, c := range w.Credits {
		t := Tier{b.percent(c.Below), c.Credit}
		if t.Credit < 1 || t.Credit > 100 {
			b.fault(c.Below, "", "credit: %d; expected 1 to 100 per cent of a month's price", t.Credit)
		}
		if t.Below > plan.Target {
			b.fault(c.Below, "", "a credit below %s %% where %s %% is promised; expected at most what is promised", t.Below.Percent(), plan.Target.Percent())
		}
		plan.Tiers = append(plan.Tiers, t)
	}
	slices.SortFunc(plan.Tiers, func(a, b Tier) int { return int(a.Below) - int(b.Below) })
	for i := 1; i < len(plan.Tiers); i++ {
		if low, high := plan.Tiers[i-1], plan.Tiers[i]; low.Below == high.Below || low.Credit < high.Credit {
			b.fault(w.Plan, "", "below %s %% there is %d %% and below %s %% %d %%; expected that less is never credited for less", low.Below.Percent(), low.Credit, high.Below.Percent(), high.Credit)
		}
	}
}

func (b *reader) tenants(d *document, p *Promises) {
	for _, id := range slices.Sorted(maps.Keys(d.Tenants)) { // a map has no order, and faults have
		w := d.Tenants[id]
		t := &Terms{Plan: p.otherwise, Price: b.amount(w.Price), Left: b.day(w.Left, p, 1), Since: b.day(w.Since, p, 0)}
		if w.Plan.Value != "" {
			if t.Plan = p.plans[w.Plan.Value]; t.Plan == nil {
				b.fault(w.Plan, b.near(w.Plan.Value, p), "the plan %.80q is not among the plans", w.Plan.Value)
			}
		}
		for _, x := range []struct {
			from strict.Text
			to   **credit.Millionths
		}{{w.Paid, &t.Paid}, {w.Used, &t.Used}} {
			if x.from.Line != 0 {
				n := b.amount(x.from)
				*x.to = &n
			}
		}
		if t.Left != 0 && d.Currency == "" {
			b.fault(w.Left, "say the currency of prices", "a tenant left and the document has no currency")
		}
		p.tenants[evenkeel.TenantID(id)] = t
	}
}

// day reads a date, as the midnight that is so many days after the one with which it begins.
func (b *reader) day(t strict.Text, p *Promises, after int) evenkeel.Moment {
	if t.Value == "" && t.Line == 0 {
		return 0
	}
	at, err := time.Parse(time.DateOnly, t.Value)
	if err != nil || at.Year() < 1970 || at.Year() > 2200 {
		b.fault(t, "expected a date, such as 2026-11-28", "%.40q is no day", t.Value)
		return 0
	}
	return evenkeel.MomentOf(time.Date(at.Year(), at.Month(), at.Day()+after, 0, 0, 0, 0, p.Zone))
}

func (b *reader) maintenance(d *document, p *Promises) {
	if len(d.Maintenance) > maxMaintenance {
		b.fault(strict.Text{}, "", "maintenance: there are %d, the limit is %d", len(d.Maintenance), maxMaintenance)
		return
	}
	for _, w := range d.Maintenance {
		m := Maintenance{From: b.moment(w.From), Until: b.moment(w.Until), Announced: b.moment(w.Announced)}
		for _, t := range w.Tenants {
			m.Tenants = append(m.Tenants, evenkeel.TenantID(t))
		}
		for _, s := range w.Sites {
			m.Sites = append(m.Sites, evenkeel.AssetID(s))
		}
		switch {
		case m.Until <= m.From || m.Until.Sub(m.From) > 7*24*time.Hour:
			b.fault(w.From, "", "maintenance from %s until %s; expected an end that is later, within seven days", m.From, m.Until)
		case m.Announced > m.From.Add(-d.Notice):
			b.fault(w.Announced, "what is announced later is an outage", "maintenance of %s was announced at %s; expected %s before", m.From, m.Announced, d.Notice)
		}
		p.maintenance = append(p.maintenance, m)
	}
}

func (b *reader) silences(d *document, p *Promises) {
	if len(d.Silences) > maxRulings {
		b.fault(strict.Text{}, "", "silences: there are %d, the limit is %d", len(d.Silences), maxRulings)
		return
	}
	for _, w := range d.Silences {
		r := Ruling{b.moment(w.From), b.moment(w.Until), w.Because.Value}
		if r.Until <= r.From || r.Until.Sub(r.From) > 7*24*time.Hour {
			b.fault(w.From, "", "a silence from %s until %s; expected an end that is later, within seven days", r.From, r.Until)
		}
		if r.Because == "" || len(r.Because) > maxBecause {
			b.fault(w.Because, "", "because: %d bytes; expected why it is not an outage, in at most %d", len(r.Because), maxBecause)
		}
		p.rulings = append(p.rulings, r)
	}
}

func (b *reader) moment(t strict.Text) evenkeel.Moment {
	m, err := evenkeel.ParseMoment(t.Value)
	if err != nil {
		b.fault(t, "expected a time with its zone, such as 2026-11-28T02:00:00+08:00", "%.60q is no time", t.Value)
	}
	return m
}
