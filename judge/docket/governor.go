package docket

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// House is under whose name the ledger keeps what people do about no tenant: switches, breakers,
// an undo. No tenant has it: an id from outside has no control characters (evenkeel.CheckID).
const House evenkeel.TenantID = "\x1fhouse"

// SwitchKind says what a kill switch is about.
type SwitchKind uint8

// The kinds of switch. A detector is what evidence comes from: the name of a term, such as
// stratum, or a whole family of evidence, such as wire. A switch of it meets every finding in
// which a term of that name or family was met, whatever rule it is of.
const (
	SwitchGlobal   SwitchKind = iota + 1 // every automatic measure
	SwitchMeasure                        // those of one measure
	SwitchRule                           // those that rest on one rule, in any version
	SwitchDetector                       // those that rest on one input
	SwitchTenant                         // those against one tenant
)

var switchKinds = [...]string{
	SwitchGlobal: "global", SwitchMeasure: "measure", SwitchRule: "rule", SwitchDetector: "detector", SwitchTenant: "tenant",
}

// String returns the kind's word.
func (k SwitchKind) String() string {
	if int(k) >= len(switchKinds) || switchKinds[k] == "" {
		return "invalid"
	}
	return switchKinds[k]
}

// ParseSwitchKind reads the word.
func ParseSwitchKind(s string) (SwitchKind, error) {
	return parseWord[SwitchKind]("switch", switchKinds[:], s)
}

