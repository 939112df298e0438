package roll

import (
	"fmt"
	"io"

	"github.com/evenkeel/evenkeel"
)

// AccountID names an account; it is drawn at random.
type AccountID string

// Account is a way in for one person.
type Account struct {
	ID       AccountID
	Person   evenkeel.PersonID // never changes
	State    State
	Name     string // what is typed, folded; unique; "" until enrolled
	Password Secret // PHC string of Argon2id; empty until enrolled
	Factor   Factor // the second one
	Seed     Secret // what the second factor's codes are made of
	Step     int64  // the last step whose code was used: each works once
	Made     evenkeel.Moment
	// Issuer and Subject are whom a provider of OpenID Connect signs in; "" where the account has a
	// password. An invited account may know Issuer only, and wait for who shows the address Email.
	Issuer, Subject string
	Email           string // folded; "" once the subject is known
}

// ByProvider says whether a provider signs in here, with the factors that it asks for.
func (a *Account) ByProvider() bool { return a.Subject != "" }

// Check says what is wrong with an account, or nil.
func (a *Account) Check() error {
	if err := evenkeel.CheckID("account", string(a.ID)); err != nil {
		return err
	}
	if err := evenkeel.CheckID("person", string(a.Person)); err != nil {
		return err
	}
	if a.State.String() == "invalid" || a.Factor.String() == "invalid" {
		return evenkeel.Invalid("account %s: state %d, factor %d; expected known ones", a.ID, a.State, a.Factor)
	}
	both := a.Name != "" && len(a.Password) > 0 && a.Factor != NoFactor && len(a.Seed) > 0
	any := a.Name != "" || len(a.Password) > 0 || a.Factor != NoFactor || len(a.Seed) > 0
	switch {
	case a.State == Active && !both && !a.ByProvider():
		return evenkeel.Invalid("account %s is active; expected that it has a name, a password and a second factor, or a subject of a provider", a.ID)
	case a.ByProvider() && (any || a.Issuer == ""):
		return evenkeel.Invalid("account %s has a subject; expected an issuer, and neither a name nor a password", a.ID)
	case a.Email != "" && (a.State != Invited || a.ByProvider() || a.Issuer == ""):
		return evenkeel.Invalid("account %s waits for an address; expected that it is invited, and at an issuer", a.ID)
	case len(a.Issuer) > MaxIdentity || len(a.Subject) > MaxIdentity || len(a.Email) > MaxIdentity:
		return evenkeel.Invalid("account %s: an issuer, a subject or an address has more than %d bytes", a.ID, MaxIdentity)
	}
	if len(a.Password) > MaxSecret || len(a.Seed) > MaxSecret {
		return evenkeel.Invalid("account %s: a secret has more than %d bytes", a.ID, MaxSecret)
	}
	return checkName("name of account "+string(a.ID), a.Name)
}

// State is what an account is good for.
type State uint8

// The states of an account:
//
//	invited ──enrols──► active ──is disabled──► disabled
//
// An invitation that is withdrawn leaves nothing. A disabled account stays so, and its name
// stays taken; the person can be invited again.
const (
	Invited  State = iota + 1 // nobody can sign in with it yet
	Active                    // both factors are known
	Disabled                  // nobody can sign in with it any more
)

var states = []string{Invited: "invited", Active: "active", Disabled: "disabled"}

// String returns the state's word.
func (s State) String() string { return wordOf(states, s) }

// ParseState reads a state's word.
func ParseState(s string) (State, error) { return parseWord[State]("state", states, s) }

// Factor is a kind of second factor. Another kind, such as WebAuthn, is another value.
type Factor uint8

// The kinds of second factor.
const (
	NoFactor Factor = iota // not enrolled
	TOTP                   // codes that change with time, RFC 6238
)

var factors = []string{NoFactor: "none", TOTP: "totp"}

// String returns the factor's word.
func (f Factor) String() string { return wordOf(factors, f) }

// ParseFactor reads a factor's word.
func ParseFactor(s string) (Factor, error) { return parseWord[Factor]("factor", factors, s) }

// MaxIdentity is the longest issuer, subject or address that is kept, in bytes. OpenID Connect Core
// 1.0, 2, gives a subject 255 characters of ASCII.
const MaxIdentity = 512

// MaxSecret is the longest Secret that is kept, in bytes.
const MaxSecret = 512

// Secret is what must not be read by people. However it is printed, encoded or logged, it
// comes out as a word.
type Secret []byte

const hidden = "(secret)"

// Format writes a word instead of the secret, for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText writes a word instead of the secret, for encoders and loggers.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
