package stage

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Stage is how strictly a domain's visitors are treated. They are in order; each does what the ones below it do.
type Stage uint8

const (
	// Observe counts and does nothing.
	Observe Stage = iota
	// Filter asks clients that cannot be what they say they are: whoever reads along for a company contradicts too, and can answer.
	Filter
	// Cookie asks visitors who are unknown to come back with a cookie, which browsers do by themselves.
	Cookie
	// Proof asks them for work.
	Proof
	// Queue lets token holders and verified bots in, and has the others wait.
	Queue
	// Page answers everybody with the domain's own page.
	Page
)

// rungs is how many stages there are above Observe.
const rungs = int(Page)

var words = [...]string{"observe", "filter", "cookie", "proof", "queue", "page"}

// String returns the word of a stage, "invalid" where it is none.
func (s Stage) String() string {
	if int(s) < len(words) {
		return words[s]
	}
	return "invalid"
}

// Parse reads the word of a stage.
func Parse(s string) (Stage, error) {
	for i, w := range words {
		if s == w {
			return Stage(i), nil
		}
	}
	return 0, evenkeel.Invalid("stage %.40q: expected one of %s", s, strings.Join(words[:], ", "))
}

// MarshalText writes String; a value that is no stage is an error.
func (s Stage) MarshalText() ([]byte, error) {
	if int(s) >= len(words) {
		return nil, evenkeel.Invalid("stage %d: expected 0 to %d", s, rungs)
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads what MarshalText writes, and leaves the stage as it is on an error.
func (s *Stage) UnmarshalText(b []byte) error {
	x, err := Parse(string(b))
	if err == nil {
		*s = x
	}
	return err
}
