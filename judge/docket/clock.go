package docket

import (
	"cmp"

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
	Breach   string              `json:"breach"`           // what follows, as a sentence
	Ended    evenkeel.Moment     `json:"ended,omitempty"`  // 0 while it runs
	Because  string              `json:"because,omitempty"`
}

// ClockKind says whose time it is.
type ClockKind uint8

// The kinds of clock.
const (
	ClockLease        ClockKind = iota + 1 // a decision in force, until it lapses
	ClockHearing                           // a held decision, until it is entered
	ClockTenantAnswer                      // the tenant is asked
	ClockOurAnswer                         // the tenant has spoken and a person has to decide
	ClockAppeal                            // the decision can be appealed
	ClockJoined                            // a notice in force, until it names what joined it meanwhile
	ClockReview                            // something is proposed, until a person has to be called again
	ClockQuiet                             // nothing stands and nobody waits, until the case closes by itself
	ClockSecond                            // a person was drawn, until another is
)

var clockKinds = [...]string{
	ClockLease: "lease", ClockHearing: "hearing", ClockTenantAnswer: "tenant_answer", ClockOurAnswer: "our_answer", ClockAppeal: "appeal",
	ClockJoined: "joined", ClockReview: "review", ClockQuiet: "quiet", ClockSecond: "second",
}

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
