package gateway

import (
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// MostSamples is how many requests of a site are drawn at most in an interval that is told.
const MostSamples = 64

// sample is one request that was drawn. It holds nothing of the request's own memory.
type sample struct {
	at      evenkeel.Moment
	shape   suspect.Shape
	method  string
	hello   uint64
	http    uint64
	network netip.Prefix
	country [2]byte
	status  uint16 // 0 is not known
	took    time.Duration
	bytes   uint64
}

// drawn are the requests of one interval of a site, each kind of treatment with the same number of places: of those of a kind each has the
// same chance (algorithm R, J. Vitter, ACM Trans. Math. Softw. 11(1), 1985), however many of another kind came.
type drawn struct {
	each  uint32 // places of a kind
	seen  [treatments]uint32
	kept  [treatments][]sample // of a kind, from when one comes
	state uint64               // of what chance is made
}

// chance is a number below n (xorshift64*, G. Marsaglia, J. Stat. Softw. 8(14), 2003; S. Vigna, 2016). Who could guess it could choose what is looked at,
// and nothing else: it begins with a lot.
func (x *drawn) chance(n uint32) uint32 {
	x.state ^= x.state >> 12
	x.state ^= x.state << 25
	x.state ^= x.state >> 27
	return uint32(x.state * 0x2545f4914f6cdd1d >> 32 * uint64(n) >> 32)
}

// draw takes a request for a sample, perhaps. The domain's lock is held.
func (d *domain) draw(q *question, what treated, status int, took time.Duration, bytes uint64) {
	x := d.books.drawn
	if x == nil {
		return
	}
	x.seen[what]++
	i := x.seen[what] - 1
	if i >= x.each {
		if i = x.chance(x.seen[what]); i >= x.each {
			return
		}
	}
	if x.kept[what] == nil { // in calm nobody is asked, refused or turned away
		x.kept[what] = make([]sample, x.each)
	}
	x.kept[what][i] = sample{
		at: q.moment, shape: q.visit.Shape, method: methodOf(q.Request.Method), network: networkOf(q.From), country: q.visit.Country,
		status: uint16(status), took: took, bytes: bytes,
	}
	if c := q.Client; c != nil {
		s := &x.kept[what][i]
		s.hello, s.http = c.Hello, c.HTTP
	}
}

// methodOf is a method by a word of ours: what a visitor makes up is no kind of request.
func methodOf(m string) string {
	for _, x := range [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		if m == x {
			return x
		}
	}
	return "OTHER"
}

// networkOf is what of an address is told: a /24 or a /48.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	n := 48
	if a.Is4() {
		n = 24
	}
	p, err := a.Prefix(n)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// take returns the samples of the interval, and begins another one. What each stands for adds up to all that came of its kind.
func (x *drawn) take(asset evenkeel.AssetID) (out []evenkeel.Request) {
	if x == nil {
		return nil
	}
	for what := let; what < treatments; what++ {
		kept := x.kept[what][:min(int(x.seen[what]), len(x.kept[what]))]
		for i := range kept {
			s := &kept[i]
			of := x.seen[what] / uint32(len(kept))
			if uint32(i) < x.seen[what]%uint32(len(kept)) {
				of++
			}
			r := evenkeel.Request{
				At: s.at, Asset: asset, Path: s.method + " " + s.shape.Path(), Client: clientWord(s.hello, s.http), Did: treatedWords[what],
				Status: uint8(s.status / 100), Took: s.took, Bytes: int64(s.bytes), Of: int64(of),
			}
			if s.network.IsValid() {
				r.Network = s.network.String()
			}
			if s.country != [2]byte{} {
				r.Country = string(s.country[:])
			}
			out = append(out, r)
		}
		x.seen[what] = 0
	}
	return out
}

// clientWord is a client in base 16: the stable key of its hello, and that of its HTTP/2 preface where it sent one.
func clientWord(hello, http uint64) string {
	if hello == 0 && http == 0 {
		return ""
	}
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(hello>>(56-8*i)), byte(http>>(56-8*i))
	}
	if http == 0 {
		return hex.EncodeToString(b[:8])
	}
	return hex.EncodeToString(b[:8]) + "-" + hex.EncodeToString(b[8:])
}
