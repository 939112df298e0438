package evenkeel

// DecisionID names a decision; it is derived, so that the same judgement made twice is one.
type DecisionID string

// PersonID names a human being who works for the operator: not an account, of which one
// person may have several.
type PersonID string

// Decision is a measure against named assets, with what it rests on, who took it, and its
// end. Only the judge makes one; a new decision supersedes, none is ever edited.
type Decision struct {
	ID      DecisionID `json:"id"`
	Case    CaseID     `json:"case"`
	Tenant  TenantID   `json:"tenant"`
	Family  string     `json:"family"`
	Measure Measure    `json:"measure"` // what takes effect
	Wanted  Measure    `json:"wanted"`  // what policy asked for
	Assets  []AssetID  `json:"assets"`
	From    Moment     `json:"from"`
	Until   Moment     `json:"until"` // where it lapses by itself; never open
	At      Moment     `json:"at"`    // when it reached this state

	Actor Actor         `json:"actor"`
	State DecisionState `json:"state"`
	Mode  Mode          `json:"mode"` // in shadow nothing of it takes effect

	Grounds      Grounds     `json:"grounds"`
	Safeguards   []Safeguard `json:"safeguards"` // all of them, in the policy's order
	SuppressedBy FlagID      `json:"suppressed_by"`
	Supersedes   DecisionID  `json:"supersedes,omitempty"`
	Why          []string    `json:"why,omitempty"` // what made the measure less than wanted, or held it
	// Params are the measure in numbers, for who carries it out, such as syn_rate: 200 (a second).
	Params map[string]string `json:"params,omitempty"`
}

// Actor is who took a decision: a policy by itself, or a person under a policy.
type Actor struct {
	Policy string   `json:"policy,omitempty"` // digest
	Person PersonID `json:"person,omitempty"` // "" where a machine decided
	Second PersonID `json:"second,omitempty"` // who came to the same by lot and blind, where two are needed
}

// Automatic says whether no person took part.
func (a Actor) Automatic() bool { return a.Person == "" }

// Grounds are what a decision rests on.
type Grounds struct {
	Clause string  `json:"clause"`         // of the operator's terms, in the policy's words
	Row    string  `json:"row"`            // of the table of how far a machine may go alone
	Basis  []Basis `json:"basis"`          // the findings
	Says   string  `json:"says,omitempty"` // a person's reason
}

// Basis is one finding as a decision used it.
type Basis struct {
	Finding  FindingID `json:"finding"`
	Revision Revision  `json:"revision"`
	Rule     string    `json:"rule"`
	Version  int       `json:"version"`
	From     Moment    `json:"from"`
	Until    Moment    `json:"until"`
	Terms    []Term    `json:"terms"`
	Aims     []Aim     `json:"aims,omitempty"` // of the finding
}

// Safeguard is a question that was asked before a measure, and its answer.
type Safeguard struct {
	Name string `json:"name"`
	Says Answer `json:"says"`
	Why  string `json:"why"`
}

// Answer is what a safeguard says. Only Permit and NotApplicable let an automatic measure
// pass; the zero value is Unknown, which protects.
type Answer uint8

// The answers.
const (
	Unknown       Answer = iota // a fact that it needs is not known
	Permit                      // the facts are known and nothing in them protects
	Protect                     // the facts protect
	NotApplicable               // the question is not meant for this tenant
)

var answers = [...]string{Unknown: "unknown", Permit: "permit", Protect: "protect", NotApplicable: "n/a"}

// String returns permit, protect, unknown or n/a.
func (a Answer) String() string { return word(answers[:], int(a)) }

// ParseAnswer reads the word.
func ParseAnswer(s string) (Answer, error) {
	return parseWord[Answer]("answer of a safeguard", answers[:], s)
}

// MarshalText writes String.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word.
func (a *Answer) UnmarshalText(b []byte) error { return readWord(a, b, ParseAnswer) }

// DecisionState is where a decision stands:
//
//	            ┌────────► held ─────────┐
//	            │           │            ▼
//	(made) ─────┼──────► proposed ──► in_force ──► lapsed │ lifted │ superseded
//	            │           │
//	            │           └───► refused │ superseded
//	            └────────► suppressed │ refused
//
// A held one may also be refused or superseded. In shadow a decision stays proposed.
type DecisionState uint8

