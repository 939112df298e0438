package plan

import (
	"math/bits"
	"time"
)

// Bucket lets Rate tokens pass a second, and Burst at once after a pause. A packet takes one token, or
// of Bits one for each bit.
type Bucket struct {
	Rate  uint64 // tokens a second, at least 1
	Burst uint64 // tokens, at least 1
}

// leastBurst is what a bucket of bits holds at least: two of the largest packets that offloading puts
// together (64 KiB). A smaller one would let none of them through, ever.
const leastBurst = 2 * 65_536 * 8

// bucketOf holds a second of its rate.
func bucketOf(k Kind, rate uint64) Bucket {
	b := Bucket{Rate: rate, Burst: rate}
	if k == Bits {
		b.Burst = max(b.Burst, leastBurst)
	}
	return b
}

// Credit is what is left in a bucket, as the time that it takes to come: a token is worth a second
// divided by the rate. It is what nftables keeps too (nft_limit). The zero Credit is a full bucket.
type Credit struct {
	spent time.Duration // that is missing from a full bucket at
	at    int64         // ns
}

// Take lets n tokens pass at a moment, or nothing where they are not there. A clock that goes back
// brings no tokens.
func (b Bucket) Take(c Credit, n uint64, at int64) (Credit, bool) {
	if at > c.at {
		c.spent = max(0, c.spent-time.Duration(at-c.at))
		c.at = at
	}
	cost, full := worth(n, b.Rate), min(worth(b.Burst, b.Rate), never-1)
	if cost > full-min(full, c.spent) {
		return c, false
	}
	c.spent += cost
	return c, true
}

// worth is how long n tokens take to come, rounded down to a nanosecond: up to a million tokens a
// second a bucket lets through at most a thousandth too many.
func worth(n, rate uint64) time.Duration {
	hi, lo := bits.Mul64(n, uint64(time.Second))
	if hi >= rate {
		return never
	}
	q, _ := bits.Div64(hi, lo, rate)
	return time.Duration(min(q, uint64(never)))
}

// never is longer than any bucket holds.
const never time.Duration = 1 << 62
