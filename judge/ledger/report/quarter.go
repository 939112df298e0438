package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Quarter is three months of a year, in UTC.
type Quarter struct {
	Year   int // 1970 to 2199
	Number int // 1 to 4
}

// ParseQuarter reads a quarter such as 2026Q4. KindInvalid where it is none.
func ParseQuarter(s string) (Quarter, error) {
	year, number, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(s)), "Q")
	y, bad := strconv.Atoi(year)
	n, worse := strconv.Atoi(number)
	q := Quarter{y, n}
	if bad != nil || worse != nil || y < 1970 || y > 2199 || n < 1 || n > 4 || q.String() != strings.ToUpper(strings.TrimSpace(s)) {
		return Quarter{}, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("quarter %.20q; expected a year and one of Q1 to Q4", s), Hint: "write it such as 2026Q4",
		}
	}
	return q, nil
}

// QuarterOf is the quarter in which a moment lies.
func QuarterOf(at time.Time) Quarter {
	at = at.UTC()
	return Quarter{at.Year(), (int(at.Month())-1)/3 + 1}
}

// String is the quarter such as 2026Q4.
func (q Quarter) String() string { return fmt.Sprintf("%dQ%d", q.Year, q.Number) }

// From is its first moment.
func (q Quarter) From() evenkeel.Moment { return q.month(0) }

// Until is the first moment after it.
func (q Quarter) Until() evenkeel.Moment { return q.month(3) }

func (q Quarter) month(after int) evenkeel.Moment {
	return evenkeel.MomentOf(time.Date(q.Year, time.Month(3*q.Number-2+after), 1, 0, 0, 0, 0, time.UTC))
}

// has says whether a moment lies in it.
func (q Quarter) has(at evenkeel.Moment) bool { return at >= q.From() && at < q.Until() }
