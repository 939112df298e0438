package inventory

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// DefaultMaxAge is how old a fact may be where MaxAge says nothing: books are told monthly
// at the least, and a month may be late.
const DefaultMaxAge = 45 * 24 * time.Hour

// MaxAge is how old the facts of a tenant may be; older ones are unknown. Zero is
// DefaultMaxAge, a negative age is no limit. Since has none: it does not change.
type MaxAge struct {
	Standing time.Duration
	Paid     time.Duration
	RunRate  time.Duration
}

func (m MaxAge) orDefault() MaxAge {
	for _, d := range []*time.Duration{&m.Standing, &m.Paid, &m.RunRate} {
		if *d == 0 {
			*d = DefaultMaxAge
		}
	}
	return m
}

// AccountAt returns what was known of a tenant at a moment.
//
// Each fact is the one of the latest profile event at or before the moment that tells it.
// A later profile without the fact does not erase it, nor make it younger: its age counts
// from the event that told it. Since is also taken from a later event, for moments that
// are not before it.
//
// Paid is the total of that profile plus the payments, minus the refunds and chargebacks,
// dated after it and up to the moment; credits are not money paid. It is unknown where one
// of them is in another currency. A total of zero (or less) is known for trial, prepaid
// and delinquent tenants; on credit and invoiced it is no payment history, and where the
// standing is unknown nobody can say which: then Paid is unknown.
//
// Currency is the latest told; amounts told in another one are unknown.
func (s *Snapshot) AccountAt(id evenkeel.TenantID, at evenkeel.Moment) evenkeel.Account {
	t, ok := s.tenants.Get(string(id))
	if !ok {
		why := fmt.Sprintf("tenant %q is not known", string(id))
		return evenkeel.Account{
			Tenant: id, Since: evenkeel.UnknownFact[evenkeel.Moment](why),
			Standing: evenkeel.UnknownFact[evenkeel.Standing](why),
			Paid:     evenkeel.UnknownFact[float64](why), RunRate: evenkeel.UnknownFact[float64](why),
		}
	}
	v := view{tenant: t, at: at, told: t.profilesUntil(at)}
	account := evenkeel.Account{
		Tenant: t.id, Since: v.since(), Standing: v.standing(s.maxAge.Standing),
		RunRate: v.runRate(s.maxAge.RunRate), Currency: v.currency(v.told), Reseller: v.resells(),
	}
	account.Paid = v.paid(s.maxAge.Paid, account.Standing)
	return account
}

// view is a tenant at a moment; the first `told` profiles are at or before it.
type view struct {
	tenant *tenant
	at     evenkeel.Moment
	told   int
}

func (t *tenant) profilesUntil(at evenkeel.Moment) int {
	n, _ := slices.BinarySearchFunc(t.profiles, at, func(p profile, at evenkeel.Moment) int {
		if p.at <= at {
			return -1
		}
		return 1
	})
	return n
}

// latest returns the latest profile up to the moment that tells something, else nil and
// why there is none.
func (v *view) latest(tells func(*profile) bool) (*profile, string) {
	list := v.tenant.profiles
	for i := v.told - 1; i >= 0; i-- {
		if tells(&list[i]) {
			return &list[i], ""
		}
	}
	if p := v.next(tells); p != nil {
		return nil, "not told before " + p.at.String()
	}
	return nil, "not told"
}

// next returns the earliest profile after the moment that tells something, or nil.
func (v *view) next(tells func(*profile) bool) *profile {
	for i := v.told; i < len(v.tenant.profiles); i++ {
		if p := &v.tenant.profiles[i]; tells(p) {
			return p
		}
	}
	return nil
}

func (v *view) since() evenkeel.Fact[evenkeel.Moment] {
	tells := func(p *profile) bool { return p.since != 0 }
	p, why := v.latest(tells)
	if p == nil {
		p = v.next(tells)
	}
	switch {
	case p == nil:
		return evenkeel.UnknownFact[evenkeel.Moment](why)
	case p.since > v.at:
		return evenkeel.UnknownFact[evenkeel.Moment]("a customer only since " + p.since.String())
	}
	return evenkeel.KnownFact(p.since, p.at)
}

func (v *view) standing(limit time.Duration) evenkeel.Fact[evenkeel.Standing] {
	p, why := v.latest(func(p *profile) bool { return p.standing != evenkeel.StandingUnknown })
	if p != nil {
		why = v.stale(p, limit)
	}
	if why != "" {
		return evenkeel.UnknownFact[evenkeel.Standing](why)
	}
	return evenkeel.KnownFact(p.standing, p.at)
}

func (v *view) runRate(limit time.Duration) evenkeel.Fact[float64] {
	p, why := v.latest(func(p *profile) bool { return p.rate.told })
	if p != nil {
		why = v.unusable(p, limit)
	}
	if why != "" {
		return evenkeel.UnknownFact[float64](why)
	}
	return evenkeel.KnownFact(p.rate.micro.units(), p.at)
}

// unusable says why an amount of a profile cannot be used at the moment, or "".
func (v *view) unusable(p *profile, limit time.Duration) string {
	if why := v.stale(p, limit); why != "" {
		return why
	}
	told, now := v.currency(v.tenant.profilesUntil(p.at)), v.currency(v.told)
	if told != now {
		return fmt.Sprintf("told in %s; the account is in %s now", orNone(told), orNone(now))
	}
	return ""
}

// stale says why a profile is too old for the moment, or "".
func (v *view) stale(p *profile, limit time.Duration) string {
	age := v.at.Sub(p.at)
	if limit < 0 || age <= limit {
		return ""
	}
	const day = 24 * time.Hour
	switch {
	case limit%day == 0:
		return fmt.Sprintf("told %d days ago; expected within %d", (age-1)/day+1, limit/day)
	case limit%time.Hour == 0:
		return fmt.Sprintf("told %d hours ago; expected within %d", (age-1)/time.Hour+1, limit/time.Hour)
	}
	return fmt.Sprintf("told %s ago; expected within %s", age, limit)
}

// currency is the latest that the first n profiles told.
func (v *view) currency(n int) string {
	for i := n - 1; i >= 0; i-- {
		if c := v.tenant.profiles[i].currency; c != "" {
			return c
		}
	}
	return ""
}

func orNone(currency string) string {
	if currency == "" {
		return "no currency"
	}
	return currency
}
