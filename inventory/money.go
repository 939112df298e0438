package inventory

import (
	"math"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// micro is an amount of money in millionths of its currency.
type micro int64

// maxDigits is the greatest number of digits before the point: 999 999 999 999 is more
// than any customer pays in any currency, and leaves room to add.
const (
	maxDigits   = 12
	maxDecimals = 6
)

// parseMoney reads a decimal such as "12.50" or "-3": an optional minus, 1 to 12 digits,
// and optionally a point with 1 to 6 digits. It is exact. Anything else (a plus sign, a
// comma, an exponent, spaces) is an error of KindInvalid.
func parseMoney(field, s string) (micro, error) {
	text, minus := strings.CutPrefix(s, "-")
	whole, part, point := strings.Cut(text, ".")
	if !digits(whole, maxDigits) || (point && !digits(part, maxDecimals)) {
		return 0, evenkeel.Invalid("%s %.40q: expected a decimal such as 12.50, with at most %d digits before the point and %d after it",
			field, s, maxDigits, maxDecimals)
	}
	var m micro
	for i := range len(whole) {
		m = m*10 + micro(whole[i]-'0')
	}
	for i := range maxDecimals {
		m *= 10
		if i < len(part) {
			m += micro(part[i] - '0')
		}
	}
	if minus {
		m = -m
	}
	return m, nil
}

func digits(s string, most int) bool {
	if len(s) < 1 || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// plus adds; false where the sum is out of range.
func (m micro) plus(n micro) (micro, bool) {
	if (n > 0 && m > math.MaxInt64-n) || (n < 0 && m < math.MinInt64-n) {
		return 0, false
	}
	return m + n, true
}

// units returns the amount in units of its currency.
func (m micro) units() float64 { return float64(m) / 1e6 }

// checkCurrency accepts three capital letters (ISO 4217), or nothing: not told.
func checkCurrency(s string) error {
	ok := s == "" || len(s) == 3
	for i := range len(s) {
		ok = ok && s[i] >= 'A' && s[i] <= 'Z'
	}
	if !ok {
		return evenkeel.Invalid("currency %.40q: expected three capital letters such as EUR", s)
	}
	return nil
}
