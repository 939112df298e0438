package watch

import (
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// subjectFacts is what the inventory knows of a subject at a moment.
type subjectFacts struct {
	subject evenkeel.Subject
	holding *evenkeel.Holding // nil unknown, or the subject is no asset
	account evenkeel.Account
}

// subjectOf names the subject of a look. The tenant of an asset is the one in whose tenancy
// the state was made, whoever holds the asset by now; where nobody was known to hold it
// then, the one who is known by now to have held it at the time of the record.
func (e *Engine) subjectOf(l look) (evenkeel.Subject, *evenkeel.Holding) {
	name := e.parts[l.at.part].tables[l.at.floor].names.get(l.at.ref)
	s := evenkeel.Subject{Kind: l.f.kind}
	if l.f.kind != evenkeel.SubjectAsset {
		tenant, principal, _ := strings.Cut(name, "\x00")
		s.Tenant, s.Principal = evenkeel.TenantID(tenant), principal
		return s, nil
	}
	s.Asset = evenkeel.AssetID(name)
	if e.holder == nil {
		return s, nil
	}
	h, ok := e.holder.TenancyAt(s.Asset, l.moment())
	if s.Since = head(l.state.rec).tenancy(); s.Since != 0 && (!ok || h.From != s.Since) {
		h, ok = e.holder.TenancyAt(s.Asset, s.Since)
	}
	if !ok {
		return s, nil
	}
	s.Tenant = h.Tenant
	return s, h
}

// moment is the last one that a look takes in.
func (l look) moment() evenkeel.Moment {
	if l.final {
		return l.when - 1
	}
	return l.when
}

func (e *Engine) factsOf(l look) *subjectFacts {
	k := &subjectFacts{}
	k.subject, k.holding = e.subjectOf(l)
	nobody := "nobody is known to hold the asset"
	if e.holder != nil && k.subject.Tenant != "" {
		k.account = e.holder.AccountAt(k.subject.Tenant, l.when)
		return k
	}
	k.account.Since = evenkeel.UnknownFact[evenkeel.Moment](nobody)
	k.account.Standing = evenkeel.UnknownFact[evenkeel.Standing](nobody)
	k.account.Paid = evenkeel.UnknownFact[float64](nobody)
	k.account.RunRate = evenkeel.UnknownFact[float64](nobody)
	return k
}

// tell puts facts where a rule reads them.
func (k *subjectFacts) tell(lr *laidRule, facts []rule.FactSlot, when evenkeel.Moment) {
	for _, fs := range facts {
		lr.slots[fs.Slot] = k.value(fs.Fact, when)
	}
}

// value returns a fact as rules read it.
func (k *subjectFacts) value(f rule.Fact, when evenkeel.Moment) ternary.Value {
	switch f {
	case rule.TenantStanding:
		s := k.account.Standing
		if s.Known() && s.Value == evenkeel.StandingUnknown {
			return ternary.Unknown("the books say that the standing is unknown")
		}
		return known(s, func(v evenkeel.Standing) ternary.Value { return ternary.String(v.String()) })
	case rule.TenantAge:
		return known(k.account.Since, func(v evenkeel.Moment) ternary.Value { return ternary.Duration(when.Sub(v)) })
	case rule.TenantPaid:
		return known(k.account.Paid, ternary.Double)
	case rule.TenantRunRate:
		return known(k.account.RunRate, ternary.Double)
	}
	if k.holding == nil {
		return ternary.Unknown("nobody is known to hold the asset")
	}
	switch f {
	case rule.AssetAge:
		return known(k.holding.Created, func(v evenkeel.Moment) ternary.Value { return ternary.Duration(when.Sub(v)) })
	case rule.AssetVCPUs:
		return known(k.holding.VCPUs, ternary.Int)
	case rule.AssetKind:
		if k.holding.Kind == 0 {
			return told("")
		}
		return told(k.holding.Kind.String())
	case rule.AssetFlavour:
		return told(k.holding.Flavour)
	case rule.AssetImage:
		return told(k.holding.Image)
	case rule.AssetRegion:
		return told(k.holding.Region)
	}
	return ternary.Unknown("not a fact that the engine knows")
}

func known[T any](f evenkeel.Fact[T], as func(T) ternary.Value) ternary.Value {
	if !f.Known() {
		return ternary.Unknown(f.Unknown)
	}
	return as(f.Value)
}

func told(s string) ternary.Value {
	if s == "" {
		return ternary.Unknown("nobody told it")
	}
	return ternary.String(s)
}
