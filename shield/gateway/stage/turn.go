package stage

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cause is why a step ended where it did.
type Cause uint8

const (
	Calm         Cause = iota // nothing is wrong
	BackendAlone              // the backend is slow or fails, and visitors are as usual
	Demand                    // far more requests than usual, and the backend's capacity is short
	Overwhelmed               // ten times the capacity or more
	Newcomers                 // many new addresses, and capacity is short
	Strange                   // another kind of clients than usual
	CameBack                  // it went on as soon as the stage was lower
	BudgetSpent               // the absorb budget is spent
	AtMandate                 // more would be needed than the mandate allows
	Waits                     // the last rise was a moment ago
	Holds                     // the stage does enough
	Crowd                     // visitors solve what they are asked
	Lingers                   // what came is still there
	Resting                   // it is quiet, but not for long enough
	Rested                    // it was quiet for long enough
	Tried                     // it held for long, and whether it is needed is tried
	MandateOver               // the mandate ended
	MandateLower              // the mandate allows less than it did
	Elsewhere                 // another edge went up
	Restarted                 // the edge was started again, and took up what was before
)

var causes = [...]string{"calm", "backend-alone", "demand", "overwhelmed", "newcomers", "strange", "came-back", "budget-spent", "at-mandate",
	"waits", "holds", "crowd", "lingers", "resting", "rested", "tried", "mandate-over", "mandate-lower", "elsewhere", "restarted"}

// String returns the word of a cause, "invalid" where it is none.
func (c Cause) String() string {
	if int(c) < len(causes) {
		return causes[c]
	}
	return "invalid"
}

// Turn is what one step came to, with the figures that led there.
type Turn struct {
	Stage, From Stage
	Cause       Cause
	Pressed     bool // visitors bring harm, or are about to

	Offered, Passed, Failed, InFlight, Limit, Unknown, Contradictory uint32

	P95, UsualP95 time.Duration
	UsualFresh    float64       // new addresses a second
	Asked, Solved float64       // visitors, of about the last ten seconds
	Quiet         time.Duration // since anything pressed
	Spent, Budget Cost          // of about the last hour

	view view
}

// Changed says whether the stage is another than before.
func (t Turn) Changed() bool { return t.Stage != t.From }

// Usual returns how many requests a second are usual at this hour; Capacity how many the backend answers, as far as known; Fresh how many new addresses a second came.
func (t Turn) Usual() float64 { return t.view.usual }

// Capacity returns how many requests a second the backend answers, as far as that is known.
func (t Turn) Capacity() float64 { return t.view.capacity }

// Fresh returns how many new addresses a second came.
func (t Turn) Fresh() float64 { return t.view.fresh }

// Why says in one to three sentences what happened, with the figures. They stand in the tenant's notice.
func (t Turn) Why() string {
	says := []string{t.cause()}
	switch t.Cause {
	case Demand, Overwhelmed, Newcomers, Strange, CameBack, BudgetSpent, AtMandate, Restarted:
		if b := t.backend(); b != "" {
			says = append(says, b)
		}
	}
	if t.Changed() {
		says = append(says, does[t.Stage])
	}
	return strings.Join(says, " ")
}

var does = [...]string{
	Observe: "Every visitor is let in again.",
	Filter:  "Clients that cannot be what they say they are, and those that bring the load, are now asked for a little work; nobody else notices.",
	Cookie:  "Visitors without a token are now asked for a cookie, which browsers give by themselves.",
	Proof:   "The browsers of visitors without a token are now asked for a little work.",
	Queue:   "Visitors with a token and verified bots are let in from now on, and the others wait.",
	Page:    "Everybody sees the domain's own page from now on.",
}