// The states of a decision.
const (
	Proposed   DecisionState = iota + 1 // waits for a person
	Held                                // waits for a time: notice first, a hearing
	InForce                             // takes effect, until Until
	Lapsed                              // its time was up
	Lifted                              // a person ended it
	Superseded                          // another decision took its place
	Suppressed                          // a flag covers it: recorded only
	Refused                             // procedure or a person said no
)

var decisionStates = [...]string{
	Proposed: "proposed", Held: "held", InForce: "in_force", Lapsed: "lapsed", Lifted: "lifted",
	Superseded: "superseded", Suppressed: "suppressed", Refused: "refused",
}

// String returns the state's word, such as "in_force".
func (s DecisionState) String() string { return word(decisionStates[:], int(s)) }

// ParseDecisionState reads the word.
func ParseDecisionState(s string) (DecisionState, error) {
	return parseWord[DecisionState]("state of a decision", decisionStates[:], s)
}

// MarshalText writes String.
func (s DecisionState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *DecisionState) UnmarshalText(b []byte) error { return readWord(s, b, ParseDecisionState) }

// Over says whether no other state follows.
func (s DecisionState) Over() bool { return s > InForce }

// CanBecome says whether the state may be followed by another.
func (s DecisionState) CanBecome(next DecisionState) bool {
	switch s {
	case Held:
		return next == Proposed || next == InForce || next == Refused || next == Superseded
	case Proposed:
		return next == InForce || next == Refused || next == Superseded
	case InForce:
		return next == Lapsed || next == Lifted || next == Superseded
	default:
		return false
	}
}

// Check says what a decision lacks, or nil: an end after its beginning, grounds, and the
// assets that an enforced measure is meant for; and that nothing of one in shadow stands.
func (d *Decision) Check() error {
	switch {
	case d.ID == "" || d.Case == "" || d.Tenant == "":
		return Invalid("decision %q of case %q about tenant %q; expected all three", d.ID, d.Case, d.Tenant)
	case d.State.String() == "invalid" || d.Mode.String() == "invalid" || d.Measure.String() == "invalid":
		return Invalid("decision %s: %s, %s, %s; expected a measure, a state and a mode", d.ID, d.Measure, d.State, d.Mode)
	case d.From == 0 || d.Until <= d.From:
		return Invalid("decision %s: from %v until %v; expected an end after the beginning", d.ID, d.From, d.Until)
	case d.Grounds.Clause == "" || len(d.Grounds.Basis) == 0 && d.Grounds.Says == "":
		return Invalid("decision %s has no grounds; expected a clause, and findings or a person's reason", d.ID)
	case d.Actor == Actor{}:
		return Invalid("decision %s: nobody took it; expected a policy or a person", d.ID)
	case d.Measure.Enforced() && len(d.Assets) == 0:
		return Invalid("decision %s: %s names no assets", d.ID, d.Measure)
	case d.State == Suppressed && d.SuppressedBy == "":
		return Invalid("decision %s is suppressed and names no flag", d.ID)
	case d.Mode == ModeShadow && (d.State == Held || d.State == InForce || d.State == Lapsed || d.State == Lifted):
		return Invalid("decision %s is in shadow and %s; expected that it takes no effect", d.ID, d.State)
	case d.Measure.NeedsTwo() && d.State == InForce && d.Mode == ModeLive && (d.Actor.Person == "" || d.Actor.Second == "" || d.Actor.Person == d.Actor.Second):
		return Invalid("decision %s: %s takes two persons; expected both in place of %q and %q", d.ID, d.Measure, d.Actor.Person, d.Actor.Second)
	}
	return nil
}

// NewDecisionID derives the id of what was decided about a case: at, by what (a finding and
// its revision, or an act) and in which mode, under which policy.
func NewDecisionID(c CaseID, at Moment, because, policy string, m Mode) DecisionID {
	return DecisionID(deriveID("d-", "evenkeel decision 1", string(c), at.String(), because, policy, m.String()))
}
