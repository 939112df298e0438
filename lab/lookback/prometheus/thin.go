package prometheus

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/watch/intake/promwrite"
)

// labelsOf puts a series' labels in order.
func labelsOf(metric map[string]string) []promwrite.Label {
	out := make([]promwrite.Label, 0, len(metric))
	for k, v := range metric {
		out = append(out, promwrite.Label{Name: k, Value: v})
	}
	slices.SortFunc(out, func(a, b promwrite.Label) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// thin leaves out samples that come sooner after the one before than three quarters of a step:
// where one is scraped every 15 s and one a minute is enough. What is a counter loses nothing.
func thin(points Points, step time.Duration) []promwrite.Sample {
	out := make([]promwrite.Sample, 0, len(points))
	last, least := int64(math.MinInt64/2), step.Milliseconds()*3/4
	for _, p := range points {
		if p.Millis-last < least {
			continue
		}
		last = p.Millis
		out = append(out, promwrite.Sample{Value: p.Value, Millis: p.Millis})
	}
	return out
}
