package wall

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// witness remembers of each address, for an hour and up to twice as long, at which tenants' sites it was, whether one SYN and one hello came from it or
// several, and whether somebody came from it who showed a browser. It has WitnessSize bytes however many come: cells in two tables by two hashes of
// the address, of which both have to say a thing. Where addresses meet they say more than there was, which protects. Any goroutine may
// add to it and ask it; no lock is taken.
type witness struct {
	seed  siphash.Hash
	since atomic.Int64 // a Moment
	eras  [2]atomic.Pointer[era]
}

type era [2][witnessCells]atomic.Uint64

const (
	witnessCells = 1 << 18
	witnessFor   = time.Hour
	// WitnessSize is how much memory what is known of addresses takes, in bytes.
	WitnessSize = 2 * 2 * 8 * witnessCells
)

// A cell: two tenants, a SYN and a hello, each as so many bits of its hash and one that says it is there, then what it saw besides.
const (
	tenantBits, clientBits = 13, 14
	tenantOne              = 0
	tenantTwo              = tenantOne + tenantBits + 1
	theSYN                 = tenantTwo + tenantBits + 1
	theHello               = theSYN + clientBits + 1
	moreTenants            = uint64(1) << (theHello + clientBits + 1)
	moreSYNs               = moreTenants << 1
	moreHellos             = moreSYNs << 1
	trusted                = moreHellos << 1
)

func newWitness(key siphash.Key) *witness {
	w := &witness{seed: siphash.New(key)}
	w.eras[0].Store(new(era))
	w.eras[1].Store(new(era))
	return w
}

// field is a hash's part in a cell: its bits, above one that is always set.
func field(hash uint64, bits uint) uint64 { return hash>>(64-bits)<<1 | 1 }

func (w *witness) tenant(t evenkeel.TenantID) uint64 {
	h := w.seed
	h.String(string(t))
	return field(h.Sum(), tenantBits)
}

func (w *witness) cells(a netip.Addr) (x, y uint64) {
	h, b := w.seed, a.As16()
	h.Uint64(binary.LittleEndian.Uint64(b[:]))
	h.Uint64(binary.LittleEndian.Uint64(b[8:]))
	sum := h.Sum()
	return sum % witnessCells, sum >> 32 % witnessCells
}

// saw adds a visit to the site of a tenant.
func (w *witness) saw(t evenkeel.TenantID, v *suspect.Visit, now evenkeel.Moment) {
	w.turn(now)
	tenant, syn, hello := w.tenant(t), uint64(0), uint64(0)
	if v.SYN != 0 {
		syn = field(v.SYN, clientBits)
	}
	if v.Hello != 0 {
		hello = field(v.Hello, clientBits)
	}
	x, y := w.cells(v.Address)
	e := w.eras[0].Load()
	for _, cell := range [...]*atomic.Uint64{&e[0][x], &e[1][y]} {
		for {
			was := cell.Load()
			is := put(put(was, tenantOne, tenantBits, tenant, 0), theSYN, clientBits, syn, moreSYNs)
			is = put(is, theHello, clientBits, hello, moreHellos)
			if part(is, tenantOne, tenantBits) != tenant {
				is = put(is, tenantTwo, tenantBits, tenant, moreTenants)
			}
			if v.Pass || v.Bot {
				is |= trusted
			}
			if is == was || cell.CompareAndSwap(was, is) {
				break
			}
		}
	}
}

// put writes a field where there is none, and sets a mark where there is another.
func put(cell uint64, at, bits uint, x, more uint64) uint64 {
	switch is := part(cell, at, bits); {
	case x == 0 || is == x:
		return cell
	case is == 0:
		return cell | x<<at
	}
	return cell | more
}

func part(cell uint64, at, bits uint) uint64 { return cell >> at & (1<<(bits+1) - 1) }

// turn begins another hour, where this one is over.
func (w *witness) turn(now evenkeel.Moment) {
	since := w.since.Load()
	if now.Sub(evenkeel.Moment(since)) < witnessFor && int64(now) >= since || !w.since.CompareAndSwap(since, int64(now)) {
		return
	}
	if since == 0 {
		return
	}
	w.eras[1].Store(w.eras[0].Load())
	w.eras[0].Store(new(era))
}

// known is what is remembered of an address.
type known struct {
	trusted   bool // somebody with a pass, or a verified bot
	machines  bool // several SYNs, or several hellos
	noSYN     bool // no SYN at all is known
	elsewhere bool // it was at a site of a tenant that is none of those asked about
}

// of says what is remembered of an address, beside what it did at these tenants' sites.
func (w *witness) of(a netip.Addr, but []evenkeel.TenantID) known {
	own := make([]uint64, len(but))
	for i, t := range but {
		own[i] = w.tenant(t)
	}
	x, y := w.cells(a)
	one := [...]*era{w.eras[0].Load(), w.eras[1].Load()}
	k, l := both(one[0][0][x].Load(), one[1][0][x].Load(), own), both(one[0][1][y].Load(), one[1][1][y].Load(), own)
	return known{k.trusted && l.trusted, k.machines && l.machines, k.noSYN || l.noSYN, k.elsewhere && l.elsewhere}
}

// both is what the cells of both hours say.
func both(now, before uint64, own []uint64) known {
	another := func(at, bits uint) bool {
		a, b := part(now, at, bits), part(before, at, bits)
		return a != 0 && b != 0 && a != b
	}
	k := known{
		trusted:  (now|before)&trusted != 0,
		machines: (now|before)&(moreSYNs|moreHellos) != 0 || another(theSYN, clientBits) || another(theHello, clientBits),
		noSYN:    part(now|before, theSYN, clientBits) == 0,
	}
	k.elsewhere = (now|before)&moreTenants != 0
	for _, cell := range [...]uint64{now, before} {
		for _, at := range [...]uint{tenantOne, tenantTwo} {
			if t := part(cell, at, tenantBits); t != 0 && !among(own, t) {
				k.elsewhere = true
			}
		}
	}
	return k
}

func among(list []uint64, x uint64) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}
