package story

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// tenant tells facts of the operator's books.
func (s *stage) tenant(l *line) error {
	p := evenkeel.Profile{
		At: s.clock, Tenant: evenkeel.TenantID(l.words[0]), Name: l.args["name"],
		PaidTotal: l.args["paid"], Currency: l.args["currency"], RunRateMonth: l.args["run_rate"],
		Reseller: l.args["reseller"],
	}
	if err := evenkeel.CheckID("tenant", l.words[0]); err != nil {
		return err
	}
	if err := arg(l, "since", parseMoment, &p.Since); err != nil {
		return err
	}
	if err := arg(l, "standing", evenkeel.ParseStanding, &p.Standing); err != nil {
		return err
	}
	if err := arg(l, "contacts", parseContacts, &p.Contacts); err != nil {
		return err
	}
	for _, key := range []string{"paid", "run_rate"} {
		if err := arg(l, key, parseMoney, new(string)); err != nil {
			return err
		}
	}
	p.ID = s.eventID()
	b := s.batch()
	if err := b.AddProfile(p); err != nil {
		return err
	}
	s.send(b)
	return nil
}

// parseContacts reads a list such as owner:a@x.example,billing:b@x.example.
func parseContacts(s string) (out []evenkeel.Contact, err error) {
	for one := range strings.SplitSeq(s, ",") {
		role, address, whole := strings.Cut(one, ":")
		if !whole || role == "" || !strings.Contains(address, "@") || strings.ContainsAny(role, "@#") {
			return nil, evenkeel.Invalid("contact %q; expected a role and an address, such as owner:a@x.example", one)
		}
		out = append(out, evenkeel.Contact{Role: role, Email: address})
	}
	return out, nil
}

// parseMoney checks that a text is a decimal amount.
func parseMoney(s string) (string, error) {
	digits, dots := 0, 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.' && i > 0:
			dots++
		default:
			digits = -1000
		}
	}
	if digits <= 0 || digits > 18 || dots > 1 {
		return "", evenkeel.Invalid("amount %q; expected a decimal such as 120.00", s)
	}
	return s, nil
}

// asset tells who holds assets.
func (s *stage) asset(l *line) error {
	assets, err := expandNames(l.words[0])
	if err != nil {
		return err
	}
	if _, err := l.need("tenant"); err != nil {
		return err
	}
	tenants, err := l.names("tenant", len(assets))
	if err != nil {
		return err
	}
	t := evenkeel.Tenancy{At: s.clock, Kind: evenkeel.AssetVM, From: s.clock}
	if err := arg(l, "kind", evenkeel.ParseAssetKind, &t.Kind); err != nil {
		return err
	}
	if err := arg(l, "from", parseMoment, &t.From); err != nil {
		return err
	}
	if err := arg(l, "until", parseMoment, &t.Until); err != nil {
		return err
	}
	if t.Until != 0 && t.Until <= t.From {
		return evenkeel.Invalid("until %s is not after from %s", t.Until, t.From)
	}
	b := s.batch()
	for i, a := range assets {
		t.ID, t.Asset, t.Tenant = s.eventID(), evenkeel.AssetID(a), evenkeel.TenantID(tenants(i))
		b.AddTenancy(t)
		s.send(b)
	}
	return nil
}

func (s *stage) payment(l *line) error {
	p := evenkeel.Payment{At: s.clock, Tenant: evenkeel.TenantID(l.words[0]), Kind: evenkeel.PaymentPaid, Currency: l.words[2]}
	if err := evenkeel.CheckID("tenant", l.words[0]); err != nil {
		return err
	}
	amount, err := parseMoney(l.words[1])
	if err != nil {
		return err
	}
	if err := arg(l, "kind", evenkeel.ParsePaymentKind, &p.Kind); err != nil {
		return err
	}
	p.Amount, p.ID = amount, s.eventID()
	b := s.batch()
	b.AddPayment(p)
	s.send(b)
	return nil
}

// announce tells a burst before it comes. It is a record for the inventory and an act for
// the judge.
func (s *stage) announce(l *line) error {
	u := evenkeel.Burst{
		At: s.clock, Tenant: evenkeel.TenantID(l.words[0]), From: s.clock,
		What: l.args["what"], Says: l.args["says"],
	}
	if err := evenkeel.CheckID("tenant", l.words[0]); err != nil {
		return err
	}
	for _, key := range []string{"count", "until"} {
		if _, err := l.need(key); err != nil {
			return err
		}
	}
	selector := evenkeel.Selector{}
	if err := arg(l, "selector", parseSelector, &selector); err != nil {
		return err
	}
	u.Selector = selectorText(selector)
	if err := arg(l, "count", parseCount, &u.Count); err != nil {
		return err
	}
	if err := arg(l, "from", parseMoment, &u.From); err != nil {
		return err
	}
	if err := arg(l, "until", parseMoment, &u.Until); err != nil {
		return err
	}
	if u.Until <= u.From {
		return evenkeel.Invalid("until %s is not after from %s", u.Until, u.From)
	}
	u.ID = s.eventID()
	b := s.batch()
	b.AddBurst(u)
	s.send(b)
	return nil
}
