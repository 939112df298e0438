package docket

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// ReviewID names a review.
type ReviewID string

// Review is a question that takes two persons: the first says what they found, a second is
// drawn by lot and says the same without having seen it. Where they differ, a third is drawn.
type Review struct {
	ID       ReviewID            `json:"id"`
	Case     evenkeel.CaseID     `json:"case"`
	Tenant   evenkeel.TenantID   `json:"tenant"`
	About    About               `json:"about"`
	Decision evenkeel.DecisionID `json:"decision,omitempty"` // that waits for it, or stands meanwhile
	Wanted   evenkeel.Measure    `json:"wanted"`             // none where About is none of a measure
	Assets   []evenkeel.AssetID  `json:"assets,omitempty"`
	Until    evenkeel.Moment     `json:"until,omitempty"` // when it is to end; of a block, when it is looked at again
	Hold     *Hold               `json:"hold,omitempty"`
	Switch   string              `json:"switch,omitempty"` // which kill switch is to be released
	Opened   evenkeel.Moment     `json:"opened"`
	By       evenkeel.PersonID   `json:"by"`              // who opened it: the first person
	Says     string              `json:"says,omitempty"`  // why, in By's words: the tenant reads it
	Rules    []string            `json:"rules,omitempty"` // and policies that led here: who wrote one is not drawn
	Criteria []string            `json:"criteria"`        // that each verdict answers, as the policy had them
	Draws    []Draw              `json:"draws,omitempty"`
	Verdicts []Verdict           `json:"verdicts,omitempty"` // in the order of their coming; the first is By's
	State    ReviewState         `json:"state"`
	Since    evenkeel.Moment     `json:"since"`  // of the state
	Result   evenkeel.Measure    `json:"result"` // what was found together, once it is over
	Granted  bool                `json:"granted,omitempty"`
	Why      string              `json:"why,omitempty"` // how it ended, as a sentence
}

// Draw is one drawing of a person by lot, with all that is needed to draw again.
type Draw struct {
	Round int `json:"round"` // from 1
	// Rule is how the lot falls: 0, which older programs made, by the review and the round (procedure.Draw);
	// DrawInOrder by the case (procedure.InOrder).
	Rule int `json:"rule,omitempty"`
	// Nonce was made before the candidates were read, so nobody could choose it to fit them.
	Nonce      string              `json:"nonce"`
	Candidates []evenkeel.PersonID `json:"candidates"` // in the order of their ids
	Hash       string              `json:"hash"`       // SHA-256 of the candidates, one a line, in hex
	Drawn      evenkeel.PersonID   `json:"drawn"`
	At         evenkeel.Moment     `json:"at"`
	Ended      string              `json:"ended,omitempty"` // why it brought no verdict: recused, late
}

// DrawInOrder is the rule by which the lot of a case gives an order of persons.
const DrawInOrder = 2

// Verdict is what one person found.
type Verdict struct {
	Person evenkeel.PersonID `json:"person,omitempty"`
	At     evenkeel.Moment   `json:"at,omitempty"`
	// Measure is the highest that the person supports, from none; of an order or a switch
	// nothing, where Grant says yes or no.
	Measure  evenkeel.Measure `json:"measure"`
	Grant    bool             `json:"grant,omitempty"`
	Answers  []string         `json:"answers"`            // one to each of the criteria, in their order
	Innocent string           `json:"innocent"`           // the strongest innocent explanation
	Facts    []string         `json:"facts"`              // ids of findings, names of terms, and entries such as #3
	Ground   string           `json:"ground"`             // the clause
	Argument string           `json:"argument,omitempty"` // what is said to the tenant's words
}

// Bounds of what a review holds.
const (
	MaxAnswer     = 4096 // bytes of one text of a verdict
	MaxFacts      = 64
	MaxCandidates = 1024
	MaxReviews    = 64  // of a case that a dossier holds, the newest
	MaxDenials    = 256 // earlier reviews with which a denial is compared, the newest
	MaxUpheld     = 256 // earlier answers with which that to an appeal is compared, the newest
	MaxSaid       = 256 // words of a tenant in a case of which an answer takes up some, the newest
)

