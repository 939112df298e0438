package lookback

import (
	"math"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/lookback/prometheus"
)

// Report is what a lookback tells. Lists are never nil, and bounded.
type Report struct {
	Server   string          `json:"server"`  // which kind, and version; "" unknown
	Address  string          `json:"address"` // without what is secret in it
	Selector string          `json:"selector,omitempty"`
	From     evenkeel.Moment `json:"from"`
	Until    evenkeel.Moment `json:"until"`
	Step     Seconds         `json:"step_seconds"`

	// Assumed says that there was no inventory: each machine is a tenant of its own of whom
	// nothing is known.
	Assumed  bool     `json:"assumed"`
	Rules    []string `json:"rules"`
	Policy   string   `json:"policy"` // in force
	Digest   string   `json:"policy_digest"`
	Old      string   `json:"policy_2019"`
	RulesAll int      `json:"rules_total"`

	Coverage Coverage  `json:"coverage"`
	Suspects []Suspect `json:"suspects"`
	Spared   []Spared  `json:"left_alone"` // empty where Assumed
	Unjudged []Spared  `json:"not_judged"` // busy machines of which nobody is known to hold them: whether they would have been left alone is not known
	Locked   []Locked  `json:"locked_2019"`
	Held     []Held    `json:"held"`
	Totals   Totals    `json:"totals"`
}

// Seconds is a duration that JSON tells in seconds.
type Seconds time.Duration

// MarshalJSON writes a number.
func (s Seconds) MarshalJSON() ([]byte, error) { return number(time.Duration(s).Seconds()), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.Abs(f) > 1e9 {
		return evenkeel.Invalid("%.40s: expected a number of seconds", b)
	}
	*s = Seconds(f * float64(time.Second))
	return nil
}

// Totals are counts of everything, also of what the lists leave out.
type Totals struct {
	Machines int `json:"machines"`
	Busy     int `json:"busy"`     // with an hour at 50 % or more
	Suspects int `json:"suspects"` // with a finding of a rule in force
	Noticed  int `json:"noticed"`  // suspects about whom nothing above notify would have been done
	Enforced int `json:"enforced"` // suspects whom more would have met
	Held     int `json:"held"`
	// Spared is nil where there was no inventory: that a rule was silent then says nothing.
	Spared   *int `json:"left_alone"`
	Unjudged int  `json:"not_judged"` // busy machines that no rule found and that nobody is known to hold; without an inventory all
	// Of the rule of 2019.
	LockedTenants  int  `json:"locked_2019_tenants"`
	LockedMachines int  `json:"locked_2019_machines"`   // all that they hold
	LockedAlone    *int `json:"locked_2019_left_alone"` // tenants about whom Evenkeel would have said nothing; nil as Spared
	LockedNoticed  int  `json:"locked_2019_noticed"`    // whom it would have asked, and no more
	LockedFor      int  `json:"locked_2019_for"`        // machines for which accounts would have been locked
	LockedDated    int  `json:"locked_2019_dated"`      // of these, whose creation is known
	LockedNew      int  `json:"locked_2019_new"`        // created in the seven days before
	Unconfirmed    int  `json:"unconfirmed"`            // provisional findings that did not become final
}

// Coverage is how much there was to see.
type Coverage struct {
	Metrics  []prometheus.Seen `json:"metrics"`
	Missing  []string          `json:"missing"` // metrics that rules could use and of which there are none
	Records  int64             `json:"records"`
	Measured Share             `json:"measured"` // of the time from each machine's first reading to its last
	First    evenkeel.Moment   `json:"first"`    // reading of all
	Last     evenkeel.Moment   `json:"last"`
	Interval Seconds           `json:"interval_seconds"` // between two readings, the most common
	Gaps     []Gap             `json:"gaps"`             // in which no machine was measured, the longest first
	Blind    []string          `json:"blind"`            // what cannot be judged, in sentences
	// Unlisted are machines that an inventory, if one was given, does not know.
	Unlisted int `json:"unlisted"`
}

// Gap is a stretch of time.
type Gap struct {
	From  evenkeel.Moment `json:"from"`
	Until evenkeel.Moment `json:"until"`
}

// Trace is how busy a machine was, at even steps of time.
type Trace struct {
	From evenkeel.Moment `json:"from"`
	Step Seconds         `json:"step_seconds"`
	Busy []Share         `json:"busy"`
}

