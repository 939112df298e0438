package gateway

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Sum is what came to one site, added up. Requests, where nothing else is said.
//
// Each visit is counted once, at the moment at which it is known what becomes of it: so Passed, Asked, Refused and Turned together are
// never more than Visits, in no interval. What is between is the edge's own pages, and visitors who left while they waited. Failed and
// Served are counted when they are known, so an interval may have the end of a request whose beginning the one before has;
// added up Failed is at most Passed, and Served at most Wanted.
type Sum struct {
	Visits  uint64 // that came
	Passed  uint64 // that went on to the backends
	Failed  uint64 // of these, answered with 5xx or not at all
	Wanted  uint64 // see Edge.kin
	Served  uint64 // of these, answered within a second by something else than 5xx, or done with what was asked
	Asked   uint64 // whose visitor was asked for work or patience
	Solved  uint64 // visitors who did it
	Refused uint64 // for what the visitor did, or because a program cannot be asked
	Turned  uint64 // told to wait or to come again: no place, a line, the site's page, an operator's stop
	Bytes   uint64 // of bodies sent to visitors

	Edge    time.Duration // processor time of the edge; see Config.Used
	Backend time.Duration // for which requests were in the backends, one beside another counted each
	Saved   time.Duration // for which what did not go on would have been there; see prices

	At [stage.Page + 1]time.Duration // at each stage
}

// minus is what came since another sum of the same site.
func (s *Sum) minus(o *Sum) Sum {
	d := Sum{
		s.Visits - o.Visits, s.Passed - o.Passed, s.Failed - o.Failed, s.Wanted - o.Wanted, s.Served - o.Served, s.Asked - o.Asked,
		s.Solved - o.Solved, s.Refused - o.Refused, s.Turned - o.Turned, s.Bytes - o.Bytes, s.Edge - o.Edge, s.Backend - o.Backend, s.Saved - o.Saved, s.At,
	}
	for i := range d.At {
		d.At[i] -= o.At[i]
	}
	return d
}

// plus adds what came elsewhere or later.
func (s *Sum) plus(o *Sum) {
	s.Visits += o.Visits
	s.Passed += o.Passed
	s.Failed += o.Failed
	s.Wanted += o.Wanted
	s.Served += o.Served
	s.Asked += o.Asked
	s.Solved += o.Solved
	s.Refused += o.Refused
	s.Turned += o.Turned
	s.Bytes += o.Bytes
	s.Edge += o.Edge
	s.Backend += o.Backend
	s.Saved += o.Saved
	for i := range s.At {
		s.At[i] += o.At[i]
	}
}

// treated is what became of a visit.
type treated uint8

const (
	gone    treated = iota // it left, or asked for what is the edge's own
	let                    // to the backends
	queried                // asked for something
	refused
	turned
	treatments
)

var treatedWords = [treatments]string{let: "passed", queried: "asked", refused: "refused", turned: "turned"}

// kin is whether a visit is like those that always come.
type kin uint8

const (
	stranger kin = iota // nothing is known: wanted as far as so many usually come
	known               // wanted
	foreign             // something tells it apart
)

// What a request is taken to cost in processor time beside others, measured on two cores (docs/performance.md): TLS and net/http
// included. No process can tell what one request took; where Config.Used says what all took together, it is shared by these weights.
const (
	forwardCPU = 130 * time.Microsecond // forwarded by the own proxy
	heldCPU    = 60 * time.Microsecond  // answered by the edge
	verdictCPU = 30 * time.Microsecond  // let pass by the guard
	shakeCPU   = 400 * time.Microsecond // a full handshake at the own door, or a connection carried by the sieve
	dropCPU    = 40 * time.Microsecond  // a connection that was dropped when its hello was read
)

// servedWithin is how soon an answer has to begin so that its visitor was served.
const servedWithin = time.Second

// coldRoom is how many strangers of a calm second are wanted at least, where nothing or little is known of a site.
const coldRoom = 100

