package rule

import (
	"errors"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// MaxCost is the most steps that all expressions of a rule may take together. See
// ternary.Expr.Cost.
const MaxCost = 2000

// compiler makes the expressions of one document. It goes twice over them: first with every name
// that may be used, to check; then with the names that are used, so that the slot vector is short.
type compiler struct {
	rule    *Rule
	terms   []texts  // as rule.Terms
	cohorts []phrase // as rule.Windows
	faults  *faults
	used    map[string]bool
	cost    int
	failed  bool
}

// compile fills in the rule's terms and cohorts from the texts of its document.
func compile(r *Rule, d *document, windows []namedWindow, at spot, found *faults) {
	c := compiler{rule: r, faults: found, used: map[string]bool{}}
	for i := range d.Terms {
		c.terms = append(c.terms, termTexts(&d.Terms[i].Value))
	}
	for i := range windows {
		c.cohorts = append(c.cohorts, phraseOf(windows[i].Cohort))
	}
	all, errAll := ternary.NewScope(variables(r.Windows, r.Subject))
	known, errFacts := ternary.NewScope(factsOf(r.Subject))
	if err := errors.Join(errAll, errFacts); err != nil {
		found.at(at, "", "%v", err) // the names were checked before
		return
	}
	for i := range r.Terms {
		c.term(&r.Terms[i], &c.terms[i], all)
	}
	for i := range r.Windows {
		w := &r.Windows[i]
		if w.where != nil {
			c.cost += w.where.Cost()
		}
		if w.Cohort != nil {
			w.Cohort.group = c.expr(known, c.cohorts[i], ternary.StringType)
		}
	}
	if c.cost > MaxCost {
		found.at(at, "make expressions shorter; patterns and string functions cost most",
			"the rule's expressions cost %d steps, the limit is %d", c.cost, MaxCost)
	}
	c.unused(windows)
	c.factsAlone(spotOf(d.Score))
	if !c.failed {
		c.settle(at)
	}
}

// texts are the texts of a term that are compiled.
type texts struct{ when, value, threshold, says phrase }

func termTexts(d *termDoc) texts {
	return texts{phraseOf(d.When), phraseOf(d.Value), formulaOf(d.Threshold), phraseOf(d.Says)}
}

// term compiles and checks the texts of one term.
func (c *compiler) term(t *Term, d *texts, scope *ternary.Scope) {
	t.when = c.expr(scope, d.when, ternary.BoolType)
	if t.when != nil && t.when.Test(make([]ternary.Value, scope.Len())) != ternary.Undecided {
		c.fault(d.when.spot, "name a feature of a window or a fact that decides it",
			"`when` of term %s is %v whatever is seen", t.Name, t.when.Test(make([]ternary.Value, scope.Len())))
	}
	if t.when != nil {
		c.neverDistinct(t, d, scope)
	}
	if d.value.said() {
		t.value = c.number(scope, d.value)
		if t.value != nil && len(t.value.Uses()) == 0 {
			c.fault(d.value.spot, "name the feature that is compared with the threshold",
				"`value` of term %s is the same whatever is seen", t.Name)
		}
	}
	if d.threshold.said() {
		t.threshold = c.number(scope, d.threshold)
		if !d.value.said() {
			c.fault(d.threshold.spot, "say in `value` what is compared with it", "term %s has a threshold and no value", t.Name)
		}
	}
	if t.value != nil && t.threshold != nil && unitOf(t.value) != unitOf(t.threshold) {
		c.fault(d.threshold.spot, "say both in the same unit", "the value of term %s is a %s and its threshold a %s",
			t.Name, t.value.Type(), t.threshold.Type())
	}
	t.says = c.sentence(d.says, scope)
}

// unitOf tells durations from numbers: only like is compared with like.
func unitOf(x *ternary.Expr) ternary.Type {
	if x.Type() == ternary.DoubleType {
		return ternary.IntType
	}
	return x.Type()
}

// distinctWindow is the window whose count of different values a variable is, or nil.
func (c *compiler) distinctWindow(name string) *Window {
	for i := range c.rule.Windows {
		if w := &c.rule.Windows[i]; name == w.Name+"."+FeatureDistinct.String() {
			return w
		}
	}
	return nil
}

// neverDistinct refuses a condition over one count of different values that no count meets.
func (c *compiler) neverDistinct(t *Term, d *texts, scope *ternary.Scope) {
	uses := t.when.Uses()
	if len(uses) != 1 {
		return
	}
	w := c.distinctWindow(scope.Vars()[uses[0]].Name)
	if w == nil {
		return
	}
	slots := make([]ternary.Value, scope.Len())
	for n := range w.mostDistinct() + 1 {
		slots[uses[0]] = ternary.Int(n)
		if t.when.Test(slots) == ternary.True {
			return
		}
	}
	c.fault(d.when.spot, fmt.Sprintf("ask for at most %d", w.mostDistinct()),
		"`when` of term %s is never met: different values are counted up to %d", t.Name, w.mostDistinct())
}

// sentence compiles a template.
func (c *compiler) sentence(src phrase, scope *ternary.Scope) template {
	vars := scope.Vars()
	find := func(name string) (ternary.Type, ternary.Value, bool) {
		if slot, ok := scope.Slot(name); ok {
			return vars[slot].Type, ternary.Value{}, true
		}
		for i := range c.rule.Windows {
			if w := &c.rule.Windows[i]; name == w.Name+"."+spanName {
				return ternary.DurationType, ternary.Duration(w.For), true
			}
		}
		return 0, ternary.Value{}, false
	}
	hint := func(name string) string {
		if own := c.hint(name); own != "" {
			return own
		}
		return nearest(name, varNames(vars), "names are ")
	}
	t, flaws := parseTemplate(src.text, find, hint)
	for _, f := range flaws {
		c.fault(src.at(place(src.text, f.offset)), f.fix, "%s", f.says)
	}
	for i := range t.parts {
		p := &t.parts[i]
		if p.text != "" {
			continue
		}
		c.used[p.name] = true
		if w := c.distinctWindow(p.name); w != nil {
			p.most = w.mostDistinct()
		}
	}
	return t
}

// number compiles an expression whose result is a number, a duration or a truth.
func (c *compiler) number(scope *ternary.Scope, src phrase) *ternary.Expr {
	x := c.expr(scope, src, 0)
	if x != nil && (x.Type() == ternary.StringType || x.Type() == ternary.TimestampType) {
		c.fault(src.spot, "expected int, double, duration or bool", "the result is of type %s", x.Type())
		return nil
	}
	return x
}

// expr compiles one expression and notes what it uses. It returns nil where there is a fault.
func (c *compiler) expr(scope *ternary.Scope, src phrase, want ternary.Type) *ternary.Expr {
	x := compileText(scope, src, want, c.hint, c.fault)
	if x == nil {
		return nil
	}
	if asksKnown(src.text) {
		c.fault(src.spot, "leave it out: what is unknown never meets a condition", "known() has no place in a rule's expressions")
		return nil
	}
	c.cost += x.Cost()
	vars := scope.Vars()
	for _, slot := range x.Uses() {
		c.used[vars[slot].Name] = true
	}
	return x
}

// hint says more of a name that is not declared than its nearest neighbour, where that is not what
// was meant; else "".
func (c *compiler) hint(name string) string {
	prefix, feature, _ := strings.Cut(name, ".")
	for i := range c.rule.Windows {
		w := &c.rule.Windows[i]
		if w.Name != prefix {
			continue
		}
		if feature == spanName {
			return "the length of a window is for `says`; here write it down, like minutes(20)"
		}
		has := w.features()
		if near := strict.Nearest(feature, has); near != "" {
			return "did you mean " + prefix + "." + near + "?"
		}
		return "window " + prefix + " is of kind " + w.Kind.String() + " and has " + strings.Join(has, ", ")
	}
	if prefix == "asset" && c.rule.Subject != evenkeel.SubjectAsset {
		return "asset facts are for rules about: asset"
	}
	return ""
}

func (c *compiler) fault(at spot, hint, format string, args ...any) {
	c.failed = true
	c.faults.at(at, hint, format, args...)
}

// unused refuses windows that nothing reads.
func (c *compiler) unused(said []namedWindow) {
	if c.failed {
		return // what is wrong may be what would have read it
	}
	for i := range c.rule.Windows {
		w, read := &c.rule.Windows[i], c.rule.Windows[i].Kind == Top // the finding names its ends
		for f := range Feature(Features) {
			read = read || c.used[w.Name+"."+f.String()]
		}
		if !read {
			c.fault(spotOf(said[i].name), "use one of its features in a term, or remove it", "nothing reads window %s", w.Name)
		}
	}
}

// factsAlone refuses a rule that could fire on who somebody is, whatever is seen.
func (c *compiler) factsAlone(at spot) {
	if c.failed {
		return
	}
	var most int64
	first := len(variables(c.rule.Windows, c.rule.Subject)) - len(factsOf(c.rule.Subject)) // slot of the first fact
	for i := range c.rule.Terms {
		t := &c.rule.Terms[i]
		if uses := t.when.Uses(); uses[0] < first {
			if t.Required {
				return
			}
		} else if t.weight > 0 || t.Required {
			most += t.weight
		}
	}
	if most >= c.rule.score {
		c.fault(at, "raise the score, or require a term that reads a window", "facts alone reach score %s, whatever is seen", decimal(c.rule.score))
	}
}
