package crowd

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
)

// Town is who visits.
type Town struct {
	Seed     uint64        `json:"seed"`
	Lasts    time.Duration `json:"lasts"`
	Hosts    []string      `json:"hosts"`    // the first is the one that is attacked
	Attacked float64       `json:"attacked"` // visits a second there
	Others   float64       `json:"others"`   // visits a second at each of the others
	Known    float64       `json:"known"`    // share of visits by people who were there before
	Regulars int           `json:"regulars"` // how many these are at each host
	Homes    netip.Prefix  `json:"homes"`    // where visitors are, over IPv4
	Homes6   netip.Prefix  `json:"homes6"`   // and over IPv6, a /64 each
	Carrier  []netip.Addr  `json:"carrier"`  // addresses that many share; none is usual
	Behind   float64       `json:"behind"`   // share of visitors who are behind these
}

// kinds are the browsers, and how many of a hundred visitors have each.
var kinds = []struct {
	kind  browser.Kind
	share int
}{{browser.Chrome, 35}, {browser.Telephone, 35}, {browser.Safari, 15}, {browser.Firefox, 15}}

// Person is one visitor.
type Person struct {
	From  netip.Addr
	Kind  int // of kinds
	Known bool
	Site  int // of Town.Hosts
}

// Visit is what one person asks for in one go.
type Visit struct {
	Person int // of Plan.People
	Asks   []Ask
}

// Ask is one request.
type Ask struct {
	Due  time.Duration // since the town began
	Path string
	Page int // the request of its page, among those of the visit; its own number if it is one
}

// Plan is all that will be asked for.
type Plan struct {
	People []Person
	Visits []Visit // in the order in which they begin
	Asks   int     // how many requests there are in all
}

// How people behave.
const (
	mostPages = 3
	assets    = 3                      // that a page loads
	loads     = 100 * time.Millisecond // after a page was due, what it loads is
	thinks    = 1500 * time.Millisecond
	mostThink = 4 * time.Second
	searches  = 0.3 // share of pages after the first
)

// MostVisits bounds a plan.
const MostVisits = 200_000

// Visits draws a plan. The same town always has the same.
func (t Town) Visits() (*Plan, error) {
	if len(t.Hosts) == 0 || t.Lasts <= 0 || t.Attacked < 0 || t.Others < 0 || t.Regulars < 1 || !t.Homes.IsValid() || !t.Homes6.IsValid() {
		return nil, fmt.Errorf("draw visits: the town %+v lacks hosts, a duration, regulars or homes", t)
	}
	if n := t.Lasts.Seconds() * (t.Attacked + t.Others*float64(len(t.Hosts)-1)); n > MostVisits/2 {
		return nil, fmt.Errorf("draw visits: %.0f visits; expected at most %d", n, MostVisits/2)
	}
	p := &Plan{}
	for site := range t.Hosts {
		r := rand.New(rand.NewPCG(t.Seed, uint64(site))) // one stream for each, so that more sites change nothing at the others
		first := len(p.People)
		for range t.Regulars {
			p.People = append(p.People, t.person(r, site, true))
		}
		rate := t.Others
		if site == 0 {
			rate = t.Attacked
		}
		for at := arrival(r, rate); at < t.Lasts; at += arrival(r, rate) {
			who := first + r.IntN(t.Regulars)
			if r.Float64() >= t.Known {
				who = len(p.People)
				p.People = append(p.People, t.person(r, site, false))
			}
			v := Visit{Person: who, Asks: t.asks(r, at)}
			p.Asks += len(v.Asks)
			p.Visits = append(p.Visits, v)
		}
	}
	slices.SortStableFunc(p.Visits, func(a, b Visit) int { return int(a.Asks[0].Due - b.Asks[0].Due) })
	return p, nil
}

// arrival draws how long it takes until the next one comes, of so many a second who do not know of each other (a Poisson process).
func arrival(r *rand.Rand, rate float64) time.Duration {
	if rate <= 0 {
		return 1 << 62
	}
	return time.Duration(r.ExpFloat64() / rate * float64(time.Second))
}

func (t *Town) person(r *rand.Rand, site int, known bool) Person {
	p := Person{Site: site, Known: known}
	for n := r.IntN(100); n >= kinds[p.Kind].share; p.Kind++ {
		n -= kinds[p.Kind].share
	}
	lot := r.Uint64()
	switch {
	case len(t.Carrier) > 0 && r.Float64() < t.Behind:
		p.From = t.Carrier[lot%uint64(len(t.Carrier))]
	case r.Float64() < 0.4:
		p.From = Within(t.Homes6, lot)
	default:
		p.From = Within(t.Homes, lot)
	}
	return p
}

// Within returns an address of a prefix by a lot: any of IPv4, of IPv6 the first of a network of 64 bits.
func Within(p netip.Prefix, lot uint64) netip.Addr {
	if p.Addr().Is4() {
		b := p.Masked().Addr().As4()
		n := uint32(lot) & (1<<(32-p.Bits()) - 1)
		for i := range 4 {
			b[i] |= byte(n >> (24 - 8*i))
		}
		return netip.AddrFrom4(b)
	}
	b := p.Masked().Addr().As16()
	n := lot & (1<<max(64-p.Bits(), 0) - 1)
	for i := range 8 {
		b[i] |= byte(n >> (56 - 8*i))
	}
	b[15] = 1
	return netip.AddrFrom16(b)
}

// asks draws what one visit asks for. All of it is due within the town's time, so that everybody can be answered.
func (t *Town) asks(r *rand.Rand, at time.Duration) []Ask {
	var list []Ask
	for n := range 1 + r.IntN(mostPages) {
		path := "/"
		switch {
		case n > 0 && r.Float64() < searches:
			path = fmt.Sprintf("/search?q=%s", words[r.IntN(len(words))])
		case n > 0:
			path = fmt.Sprintf("/page/%d", r.IntN(200))
		}
		page := len(list)
		list = append(list, Ask{at, path, page})
		for i := range assets {
			list = append(list, Ask{at + loads, fmt.Sprintf("/static/%d.js", i), page})
		}
		at += 300*time.Millisecond + min(time.Duration(r.ExpFloat64()*float64(thinks)), mostThink)
		if at >= t.Lasts {
			break
		}
	}
	return list
}

var words = []string{"lamp", "chair", "rope", "kettle", "anchor", "map", "bell", "oar"}
