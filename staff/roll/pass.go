package roll

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/evenkeel/evenkeel"
)

// PassID is the SHA-256 of a token: it finds the pass and cannot be used as one. A token has
// 256 bits of randomness, so a plain hash is enough.
type PassID [sha256.Size]byte

// String returns it in hex.
func (p PassID) String() string { return hex.EncodeToString(p[:]) }

// Pass is what a token lets somebody do: enter once, or stay for a while. It lives no longer
// than its account.
type Pass struct {
	ID      PassID
	Kind    PassKind
	Account AccountID
	Made    evenkeel.Moment
	Seen    evenkeel.Moment // when it was last shown, give or take a minute
	Until   evenkeel.Moment // when it is over, at the latest
	Offer   Secret          // the seed of the second factor that was offered to enrol with
}

// Check says what is wrong with a pass, or nil.
func (p *Pass) Check() error {
	switch {
	case p.ID == PassID{}:
		return evenkeel.Invalid("a pass of account %s has no id", p.Account)
	case p.Kind.String() == "invalid":
		return evenkeel.Invalid("a pass of account %s is of kind %d; expected a known one", p.Account, p.Kind)
	case p.Until < p.Made:
		return evenkeel.Invalid("a pass of account %s ends before it begins", p.Account)
	case len(p.Offer) > MaxSecret:
		return evenkeel.Invalid("a pass of account %s: its secret has more than %d bytes", p.Account, MaxSecret)
	}
	return evenkeel.CheckID("account", string(p.Account))
}

// PassKind is what a pass is good for.
type PassKind uint8

// The kinds of pass. A link becomes a session of the kind that stands beside it, once.
const (
	FirstLink PassKind = iota + 1 // for whoever reads the log of a new machine: FirstUse or Enrolling
	Link                          // for a person who enrols, or enrols again: Enrolling
	Full                          // a session that began with both factors
	Enrolling                     // a session that may enrol, and nothing else
	FirstUse                      // a session that may look around before anybody has enrolled
)

var passKinds = []string{FirstLink: "first_link", Link: "link", Full: "full", Enrolling: "enrolling", FirstUse: "first_use"}

// String returns the kind's word.
func (k PassKind) String() string { return wordOf(passKinds, k) }

// ParsePassKind reads a kind's word.
func ParsePassKind(s string) (PassKind, error) { return parseWord[PassKind]("pass", passKinds, s) }

// Session says whether a pass of this kind is a session; else it is a link.
func (k PassKind) Session() bool { return k == Full || k == Enrolling || k == FirstUse }
