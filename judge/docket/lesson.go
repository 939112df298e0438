package docket

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// Lesson is what became of a case, for the versions of rules that it rests on. A case has one:
// where it is closed again, the later one stands.
type Lesson struct {
	Case    evenkeel.CaseID
	At      evenkeel.Moment // when it was closed
	Outcome evenkeel.Outcome
	Rules   []RuleVersion // each once
	Audited bool          // the case was drawn by lot, and nobody had complained
	// Human is how long people were busy with the case by then (learning.Attention), in seconds;
	// Measured says that it was asked for.
	Human    int64
	Measured bool
}

// Check says what a lesson lacks, or nil.
func (l *Lesson) Check() error {
	if l.Human < 0 || l.Human > 0 && !l.Measured {
		return evenkeel.Invalid("lesson of case %s: people were busy for %d seconds, measured: %t; expected 0 or more, and that they were", l.Case, l.Human, l.Measured)
	}
	if l.Case == "" || l.At == 0 || l.Outcome == evenkeel.OutcomeNone || l.Outcome.String() == "invalid" {
		return evenkeel.Invalid("lesson of case %q at %v with outcome %s; expected all of them", l.Case, l.At, l.Outcome)
	}
	for _, r := range l.Rules {
		if r.Rule == "" || r.Version < 1 {
			return evenkeel.Invalid("lesson of case %s about rule %q version %d; expected both", l.Case, r.Rule, r.Version)
		}
	}
	return nil
}

// RuleVersion names one version of a rule.
type RuleVersion struct {
	Rule    string `json:"rule"`
	Version int    `json:"version"`
}

// Record is what became of cases, counted.
type Record = learning.Tally

// Learned is what became of the cases that one version of a rule found something in.
type Learned struct {
	RuleVersion
	Record
}

// Taught is what a transaction is asked about earlier cases.
type Taught interface {
	// Tally returns what became of the cases of a rule's version.
	Tally(r RuleVersion) (Record, error)
	// Busy returns the entries of a case in which somebody of ours looked or acted, by their number.
	Busy(c evenkeel.CaseID) ([]evenkeel.Entry, error)
	// Credits returns those of a case, by Closed.
	Credits(c evenkeel.CaseID) ([]Credit, error)
	Audits
}

// Lessons shows what was learned, and what is owed.
type Lessons interface {
	// Learned returns what became of cases, by rule, then version.
	Learned(ctx context.Context) ([]Learned, error)
	// AllCredits returns credits, those that were closed last first (then by id), at most so
	// many; 0 all.
	AllCredits(ctx context.Context, most int) ([]Credit, error)
	// AllAudits returns audits and the lots that were passed over, those that were drawn last first
	// (then by id), at most so many; 0 all.
	AllAudits(ctx context.Context, most int) ([]Audit, error)
	// Asked returns those of them that somebody was asked about and that are looked for.
	Asked(ctx context.Context, q LotQuery) ([]Audit, error)
	// Vigilance says how vigilant each person is, by all known cases that they judged.
	Vigilance(ctx context.Context) (map[evenkeel.PersonID]learning.Vigilance, error)
	Promotions
}

// Attention is how long people were busy with the case, see learning.Attention.
func (f *Folder) Attention() time.Duration { return learning.Attention(f.Entries) }
