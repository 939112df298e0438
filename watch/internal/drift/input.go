package drift

// Thresholds. Half of the machines are the measure of all of them: what fewer do is their own affair, and rules
// are there for it. A change of unit by eight or more moves nearly all.
const (
	far  = scale / 2 // from whatever it is nearest to: it drifts
	near = scale / 3 // it is as before
	// leastAssets is how many assets a look has to see: by fewer nothing is said of a source. At 30 chance
	// puts two samples of the same so far apart less than once in a thousand times.
	leastAssets = 30
	// lookMinutes is how long a look goes on at most: most agents send within that.
	lookMinutes = 5
	learnFor    = 24 * 60     // minutes: nothing is unlike what was not seen for a day
	calmFor     = 60          // minutes: so long as before, and it is over
	lastsFor    = 7 * 24 * 60 // minutes: by then it is what is usual
	againFor    = 60          // minutes: so long it was like this, and it can be unlike once more
	manyAssets  = 3000        // in a look: every other asset is enough
	fewAssets   = 500
)

// Kind is what is unlike.
type Kind uint8

// The kinds.
const (
	KindNone   Kind = iota
	KindValues      // the distribution of values
	KindZeros       // how many are 0
	KindMark        // what readings have or lack
	KindFewer       // fewer records come
	KindMore        // more records come
	KindNew         // it did not come at all before, of a source that is known
)

// Change is what became of an input.
type Change struct {
	Input  int
	Since  int64 // when it began, in minutes: with it the change is told from others
	Over   bool  // it is as before, or has been like this for a week
	Unlike Unlike
	// Was and Is are, by kind: the octave of the middle value; shares of a thousand; records in ten
	// minutes.
	Was, Is float64
}

// Input is one thing that a source sends.
type Input struct {
	base  known
	fresh *known // what it is like since it drifts, else nil
	look  look
	rate  rate
	usual uint32 // assets in a look
	thin  uint8  // of 2^thin assets one is looked at
	novel bool   // its source was known before it came
	last  Change // while it drifts, and after
	calm  uint32 // the minute since which it is as before; 0: it is not
}

// look is the readings of a few minutes, one of each asset.
type look struct {
	counts
	at    uint32 // the minute of its beginning
	asked bool   // it was looked at before its end
	seen  [64]uint64
}

// take counts a reading.
func (in *Input) take(key uint64, v float64, marked uint8) (early bool) {
	in.rate.n++
	if key>>32&(1<<in.thin-1) != 0 {
		return false
	}
	w, bit := &in.look.seen[key>>6&63], uint64(1)<<(key&63)
	if *w&bit != 0 {
		return false
	}
	*w |= bit
	l := &in.look
	l.n++
	l.bins[binOf(v)]++
	for i := uint8(0); marked != 0; i, marked = i+1, marked>>1 {
		l.marks[i] += uint32(marked & 1)
	}
	// With three of four assets a look cannot be far from the whole by who comes first.
	return !l.asked && l.n >= leastAssets && l.n*4 >= in.usual*3
}

// early looks at a look before its end.
func (in *Input) early(minute uint32) (Change, bool) {
	in.look.asked = true
	if in.fresh != nil || in.usual == 0 || !in.learnt(minute) {
		return Change{}, false
	}
	if u, some := in.base.unlike(&in.look.counts); some && u.Far >= far {
		return in.begin(u), true
	}
	return Change{}, false
}

func (in *Input) learnt(minute uint32) bool {
	return in.base.from != 0 && minute-in.base.from >= learnFor
}

// tick is told that a minute begins.
func (in *Input) tick(minute uint32, gauge bool, told func(Change)) {
	l := &in.look
	if l.at == 0 {
		l.at, in.rate.at = minute, minute/blockMinutes
		return
	}
	if long := minute - l.at; long >= lookMinutes || in.usual > 0 && l.n*10 >= in.usual*9 {
		if long > 2*lookMinutes { // the source was silent
			in.reset(minute)
		} else {
			in.end(minute, told)
		}
	}
	if minute/blockMinutes != in.rate.at {
		in.endBlock(minute, gauge, told)
	}
	if in.fresh != nil && int64(minute)-in.last.Since >= lastsFor {
		in.base, in.fresh, in.calm = *in.fresh, nil, 0
		in.over(told)
	}
}

