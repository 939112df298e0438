package inventory

import (
	"errors"
	"io"
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
)

// Restore makes a registry that goes on as the one would whose snapshot was written: it gives
// the same answers to every question, and takes the same records for repeated ones. Options
// may be others.
//
// Anything that is not a whole checkpoint of a version that is read gives an error of KindInvalid.
func Restore(in io.Reader, o Options) (*Registry, error) {
	r := reader{
		Reader: section.NewReaderSince(in, checkpointMagic, oldestVersion, checkpointVersion), registry: New(o),
	}
	r.Begin(sectionHead)
	tenants, assets := r.Count(math.MaxInt32), r.Count(math.MaxInt32)
	r.Begin(sectionName)
	for i := 0; i < tenants && r.Err() == nil; i++ {
		r.name()
	}
	r.Begin(sectionHeld)
	last := ""
	for i := 0; i < assets && r.Err() == nil; i++ {
		last = r.asset(last)
	}
	r.Begin(sectionBook)
	for i := 0; i < tenants && r.Err() == nil; i++ {
		r.tenant(r.tenants[i])
	}
	if err := r.Close(); err != nil {
		return nil, unreadable(err)
	}
	r.registry.publish()
	return r.registry, nil
}

func unreadable(err error) error {
	if _, bad := errors.AsType[*section.Damaged](err); bad {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "restore the inventory from a checkpoint", Err: err,
			Hint: "Take an older checkpoint. With none the inventory begins empty, and must be told again or read from the log.",
		}
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInternal, Says: "restore the inventory from a checkpoint", Err: err,
		Hint: "See whether the file can be read; the checkpoint in it may be good.",
	}
}

// reader reads what was said into a registry of which nobody has a snapshot. It refuses what
// Apply would not have kept in that form.
type reader struct {
	*section.Reader
	registry *Registry
	tenants  []*tenant
	makes    []*made
}

func (r *reader) moment() evenkeel.Moment { return evenkeel.Moment(r.Uint64()) }

// said is the time of an event, which it always has.
func (r *reader) said() evenkeel.Moment {
	m := r.moment()
	if m == 0 || m == forever || m == never {
		r.Fail("an event without a time")
	}
	return m
}

// id reads an id that comes after the last in order.
func (r *reader) id(what, last string) string {
	id := r.Text(evenkeel.MaxID)
	if err := evenkeel.CheckID(what, id); err != nil && r.Err() == nil {
		r.Fail("%v", err)
	}
	if id <= last {
		r.Fail("%s %q after %q; expected a later one", what, id, last)
	}
	return id
}

func (r *reader) name() {
	last := ""
	if n := len(r.tenants); n > 0 {
		last = r.tenants[n-1].Key()
	}
	t := newTenant(evenkeel.TenantID(r.id("tenant", last)))
	if r.Err() != nil {
		return
	}
	t.edit = r.registry.edit
	r.registry.tenants.Set(t.edit, t)
	r.tenants = append(r.tenants, t)
}

func (r *reader) asset(last string) (id string) {
	id = r.id("asset", last)
	a := newAsset(evenkeel.AssetID(id))
	a.edit, a.changed = r.registry.edit, true
	a.floor, a.sized = r.moment(), r.moment()
	a.grants = list(r, MaxTenancies, r.grant)
	a.lives = list(r, MaxLives, func() step { return r.step(evenkeel.ActionCreate, evenkeel.ActionDelete) })
	a.resizes = list(r, MaxResizes, func() step { return r.step(evenkeel.ActionResize, evenkeel.ActionResize) })
	if r.Err() == nil {
		r.registry.assets.Set(a.edit, a)
		r.registry.settle(a)
	}
	return id
}

// list reads a list that is in order.
func list[T interface{ order(T) int }](r *reader, most int, next func() T) (out []T) {
	for range r.Count(most) {
		x := next()
		if n := len(out); n > 0 && r.Err() == nil && out[n-1].order(x) >= 0 {
			r.Fail("a list that is not in order")
		}
		if r.Err() != nil {
			return nil
		}
		out = append(out, x)
	}
	return out
}

