package docket

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// FeedHolds is for how long a feed holds machines back at most: by then it is what is usual.
const FeedHolds = 7 * 24 * time.Hour

// Feed is an input of a source that is not what it was: what rules find by it may be wrong. While it
// holds, no machine enters what rests on one of the rules; a person is asked.
type Feed struct {
	Source string          `json:"source"`
	Input  string          `json:"input"`
	Since  evenkeel.Moment `json:"since"`
	At     evenkeel.Moment `json:"at"`   // when that was noticed
	Says   string          `json:"says"` // what changed, a sentence
	Rules  []string        `json:"rules"`
	Over   evenkeel.Moment `json:"over,omitempty"`     // since when it is as before
	Took   *Word           `json:"accepted,omitempty"` // who says that it is right
}

// NewFeed is a feed as whoever watches it tells of it; at is when it is over, too, where it is.
func NewFeed(source, input string, since, at evenkeel.Moment, over bool, says string, rules []string) Feed {
	f := Feed{Source: source, Input: input, Since: since, At: at, Says: says, Rules: rules}
	if over {
		f.Over = at
	}
	return f
}

// ID tells a feed from others, and from those of the same input before.
func (f *Feed) ID() string { return f.Source + " " + f.Input + " " + f.Since.String() }

// Open says whether nobody accepted it and it is not over.
func (f *Feed) Open() bool { return f.Over == 0 && f.Took == nil }

// Until is when it holds nobody back any more, whatever becomes of it.
func (f *Feed) Until() evenkeel.Moment { return f.At.Add(FeedHolds) }

// Holds says whether what a rule finds is for a person because of it.
func (f *Feed) Holds(rule string, now evenkeel.Moment) bool {
	return f.Open() && now < f.Until() && slices.Contains(f.Rules, rule)
}

// Check says what it lacks, or nil.
func (f *Feed) Check() error {
	switch {
	case f.Source == "" || f.Input == "":
		return evenkeel.Invalid("feed %q of source %q; expected both", f.Input, f.Source)
	case f.Since == 0 || f.At == 0 || f.Says == "" || len(f.Rules) == 0:
		return evenkeel.Invalid("feed %s of %s, since %s, at %s, says %q of rules %q; expected all of them", f.Input, f.Source, f.Since, f.At, f.Says, f.Rules)
	case f.Took != nil && f.Took.By == "":
		return evenkeel.Invalid("feed %s of %s is accepted by nobody; expected a person", f.Input, f.Source)
	}
	return nil
}
