package inventory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/inventory/internal/trie"
)

// How much is kept of one tenant. The oldest fall out and are counted in Applied.Dropped;
// facts that would need them are unknown.
const (
	MaxProfiles = 1024 // hourly for six weeks
	MaxPayments = 1024
	MaxCreates  = 8192 // what Snapshot.CreatedBy can find
)

// tenant is all that was said of one tenant. In a snapshot that was taken it is never
// changed: the registry changes a copy.
type tenant struct {
	id       evenkeel.TenantID
	edit     uint64 // the registry's edit that made this copy and may change it
	profiles []profile
	payments []payment
	creates  []create        // in order
	fresh    []create        // not yet among creates, in order of arrival
	paidFrom evenkeel.Moment // payments at or before may have fallen out
	reach    reach
	runs     trie.Map[run]
}

func newTenant(id evenkeel.TenantID) *tenant {
	return &tenant{id: id, paidFrom: never, runs: trie.New[run]()}
}

// Key is what the registry finds it by.
func (t *tenant) Key() string { return string(t.id) }

// profile is a profile event; zero fields were not told.
type profile struct {
	at       evenkeel.Moment
	id       uint64
	since    evenkeel.Moment
	paid     amount
	rate     amount
	currency string
	standing evenkeel.Standing
	reseller reseller
}

// amount is money that may not have been told.
type amount struct {
	micro micro
	told  bool
}

func (a amount) compare(b amount) int {
	if a.told != b.told {
		if a.told {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.micro, b.micro)
}

func (p profile) name() uint64        { return p.id }
func (p profile) over(o profile) bool { return p.order(o) > 0 }

func (p profile) order(o profile) int {
	return cmp.Or(
		cmp.Compare(p.at, o.at), cmp.Compare(p.since, o.since), cmp.Compare(p.standing, o.standing),
		p.paid.compare(o.paid), p.rate.compare(o.rate), strings.Compare(p.currency, o.currency),
		cmp.Compare(p.reseller, o.reseller),
	)
}

// payment is a payment event. Amount is not negative. Two with IDs of their own are two,
// however alike: a customer may pay twice in the books' unit of time. One without an ID is
// its like with one, which may come later or move to another time: so both are kept, and
// total leaves out the one without.
type payment struct {
	at       evenkeel.Moment
	id       uint64
	amount   micro
	currency string
	kind     evenkeel.PaymentKind
}

func (p payment) name() uint64        { return p.id }
func (p payment) over(o payment) bool { return p.order(o) > 0 }

// order puts a payment without an ID before its likes.
func (p payment) order(o payment) int {
	return cmp.Or(
		cmp.Compare(p.at, o.at), cmp.Compare(p.kind, o.kind),
		cmp.Compare(p.amount, o.amount), strings.Compare(p.currency, o.currency), cmp.Compare(p.id, o.id),
	)
}

// standsFor says whether p, which comes next in order, is what o without an ID says.
func (p payment) standsFor(o payment) bool {
	if o.id != 0 {
		return false
	}
	o.id = p.id
	return p == o
}

// create is a machine that the tenant made.
type create struct {
	at        evenkeel.Moment
	asset     evenkeel.AssetID
	principal string
}

func (c create) order(o create) int {
	return cmp.Or(
		cmp.Compare(c.at, o.at), strings.Compare(string(c.asset), string(o.asset)),
		strings.Compare(c.principal, o.principal),
	)
}

func (t *tenant) addProfile(p profile) (f fate) {
	t.profiles, f, _ = insert(t.profiles, p, MaxProfiles)
	return f
}

func (t *tenant) addPayment(p payment) fate {
	list, f, lost := insert(t.payments, p, MaxPayments)
	if f == keptFull || f == surplus {
		t.paidFrom = max(t.paidFrom, lost.at)
	}
	t.payments = list
	return f
}

// settle puts the fresh creates among the others where that is cheap, or where they are
// many, or where the bound is passed: a whole inventory may come in any order. It returns
// how many fell out. Snapshots share the arrays: only what is behind their end is written.
func (t *tenant) settle() (dropped int) {
	n, more := len(t.creates), len(t.fresh)
	switch {
	case more == 0:
		return 0
	case follows(t.creates, t.fresh):
		t.creates = append(t.creates, t.fresh...)
	case n+more > MaxCreates || more >= 16+n/4:
		fresh := slices.Clone(t.fresh)
		slices.SortFunc(fresh, create.order)
		t.creates = merge(t.creates, fresh)
	default:
		return 0
	}
	t.fresh = nil
	dropped = max(0, len(t.creates)-MaxCreates)
	t.creates = t.creates[dropped:]
	return dropped
}

// follows says whether b is in order, without repeats, and behind all of a.
func follows(a, b []create) bool {
	for i := range b {
		if i > 0 {
			a = b[:i]
		}
		if n := len(a); n > 0 && a[n-1].order(b[i]) >= 0 {
			return false
		}
	}
	return true
}

// merge returns what is in the sorted lists a and b, each once.
func merge(a, b []create) []create {
	out := make([]create, 0, len(a)+len(b))
	for len(a)+len(b) > 0 {
		var c create
		if len(b) == 0 || (len(a) > 0 && a[0].order(b[0]) <= 0) {
			c, a = a[0], a[1:]
		} else {
			c, b = b[0], b[1:]
		}
		if n := len(out); n == 0 || out[n-1] != c {
			out = append(out, c)
		}
	}
	return out
}

// created returns the creates in [from, until), in order.
func (t *tenant) created(from, until evenkeel.Moment) []create {
	before := func(c create, at evenkeel.Moment) int {
		if c.at < at {
			return -1
		}
		return 1
	}
	i, _ := slices.BinarySearchFunc(t.creates, from, before)
	j, _ := slices.BinarySearchFunc(t.creates, until, before)
	list := t.creates[i:max(i, j)]
	var fresh []create
	for _, c := range t.fresh {
		if c.at >= from && c.at < until {
			fresh = append(fresh, c)
		}
	}
	if len(fresh) > 0 {
		slices.SortFunc(fresh, create.order)
		list = merge(list, fresh)
	}
	return list
}
