package rule

import (
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// MaxTerms is the most terms that a rule may have.
const MaxTerms = 32

// Verdict is what a rule says of one slot vector. Floor and Bound hold Score between what it can
// become at least and at most when what is unknown turns out.
type Verdict struct {
	Met     [MaxTerms]ternary.Tri // by index of Rule.Terms
	Score   float64               // sum of the weights of the terms that are met
	Floor   float64               // Score and the negative weights that are undecided
	Bound   float64               // Score and the positive weights that are undecided
	Fires   bool                  // every required term is met, and Score reaches the rule's score
	MayFire bool                  // no required term is refuted, and Bound reaches the rule's score
}

// perPoint is how many steps of weight make one point of score. Sums of whole steps are exact.
const perPoint = 1000

// Weigh judges a slot vector of length Slots. A term that is undecided counts as one that is not
// met, whatever its sign: what is unknown adds nothing and takes nothing away. A verdict without
// MayFire never fires however the unknown values turn out; one that Fires with a Floor that reaches
// the rule's score always does. It does not allocate.
func (r *Rule) Weigh(slots []ternary.Value, v *Verdict) {
	var score, floor, bound int64
	fires, may := true, true
	for i := range r.Terms {
		t := &r.Terms[i]
		met := t.when.Test(slots)
		v.Met[i] = met
		switch {
		case met == ternary.True:
			score += t.weight
		case met == ternary.Undecided && t.weight > 0:
			bound += t.weight
		case met == ternary.Undecided:
			floor += t.weight
		}
		if t.Required {
			fires = fires && met == ternary.True
			may = may && met != ternary.False
		}
	}
	clear(v.Met[len(r.Terms):])
	floor, bound = floor+score, bound+score
	v.Score, v.Floor, v.Bound = points(score), points(floor), points(bound)
	v.Fires = fires && score >= r.score
	v.MayFire = may && bound >= r.score
}

func points(steps int64) float64 { return float64(steps) / perPoint }

// State puts a verdict into the words of a finding: the terms that were met, and those that were
// not or could not be judged, in the rule's order. slots is the vector that v was weighed on.
func (r *Rule) State(slots []ternary.Value, v *Verdict) (met, unmet []evenkeel.Term) {
	for i := range r.Terms {
		t := &r.Terms[i]
		stated := evenkeel.Term{
			Name: t.Name, Family: t.Family, Conclusive: t.Conclusive, Weight: t.Weight,
			Value: reading(t.value, slots), Threshold: reading(t.threshold, slots),
		}
		if t.value != nil && t.value.Type() == ternary.DurationType {
			stated.Unit = "s"
		}
		switch v.Met[i] {
		case ternary.True:
			stated.Says = t.says.render(slots) // of a term that is not met it would be untrue
			met = append(met, stated)
			continue
		case ternary.Undecided:
			stated.Unknown = strings.Join(t.when.Unknowns(slots), "; ")
		}
		unmet = append(unmet, stated)
	}
	return met, unmet
}

// reading is the value of a number expression; a duration counts in seconds, a truth as 0 or 1.
func reading(x *ternary.Expr, slots []ternary.Value) evenkeel.Reading {
	if x == nil {
		return evenkeel.Reading{}
	}
	v := x.Eval(slots)
	return evenkeel.Reading{Value: number(v), Known: v.Known()}
}
