package policy

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
)

// MaxDocument is how many bytes a document may have.
const MaxDocument = 64 << 10

// The other bounds of a document.
const (
	mostFaults     = 100
	mostVersion    = 1 << 20
	mostSafeguards = 32
	mostFamilies   = 64
	mostWants      = 16
	mostRows       = 16 // of what is earned
	mostPhrases    = 32 // criteria of a family and rows of its tighter, keeps or params of a measure
	mostMachines   = 100_000
	maxWords       = 2000 // bytes of a text for people
	maxAbout       = 8000
	maxExpression  = 2000 // bytes
	maxCost        = 2000 // steps, see ternary.Expr.Cost
	mostClock      = 366 * day
	mostLongest    = 90 * day
	mostAhead      = 90 * day
	mostStaged     = 256 // rules to confirm, and rules on trial
	mostGranted    = 64  // announced bursts of a tenant that are not over
	mostNotCovered = 5   // reasons why flags do not cover a finding
)

// longestLease is how long a measure may stand that a machine enters: a lease is a lease, and
// what is enforced has to be looked at within a day.
func longestLease(m evenkeel.Measure) time.Duration {
	if m.Enforced() {
		return day
	}
	return 30 * day
}

// boundTexts says the bounds in words, for the reference.
func boundTexts() []string {
	return []string{
		fmt.Sprintf("a document has at most %d KiB, %d safeguards and %d families", MaxDocument>>10, mostSafeguards, mostFamilies),
		fmt.Sprintf("a family has at most %d rows of `wants` and %d criteria; a measure keeps at most %d things and has as many params", mostWants, mostPhrases, mostPhrases),
		fmt.Sprintf("a lease is more than 0 and at most %s for notify, %s for every other measure; a hearing is shorter than the lease", long(longestLease(evenkeel.MeasureNotify)), long(longestLease(evenkeel.MeasureThrottle))),
		fmt.Sprintf("a clock is more than 0 and at most %s; `our_answer` is at most %s, `appeal` at least %s, `appeal_answer` at most %s, `retrieval` at least %s",
			long(mostClock), long(MostOurAnswer), long(LeastAppeal), long(MostAppealAnswer), long(LeastRetrieval)),
		fmt.Sprintf("in a document that is live `tenant_answer` and each of `answers` are at least %s, `page` is at most %s and `second_level` %s, `latch` is at least %s, and isolate against harm compute has a `hearing` of at least %s",
			long(LeastTenantAnswer), long(MostPage), long(MostSecondLevel), long(LeastLatch), long(LeastHearing)),
		fmt.Sprintf("an announced burst lasts at most %s and begins within %s, whatever `longest` and `ahead` say; `earned` has at most %d rows of at most %d machines", long(mostLongest), long(mostAhead), mostRows, mostMachines),
		governorText(),
		fmt.Sprintf("an expression has at most %d bytes and costs at most %d steps; a text has at most %d bytes, `about` %d", maxExpression, maxCost, maxWords, maxAbout),
	}
}
