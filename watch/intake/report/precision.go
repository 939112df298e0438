package report

import (
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/wilson"
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
// confirmed and none false give 0.80.
func (p *Precision) LowerBound() float64 { return float64(p.counted().Low()) / float64(wilson.One) }

// UpperBound returns the upper end of the same interval; 1 where there is no verdict yet. None
// confirmed and nine false give 0.30.
func (p *Precision) UpperBound() float64 { return float64(p.counted().High()) / float64(wilson.One) }

// Below says whether the upper end is less than a share, 0 to 1: whether it is as good as sure that
// less than that is right.
func (p *Precision) Below(share float64) bool {
	return p.counted().Below(wilson.Share(math.Round(share * float64(wilson.One))))
}

func (p *Precision) counted() wilson.Count {
	return wilson.Count{Right: int64(p.Confirmed), Wrong: int64(p.False)}
}
