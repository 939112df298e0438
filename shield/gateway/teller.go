package gateway

import (
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// Counted is what came to one site in an interval. Intervals of a site come in order and do not overlap. Times are in whole milliseconds,
// those at stages in whole seconds: what is left of one interval is in the next.
type Counted struct {
	Site        site.ID
	Tenant      evenkeel.TenantID
	Asset       evenkeel.AssetID
	From, Until evenkeel.Moment
	Sum
	Requests []evenkeel.Request // drawn from those that came, without ids
}

// How often a site is told: each second while it is loud, and for loudFor after; each calmEvery where it is not, for tellFor after
// its last visit.
const (
	loudEvery = time.Second
	calmEvery = time.Minute
	loudFor   = 10 * time.Second
	tellFor   = time.Hour
	// setBackFor is how far clocks are set back now and then by what keeps them right.
	setBackFor = 5 * time.Second
)

// Intervals of a site begin in different seconds: by these whoever adds them up tells them apart.

// MostCounted is how many intervals one call of Counts returns, but for a second one of some sites. Sites for which there is no room are told by the next
// call, of a longer interval.
const MostCounted = 1024

// teller knows which sites there is something to tell of.
type teller struct {
	mu   sync.Mutex
	list []*telling
	from evenkeel.Moment      // the first second in which the process before this one began no interval
	here evenkeel.Moment      // until when it was told of any site that the edge is here; 0: it has only begun
	next int                  // in the list, where the last call ended
	seen *map[site.ID]*domain // as the last call saw them
}

// telling is what was told of a site.
type telling struct {
	d       *domain
	listed  bool
	told    evenkeel.Moment // until when
	begun   evenkeel.Moment // when the interval began that was told last
	looked  evenkeel.Moment // when it was looked at last
	sum     Sum             // as it was told
	upto    Sum             // as of looked
	loud    evenkeel.Moment // when it was so last
	visited evenkeel.Moment // likewise, visited
}

// of is what was told of a site.
func (*teller) of(d *domain) *telling {
	if d.telling == nil {
		d.telling = &telling{d: d}
	}
	return d.telling
}

// list has a site told from a moment on.
func (t *teller) add(e *Edge, d *domain, from evenkeel.Moment) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.of(d)
	if x.listed {
		return
	}
	x.listed, x.visited = true, from
	x.begin(t, from)
	t.list = append(t.list, x)
	if each := e.c.Samples / int(treatments-let); each > 0 {
		room := &drawn{each: uint32(each), state: e.c.Lot() | 1}
		d.mu.Lock()
		d.books.drawn = room
		d.mu.Unlock()
	}
}

// Counts returns what came since the last call: an interval of each site that is pressed, above Observe, stopped or failing; of others with
// visits one a minute, as long as they had any within an hour. It is called about once a second, by one goroutine; nothing is lost where it is not.
func (e *Edge) Counts(now evenkeel.Moment) (out []Counted) { return e.counts(now, false) }

// CountsLast returns all that came and was not told yet, for an edge that ends.
func (e *Edge) CountsLast(now evenkeel.Moment) (out []Counted) { return e.counts(now, true) }

func (e *Edge) counts(now evenkeel.Moment, last bool) (out []Counted) {
	t := &e.teller
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from == 0 {
		t.from = wholeSecond(now.Add(time.Second))
	}
	domains := e.domains.Load()
	same := domains == t.seen // no site went
	n, whole := len(t.list), true
	for i := range n {
		x := t.list[(t.next+i)%n]
		if len(out) >= MostCounted && !last {
			t.next, whole = (t.next+i)%n, false
			break
		}
		out = x.look(e, now, last || !same && (*domains)[x.d.id] != x.d, out)
	}
	if whole {
		t.seen = domains
	}
	out = t.stays(e, now, last, *domains, out)
	kept := t.list[:0]
	for _, x := range t.list {
		if x.listed {
			kept = append(kept, x)
		}
	}
	clear(t.list[len(kept):])
	if t.list = kept; t.next >= len(kept) {
		t.next = 0
	}
	total := 0
	for i := range out {
		total += len(out[i].Requests)
	}
	if total > e.c.SamplesAll {
		thin(out, total, e.c.SamplesAll, e.c.Lot())
	}
	return out
}