func (r *reader) grant() grant {
	g := grant{
		from: r.moment(), until: r.moment(), at: r.said(), id: r.Uint64(), tenant: r.holder(), kind: evenkeel.AssetKind(r.Byte()),
	}
	if g.from >= g.until || g.from == never || g.kind > evenkeel.AssetKey {
		r.Fail("a tenancy of kind %d from %s until %s", g.kind, g.from, g.until)
	}
	return g
}

// holder reads a tenant's number.
func (r *reader) holder() evenkeel.TenantID {
	i := r.Count(math.MaxInt32)
	if i >= len(r.tenants) {
		r.Fail("tenant %d of %d", i, len(r.tenants))
		return ""
	}
	return r.tenants[i].id
}

// step reads a lifecycle event of one of two actions.
func (r *reader) step(one, other evenkeel.Action) step {
	s := step{at: r.said(), id: r.Uint64(), tenant: r.holder(), action: evenkeel.Action(r.Byte())}
	switch s.action {
	case one, other:
	default:
		r.Fail("action %d; expected %s or %s", s.action, one, other)
	}
	if s.action != evenkeel.ActionDelete {
		s.vcpus, s.made = int64(r.Count(maxVCPUs)), r.made()
	}
	return s
}

func (r *reader) made() *made {
	n := r.Count(len(r.makes))
	if n < len(r.makes) {
		return r.makes[n]
	}
	m := made{flavour: r.Text(maxText), image: r.Text(maxText), startScript: r.Text(maxText), region: r.Text(maxText), principal: r.Text(maxText)}
	if r.Err() == nil {
		r.makes = append(r.makes, r.registry.words.make(m))
		return r.makes[n]
	}
	return &made{}
}

func (r *reader) tenant(t *tenant) {
	t.paidFrom = r.moment()
	t.profiles = list(r, MaxProfiles, r.profile)
	t.payments = list(r, MaxPayments, r.payment)
	t.creates = list(r, MaxCreates, r.create)
	for range r.Count(math.MaxInt32) {
		c := r.create()
		if r.Err() != nil {
			return
		}
		t.fresh = append(t.fresh, c)
	}
	t.reach = r.reach()
}

func (r *reader) profile() profile {
	p := profile{at: r.said(), id: r.Uint64(), since: r.moment(), standing: evenkeel.Standing(r.Byte()), paid: r.amount(), rate: r.amount(), currency: r.currency(), reseller: reseller(r.Byte())}
	if p.standing > evenkeel.StandingDelinquent || p.rate.micro < 0 || p.reseller > resellerUnknown {
		r.Fail("a profile of standing %d with %d a month, reseller %d", p.standing, p.rate.micro, p.reseller)
	}
	return p
}

func (r *reader) amount() (a amount) {
	if a.told = r.Bool(); a.told {
		a.micro = micro(r.Uint64())
	}
	return a
}

func (r *reader) currency() string {
	c := r.Text(3)
	if err := checkCurrency(c); err != nil {
		r.Fail("%v", err)
	}
	return r.registry.words.text(c)
}

func (r *reader) payment() payment {
	p := payment{at: r.said(), id: r.Uint64(), amount: micro(r.Uint64()), currency: r.currency(), kind: evenkeel.PaymentKind(r.Byte())}
	if p.amount < 0 || p.kind < evenkeel.PaymentPaid || p.kind > evenkeel.PaymentCredit {
		r.Fail("a payment of kind %d over %d", p.kind, p.amount)
	}
	return p
}

// create reads a machine that a tenant made. Its id is the asset's own text.
func (r *reader) create() create {
	c := create{at: r.said()}
	id := r.Text(evenkeel.MaxID)
	c.principal = r.registry.words.text(r.Text(maxText))
	a, ok := r.registry.assets.Get(id)
	if !ok {
		r.Fail("a create of asset %q, of which nothing was said", id)
		return c
	}
	c.asset = a.id
	return c
}
