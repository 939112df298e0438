package intake

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// AttributeKind is what an attribute's value is.
type AttributeKind uint8

// The kinds of value. Numbers go into identities: only append.
const (
	AttributeEmpty   AttributeKind = iota
	AttributeText                  // in Text
	AttributeBool                  // 0 or 1 in Bits
	AttributeInt                   // two's complement in Bits
	AttributeDouble                // IEEE 754 in Bits
	AttributeBytes                 // a hash of them in Bits
	AttributeComplex               // list or map: a hash of it in Bits
)

// Attribute is one attribute of a point or resource in canonical form. Its strings may
// alias the request's body: clone what is kept.
type Attribute struct {
	Key  string
	Text string
	Bits uint64
	Kind AttributeKind
}

// Hash writes the attribute: lengths and kind, key, value.
func (a *Attribute) Hash(h *siphash.Hash) {
	h.Uint64(uint64(a.Kind)<<60 | uint64(len(a.Key))<<30 | uint64(len(a.Text)))
	h.Raw(a.Key)
	if a.Kind == AttributeText {
		h.Raw(a.Text)
	} else {
		h.Uint64(a.Bits)
	}
}

// SortAttributes sorts by key. Keys that are given twice keep their order, so that even
// what should not be has one identity.
func SortAttributes(attrs []Attribute) {
	if len(attrs) > 16 {
		slices.SortStableFunc(attrs, func(a, b Attribute) int { return strings.Compare(a.Key, b.Key) })
		return
	}
	for i := 1; i < len(attrs); i++ {
		for j := i; j > 0 && attrs[j].Key < attrs[j-1].Key; j-- {
			attrs[j], attrs[j-1] = attrs[j-1], attrs[j]
		}
	}
}
