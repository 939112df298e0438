package courier

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Bounds of a letter. What is left out is counted in it.
const (
	mostNamed  = 3    // assets in a sentence
	mostAssets = 50   // assets in the list
	mostItems  = 40   // facts, and what is kept
	mostLedger = 8192 // bytes of the tree head
	mostReason = 8192 // bytes of what a person wrote
	mostLines  = 120  // of it
)

// telling is what a letter is composed of.
type telling struct {
	n     *evenkeel.Notice
	p     *phrases
	links Links
	head  Letterhead
	// machine says that a machine of the tenant's gets it, by which nobody answers.
	machine bool
}

// auto says who reads answers to the mail.
func (t *telling) auto() string {
	if t.links.Speak != "" && clean(t.head.ReplyTo) == "" {
		return t.p.foot.byLink
	}
	return t.p.foot.auto
}

func compose(t *telling) *letter {
	l := &letter{
		Lang: t.p.lang, Colon: t.p.colon, Aside: t.p.aside, Operator: clean(t.head.Operator), Subject: t.subject(), What: t.what(), Works: t.works(),
		Reason: t.reason(), Sign: clean(t.head.Operator), Auto: t.auto(), Ledger: t.proof(),
	}
	if t.n.Reminder {
		says := t.p.lead.remind
		if t.n.Turn > 0 {
			says = t.p.lead.remindNext
		}
		l.What = fill(t.p.lead.then, says, l.What)
	}
	if t.n.Appealed != 0 {
		l.What = fill(t.p.lead.then, t.decided(), l.What)
	}
	if t.n.Cut {
		l.What = fill(t.p.lead.then, fill(t.p.lead.cut, t.p.at(t.n.PersonBy)), l.What)
	}
	if says := t.amounts(); says != "" {
		l.Then = append(l.Then, says)
	}
	if c := &t.n.Contacts; c.Until != 0 {
		holds := l.What
		says, then := t.relisted(c)
		l.What, l.Then = says, slices.Concat(then, []string{holds}, l.Then)
	}
	sections := []section{t.seen(), t.help(), t.favour(), t.answer(), t.done(), t.appeal()}
	if t.n.Heard { // all of it was told
		sections = []section{t.answer()}
		l.Reason = nil
	}
	for _, s := range sections {
		if len(s.Blocks) > 0 {
			l.Sections = append(l.Sections, s)
		}
	}
	return l
}

// lang is the language of sentences that the operator wrote.
func (t *telling) lang() string {
	if t.head.Lang == "" {
		return "en"
	}
	return t.head.Lang
}

// words returns the words of the measure and of the state. Those that are not known to be any
// have none; Check lets no notice of such a measure or state through.
func (t *telling) words() (measureWords, stateWords) {
	s := t.p.states[0]
	if int(t.n.State) < len(t.p.states) {
		s = t.p.states[t.n.State]
	}
	m := t.measure(t.n.Measure)
	if t.pressed() {
		m.is, m.will = t.p.help.site.is, t.p.help.site.will
	}
	return m, s
}

func (t *telling) measure(m evenkeel.Measure) measureWords {
	if int(m) < len(t.p.measures) {
		return t.p.measures[m]
	}
	return t.p.measures[0]
}

