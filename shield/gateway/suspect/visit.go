package suspect

import (
	"fmt"
	"math/bits"
	"net/netip"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Visit is one request, as the gateway knows it. What is zero is not known, and is not held against anybody.
type Visit struct {
	Address netip.Addr
	AS      uint32
	Country [2]byte // ISO 3166-1 alpha-2
	Range   Range   // which known range the address is in
	Hello   uint64  // the stable key of the ClientHello
	HTTP    uint64  // the key of the HTTP/2 preface, or of the order of HTTP/1's headers
	SYN     uint64  // the key of the SYN
	Shape   Shape
	Class   Class  // of the path at this domain: Habit.Class
	Cost    uint32 // what it takes the backend, in any one unit; 0 counts as 1
	Bot     bool   // a good bot that was verified
	Pass    bool   // holds a pass that was believed
	Proven  bool   // a TCP handshake was completed: the address is not made up
}

// Class is a kind of page of a domain, by a hash. Zero is not known.
type Class uint64

// client is what tells machines behind one address apart.
func (v *Visit) client() uint64 {
	return mix(mix(v.Hello, v.HTTP), v.SYN)
}

// mix makes one number of two, in their order (the finisher of MurmurHash3, A. Appleby, 2011). It is no secret: what is aimed at by
// others has been hashed under the key before.
func mix(a, b uint64) uint64 {
	x := a ^ bits.RotateLeft64(b, 29)*0x9e3779b97f4a7c15
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Kind says what a key is made of. Those above are narrower.
type Kind uint8

const (
	AddressClient Kind = iota
	Address
	Net // the /24 of an IPv4 address, the /64 of an IPv6 address
	HelloNet
	Wide // the /48 of an IPv6 address
	HelloClass
	HelloAS
	ASClass
	HelloRange
	Hello
	HTTP
	Page // a class of paths
	AS
	Listed // a kind of known ranges
	Country
	kinds
)

var kindWords = [kinds]string{"address×client", "address", "network", "fingerprint×network", "wide network", "fingerprint×path", "fingerprint×AS", "AS×path", "fingerprint×range",
	"fingerprint", "HTTP print", "path", "AS", "range", "country"}

// String returns the words of a kind, "invalid" where it is none.
func (k Kind) String() string {
	if k < kinds {
		return kindWords[k]
	}
	return "invalid"
}

// breadth is a floor for the harm that a key of a kind is taken to do, so that of two that do as well as is known the narrower is
// taken. Ours, in shares of the visitors of a domain.
var breadth = [kinds]float64{1e-4, 1e-4, 2e-4, 2e-4, 4e-4, 5e-4, 5e-4, 8e-4, 8e-4, 1e-3, 1e-3, 1.5e-3, 2e-3, 3e-3, 4e-3}

// bound is how far the harm of a key is taken to lie below its estimate, which for what is narrow is that of something wider: an
// address is taken as its network, a client as its fingerprint. It decides only which of several keys is taken. Ours.
var bound = [kinds]float64{0.25, 0.25, 0.5, 0.5, 0.5, 0.8, 0.8, 0.8, 0.8, 1, 1, 1, 1, 1, 1}

// local says whether a key is of a few addresses, and can so be named where nothing is known of a domain.
func (k Kind) local() bool { return k <= Wide }

// Key is what visits of a rule have in common. Only the fields of its kind are set.
type Key struct {
	Kind    Kind
	Country [2]byte
	Range   Range
	AS      uint32
	Prefix  netip.Prefix
	Hello   uint64
	HTTP    uint64
	Client  uint64
	Class   Class
}

// KeyOf returns the key of a visit of a kind; false where the visit has none.
func KeyOf(v *Visit, k Kind) (Key, bool) {
	key := Key{Kind: k}
	ok := true
	switch k {
	case Address, AddressClient:
		a := v.Address.Unmap()
		key.Prefix, ok = netip.PrefixFrom(a.WithZone(""), a.BitLen()), a.IsValid()
	case Net, HelloNet:
		key.Prefix, ok = prefixOf(v.Address, 24, 64)
	case Wide:
		key.Prefix, ok = prefixOf(v.Address, 0, 48)
	case AS, HelloAS, ASClass:
		key.AS, ok = v.AS, v.AS != 0
	case Country:
		key.Country, ok = v.Country, v.Country != [2]byte{}
	case Listed, HelloRange:
		key.Range, ok = v.Range, v.Range != Unlisted
	case HTTP:
		key.HTTP, ok = v.HTTP, v.HTTP != 0
	}
	switch k {
	case Hello, HelloNet, HelloClass, HelloAS, HelloRange:
		key.Hello, ok = v.Hello, ok && v.Hello != 0
	case AddressClient:
		key.Client = v.client()
	}
	switch k {
	case Page, HelloClass, ASClass:
		key.Class, ok = v.Class, ok && v.Class != 0
	}
	return key, ok
}

func prefixOf(a netip.Addr, v4, v6 int) (netip.Prefix, bool) {
	a = a.Unmap().WithZone("")
	n := v6
	if a.Is4() {
		n = v4
	}
	if !a.IsValid() || n == 0 {
		return netip.Prefix{}, false
	}
	p, err := a.Prefix(n)
	return p, err == nil
}

// Matches says whether a visit has the key.
func (k *Key) Matches(v *Visit) bool {
	switch k.Kind {
	case Hello:
		return v.Hello == k.Hello
	case Page:
		return v.Class == k.Class
	case AS:
		return v.AS == k.AS
	case Country:
		return v.Country == k.Country
	case Listed:
		return v.Range == k.Range
	case HelloRange:
		return v.Hello == k.Hello && v.Range == k.Range
	case HTTP:
		return v.HTTP == k.HTTP
	case HelloClass:
		return v.Hello == k.Hello && v.Class == k.Class
	case HelloAS:
		return v.Hello == k.Hello && v.AS == k.AS
	case ASClass:
		return v.AS == k.AS && v.Class == k.Class
	case AddressClient:
		return k.Prefix.Addr() == v.Address.Unmap().WithZone("") && v.client() == k.Client
	case Address, Net, Wide:
		return k.Prefix.Contains(v.Address.Unmap().WithZone(""))
	case HelloNet:
		return v.Hello == k.Hello && k.Prefix.Contains(v.Address.Unmap().WithZone(""))
	}
	return false
}

// hashes are the keys of a visit under a secret, one of each kind; 0 where it has none.
type hashes [kinds]uint64

// hash makes them: the parts are hashed under the secret, and pairs are mixed of those.
func (v *Visit) hash(seed *siphash.Hash) (x hashes) {
	part := func(kind Kind, value uint64) uint64 {
		h := *seed
		h.Uint64(uint64(kind)<<56 ^ value)
		return h.Sum() | 1
	}
	a := v.Address.Unmap()
	if a.IsValid() {
		b := a.As16()
		hi, lo := be(b[:8]), be(b[8:])
		h := *seed
		h.Uint64(hi)
		h.Uint64(lo)
		x[Address] = h.Sum() | 1
		if a.Is4() {
			x[Net] = part(Net, lo>>8)
		} else {
			h = *seed
			h.Uint64(hi)
			x[Net] = h.Sum() | 1
			x[Wide] = part(Wide, hi>>16)
		}
		x[AddressClient] = mix(x[Address], v.client()) | 1
	}
	if v.AS != 0 {
		x[AS] = part(AS, uint64(v.AS))
	}
	if v.Country != [2]byte{} {
		x[Country] = part(Country, uint64(v.Country[0])<<8|uint64(v.Country[1]))
	}
	if v.Range != Unlisted {
		x[Listed] = part(Listed, uint64(v.Range))
	}
	if v.HTTP != 0 {
		h := *seed
		h.Uint64(v.HTTP)
		h.Uint64(uint64(HTTP))
		x[HTTP] = h.Sum() | 1
	}
	if v.Class != 0 {
		x[Page] = mix(uint64(v.Class), uint64(Page)) | 1
	}
	if v.Hello != 0 {
		h := *seed
		h.Uint64(v.Hello)
		h.Uint64(uint64(Hello))
		x[Hello] = h.Sum() | 1
	}
	pair := func(k Kind, a, b uint64) {
		if a != 0 && b != 0 {
			x[k] = mix(a+uint64(k), b) | 1
		}
	}
	pair(HelloNet, x[Hello], x[Net])
	pair(HelloClass, x[Hello], x[Page])
	pair(HelloAS, x[Hello], x[AS])
	pair(ASClass, x[AS], x[Page])
	pair(HelloRange, x[Hello], x[Listed])
	return x
}

func be(b []byte) uint64 {
	_ = b[7]
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 | uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}

// String says the key; a class by its number, because its name is the Watch's.
func (k Key) String() string { return k.says(fmt.Sprintf("pages %016x", uint64(k.Class))) }

func (k Key) says(page string) string {
	switch k.Kind {
	case AddressClient:
		return fmt.Sprintf("one kind of client (%016x) at %s", k.Client, k.Prefix.Addr())
	case Address:
		return k.Prefix.Addr().String()
	case Net, Wide:
		return k.Prefix.String()
	case HelloNet:
		return fmt.Sprintf("TLS fingerprint %016x from %s", k.Hello, k.Prefix)
	case HelloClass:
		return fmt.Sprintf("TLS fingerprint %016x for %s", k.Hello, page)
	case HelloAS:
		return fmt.Sprintf("TLS fingerprint %016x from AS%d", k.Hello, k.AS)
	case ASClass:
		return fmt.Sprintf("AS%d for %s", k.AS, page)
	case Hello:
		return fmt.Sprintf("TLS fingerprint %016x", k.Hello)
	case Page:
		return page
	case AS:
		return fmt.Sprintf("AS%d", k.AS)
	case Country:
		return "the country " + printable(k.Country[:])
	case Listed:
		return "the ranges of kind " + k.Range.String()
	case HelloRange:
		return fmt.Sprintf("TLS fingerprint %016x from the ranges of kind %s", k.Hello, k.Range)
	case HTTP:
		return fmt.Sprintf("HTTP print %016x", k.HTTP)
	}
	return "nothing"
}
