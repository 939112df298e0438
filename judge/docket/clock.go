package docket

import (
	"cmp"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Clock is one row of what is due: for whom it runs, since when, until when, and what
// follows when it runs out. A case has at most one running clock of a kind for a decision.
type Clock struct {
	Case     evenkeel.CaseID     `json:"case"`
	Decision evenkeel.DecisionID `json:"decision,omitempty"`
	Kind     ClockKind           `json:"kind"`
	Started  evenkeel.Moment     `json:"started"`
	Due      evenkeel.Moment     `json:"due"`
	Paused   string              `json:"paused,omitempty"` // why it does not run
	PausedAt evenkeel.Moment     `json:"paused_at,omitempty"`
	Extended evenkeel.Moment     `json:"extended,omitempty"` // when the tenant asked for more time, which it may once
	Renewed  evenkeel.PersonID   `json:"renewed,omitempty"`  // who put the step down off, which one may once; of ClockWay, who found out why
	Found    evenkeel.Moment     `json:"found,omitempty"`    // of ClockLease: when what a machine's measure is about was last found since it began
	Stood    time.Duration       `json:"stood,omitempty"`    // how long it stood still before it ran on; not a pause that goes on
	PutOff   evenkeel.Moment     `json:"put_off,omitempty"`  // time leapt over Due: it runs out then instead, unless time goes back
	About    ActKind             `json:"about,omitempty"`    // of ClockUrgent: what the contact said, down or answered; invalid in rows of before
	// Heard is of ClockAppealAnswer: who decided on the appeals against the same decision before, and
	// on this one once somebody has; for each who did, one or those who did it together.
	Heard   [][]evenkeel.PersonID `json:"heard,omitempty"`
	Breach  string                `json:"breach"`          // what follows, as a sentence for people: nothing is read from it
	Ended   evenkeel.Moment       `json:"ended,omitempty"` // 0 while it runs
	Because string                `json:"because,omitempty"`
}

// PutOffFor is how long before a clock that was put off runs out that was done: so long has a person to set
// the machine's clock right.
const PutOffFor = 24 * time.Hour

// RunsOut is when the clock runs out, as of a moment. Where it was put off and time has gone back behind that since, it is
// due as it was.
func (k *Clock) RunsOut(at evenkeel.Moment) evenkeel.Moment {
	if k.PutOff != 0 && at >= k.PutOff.Add(-PutOffFor) {
		return max(k.Due, k.PutOff)
	}
	return k.Due
}

// ClockKind says whose time it is.
type ClockKind uint8

// The kinds of clock.
const (
	ClockLease        ClockKind = iota + 1 // a decision in force, until it lapses
	ClockHearing                           // a held decision, until it is entered
	ClockTenantAnswer                      // the tenant is asked
	ClockOurAnswer                         // the tenant has spoken and a person has to decide
	ClockAppeal                            // a decision that restricted can be appealed against; it runs on in closed cases
	ClockJoined                            // a notice in force, until it names what joined it meanwhile
	ClockReview                            // something is proposed, until a person has to be called again
	ClockQuiet                             // nothing stands and nobody waits, until the case closes by itself
	ClockSecond                            // a person was drawn, until another is
	ClockPage                              // the tenant has spoken, until whoever is on call is called
	ClockSecondLevel                       // the same, until the second level is
	ClockAppealAnswer                      // the decision was appealed, until a person has decided on that
	ClockUrgent                            // a contact said that production is down or that all was answered, until a person decides
	ClockUnheard                           // nobody was told of what is held, until it is looked at again whether somebody was
	ClockDesk                              // the tenant's answer could lead to a suspension, until it is looked at again whether we are at work
	ClockRetrieval                         // the contract ends, until data cannot be fetched any more
	ClockReminder                          // the tenant is asked or heard, until it is reminded, with contacts who were not written to yet
	ClockCredit                            // a credit is proposed, until the lead is called; it runs in closed cases too
	ClockWay                               // a way to the data brought nothing under a decision, until that steps down; or, where a person found why, until people are called again; in closed cases too
	ClockWithheld                          // access to the data is withheld by lawful order, until it is given back
	ClockLot                               // what a lot opened again has to be cleared or closed by a person, until the lead is called again
)

var clockKinds = [...]string{
	ClockLease: "lease", ClockHearing: "hearing", ClockTenantAnswer: "tenant_answer", ClockOurAnswer: "our_answer", ClockAppeal: "appeal",
	ClockJoined: "joined", ClockReview: "review", ClockQuiet: "quiet", ClockSecond: "second", ClockPage: "page", ClockSecondLevel: "second_level",
	ClockAppealAnswer: "appeal_answer", ClockUrgent: "urgent", ClockUnheard: "unheard", ClockDesk: "desk", ClockRetrieval: "retrieval", ClockReminder: "reminder", ClockCredit: "credit",
	ClockWay:      "way",
	ClockWithheld: "withheld", ClockLot: "lot",
}

// Beside says whether a clock is one of a pair: it calls people, or looks, while another one
// runs whose end a person has to meet or to know. A row shows the other one.
func (k ClockKind) Beside() bool {
	switch k {
	case ClockPage, ClockSecondLevel, ClockUrgent, ClockUnheard, ClockDesk, ClockReminder:
		return true
	}
	return false
}

// Shows says whether a row shows a clock and is ordered by it: not what is beside another one, nor, where the tenant waits
// for a person, the time that it has itself. That would end as it answers, and its case move back by its own words.
func (k ClockKind) Shows(waits bool) bool { return !k.Beside() && !(waits && k == ClockTenantAnswer) }

// Outlives says whether a clock runs on where its case is closed, whatever that was closed as: what a tenant
// is owed, what a court ordered, and the time to appeal do not end with it. (A clearance leaves nothing to appeal
// against, and ends that.)
func (k ClockKind) Outlives() bool { return k == ClockCredit || k == ClockWithheld || k == ClockAppeal }

// InForce says whether a clock runs for as long as what it is about is in force.
func (k ClockKind) InForce() bool { return k == ClockLease || k == ClockWay || k == ClockWithheld }

// String returns the kind's word, such as "our_answer".
func (k ClockKind) String() string {
	if int(k) >= len(clockKinds) || clockKinds[k] == "" {
		return "invalid"
	}
	return clockKinds[k]
}

// ParseClockKind reads the word.
func ParseClockKind(s string) (ClockKind, error) {
	return parseWord[ClockKind]("clock", clockKinds[:], s)
}

// MarshalText writes String.
func (k ClockKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word.
func (k *ClockKind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseClockKind(string(b))
	return err
}

// parseWord finds the enumerated value of a word, or says what was expected.
func parseWord[E ~uint8](what string, words []string, s string) (E, error) {
	known := ""
	for i, w := range words {
		if w == "" {
			continue
		}
		if w == s {
			return E(i), nil
		}
		if known != "" {
			known += ", "
		}
		known += w
	}
	return 0, evenkeel.Invalid("%s %q; expected one of %s", what, s, known)
}

// CompareClocks orders clocks by what is due first, then by kind and decision.
func CompareClocks(a, b Clock) int {
	return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Decision, b.Decision))
}
