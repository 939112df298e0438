package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// Key is a tenant's key for commitments. Once it is erased, nobody can tell any more what
// or whom a leaf is about.
type Key [32]byte

// NewKey makes a key of what random gives.
func NewKey(random io.Reader) (k Key, err error) {
	if _, err := io.ReadFull(random, k[:]); err != nil {
		return Key{}, fmt.Errorf("make a key for commitments: %w", err)
	}
	return k, nil
}

// Subject is the commitment to a case: the same for all leaves of the case, and zero where
// there is none. It is HMAC-SHA256 under the key of "evenkeel ledger subject 1\n" and the id.
func (k Key) Subject(c evenkeel.CaseID) tlog.Hash {
	if c == "" {
		return tlog.Hash{}
	}
	return k.commit("subject", []byte(c))
}

// Content is the commitment to a value: HMAC-SHA256 under the key of
// "evenkeel ledger content 1\n" and the value as JSON.
func (k Key) Content(value []byte) tlog.Hash { return k.commit("content", value) }

func (k Key) commit(what string, data []byte) (h tlog.Hash) {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("evenkeel ledger " + what + " 1\n"))
	mac.Write(data)
	mac.Sum(h[:0])
	return h
}

// Leaf is one line of the log. It holds no personal data and no id: what it is
// about is committed to under the tenant's key.
type Leaf struct {
	At     evenkeel.Moment
	Kind   Kind
	Family string // of rules
	Policy string // digest in force
	// Of decisions.
	Measure evenkeel.Measure
	Wanted  evenkeel.Measure
	State   evenkeel.DecisionState
	Mode    evenkeel.Mode
	From    evenkeel.Moment
	Until   evenkeel.Moment
	Assets  int
	Machine bool // no person took part
	// Of cases.
	Case    evenkeel.CaseState
	Outcome evenkeel.Outcome
	// Of acts.
	Tenant bool // the tenant's own; else a person of the operator acted

	// Of version 2 of the form; a leaf that has none of these is written as version 1.
	Rule     string    // of decisions: the rule that it rests on first
	Version  int       // of that rule
	Persons  int       // of decisions: how many persons brought it into this state; 0: a machine or a clock
	Act      string    // of acts: the word of what was done, such as "answer"
	Minutes  int       // of credits: what is made good, in minutes of one asset each; of cases that were closed: for how many people were busy with it
	Amount   int       // of credits: in hundredths of the currency
	Currency string    // of credits
	Decision tlog.Hash // commitment to the decision's id: the same for all leaves of a decision

	Subject tlog.Hash // commitment to the case's id: the same for all leaves of a case; zero where it is about none
	Content tlog.Hash // commitment to the whole value

	// whole is the value that Content commits to, as JSON: no part of the leaf. Seal hands
	// it on, so that a store keeps it beside the leaf.
	whole string
}

// Kind says what a leaf is about.
type Kind uint8

// The kinds of leaf. Words are part of the stored form: only append.
const (
	KindDecision Kind = iota + 1 // a decision was made or changed its state
	KindCase                     // a case was opened or changed its state
	KindFlag                     // a flag was granted or revoked
	KindAct                      // somebody acted or spoke
	KindPolicy                   // a policy or a set of rules came into force
	KindCredit                   // minutes were made good; of version 2 only
	KindReview                   // two persons were asked, somebody was drawn, or a verdict came
	KindStaff                    // somebody was invited, enrolled, got a role or lost one
)

var kinds = [...]string{
	KindDecision: "decision", KindCase: "case", KindFlag: "flag", KindAct: "act", KindPolicy: "policy", KindCredit: "credit", KindReview: "review",
	KindStaff: "staff",
}

// String returns decision, case, flag, act, policy, credit, review or staff.
func (k Kind) String() string {
	if int(k) >= len(kinds) || kinds[k] == "" {
		return "invalid"
	}
	return kinds[k]
}

// ParseKind reads the word.
func ParseKind(s string) (Kind, error) {
	for k, w := range kinds {
		if w != "" && w == s {
			return Kind(k), nil
		}
	}
	return 0, evenkeel.Invalid("kind of leaf %q; expected one of decision, case, flag, act, policy, credit, review, staff", s)
}

// OfDecision is the leaf of a decision in the state that it came into.
func OfDecision(k Key, d *evenkeel.Decision, policy string) Leaf {
	l := Leaf{
		At: d.At, Kind: KindDecision, Family: d.Family, Policy: policy,
		Measure: d.Measure, Wanted: d.Wanted, State: d.State, Mode: d.Mode,
		From: d.From, Until: d.Until, Assets: len(d.Assets), Machine: d.Actor.Automatic(),
	}
	return l.about(k, d.Case, written(d))
}

// OfCase is the leaf of a case that was opened or changed its state.
func OfCase(k Key, c *evenkeel.Case, policy string) Leaf {
	l := Leaf{At: c.Since, Kind: KindCase, Family: c.Family, Policy: policy, Assets: len(c.Assets), Case: c.State, Outcome: c.Outcome}
	return l.about(k, c.ID, written(c))
}

// OfFlag is the leaf of a flag that was granted or revoked.
func OfFlag(k Key, f *evenkeel.Flag, at evenkeel.Moment, policy string) Leaf {
	l := Leaf{
		At: at, Kind: KindFlag, Family: f.Family, Policy: policy,
		From: f.From, Until: f.Until, Assets: len(f.Selector.Assets), Machine: f.By.Automatic(),
	}
	return l.about(k, f.Case, written(f))
}

// OfAct is the leaf of what somebody did or said; whole is all of it as JSON, and c "" where
// it is about no case.
func OfAct(k Key, c evenkeel.CaseID, at evenkeel.Moment, family, policy string, ofTenant bool, whole []byte) Leaf {
	l := Leaf{At: at, Kind: KindAct, Family: family, Policy: policy, Tenant: ofTenant}
	return l.about(k, c, whole)
}

// OfReview is the leaf of a review as it is by now: who was drawn, among whom and by which
// nonce, and what was found, are committed to as they happen. whole is all of it as JSON.
func OfReview(k Key, c evenkeel.CaseID, at evenkeel.Moment, family, policy string, whole []byte) Leaf {
	l := Leaf{At: at, Kind: KindReview, Family: family, Policy: policy}
	return l.about(k, c, whole)
}

// OfStaff is the leaf of what somebody is to the house by now: their roles, since when and from whom.
// whole is all of it as JSON, with their id.
func OfStaff(k Key, at evenkeel.Moment, whole []byte) Leaf {
	return Leaf{At: at, Kind: KindStaff}.about(k, "", whole)
}

// OfPolicy is the leaf of a policy that came into force.
func OfPolicy(digest string, at evenkeel.Moment) Leaf {
	return Leaf{At: at, Kind: KindPolicy, Policy: digest}
}

// about adds the commitments.
func (l Leaf) about(k Key, c evenkeel.CaseID, whole []byte) Leaf {
	if len(whole) > 0 {
		l.Subject, l.Content, l.whole = k.Subject(c), k.Content(whole), string(whole)
	}
	return l
}

// written is a value as JSON, just as a store keeps it, or nothing where it has no such
// form (a number that is not finite): Seal refuses a leaf of that.
func written(value any) []byte {
	b, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return b
}
