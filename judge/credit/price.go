package credit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Millionths is an amount in millionths of a unit of a currency.
type Millionths int64

// Prices say what an hour of an asset under a measure is worth, in one currency.
type Prices struct {
	Currency string // ISO 4217, such as EUR
	// Hour is the price of an hour for each measure; one that is not there costs Other.
	Hour  map[evenkeel.Measure]Millionths
	Other Millionths
	// Minor is how many decimals the currency is paid in, from 0 to 3: 2 where there are cents.
	Minor int
}

// of returns the price of an hour under a measure. What nobody enforces costs nothing.
func (p *Prices) of(m evenkeel.Measure) Millionths {
	if !m.Enforced() {
		return 0
	}
	if h, ok := p.Hour[m]; ok {
		return h
	}
	return p.Other
}

var currency = regexp.MustCompile(`^[A-Z]{3}$`)

// Check says what is wrong with the prices, or nil.
func (p *Prices) Check() error {
	switch {
	case !currency.MatchString(p.Currency):
		return evenkeel.Invalid("currency %q; expected three capital letters of ISO 4217, such as EUR", p.Currency)
	case p.Minor < 0 || p.Minor > 3:
		return evenkeel.Invalid("a currency of %d decimals; expected 0 to 3", p.Minor)
	case p.Other < 0 || p.Other > MaxHour:
		return evenkeel.Invalid("a price of %s an hour; expected 0 to %s", p.Other, MaxHour)
	}
	for m, h := range p.Hour {
		if h < 0 || h > MaxHour || !m.Enforced() {
			return evenkeel.Invalid("%s at %s an hour; expected an enforced measure and 0 to %s", m, h, MaxHour)
		}
	}
	return nil
}

// MaxHour is the highest price of an hour.
const MaxHour Millionths = 1_000_000 * million

const million = 1_000_000

// ParseMillionths reads an amount such as 0.0125: digits, and at most six decimals.
func ParseMillionths(s string) (Millionths, error) {
	whole, decimals, point := strings.Cut(s, ".")
	bad := evenkeel.Invalid("amount %.40q; expected digits such as 0.0125, with at most six decimals", s)
	if point && decimals == "" || len(decimals) > 6 || len(whole) > 12 || !digits(whole) || !digits("0"+decimals) {
		return 0, bad
	}
	n, err := strconv.ParseInt(whole+decimals+strings.Repeat("0", 6-len(decimals)), 10, 64)
	if err != nil {
		return 0, bad
	}
	return Millionths(n), nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String writes the amount as ParseMillionths reads it, with as few decimals as it takes.
func (m Millionths) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	s := fmt.Sprintf("%d.%06d", m/million, m%million)
	return sign + strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
