package report

import (
	"math"

	"github.com/evenkeel/evenkeel"
)

// Precision counts what became of the reports of one reporter, by domain. The zero value is
// ready.
type Precision struct {
	Confirmed int `json:"confirmed"` // cases closed as abuse, or as a machine that was taken over: the report was right
	False     int `json:"false"`     // cases that a person closed as a false positive
	Other     int `json:"other"`     // closed without saying which
}

// Count adds the outcome of a case that a report of theirs opened.
func (p *Precision) Count(o evenkeel.Outcome) {
	switch o {
	case evenkeel.OutcomeConfirmed, evenkeel.OutcomeVictim:
		p.Confirmed++
	case evenkeel.OutcomeFalsePositive:
		p.False++
	default:
		p.Other++
	}
}

// LowerBound returns the lower end of Wilson's 95 % interval (two-sided) of the share of
// confirmed reports among those with a verdict, 0 to 1; 0 where there is none yet. Sixteen
// confirmed and none false give 0.80 (E. B. Wilson, 1927).
func (p *Precision) LowerBound() float64 {
	const z = 1.959963984540054
	n := float64(p.Confirmed + p.False)
	if p.Confirmed == 0 { // the formula gives 0, and floating point sometimes a little more
		return 0
	}
	share := float64(p.Confirmed) / n
	middle := share + float64(z*z)/(2*n)
	half := z * math.Sqrt(float64(float64(share*(1-share))/n)+float64(z*z)/float64(4*n*n))
	return max(0, (middle-half)/(1+float64(z*z)/n))
}

// UpperBound returns the upper end of the same interval; 1 where there is no verdict yet. None
// confirmed and nine false give 0.30.
func (p *Precision) UpperBound() float64 {
	return 1 - (&Precision{Confirmed: p.False, False: p.Confirmed}).LowerBound()
}
