package gateway

import (
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway/share"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Fleet is how an edge is one of several of the same operator.
type Fleet struct {
	Name   string   // among them
	Weight int      // how much of what comes to all it takes, beside the others' weights
	Size   int      // how many there are as they are set up, this one included, before anybody is known
	Seeds  []uint64 // fingerprints of Config.Seeds, in their order
	// Say brings a message to the others. It is called by the goroutine of Run and must return at once; the message is the callee's. What is
	// lost is said again, or counted for a second only.
	Say func(message []byte)
	// Listed says, each tenth of a second, who those are that are set up beside this one, and how many more there are of which nobody knows yet who they are; nil is
	// nothing beyond Size.
	Listed func() (names []string, unknown int)
	// Pardoned is told of an address that was let in by hand at another edge; nil is nobody.
	Pardoned func(netip.Addr)
}

// The bounds of what waits to be said.
const (
	mostUsed    = 1 << 13         // answers to challenges
	mostTell    = 1 << 12         // bans
	mostPardons = 1 << 10         // that are remembered
	pardonNews  = 5 * time.Second // by which one that is told again seems later at most
	greetEach   = 2               // messages of a look for an edge that joined
)

// fleet is an edge's side of the others.
type fleet struct {
	c    Fleet
	part atomic.Uint64 // the bits of a float64

	mu      sync.Mutex // of what stands below
	know    *share.Fleet
	in      share.Message // room for what is read
	of      map[share.Key]*domain
	used    []share.Used // not said yet
	bans    []share.Ban  // likewise
	heard   []share.Ban  // for the scribe
	pardons map[netip.Addr]evenkeel.Moment
	urgent  bool   // a stop or a pardon is to be said
	untold  uint64 // what there was no room for

	speaker // the scribe's
}

func newFleet(c *Fleet, now time.Time) (*fleet, error) {
	know, err := share.New(c.Name, c.Weight, c.Size, 0)
	if err != nil {
		return nil, err
	}
	f := &fleet{c: *c, know: know, pardons: map[netip.Addr]evenkeel.Moment{}, speaker: speaker{life: uint64(max(now.UnixMilli(), 1)), living: []string{}}}
	f.part.Store(math.Float64bits(know.Part()))
	return f, nil
}

// partOf is this edge's part of what there is for all; 1 where it is alone.
func (e *Edge) partOf() float64 {
	if e.fleet == nil {
		return 1
	}
	return math.Float64frombits(e.fleet.part.Load())
}

// Heard takes what another edge said. It says whether something of it is worth keeping at once. An error says why the message, or a
// part of it, cannot be true; nothing else comes of it.
func (e *Edge) Heard(from string, message []byte) (keep bool, err error) {
	f := e.fleet
	if f == nil {
		return false, evenkeel.Invalid("edge %.64s says something; this one is in no fleet", from)
	}
	now := e.c.Clock()
	ticks, moment := e.ticks(now), evenkeel.MomentOf(now)
	var pardoned []netip.Addr
	defer func() { // when nothing is held any more
		for _, a := range pardoned {
			f.c.Pardoned(a)
		}
	}()
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &f.in
	if err := share.Parse(message, m); err != nil {
		f.know.Refuse()
		return false, err
	}
	taken, err := f.know.Hear(from, m, ticks, now.UnixMilli(), func(k share.Key) bool { return f.of[k] != nil })
	if err != nil || !taken {
		return false, err
	}
	for i := range m.Used {
		if d := f.of[m.Used[i].Key]; d != nil {
			d.tickets().Learn(m.Used[i].Used, now)
			e.inbox.add(d) // so that it forgets them
		}
	}
	for i := range m.Passes {
		if d := f.of[m.Passes[i].Key]; d != nil {
			d.counts(true).charge(m.Passes[i].Cell, m.Passes[i].Uses, ticks)
			e.inbox.add(d)
		}
	}
	for _, p := range m.Pardons {
		if at := moment.Add(-p.Ago); at.Sub(f.pardons[p.From]) > pardonNews && f.c.Pardoned != nil {
			pardoned = append(pardoned, p.From)
		}
		f.pardon(p.From, moment.Add(-p.Ago))
		keep = e.bans.lift(p.From, moment.Add(-p.Ago), moment) || keep
	}
	for i := range m.Bans {
		if b := m.Bans[i]; len(f.heard) < mostTell && f.of[b.Key] != nil {
			f.heard = append(f.heard, b)
		}
	}
	for _, x := range m.Stops {
		if d := f.of[x.Key]; d != nil && f.know.Stops().Hear(x, ticks) {
			d.stop.Store(int64(until(moment, x.Left)))
			keep = true
		}
	}
	return keep, nil
}

// until is the end of what lasts for a time still; 0 where it is over.
func until(now evenkeel.Moment, left time.Duration) evenkeel.Moment {
	if left <= 0 {
		return 0
	}
	return now.Add(left)
}

// pardon remembers that an address was let in, so that no edge which has not heard of it refuses it again here.
func (f *fleet) pardon(a netip.Addr, at evenkeel.Moment) {
	if _, ok := f.pardons[a]; ok || len(f.pardons) < mostPardons {
		f.pardons[a] = max(f.pardons[a], at)
	}
}

// use tells the others that an answer was used.
func (f *fleet) use(id site.ID, u challenge.Used) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.used) >= mostUsed {
		f.untold++
		return
	}
	f.used = append(f.used, share.Used{Key: share.KeyOf(string(id)), Used: u})
}

