package answer

import (
	"fmt"
	"strings"
)

// Ray is the number of a refusal, to be read out over a telephone: 36 bits, shown as three groups of ten symbols in all, of which the
// last is a check.
type Ray uint64

// The symbols are digits and letters that neither look nor sound like one another: no 0, O, 1, I or L, no letter that rhymes
// with B or with N. Their places are the elements of GF(16).
const symbols = "23456789AFHKMRXY"

const (
	rayBits = 36
	// RaySize is the length of a ray as it is shown, with its two hyphens.
	RaySize = 12
)

// RayOf returns the ray of a number that was drawn by lot; its lower 36 bits count. Of a million rays that
// are kept, one that is made anew is among them with a probability of 1.5 in 100,000.
func RayOf(lot uint64) Ray { return Ray(lot & (1<<rayBits - 1)) }

// Append appends the ray as it is shown, such as 7H3-9M2-5RXY.
func (r Ray) Append(dst []byte) []byte {
	check := byte(0)
	for i := range rayBits / 4 {
		if i == 3 || i == 6 {
			dst = append(dst, '-')
		}
		v := byte(r>>(rayBits-4-4*i)) & 15
		dst = append(dst, symbols[v])
		check ^= weighed(v, i)
	}
	return append(dst, symbols[check])
}

// String returns the ray as it is shown.
func (r Ray) String() string { return string(r.Append(make([]byte, 0, RaySize))) }

// ParseRay reads a ray as somebody wrote it down: small letters, spaces and hyphens do not matter. One wrong symbol, or two
// that changed places, are always noticed.
func ParseRay(s string) (Ray, error) {
	var r Ray
	n, check := 0, byte(0)
	if len(s) > 64 {
		return 0, fmt.Errorf("the reference has %d characters; expected ten, such as 7H3-9M2-5RXY", len(s))
	}
	for _, c := range strings.ToUpper(s) {
		if c == ' ' || c == '-' || c == '\t' {
			continue
		}
		v := strings.IndexRune(symbols, c)
		if v < 0 {
			return 0, fmt.Errorf("the reference has a %q; expected ten of the characters %s", c, symbols)
		}
		if n < rayBits/4 {
			r = r<<4 | Ray(v)
			check ^= weighed(byte(v), n)
		} else {
			check ^= byte(v)
		}
		n++
	}
	switch {
	case n != rayBits/4+1:
		return 0, fmt.Errorf("the reference has %d characters; expected ten, such as 7H3-9M2-5RXY", n)
	case check != 0:
		return 0, fmt.Errorf("the reference %s cannot be: one character is another one, or two changed places", s)
	}
	return r, nil
}

// weighed returns v times the weight of the place i, which is α to the i+1 in GF(16) with α⁴ = α + 1. The weights of the ten places,
// the check's being 1, are all different and none is 0, so that no single change and no swap leaves the sum as it was.
func weighed(v byte, i int) byte {
	for range i + 1 {
		if v <<= 1; v&16 != 0 {
			v ^= 0b10011
		}
	}
	return v
}
