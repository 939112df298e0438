package availability

import (
	"math/big"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/credit"
)

// Amount is an amount of money.
type Amount = credit.Millionths

// Money is what is known of a tenant's money when it left, from the inventory, in the document's currency.
type Money struct {
	Since evenkeel.Fact[evenkeel.Moment]   // its first day
	Paid  evenkeel.Fact[credit.Millionths] // in all
	Price evenkeel.Fact[credit.Millionths] // of a month, by its current rate
}

// Refund is the unused balance of a tenant that left: paid − used, to the day.
type Refund struct {
	Tenant   evenkeel.TenantID `json:"tenant"`
	Left     evenkeel.Moment   `json:"left"`            // midnight after its last day
	Since    evenkeel.Moment   `json:"since,omitempty"` // midnight before its first
	Days     int               `json:"days,omitempty"`  // that were used, the first and the last among them
	Paid     string            `json:"paid,omitempty"`
	Used     string            `json:"used,omitempty"`
	Amount   string            `json:"amount,omitempty"` // "" where it is not known
	Currency string            `json:"currency"`
	Promises string            `json:"promises"`
	Unknown  []string          `json:"unknown,omitempty"` // what a person has to say
}

// RefundOf computes what is left of what a tenant that left paid. What a person wrote into the document goes before what
// the inventory knows. What neither says is unknown: the tenant is owed something that nobody knows, not nothing.
func (p *Promises) RefundOf(t evenkeel.TenantID, m Money) *Refund {
	terms := p.Of(t)
	r := &Refund{Tenant: t, Left: terms.Left, Currency: p.Currency, Promises: p.Digest}
	ask := func(what string) { r.Unknown = append(r.Unknown, what) }
	var paid, used credit.Millionths
	switch {
	case terms.Paid != nil:
		paid = *terms.Paid
	case m.Paid.Known():
		paid = max(m.Paid.Value, 0)
	default:
		ask("what it paid is not known (" + m.Paid.Unknown + "): say it as paid")
	}
	switch {
	case terms.Used != nil:
		used = *terms.Used
	default:
		used = p.used(r, &terms, &m, ask)
	}
	if len(r.Unknown) > 0 {
		return r
	}
	r.Paid, r.Used = paid.String(), used.String()
	// Paid is in millionths and what is left may have parts of a cent: up, in the tenant's favour.
	r.Amount = p.payable(big.NewInt(int64(max(paid-used, 0))), big.NewInt(1)).String()
	return r
}

// used is what the days from the first to the last cost: of each calendar month the price by its days.
func (p *Promises) used(r *Refund, terms *Terms, m *Money, ask func(string)) credit.Millionths {
	since := terms.Since
	switch {
	case since != 0:
	case m.Since.Known():
		since = DayOf(m.Since.Value, p.Zone)
	default:
		ask("since when it is a tenant is not known (" + m.Since.Unknown + "): say it as since, or what it used as used")
	}
	// The inventory knows today's rate alone, which need not have been that of last month.
	price, why := p.price(terms, evenkeel.UnknownFact[credit.Millionths]("the inventory knows its rate of today alone"))
	if why != "" {
		if from, _ := p.Month(r.Left - 1); since != 0 && since >= from && m.Price.Known() {
			price, why = m.Price.Value, ""
		}
	}
	if why != "" {
		ask(why + ", or what it used as used")
	}
	if since != 0 && since >= r.Left {
		ask("it left before it came: say since and left again")
	}
	if len(r.Unknown) > 0 {
		return 0
	}
	r.Since = since
	sum := new(big.Rat)
	for at := since; at < r.Left; {
		from, until := p.Month(at)
		end := min(until, r.Left)
		days := daysBetween(at, end, p.Zone)
		r.Days += days
		sum.Add(sum, new(big.Rat).Mul(big.NewRat(int64(price), 1), big.NewRat(int64(days), int64(daysBetween(from, until, p.Zone)))))
		at = until
	}
	// Rounded down to a millionth, so that nothing is used that was not.
	n := new(big.Int).Quo(sum.Num(), sum.Denom())
	if !n.IsInt64() {
		return 1<<63 - 1
	}
	return credit.Millionths(n.Int64())
}

// daysBetween counts the days between two midnights.
func daysBetween(from, until evenkeel.Moment, zone *time.Location) int {
	a, b := from.Time().In(zone), until.Time().In(zone)
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}
