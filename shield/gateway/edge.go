package gateway

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// Config is how an Edge is set up. What has a default is that where it is zero.
type Config struct {
	Clock   func() time.Time // required
	Lot     func() uint64    // numbers that nobody can guess; required
	Key     siphash.Key      // under which what visitors choose is hashed; drawn by lot
	Seeds   []challenge.Seed // of tokens and passes; the first signs; 1 to challenge.MaxSeeds
	Pages   answer.Settings
	Health  []string      // paths, exactly, that the operator's own health checks ask for
	PassFor time.Duration // how long a pass lasts; DefaultPass

	Gate       admit.Config
	Handshakes admit.RateConfig
	Headers    admit.RateConfig
	Bodies     int64            // bytes of bodies that are waited for, before requests go on; DefaultBodies
	Sockets    int64            // bytes that upgraded connections may take, at SocketBytes each; DefaultSockets
	Backends   upstream.Options // Now and Visitor are the edge's own

	// Fleet is how it is one of several edges; nil: it is alone.
	Fleet *Fleet

	// Where says where an address belongs; nil: nothing is known of it. It must return at once, and so must Bot.
	Where func(netip.Addr) suspect.Place
	// Bot says which good bot, by its place from 1, both an address and a user agent show; 0 is none; nil: none ever is.
	Bot func(from netip.Addr, userAgent string) int
	// BotRates are how many requests a second each of them may send to a site at which something presses; beyond that it is told to come later.
	BotRates []int
	Rules    Rules
	// Used says how much processor time the process has used; nil: what requests take is known by weights alone.
	Used func() time.Duration
	// Waited says how long the process's threads were ready so far and had no processor, of so many that they may have at once (Processors, 1 if 0); nil:
	// that the edge is short of time shows by its own lateness alone, and not where it shares its processors with the gateway behind it.
	Waited     func() time.Duration
	Processors int
	// Samples is how many requests of a site are drawn in each interval that Counts tells, 0 to MostSamples; SamplesAll in all in one call.
	Samples, SamplesAll int

	// Changed is told of each change of stage. It is called by the goroutine of Run and must return at once; nil is nobody.
	Changed func(Change)
	// Banned is told of each address that is refused from now on, with its end, likewise.
	Banned func(Ban)
	// Refusing is told of each request that is refused because its address is.
	Refusing func(at site.ID, from netip.Addr)
	// TakenBack is told of each rule that was taken back, likewise.
	TakenBack func(site.ID, suspect.Report)
	// Came is told of each visit to a tenant's site, by whatever goroutine serves it, and of each pass that is given; nil is nobody. It must
	// return at once.
	Came func(evenkeel.TenantID, suspect.Visit, evenkeel.Moment)
}

// Defaults of a Config.
const (
	DefaultPass    = time.Hour
	DefaultSockets = 1 << 30
	DefaultBodies  = 256 << 20
	// SocketBytes is what a connection that was upgraded (WebSocket) is counted as: its buffers and two goroutines.
	SocketBytes = 64 << 10
)

// Edge is the brain of an edge: it knows each site's domain, decides on each visit, and learns from what comes of it. All its
// methods may be called by any number of goroutines; Run by one.
type Edge struct {
	c     Config
	began time.Time
	pages *answer.Pages
	keys  *challenge.Keys
	pools *upstream.Pools
	rays  shelf
	bans  bans

	gate       *admit.Gate
	handshakes *admit.Handshakes
	works      *admit.Handshakes // passes that are given for work
	waits      *admit.Handshakes // passes that are given for waiting, which costs whoever waits nothing
	idlers     *admit.Handshakes // of addresses that shake hands and ask for nothing
	regulars   *admit.Handshakes // of addresses that came in calm
	headers    *admit.Headers
	sockets    *admit.Memory
	buffered   *admit.Memory // bodies that are waited for

	directory atomic.Pointer[site.Directory]
	domains   atomic.Pointer[map[site.ID]*domain]
	toldOf    atomic.Pointer[toldSites] // nil: nothing is new anywhere
	following sync.Mutex                // whoever publishes either

	bound  sync.Mutex // of what stands below, and of the bounds of domains
	joined joined
	index  struct { // of sites by their assets
		of *map[site.ID]*domain
		by map[evenkeel.AssetID][]*domain
	}

	hot    atomic.Int64 // until when it is, in ns since 1970
	inbox  inbox
	scribe *scribe
	fleet  *fleet // nil: it is alone
	teller teller
	costs  costs
	lots   siphash.Hash // by which strangers are drawn
}