func (t *telling) subject() string {
	m, s := t.words()
	on := t.shortly()
	what := fill(s.short, m.name, on)
	switch before := t.inPlaceOf(); {
	case t.orders() && t.n.State == evenkeel.InForce:
		what = t.p.lead.withheldShort
	case t.orders():
		what = t.p.lead.givenBackShort
	case t.received():
		what = fill(t.p.lead.receivedShort, clean(t.n.Receipt))
	case t.n.Heard:
		what = fill(t.p.lead.heardShort, clean(t.n.Receipt))
	case t.onlyReported() && t.n.State == evenkeel.InForce && !t.closed():
		what = fill(t.p.told.short, on)
	case t.unheld():
		what = fill(t.p.lead.unheldShort, m.name, on)
	case t.asksOnly():
		what = fill(t.p.help.short, on)
	case t.onPaper():
		what = fill(t.p.lead.paperShort, m.name, on)
	case before != "":
		what = fill(t.p.lead.insteadShort, m.name, before, on)
	case t.corrects():
		what = fill(t.p.lead.undoneShort, m.name, on)
	case t.after():
		what = fill(t.p.lead.afterShort, m.name, on)
	case t.credits():
		what = fill(t.p.lead.creditShort, clean(t.n.Credit.Amount))
	case t.n.Outcome.Cleared():
		what = fill(t.p.lead.clearedShort, on)
	case t.closed():
		what = fill(t.p.lead.closedShort, on)
	}
	switch {
	case t.n.Upheld:
		what = fill(t.p.lead.upheldShort, what)
	case t.n.Appealed != 0:
		what = fill(t.p.lead.appealedShort, what)
	}
	if t.n.Cut {
		what = fill(t.p.lead.cutShort, what)
	}
	switch c := &t.n.Contacts; {
	case c.Confirmed != "":
		what = fill(t.p.lead.confirmedShort, what)
	case c.Until != 0:
		what = fill(t.p.lead.contactsShort, what)
	}
	if t.n.Reminder {
		what = fill(t.p.lead.remindShort, what)
	}
	return cut(fill(t.p.answers.subject, cut(what, 120), cut(clean(string(t.n.Tenant)), 40), clean(string(t.n.Case))), 200)
}

// relisted says how the tenant's contacts were changed, or who of those who came was confirmed, and by whom; and
// then what follows from that.
func (t *telling) relisted(c *evenkeel.Contacts) (says string, then []string) {
	w := &t.p.lead
	switch {
	case c.Confirmed != "" && c.By != "":
		return fill(w.confirmedBy, roleOf(c.Confirmed), roleOf(c.By)), []string{w.confirmedThen}
	case c.Confirmed != "":
		return fill(w.confirmedByUs, roleOf(c.Confirmed)), []string{w.confirmedThenUs}
	}
	says = w.contacts
	for _, x := range []struct {
		with  string
		roles []string
	}{{w.contactsCame, c.Added}, {w.contactsGone, c.Gone}} {
		var named []string
		for _, r := range x.roles {
			named = append(named, roleOf(r))
		}
		if len(named) > 0 {
			says = fill(x.with, says, strings.Join(named, t.p.comma))
		}
	}
	return says, []string{fill(w.contactsThen, t.p.at(c.Until))}
}

// closed says whether a notice tells how its case was closed.
func (t *telling) closed() bool { return t.n.Outcome != evenkeel.OutcomeNone }

// closing says whether a notice was written because its case was closed.
func (t *telling) closing() bool { return t.n.ID == evenkeel.NewClosingID(t.n.Case, t.n.At) }

// credits says whether a notice was written because a credit was granted.
func (t *telling) credits() bool { return t.n.Credit.Amount != "" }

// after says whether a notice tells that what could not be carried out was, after all.
func (t *telling) after() bool { return t.n.ID == evenkeel.NewUndoneID(t.n.Decision, false) }

// number says how many assets there are.
func (t *telling) number(assets []evenkeel.AssetID) string {
	if len(assets) == 0 {
		return t.p.account
	}
	return count(t.p.resources, int64(len(assets)))
}

// shortly names the assets in a subject: the first two, and how many more there are.
func (t *telling) shortly() string {
	const most = 2
	if len(t.n.Assets) <= most+1 {
		return t.named()
	}
	var names []string
	for _, a := range t.n.Assets[:most] {
		names = append(names, cut(clean(string(a)), 40))
	}
	return fill(t.p.more, strings.Join(names, t.p.comma), count(t.p.others, int64(len(t.n.Assets)-most)))
}