// NewReviewID derives the id of the review that an act opens.
func NewReviewID(c evenkeel.CaseID, act string) ReviewID {
	return ReviewID(strings.Replace(string(evenkeel.NewDecisionID(c, 1, "review "+act, "", evenkeel.ModeLive)), "d-", "r-", 1))
}

// First is the verdict of who opened the review, or nil.
func (r *Review) First() *Verdict { return r.VerdictOf(r.By) }

// VerdictOf is a person's verdict, or nil.
func (r *Review) VerdictOf(p evenkeel.PersonID) *Verdict {
	if i := slices.IndexFunc(r.Verdicts, func(v Verdict) bool { return v.Person == p }); i >= 0 {
		return &r.Verdicts[i]
	}
	return nil
}

// Waits is whose verdict is waited for, and "" where nobody's is.
func (r *Review) Waits() evenkeel.PersonID {
	switch n := len(r.Draws); {
	case r.State.Over():
		return ""
	case r.State == ReviewAsked:
		return r.By
	case n > 0 && r.Draws[n-1].Ended == "" && r.VerdictOf(r.Draws[n-1].Drawn) == nil:
		return r.Draws[n-1].Drawn
	}
	return ""
}

// Asked are all who gave a verdict or were drawn: nobody is asked twice.
func (r *Review) Asked() []evenkeel.PersonID {
	out := []evenkeel.PersonID{r.By}
	for i := range r.Verdicts {
		out = append(out, r.Verdicts[i].Person)
	}
	for i := range r.Draws {
		out = append(out, r.Draws[i].Drawn)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Denies says whether a verdict of the review supports a denial.
func (r *Review) Denies() bool {
	return slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Measure == evenkeel.MeasureDeny })
}

// Check says what a review lacks, or nil.
func (r *Review) Check() error {
	switch {
	case r.ID == "" || r.Case == "" || r.Tenant == "" || r.By == "" || r.Opened == 0:
		return evenkeel.Invalid("review %q of case %q about tenant %q by %q; expected all of them", r.ID, r.Case, r.Tenant, r.By)
	case r.About.String() == "invalid" || r.State.String() == "invalid" || r.Wanted.String() == "invalid" || r.Result.String() == "invalid":
		return evenkeel.Invalid("review %s: %s, %s; expected what it is about and a state", r.ID, r.About, r.State)
	case len(r.Verdicts) > 3:
		return evenkeel.Invalid("review %s has %d verdicts; expected at most 3", r.ID, len(r.Verdicts))
	case len(r.Verdicts) > 0 && r.Verdicts[0].Person != r.By:
		return evenkeel.Invalid("review %s: the first verdict is by %q; expected %q, who opened it", r.ID, r.Verdicts[0].Person, r.By)
	}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		if v.Person == "" || v.At == 0 || v.Measure.String() == "invalid" || slices.ContainsFunc(r.Verdicts[:i], func(o Verdict) bool { return o.Person == v.Person }) {
			return evenkeel.Invalid("review %s: verdict %d by %q at %v; expected another person each time, and when", r.ID, i+1, v.Person, v.At)
		}
	}
	return nil
}

// About is what kind of question two persons answer.
type About uint8

// The questions.
const (
	AboutMeasure About = iota + 1 // a measure that takes two whatever it is on
	AboutAccount                  // one on all that the tenant runs
	AboutBlock                    // one beyond its lease, that ends with a date to look again
	AboutHold                     // the end of access to the data, by lawful order
	AboutRelease                  // that a kill switch is released
)

var abouts = [...]string{AboutMeasure: "measure", AboutAccount: "account", AboutBlock: "block", AboutHold: "hold", AboutRelease: "release"}

// String returns the question's word.
func (a About) String() string {
	if int(a) >= len(abouts) || abouts[a] == "" {
		return "invalid"
	}
	return abouts[a]
}

// aboutWords are the kinds in words, to be read behind "about".
var aboutWords = [...]string{
	AboutMeasure: "which measure is right", AboutAccount: "a measure on all that the tenant runs", AboutBlock: "a measure for longer than its lease",
	AboutHold: "a lawful order", AboutRelease: "letting a kill switch go",
}

