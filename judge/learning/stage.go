package learning

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Stage is where a version of a rule stands on its way to be acted on by machines.
type Stage uint8

// The stages, in the order of the way; each begins where the one before has shown enough (Place.Step).
const (
	StageDraft    Stage = iota + 1 // nobody weighs what it finds
	StageBacktest                  // nor here, but it is known what it found in recorded time
	StageShadow                    // what it would do is written down, and nothing follows
	StageConfirm                   // a person takes each enforced measure
	StageCanary                    // machines act for a share of the tenants
	StageLive                      // machines act
)

var stages = [...]string{
	StageDraft: "draft", StageBacktest: "backtest", StageShadow: "shadow", StageConfirm: "confirm", StageCanary: "canary", StageLive: "live",
}

// String returns the stage's word.
func (s Stage) String() string {
	if int(s) >= len(stages) || stages[s] == "" {
		return "invalid"
	}
	return stages[s]
}

// ParseStage reads the word.
func ParseStage(w string) (Stage, error) {
	for s := StageDraft; s <= StageLive; s++ {
		if stages[s] == w {
			return s, nil
		}
	}
	return 0, evenkeel.Invalid("stage %.60q; expected one of %s", w, strings.Join(stages[StageDraft:], ", "))
}

// MarshalText writes String.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *Stage) UnmarshalText(b []byte) (err error) {
	*s, err = ParseStage(string(b))
	return err
}

// Next is the stage after it; 0 after the last.
func (s Stage) Next() Stage {
	if s < StageDraft || s >= StageLive {
		return 0
	}
	return s + 1
}
