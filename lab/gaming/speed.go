package gaming

import (
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// standing is a measure on a machine, and what goes on under it of a machine's CPU and of its packets.
type standing struct {
	measure evenkeel.Measure
	leaves  float64 // from 0, nothing, to 1, all
}

// leaves is how much of what a machine does goes on under a measure, as its order's params say: rate, in packets
// a second, under a limit; cpu, as a percentage, under a throttle. What says neither, or says it in words
// that are not read here, holds nothing back: a bound is not better than what was read.
func leaves(p Play, m evenkeel.Measure, params map[string]string) float64 {
	switch {
	case m >= evenkeel.MeasureIsolate:
		return 0
	case p.Flood && (m == evenkeel.MeasureLimit || m == evenkeel.MeasureDropFlow): // it turns to another whose flow is not cut
		return share(params["rate"], "", pps)
	case !p.Flood && m == evenkeel.MeasureThrottle:
		return share(params["cpu"], "%", 100)
	}
	return 1
}

// share reads a number with a unit after it as a share of all.
func share(text, unit string, all float64) float64 {
	number, ok := strings.CutSuffix(text, unit)
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(x >= 0) { // NaN neither
		return 1
	}
	return min(1, x/all)
}
