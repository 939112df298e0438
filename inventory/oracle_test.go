package inventory

import (
	"cmp"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

func TestTenanciesAreThoseOfTheNaiveOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawAll(t)
		s := applied(t, all)
		for _, asset := range assetIDs {
			want := oracle(all, asset)
			for at := evenkeel.Moment(0); at < 3*latest; at++ {
				got := state{}
				if h, ok := s.TenancyAt(asset, at); ok {
					got = state{held: true, tenant: h.Tenant, from: h.From, created: h.Created.Value, vcpus: h.VCPUs.Value, principal: h.Principal}
					if (h.Until != 0 && h.Until <= at) || h.From > at {
						t.Fatalf("%s at %d: [%d, %d)", asset, at, h.From, h.Until)
					}
				}
				if got != want[at] {
					t.Fatalf("%s at %d: %+v, want %+v", asset, at, got, want[at])
				}
			}
		}
	})
}

// state is who holds an asset, as the oracle steps through time one moment after another.
type state struct {
	held      bool
	tenant    evenkeel.TenantID
	from      evenkeel.Moment
	created   evenkeel.Moment
	vcpus     int64
	principal string
}

func oracle(all []said, asset evenkeel.AssetID) map[evenkeel.Moment]state {
	states := map[evenkeel.Moment]state{}
	var now state
	var implied bool
	var until evenkeel.Moment
	for at := evenkeel.Moment(1); at < 3*latest; at++ {
		if now.held && until != 0 && at >= until {
			now = state{}
		}
		// Everything that happens at this moment, looked for in all events.
		var grant *evenkeel.Tenancy
		var lives []evenkeel.Lifecycle
		for _, s := range all {
			if g := s.tenancy; g != nil && g.Asset == asset && g.From == at && (grant == nil || beats(g, grant)) {
				grant = g
			}
			if l := s.lifecycle; l != nil && l.Asset == asset && l.At == at {
				lives = append(lives, *l)
			}
		}
		var ended evenkeel.TenantID
		for _, l := range lives {
			if l.Action == evenkeel.ActionDelete && now.held && l.Tenant == now.tenant {
				ended, now = l.Tenant, state{}
			}
		}
		who, when := evenkeel.TenantID(""), evenkeel.Moment(0)
		if grant != nil {
			who, when = grant.Tenant, grant.At
		}
		for _, l := range lives {
			if l.Action == evenkeel.ActionCreate && (at > when || (at == when && l.Tenant > who)) {
				who, when = l.Tenant, at
			}
		}
		byGrant := grant != nil && grant.Tenant == who
		switch {
		case who == "":
		case now.held && now.tenant == who && !byGrant:
		case now.held && now.tenant == who && implied:
			implied, until = false, grant.Until
		default:
			now, implied, until = state{held: true, tenant: who, from: at}, !byGrant, 0
			if byGrant {
				until = grant.Until
			}
			for _, l := range lives {
				if l.Action == evenkeel.ActionDelete && l.Tenant == who && ended != who {
					now = state{}
				}
			}
		}
		if now.held {
			enrich(&now, at, lives)
		}
		states[at] = now
	}
	return states
}

func beats(a, b *evenkeel.Tenancy) bool {
	end := func(m evenkeel.Moment) evenkeel.Moment {
		if m == 0 {
			return 1 << 40
		}
		return m
	}
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(end(b.Until), end(a.Until))) > 0
}

func enrich(now *state, at evenkeel.Moment, lives []evenkeel.Lifecycle) {
	var made, sized *evenkeel.Lifecycle
	for i := range lives {
		l := &lives[i]
		if l.Tenant != now.tenant {
			continue
		}
		if l.Action == evenkeel.ActionCreate && (made == nil || cmp.Or(cmp.Compare(l.VCPUs, made.VCPUs), cmp.Compare(l.Principal, made.Principal)) > 0) {
			made = l
		}
		if l.Action == evenkeel.ActionResize && (sized == nil || l.VCPUs > sized.VCPUs) {
			sized = l
		}
	}
	if made != nil {
		now.created, now.vcpus, now.principal = at, made.VCPUs, made.Principal
	}
	if sized != nil {
		now.vcpus = sized.VCPUs
	}
}

func TestAccountsAreThoseOfTheNaiveOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawAll(t)
		s := applied(t, all)
		for _, id := range tenantIDs {
			for at := evenkeel.Moment(0); at < 3*latest; at++ {
				got := s.AccountAt(id, at)
				standing := naiveStanding(all, id, at)
				if got.Standing.Known() != (standing != 0) || got.Standing.Value != standing {
					t.Fatalf("%s at %d: standing %+v, want %v", id, at, got.Standing, standing)
				}
				paid, known := naivePaid(all, id, at, standing)
				if got.Paid.Known() != known || got.Paid.Value != paid {
					t.Fatalf("%s at %d: paid %+v, want %v, %v", id, at, got.Paid, paid, known)
				}
			}
		}
	})
}

// newest returns the newest profile that tells a thing, and of equal moments the one whose
// fields are greater, in the order of Profile.order.
func newest(all []said, id evenkeel.TenantID, at evenkeel.Moment, tells func(*evenkeel.Profile) bool) *evenkeel.Profile {
	var best *evenkeel.Profile
	for _, s := range all {
		p := s.profile
		if p == nil || p.Tenant != id || p.At > at || !tells(p) {
			continue
		}
		if best == nil || cmp.Or(
			cmp.Compare(p.At, best.At), cmp.Compare(p.Since, best.Since), cmp.Compare(p.Standing, best.Standing),
			cmp.Compare(p.PaidTotal, best.PaidTotal), cmp.Compare(p.RunRateMonth, best.RunRateMonth), cmp.Compare(p.Currency, best.Currency),
		) > 0 {
			best = p
		}
	}
	return best
}

func naiveStanding(all []said, id evenkeel.TenantID, at evenkeel.Moment) evenkeel.Standing {
	p := newest(all, id, at, func(p *evenkeel.Profile) bool { return p.Standing != 0 })
	if p == nil || at-p.At > 5 {
		return 0
	}
	return p.Standing
}

func naivePaid(all []said, id evenkeel.TenantID, at evenkeel.Moment, standing evenkeel.Standing) (float64, bool) {
	currency := func(at evenkeel.Moment) string {
		if p := newest(all, id, at, func(p *evenkeel.Profile) bool { return p.Currency != "" }); p != nil {
			return p.Currency
		}
		return ""
	}
	p := newest(all, id, at, func(p *evenkeel.Profile) bool { return p.PaidTotal != "" })
	if p == nil || at-p.At > 4 || currency(p.At) != currency(at) {
		return 0, false
	}
	millionths := map[string]int64{"0": 0, "1": 1_000_000, "1.50": 1_500_000, "0.000001": 1}
	total, once := millionths[p.PaidTotal], map[evenkeel.Payment]bool{}
	for _, s := range all { // each with an ID stands for its likes without one
		if s.payment != nil && s.payment.ID != 0 {
			y := *s.payment
			y.ID = 0
			once[y] = true
		}
	}
	for _, s := range all {
		if s.payment == nil || s.payment.Tenant != id || s.payment.At <= p.At || s.payment.At > at || s.payment.Kind == evenkeel.PaymentCredit {
			continue
		}
		y := *s.payment
		if once[y] {
			continue
		}
		once[y] = true
		if y.Currency != currency(at) {
			return 0, false
		}
		if y.Kind == evenkeel.PaymentPaid {
			total += millionths[y.Amount]
		} else {
			total -= millionths[y.Amount]
		}
	}
	if total <= 0 && (standing == 0 || standing == evenkeel.StandingOnCredit || standing == evenkeel.StandingInvoiced) {
		return 0, false
	}
	return float64(total) / 1e6, true
}
