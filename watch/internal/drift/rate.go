package drift

// blockMinutes is over how long records are counted for their rate.
const blockMinutes = 10

// A rate is odd below so many hundredths of the least, and above so many of the most, that any hour
// of the week and the last hour had: two blocks in a row, since one takes in more or less than its
// due where readings come every few minutes.
const (
	lowRate   = 60
	highRate  = 300
	calmLow   = 75
	calmHigh  = 250
	oddBlocks = 2
	// leastRate is how many records in a block there have to be, so that chance does not do it.
	leastRate = 30
	// holed is for how many blocks an input is not asked for its rate after an empty one that
	// was nothing: it comes less often than blocks do.
	holed = 24 * 60 / blockMinutes
)

// rate is how many records came.
type rate struct {
	at    uint32 // the block
	n     uint32 // records in it
	low   uint8  // so many blocks in a row were
	high  uint8
	empty bool   // one of the low ones was
	holes uint32 // for so many blocks it is not asked
}

// bounds returns the least and the most records in a block that any hour had, and the last one.
func (k *known) bounds() (least, most uint64) {
	least = uint64(k.rate) / rateTimes
	most = least
	for i := range k.hours {
		if h := &k.hours[i]; h.blocks >= 16 {
			mean := h.records / uint64(h.blocks)
			least, most = min(least, mean), max(most, mean)
		}
	}
	return least, most
}

func (k *known) learnRate(minute, n uint32) {
	h := k.slot(minute)
	h.records += uint64(n) * 16
	h.blocks += 16
	if k.rate == 0 {
		k.rate = n * rateTimes
	}
	k.rate = k.rate - k.rate/6 + n*rateTimes/6
}

// block ends the block before a minute: what is unlike about its rate, KindNone where nothing is, and
// whether it is quite as before.
func (in *Input) block(minute uint32, k *known, gauge bool) (odd Kind, calm bool) {
	r := &in.rate
	n, gap := r.n, minute/blockMinutes-r.at > 1
	r.n, r.at = 0, minute/blockMinutes
	if gap { // the source was silent, which says nothing about this input
		r.low, r.high, r.empty = 0, 0, false
		return KindNone, false
	}
	least, most := k.bounds()
	asked := least >= leastRate && r.holes == 0
	calm = !asked || uint64(n)*100 >= least*calmLow && (!gauge || uint64(n)*100 <= most*calmHigh)
	switch {
	case asked && uint64(n)*100 < least*lowRate:
		r.low, r.high = r.low+1, 0
		r.empty = r.empty || n == 0
	case asked && gauge && uint64(n)*100 > most*highRate:
		r.low, r.high = 0, r.high+1
	default:
		if r.empty || n == 0 {
			r.holes = holed
		} else if r.holes > 0 {
			r.holes--
		}
		r.low, r.high, r.empty = 0, 0, false
	}
	switch {
	case r.low >= oddBlocks:
		r.low, r.empty = 0, false
		return KindFewer, false
	case r.high >= oddBlocks:
		r.high = 0
		return KindMore, false
	}
	if r.low+r.high == 0 {
		k.learnRate(minute-1, n)
	}
	return KindNone, calm
}
