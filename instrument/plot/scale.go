package plot

import "math"

// limit is what a value is cut to for drawing, so that differences of two can be computed.
const limit = 1e100

func cut(v float64) float64 { return max(-limit, min(limit, v)) }

// scale is an axis of values.
type scale struct {
	low, high float64
	ticks     []float64
}

// span is the range of values seen so far.
type span struct {
	low, high float64
	any       bool
}

func (s *span) add(v float64) {
	if !known(v) {
		return
	}
	v = cut(v)
	if !s.any {
		s.low, s.high, s.any = v, v, true
		return
	}
	s.low, s.high = min(s.low, v), max(s.high, v)
}

// scaleOf makes an axis for a unit that shows a range. It begins at zero where nothing is below,
// so that what looks high is high; shares are shown on the whole from 0 to 1.
func scaleOf(unit string, s span) scale {
	low, high := min(s.low, 0), max(s.high, 0)
	if unit == "fraction" && low >= 0 && high <= 1 {
		return scale{0, 1, []float64{0, 0.25, 0.5, 0.75, 1}}
	}
	if high-low < 1e-100 {
		high = low + 1
	}
	unitOf := 1.0
	switch unit {
	case "bytes":
		unitOf, _ = bytesUnit(max(high, -low))
	case "s":
		unitOf, _ = timeUnit(max(high, -low))
	}
	step := nice((high-low)/4/unitOf) * unitOf
	first, last := math.Floor(low/step), math.Ceil(high/step)
	out := scale{low: first * step, high: last * step}
	for i := first; i <= last && len(out.ticks) < 12; i++ {
		out.ticks = append(out.ticks, i*step)
	}
	return out
}

// nice is the next of 1, 2 and 5 times a power of ten at or above x.
func nice(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	e := math.Floor(math.Log10(x))
	for _, m := range [...]float64{1, 2, 5, 10} {
		if n := power(m, e); n >= x*(1-1e-9) {
			return n
		}
	}
	return power(10, e)
}

// power is m times ten to the e, by division where e is below zero: 2/10 is what people mean by
// 0.2, and 2*0.1 is not.
func power(m, e float64) float64 {
	if e < 0 {
		return m / math.Pow10(int(-e))
	}
	return m * math.Pow10(int(e))
}

// y is where a value lies in a panel that is so high: 0 at its top.
func (s *scale) y(v float64, height float64) float64 {
	at := (cut(v) - s.low) / (s.high - s.low)
	return height - float64(max(0, min(1, at))*height)
}
