package staff

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Desk is where people come in. Any number of goroutines may use it.
type Desk struct {
	store   roll.Store
	now     func() time.Time
	options Options
	hashing *hasher
	tries   *patience // of names, known or not, sources and browsers
	decoy   phc       // what an unknown name is held against
}

// Options say how the desk is set up.
type Options struct {
	// Loopback: only this machine reaches the console. Then the session of the first link may
	// act at once, until somebody who administers has enrolled.
	Loopback bool
	// Issuer is what an authenticator shows beside the name; "": Evenkeel. Give each
	// installation its own.
	Issuer string
	// Log is told who comes and goes, and what is refused; nil: nobody is.
	Log *slog.Logger
	// Rand is what tokens, salts and seeds are made of; nil: the system's randomness.
	Rand io.Reader
}

// New sets up a desk.
func New(store roll.Store, now func() time.Time, o Options) *Desk {
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Issuer == "" {
		o.Issuer = "Evenkeel"
	}
	return &Desk{
		store: store, now: now, options: o, hashing: newHasher(owasp),
		tries: newPatience(maxPatience), decoy: phc{cost: owasp, salt: make([]byte, saltBytes), sum: make([]byte, sumBytes)},
	}
}

func (d *Desk) moment() evenkeel.Moment { return evenkeel.MomentOf(d.now()) }

// random draws bytes.
func (d *Desk) random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(d.options.Rand, b); err != nil {
		return nil, &evenkeel.Error{Says: "draw random bytes", Err: err}
	}
	return b, nil
}

// tokenBytes is the randomness of a token: nobody guesses 256 bits.
const tokenBytes = 32

// mint makes a token and the pass that it stands for.
func (d *Desk) mint(kind roll.PassKind, a roll.AccountID, length time.Duration) (token string, p roll.Pass, err error) {
	b, err := d.random(tokenBytes)
	if err != nil {
		return "", p, err
	}
	token = base64.RawURLEncoding.EncodeToString(b)
	now := d.moment()
	return token, roll.Pass{ID: sha256.Sum256([]byte(token)), Kind: kind, Account: a, Made: now, Seen: now, Until: now.Add(length)}, nil
}

// passOf returns the pass that a token stands for, and whether it can be a token at all. It is
// looked up by its hash, so how long that takes says nothing about the tokens that exist.
func passOf(token string) (roll.PassID, bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return roll.PassID{}, false
	}
	return sha256.Sum256([]byte(token)), true
}

// newAccount draws an account that nobody can sign in with yet.
func (d *Desk) newAccount(p evenkeel.PersonID) (roll.Account, error) {
	b, err := d.random(16)
	id := "account-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
	return roll.Account{ID: roll.AccountID(id), Person: p, State: roll.Invited, Made: d.moment()}, err
}
