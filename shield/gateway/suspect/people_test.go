package suspect_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

var (
	key  = siphash.Key{7: 3}
	noon = evenkeel.Moment(1_795_000_000_000_000_000)
)

// domain is a made-up site with its people: what they are like stays, what they ask for is drawn.
type domain struct {
	lot    *rand.Rand
	shaper suspect.Shaper
	habit  *suspect.Habit
	crowd  *suspect.Crowd
	people []suspect.Visit
	passes float64 // share of people who hold a pass
	now    evenkeel.Moment
}

// browsers are clients as they come to a site: share, stable key, key of the preface, keys of the SYN. The shares are ours, near those of
// public counts of browsers.
var browsers = []struct {
	share             float64
	hello, http, syns uint64
}{{0.44, 0xc1, 0xd1, 3}, {0.22, 0xc2, 0xd2, 2}, {0.09, 0xc3, 0xd3, 3}, {0.08, 0xc4, 0xd1, 2}, {0.05, 0xc5, 0xd1, 1}, {0.04, 0xc6, 0xd2, 1}, {0.03, 0xc7, 0xd4, 2}, {0.02, 0xc8, 0xd5, 1}, {0.03, 0xc9, 0xd6, 4}}

// pages are what people ask for, and what it costs the backend.
var pages = []struct {
	share       float64
	path, query string
	cost        uint32
}{{0.22, "/", "", 2}, {0.30, "/article/%d", "", 3}, {0.2, "/assets/app-%08x.js", "", 1}, {0.06, "/search", "q=%d", 20}, {0.08, "/user/%d/profile", "", 4},
	{0.06, "/api/v1/items", "page=%d&per=20", 4}, {0.05, "/tag/t%d", "", 3}, {0.03, "/feed.xml", "", 2}}

func newDomain(seed uint64) *domain {
	d := &domain{lot: rand.New(rand.NewPCG(seed, 1)), shaper: suspect.NewShaper(key), habit: suspect.NewHabit(key), crowd: suspect.NewCrowd(key), now: noon}
	for range 20_000 {
		d.people = append(d.people, d.person())
	}
	for range 40_000 { // a quarter of an hour of calm
		v := d.visit()
		d.habit.Note(&v)
	}
	d.habit.Passed(1000 * time.Second)
	return d
}

func (d *domain) person() suspect.Visit {
	at := d.lot.Float64()
	v := suspect.Visit{Proven: true}
	for _, b := range browsers {
		if at -= b.share; at < 0 || b.share == 0.03 && b.hello == 0xc9 {
			v.Hello, v.HTTP, v.SYN = b.hello, b.http, 1+d.lot.Uint64N(b.syns)
			break
		}
	}
	v.AS = uint32(3000 + min(int(d.lot.ExpFloat64()*30), 400)) // few large networks, many small ones
	v.Country = [2]byte{'A' + byte(v.AS%9), 'A'}
	v.Address = d.address(v.AS)
	return v
}

// address draws one of an AS: each has a /16 of IPv4 and a /32 of IPv6.
func (d *domain) address(as uint32) netip.Addr {
	if d.lot.Float64() < 0.3 {
		var b [16]byte
		binary.BigEndian.PutUint32(b[:], 0x20010000+as)
		binary.BigEndian.PutUint64(b[4:], d.lot.Uint64())
		b[15] = 1
		return netip.AddrFrom16(b)
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 5<<24+as<<16&0xff0000+as>>8<<24+uint32(d.lot.Uint64N(1<<16)))
	return netip.AddrFrom4(b)
}

// asks gives a visit its page.
func (d *domain) asks(v *suspect.Visit, path, query string, cost uint32) {
	v.Shape, v.Cost = d.shaper.Of(path, query), cost
	v.Class, _ = d.habit.Class(&v.Shape)
}

// visit is a request of one of the people.
func (d *domain) visit() suspect.Visit {
	return d.of(d.people[d.lot.IntN(len(d.people))])
}

func (d *domain) of(v suspect.Visit) suspect.Visit {
	at := d.lot.Float64()
	p := pages[len(pages)-1]
	for _, x := range pages {
		if at -= x.share; at < 0 {
			p = x
			break
		}
	}
	fill := func(s string) string {
		for i := range len(s) {
			if s[i] == '%' {
				return fmt.Sprintf(s, d.lot.IntN(1e6))
			}
		}
		return s
	}
	d.asks(&v, fill(p.path), fill(p.query), p.cost)
	v.Pass = d.lot.Float64() < d.passes
	return v
}

// met is what an attack came to: shares of its load that were cut, of innocents that were asked.
type met struct {
	cut, asked float64
	most       float64 // of the usual visitors that a plan asked
	plan       suspect.Plan
	set        *suspect.Set
}

// nobody came in calm.
func nobody(netip.Addr) bool { return false }

// attacked plays an attack of ten times the load beside the people for some seconds: rules are made each second from what came so
// far, and from the fourth second on what comes of the attack is judged by them, and at the end many of the people are by
// all that are in force.
func (d *domain) attacked(seconds int, attack, people func() suspect.Visit) (m met) {
	w := suspect.NewWatch(key, d.crowd, d.habit)
	set := suspect.NewSet(nil)
	var load, kept, visits, asked float64
	for second := range seconds {
		own, theirs := 0.0, 0.0
		for range 40 {
			v := people()
			own += float64(v.Cost)
			w.Note(d.now, &v)
			set.Judge(d.now, &v, nobody)
			for theirs < 10*own {
				v := attack()
				theirs += float64(v.Cost)
				w.Note(d.now, &v)
				x := set.Judge(d.now, &v, nobody)
				if second >= 3 {
					load += float64(v.Cost)
				}
				if second >= 3 && x.Asks() {
					kept += float64(v.Cost)
				}
			}
		}
		d.now = d.now.Add(time.Second)
		m.plan = w.Rules(d.now, 1-1.3/11)
		m.most = max(m.most, m.plan.Returning)
		set = set.Next(d.now, m.plan.Rules)
	}
	for range 20_000 { // more of them than came, so that shares are exact
		v := people()
		visits++
		if suspect.Judge(d.now-1, &v, set.Rules()).Asks() {
			asked++
		}
	}
	m.cut, m.asked = kept/load, asked/visits
	m.set = set
	return m
}
