package inventory

import (
	"cmp"
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// maxText is the longest text of a lifecycle event, in bytes: an image may be named by a
// registry's address and a digest.
const maxText = 1024

// maxVCPUs is more than any machine has; beyond it a number is a fault of the sender.
const maxVCPUs = 1 << 20

// record gives a record to what it speaks of. The fate 0 is: ignored.
func (r *Registry) record(rec *evenkeel.Record) (f fate, err error) {
	switch rec.Kind {
	case evenkeel.KindTenancy, evenkeel.KindLifecycle, evenkeel.KindProfile, evenkeel.KindPayment:
	default:
		return 0, nil
	}
	if rec.At == 0 || rec.At == forever || rec.At == never {
		return 0, fmt.Errorf("%s event %x: %w", rec.Kind, rec.ID, evenkeel.Invalid("no time; expected when it happened"))
	}
	switch rec.Kind {
	case evenkeel.KindTenancy:
		f, err = r.takeTenancy(rec)
	case evenkeel.KindLifecycle:
		f, err = r.takeLifecycle(rec)
	case evenkeel.KindProfile:
		f, err = r.takeProfile(rec)
	case evenkeel.KindPayment:
		f, err = r.takePayment(rec)
	}
	if err != nil {
		return 0, fmt.Errorf("%s event %x: %w", rec.Kind, rec.ID, err)
	}
	return f, nil
}

func (r *Registry) takeTenancy(rec *evenkeel.Record) (fate, error) {
	g := grant{
		from: rec.Since, until: evenkeel.Moment(rec.Count), at: rec.At, id: rec.ID, kind: evenkeel.AssetKind(rec.Op),
	}
	if g.from == 0 { // not told: held at the latest when it was said
		g.from = g.at
	}
	if g.until == 0 {
		g.until = forever
	}
	if g.from >= g.until || g.from == never {
		return 0, evenkeel.Invalid("until %s is not after from %s", g.until, g.from)
	}
	if g.kind > evenkeel.AssetKey {
		return 0, evenkeel.Invalid("kind of asset %d is not known", g.kind)
	}
	t, err := r.tenant(rec.Tenant)
	if err != nil {
		return 0, err
	}
	a, err := r.asset(rec.Asset)
	if err != nil {
		return 0, err
	}
	g.tenant = t.id
	return a.addGrant(g), nil
}

func (r *Registry) takeLifecycle(rec *evenkeel.Record) (fate, error) {
	s := step{at: rec.At, id: rec.ID, action: evenkeel.Action(rec.Op)}
	switch s.action {
	case evenkeel.ActionStart, evenkeel.ActionStop:
		return 0, nil
	case evenkeel.ActionDelete:
	case evenkeel.ActionCreate, evenkeel.ActionResize:
		if rec.Count < 0 || rec.Count > maxVCPUs {
			return 0, evenkeel.Invalid("%d vCPUs; expected 0 to %d", rec.Count, maxVCPUs)
		}
		m, err := r.made(rec)
		if err != nil {
			return 0, err
		}
		s.made, s.vcpus = m, rec.Count
	default:
		return 0, evenkeel.Invalid("action %d is not known", rec.Op)
	}
	t, err := r.tenant(rec.Tenant)
	if err != nil {
		return 0, err
	}
	a, err := r.asset(rec.Asset)
	if err != nil {
		return 0, err
	}
	s.tenant = t.id
	if s.action == evenkeel.ActionResize {
		return a.addResize(s), nil
	}
	f := a.addLife(s)
	if s.action == evenkeel.ActionCreate && f != repeated {
		t.fresh = append(t.fresh, create{s.at, a.id, s.made.principal})
	}
	return f, nil
}

// made reads what a machine was made from.
func (r *Registry) made(rec *evenkeel.Record) (*made, error) {
	b := r.desk.batch
	for _, y := range rec.Names {
		if n := len(b.Text(y)); n > maxText {
			return nil, evenkeel.Invalid("text of %d bytes; expected at most %d", n, maxText)
		}
	}
	return r.words.make(made{
		flavour: b.Text(rec.Names[0]), image: b.Text(rec.Names[1]), startScript: b.Text(rec.Names[2]),
		region: b.Text(rec.Names[3]), principal: b.Text(rec.Names[4]),
	}), nil
}

func (r *Registry) takeProfile(rec *evenkeel.Record) (fate, error) {
	told, err := r.desk.batch.Profile(rec)
	if err != nil {
		return 0, err
	}
	p := profile{at: rec.At, id: rec.ID, since: told.Since, standing: told.Standing}
	if err := cmp.Or(checkCurrency(told.Currency), checkReach(&told)); err != nil {
		return 0, err
	}
	if p.reseller, err = parseReseller(told.Reseller); err != nil {
		return 0, err
	}
	p.currency = r.words.text(told.Currency)
	if told.PaidTotal != "" {
		if p.paid.micro, err = parseMoney("paid_total", told.PaidTotal); err != nil {
			return 0, err
		}
		p.paid.told = true
	}
	if told.RunRateMonth != "" {
		p.rate.micro, err = parseMoney("run_rate_month", told.RunRateMonth)
		if err == nil && p.rate.micro < 0 {
			err = evenkeel.Invalid("run_rate_month %s is below zero", told.RunRateMonth)
		}
		if err != nil {
			return 0, err
		}
		p.rate.told = true
	}
	t, err := r.tenant(rec.Tenant)
	if err != nil {
		return 0, err
	}
	t.reach.hear(rec.At, &told)
	return t.addProfile(p), nil
}

func (r *Registry) takePayment(rec *evenkeel.Record) (fate, error) {
	told := r.desk.batch.Payment(rec)
	if told.Kind < evenkeel.PaymentPaid || told.Kind > evenkeel.PaymentCredit {
		return 0, evenkeel.Invalid("kind of payment %d is not known", told.Kind)
	}
	sum, err := parseMoney("amount", told.Amount)
	if err == nil && sum < 0 {
		err = evenkeel.Invalid("amount %s is below zero; money that went back is a refund", told.Amount)
	}
	if err == nil {
		err = checkCurrency(told.Currency)
	}
	if err != nil {
		return 0, err
	}
	t, err := r.tenant(rec.Tenant)
	if err != nil {
		return 0, err
	}
	return t.addPayment(payment{
		at: told.At, id: rec.ID, amount: sum, currency: r.words.text(told.Currency), kind: told.Kind,
	}), nil
}
