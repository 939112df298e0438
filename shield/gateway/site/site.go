package site

import (
	"math"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Bounds of one site. They keep what a tenant can make the edge remember to some 100 KB.
const (
	MaxNames     = 100
	MaxBackends  = 64
	MaxPaths     = 64 // of each kind
	MaxAllowed   = 256
	MaxFiles     = 20 // certificates from files
	MaxLanguages = 16
	MaxText      = 2000 // bytes of a text for visitors
	MaxUpdates   = 20
	MaxWeight    = 1000
)

// ID names a site; it is the operator's, as ids of tenants are.
type ID string

// Site is one set of domains of one tenant: what is asked for under any of its names is answered by the
// same backends, under the same budget and the same stage. It is a value that nobody changes after it
// was handed to a Directory.
type Site struct {
	ID     ID
	Tenant evenkeel.TenantID
	Asset  evenkeel.AssetID // the domain, as the inventory knows it

	Names    []string // normal (see Name), exact or with *. before; 1 to MaxNames, none twice
	Backends []Backend
	Health   Health
	Timeouts Timeouts

	Retries     int // further backends that one request may be sent to, 0 to 3
	Connections int // in flight to all backends together, 1 to 65,536
	Weight      int // of its share of what the edge is short of, 1 to MaxWeight

	Certificates Certificates
	Paths        Paths
	Allowed      []netip.Prefix // networks that are never challenged and never refused by a stage
	Attack       Attack

	Maintenance map[string]string // what its page says when nothing answers, by language (BCP 47, such as en or pt-br)
	Updates     []Update          // what stands below it, the newest last
}

// Backend is one server that answers for a site.
type Backend struct {
	Secure  bool   // TLS, whose certificate is verified
	Address string // host:port, the host a name or an address
	Name    string // what its certificate must be for; empty: the host of Address
	HTTP2   bool   // spoken over TLS, or with prior knowledge (h2c, RFC 9113 section 3.3) without
	Check   string // path that is asked for to see whether it is well; empty: that it takes a connection
	Weight  int    // its share of the requests, 1 to MaxWeight
}

// URL is the backend as documents write it.
func (b Backend) URL() string {
	if b.Secure {
		return "https://" + b.Address
	}
	return "http://" + b.Address
}

// Health is how the backends of a site are watched.
type Health struct {
	Interval time.Duration // between two checks, 1 s to 10 min
	Timeout  time.Duration // of one, 100 ms to Interval
	Rise     int           // good ones in a row after which it is up again, 1 to 10
	Fall     int           // bad ones in a row, and failed requests, after which it is not, 1 to 10
	Low      int           // the statuses that are good: Low to High
	High     int
}

// Timeouts bound how long a backend may keep a request waiting.
type Timeouts struct {
	Connect time.Duration // until it took the connection, TLS included, 100 ms to 1 min
	Answer  time.Duration // from the end of the request to the head of the answer, 100 ms to 1 h
	Idle    time.Duration // in which no byte went either way, 1 s to 24 h
}

// Certificates are where those of a site come from: files, or ACME, or neither, where TLS ends elsewhere.
type Certificates struct {
	ACME  bool
	Files []KeyPair
}

// KeyPair is a certificate chain and its key, PEM files on the edge's disk.
type KeyPair struct{ Certificate, Key string }

// Paths are those that no stage challenges, because no person opens them: exact, or everything below
// one (/api/*). They count against the budget and are limited as all others are.
type Paths struct {
	Health []string // what others' monitors ask for
	Feeds  []string
	API    []string
}

// Stage is the word for a stage of the edge, from Observe, which does nothing, to Page, after which
// nobody reaches the backends.
type Stage string

// The stages, the mildest first.
const (
	Observe Stage = "observe" // nothing
	Filter  Stage = "filter"  // what cannot be what it says it is, is refused
	Cookie  Stage = "cookie"
	Proof   Stage = "proof" // of work
	Queue   Stage = "queue" // those with a pass go in, the rest wait
	Page    Stage = "page"  // all see the page of the site
)

// Stages are all of them in their order.
var Stages = [...]Stage{Observe, Filter, Cookie, Proof, Queue, Page}

// Rank is the place of a stage in their order, from 0, or −1.
func (s Stage) Rank() int {
	for i, x := range Stages {
		if s == x {
			return i
		}
	}
	return -1
}

// Attack is what the tenant wants when it is flooded.
type Attack struct {
	Highest Stage  // that the edge takes by itself
	Budget  Budget // what the tenant has absorbed for it
	Beyond  Stage  // that holds when the budget is used up; not milder than Highest
	Rules   Mode   // of rules about visitors
}

// Mode is whether rules about visitors do what they say.
type Mode string

// The modes.
const (
	Live   Mode = "live"
	Shadow Mode = "shadow" // they ask nobody: whom they would ask is counted
)

// Budget is what an attack may cost within an hour. Zero sets no bound.
type Budget struct {
	CPU     time.Duration // of the edge's processors
	Bytes   int64         // to and from visitors
	Backend time.Duration // that requests were in the backends, one beside another counted each
}

// Update is a line that the operator or the tenant adds to the page while it stands.
type Update struct {
	At   evenkeel.Moment
	Says map[string]string // by language
}

// Default is a site with everything set that has a default; id, tenant, asset, names and backends are missing.
func Default() Site {
	return Site{
		Health:      Health{Interval: 10 * time.Second, Timeout: 2 * time.Second, Rise: 2, Fall: 3, Low: 200, High: 399},
		Timeouts:    Timeouts{Connect: 3 * time.Second, Answer: time.Minute, Idle: 10 * time.Minute},
		Retries:     1,
		Connections: 512,
		Weight:      1,
		Attack:      Attack{Highest: Queue, Beyond: Page, Rules: Live},
	}
}

// mostBudget keeps sums over a day of minutes within 63 bits.
const mostBudget = math.MaxInt64 / (24 * 60)