// books are the counts of one site. They are its own, under its own lock.
type books struct {
	sum     Sum // Edge and Saved as of the second before
	weighed Sum // what the scribe saw of it

	// Of this second.
	room             int32  // strangers that are wanted still, in calm
	known, strangers uint32 // visits
	presumed         uint32 // answers of others' backends that were taken for good ones
	work             time.Duration
	saved            time.Duration
	backend          time.Duration // at the beginning of the second

	share  uint32          // of strangers that are wanted while something presses, of 2³²
	told   evenkeel.Moment // when somebody else's gateway last said how a backend answered
	likely float64         // that a request of which a gateway tells was a wanted one
	lets   uint32          // by how many requests that is known
	owed   float64         // wanted ones of which it told, that are not counted yet
	prices *prices
	drawn  *drawn
}

// kin says whether a visit is one that the tenant wants, so that availability is as the users of the tenant saw it: whoever is wanted and is
// asked and gives up, or is turned away, was not served; who is not wanted and is refused harms nobody's figure.
//
//   - Never wanted: whose hello contradicts the user agent, whose address is refused, and, unless it came in calm, whom a rule in force picks.
//   - Always: holders of a pass, verified bots, networks that the site lets pass (allowed), and while something presses, addresses that
//     came when it was calm.
//   - Others in calm: all, up to twice what usually comes in a second (and four deviations), so that the first second of a flood is not taken
//     for a crowd.
//   - Others while something presses: nothing tells them from a flood that imitates people, so that share of them is wanted that fills up
//     what usually comes in a second at this hour. It is drawn by address, so that who is asked and who comes back is the same.
func (e *Edge) kin(q *question) (k kin, drawn uint32) {
	switch {
	case q.trusted() || q.spared:
		return known, 0
	case q.lies || q.banned:
		return foreign, 0
	case q.calm:
		return stranger, 0
	}
	from := q.From.Unmap().WithZone("")
	switch {
	case e.scribe.calm.has(q.domain.id, from):
		return known, 0
	case q.ruled:
		return foreign, 0
	}
	return stranger, lotOf(e.lots, from)
}

// lotOf is a number for an address, of 2³², under a secret.
func lotOf(h siphash.Hash, a netip.Addr) uint32 {
	b := a.As16()
	h.Uint64(binary.LittleEndian.Uint64(b[:]))
	h.Uint64(binary.LittleEndian.Uint64(b[8:]))
	return uint32(h.Sum())
}

// count counts a visit whose treatment is known, and the bytes and the status of the answer, where the edge gave it. Where a request is asked
// about twice it counts once.
func (e *Edge) count(q *question, what treated, status, bytes int) {
	k, drawn := e.kin(q)
	q.domain.mu.Lock()
	q.counted(what, status, bytes, k, drawn)
	q.domain.mu.Unlock()
}

// counted is count for whoever has the lock.
func (q *question) counted(what treated, status, bytes int, k kin, drawn uint32) {
	d := q.domain
	b := &d.books
	if what != let {
		b.work += heldCPU
		b.sum.Bytes += uint64(bytes)
		d.tally.Absorbed.Bytes += uint64(q.bytes + bytes)
	}
	if q.Again || q.counts {
		return
	}
	b.sum.Visits++
	q.counts = true
	switch what {
	case let:
		b.sum.Passed++
		d.tally.Passed++
		if q.trusted() {
			d.tally.Returning++
		}
	case queried:
		b.sum.Asked++
	case refused:
		b.sum.Refused++
	case turned:
		b.sum.Turned++
	}
	if what > let {
		b.saved += b.prices.of(&q.visit.Shape)
		d.draw(q, what, status, 0, uint64(bytes))
	}
	if q.aside {
		return
	}
	switch k {
	case known:
		b.known++
		q.wanted = true
	case stranger:
		b.strangers++
		if q.calm {
			q.wanted = b.room > 0
			b.room--
		} else {
			q.wanted = drawn < b.share
		}
	}
	if q.wanted && !q.carried {
		b.sum.Wanted++
	}
}

