package lookback

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

const (
	leastWidth = 50
	textListed = 10 // of each list; the page has all
)

// Text writes the report for a terminal of so many columns.
func (r *Report) Text(out io.Writer, width int) error {
	w := &writer{width: max(width, leastWidth)}
	w.line("", "Evenkeel lookback: %s to %s UTC", minuteOf(r.From), minuteOf(r.Until))
	w.line("", "%s", r.from())
	w.line("", "Read only: nothing was written to the Prometheus, nothing was enforced, nobody was told.")
	w.head("In short")
	for _, s := range r.short() {
		w.line("  ", "%s", s)
	}
	w.head("What was there to see")
	for _, s := range r.coverageText() {
		w.line("  ", "%s", s)
	}
	w.head("What cannot be judged")
	for _, s := range r.Coverage.Blind {
		w.line("  ", "- %s", s)
	}
	w.suspects(r)
	w.spared(r)
	w.locked(r)
	w.heldOf(r)
	_, err := io.WriteString(out, w.b.String())
	return err
}

func (r *Report) from() string {
	s := r.Address
	if r.Server != "" {
		s += ", " + r.Server
	}
	if r.Selector != "" {
		s += ", only {" + r.Selector + "}"
	}
	rules := strings.Join(r.Rules, ", ")
	if more := r.RulesAll - len(r.Rules); more > 0 {
		rules += fmt.Sprintf(" and %d more", more)
	}
	return s + fmt.Sprintf(". Rules %s; policy %s; compared with %s.", rules, r.Policy, r.Old)
}

// short is the report in a few sentences.
func (r *Report) short() []string {
	t := &r.Totals
	out := []string{}
	if r.Assumed {
		out = append(out, "No inventory: all facts about all tenants are unknown. Read what cannot be judged first.")
	}
	out = append(out, fmt.Sprintf("%s, of which %d had an hour at %s or more.", many(t.Machines, "machine"), t.Busy, level(busyHour)))
	switch {
	case t.Suspects == 0 && r.Assumed:
		out = append(out, "No rule found anything; without an inventory that says nothing.")
	case t.Suspects == 0:
		out = append(out, "Nobody is suspected.")
	case t.Enforced == 0:
		out = append(out, fmt.Sprintf("%s: told and asked, and nothing more.", many(t.Suspects, "suspect")))
	default:
		out = append(out, fmt.Sprintf("%s: %d told and asked, %d met with more.", many(t.Suspects, "suspect"), t.Noticed, t.Enforced))
	}
	if t.Spared != nil {
		out = append(out, fmt.Sprintf("%s left alone.", many(*t.Spared, "busy machine")))
		if t.Unjudged > 0 {
			out = append(out, fmt.Sprintf("%s unknown to the inventory, and so not judged.", many(t.Unjudged, "busy machine")))
		}
	} else {
		out = append(out, "The busy machines are not judged: of none is it known whose it is.")
	}
	if t.LockedTenants == 0 {
		return append(out, "The rule of 2019 would have locked nobody.")
	}
	return append(out, r.then(), r.created())
}

// then is about the rule of 2019.
func (r *Report) then() string {
	t := &r.Totals
	who := many(t.LockedTenants, "tenant") + " with " + many(t.LockedMachines, "machine")
	if t.LockedAlone == nil {
		says := fmt.Sprintf("Given no facts, the rule of 2019 locks %s. That is for want of an inventory, and says nothing about your customers.", who)
		if t.LockedNoticed > 0 {
			says += fmt.Sprintf(" Of these tenants Evenkeel would have asked %d; the others are not judged.", t.LockedNoticed)
		}
		return says
	}
	return fmt.Sprintf("The rule of 2019 would have locked %s. Of these tenants Evenkeel would have left %d alone and asked %d.", who, *t.LockedAlone, t.LockedNoticed)
}

// created says of how many locked machines the term about creation holds too.
func (r *Report) created() string {
	t := &r.Totals
	if t.LockedDated == 0 {
		return fmt.Sprintf("The stand-in does not ask how machines were created, and of none of the %d that it locks for is it known when.", t.LockedFor)
	}
	says := fmt.Sprintf("It would have done so for %s, of which %d had been created at most %s before: that of 2019 looked at creation too, and this one does not.", many(t.LockedFor, "machine"), t.LockedNew, longTime(lately))
	if n := t.LockedFor - t.LockedDated; n > 0 {
		says += fmt.Sprintf(" Of %d it is not known when.", n)
	}
	return says
}

