package rule

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// Rule is one document, checked and compiled. It is immutable and may be used by many
// goroutines at once.
type Rule struct {
	ID      string
	Version int
	Family  string // of rules: policy keeps a ladder of measures for it
	Mode    evenkeel.Mode
	Subject evenkeel.SubjectKind
	About   string              // for the operator: what the rule looks for
	Authors []evenkeel.PersonID // who wrote it: they are not drawn where it led to a case; no part of Digest
	Score   float64             // the weights of the met terms must sum to at least this
	Quiet   time.Duration       // an episode ends when the condition has not held for so long
	Windows []Window
	Terms   []Term
	Hit     []string // names of the stories in which the rule must fire
	Miss    []string // names of the stories in which it must not
	Digest  string   // SHA-256, in hex, of the document's bytes
	Source  string   // file:line

	score int64         // steps, perPoint to a point
	vars  []ternary.Var // the slot vector: only what an expression or a template reads
	facts []FactSlot
}

// Term is one weighed statement of a rule.
type Term struct {
	Name       string
	Family     evenkeel.Evidence
	Conclusive bool
	Weight     float64
	Required   bool
	When       string // source of the condition
	Sentence   string // source of what it says
	Watches    []int  // the rule's windows that the condition reads, by their place in Windows

	weight    int64 // steps, perPoint to a point
	when      *ternary.Expr
	value     *ternary.Expr // nil where the document says none
	threshold *ternary.Expr // nil where the document says none
	says      template
}

// Slots returns the length of the slot vector that Weigh and State read.
func (r *Rule) Slots() int { return len(r.vars) }

// Facts returns the facts that terms use, with their places in the slot vector. The facts of
// a cohort are told by Cohort.Facts.
func (r *Rule) Facts() []FactSlot { return r.facts }

// Vars returns every name that the rule's expressions may use, with its type and what it means:
// features of the windows first, then facts.
func (r *Rule) Vars() []ternary.Var { return variables(r.Windows, r.Subject) }