// Statement is what a rule stated of a machine.
type Statement struct {
	Rule    string          `json:"rule"`
	Version int             `json:"version"`
	Family  string          `json:"family"`
	At      evenkeel.Moment `json:"at"`
	From    evenkeel.Moment `json:"from"`
	Until   evenkeel.Moment `json:"until"`
	Score   float64         `json:"score"`
	Needs   float64         `json:"needs"` // the rule's score
	Terms   []evenkeel.Term `json:"terms"`
	Unmet   []evenkeel.Term `json:"unmet"`
}

// Account is what was known of a tenant when it was looked at, in words; what is not known says so.
type Account struct {
	Standing string `json:"standing"`
	Since    string `json:"since"`
	Paid     string `json:"paid"`
	RunRate  string `json:"run_rate"`
}

// Suspect is a subject that a rule in force found.
type Suspect struct {
	Tenant   evenkeel.TenantID  `json:"tenant"`
	Asset    evenkeel.AssetID   `json:"asset,omitempty"` // "" where the subject is a tenant or a principal
	Named    []evenkeel.AssetID `json:"named,omitempty"` // assets that the findings name otherwise, the first ones
	NamedAll int                `json:"named_total"`
	Account  Account            `json:"account"`
	Findings int                `json:"findings"`
	Says     []Statement        `json:"says"`  // the first of each rule and set of families
	Times    []Gap              `json:"times"` // of the findings, the earliest first
	Did      Outcome            `json:"evenkeel"`
	Old      evenkeel.Measure   `json:"rule_2019"` // what it wanted; none where it said nothing
	Month    Trace              `json:"month"`
	Close    Trace              `json:"close"`
}

// Outcome is what would have been done about a subject.
type Outcome struct {
	Measure    evenkeel.Measure     `json:"measure"` // the highest that would have taken effect
	Wanted     evenkeel.Measure     `json:"wanted"`
	State      string               `json:"state"` // of the decision that is told
	Stood      bool                 `json:"stood"` // it was about another machine of the tenant, and stood already
	From       evenkeel.Moment      `json:"from"`
	Until      evenkeel.Moment      `json:"until"`
	Safeguards []evenkeel.Safeguard `json:"safeguards"`
	Row        string               `json:"row"` // of how far a machine may go alone
	Why        []string             `json:"why"`

	decision evenkeel.DecisionID
	effect   bool
}

// Spared is a busy machine that no rule in force found. Where nobody is known to hold it, it is not
// judged at all.
type Spared struct {
	Tenant  evenkeel.TenantID `json:"tenant"`
	Asset   evenkeel.AssetID  `json:"asset"`
	Account Account           `json:"account"`
	Mean    Share             `json:"mean"`       // of the whole time
	Peak    Share             `json:"peak"`       // of the busiest hour
	PeakAt  evenkeel.Moment   `json:"peak_at"`    // when that hour begins
	Hours   int               `json:"busy_hours"` // at 80 % or more
	Near    []Statement       `json:"near"`       // what the rules stated when they were nearest in that hour
	Old     evenkeel.Measure  `json:"rule_2019"`
	Month   Trace             `json:"month"`
}

// Locked is a tenant whose account the rule of 2019 would have locked.
type Locked struct {
	Tenant   evenkeel.TenantID  `json:"tenant"`
	Account  Account            `json:"account"`
	Machines int                `json:"machines"` // that are known to be the tenant's, all of which would have stopped
	Through  []evenkeel.AssetID `json:"through"`  // the machines that it would have been for, the first ones
	For      int                `json:"through_total"`
	Dated    int                `json:"through_dated"` // of them, whose creation is known
	New      int                `json:"through_new"`   // created in the seven days before
	Rules    []string           `json:"rules"`         // that found them, the first ones
	RulesAll int                `json:"rules_total"`
	At       evenkeel.Moment    `json:"at"` // when for the first time
	Wanted   evenkeel.Measure   `json:"wanted"`
	Says     string             `json:"says"`     // its one safety
	Evenkeel *evenkeel.Measure  `json:"evenkeel"` // the most that it would have done; nil where it did nothing and knew nothing
}

// Held is a finding that waits for a tenant.
type Held struct {
	Asset evenkeel.AssetID `json:"asset"`
	Rule  string           `json:"rule"`
	At    evenkeel.Moment  `json:"at"`
	Why   string           `json:"why"`
}