// named names the assets of the notice in a sentence.
func (t *telling) named() string { return t.naming(t.n.Assets) }

// naming names some assets in a sentence: all of a few, else their number and the first ones.
func (t *telling) naming(assets []evenkeel.AssetID) string {
	var names []string
	for _, a := range assets[:min(len(assets), mostNamed)] {
		names = append(names, cut(clean(string(a)), 60))
	}
	switch more := len(assets) - mostNamed; {
	case len(names) == 0:
		return t.p.account
	case more > 0:
		left := count(t.p.others, int64(more))
		return fill(t.p.some, t.number(assets), fill(t.p.more, strings.Join(names, t.p.comma), left))
	case len(names) == 1:
		return names[0]
	default:
		return strings.Join(names[:len(names)-1], t.p.comma) + t.p.and + names[len(names)-1]
	}
}

// what says what happened: in one sentence, and one before for what ended by it.
func (t *telling) what() string {
	m, s := t.words()
	n, w := t.n, &t.p.lead
	switch {
	case t.orders() && n.State == evenkeel.InForce:
		return t.withheld()[0]
	case t.orders():
		return fill(w.givenBack, clean(n.Withheld.Reference), clean(n.Withheld.Authority))
	case n.Heard:
		return fill(w.heard, t.p.at(n.At), clean(n.Receipt))
	case t.unheld():
		return fill(w.heardStops, fill(m.the, t.named()))
	case t.received():
		return fill(w.received, t.p.at(n.At), clean(n.Receipt), fill(m.the, t.named()))
	case t.corrects():
		return fill(w.undone, fill(m.the, t.named()))
	case t.after():
		return fill(w.after, fill(w.until, fill(m.is, t.named()), t.p.until(n.Until, n.At)))
	case t.credits():
		long := t.p.span(time.Duration(n.Credit.Minutes) * time.Minute)
		return fill(w.credit, t.named(), clean(n.Credit.Amount), long)
	case n.Outcome == evenkeel.OutcomePolicyMismatch && t.onlyReported():
		return fill(t.p.told.permitted, t.named())
	case n.Outcome == evenkeel.OutcomePolicyMismatch && t.flooded():
		return fill(t.p.help.site.permitted, t.named())
	case n.Outcome == evenkeel.OutcomePolicyMismatch:
		return fill(w.permitted, t.named())
	case n.Outcome.Cleared() && t.onlyReported():
		return fill(t.p.told.cleared, t.named())
	case n.Outcome.Cleared():
		return fill(w.cleared, t.named())
	case t.closed() && n.Automatic:
		return fill(w.closed, t.named(), t.outcome().says)
	case t.closed():
		return fill(w.closedBy, t.named(), t.outcome().says)
	case t.never() && n.State == evenkeel.Lifted:
		return fill(w.neverLifted, fill(m.the, t.named()))
	case t.never():
		return fill(w.neverLapsed, fill(m.the, t.named()))
	case t.asksOnly():
		return t.since(fill(t.p.help.sign, t.named()))
	case t.onlyReported() && n.State == evenkeel.InForce && !n.Measure.Enforced():
		return t.since(fill(t.p.told.asks, t.named()))
	case n.State == evenkeel.InForce && !n.Measure.Enforced():
		return t.since(fill(m.is, t.named()))
	case t.onPaper():
		return t.since(t.sooner(fill(w.paper, fill(m.the, t.named()), t.end())))
	case t.stays():
		return fill(w.upheldUntil, fill(m.the, t.named()), t.p.both(t.p.left, n.Until, n.At))
	case n.State == evenkeel.InForce:
		return t.since(t.sooner(fill(w.until, fill(m.is, t.named()), t.end())))
	case n.State == evenkeel.Held && len(t.stands()) > 0:
		return fill(w.fromThen, fill(m.will, t.named()), t.p.both(t.p.ahead, n.From, n.At))
	case n.State == evenkeel.Held && t.head.OnPaper:
		return t.p.sentences(fill(w.from, fill(m.will, t.named()), t.p.both(t.p.ahead, n.From, n.At)), w.paperAhead)
	case n.State == evenkeel.Held:
		return fill(w.from, fill(m.will, t.named()), t.p.both(t.p.ahead, n.From, n.At))
	}
	return fill(s.says, fill(m.the, t.named()))
}

