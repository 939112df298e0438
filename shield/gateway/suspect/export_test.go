package suspect

import "github.com/evenkeel/evenkeel/instrument/siphash"

// HashOf returns under which hash the key of a visit is counted.
func HashOf(v *Visit, k Kind) uint64 {
	seed := siphash.New(siphash.Key{1: 9})
	x := v.hash(&seed)
	return x[k]
}
