package drift

import "math"

// bins are the octaves that values fall into: 0, below 0, then from 2^-24 to 2^37, which both ends
// gather what is beyond.
const (
	bins     = 64
	binZero  = 0
	binBelow = 1
	binFirst = 2
	least2   = -24
)

// Marks are what else is counted of a reading; a mark is a bit.
const marks = 8

// scale is the parts in which shares and distances are told.
const scale = 1000

func binOf(v float64) int {
	switch {
	case v == 0:
		return binZero
	case !(v > 0):
		return binBelow
	}
	e := int(math.Float64bits(v)>>52) - 1023
	return min(max(e-least2, 0)+binFirst, bins-1)
}

// counts are readings by octave and by mark.
type counts struct {
	n     uint32
	bins  [bins]uint32
	marks [marks]uint32
}

// fade takes one part of so many away, rounded up, so that nothing stays for ever; what is left of n
// is what is left in the bins.
func (c *counts) fade(part uint32) {
	c.n = 0
	for i := range c.bins {
		c.bins[i] -= (c.bins[i] + part - 1) / part
		c.n += c.bins[i]
	}
	for i := range c.marks {
		c.marks[i] = min(c.marks[i]-(c.marks[i]+part-1)/part, c.n)
	}
}

func (c *counts) add(o *counts, times uint32) {
	c.n += o.n * times
	for i := range c.bins {
		c.bins[i] += o.bins[i] * times
	}
	for i := range c.marks {
		c.marks[i] += o.marks[i] * times
	}
}

func share(part, of uint32) int64 {
	if of == 0 {
		return 0
	}
	return int64(part) * scale / int64(of)
}

// Unlike says in what two differ most.
type Unlike struct {
	What Kind
	Mark uint8 // KindMark: which
	Far  int64 // how far apart, of scale
}

// apart says how far two sets of readings are apart: in the distribution of their values, by the
// statistic of Kolmogorov and Smirnov over octaves (the greatest distance between the shares that lie
// below a bound), zeros apart, because an idle machine reads 0 in every unit; in the share of
// zeros; in the share of each mark.
func apart(a, b *counts) (u Unlike) {
	worse := func(what Kind, mark int, far int64) {
		if far = max(far, -far); far > u.Far {
			u = Unlike{what, uint8(mark), far}
		}
	}
	worse(KindZeros, 0, share(a.bins[binZero], a.n)-share(b.bins[binZero], b.n))
	for i := range a.marks {
		worse(KindMark, i, share(a.marks[i], a.n)-share(b.marks[i], b.n))
	}
	na, nb := a.n-a.bins[binZero], b.n-b.bins[binZero]
	if na < leastAssets/2 || nb < leastAssets/2 {
		return u
	}
	below := [2]uint32{}
	for i := binBelow; i < bins; i++ {
		below[0], below[1] = below[0]+a.bins[i], below[1]+b.bins[i]
		worse(KindValues, 0, share(below[0], na)-share(below[1], nb))
	}
	return u
}

// middle is the octave that the middle reading lies in, zeros apart: its lower bound. 0 where there is none.
func (c *counts) middle() float64 {
	n, below := c.n-c.bins[binZero], uint32(0)
	if n == 0 {
		return 0
	}
	for i := binBelow; i < bins; i++ {
		if below += c.bins[i]; below*2 >= n && i >= binFirst {
			return math.Ldexp(1, i-binFirst+least2)
		}
	}
	return 0
}

// hour is what an input was like in one hour of the day, of the last days: a day ago counts six
// sevenths, so most of it is of a week.
type hour struct {
	counts
	day     uint32 // of the newest
	records uint64 // in blocks, 16 for each …
	blocks  uint32 // … and their number, times 16
}

// known is what an input is like.
type known struct {
	from   uint32 // the minute of the first look
	hours  [24]hour
	recent counts // of about the last hour, times recentTimes
	rate   uint32 // records in a block of late, times rateTimes
}

const (
	recentTimes = 256
	recentPart  = 64 // a look takes a 64th of what is recent away
	weekPart    = 7
	rateTimes   = 16
)

// slot returns the hour of a minute, faded to its day.
func (k *known) slot(minute uint32) *hour {
	h := &k.hours[minute/60%24]
	day := minute / (24 * 60)
	for i := h.day; i < day && i < h.day+60; i++ {
		h.fade(weekPart)
		h.records -= h.records / weekPart
		h.blocks -= h.blocks / weekPart
	}
	h.day = max(h.day, day)
	return h
}

// learn takes a look for usual.
func (k *known) learn(minute uint32, c *counts) {
	if k.from == 0 {
		k.from = minute
	}
	k.slot(minute).add(c, 1)
	k.recent.fade(recentPart)
	k.recent.add(c, recentTimes)
}

// unlike says how far a look is from whatever it is nearest to, of the last hour and of all
// hours of the day: what is like any of them is usual. not known where nothing is.
func (k *known) unlike(c *counts) (u Unlike, some bool) {
	u.Far = scale + 1
	nearer := func(o *counts, least uint32) {
		if o.n >= least {
			some = true
			if x := apart(c, o); x.Far < u.Far {
				u = x
			}
		}
	}
	nearer(&k.recent, leastAssets*recentTimes)
	for i := range k.hours {
		nearer(&k.hours[i].counts, leastAssets)
	}
	return u, some
}
