package gateway

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// failures counts, for each address at each site, how often it was asked by a page and did not do it: once where it is asked again failWindow
// later or more, because whoever has several windows open is asked in each of them; each time where it is asked oftener than
// people with many windows are; and each wrong answer to a question that it was asked. What a page loads, programs, feeds and forms
// never count: they cannot answer. Counts are of one size however many come: two tables by two hashes, of which the smaller count
// holds (Count-Min, G. Cormode, S. Muthukrishnan, J. Algorithms 55(1), 2005), so that of 10,000 addresses that fail one in 10,000 innocent ones is
// taken for another. One goroutine uses it.
type failures struct {
	seed   siphash.Hash
	asks   [2]askTable // of this window, and the one before
	window evenkeel.Moment
	fails  [2][failCells]uint8
	since  evenkeel.Moment
}

type askTable [failCells]uint8

const (
	failCells  = 1 << 20
	failWindow = 10 * time.Second
	hammerFrom = 40 // pages asked for within a window, from which on each counts: nobody has so many windows
)

func newFailures(key siphash.Key) *failures { return &failures{seed: siphash.New(key)} }

// asked counts that an address was asked by a page, and says how many failures it has now, and whether it is the first time for a while.
func (f *failures) asked(at site.ID, a netip.Addr, now evenkeel.Moment) (fails int, anew bool) {
	f.turn(now)
	sum := f.hash(at, a)
	cell := sum % failCells
	n := &f.asks[0][cell]
	if *n < hammerFrom {
		*n++
	}
	if *n >= hammerFrom || *n == 1 && f.asks[1][cell] > 0 {
		return f.fail(sum), false
	}
	return f.of(sum), *n == 1
}

// failed counts a wrong answer.
func (f *failures) failed(at site.ID, a netip.Addr, now evenkeel.Moment) int {
	f.turn(now)
	return f.fail(f.hash(at, a))
}

// solved forgets what an address failed at: somebody there does what is asked.
func (f *failures) solved(at site.ID, a netip.Addr) {
	sum := f.hash(at, a)
	f.fails[0][sum%failCells], f.fails[1][sum>>32%failCells] = 0, 0
}

func (f *failures) fail(sum uint64) int {
	for i, cell := range [...]uint64{sum % failCells, sum >> 32 % failCells} {
		if x := &f.fails[i][cell]; *x < 255 {
			*x++
		}
	}
	return f.of(sum)
}

func (f *failures) of(sum uint64) int {
	return int(min(f.fails[0][sum%failCells], f.fails[1][sum>>32%failCells]))
}

func (f *failures) turn(now evenkeel.Moment) {
	if now.Sub(f.window) >= failWindow || now < f.window {
		if now.Sub(f.window) >= 2*failWindow {
			clear(f.asks[0][:])
		}
		f.asks[1] = f.asks[0]
		clear(f.asks[0][:])
		f.window = now
	}
	if now.Sub(f.since) >= suspect.FailuresFor || now < f.since {
		clear(f.fails[0][:])
		clear(f.fails[1][:])
		f.since = now
	}
}

func (f *failures) hash(at site.ID, a netip.Addr) uint64 { return addressAt(f.seed, at, a) }

// ban is what follows from so many failures of an address, if it may: one that completed a handshake, from which nobody with a pass
// came and behind which there are not many different clients, by what was seen and by the operator's lists.
func (s *scribe) ban(d *domain, v *suspect.Visit, n int, now evenkeel.Moment) {
	if n < suspect.FailuresFrom || !v.Proven || v.Bot || v.Pass || v.Range.Shared() || s.crowd.Shared(v.Address) || s.crowd.Passed(v.Address) {
		return
	}
	b := suspect.Ban{Address: v.Address, Until: now.Add(suspect.BanFor), Failures: uint64(n),
		Why: fmt.Sprintf("%s completed handshakes and did not do what it was asked %d times or more within %s.", v.Address, n, suspect.FailuresFor)}
	if !s.e.bans.add(d.id, b.Address, b.Until, now) {
		return
	}
	if s.e.fleet != nil {
		s.e.fleet.ban(d.id, b.Address, suspect.BanFor)
	}
	if s.e.c.Banned != nil {
		s.e.c.Banned(Ban{Site: d.id, Tenant: d.site.Load().Tenant, Proven: v.Proven, Ban: b})
	}
}
