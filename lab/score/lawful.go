package score

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
)

// Quantiles of the number of machines that one lawful tenant created in 5 minutes, as
// published with the Azure V1 arrivals (24 days, 369,955 batches): the stand-in is drawn to
// them, log-linear in between.
var azureQuantiles = []struct{ q, size float64 }{
	{0, 1}, {0.5, 1}, {0.9, 7}, {0.99, 44}, {0.999, 232}, {1 - 1.0/369_955, 788}, {1, 788},
}

// MakeUp writes so many batches of made-up lawful arrivals in the form of the recorded ones:
// `300 g,|,b,b,|`. It is a stand-in for where those are missing, and proves nothing about
// lawful customers.
func MakeUp(w io.Writer, batches int, seed uint64) error {
	rnd := rand.New(rand.NewPCG(seed, 0x617a757265))
	out := bufio.NewWriter(w)
	const perBin = 54 // batches in five minutes: 369,955 in 24 days
	const flavours = "abgkm"
	for bin := 1; batches > 0; bin++ {
		fmt.Fprintf(out, "%d ", bin*300)
		for i := range min(perBin, batches) {
			if i > 0 {
				out.WriteByte(',')
			}
			flavour := flavours[rnd.IntN(len(flavours))]
			for range drawSize(rnd.Float64()) {
				out.WriteByte(flavour)
				out.WriteByte(',')
			}
			out.WriteByte('|')
		}
		out.WriteString(",\n")
		batches -= perBin
	}
	return out.Flush()
}

// drawSize returns the size at a quantile.
func drawSize(q float64) int {
	for i := 1; i < len(azureQuantiles); i++ {
		a, b := azureQuantiles[i-1], azureQuantiles[i]
		if q <= b.q && b.q > a.q {
			t := (q - a.q) / (b.q - a.q)
			return int(math.Round(math.Exp(math.Log(a.size) + t*(math.Log(b.size)-math.Log(a.size)))))
		}
	}
	return int(azureQuantiles[len(azureQuantiles)-1].size)
}
