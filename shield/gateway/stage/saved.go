package stage

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// SavedSize is the size of a controller that is kept, in bytes.
const SavedSize = 4 + 4 + 8*savedWords + 4

const savedWords = 6 + 8 + 24 + 7 + 5 + 4 + 2 // as words calls them

var savedForm = [4]byte{'e', 'k', 's', 1}

// Save returns what a controller knows, mandate and stage included, in a form of one size: form and version, two stages and
// two of the mandate, numbers of 8 bytes, CRC-32 of what stands before it; all big-endian.
func (c *Controller) Save() (out [SavedSize]byte) {
	copy(out[:], savedForm[:])
	out[4], out[5], out[6], out[7] = byte(c.stage), byte(c.clocks.from), byte(c.mandate.Highest), byte(c.mandate.Beyond)
	at := 8
	c.words(func(get func() uint64, _ func(uint64)) {
		binary.BigEndian.PutUint64(out[at:], get())
		at += 8
	})
	binary.BigEndian.PutUint32(out[at:], crc32.ChecksumIEEE(out[:at]))
	return out
}

// Load makes a controller what it was when it was saved. On an error it stays what it is. Where the mandate has ended meanwhile, the
// next step lets go.
func (c *Controller) Load(b []byte) error {
	switch {
	case len(b) != SavedSize:
		return evenkeel.Invalid("saved stage: %d bytes: expected %d", len(b), SavedSize)
	case [4]byte(b[:4]) != savedForm:
		return evenkeel.Invalid("saved stage: form %q: expected %q", b[:4], savedForm[:])
	case binary.BigEndian.Uint32(b[SavedSize-4:]) != crc32.ChecksumIEEE(b[:SavedSize-4]):
		return evenkeel.Invalid("saved stage: its sum is not that of its bytes: it was changed or cut")
	}
	x := New()
	x.stage, x.clocks.from, x.mandate.Highest, x.mandate.Beyond = Stage(b[4]), Stage(b[5]), Stage(b[6]), Stage(b[7])
	at := 8
	x.words(func(_ func() uint64, set func(uint64)) {
		set(binary.BigEndian.Uint64(b[at:]))
		at += 8
	})
	if err := x.check(); err != nil {
		return err
	}
	if x.Save() != [SavedSize]byte(b) {
		return evenkeel.Invalid("saved stage: numbers in a form that is never written")
	}
	*c = *x
	c.resumed = true
	return nil
}

// Resumed is the turn of a controller that was loaded, until its stage changes: nothing has come yet.
func (c *Controller) Resumed() Turn { return Turn{Stage: c.stage, From: c.stage, Cause: Restarted} }

// words calls f for each number of a controller, in the order of the form.
func (c *Controller) words(f func(get func() uint64, set func(uint64))) {
	long := func(x *time.Duration) {
		f(func() uint64 { return uint64(*x) }, func(n uint64) { *x = time.Duration(n) })
	}
	moment := func(x *evenkeel.Moment) {
		f(func() uint64 { return uint64(*x) }, func(n uint64) { *x = evenkeel.Moment(n) })
	}
	real := func(x *float64) {
		f(func() uint64 { return math.Float64bits(*x) }, func(n uint64) { *x = math.Float64frombits(n) })
	}
	whole := func(x *uint64) { f(func() uint64 { return *x }, func(n uint64) { *x = n }) }
	cost := func(x *Cost) { long(&x.CPU); whole(&x.Bytes); long(&x.Backend) }

	moment(&c.last)
	moment(&c.mandate.Until)
	long(&c.left)
	cost(&c.mandate.Budget)
	long(&c.usual.learned)
	for _, x := range [...]*float64{&c.usual.demand, &c.usual.fresh, &c.usual.unknown, &c.usual.odd, &c.usual.failed, &c.usual.p95, &c.usual.peak} {
		real(x)
	}
	for i := range c.usual.hours {
		h := &c.usual.hours[i]
		f(func() uint64 { return math.Float64bits(float64(*h)) }, func(n uint64) { *h = float32(math.Float64frombits(n)) })
	}
	cost(&c.spent.now)
	cost(&c.spent.before)
	long(&c.spent.into)
	for _, x := range [...]*time.Duration{&c.clocks.held, &c.clocks.quiet, &c.clocks.eased, &c.clocks.down, &c.clocks.wait} {
		long(x)
	}
	for _, x := range [...]*float64{&c.broke.demand, &c.broke.fresh, &c.answers.asked, &c.answers.solved} {
		real(x)
	}
	long(&c.load.p95)
	f(func() uint64 { return uint64(c.load.inFlight) }, func(n uint64) { c.load.inFlight = uint32(min(n, math.MaxUint32)) })
}

// check says what cannot be in a controller that ran.
func (c *Controller) check() error {
	if c.mandate.Until != 0 {
		if err := c.mandate.Check(); err != nil {
			return err
		}
	} else if c.mandate != (Mandate{}) {
		return evenkeel.Invalid("saved stage: a mandate without an end")
	}
	if c.stage > Page || c.clocks.from > Page {
		return evenkeel.Invalid("saved stage: stage %d after %d: expected observe to page", c.stage, c.clocks.from)
	}
	for _, x := range [...]float64{c.usual.demand, c.usual.fresh, c.usual.unknown, c.usual.odd, c.usual.failed, c.usual.p95, c.usual.peak,
		c.broke.demand, c.broke.fresh, c.answers.asked, c.answers.solved} {
		if !(x >= 0 && x <= 1e12) {
			return evenkeel.Invalid("saved stage: a figure of %g: expected 0 to 10¹²", x)
		}
	}
	for _, h := range c.usual.hours {
		if !(h >= -1 && h <= 1e10) {
			return evenkeel.Invalid("saved stage: demand of an hour of %g: expected at most 10¹⁰", h)
		}
	}
	k := &c.clocks
	for _, x := range [...]time.Duration{k.held, k.quiet, k.eased, k.down} {
		if x < 0 || x > mostHeld {
			return evenkeel.Invalid("saved stage: a length of time of %v: expected 0 to %v", x, mostHeld)
		}
	}
	switch {
	case k.wait < LeastQuiet || k.wait > MostQuiet:
		return evenkeel.Invalid("saved stage: quiet of %v: expected %v to %v", k.wait, LeastQuiet, MostQuiet)
	case c.left < 0 || c.left > MostMandate || c.usual.learned < 0 || c.usual.learned > slowFor || c.spent.into < 0 || c.spent.into >= time.Hour || c.load.p95 < 0 || c.load.p95 > time.Hour:
		return evenkeel.Invalid("saved stage: times that no controller has")
	case c.spent.now != c.spent.now.bounded() || c.spent.before != c.spent.before.bounded():
		return evenkeel.Invalid("saved stage: costs that no controller has")
	}
	return nil
}
