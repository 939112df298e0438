package learning

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Tally counts what became of the cases that one version of a rule found something in.
type Tally struct {
	Confirmed     int64 `json:"confirmed"`      // abuse
	Victims       int64 `json:"victims"`        // the machine was taken over: found rightly, and helped
	Mismatches    int64 `json:"mismatches"`     // found rightly, and allowed here
	False         int64 `json:"false"`          // not what it looked like
	Inconclusive  int64 `json:"inconclusive"`   // nobody could say
	Covered       int64 `json:"covered"`        // a flag covered it: nobody had to look
	Audited       int64 `json:"audited"`        // of the first four, those that were drawn by lot
	AuditedWrong  int64 `json:"audited_wrong"`  // of those, mismatches and false ones
	HumanSeconds  int64 `json:"human_seconds"`  // attention of persons, see Attention
	HumanMeasured int64 `json:"human_measured"` // cases that HumanSeconds is the sum of
}

// Add counts a case that was closed. Audited says that it was drawn by lot, and not because
// somebody complained.
func (t *Tally) Add(o evenkeel.Outcome, audited bool) { t.AddMany(o, audited, 1) }

// AddMany counts so many cases that were closed alike.
func (t *Tally) AddMany(o evenkeel.Outcome, audited bool, n int64) {
	switch o {
	case evenkeel.OutcomeConfirmed:
		t.Confirmed += n
	case evenkeel.OutcomeVictim:
		t.Victims += n
	case evenkeel.OutcomePolicyMismatch:
		t.Mismatches += n
	case evenkeel.OutcomeFalsePositive:
		t.False += n
	case evenkeel.OutcomeInconclusive:
		t.Inconclusive += n
		return
	case evenkeel.OutcomeCovered:
		t.Covered += n
		return
	default:
		return
	}
	if !audited {
		return
	}
	t.Audited += n
	if o.Cleared() {
		t.AuditedWrong += n
	}
}

// Spent counts how long people were busy with so many cases, in seconds.
func (t *Tally) Spent(seconds, cases int64) {
	t.HumanSeconds += seconds
	t.HumanMeasured += cases
}

// Cost is how long people were busy with a case on average; false where that was measured of none.
func (t Tally) Cost() (each time.Duration, known bool) {
	if t.HumanMeasured == 0 {
		return 0, false
	}
	return time.Duration(t.HumanSeconds/t.HumanMeasured) * time.Second, true
}

// Reviewed is how many of the cases a person came to a conclusion about.
func (t Tally) Reviewed() int64 { return t.Right() + t.Mismatches + t.False }

// Right is how many of them were found rightly and not allowed. A mismatch does not count: a
// measure would have met somebody who did what is allowed, however well the rule saw it.
func (t Tally) Right() int64 { return t.Confirmed + t.Victims }

// Sum adds the counts of another tally.
func (t Tally) Sum(o Tally) Tally {
	return Tally{
		t.Confirmed + o.Confirmed, t.Victims + o.Victims, t.Mismatches + o.Mismatches, t.False + o.False,
		t.Inconclusive + o.Inconclusive, t.Covered + o.Covered, t.Audited + o.Audited, t.AuditedWrong + o.AuditedWrong,
		t.HumanSeconds + o.HumanSeconds, t.HumanMeasured + o.HumanMeasured,
	}
}