func (r *Report) coverageText() []string {
	c := &r.Coverage
	out := []string{fmt.Sprintf("%s of usage, from %s to %s.", many(int(c.Records), "record"), minuteOf(c.First), minuteOf(c.Last))}
	out = append(out, fmt.Sprintf("Samples are taken every %s at most; they are mostly %s apart. Of the time from each machine's first reading to its last, %s was measured.",
		longTime(time.Duration(r.Step)), longTime(time.Duration(c.Interval)), percent(c.Measured)))
	for _, m := range c.Metrics {
		switch {
		case m.Targets > 0 || slices.Contains(c.Missing, m.Name):
			out = append(out, fmt.Sprintf("%s: %s, %s", m.Name, many(m.Targets, "target"), many(m.Samples, "sample")))
		case m.Samples > 0:
			out = append(out, fmt.Sprintf("%s: %s", m.Name, many(m.Samples, "sample")))
		}
	}
	for i, g := range c.Gaps {
		if i == 3 {
			out = append(out, fmt.Sprintf("and %d more.", len(c.Gaps)-i))
			break
		}
		out = append(out, fmt.Sprintf("Nothing was measured from %s to %s.", minuteOf(g.From), minuteOf(g.Until)))
	}
	return out
}

func (w *writer) suspects(r *Report) {
	w.head("Suspects (%d)", r.Totals.Suspects)
	for i := range firsts(r.Suspects, textListed) {
		s := &r.Suspects[i]
		w.line("  ", "%s", s.Title())
		w.line("    ", "%s", s.Account.String())
		for _, say := range s.Says {
			w.line("    ", "%s, score %g of %g, at %s:", say.Rule, say.Score, say.Needs, minuteOf(say.At))
			for _, t := range say.Terms {
				w.line("      ", "%s (%s, %s)", t.Says, t.Family, weight(t.Weight))
			}
			for _, t := range say.Unmet {
				w.line("      ", "not met: %s", unmet(t))
			}
		}
		w.line("    ", "Evenkeel: %s", s.Did.String())
		for _, g := range s.Did.Safeguards {
			w.line("      ", "%s: %s. %s", g.Name, g.Says, g.Why)
		}
		for _, why := range s.Did.Why {
			w.line("      ", "%s", why)
		}
		w.line("    ", "The rule of 2019%s %s", r.given(), oldText(s.Old))
	}
	w.rest(len(r.Suspects), r.Totals.Suspects)
}

func (w *writer) spared(r *Report) {
	for _, group := range r.calm() {
		w.head("%s", group.Head)
		for i := range firsts(group.Busy, textListed) {
			w.calm(r, &group.Busy[i])
		}
		w.rest(len(group.Busy), group.All)
	}
}

func (w *writer) calm(r *Report, s *Spared) {
	w.line("  ", "%s", s.Title())
	if !r.Assumed {
		w.line("    ", "%s", s.Whose())
	}
	for _, near := range s.Near {
		w.line("    ", "%s", near.Nearest())
		for _, t := range near.Terms {
			w.line("      ", "%s (%s)", t.Says, weight(t.Weight))
		}
		for _, t := range near.Unmet {
			if t.Weight > 0 {
				w.line("      ", "not met: %s (%s)", unmet(t), weight(t.Weight))
			}
		}
	}
	w.line("    ", "The rule of 2019%s %s", r.given(), s.Then())
}

// calm is a list of busy machines that no rule found, under a head that is true of them.
type calm struct {
	Head string
	Busy []Spared
	All  int // those that are not listed too
}

// calm are the busy machines that no rule found: those that were judged, and those that could not be.
func (r *Report) calm() []calm {
	if r.Totals.Spared == nil {
		return []calm{{"Busy machines, not judged", r.Unjudged, r.Totals.Unjudged}}
	}
	out := []calm{{fmt.Sprintf("Busy machines that were left alone (%d)", *r.Totals.Spared), r.Spared, *r.Totals.Spared}}
	if r.Totals.Unjudged > 0 {
		out = append(out, calm{fmt.Sprintf("Busy machines that the inventory does not know, not judged (%d)", r.Totals.Unjudged), r.Unjudged, r.Totals.Unjudged})
	}
	return out
}

// given says on what the rule of 2019 goes where it goes on nothing.
func (r *Report) given() string {
	if r.Assumed {
		return ", given no facts,"
	}
	return ""
}

// whom is the head over those whom the rule of 2019 locks.
func (r *Report) whom() string {
	if r.Assumed {
		return "Whom the rule of 2019 locks, given no facts"
	}
	return "Whom the rule of 2019 would have locked"
}

func (w *writer) locked(r *Report) {
	w.head("%s (%d)", r.whom(), r.Totals.LockedTenants)
	w.line("  ", "%s", About2019)
	for i := range firsts(r.Locked, textListed) {
		k := &r.Locked[i]
		w.line("  ", "%s", k.Title())
		w.line("    ", "%s", k.Account.String())
		if k.Says != "" {
			w.line("    ", "%s", k.Says)
		}
		w.line("    ", "Evenkeel: %s", newText(k.Evenkeel))
	}
	w.rest(len(r.Locked), r.Totals.LockedTenants)
}

func (w *writer) heldOf(r *Report) {
	if len(r.Held) == 0 {
		return
	}
	w.head("Found, and nobody knows whose (%d)", r.Totals.Held)
	for _, h := range firsts(r.Held, textListed) {
		w.line("  ", "%s at %s: %s", h.Rule, minuteOf(h.At), h.Why)
	}
	w.rest(len(r.Held), r.Totals.Held)
}