// ban tells them that an address is refused.
func (f *fleet) ban(id site.ID, a netip.Addr, left time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.bans) >= mostTell {
		f.untold++
		return
	}
	f.bans = append(f.bans, share.Ban{Key: share.KeyOf(string(id)), From: a, Left: left})
}

// follow finds sites by their keys.
func (f *fleet) follow(domains map[site.ID]*domain) {
	of := make(map[share.Key]*domain, len(domains))
	for _, d := range domains {
		of[d.key] = d
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of = of
}

// FleetStanding is how the fleet stands as one edge knows it.
type FleetStanding struct {
	Name   string
	Weight int
	Part   float64 // of this edge
	Most   bool    // it hears more than half of the fleet
	Others []share.Standing
	Gone   []string // those that said goodbye and did not come back, in order
	share.Counts
	Untold uint64 // answers and bans that there was no room for
}

// Fleet says how the fleet stands; false: this edge is alone.
func (e *Edge) Fleet() (FleetStanding, bool) {
	f := e.fleet
	if f == nil {
		return FleetStanding{}, false
	}
	now := e.ticks(e.c.Clock())
	f.mu.Lock()
	defer f.mu.Unlock()
	return FleetStanding{f.c.Name, f.c.Weight, e.partOf(), f.know.Most(), f.know.Standings(now), f.know.Gone(), f.know.Counts(), f.untold}, true
}

// obey does in the scribe's goroutine what others said: stages that they went up to, and addresses that they refuse.
func (s *scribe) obey(moment evenkeel.Moment) {
	f := s.e.fleet
	f.mu.Lock()
	rises, bans := f.know.Rises(), f.heard
	f.heard = nil
	var raised []*domain
	for i := range rises {
		if d := f.of[rises[i].Key]; d != nil {
			raised = append(raised, d)
		} else {
			raised = append(raised, nil)
		}
	}
	refused := make([]Ban, 0, len(bans))
	for _, b := range bans {
		left := min(b.Left, suspect.BanFor)
		if at, ok := f.pardons[b.From]; ok && at >= moment.Add(left-suspect.BanFor) {
			continue // somebody spoke for it after that
		}
		if d := f.of[b.Key]; d != nil && left > 0 {
			refused = append(refused, Ban{Site: d.id, Tenant: d.site.Load().Tenant, Ban: suspect.Ban{Address: b.From, Until: moment.Add(left), Why: b.From.String() + " is refused by another edge, at which it did not do what it was asked."}})
		}
	}
	f.mu.Unlock()
	for i, d := range raised {
		if d != nil {
			s.raise(d, moment, rises[i].Stage)
		}
	}
	for _, b := range refused {
		if s.crowd.Shared(b.Address) || s.crowd.Passed(b.Address) {
			continue // what protects an address here does so whoever refuses it
		}
		if s.e.bans.add(b.Site, b.Address, b.Until, moment) && s.e.c.Banned != nil {
			s.e.c.Banned(b)
		}
	}
}

// raise takes a domain up to the stage that another edge went to.
func (s *scribe) raise(d *domain, moment evenkeel.Moment, to stage.Stage) {
	s.grant(d, moment)
	turn := d.controller.Raise(moment, to)
	if !turn.Changed() {
		return
	}
	d.broad.Store(turn.Stage == stage.Cookie && !d.habit.Learned())
	d.stage.Store(uint32(turn.Stage))
	d.last.Store(&turn)
	d.keep(&turn)
	s.lend(d, &turn)
	s.open(d, s.e.c.Clock(), &turn)
	s.change(d, moment, turn)
	if !d.active {
		d.active = true
		s.active = append(s.active, d)
	}
}

// stop tells the others what the operator said of a site.
func (f *fleet) stop(e *Edge, d *domain, until evenkeel.Moment) {
	if f == nil {
		return
	}
	now := e.c.Clock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.know.Stops().Say(d.key, until.Sub(evenkeel.MomentOf(now)), e.ticks(now), now.UnixMilli())
	f.urgent = true
}

// speak tells the others that an address was let in.
func (f *fleet) speak(a netip.Addr, now evenkeel.Moment) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pardon(a, now)
	f.urgent = true
}

// sum is a second of a domain at all edges.
func (s *scribe) sum(d *domain, own *stage.Tally, now time.Time) stage.Tally {
	f, ticks := s.e.fleet, s.e.ticks(now)
	f.mu.Lock()
	defer f.mu.Unlock()
	if ticks < int64(share.Young) && f.know.Older(ticks) { // all addresses are new to an edge that is new
		own.Fresh, own.Slope = 0, 0
	}
	t, spent, others := f.know.Sum(d.key, *own, ticks)
	if others > 0 && !d.joined {
		d.joined = true
		d.controller.Spend(spent)
	}
	return t
}
