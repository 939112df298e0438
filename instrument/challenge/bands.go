package challenge

import "fmt"

// Band is what is demanded from a weight of suspicion on.
type Band struct {
	From   int
	Demand Demand // nothing is asked where it is zero
}

// MaxBands is how many bands there may be.
const MaxBands = 16

// Bands say what each weight demands, in ascending order.
type Bands []Band

// Check refuses bands that are not in order, demand less where the weight is more, or more than may be asked. A
// band that asks for work has to let those wait who cannot work: some visitors have no script.
func (b Bands) Check() error {
	if len(b) > MaxBands {
		return fmt.Errorf("there are %d bands; expected at most %d", len(b), MaxBands)
	}
	for i, x := range b {
		d := x.Demand
		if d.Bits > MaxBits || d.Seconds > MaxSeconds {
			return fmt.Errorf("the band from %d asks for %d bits or %d seconds; expected at most %d and %d", x.From, d.Bits, d.Seconds, MaxBits, MaxSeconds)
		}
		if d.Bits > 0 && d.Seconds == 0 {
			return fmt.Errorf("the band from %d lets nobody wait; expected seconds beside the bits, for visitors without a script", x.From)
		}
		if i == 0 {
			continue
		}
		before := b[i-1]
		if x.From <= before.From {
			return fmt.Errorf("the band from %d stands behind that from %d; expected ascending ones", x.From, before.From)
		}
		if d.Bits < before.Demand.Bits || d.Seconds < before.Demand.Seconds {
			return fmt.Errorf("the band from %d demands less than that from %d; expected at least as much", x.From, before.From)
		}
	}
	return nil
}

// For returns what a weight demands: that of the last band at or below it.
func (b Bands) For(weight int) Demand {
	var d Demand
	for _, x := range b {
		if x.From > weight {
			break
		}
		d = x.Demand
	}
	return d
}
