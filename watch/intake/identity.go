package intake

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Identities makes the lines and ids of one source's points. All are SipHash-2-4 under a
// key that tenants do not know, else a tenant could choose attributes whose readings pass
// for another's repeats. The key must stay the same for as long as repeats are to be
// recognised.
type Identities struct {
	line, id, resource siphash.Hash
}

// NewIdentities returns the identities of a source's points.
func NewIdentities(key siphash.Key, source string) Identities {
	n := Identities{line: siphash.New(key), id: siphash.New(key), resource: siphash.New(key)}
	n.line.String("line")
	n.resource.String("resource")
	n.id.String("point")
	n.id.String(source)
	return n
}

// Resource returns the hash of a resource's attributes, which must be sorted. They belong
// to the identity of its points: two containers of one machine may send the same metric.
func (n *Identities) Resource(sorted []Attribute) uint64 {
	h := n.resource
	for i := range sorted {
		sorted[i].Hash(&h)
	}
	return h.Sum()
}

// Line begins the line of a metric of an asset; write the point's sorted attributes and
// take the sum.
func (n *Identities) Line(asset, metric string, resource uint64) siphash.Hash {
	h := n.line
	h.String(asset)
	h.String(metric)
	h.Uint64(resource)
	return h
}

// Point returns the id of the point of a line at a time: over source, asset, metric,
// attributes and time, the middle three by way of the line.
func (n *Identities) Point(line uint64, at evenkeel.Moment) uint64 {
	h := n.id
	h.Uint64(line)
	h.Uint64(uint64(at))
	return h.Sum()
}

// EventID returns the id of a CloudEvent: over its source and id.
func EventID(key siphash.Key, source, id string) uint64 {
	h := siphash.New(key)
	h.String("ce")
	h.String(source)
	h.String(id)
	return h.Sum()
}
