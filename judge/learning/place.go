package learning

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
)

// How long, and for how many hits, a version is watched in shadow before people are asked by it. A
// rule that seldom finds something is watched for longer instead.
const (
	ShadowFor  = 7 * 24 * time.Hour
	ShadowHits = 5
	ShadowLong = 30 * 24 * time.Hour
)

// How long, and with how many cases that were reviewed since, a version acts for a share of the tenants before it
// acts for all: those that brought it there do not count again.
const (
	CanaryFor   = 7 * 24 * time.Hour
	CanaryCases = 5
)

// UsualShare is for how many tenants a version acts at the stage of canary, where the policy does not say.
const UsualShare Permille = 100

// Backtest is what a version of a rule found over recorded time, by what the books know of the tenants
// whom it met.
type Backtest struct {
	From     evenkeel.Moment `json:"from"` // of the records
	Until    evenkeel.Moment `json:"until"`
	Hits     int64           `json:"hits"`               // final findings
	Wanted   int64           `json:"wanted,omitempty"`   // of them, those of a case that was confirmed, or of a victim
	Unwanted int64           `json:"unwanted,omitempty"` // those of a case that was cleared
}

// Unknown is how many hits no closed case says anything about.
func (b *Backtest) Unknown() int64 { return b.Hits - b.Wanted - b.Unwanted }

// Check says what is wrong with it, or nil.
func (b *Backtest) Check() error {
	if b.From == 0 || b.Until <= b.From || b.Wanted < 0 || b.Unwanted < 0 || b.Unknown() < 0 {
		return evenkeel.Invalid("backtest from %s until %s with %d hits, %d wanted and %d unwanted; expected a time that ends after it begins, and no more of them than there are hits",
			b.From, b.Until, b.Hits, b.Wanted, b.Unwanted)
	}
	return nil
}

// Place is where a version of a rule stands, and what is known of it there.
type Place struct {
	Stage    Stage
	Since    evenkeel.Moment  // it stands there
	UpTo     evenkeel.Measure // the highest measure that a machine takes by it at canary and live
	Earned   bool             // a person brought it there: what it had to show it has to show still
	Backtest *Backtest        // nil: none is known
	Reviewed int64            // cases that were reviewed when it came there
}

// Step says whether a person may bring a version to a stage, or what is missing, in numbers. Down it may
// go at any moment; up, one stage at a time. Hits are those in shadow since it stands there.
func (p *Place) Step(to Stage, upTo evenkeel.Measure, now evenkeel.Moment, hits int64, record Tally) (ok bool, missing string) {
	next := p.Stage.Next()
	switch {
	case to < p.Stage:
		return true, ""
	case to > p.Stage && to != next:
		return false, fmt.Sprintf("%s comes after %s: one stage at a time.", next, p.Stage)
	}
	switch to {
	case StageBacktest, StageShadow:
		if p.Backtest == nil {
			return false, "A backtest is missing: what it finds over recorded time is to be known first."
		}
	case StageConfirm:
		if p.Stage == StageShadow {
			return watched(now.Sub(p.Since), hits)
		}
	case StageCanary, StageLive:
		if ok, missing := shown(upTo, record); !ok || p.Stage != StageCanary || to != StageLive {
			return ok, missing
		}
		return tried(now.Sub(p.Since), record.Reviewed()-p.Reviewed)
	}
	return true, ""
}

// tried says whether a version acted for a share of the tenants for long enough: what brought it to the canary
// was found while persons confirmed, and says nothing of what it does by itself.
func tried(lasts time.Duration, cases int64) (ok bool, missing string) {
	if lasts >= CanaryFor && cases >= CanaryCases {
		return true, ""
	}
	const day = 24 * time.Hour
	return false, fmt.Sprintf("At canary for %s it has %s since: %d days and %d cases are needed.", several(int64(lasts/day), "day"), several(cases, "reviewed case"), CanaryFor/day, CanaryCases)
}

// Doubtful says whether most of what was found over recorded time met somebody who had done nothing wrong.
func (b *Backtest) Doubtful() bool { return b != nil && 2*b.Unwanted > b.Hits }

// watched says whether a version was in shadow for long enough.
func watched(lasts time.Duration, hits int64) (ok bool, missing string) {
	if lasts >= ShadowLong || lasts >= ShadowFor && hits >= ShadowHits {
		return true, ""
	}
	const day = 24 * time.Hour
	return false, fmt.Sprintf("In shadow for %d days it found something %d times: %d days and %d times are needed, or %d days.",
		lasts/day, hits, ShadowFor/day, ShadowHits, ShadowLong/day)
}

// shown says whether a record lets a machine take a measure, with the numbers of cases.
func shown(m evenkeel.Measure, record Tally) (ok bool, missing string) {
	if ok, why := Gate(record, m); ok || Missing(record, m) < 0 {
		return ok, why
	}
	share, _ := Needs(m)
	wrong, more := record.Reviewed()-record.Right(), Missing(record, m)
	none := Missing(Tally{}, m)
	if wrong == 0 {
		return false, fmt.Sprintf("%s takes %s at least: %d reviewed cases without a wrong one are needed, %s there, %s missing.", m, share, none, are(record.Reviewed()), are(more))
	}
	if record.Reviewed() == 1 {
		return false, fmt.Sprintf("%s takes %s at least: 1 reviewed case is there, and it was wrong, which shows %s; %d more that are right in a row are missing.", m, share, record.Bound(), more)
	}
	return false, fmt.Sprintf("%s takes %s at least: %d reviewed cases are there, %d of them wrong, which shows %s; %d more that are right in a row are missing.",
		m, share, record.Reviewed(), wrong, record.Bound(), more)
}

// several is a number of something, and are that number with its verb.
func several(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func are(n int64) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}