// MarshalText writes String.
func (k SwitchKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word.
func (k *SwitchKind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseSwitchKind(string(b))
	return err
}

// Scope is what a switch is about: a kind and, but for global, what is meant by it.
type Scope struct {
	Kind SwitchKind `json:"kind"`
	Key  string     `json:"key,omitempty"` // a measure's word, a rule, a term or family of evidence, a tenant
}

// String is such as "rule crypto-mining", or "global".
func (s Scope) String() string {
	if s.Key == "" {
		return s.Kind.String()
	}
	return s.Kind.String() + " " + s.Key
}

// Check says what is wrong with a scope, or nil.
func (s Scope) Check() error {
	switch s.Kind {
	case SwitchGlobal:
		if s.Key != "" {
			return evenkeel.Invalid("switch global %.80q; expected nothing behind global: it is about every automatic measure", s.Key)
		}
		return nil
	case SwitchMeasure:
		if m, err := evenkeel.ParseMeasure(s.Key); err != nil || !m.Enforced() {
			return evenkeel.Invalid("switch measure %.80q; expected a measure that is enforced, such as limit, throttle or isolate", s.Key)
		}
		return nil
	case SwitchRule, SwitchDetector, SwitchTenant:
		return evenkeel.CheckID("key of switch "+s.Kind.String(), s.Key)
	}
	return evenkeel.Invalid("switch of kind %s; expected one of global, measure, rule, detector, tenant", s.Kind)
}

// Met says whether a scope is about a measure against a tenant that rests on a rule and on some
// terms. Terms that were not met, or count for nothing, are not rested on.
func (s Scope) Met(m evenkeel.Measure, rule string, t evenkeel.TenantID, terms []evenkeel.Term) bool {
	switch s.Kind {
	case SwitchGlobal:
		return true
	case SwitchMeasure:
		return s.Key == m.String()
	case SwitchRule:
		return s.Key == rule
	case SwitchTenant:
		return s.Key == string(t)
	case SwitchDetector:
		for i := range terms {
			if x := &terms[i]; x.Weight > 0 && (s.Key == x.Name || s.Key == x.Family.String()) {
				return true
			}
		}
	}
	return false
}

// Switch is a kill switch that was pulled: while it is, no machine enters an enforced measure
// of its scope. One person pulls it, two let it go.
type Switch struct {
	Scope
	Pulled evenkeel.Moment   `json:"pulled"`
	By     evenkeel.PersonID `json:"by"`
	Why    string            `json:"why"`
	Lift   bool              `json:"lift,omitempty"` // what stood was to be lifted too
	// Review is the last question whether it is let go. Who asks says yes with it.
	Review *Review `json:"review,omitempty"`
	First  *Word   `json:"first,omitempty"`  // who asked …
	Second *Word   `json:"second,omitempty"` // … and who was drawn and found the same: released since
}

// Word is what one person said, and when.
type Word struct {
	By  evenkeel.PersonID `json:"by"`
	At  evenkeel.Moment   `json:"at"`
	Why string            `json:"why"`
}

// ID tells a switch from those of the same scope that were pulled before.
func (s *Switch) ID() string { return s.Scope.String() + " " + s.Pulled.String() }

// Released says whether two persons let it go.
func (s *Switch) Released() bool { return s.Second != nil }

// Asked is the question whether it is let go, while that is open; else nil.
func (s *Switch) Asked() *Review {
	if s.Review == nil || s.Review.State.Over() {
		return nil
	}
	return s.Review
}

// Drawn is when the person was drawn who is waited for; 0 where nobody is.
func (s *Switch) Drawn() evenkeel.Moment {
	if r := s.Asked(); r != nil && len(r.Draws) > 0 {
		return r.Draws[len(r.Draws)-1].At
	}
	return 0
}

// Whole says what a switch that is to be kept lacks, or nil: it is let go by both at once, who said so
// in its review, and the second was drawn for it.
func (s *Switch) Whole() error {
	if err := s.Check(); err != nil {
		return err
	}
	switch r := s.Review; {
	case s.Pulled == 0 || s.By == "":
		return evenkeel.Invalid("switch %s pulled at %q by %q; expected when, and by whom", s.Scope, s.Pulled, s.By)
	case s.First == nil && s.Second == nil:
		return nil
	case s.First == nil || s.Second == nil || r == nil || s.First.By == s.Second.By || !r.grants(s.First.By) || !r.grants(s.Second.By) ||
		!slices.ContainsFunc(r.Draws, func(d Draw) bool { return d.Drawn == s.Second.By }):
		return evenkeel.Invalid("switch %s is let go; expected that two persons said so in its review, of whom the second was drawn", s.Scope)
	}
	return nil
}

// grants says whether a person said yes.
func (r *Review) grants(p evenkeel.PersonID) bool {
	v := r.VerdictOf(p)
	return v != nil && v.Grant
}

// BlindSwitch is a switch as a person may read it: while it is asked whether it is let go, what was said
// and by whom is for those who said something.
func BlindSwitch(s Switch, person evenkeel.PersonID) Switch {
	r := s.Asked()
	if r == nil || r.VerdictOf(person) != nil {
		return s
	}
	hidden := *r
	(&blinding{decisions: map[evenkeel.DecisionID]bool{}, people: map[evenkeel.PersonID]bool{}, reviews: map[string]bool{}}).hide(&hidden, person)
	s.Review = &hidden
	return s
}

// Budget is how much of what machines may do is spent: when it will be whole again. A machine's
// measure moves that on by so much for each asset; it is kept as one moment, so that nothing is
// lost by rounding.
type Budget struct {
	Key  string          `json:"key"`  // such as "rule crypto-mining throttle"
	Full evenkeel.Moment `json:"full"` // when it is whole again
}

// Breaker is what a rule's automatic measures did of late, and whether they are stopped.
type Breaker struct {
	Rule    string          `json:"rule"`
	Hits    []Hit           `json:"hits,omitempty"`    // the newest last, each of another tenant
	Tripped evenkeel.Moment `json:"tripped,omitempty"` // since when a person has to decide; 0: it is closed
	Why     string          `json:"why,omitempty"`     // it tripped
	Reset   *Word           `json:"reset,omitempty"`   // who closed it last
}

// Hit is one tenant that a rule's automatic measure met.
type Hit struct {
	Tenant      evenkeel.TenantID `json:"tenant"`
	Established bool              `json:"established"` // a customer in good standing, or nobody knows
	At          evenkeel.Moment   `json:"at"`
}

// Debut is when a version of a rule, or a policy, first wanted to act by itself.
type Debut struct {
	Of string          `json:"of"` // such as "rule crypto-mining v1" or "policy sha256:…"
	At evenkeel.Moment `json:"at"`
}

// Governor is what the books hold back machines by, as one decision needs it.
type Governor struct {
	Switches []Switch // that are pulled, by kind and key
	Budgets  []Budget // those that were asked for and are kept, by key
	Breaker  Breaker  // of the rule; the zero one where nothing is kept
	Debuts   []Debut  // those that were asked for and are kept, by what they are of
	Feeds    []Feed   // that are open, of the source or with the rule, by ID
}

// Asked says which part of a Governor is needed.
type Asked struct {
	Rule    string
	Source  string // of feeds
	Budgets []string
	Debuts  []string
}

// Governing is the governor as a transaction sees it. What it read, nobody else changes before
// the transaction is kept or given up.
type Governing interface {
	Governor(Asked) (Governor, error)
}

// Board is what people look at: every switch, the one that was pulled last first, every breaker
// by its rule, every budget by its key, and the feeds that are open by their ID.
type Board struct {
	Switches []Switch  `json:"switches"`
	Breakers []Breaker `json:"breakers"`
	Budgets  []Budget  `json:"budgets,omitempty"`
	Feeds    []Feed    `json:"feeds,omitempty"`
}

// Boards shows the board.
type Boards interface {
	Board(ctx context.Context) (Board, error)
}

// Standing says which automatic decisions are looked for.
type Standing struct {
	Rule   string            // "" any
	Tenant evenkeel.TenantID // "" any
}

// Stands finds what machines let stand: the live automatic decisions with an enforced measure
// that are in force or held and rest on the rule, by id.
type Stands interface {
	Stands(ctx context.Context, s Standing) ([]evenkeel.Decision, error)
}

// Governed says whether a decision is one that Stands can find.
func Governed(d *evenkeel.Decision) bool {
	return d.Mode == evenkeel.ModeLive && d.Actor.Automatic() && d.Measure.Enforced() && (d.State == evenkeel.InForce || d.State == evenkeel.Held)
}

// Undo asks that what a version of a rule did in a window is undone, or, by a Scope, all that a
// switch is about.
type Undo struct {
	Rule    string           `json:"rule,omitempty"`
	Version int              `json:"version,omitempty"`
	From    evenkeel.Moment  `json:"from,omitempty"`    // of what came into its state since then; 0: ever
	Until   evenkeel.Moment  `json:"until,omitempty"`   // and before; 0: until now
	Measure evenkeel.Measure `json:"measure,omitempty"` // none: any
	Clear   bool             `json:"clear,omitempty"`   // cases that rest on it alone are closed as false positives
	Dry     bool             `json:"dry,omitempty"`     // only counted
	Scope   *Scope           `json:"-"`                 // in the place of Rule and Version
}

// Meant says whether a decision is one that is to be undone.
func (u *Undo) Meant(d *evenkeel.Decision) bool {
	if !Governed(d) || d.At < u.From || u.Until != 0 && d.At >= u.Until || u.Measure != evenkeel.MeasureNone && d.Measure != u.Measure {
		return false
	}
	for i := range d.Grounds.Basis {
		b := &d.Grounds.Basis[i]
		if u.Scope != nil && u.Scope.Met(d.Measure, b.Rule, d.Tenant, b.Terms) || u.Scope == nil && b.Rule == u.Rule && b.Version == u.Version {
			return true
		}
	}
	return false
}

// Tally counts what an undo frees, or has freed so far.
type Tally struct {
	Tenants   int `json:"tenants"`
	Cases     int `json:"cases"`
	Decisions int `json:"decisions"` // in force
	Held      int `json:"held"`      // that had not taken effect
	Assets    int `json:"assets"`
	// Minutes is how long what was in force stood on each of its assets, added up.
	Minutes  int64          `json:"minutes"`
	Measures map[string]int `json:"measures"` // decisions by their measure
	Left     int            `json:"left"`     // decisions that are still to be undone: ask again
	Dry      bool           `json:"dry"`
}

// Count counts one decision as of a moment. Tenants and cases are the caller's to count.
func (t *Tally) Count(d *evenkeel.Decision, now evenkeel.Moment) {
	if t.Measures == nil {
		t.Measures = map[string]int{}
	}
	t.Measures[d.Measure.String()]++
	t.Assets += len(d.Assets)
	if d.State == evenkeel.Held {
		t.Held++
		return
	}
	t.Decisions++
	t.Minutes += int64(max(now.Sub(d.From), 0).Minutes()) * int64(len(d.Assets))
}

// CountOf counts what an undo would end of what stands, for whoever has to know before.
func (u *Undo) CountOf(stands []evenkeel.Decision, now evenkeel.Moment) Tally {
	t := Tally{Dry: true}
	tenants, cases := map[evenkeel.TenantID]bool{}, map[evenkeel.CaseID]bool{}
	for i := range stands {
		if x := &stands[i]; u.Meant(x) {
			t.Count(x, now)
			tenants[x.Tenant], cases[x.Case] = true, true
		}
	}
	t.Tenants, t.Cases = len(tenants), len(cases)
	return t
}

// Add adds what another call of the same undo freed; what is left is what it left. A tenant whose cases
// were undone by two calls counts twice.
func (t *Tally) Add(o Tally) {
	measures := maps.Clone(t.Measures)
	for m, n := range o.Measures {
		if measures == nil {
			measures = map[string]int{}
		}
		measures[m] += n
	}
	*t = Tally{
		Tenants: t.Tenants + o.Tenants, Cases: t.Cases + o.Cases, Decisions: t.Decisions + o.Decisions, Held: t.Held + o.Held, Assets: t.Assets + o.Assets,
		Minutes: t.Minutes + o.Minutes, Measures: measures, Left: o.Left, Dry: o.Dry,
	}
}

// StateTripped is the state in the entry that a breaker opened; its Ref is the rule.
const StateTripped = "tripped"

// Says names what an undo is about, such as "rule crypto-mining v1".
func (u *Undo) Says() string {
	if u.Scope != nil {
		return "machines under the switch " + u.Scope.String()
	}
	return fmt.Sprintf("rule %s v%d", u.Rule, u.Version)
}
