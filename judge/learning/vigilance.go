package learning

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Audit is how many cases that nobody appealed are looked at all the same, and how whoever looks is
// looked at in turn.
type Audit struct {
	Share    Permille // of the cases that were closed
	Controls Permille // of what a person is asked: cases that are known to be innocent; at most half
	Limit    Permille // of these, how many a person may find guilty before the lead is called
}

// UsualAudit is what holds where a policy says nothing. Five known ones of a hundred are F17 of the
// study of procedure. One miss in ten is between what searchers miss of what is there half of the time, 7 %,
// and of what is there in one case of ten, 16 % (Wolfe et al., PMC3848386).
var UsualAudit = Audit{Share: 20, Controls: 50, Limit: 100}

// Known says whether somebody is asked about a known case when a case is closed that nobody appealed: as
// often as of all that people are then asked the share is Controls, one to nineteen others for 5 %.
func Known(closed evenkeel.CaseID, nonce string, a Audit) bool {
	controls := min(max(a.Controls, 0), 500)
	return falls(uint64(min(max(a.Share, 0), 1000)*controls), uint64(1000*(1000-controls)), "evenkeel control 2", string(closed), nonce)
}

// opensWithin is how long after a case is closed whoever the lot fell on is asked at most.
const opensWithin = 24 * time.Hour

// Opens is when somebody is asked whom a lot fell on that was drawn at a moment: by the nonce, within a
// day, on the full minute. So neither the moment tells which case was closed then, nor is it seen of two
// lots that were drawn over the same closing that they were.
func Opens(at evenkeel.Moment, nonce string) evenkeel.Moment {
	minute := evenkeel.Moment(time.Minute)
	opens := at.Add(time.Duration(1+Pick("opens "+nonce, int(opensWithin/time.Minute))) * time.Minute)
	return opens - (opens%minute+minute)%minute
}

// Pick draws one of n by a nonce that is written down; n is at least 1.
func Pick(nonce string, n int) int {
	sum := sha256.Sum256([]byte("evenkeel pick 1\n" + nonce))
	var rest uint64
	for _, b := range sum { // of 256 bits, so that no remainder is favoured by more than 2^-190
		rest = (rest<<8 | uint64(b)) % uint64(n)
	}
	return int(rest)
}

// NameOf derives from a nonce the id under which somebody is asked: it tells nothing of the case,
// nor whether it is a known one.
func NameOf(nonce string, c evenkeel.CaseID) string {
	sum := sha256.Sum256([]byte("evenkeel audit name 1\n" + string(c) + "\n" + nonce))
	return "au-" + hex.EncodeToString(sum[:10])
}

// Vigilance is how often a person found somebody guilty of whom it is known that they are not.
type Vigilance struct {
	Controls int64 `json:"controls"` // known cases that the person judged
	Missed   int64 `json:"missed"`   // of these, found guilty
}

// Count adds the verdict on a known case. Whoever says that nothing could be found out has not
// found anybody guilty.
func (v *Vigilance) Count(found evenkeel.Outcome) {
	v.Controls++
	if Guilty(found) {
		v.Missed++
	}
}

// Guilty says whether an outcome lets stand what was done to the tenant.
func Guilty(o evenkeel.Outcome) bool {
	return o == evenkeel.OutcomeConfirmed || o == evenkeel.OutcomeVictim
}

// LeastControls is how many known cases it takes before anything is said about a person: one miss
// is nobody's habit.
const LeastControls = 5

// Bound is the lower end of the Wilson 95 % interval of misses, rounded down to thousandths.
func (v Vigilance) Bound() Permille { return v.tally().Bound() }

// High is the upper end of it, rounded up.
func (v Vigilance) High() Permille {
	return 1000 - Tally{Confirmed: v.Controls - v.Missed, False: v.Missed}.Bound()
}

// Alarm says whether a person misses more than a share, as surely as one can say it: the lower
// end of the interval is at least the share.
func (v Vigilance) Alarm(limit Permille) bool {
	return v.Controls >= LeastControls && limit > 0 && v.tally().AtLeast(limit)
}

func (v Vigilance) tally() Tally { return Tally{Confirmed: v.Missed, False: v.Controls - v.Missed} }
