package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"

	"github.com/evenkeel/evenkeel"
)

// Ruleset is all that is in force on one host. It does not change once it is compiled; what its methods return
// is shared and must not be changed either. The zero Ruleset has nothing in force.
type Ruleset struct {
	ports  []PortRules // by index
	quotas []Quota     // by asset, then the strictest first
	pauses []Pause     // by asset
	gates  []Gate      // by asset, then what goes before
	kept   []netip.Prefix
	floor  Bucket // of each port, to what is kept; Rate 0: all passes
	size   int
	digest string
}

// PortRules is what holds at one port.
type PortRules struct {
	Asset    evenkeel.AssetID
	Port     Port
	Isolated evenkeel.Moment // until then; 0: not
	Drops    []Drop          // by flow
	Limits   []Limit         // in the order in which a packet meets them
	Digest   string          // of all of it but the port's name and the guest's addresses
}

// Drop is a flow that does not leave the port.
type Drop struct {
	Flow  Flow
	Until evenkeel.Moment
}

// Limit is a bucket that packets from the port take from. Of those of one kind the strictest ends
// first: each is what holds after the one before it.
type Limit struct {
	Kind  Kind
	To    bool // for each destination one
	Most  Bucket
	Until evenkeel.Moment
}

// Quota is the share of its CPUs that a guest gets. Of several of one asset the strictest ends first.
type Quota struct {
	Asset  evenkeel.AssetID
	Cgroup string
	Domain string
	CPUs   int
	Share  Share
	Until  evenkeel.Moment
}

// Pause is a guest that does not run.
type Pause struct {
	Asset  evenkeel.AssetID
	Domain string
	Until  evenkeel.Moment
}

// Gate is what is ordered about whoever comes to an asset. Of several of one asset at a time the first one holds: what shuts in any case,
// and then what was ordered last.
type Gate struct {
	Asset evenkeel.AssetID
	// Measure is shut: visitors see its own page; challenge: they may be asked for something before they go on; none: nobody
	// is, because that was ended.
	Measure evenkeel.Measure
	Pressed bool                // shut: only while visitors press, and nothing less helps
	Update  string              // what the page says that is new; ""
	By      evenkeel.DecisionID // which ordered it
	From    evenkeel.Moment
	Until   evenkeel.Moment
}

// Gates returns what is ordered about visitors, by asset, then what goes before first.
func (r *Ruleset) Gates() []Gate { return r.gates }

// Gate returns what holds about the visitors of an asset at a moment, or the zero Gate.
func (r *Ruleset) Gate(a evenkeel.AssetID, at evenkeel.Moment) Gate {
	i, _ := slices.BinarySearchFunc(r.gates, a, func(g Gate, a evenkeel.AssetID) int { return cmp.Compare(g.Asset, a) })
	for ; i < len(r.gates) && r.gates[i].Asset == a; i++ {
		if r.gates[i].Until > at {
			return r.gates[i]
		}
	}
	return Gate{}
}

// Ports returns what holds at each port that has a rule, by the index of the interface.
func (r *Ruleset) Ports() []PortRules { return r.ports }

// Quotas returns the shares, by asset.
func (r *Ruleset) Quotas() []Quota { return r.quotas }

// Pauses returns who is paused, by asset.
func (r *Ruleset) Pauses() []Pause { return r.pauses }

// Kept returns the addresses that are never cut off: the guard and the data path. Sorted, none in another.
func (r *Ruleset) Kept() []netip.Prefix { return r.kept }

// Floor returns what passes from each port to what is kept whatever limit stands; Rate 0: all.
func (r *Ruleset) Floor() Bucket { return r.floor }

// Size returns how many elements it has.
func (r *Ruleset) Size() int { return r.size }

// Digest names what is in force: rulesets with the same one do the same to each packet and guest, and end
// at the same moments.
func (r *Ruleset) Digest() string {
	if r.digest == "" {
		return (&Ruleset{}).sealed().digest
	}
	return r.digest
}

