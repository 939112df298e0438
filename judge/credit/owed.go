package credit

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Restriction is one asset that bore a measure for a time.
type Restriction struct {
	Asset   evenkeel.AssetID
	Measure evenkeel.Measure
	From    evenkeel.Moment
	Until   evenkeel.Moment
}

// Sum is what was restricted, and what it is worth.
type Sum struct {
	Assets   int        // that bore an enforced measure for any time
	Minutes  int64      // of all of them together, so that an hour of two is 120; one that has begun counts whole
	Amount   Millionths // rounded up to what the currency is paid in
	Currency string
}

// Owed computes what restrictions come to, in any order. Those that are not enforced, or end
// before they begin, come to nothing.
func Owed(in []Restriction, p *Prices) Sum {
	in = slices.DeleteFunc(slices.Clone(in), func(r Restriction) bool { return !r.Measure.Enforced() || r.Until <= r.From })
	slices.SortFunc(in, func(a, b Restriction) int { return cmp.Compare(a.Asset, b.Asset) })
	sum := Sum{Currency: p.Currency}
	time, worth := new(big.Int), new(big.Int) // in nanoseconds, and nanoseconds × millionths an hour
	for len(in) > 0 {
		n := slices.IndexFunc(in, func(r Restriction) bool { return r.Asset != in[0].Asset })
		if n < 0 {
			n = len(in)
		}
		sum.Assets++
		ofAsset(in[:n], p, time, worth)
		in = in[n:]
	}
	sum.Minutes = inUnits(time, big.NewInt(aMinute))
	sum.Amount = payable(worth, p.Minor)
	return sum
}

const (
	aMinute = int64(time.Minute)
	anHour  = int64(time.Hour)
)

// ofAsset adds how long one asset bore any of its restrictions, and what that is worth.
func ofAsset(in []Restriction, p *Prices, time, worth *big.Int) {
	var at []evenkeel.Moment // where something begins or ends
	for _, r := range in {
		at = append(at, r.From, r.Until)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	for i := range len(at) - 1 {
		price, any := Millionths(0), false
		for _, r := range in {
			if r.From <= at[i] && at[i+1] <= r.Until {
				price, any = max(price, p.of(r.Measure)), true
			}
		}
		if !any {
			continue
		}
		length := big.NewInt(int64(at[i+1]) - int64(at[i]))
		time.Add(time, length)
		worth.Add(worth, length.Mul(length, big.NewInt(int64(price))))
	}
}

// payable turns nanoseconds × millionths an hour into an amount that can be paid.
func payable(worth *big.Int, decimals int) Millionths {
	unit := int64(million)
	for range decimals {
		unit /= 10
	}
	n := inUnits(worth, new(big.Int).Mul(big.NewInt(anHour), big.NewInt(unit)))
	if n > most/unit {
		return Millionths(most)
	}
	return Millionths(n * unit)
}

const most = 1<<63 - 1

// inUnits is how many units something comes to, one that has begun counted whole, at most most.
func inUnits(sum, unit *big.Int) int64 {
	n, rest := new(big.Int).QuoRem(sum, unit, new(big.Int))
	if rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	if !n.IsInt64() {
		return most
	}
	return n.Int64()
}
