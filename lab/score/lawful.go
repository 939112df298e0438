package score

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
)

// Quantiles of the number of machines that one lawful tenant created in 5 minutes, as
// published with the Azure V1 arrivals (24 days, 369,955 batches): beyond is the share of
// batches that are larger. The stand-in is drawn to them, as a power law in between.
var azureSizes = []struct{ beyond, size float64 }{
	{1, 1}, {0.5, 1}, {0.1, 7}, {0.01, 44}, {0.001, 232}, {1.0 / 369_955, 788},
}

// MadeUpFlavours is what the letters of made-up arrivals mean, in the form of the recorded
// map: vCPUs and memory.
const MadeUpFlavours = "b 1 2\ng 2 4\na 4 8\nk 8 16\nm 16 32\n"

// MakeUp writes so many batches of made-up lawful arrivals in the form of the recorded ones:
// `300 g,|,b,b,|`. It is a stand-in for where those are missing, and proves nothing about
// lawful customers.
func MakeUp(w io.Writer, batches int, seed uint64) error {
	rnd := rand.New(rand.NewPCG(seed, 0x617a757265))
	out := bufio.NewWriter(w)
	const perBin = 54                       // batches in five minutes: 369,955 in 24 days
	const flavours = "bbbbbbbbggggggaaakkm" // small ones mostly
	for bin := 1; batches > 0; bin++ {
		fmt.Fprintf(out, "%d ", bin*300)
		for i := range min(perBin, batches) {
			if i > 0 {
				out.WriteByte(',')
			}
			flavour := flavours[rnd.IntN(len(flavours))]
			for range drawSize(1 - rnd.Float64()) {
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

// drawSize returns the size that a share of all batches, above 0, is larger than.
func drawSize(beyond float64) int {
	last := azureSizes[len(azureSizes)-1]
	for i := 1; i < len(azureSizes); i++ {
		a, b := azureSizes[i-1], azureSizes[i]
		if beyond >= b.beyond {
			t := math.Log(beyond/a.beyond) / math.Log(b.beyond/a.beyond)
			return int(math.Round(a.size * math.Pow(b.size/a.size, t)))
		}
	}
	return int(last.size)
}
