package docket

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/learning"
)

// Stage is where a version of a rule stands on its way, see learning.Stage.
type Stage = learning.Stage

// The stages, for whoever keeps and shows them.
const (
	StageDraft    = learning.StageDraft
	StageBacktest = learning.StageBacktest
	StageShadow   = learning.StageShadow
	StageConfirm  = learning.StageConfirm
	StageCanary   = learning.StageCanary
	StageLive     = learning.StageLive
)

// Backtest is what a version found over recorded time, see learning.Backtest.
type Backtest = learning.Backtest

// Loaded is a version of a rule that a process weighs records by.
type Loaded struct {
	RuleVersion
	Family string
	Digest string // of its document
}

// Staged says where a version of a rule stands, since when, and who brought it there. What was kept is
// never edited: the last one about a version counts.
type Staged struct {
	RuleVersion
	Family string             `json:"family,omitempty"`
	Digest string             `json:"digest,omitempty"` // of its document, as it was then
	Stage  Stage              `json:"stage"`
	Since  evenkeel.Moment    `json:"since"`        // it stands there
	UpTo   evenkeel.Measure   `json:"up_to"`        // the highest measure that a machine takes by it, once it is at canary or live
	At     evenkeel.Moment    `json:"at"`           // this was kept
	By     evenkeel.PersonID  `json:"by,omitempty"` // "": it began there, as the policy says
	Why    string             `json:"why"`
	Test   *learning.Backtest `json:"backtest,omitempty"` // the last one
	// Reviewed is how many reviewed cases the version had when it came to where it stands.
	Reviewed int64 `json:"reviewed,omitempty"`
}

// Place is what follows from it.
func (s *Staged) Place() learning.Place {
	return learning.Place{Stage: s.Stage, Since: s.Since, UpTo: s.UpTo, Earned: s.By != "", Backtest: s.Test, Reviewed: s.Reviewed}
}

// Check says what it lacks, or nil.
func (s *Staged) Check() error {
	if s.Rule == "" || s.Version < 1 || s.Stage.String() == "invalid" || s.Since == 0 || s.At < s.Since || s.Why == "" || s.Reviewed < 0 {
		return evenkeel.Invalid("rule %q version %d at stage %s since %s, kept %s because of %q; expected all of them", s.Rule, s.Version, s.Stage, s.Since, s.At, s.Why)
	}
	if s.Test != nil {
		return s.Test.Check()
	}
	return nil
}

// Promotion is where an act brings a version of a rule.
type Promotion struct {
	Version int                `json:"version,omitempty"` // 0: the newest that is known
	Stage   Stage              `json:"stage,omitempty"`   // 0: where it stands
	UpTo    evenkeel.Measure   `json:"up_to,omitempty"`   // the highest measure that machines take by it; none: as it was
	Test    *learning.Backtest `json:"backtest,omitempty"`
}

// KnownOf is what became of a case of the finding's tenant that went on while it was found, or was opened
// by it; none where nobody knows. Of several, the one that was closed last.
func KnownOf(f *evenkeel.Finding, cases []evenkeel.Case) (o evenkeel.Outcome) {
	var last evenkeel.Moment
	for i := range cases {
		c := &cases[i]
		if c.State == evenkeel.CaseClosed && c.Family == f.Family && f.From <= c.Since && c.Opened <= f.At && c.Since > last {
			o, last = c.Outcome, c.Since
		}
	}
	return o
}

// ShadowHit is something that a version of a rule found in shadow.
type ShadowHit struct {
	RuleVersion
	Finding evenkeel.FindingID
	At      evenkeel.Moment
}

// Promoting is what a transaction is asked about the stages of rules.
type Promoting interface {
	// Stages returns where each version of a rule stands, by version.
	Stages(rule string) ([]Staged, error)
	// Kin names the rules of a family that have a stage, in their order.
	Kin(family string) ([]string, error)
	// Hits counts what a version found in shadow since a moment, each finding once.
	Hits(r RuleVersion, since evenkeel.Moment) (int64, error)
}

// Promoted is a version of a rule with all that its next step depends on.
type Promoted struct {
	Staged
	Hits   int64  `json:"hits"` // in shadow, since it stands there
	Record Record `json:"record"`
}

// Next is the stage that comes next and what is missing for it, in a sentence; "" where nothing is. The
// stage is 0 after the last.
func (p *Promoted) Next(now evenkeel.Moment) (next Stage, missing string) {
	at := p.Place()
	if next = at.Stage.Next(); next == 0 {
		return 0, ""
	}
	return next, p.Takes(next, p.UpTo, now)
}

// Takes is what is missing for a stage, with machines acting up to a measure, in a sentence; "" where nothing is.
func (p *Promoted) Takes(to Stage, upTo evenkeel.Measure, now evenkeel.Moment) string {
	at := p.Place()
	_, missing := at.Step(to, upTo, now, p.Hits, p.Record)
	return missing
}

// Promotions shows where rules stand.
type Promotions interface {
	// Promoted returns where each version of each rule stands, by rule, then version.
	Promoted(ctx context.Context) ([]Promoted, error)
}

// Version is a version of a rule: what was learned of it, and where it stands; nil where no process was started
// with it since that is kept.
type Version struct {
	Learned
	Stands *Promoted
}

// Versions are the versions of which something was learned, and those that stand somewhere, by rule, then version.
func Versions(learned []Learned, stand []Promoted) (out []Version) {
	for i := range stand {
		out = append(out, Version{Learned{RuleVersion: stand[i].RuleVersion, Record: stand[i].Record}, &stand[i]})
	}
	for _, l := range learned {
		if !slices.ContainsFunc(stand, func(s Promoted) bool { return s.RuleVersion == l.RuleVersion }) {
			out = append(out, Version{Learned: l})
		}
	}
	slices.SortFunc(out, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Version, b.Version))
	})
	return out
}