// end ends a look.
func (in *Input) end(minute uint32, told func(Change)) {
	l := &in.look
	defer in.reset(minute)
	if l.n < leastAssets {
		return
	}
	in.usual = max(l.n, in.usual-in.usual/64)
	if in.novel {
		in.novel = false
		told(in.begin(Unlike{What: KindNew}))
	}
	u, some := in.base.unlike(&l.counts)
	switch {
	case in.fresh == nil && some && in.learnt(minute) && u.Far >= far:
		told(in.begin(u))
		in.fresh.learn(l.at, &l.counts)
	case in.fresh == nil:
		in.base.learn(l.at, &l.counts)
	case some && u.Far <= near && in.calm != 0 && minute-in.calm >= calmFor:
		in.fresh, in.calm = nil, 0
		in.over(told)
		in.base.learn(l.at, &l.counts)
	case some && u.Far <= near && !in.last.Unlike.What.rate():
		if in.calm == 0 {
			in.calm = minute
		}
	default:
		in.since(minute, told)
	}
}

// since takes a look that is not as before while the input drifts.
func (in *Input) since(minute uint32, told func(Change)) {
	l := &in.look
	if !in.last.Unlike.What.rate() {
		in.calm = 0
	}
	if again, some := in.fresh.unlike(&l.counts); some && in.fresh.from != 0 && minute-in.fresh.from >= againFor && again.Far >= far {
		in.over(told)
		told(in.begin(again))
	}
	in.fresh.learn(l.at, &l.counts)
}

// endBlock looks how much came.
func (in *Input) endBlock(minute uint32, gauge bool, told func(Change)) {
	least, most := in.base.bounds()
	n := in.rate.n
	odd, calm := in.block(minute, &in.base, gauge)
	switch {
	case odd == KindNone && in.fresh != nil && in.last.Unlike.What.rate():
		switch {
		case !calm:
			in.calm = 0
		case in.calm == 0:
			in.calm = minute
		}
	case odd == KindNone || in.fresh != nil || !in.learnt(minute):
	default:
		c := in.begin(Unlike{What: odd})
		c.Was, c.Is = float64(least), float64(n)
		if odd == KindMore {
			c.Was = float64(most)
		}
		in.last = c
		told(c)
	}
}

// rate says whether it is about how much comes.
func (k Kind) rate() bool { return k == KindFewer || k == KindMore }

// begin notes that the input drifts.
func (in *Input) begin(u Unlike) Change {
	l, r := &in.look, &in.base.recent
	if in.fresh != nil {
		r = &in.fresh.recent
	}
	c := Change{Since: int64(l.at), Unlike: u}
	switch u.What {
	case KindValues:
		c.Was, c.Is = r.middle(), l.middle()
	case KindZeros:
		c.Was, c.Is = float64(share(r.bins[binZero], r.n)), float64(share(l.bins[binZero], l.n))
	case KindMark:
		c.Was, c.Is = float64(share(r.marks[u.Mark], r.n)), float64(share(l.marks[u.Mark], l.n))
	}
	in.last, in.fresh, in.calm = c, &known{}, 0
	return c
}

func (in *Input) over(told func(Change)) {
	in.last.Over = true
	told(in.last)
}

// reset begins the next look, with fewer or more of the assets where there are too many or few.
func (in *Input) reset(minute uint32) {
	switch l := &in.look; {
	case l.n > manyAssets:
		in.thin, in.usual = in.thin+1, 0
	case l.n < fewAssets && in.thin > 0 && l.n >= leastAssets:
		in.thin, in.usual = in.thin-1, 0
	}
	in.look = look{at: minute}
}
