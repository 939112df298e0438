package inventory

import (
	"cmp"
	"math"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// How much is kept of one asset. The oldest fall out and are counted in Applied.Dropped;
// at and before the newest that fell out nobody is named (for resizes: vCPUs are unknown).
const (
	MaxTenancies = 64 // tenancy events with different From
	MaxLives     = 64 // creates and deletes
	MaxResizes   = 64
)

// forever is the end of an open interval inside this room; outside it is 0. Never is
// before all events.
const (
	forever = evenkeel.Moment(math.MaxInt64)
	never   = evenkeel.Moment(math.MinInt64)
)

// asset is all that was said of one asset, and the answers made from it. In a snapshot
// that was taken it is never changed: the registry changes a copy.
type asset struct {
	id      evenkeel.AssetID
	edit    uint64 // the registry's edit that made this copy and may change it
	changed bool   // spans are not those of the lists
	grants  []grant
	lives   []step
	resizes []step
	floor   evenkeel.Moment // nothing is known of holders at or before
	sized   evenkeel.Moment // nothing is known of sizes that were set at or before
	spans   []span          // disjoint, by time
}

func newAsset(id evenkeel.AssetID) *asset { return &asset{id: id, floor: never, sized: never} }

// Key is what the registry finds it by.
func (a *asset) Key() string { return string(a.id) }

// span is a version of a holding: what was known in [from, until).
type span struct {
	from, until evenkeel.Moment
	holding     *evenkeel.Holding
}

// grant is a tenancy event.
type grant struct {
	from, until evenkeel.Moment // until forever: open
	at          evenkeel.Moment
	id          uint64
	tenant      evenkeel.TenantID
	kind        evenkeel.AssetKind
}

func (g grant) order(o grant) int { return cmp.Compare(g.from, o.from) }
func (g grant) name() uint64      { return g.id }

// over: the later said wins, then the larger tenant id; the earlier end and the larger
// kind are there only so that no order of arrival matters.
func (g grant) over(o grant) bool {
	return cmp.Or(
		cmp.Compare(g.at, o.at), strings.Compare(string(g.tenant), string(o.tenant)),
		cmp.Compare(o.until, g.until), cmp.Compare(g.kind, o.kind), cmp.Compare(g.from, o.from),
	) > 0
}

// step is a lifecycle event: create, delete or resize.
type step struct {
	at     evenkeel.Moment
	id     uint64
	tenant evenkeel.TenantID
	vcpus  int64 // 0: not told
	made   *made // nil for a delete
	action evenkeel.Action
}

// made is what a machine was made from, and by whom. Many machines share one.
type made struct{ flavour, image, startScript, region, principal string }

func (s step) name() uint64     { return s.id }
func (s step) over(o step) bool { return s.order(o) > 0 }

func (s step) order(o step) int {
	if c := cmp.Or(
		cmp.Compare(s.at, o.at), cmp.Compare(s.action, o.action),
		strings.Compare(string(s.tenant), string(o.tenant)), cmp.Compare(s.vcpus, o.vcpus),
	); c != 0 || s.made == o.made {
		return c
	}
	a, b := s.made, o.made
	return cmp.Or(
		strings.Compare(a.flavour, b.flavour), strings.Compare(a.image, b.image),
		strings.Compare(a.startScript, b.startScript), strings.Compare(a.region, b.region),
		strings.Compare(a.principal, b.principal),
	)
}

func (a *asset) addGrant(g grant) fate {
	list, f, lost := insert(a.grants, g, MaxTenancies)
	if f == keptFull || f == surplus {
		a.floor = max(a.floor, lost.from)
	}
	a.grants = list
	return a.mark(f)
}

func (a *asset) addLife(s step) fate {
	list, f, lost := insert(a.lives, s, MaxLives)
	if f == keptFull || f == surplus {
		a.floor = max(a.floor, lost.at)
	}
	a.lives = list
	return a.mark(f)
}

func (a *asset) addResize(s step) fate {
	list, f, lost := insert(a.resizes, s, MaxResizes)
	if f == keptFull || f == surplus {
		a.sized = max(a.sized, lost.at)
	}
	a.resizes = list
	return a.mark(f)
}

func (a *asset) mark(f fate) fate {
	a.changed = a.changed || f != repeated
	return f
}

// at returns the version of the holding at a moment, or nil.
func (a *asset) at(t evenkeel.Moment) *evenkeel.Holding {
	lo, hi := 0, len(a.spans)
	for lo < hi {
		if mid := (lo + hi) / 2; a.spans[mid].from <= t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 || t >= a.spans[lo-1].until {
		return nil
	}
	return a.spans[lo-1].holding
}