// end is when a measure in force ends, and how long that is: of one that begins with the notice the whole of it,
// and of one that was so before what is left.
func (t *telling) end() string {
	if t.n.At.Sub(t.n.From) < time.Minute {
		return t.p.until(t.n.Until, t.n.From)
	}
	return t.p.both(t.p.left, t.n.Until, t.n.At)
}

// works says what keeps working. What was left to the tenant under a measure would be less than
// what there is once it is over.
func (t *telling) works() string {
	w := &t.p.lead
	switch n := t.n; {
	case t.orders() && n.State == evenkeel.InForce:
		return w.withheldOnly
	case t.orders():
		return ""
	case t.received() && n.State == evenkeel.InForce && n.Measure.Enforced():
		return t.p.sentences(t.decides(), w.keptUntil, t.p.told.down, t.keeps(w.keeps))
	case n.Heard:
		return t.heard()
	case t.unheld():
		return t.besides(t.p.sentences(w.untaken, w.mayBegin))
	case t.received():
		return t.decides()
	case t.credits():
		return w.creditHow
	case n.Undone && (t.closing() || t.closed() && t.never()):
		m, _ := t.words()
		holds := w.unfelt
		if n.Outcome.Cleared() {
			holds = t.free()
		}
		return fill(w.then, fill(w.undone, fill(m.the, t.named())), holds)
	case n.Undone && (t.closed() || t.never()):
		return w.unfelt
	case n.Undone:
		return fill(w.goesOn, w.unfelt)
	case t.after():
		return t.keeps(w.keeps)
	case n.Outcome.Cleared():
		return t.free()
	case t.closed() && n.State == evenkeel.InForce && n.Measure.Enforced() && t.head.OnPaper:
		m, _ := t.words()
		return t.p.sentences(fill(w.paper, fill(m.the, t.named()), t.end()), w.unfelt)
	case t.closed() && n.State == evenkeel.InForce && n.Measure.Enforced():
		m, _ := t.words()
		measure := fill(w.until, fill(m.is, t.named()), t.end())
		return fill(w.stays, measure, t.keeps(w.keeps))
	case t.closed() && !n.Measure.Enforced():
		return w.unlimited
	case n.State == evenkeel.InForce && !n.Measure.Enforced() && len(n.Beside) == 0:
		return w.nothing
	case n.State == evenkeel.InForce && !n.Measure.Enforced():
		return t.besides(w.itself)
	case t.onPaper():
		return t.besides(w.unfelt)
	case n.State == evenkeel.InForce:
		return t.besides(t.keeps(w.keeps))
	case n.State == evenkeel.Held:
		return t.besides(t.keeps(w.willKeep))
	case n.State == evenkeel.Superseded || !n.Measure.Enforced():
		return ""
	case (n.State == evenkeel.Lapsed || n.State == evenkeel.Lifted) && t.head.OnPaper:
		return w.unfelt
	case n.State == evenkeel.Lapsed || n.State == evenkeel.Lifted:
		return w.letGo
	}
	return w.untaken
}

// free says what holds from then on where a case was closed in the tenant's favour.
func (t *telling) free() string {
	if t.n.Allowed == 0 {
		return t.p.lead.free
	}
	return fill(t.p.lead.allowed, t.p.lead.free, t.p.at(t.n.Allowed))
}

