package rule

import (
	"slices"

	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// settle compiles everything again over the short slot vector and says where each value belongs.
func (c *compiler) settle(at spot) {
	r := c.rule
	r.vars = compact(variables(r.Windows, r.Subject), c.used)
	scope, err := ternary.NewScope(r.vars)
	if err != nil {
		c.fault(at, "", "%v", err)
		return
	}
	slotOf := func(name string) int {
		if slot, ok := scope.Slot(name); ok {
			return slot
		}
		return -1
	}
	again := func(x *ternary.Expr, src phrase, reads map[int]bool) *ternary.Expr {
		if x == nil {
			return nil
		}
		if x = compileText(scope, src, x.Type(), c.hint, c.fault); x != nil {
			for _, slot := range x.Uses() {
				reads[slot] = true
			}
		}
		return x
	}
	byTerms := map[int]bool{}
	for i := range r.Terms {
		t, src := &r.Terms[i], &c.terms[i]
		t.when, t.value, t.threshold = again(t.when, src.when, byTerms), again(t.value, src.value, byTerms), again(t.threshold, src.threshold, byTerms)
		t.says.bind(slotOf)
		for _, name := range t.says.names() {
			byTerms[slotOf(name)] = true
		}
	}
	for i := range r.Windows {
		w := &r.Windows[i]
		for f := range Feature(Features) {
			w.slots[f] = int16(slotOf(w.Name + "." + f.String()))
		}
		if w.Cohort != nil {
			byCohort := map[int]bool{}
			w.Cohort.group = again(w.Cohort.group, c.cohorts[i], byCohort)
			w.Cohort.facts = factSlots(slotOf, byCohort)
		}
	}
	for i := range r.Terms {
		r.Terms[i].watch(r.Windows)
	}
	r.facts = factSlots(slotOf, byTerms)
}

// watch notes which windows the condition reads.
func (t *Term) watch(windows []Window) {
	if t.when == nil {
		return // there is a fault in it, which was told
	}
	for i := range windows {
		if slices.ContainsFunc(t.when.Uses(), func(slot int) bool { return slices.Contains(windows[i].slots[:], int16(slot)) }) {
			t.Watches = append(t.Watches, i)
		}
	}
}

// factSlots are the facts that are read, in the order of the table.
func factSlots(slotOf func(string) int, read map[int]bool) []FactSlot {
	var out []FactSlot
	for f := range Fact(Facts) {
		if slot := slotOf(f.String()); slot >= 0 && read[slot] {
			out = append(out, FactSlot{Fact: f, Slot: slot})
		}
	}
	return out
}
