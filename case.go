package evenkeel

import "slices"

// CaseID names a case.
type CaseID string

// Case is what was found about one tenant under one family of rules, from its opening until
// a person closes it.
type Case struct {
	ID      CaseID    `json:"id"`
	Tenant  TenantID  `json:"tenant"`
	Family  string    `json:"family"`
	Opened  Moment    `json:"opened"`
	State   CaseState `json:"state"`
	Since   Moment    `json:"since"`            // of the state
	Assets  []AssetID `json:"assets,omitempty"` // that findings named, sorted, at most MaxCaseAssets
	Latest  Moment    `json:"latest"`           // of what was found
	Outcome Outcome   `json:"outcome,omitempty"`
	// Cleared is when it was last closed in the tenant's favour; a later verdict against the
	// tenant takes it away, one that decides nothing does not.
	Cleared Moment `json:"cleared,omitempty"`
	// Waiting is since when the tenant waits for a person: it spoke, and nobody has decided
	// since. Speaking again does not move it.
	Waiting Moment `json:"waiting,omitempty"`
	Spoke   Moment `json:"spoke,omitempty"` // when it last did
}

// MaxCaseAssets is how many assets one case names; what comes after is counted in its
// entries.
const MaxCaseAssets = 4096

// NewCaseID derives the id of the case about a tenant and a family that opened at a moment.
func NewCaseID(t TenantID, family string, opened Moment) CaseID {
	return CaseID(deriveID("c-", "evenkeel case 1", string(t), family, opened.String()))
}

// AddAssets adds assets that a finding named and says whether one was new.
func (c *Case) AddAssets(assets ...AssetID) (added bool) {
	for _, a := range assets {
		i, found := slices.BinarySearch(c.Assets, a)
		if found || len(c.Assets) == MaxCaseAssets {
			continue
		}
		if !added { // copies of the case share the list as it was
			c.Assets, added = slices.Clone(c.Assets), true
		}
		c.Assets = slices.Insert(c.Assets, i, a)
	}
	return added
}

// CaseState is where a case stands:
//
//	open ──► under_review ──► closed ◄──► reopened
//	  └─────────────────────────▲
type CaseState uint8

// The states of a case.
const (
	CaseOpen        CaseState = iota + 1 // found, and nobody has to act yet
	CaseUnderReview                      // a person has to look
	CaseClosed                           // a person decided, or a flag covered all of it
	CaseReopened                         // found again soon after it was cleared, or by what was said or found of it since: a person has to look
)

var caseStates = [...]string{CaseOpen: "open", CaseUnderReview: "under_review", CaseClosed: "closed", CaseReopened: "reopened"}

// String returns open, under_review, closed or reopened.
func (s CaseState) String() string { return word(caseStates[:], int(s)) }

// ParseCaseState reads the word.
func ParseCaseState(s string) (CaseState, error) {
	return parseWord[CaseState]("state of a case", caseStates[:], s)
}

// MarshalText writes String.
func (s CaseState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *CaseState) UnmarshalText(b []byte) error { return readWord(s, b, ParseCaseState) }

// Outcome is why a case is closed.
type Outcome uint8

// The outcomes. Victims count as found rightly, and are helped.
const (
	OutcomeNone           Outcome = iota // not closed
	OutcomeConfirmed                     // abuse
	OutcomeVictim                        // the tenant's machine was taken over
	OutcomePolicyMismatch                // what was found is so, and is allowed here
	OutcomeFalsePositive                 // what was found is not what it looked like
	OutcomeInconclusive
	OutcomeCovered // a flag covered all of it
)

var outcomes = [...]string{
	OutcomeNone: "none", OutcomeConfirmed: "confirmed", OutcomeVictim: "victim", OutcomePolicyMismatch: "policy_mismatch",
	OutcomeFalsePositive: "false_positive", OutcomeInconclusive: "inconclusive", OutcomeCovered: "covered",
}

// String returns the outcome's word, such as "false_positive".
func (o Outcome) String() string { return word(outcomes[:], int(o)) }

// ParseOutcome reads the word.
func ParseOutcome(s string) (Outcome, error) { return parseWord[Outcome]("outcome", outcomes[:], s) }

// MarshalText writes String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word.
func (o *Outcome) UnmarshalText(b []byte) error { return readWord(o, b, ParseOutcome) }

// Cleared says whether the outcome lets the tenant go: the same behaviour may not lead to an
// automatic measure again soon.
func (o Outcome) Cleared() bool { return o == OutcomeFalsePositive || o == OutcomePolicyMismatch }

// Entry is one line of a case's timeline. Entries are only appended.
type Entry struct {
	Case     CaseID     `json:"case"`
	Seq      int64      `json:"seq"` // from 1, without gaps
	At       Moment     `json:"at"`
	Kind     EntryKind  `json:"kind"`
	Actor    Actor      `json:"actor"`         // empty where the tenant or telemetry speaks
	Says     string     `json:"says"`          // a sentence for people
	Ref      string     `json:"ref,omitempty"` // the finding, decision, flag or act that it is about
	State    string     `json:"state,omitempty"`
	Words    string     `json:"words,omitempty"` // what somebody said, as they said it
	Decision DecisionID `json:"decision,omitempty"`
}

// Busy says whether it tells that a person of the operator's looked at the case, or acted in it.
func (e *Entry) Busy() bool {
	return e.Actor.Person != "" && (e.Kind == EntryLooked || e.Kind == EntryActed)
}

// EntryKind says what a line of a timeline tells.
type EntryKind uint8

// The kinds of entry.
const (
	EntryFound    EntryKind = iota + 1 // a finding, or a revision of one
	EntryDecided                       // a decision was made or changed its state
	EntrySaid                          // the tenant answered, appealed or wrote
	EntryActed                         // a person of the operator acted
	EntryFlagged                       // a flag was granted, revoked, or covered something
	EntryClock                         // a clock began, was stopped or ran out
	EntryCase                          // the case changed its state
	EntryToldTo                        // a notice was written or delivered
	EntryEnforced                      // an enforcement node answered
	EntryLooked                        // a person of the operator looked at the case
)

var entryKinds = [...]string{
	EntryFound: "found", EntryDecided: "decided", EntrySaid: "said", EntryActed: "acted", EntryFlagged: "flagged",
	EntryClock: "clock", EntryCase: "case", EntryToldTo: "told", EntryEnforced: "enforced", EntryLooked: "looked",
}

// String returns the kind's word, such as "decided".
func (k EntryKind) String() string { return word(entryKinds[:], int(k)) }

// ParseEntryKind reads the word.
func ParseEntryKind(s string) (EntryKind, error) {
	return parseWord[EntryKind]("kind of entry", entryKinds[:], s)
}

// MarshalText writes String.
func (k EntryKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word.
func (k *EntryKind) UnmarshalText(b []byte) error { return readWord(k, b, ParseEntryKind) }