// idlers is what is left, in a second, to those who shake hands and ask for nothing: monitors do so.
var idlers = admit.RateConfig{Total: 200, Name: 5, Lend: 20, Prefix: 5}

// works and waits are how many passes are given in a second for the one and the other: people of one network come by tens a second at most, and of
// those few have no script.
var (
	works = admit.RateConfig{Total: 4000, Name: 500, Lend: 2000, Prefix: 20}
	waits = admit.RateConfig{Total: 1000, Name: 100, Lend: 200, Prefix: 1, Burst: 10 * time.Second}
)

// Change is a domain's stage that became another.
type Change struct {
	Site   site.ID
	Tenant evenkeel.TenantID
	Asset  evenkeel.AssetID
	At     evenkeel.Moment
	Turn   stage.Turn
}

// New makes an edge that has no sites yet.
func New(c Config) (*Edge, error) {
	if c.Clock == nil || c.Lot == nil {
		return nil, errors.New("gateway: it has no clock or no lots; expected both in Config")
	}
	if c.PassFor <= 0 {
		c.PassFor = DefaultPass
	}
	if c.Rules.TakeBack <= 0 {
		c.Rules.TakeBack = DefaultTakeBack
	}
	if c.Bodies <= 0 {
		c.Bodies = DefaultBodies
	}
	if c.Sockets <= 0 {
		c.Sockets = DefaultSockets
	}
	c.Samples = min(max(c.Samples, 0), MostSamples)
	pages, err := answer.New(c.Pages)
	if err != nil {
		return nil, err
	}
	keys, err := challenge.NewKeys(c.Seeds...)
	if err != nil {
		return nil, err
	}
	e := &Edge{
		c: c, began: c.Clock(), pages: pages, keys: keys,
		gate: admit.New(c.Gate), handshakes: admit.NewHandshakes(c.Handshakes), regulars: admit.NewHandshakes(c.Handshakes), idlers: admit.NewHandshakes(idlers), works: admit.NewHandshakes(works), waits: admit.NewHandshakes(waits), headers: admit.NewHeaders(c.Headers), sockets: admit.NewMemory(c.Sockets), buffered: admit.NewMemory(c.Bodies),
	}
	c.Backends.Now, c.Backends.Visitor = e.now, visitorOf
	e.pools = upstream.NewPools(c.Backends)
	e.directory.Store(new(site.Directory))
	e.domains.Store(&map[site.ID]*domain{})
	e.lots = siphash.New(c.Key)
	e.lots.String("strangers")
	if e.scribe = newScribe(e); c.Fleet != nil {
		if e.fleet, err = newFleet(c.Fleet, e.began); err != nil {
			return nil, err
		}
		e.divide(e.partOf())
	}
	return e, nil
}

// now is the time.
func (e *Edge) now() evenkeel.Moment { return evenkeel.MomentOf(e.c.Clock()) }

// ticks is the time in ns by a clock that nobody sets.
func (e *Edge) ticks(now time.Time) int64 { return int64(now.Sub(e.began)) }

// Directory returns the sites that are served.
func (e *Edge) Directory() *site.Directory { return e.directory.Load() }

// Follow serves the sites of a directory from now on. Domains that stay go on with all that is known of them; what is in flight goes on.
func (e *Edge) Follow(d *site.Directory) {
	e.following.Lock()
	defer e.following.Unlock()
	e.pools.Follow(d)
	e.publish(d)
}

// publish serves a directory whose pools are there.
func (e *Edge) publish(d *site.Directory) {
	all := d.All()
	of, was := make(map[site.ID]*domain, len(all)), *e.domains.Load()
	sites := make(map[evenkeel.TenantID]int, len(all))
	for _, s := range all {
		sites[s.Tenant]++
	}
	for _, s := range all {
		x := was[s.ID]
		if x == nil {
			x = newDomain(s.ID)
		}
		x.be(s)
		x.weight.Store(int32(min(max(s.Weight*tenantWeight/sites[s.Tenant], 1), site.MaxWeight)))
		of[s.ID] = x
	}
	e.domains.Store(&of)
	e.directory.Store(d)
	if e.fleet != nil {
		e.fleet.follow(of)
	}
}

