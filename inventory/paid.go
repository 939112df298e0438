package inventory

import (
	"fmt"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// paid is the total that the tenant has paid up to the moment.
func (v *view) paid(limit time.Duration, standing evenkeel.Fact[evenkeel.Standing]) evenkeel.Fact[float64] {
	p, why := v.latest(func(p *profile) bool { return p.paid.told })
	var total micro
	switch {
	case p != nil:
		if why = v.unusable(p, limit); why == "" {
			total, why = v.total(p)
		}
	case noHistory(standing) != "":
		why = noHistory(standing)
	}
	if why == "" && total <= 0 {
		why = noHistory(standing)
		if !standing.Known() {
			why = "nothing paid, and how the tenant pays is unknown: " + standing.Unknown
		}
	}
	if why != "" {
		return evenkeel.UnknownFact[float64](why)
	}
	return evenkeel.KnownFact(total.units(), p.at)
}

// noHistory says why nothing paid says nothing under this standing, or "".
func noHistory(standing evenkeel.Fact[evenkeel.Standing]) string {
	if standing.Known() {
		switch standing.Value {
		case evenkeel.StandingOnCredit:
			return "on credit: no payment history"
		case evenkeel.StandingInvoiced:
			return "invoiced: no payment history"
		}
	}
	return ""
}

// total adds to a profile's total what came and went after it, or says why it cannot.
func (v *view) total(p *profile) (micro, string) {
	t := v.tenant
	if p.at < t.paidFrom {
		return 0, fmt.Sprintf("more than %d payments since the total was told; the older ones are not kept", MaxPayments)
	}
	currency, total := v.currency(v.told), p.paid.micro
	first, _ := slices.BinarySearchFunc(t.payments, p.at, func(y payment, at evenkeel.Moment) int {
		if y.at <= at {
			return -1
		}
		return 1
	})
	after := t.payments[first:]
	for i, y := range after {
		if y.at > v.at {
			break
		}
		if i+1 < len(after) && after[i+1].standsFor(y) {
			continue
		}
		sum := y.amount
		switch y.kind {
		case evenkeel.PaymentCredit:
			continue
		case evenkeel.PaymentRefund, evenkeel.PaymentChargeback:
			sum = -sum
		}
		if y.currency != currency {
			return 0, fmt.Sprintf("the %s of %s is in %s, the total in %s", y.kind, y.at, orNone(y.currency), orNone(currency))
		}
		var ok bool
		if total, ok = total.plus(sum); !ok {
			return 0, "the total is beyond what can be counted"
		}
	}
	return total, ""
}