// About2019 says what the rule of 2019 stands for.
const About2019 = "In 2019 a cloud locked a company of two for its CPU load, the way it created machines and a payment history that it could not have. The thresholds were never published. Here a stand-in takes what the rules in force found, and any CPU that was 90 % busy for half an hour; that threshold is ours. It leaves out the way machines were created, and so may lock more than that of 2019 did: of the machines for which it locks, those created at most 7 days before (the limit of the term new-machine of crypto-mining, ours too) are counted apart where the inventory tells of their creation. Who had not paid for three months of use was locked, and what was not known counted as guilt."

// level writes a share that is a round number of per cent.
func level(s Share) string { return fmt.Sprintf("%.0f %%", float64(s)*100) }

// Title names a suspect.
func (s *Suspect) Title() string {
	who := fmt.Sprintf("%s of tenant %s", s.Asset, s.Tenant)
	if s.Asset == "" {
		who = fmt.Sprintf("tenant %s, with %s", s.Tenant, many(s.NamedAll, "machine"))
	}
	return who + ": " + many(s.Findings, "finding")
}

// Title names a busy machine.
func (s *Spared) Title() string {
	who := string(s.Asset)
	if s.Tenant != "" && string(s.Tenant) != who {
		who += " of tenant " + string(s.Tenant)
	}
	return fmt.Sprintf("%s: %s at %s or more, busiest hour %s, mean %s", who, many(s.Hours, "hour"), level(highHour), percent(s.Peak), percent(s.Mean))
}

// Whose says what was known of the tenant.
func (s *Spared) Whose() string {
	if s.Tenant == "" {
		return "nobody is known to hold it"
	}
	return s.Account.String()
}

// Then says what the rule of 2019 wanted.
func (s *Spared) Then() string {
	if s.Tenant == "" {
		return "has no account to lock."
	}
	return oldText(s.Old)
}

// Title names a tenant and how much of it would have stopped.
func (k *Locked) Title() string {
	var names []string
	for _, a := range firsts(k.Through, 4) {
		names = append(names, string(a))
	}
	if k.For > len(names) {
		names = append(names, "others")
	}
	rules := strings.Join(firsts(k.Rules, 4), ", ")
	if k.RulesAll > 4 {
		rules += ", others"
	}
	return fmt.Sprintf("tenant %s, %s, from %s: for %s (%s)", k.Tenant, many(k.Machines, "machine"), minuteOf(k.At), strings.Join(names, ", "), rules)
}

// Nearest says how near a rule was.
func (s *Statement) Nearest() string {
	return fmt.Sprintf("%s came to %g of the %g that it takes, at %s:", s.Rule, s.Score, s.Needs, minuteOf(s.At))
}

// String puts the facts into a line.
func (a Account) String() string {
	return fmt.Sprintf("standing %s, customer for %s, paid %s, a month of use costs %s", a.Standing, a.Since, a.Paid, a.RunRate)
}

func oldText(m evenkeel.Measure) string {
	switch {
	case m >= evenkeel.MeasureSuspend:
		return "locks the whole account and stops every machine."
	case m == evenkeel.MeasureNone:
		return "says nothing."
	}
	return "wants to " + m.String() + "."
}

func newText(m *evenkeel.Measure) string {
	switch {
	case m == nil:
		return "not judged."
	case *m == evenkeel.MeasureNone:
		return "left alone."
	case *m == evenkeel.MeasureNotify:
		return "told and asked; every machine runs on."
	}
	return m.String() + " at most, for a time that ends by itself."
}

// writer breaks lines at words.
type writer struct {
	b     strings.Builder
	width int
}

func (w *writer) head(format string, args ...any) {
	says := fmt.Sprintf(format, args...)
	w.b.WriteString("\n" + says + "\n" + strings.Repeat("-", min(utf8.RuneCountInString(says), w.width)) + "\n")
}

// line writes words with an indent; what follows in further lines is indented by two more.
func (w *writer) line(indent, format string, args ...any) {
	at := 0
	for _, word := range strings.Fields(plain(fmt.Sprintf(format, args...))) {
		n := utf8.RuneCountInString(word)
		switch {
		case at == 0:
			w.b.WriteString(indent + word)
			at = len(indent) + n
		case at+1+n > w.width:
			w.b.WriteString("\n" + indent + "  " + word)
			at = len(indent) + 2 + n
		default:
			w.b.WriteString(" " + word)
			at += 1 + n
		}
	}
	w.b.WriteByte('\n')
}

func (w *writer) rest(told, all int) {
	if more := all - min(told, textListed); more > 0 {
		w.line("  ", "and %d more", more)
	}
}

// plain takes control characters away: names come from outside, and a terminal obeys them.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// many writes a number and its noun.
func many(n int, one string) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if n == 1 {
		return s + " " + one
	}
	return s + " " + one + "s"
}