// tenantWeight is what a tenant's sites together weigh at the gate, times their own weights: whoever has a hundred sites has no more than whoever has one.
const tenantWeight = 100

// Put serves one site anew or changed, and takes off others: the way for one domain among many.
func (e *Edge) Put(changed []site.Site, gone []site.ID) error {
	e.following.Lock()
	defer e.following.Unlock()
	d, err := e.directory.Load().With(changed, gone)
	if err != nil {
		return err
	}
	for i := range changed {
		if s, ok := d.Site(changed[i].ID); ok {
			e.pools.Put(s)
		}
	}
	e.publish(d)
	for _, id := range gone {
		if _, ok := d.Site(id); !ok {
			e.pools.Drop(id)
		}
	}
	return nil
}

func (e *Edge) domain(s *site.Site) *domain { return (*e.domains.Load())[s.ID] }

// of finds a domain by its site's id.
func (e *Edge) of(id site.ID) (*domain, error) {
	d := (*e.domains.Load())[id]
	if d == nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no site " + string(id), Hint: "the sites' documents name them"}
	}
	return d, nil
}

// InFlight is how many requests are, of all sites.
func (e *Edge) InFlight() int { return e.gate.InFlight() }

// MandateOf is what a site's own document lets the edge do: the stages and the budget that its tenant chose.
func MandateOf(s *site.Site, until evenkeel.Moment) stage.Mandate {
	highest, err := stage.Parse(string(s.Attack.Highest))
	beyond, err2 := stage.Parse(string(s.Attack.Beyond))
	if err != nil || err2 != nil {
		return stage.Mandate{Until: until} // a site that Check passed has both
	}
	b := s.Attack.Budget
	return stage.Mandate{Highest: highest, Beyond: beyond, Until: until, Budget: stage.Cost{CPU: b.CPU, Bytes: uint64(b.Bytes), Backend: b.Backend}}
}

// Stop is the operator's emergency stop of one site: until a moment nobody reaches the backends. It is let go of where that is 0.
func (e *Edge) Stop(id site.ID, until evenkeel.Moment) error {
	d, err := e.of(id)
	if err == nil {
		d.stop.Store(int64(until))
		e.fleet.stop(e, d, until)
	}
	return err
}

// Standing is where a site stands.
type Standing struct {
	Site    site.ID
	Tenant  evenkeel.TenantID
	Stage   stage.Stage
	Since   evenkeel.Moment  // of the stage; 0: since it is known here
	Why     string           // of the last change
	Stopped evenkeel.Moment  // until when, 0 where it is not
	Ordered Ordered          // by control
	Rules   []suspect.Report // in force or in shadow
	Back    []suspect.Report // that were taken back, and are not tried again until their end
	Last    stage.Turn       // the last second that was looked at
	admit.Standing
	Backends upstream.State
}

// Standings are where the sites stand at which something is not as usual: a stage, a stop, rules, or a backend that is not up; all: every site's.
func (e *Edge) Standings(all bool) (out []Standing) {
	now := e.now()
	for _, s := range e.Directory().All() {
		d := e.domain(s)
		if d == nil {
			continue
		}
		x := d.standing(now)
		x.Site, x.Tenant = s.ID, s.Tenant
		x.Ordered = e.ordered(d, now)
		x.Standing, _ = e.gate.Of(string(s.ID))
		if p := e.pools.Of(s); p != nil {
			x.Backends = p.State()
		}
		ill := slices.ContainsFunc(x.Backends.Backends, func(b upstream.BackendState) bool { return b.Health != upstream.Up })
		if all || x.Stage > stage.Observe || x.Stopped != 0 || x.Ordered.Until != 0 || len(x.Rules)+len(x.Back) > 0 || ill {
			out = append(out, x)
		}
	}
	return out
}

// visitorOf says to backends who asks.
func visitorOf(r *http.Request) upstream.Visitor {
	if v := door.From(r.Context()); v != nil {
		return upstream.Visitor{Addr: v.Remote.Addr(), Secure: v.Secure}
	}
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return upstream.Visitor{Addr: from.Addr(), Secure: r.TLS != nil}
}
