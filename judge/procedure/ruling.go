package procedure

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Ruling is what procedure makes of a proposal.
type Ruling struct {
	Verdict Verdict
	Measure evenkeel.Measure // that takes effect now (Enter), or at From (Hold); else none
	Assets  []evenkeel.AssetID
	From    evenkeel.Moment
	Until   evenkeel.Moment
	// Supersedes are the decisions of the case in whose place this one comes.
	Supersedes []evenkeel.DecisionID
	Case       evenkeel.CaseState // that the case goes to; 0: it stays as it is
	Outcome    evenkeel.Outcome   // with CaseClosed; with CaseReopened the one that it had
	Start      []docket.Clock     // a hearing gets the id of its decision from the judge
	Calls      []Call             // to people of the operator
	Why        []string           // a sentence each
}

// Verdict is what may happen with a proposal.
type Verdict uint8

// The verdicts.
const (
	Note     Verdict = iota // nothing new: what stands is enough
	Enter                   // take effect now
	Hold                    // take effect at a later time, if nobody says otherwise
	Person                  // a person has to decide
	Suppress                // a flag covers it: recorded only
	Refuse                  // it may not be done
)

// Effect is what follows from an act, or from a clock that ran out: intentions, which the
// judge carries out in one transaction.
type Effect struct {
	At      evenkeel.Moment
	Case    evenkeel.CaseState // 0: stays
	Outcome evenkeel.Outcome   // with CaseClosed; with CaseReopened the one that it had
	Turns   []Turn
	Instead []Instead
	Start   []docket.Clock
	Stop    []docket.Clock // with Ended and Because
	Grants  []evenkeel.Flag
	Revoke  *evenkeel.Flag // as it is once it is revoked
	Spoke   bool           // the tenant spoke and waits for a person
	Decided bool           // a person decided: our clock stops
	Says    []string       // sentences for the timeline
	Calls   []Call         // to people of the operator
	Remind  []Reminded     // of what the tenant is reminded
	// Appealed is the decision that the tenant appeals against, and Answered says that a person
	// has decided on an appeal.
	Appealed evenkeel.DecisionID
	Answered bool
	// Unreached is the decision under which a way to the data is cut: the tenant is told.
	Unreached evenkeel.DecisionID
	Exhausted bool // persons have decided often enough on appeals against Appealed: what is said is a message
}

// Turn is a decision that changes its state.
type Turn struct {
	Decision evenkeel.DecisionID
	To       evenkeel.DecisionState
	At       evenkeel.Moment
	Until    evenkeel.Moment // of one that takes effect: its new end; 0 keeps it
	Why      string
}

// Instead is a new decision in the place of one that stands, or, where that was superseded
// already, one of its own on the same grounds.
type Instead struct {
	Of      evenkeel.DecisionID
	Measure evenkeel.Measure
	At      evenkeel.Moment
	Until   evenkeel.Moment
	Assets  []evenkeel.AssetID // nil: those of the other
	Why     string             // a sentence for the timeline
	Says    string             // the person's reason; "" where a clock ran out
	Wanted  evenkeel.Measure   // by persons, where that was more than the other wanted; none: as that
	Rest    bool               // what is left of the other on fewer assets, by whom that was
	Beside  bool               // the other stands on, of what this one is not about
	Anew    *policy.Proposal   // what the grounds were weighed for once more, as of At; nil: they were not
}