// Says returns what the question is about, in words; "" of none.
func (a About) Says() string {
	if int(a) >= len(aboutWords) {
		return ""
	}
	return aboutWords[a]
}

// MarshalText writes String.
func (a About) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word.
func (a *About) UnmarshalText(b []byte) (err error) {
	*a, err = parseWord[About]("question of a review", abouts[:], string(b))
	return err
}

// OfMeasure says whether the answer is a measure; else it is yes or no.
func (a About) OfMeasure() bool { return a <= AboutBlock }

// ReviewState is where a review stands:
//
//	asked ──first verdict──► drawn ──equal──► agreed
//	                           ├──different──► split ──third──► settled
//	                           └──everybody was asked──► unseconded
//
// Each that is not over may be overtaken: what it was about was decided otherwise.
type ReviewState uint8

// The states of a review.
const (
	ReviewAsked      ReviewState = iota + 1 // opened, and the first verdict is missing
	ReviewDrawn                             // a second person was drawn
	ReviewSplit                             // two differ, and a third was drawn
	ReviewAgreed                            // two found the same
	ReviewSettled                           // the middle one of three counts, or the lower of two where there is no third
	ReviewUnseconded                        // nobody could be the second
	ReviewOvertaken                         // what it was about was decided otherwise
)

var reviewStates = [...]string{
	ReviewAsked: "asked", ReviewDrawn: "drawn", ReviewSplit: "split", ReviewAgreed: "agreed", ReviewSettled: "settled",
	ReviewUnseconded: "unseconded", ReviewOvertaken: "overtaken",
}

// String returns the state's word.
func (s ReviewState) String() string {
	if int(s) >= len(reviewStates) || reviewStates[s] == "" {
		return "invalid"
	}
	return reviewStates[s]
}

// MarshalText writes String.
func (s ReviewState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *ReviewState) UnmarshalText(b []byte) (err error) {
	*s, err = parseWord[ReviewState]("state of a review", reviewStates[:], string(b))
	return err
}

// Over says whether nothing follows.
func (s ReviewState) Over() bool { return s >= ReviewAgreed }

// InterestKind is what somebody has a stake in.
type InterestKind uint8

// The kinds of interest.
const (
	InterestTenant InterestKind = iota + 1 // acted about the tenant, in any case or by a flag
	InterestCase                           // acted in the case
	InterestRule                           // wrote the rule, or the policy
)

var interestKinds = [...]string{InterestTenant: "tenant", InterestCase: "case", InterestRule: "rule"}

// String returns tenant, case or rule.
func (k InterestKind) String() string {
	if int(k) >= len(interestKinds) || interestKinds[k] == "" {
		return "invalid"
	}
	return interestKinds[k]
}

// Interest is one reason why a person is not drawn. Those in tenants and cases follow from
// entries and flags by themselves; those in rules are told.
type Interest struct {
	Person evenkeel.PersonID
	Kind   InterestKind
	Key    string // id of the tenant or the case, name of the rule or digest of the policy
	Since  evenkeel.Moment
}

// FactOfEntry names an entry as a fact of a verdict.
func FactOfEntry(seq int64) string { return fmt.Sprintf("#%d", seq) }

// Agreement is the measure that two verdicts support together by now, and whose they are: the first two that
// support it. False where none was found that is carried out.
func (r *Review) Agreement() (m evenkeel.Measure, first, second evenkeel.PersonID, ok bool) {
	if !r.Result.Enforced() {
		return 0, "", "", false
	}
	for i := range r.Verdicts {
		switch v := &r.Verdicts[i]; {
		case v.Measure < r.Result:
		case first == "":
			first = v.Person
		default:
			return r.Result, first, v.Person, true
		}
	}
	return 0, "", "", false
}

// Reviewer is a person who may be drawn.
type Reviewer struct {
	Person evenkeel.PersonID
	// Enrolled is since when the person can sign in and may decide.
	Enrolled evenkeel.Moment
}
