package rule

import (
	"time"

	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// Window is what a rule keeps of one signal over event time, for each subject.
type Window struct {
	Name    string
	Of      Signal
	Kind    Kind
	For     time.Duration // how far back it looks
	Pane    time.Duration // its grain; For is a whole multiple; 0 for a mark
	Recent  time.Duration // distinct: how young a value must be to be new; 0 where nobody asks
	Learn   time.Duration // distinct: how old the state must be before anything is new
	Field   Field         // what is summed or told apart; FieldNone where events are counted
	History bool          // keep the subject's earlier bursts
	Cohort  *Cohort       // nil where nobody compares
	Unit    string        // of a pane's value, for drawing
	// Digest is of the definition without its name: windows with equal digests hold the
	// same state for the same subject.
	Digest uint64

	slots  [Features]int16
	where  *ternary.Expr // nil: every event
	fields int           // length of the slot vector of where
	reads  []fieldSlot   // what where reads of it
}

// Cohort tells which group of subjects one is compared with.
type Cohort struct {
	group *ternary.Expr
	facts []FactSlot
}

// Slot returns the place of a feature in the rule's slot vector; -1 where nothing reads it.
func (w *Window) Slot(f Feature) int { return int(w.slots[f]) }

// Facts returns the facts that the cohort depends on, with their places in the rule's slot vector.
func (c *Cohort) Facts() []FactSlot { return c.facts }

// Of returns the name of the subject's cohort; false where a fact that it needs is unknown.
func (c *Cohort) Of(slots []ternary.Value) (string, bool) { return c.group.Eval(slots).Text() }