// came counts a wanted visit that was carried to a backend, once it is known whether it was served: of what is in flight at the end of a minute
// nobody can say that it was not.
func (b *books) came(served bool) {
	b.sum.Wanted++
	if served {
		b.sum.Served++
	}
}

// solved counts that whoever was asked did it: a visit that was wanted when it was asked is served with that.
func (e *Edge) solved(q *question) {
	if k, drawn := e.kin(q); k != foreign {
		d := q.domain
		d.mu.Lock()
		if k == known || drawn < d.books.share {
			d.books.sum.Served++
		}
		d.mu.Unlock()
	}
}

// cameAside counts an answer to what was asked, which is part of the visit that was asked.
func (e *Edge) cameAside(q *question) {
	q.domain.came(&e.inbox, &q.visit, false)
	if !q.counts {
		e.count(q, gone, 0, 0)
	}
}

// late is whether somebody left who had waited longer than answers take.
func (q *question) late(now time.Time) bool { return now.Sub(q.ready) > servedWithin }

// land counts what came of a request that was forwarded.
func (e *Edge) land(f *flight, q *question, failed bool) {
	left := f.status == 0 && !failed && q.wanted && !q.late(e.c.Clock())
	d := q.domain
	d.mu.Lock()
	defer d.mu.Unlock()
	took := time.Duration(f.took.Load())
	d.ended(&q.visit.Shape, f.wait, failed || f.status >= 500, stage.Cost{CPU: forwardCPU, Bytes: uint64(q.bytes) + f.bytes, Backend: took})
	b := &d.books
	b.sum.Bytes += f.bytes
	if q.wanted && !f.told {
		b.came(left) // the visitor, before answers are late: nobody let him wait
	}
	d.draw(q, let, f.status, took, f.bytes)
}

// Where somebody else's gateway forwards, it may tell how the backend answered, and it may not: who does not tell for tellsFor is taken to
// have forwarded well, so that a site without news does not look dead.
const (
	tellsFor  = 5 * time.Minute
	likelyFor = 64 // requests, the last ones by which it is likely that one is wanted
)

// verdict counts a request that the guard let pass.
func (e *Edge) verdict(q *question) {
	d := q.domain
	k, drawn := e.kin(q)
	d.mu.Lock()
	defer d.mu.Unlock()
	q.counted(let, 0, 0, k, drawn)
	b := &d.books
	b.work += verdictCPU
	if !q.counts { // it was asked about a moment ago
		return
	}
	wanted := 0.0
	if q.wanted {
		wanted = 1
	}
	if b.lets = min(b.lets+1, likelyFor); wanted != b.likely {
		b.likely += (wanted - b.likely) / float64(b.lets)
	}
	if b.told == 0 || q.moment.Sub(b.told) > tellsFor {
		if q.wanted {
			b.sum.Served++
			b.presumed++
		}
		d.draw(q, let, 0, 0, 0)
	}
}

// noShape is that of a request of which only the site is known.
var noShape suspect.Shape

// heard counts what somebody else's gateway told: of which visit is not known, so it is a wanted one as likely as one of the last was.
func (d *domain) heard(now evenkeel.Moment, wait time.Duration, status int, bytes uint64) {
	failed := status == 0 || status >= 500
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended(&noShape, wait, failed, stage.Cost{Bytes: bytes, Backend: wait})
	b := &d.books
	b.told = now
	b.sum.Bytes += bytes
	if b.owed += b.likely; b.owed < 1-1e-9 {
		return
	}
	b.owed = max(b.owed-1, 0)
	well := !failed && wait <= servedWithin
	switch {
	case b.presumed > 0: // it is counted
		if b.presumed--; !well {
			b.sum.Served--
		}
	case well:
		b.sum.Served++
	}
}