func (t Turn) cause() string {
	switch t.Cause {
	case Calm:
		return fmt.Sprintf("%s requests came within the second, of %s that are usual at this hour.", count(t.Offered), rate(t.Usual()))
	case BackendAlone:
		return fmt.Sprintf("The backend has trouble while visitors are as usual (%s requests within the second, of %s): they are not the cause, and nobody is challenged.", count(t.Offered), rate(t.Usual()))
	case Demand:
		return fmt.Sprintf("%s requests came within the second, where %s are usual at this hour.", count(t.Offered), rate(t.Usual()))
	case Overwhelmed:
		return fmt.Sprintf("%s requests came within the second, where %s are usual and the backend answers about %s.", count(t.Offered), rate(t.Usual()), rate(t.Capacity()))
	case Newcomers:
		return fmt.Sprintf("%s addresses a second that were not here before sent requests, where %s are usual.", rate(t.Fresh()), rate(t.UsualFresh))
	case Strange:
		return fmt.Sprintf("Of %s requests, %s came from clients that are not usual here and %s from clients that contradict themselves.", count(t.Offered), count(t.Unknown), count(t.Contradictory))
	case CameBack:
		return fmt.Sprintf("It came back as soon as less was asked: %s requests within the second, where %s are usual.", count(t.Offered), rate(t.Usual()))
	case BudgetSpent:
		return fmt.Sprintf("Absorbing took %s within the hour, and the budget is %s: the stage that was chosen for this applies.", t.Spent.says(), t.Budget.says())
	case AtMandate:
		return fmt.Sprintf("%s requests came within the second, where %s are usual; %s is the strictest that is allowed here.", count(t.Offered), rate(t.Usual()), t.Stage)
	case Waits:
		return "The last change was less than " + RiseDwell.String() + " ago, and has to show what it does."
	case Holds:
		return fmt.Sprintf("%s requests came within the second and %s of them reached the backend: what is asked now is enough.", count(t.Offered), count(t.Passed))
	case Crowd:
		return fmt.Sprintf("%s requests came within the second, but of %s visitors who were asked %s solved it: these are people, and no more is asked of them.", count(t.Offered), rate(t.Asked), rate(t.Solved))
	case Lingers:
		return fmt.Sprintf("%s requests still come within the second, where %s are usual.", count(t.Offered), rate(t.Usual()))
	case Resting:
		return fmt.Sprintf("It has been quiet for %s.", t.Quiet.Round(time.Second))
	case Rested:
		return fmt.Sprintf("It has been quiet for %s, with %s requests within the second.", t.Quiet.Round(time.Second), count(t.Offered))
	case Tried:
		return fmt.Sprintf("The backend has not been short of capacity for %s; whether this is still needed is tried.", MostHold)
	case MandateOver:
		return "The permission to act by itself at this domain has ended."
	case Elsewhere:
		return "Another edge that serves this domain went up to " + t.Stage.String() + ", and the domain has one stage at all of them."
	case Restarted:
		if !t.Changed() {
			return "The edge was started again, and goes on at the stage at which the domain was."
		}
		return fmt.Sprintf("The edge was started again, and what was here before the restart came again: %s requests within the second, where %s are usual.", count(t.Offered), rate(t.Usual()))
	case MandateLower:
		return "What may be done at this domain was lowered to " + t.Stage.String() + "."
	}
	return "The cause is not known."
}

// backend says what is wrong with it; empty where nothing is.
func (t Turn) backend() string {
	var says []string
	if t.view.full {
		says = append(says, fmt.Sprintf("has %s of %s requests in flight", count(t.InFlight), count(t.Limit)))
	}
	if t.view.slow && t.UsualP95 > 0 {
		says = append(says, fmt.Sprintf("takes %s for 95 %% of its answers, where %s is usual", brief(t.P95), brief(t.UsualP95)))
	} else if t.view.slow {
		says = append(says, fmt.Sprintf("takes %s for 95 %% of its answers", brief(t.P95)))
	}
	if t.view.failing {
		says = append(says, fmt.Sprintf("failed %s of %s requests", count(t.Failed), count(t.Passed)))
	}
	if len(says) == 0 {
		return ""
	}
	return "The backend " + strings.Join(says, " and ") + "."
}

func (c Cost) says() string {
	var says []string
	if c.CPU > 0 {
		says = append(says, brief(c.CPU)+" of CPU time")
	}
	if c.Bytes > 0 {
		says = append(says, bytes(c.Bytes))
	}
	if c.Backend > 0 {
		says = append(says, brief(c.Backend)+" of the backend")
	}
	if len(says) == 0 {
		return "nothing"
	}
	return strings.Join(says, ", ")
}

func bytes(n uint64) string {
	for _, u := range [...]struct {
		size uint64
		word string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if n >= u.size {
			return strconv.FormatFloat(float64(n)/float64(u.size), 'f', 1, 64) + " " + u.word
		}
	}
	return strconv.FormatUint(n, 10) + " B"
}

func brief(d time.Duration) string {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// count writes a number with commas between thousands.
func count(n uint32) string {
	s := strconv.FormatUint(uint64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rate writes a number as a person says it: no decimals from ten on.
func rate(x float64) string {
	if x >= 9.95 {
		return count(uint32(min(x+0.5, 4e9)))
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