// reason is the one that was given in words, line by line as it was written: of questions and
// answers that run into each other nobody can tell which is whose.
func (t *telling) reason() []string {
	if t.orders() {
		return nil // it is the order, which is named
	}
	lines := t.pointed(linesOf(t.n.Says))
	if len(lines) == 0 {
		return nil
	}
	how := t.p.lead.said
	if t.n.Automatic {
		how = t.p.lead.reason
	}
	return strings.Split(fill(how, fill(t.p.quote, strings.Join(lines, "\n"))), "\n")
}

// keeps says what keeps working, and by which ways the tenant fetches its data meanwhile (R6): only those
// that were shown to be open last. Where a lawful order withholds the data nothing is said to be kept of it.
func (t *telling) keeps(how string) string {
	w := &t.head.Ways
	if w.Withheld || t.n.Withheld.Authority != "" {
		return t.p.sentences(append([]string{t.p.lead.meanwhile}, t.withheld()...)...)
	}
	says := []string{fill(how, t.kept())}
	if !t.n.Measure.Enforced() {
		return says[0]
	}
	if len(w.Open) > 0 {
		var ways []string
		for _, x := range w.Open[:min(len(w.Open), mostItems)] {
			ways = append(ways, cmp.Or(t.p.ways[x], clean(x)))
		}
		says = append(says, fill(t.p.lead.ways, strings.Join(ways, t.p.comma), t.p.at(w.Shown)))
	}
	if w.Unsure {
		last := t.p.lead.neverShown
		if w.Shown != 0 {
			last = fill(t.p.lead.lastShown, t.p.at(w.Shown))
		}
		if len(w.Open) > 0 {
			last = ""
		}
		for _, x := range []string{t.p.lead.unsure, last, t.p.lead.askFast} {
			if x != "" {
				says = append(says, x)
			}
		}
	}
	return t.p.sentences(says...)
}

// withheld names the lawful order by which the data is withheld, where the notice does: the order lets it be
// told.
func (t *telling) withheld() []string {
	h := &t.n.Withheld
	if h.Authority == "" {
		return nil
	}
	return []string{fill(t.p.lead.withheld, clean(h.Reference), clean(h.Authority), t.p.at(h.Until))}
}

// orders says whether a notice is the one about a lawful order, and not of a measure.
func (t *telling) orders() bool {
	return t.n.Measure == evenkeel.MeasureNone && t.n.Withheld.Authority != ""
}

// kept lists what keeps working, in a sentence.
func (t *telling) kept() string {
	var all []string
	for _, k := range t.n.Keeps[:min(len(t.n.Keeps), mostItems)] {
		all = append(all, t.p.theirs(k, t.lang()).Text)
	}
	return strings.Join(all, t.p.semicolon)
}

// seen states what speaks for the measure, each with its numbers. Where it turned out in the tenant's favour
// it is not said once more.
func (t *telling) seen() section {
	if t.n.Outcome.Cleared() || t.credits() {
		return section{}
	}
	b := t.terms(func(x *evenkeel.Term) bool { return x.Weight >= 0 })
	if len(b.Items) == 0 {
		return section{}
	}
	s := section{Title: t.p.titles.seen}
	if t.onlyReported() {
		s.Title = t.p.told.title
	}
	if t.n.Since != 0 {
		before := t.p.span(t.n.At.Sub(t.n.Since))
		says := fill(t.p.ground.since, t.p.at(t.n.Since), before)
		if t.n.Measured != 0 { // a letter may be written days after
			says = fill(t.p.ground.measured, t.p.at(t.n.Since), before, t.p.at(t.n.Measured))
		}
		s.Blocks = append(s.Blocks, block{Text: saying{Text: says}})
	}
	s.Blocks = append(s.Blocks, b)
	if b := t.reported(); len(b.Items) > 0 {
		s.Blocks = append(s.Blocks, b)
	}
	if t.helps() && !t.asksOnly() && !t.closed() {
		s.Blocks = append(s.Blocks, block{Text: saying{Text: t.p.help.theirs}})
	}
	if innocent := t.p.lead.innocent; !t.n.State.Over() && !t.closed() {
		switch {
		case t.helps():
			innocent = t.p.help.innocent
		case t.onlyReported():
			innocent = t.p.told.innocent
		case t.flooded():
			innocent = t.p.help.site.innocent
		}
		s.Blocks = append(s.Blocks, block{Text: saying{Text: innocent}})
	}
	return s
}

