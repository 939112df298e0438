package port

import "math/bits"

// A bucket is kept as the moment at which it is full again, in 1/64 ns of the boot clock: a packet
// moves it on by what it costs, and is refused where it would then lie more than the burst ahead of
// now. That is a token bucket (as GCRA, ITU-T I.371) in one word that many CPUs can share. At 64 parts the
// clock wraps after nine years.
const (
	partsPerSecond = 64 * 1_000_000_000
	BitScale       = 1 << 16 // the cost of a byte is kept in 1/65536 of that
)

// Cost is a limit as the kernel keeps it: what one unit costs and how far ahead a bucket may be, in
// 1/64 ns. For Bits, the cost is that of a byte, times BitScale.
func (l Limit) Cost(k Kind) (cost, burst uint64) {
	if !l.IsSet() {
		return 0, 0
	}
	units := l.Burst
	if units == 0 {
		units = l.PerSecond
	}
	// No burst is longer than a month, so that sums stay far from where the clock wraps.
	hi, lo := bits.Mul64(units, partsPerSecond)
	if hi >= l.PerSecond {
		burst = longest
	} else if burst, _ = bits.Div64(hi, lo, l.PerSecond); burst > longest {
		burst = longest
	}
	if k == Bits {
		hi, lo = bits.Mul64(8*partsPerSecond, BitScale)
		if hi >= l.PerSecond {
			return longest, burst
		}
		cost, _ = bits.Div64(hi, lo, l.PerSecond)
		return max(cost, 1), burst
	}
	return max(partsPerSecond/l.PerSecond, 1), burst
}

const longest = 30 * 86400 * partsPerSecond
