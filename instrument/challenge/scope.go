package challenge

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// Domain stands for the name of a site in tokens: the first half of its SHA-256. Make it once, with DomainOf.
type Domain [16]byte

// DomainOf returns what stands for a host name, without its port. Case and a full stop at the end do not count.
func DomainOf(host string) Domain {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSuffix(host, "."))))
	return Domain(sum[:16])
}

// Scope is where and for whom a token counts.
type Scope struct {
	Domain Domain
	// Client is what stays the same of a visitor from one request to the next and from one address to the
	// next: the stable key of the hello. Never make it of an address: those of a visitor with IPv4 and IPv6
	// change from one connection to the next. 0 binds a token to nobody.
	Client uint64
}

// Form is a way to answer.
type Form uint8

// The forms. Their numbers are part of tokens.
const (
	FormWork Form = 1 // find a nonce whose hash begins with zeros
	FormWait Form = 2 // come back later, without a script
)

var forms = [...]string{FormWork: "work", FormWait: "wait"}

// String returns work or wait.
func (f Form) String() string {
	if int(f) < len(forms) && forms[f] != "" {
		return forms[f]
	}
	return "invalid"
}

// The bounds of what is asked. Chromium tries up to 10⁶ nonces a second on a core of a server with Script (measured, see
// docs/performance.md); an old telephone is taken to be thirty times slower, which at 2¹⁶ is two seconds on average, and at 2²² two
// minutes: more is nobody to be asked.
const (
	MaxBits    = 22
	MaxSeconds = 60
)

// Ask is what one token asks: for work the number of zero bits, 1 to MaxBits; for waiting the seconds, 1 to
// MaxSeconds.
type Ask struct {
	Form   Form
	Amount uint8
}

func (a Ask) check() error {
	most := uint8(0)
	switch a.Form {
	case FormWork:
		most = MaxBits
	case FormWait:
		most = MaxSeconds
	default:
		return fmt.Errorf("form %d; expected work or wait", a.Form)
	}
	if a.Amount == 0 || a.Amount > most {
		return fmt.Errorf("%s of %d; expected 1 to %d", a.Form, a.Amount, most)
	}
	return nil
}

// Tries returns how many nonces have to be tried on average, 2 to the bits; 0 for waiting. The number is
// geometrically distributed: one visitor in a hundred needs 4.6 times as many.
func (a Ask) Tries() uint64 {
	if a.Form != FormWork {
		return 0
	}
	return 1 << min(a.Amount, MaxBits)
}

// Demand is the least that is taken of each form; 0 where the form is not taken. While a demand grows,
// those who were asked before for less should still be believed for TokenFor.
type Demand struct {
	Bits    uint8 // work
	Seconds uint8 // waiting
}

// Met says whether what was asked is enough.
func (d Demand) Met(a Ask) bool {
	switch a.Form {
	case FormWork:
		return d.Bits > 0 && a.Amount >= d.Bits
	case FormWait:
		return d.Seconds > 0 && a.Amount >= d.Seconds
	}
	return false
}

// How long things are good for.
const (
	// TokenFor is how long a token may be answered: a slow machine has its time, and work cannot be hoarded.
	TokenFor = 10 * time.Minute
	// MostPassFor is the longest that a pass lasts.
	MostPassFor = 24 * time.Hour
	// Skew is by how much the clocks of two edges may differ.
	Skew = 30 * time.Second

	// An epoch is longer than anything of it is good for, so that whoever checks needs no keys but those of
	// this epoch, of the one before and of the one after.
	tokenEpoch = 15 * time.Minute
	passEpoch  = 25 * time.Hour
)

// epochOf numbers the epochs since 1970. Times before it have epoch 0, and no key.
func epochOf(ms int64, long time.Duration) int64 { return max(ms, 0) / long.Milliseconds() }

// latest is the last millisecond that 48 bits name, in the year 10889.
const latest = 1<<48 - 1
