package port

import (
	"math"
	"math/bits"
)

// BitmapBits is the size of a bitmap of distinct values.
const BitmapBits = 4096

// Bitmap has a bit for each place to which a value's hash leads.
type Bitmap [BitmapBits / 64]uint64

// Distinct estimates how many distinct values set the bits of a bitmap, by linear counting (Whang,
// Vander-Zanden, Taylor 1990): m·ln(m/z), where z of m bits are clear. Its standard error is below
// 2 % up to 4,000 values and 5 % up to 20,000. A full bitmap stands for at least 34,070, which is what is said.
func Distinct(b *Bitmap) uint64 {
	clear := BitmapBits
	for _, w := range b {
		clear -= bits.OnesCount64(w)
	}
	clear = max(clear, 1)
	return uint64(math.Round(BitmapBits * math.Log(BitmapBits/float64(clear))))
}