// At returns what holds at a port, or nil.
func (r *Ruleset) At(index int) *PortRules {
	i, ok := slices.BinarySearchFunc(r.ports, index, func(p PortRules, x int) int { return cmp.Compare(p.Port.Index, x) })
	if !ok {
		return nil
	}
	return &r.ports[i]
}

// Next returns the first end of an element after a moment, or 0: when something has to be let go.
func (r *Ruleset) Next(after evenkeel.Moment) (next evenkeel.Moment) {
	r.ends(func(u evenkeel.Moment) {
		if u > after && (next == 0 || u < next) {
			next = u
		}
	})
	return next
}

// ends calls f with the end of each element.
func (r *Ruleset) ends(f func(until evenkeel.Moment)) {
	for i := range r.ports {
		p := &r.ports[i]
		if p.Isolated != 0 {
			f(p.Isolated)
		}
		for _, d := range p.Drops {
			f(d.Until)
		}
		for _, l := range p.Limits {
			f(l.Until)
		}
	}
	for _, q := range r.quotas {
		f(q.Until)
	}
	for _, p := range r.pauses {
		f(p.Until)
	}
	for _, g := range r.gates {
		f(g.Until)
	}
}

// Limit returns the strictest rate in force at a port, or 0 where none is.
func (p *PortRules) Limit(k Kind, to bool, at evenkeel.Moment) uint64 {
	for _, l := range p.Limits {
		if l.Kind == k && l.To == to && l.Until > at {
			return l.Most.Rate
		}
	}
	return 0
}

// sealed counts and digests what is there.
func (r *Ruleset) sealed() *Ruleset {
	r.size = 0
	r.ends(func(evenkeel.Moment) { r.size++ })
	var b bytes.Buffer
	b.WriteString("evenkeel ruleset 1\n")
	for _, k := range r.kept {
		text(&b, k.String())
	}
	number(&b, int64(r.floor.Rate), int64(r.floor.Burst))
	number(&b, int64(len(r.ports)))
	for i := range r.ports {
		p := &r.ports[i]
		p.seal()
		text(&b, p.Digest)
	}
	number(&b, int64(len(r.quotas)))
	for _, q := range r.quotas {
		text(&b, string(q.Asset), q.Cgroup, q.Domain)
		number(&b, int64(q.CPUs), int64(q.Share), int64(q.Until))
	}
	for _, p := range r.pauses {
		text(&b, string(p.Asset), p.Domain)
		number(&b, int64(p.Until))
	}
	for _, g := range r.gates {
		text(&b, string(g.Asset), g.Measure.String(), g.Update, strconv.FormatBool(g.Pressed))
		number(&b, int64(g.Until))
	}
	r.digest = sum(b.Bytes())
	return r
}

func (p *PortRules) seal() {
	var b bytes.Buffer
	text(&b, string(p.Asset))
	number(&b, int64(p.Port.Index), int64(p.Isolated), int64(len(p.Drops)))
	for _, d := range p.Drops {
		text(&b, d.Flow.String())
		number(&b, int64(d.Until))
	}
	for _, l := range p.Limits {
		to := int64(0)
		if l.To {
			to = 1
		}
		number(&b, int64(l.Kind), to, int64(l.Most.Rate), int64(l.Most.Burst), int64(l.Until))
	}
	p.Digest = sum(b.Bytes())
}

// text and number write what cannot be mistaken for its neighbours.
func text(b *bytes.Buffer, all ...string) {
	for _, s := range all {
		number(b, int64(len(s)))
		b.WriteString(s)
	}
}

func number(b *bytes.Buffer, all ...int64) {
	for _, n := range all {
		b.Write(binary.BigEndian.AppendUint64(b.AvailableBuffer(), uint64(n)))
	}
}

// sum is 128 bits of SHA-256 in hexadecimal.
func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}