// favour states what was weighed for the tenant.
func (t *telling) favour() section {
	if t.n.Outcome.Cleared() || t.credits() {
		return section{}
	}
	b := t.terms(func(x *evenkeel.Term) bool { return x.Weight < 0 })
	if len(b.Items) == 0 {
		return section{}
	}
	return section{Title: t.p.titles.favour, Blocks: []block{b}}
}

func (t *telling) terms(of func(*evenkeel.Term) bool) (b block) {
	left := 0
	for i := range t.n.Seen {
		x := &t.n.Seen[i]
		switch {
		case !of(x):
		case len(b.Items) == mostItems:
			left++
		default:
			says := t.p.theirs(x.Says, t.lang())
			b.Items = append(b.Items, item{Says: says, Note: t.numbers(x, says.Lang != "")})
		}
	}
	return t.andOthers(b, left)
}

// andOthers ends a list that was cut with how many more there are.
func (t *telling) andOthers(b block, left int) block {
	if left > 0 {
		b.Items = append(b.Items, item{Says: saying{Text: count(t.p.others, int64(left))}})
	}
	return b
}

// numbers says what a term measured and from where on it counts, in the unit of its sentence; what it is that
// was measured only beside a sentence in another language. Of what is counted from the first on the sentence
// says all there is.
func (t *telling) numbers(x *evenkeel.Term, foreign bool) string {
	value, limit := t.p.reading(x.Value, x.Unit), t.p.reading(x.Threshold, x.Unit)
	if percent(x) {
		value, limit = number(hundredth(x.Value.Value))+" %", number(hundredth(x.Threshold.Value))+" %"
	}
	says := fill(t.p.ground.value, value)
	switch {
	case x.Value.Known && x.Threshold.Known && x.Unit == "" && whole(x.Value.Value) && x.Threshold.Value <= 1 && whole(x.Threshold.Value):
		if !foreign {
			return ""
		}
	case x.Value.Known && x.Threshold.Known:
		says = fill(t.p.ground.numbers, value, limit)
		if x.Weight < 0 {
			says = fill(t.p.ground.compared, value, limit)
		}
	case !x.Value.Known && !x.Threshold.Known:
		return ""
	}
	if t.p.gloss != nil && foreign {
		if what, ok := t.p.gloss(t.n.Family, x.Name); ok {
			says = fill(t.p.ground.what, what, says)
		}
	}
	return says
}

// percent says whether a term's sentence gives its value as a share of a hundred.
func percent(x *evenkeel.Term) bool {
	return x.Unit == "" && x.Value.Known && x.Value.Value > 0 && x.Value.Value <= 1 &&
		strings.Contains(x.Says, strconv.FormatFloat(hundredth(x.Value.Value), 'f', -1, 64)+" %")
}

// hundredth is a share of one as one of a hundred, to a tenth.
func hundredth(v float64) float64 { return math.Round(v*1000) / 10 }

func whole(v float64) bool { return v == math.Trunc(v) }

// names lists the assets, at most mostAssets.
func (t *telling) names() string {
	var names []string
	for _, a := range t.n.Assets[:min(len(t.n.Assets), mostAssets)] {
		names = append(names, clean(string(a)))
	}
	says := strings.Join(names, t.p.comma)
	if more := len(t.n.Assets) - mostAssets; more > 0 {
		says = fill(t.p.more, says, count(t.p.others, int64(more)))
	}
	return says
}
