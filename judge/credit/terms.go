package credit

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Mode is what happens to what a tenant is owed.
type Mode uint8

// The modes.
const (
	Off     Mode = iota // nothing is counted
	Propose             // a person grants or refuses it
	Auto                // up to an amount it is granted at once, above it a person is asked
)

var modes = [...]string{Off: "off", Propose: "propose", Auto: "auto"}

// String returns off, propose or auto.
func (m Mode) String() string {
	if int(m) >= len(modes) {
		return "invalid"
	}
	return modes[m]
}

// ParseMode reads the word.
func ParseMode(s string) (Mode, error) {
	for m, word := range modes {
		if s == word {
			return Mode(m), nil
		}
	}
	return Off, evenkeel.Invalid("credits %.40q; expected off, propose or auto", s)
}

// Terms are when, and at which prices, an operator makes good what should not have been.
type Terms struct {
	Mode Mode
	UpTo Millionths // of one case, in Auto: what is more waits for a person
	Prices
	Within time.Duration // in which a person settles what was proposed; then the lead is called
}

// Within is how long a person has where the policy does not say.
const Within = 7 * 24 * time.Hour