// shook counts what a connection costs.
func (e *Edge) shook(d *domain, cost time.Duration) {
	if d == nil {
		return
	}
	d.mu.Lock()
	d.books.work += cost
	d.mu.Unlock()
	e.inbox.add(d)
}

// second closes a second of a site: what it took by the edge's rate, and what was saved. It returns what came in it.
func (b *books) second(rate float64, places int) (came Sum) {
	cpu := time.Duration(float64(b.work) * rate)
	b.sum.Edge += cpu
	// All of it would not have been there beside one another, if there is no place for so much.
	b.sum.Saved += min(b.saved, max(time.Duration(places)*time.Second-(b.sum.Backend-b.backend), 0))
	b.work, b.saved, b.backend = 0, 0, b.sum.Backend
	came = b.sum.minus(&b.weighed)
	b.weighed = b.sum
	return came
}

// expect sets how many strangers are wanted in the next second, by what came in the last one.
func (b *books) expect(turn *stage.Turn) {
	usual := turn.Usual()
	b.room = int32(min(max(2*usual+4*math.Sqrt(usual), coldRoom), math.MaxInt32))
	share := 0.0
	if b.strangers > 0 {
		share = min(max((usual-float64(b.known))/float64(b.strangers), 0), 1)
	}
	b.share = uint32(share * math.MaxUint32)
	b.known, b.strangers, b.presumed = 0, 0, 0
}

// rate is by how much the edge's own weights are too small, as far as Config.Used tells.
type rate struct {
	used time.Duration // of the process, when it was asked last
	work time.Duration // since then, by the weights
	by   float64
}

// The rate goes a fourth of the way each second, within four times either way. Where less than leastWork of the processor's time is explained, it is the
// edge's own housekeeping, and no site's.
const (
	rateStep  = 0.25
	mostRate  = 4.0
	leastWork = 0.2
)

// step takes what the process used since it was asked last.
func (r *rate) step(used time.Duration) {
	all := used - r.used
	first := r.used == 0
	r.used = used
	work := r.work
	r.work = 0
	want := 1.0
	if !first && all > 0 && float64(work) >= float64(leastWork*float64(all)) {
		want = min(max(float64(all)/float64(work), 1/mostRate), mostRate)
	}
	r.by += float64((want - r.by) * rateStep)
}

// prices are what requests usually take of a site's backends, by kind of page, learned while nothing presses. What did not go on is taken to have
// saved, each, what its kind of page usually takes (exponential mean of about the last 64 of it, from three on), else what
// the site's requests do, else nothing; together never more than all of the site's places (connections) in the second that were not
// used. Time is that of the place in flight: until the head of the answer, or its end where it is short.
type prices struct {
	all   price
	kinds [priceKinds]price // by hash: of two that meet, the one that came last stays
}

type price struct {
	kind uint64
	mean float32 // ns
	n    uint32
}

const (
	priceKinds = 32
	priceFor   = 64
	priceFrom  = 3
)

func (p *price) add(took time.Duration) {
	p.n = min(p.n+1, priceFor)
	p.mean += (float32(took) - p.mean) / float32(p.n)
}

// paid learns what a request took.
func (b *books) paid(s *suspect.Shape, took time.Duration) {
	if b.prices == nil {
		b.prices = new(prices)
	}
	p := b.prices
	p.all.add(took)
	kind := s.Kind()
	if kind == 0 {
		return
	}
	x := &p.kinds[kind%priceKinds]
	if x.kind != kind {
		*x = price{kind: kind}
	}
	x.add(took)
}

// of is what a request would have taken.
func (p *prices) of(s *suspect.Shape) time.Duration {
	if p == nil {
		return 0
	}
	if kind := s.Kind(); kind != 0 {
		if x := &p.kinds[kind%priceKinds]; x.kind == kind && x.n >= priceFrom {
			return time.Duration(x.mean)
		}
	}
	return time.Duration(p.all.mean)
}