// look looks at a site, and tells what is due.
func (x *telling) look(e *Edge, now evenkeel.Moment, last bool, out []Counted) []Counted {
	d := x.d
	switch back := x.looked.Sub(now); {
	case last && back >= 0 && back <= setBackFor:
		now = x.looked.Add(time.Millisecond)
	case back > 0 && back <= setBackFor: // it comes to where it was: until then everything waits
		return out
	case back > 0: // what came is in the next interval
		x.looked, x.told, x.upto.At = now, min(x.told, now), x.sum.At
		x.visited, x.loud = min(x.visited, now), min(x.loud, now)
		return out
	}
	d.mu.Lock()
	sum := d.books.sum
	d.mu.Unlock()
	sum.Served = max(min(sum.Served, sum.Wanted), x.upto.Served) // what a gateway tells of those that it was asked about before is known to a part
	at := d.at()
	sum.At = x.upto.At
	sum.At[at] += now.Sub(x.looked)
	loud := at > stage.Observe || d.pressed.Load() || d.stopped(now) != 0 || d.shuts(now) != 0 || sum.Failed > x.upto.Failed
	if sum.Visits > x.upto.Visits {
		x.visited = now
	}
	was := x.loud != 0 && x.looked.Sub(x.loud) < loudFor
	if loud {
		x.loud = now
	}
	is := x.loud != 0 && now.Sub(x.loud) < loudFor
	if is && !was && laterSecond(x.looked, x.told) {
		out = x.tell(e, x.looked, &x.upto, out) // what was calm stands alone
	}
	x.looked, x.upto = now, sum
	passed := now.Sub(x.told)
	switch {
	case last: // the site is gone, or the edge
		if passed > 0 {
			out = x.tell(e, now, &sum, out)
		}
		x.leave(d)
	case is && laterSecond(now, x.told), passed >= calmEvery:
		out = x.tell(e, now, &sum, out)
		if now.Sub(x.visited) >= tellFor && !is {
			x.leave(d)
		}
	}
	return out
}

// stays tells of a calm edge that it is here, once a minute, by one of its sites: of minutes of which no edge tells anything it is taken
// that none was.
func (t *teller) stays(e *Edge, now evenkeel.Moment, last bool, domains map[site.ID]*domain, out []Counted) []Counted {
	switch {
	case t.here == 0 || now < t.here:
		t.here = now
	case len(t.list) > 0 || len(out) > 0: // each site that is listed is told once a minute at least
		t.here = now
	case now.Sub(t.here) >= calmEvery, last && now > t.here:
		var first *domain
		for _, d := range domains {
			if first == nil || d.id < first.id {
				first = d
			}
		}
		if first == nil {
			break
		}
		x := t.of(first)
		x.begin(t, t.here)
		first.mu.Lock()
		sum := first.books.sum
		first.mu.Unlock()
		if sum.At = x.sum.At; x.told < now {
			out = x.tell(e, now, &sum, out)
		}
		t.here = now
	}
	return out
}

// begin begins an interval at a moment, or where another one is told from the next whole second on.
func (x *telling) begin(t *teller, from evenkeel.Moment) {
	if t.from == 0 { // before the first call of Counts
		t.from = wholeSecond(from.Add(lookEvery + time.Second))
	}
	if x.told = max(x.told, from, t.from); !laterSecond(x.told, x.begun) {
		x.told = wholeSecond(x.told + 1)
	}
	x.looked = x.told
}

// laterSecond says whether a moment is in a later second than another.
func laterSecond(m, than evenkeel.Moment) bool { return m/aSecond > than/aSecond }

// wholeSecond is the first whole second that is not before a moment.
func wholeSecond(m evenkeel.Moment) evenkeel.Moment { return (m + aSecond - 1) / aSecond * aSecond }

const aSecond = evenkeel.Moment(time.Second)

// leave has a site told no more, until it is visited again.
func (x *telling) leave(d *domain) {
	x.listed = false
	d.listed.Store(false)
	d.mu.Lock()
	d.books.drawn = nil
	d.mu.Unlock()
}

// tell is an interval that ends.
func (x *telling) tell(e *Edge, until evenkeel.Moment, sum *Sum, out []Counted) []Counted {
	d := x.d
	s := d.site.Load()
	c := Counted{Site: s.ID, Tenant: s.Tenant, Asset: s.Asset, From: x.told, Until: until}
	now := sum.rounded()
	x.begun = x.told
	c.Sum = now.minus(&x.sum)
	x.sum, x.told = now, until
	d.mu.Lock()
	defer d.mu.Unlock()
	c.Requests = d.books.drawn.take(s.Asset)
	return append(out, c)
}

// rounded is a sum in units that are told.
func (s *Sum) rounded() Sum {
	r := *s
	for _, d := range [...]*time.Duration{&r.Edge, &r.Backend, &r.Saved} {
		*d = d.Truncate(time.Millisecond)
	}
	for i := range r.At {
		r.At[i] = r.At[i].Truncate(time.Second)
	}
	return r
}

// thin leaves so many of all samples at most, each with the same chance, and has those that are left stand for the others too: systematically,
// from a lot on (W. G. Cochran, Sampling Techniques, 1977, chapter 8).
func thin(all []Counted, total, most int, lot uint64) {
	if most <= 0 {
		for i := range all {
			all[i].Requests = nil
		}
		return
	}
	step := float64(total) / float64(most)
	next := float64(lot>>11) / (1 << 53) * step
	n := 0
	for i := range all {
		kept := all[i].Requests[:0]
		for _, r := range all[i].Requests {
			if float64(n) >= next && len(kept) < cap(all[i].Requests) {
				r.Of = int64(float64(r.Of)*step + 0.5)
				kept = append(kept, r)
				next += step
			}
			n++
		}
		all[i].Requests = kept
	}
}
