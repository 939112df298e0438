package docket

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Sight is what a person sees of a case that they judge by lot: what was known when a machine
// first acted, and nothing that came after; by names that tell nobody who it was.
type Sight struct {
	Audit   AuditID          `json:"audit"`
	Family  string           `json:"family"`
	Measure evenkeel.Measure `json:"measure"` // that a machine took; notify where it took none that is enforced
	Clause  string           `json:"clause"`
	// Why is why the measure was that and no other; Safeguards what was asked before.
	Why        []string             `json:"why,omitempty"`
	Safeguards []evenkeel.Safeguard `json:"safeguards,omitempty"`
	Findings   []Seen               `json:"findings"`
}

// Seen is a finding, without whom it is about.
type Seen struct {
	After time.Duration   `json:"after"` // since the first finding of the case, in nanoseconds
	Rule  string          `json:"rule"`
	Terms []evenkeel.Term `json:"terms"`
	Unmet []evenkeel.Term `json:"unmet,omitempty"`
}

// mostSeen is how many findings are shown, the first ones: what led to the measure is there.
const mostSeen = 64

// Veil shows a case as whoever judges it by lot may see it. Moments that a sentence tells are told from
// the first finding on, so that nobody sees how long ago it was.
func Veil(f *Folder, a *Audit) Sight {
	x := first(f)
	out := Sight{Audit: a.ID, Family: a.Family, Measure: evenkeel.MeasureNotify}
	until := evenkeel.Moment(0)
	names := veil{namesIn(f), f.Case.Opened}
	if len(f.Findings) > 0 {
		names.from = f.Findings[0].At
	}
	if x != nil {
		out.Measure, out.Clause, until = x.Measure, x.Grounds.Clause, x.From
		for _, w := range x.Why {
			out.Why = append(out.Why, names.over(w))
		}
		for _, s := range x.Safeguards {
			s.Why = names.over(s.Why)
			out.Safeguards = append(out.Safeguards, s)
		}
	}
	for i := range f.Findings {
		g := &f.Findings[i]
		if until != 0 && g.At > until || len(out.Findings) == mostSeen {
			continue
		}
		out.Findings = append(out.Findings, Seen{After: g.At.Sub(names.from), Rule: g.Rule, Terms: veiled(g.Terms, names), Unmet: veiled(g.Unmet, names)})
	}
	return out
}

// first is the first live decision of a machine that was in force and is enforced, or else the first of
// a machine; nil where there is none.
func first(f *Folder) (found *evenkeel.Decision) {
	for i := range f.Decisions {
		x := &f.Decisions[i]
		if !byMachine(x) {
			continue
		}
		if TookEffect(x) {
			return x
		}
		if found == nil {
			found = x
		}
	}
	return found
}

// MachineActed says whether a measure of a machine that is enforced was in force by any of some decisions:
// only such cases are looked at by lot.
func MachineActed(all []evenkeel.Decision) bool {
	return slices.ContainsFunc(all, func(x evenkeel.Decision) bool { return byMachine(&x) && TookEffect(&x) })
}

// ActedFirst says whether a machine's measure came into force in a case before the tenant said a word, by
// all its entries in their order. Of known cases only such are shown: where the tenant speaks first, the
// machine's reasons tell so, and those that are closed without a word never have that.
func ActedFirst(all []evenkeel.Decision, entries []evenkeel.Entry) bool {
	for i := range entries {
		switch e := &entries[i]; {
		case e.Kind == evenkeel.EntrySaid:
			return false
		case e.Kind == evenkeel.EntryDecided && e.State == evenkeel.InForce.String() && slices.ContainsFunc(all, func(x evenkeel.Decision) bool {
			return string(x.ID) == e.Ref && byMachine(&x) && x.Measure.Enforced()
		}):
			return true
		}
	}
	return false
}

func byMachine(x *evenkeel.Decision) bool { return x.Mode == evenkeel.ModeLive && x.Actor.Automatic() }

// TookEffect says whether a measure that is enforced was in force by a decision, whatever became of it. What
// gave way while it was held, before its time, was not.
func TookEffect(x *evenkeel.Decision) bool {
	switch x.State {
	case evenkeel.InForce, evenkeel.Lapsed, evenkeel.Lifted:
		return x.Measure.Enforced() && x.From != 0
	case evenkeel.Superseded:
		return x.Measure.Enforced() && x.From != 0 && x.At >= x.From
	}
	return false
}

func veiled(in []evenkeel.Term, names veil) []evenkeel.Term {
	out := slices.Clone(in)
	for i := range out {
		out[i].Says, out[i].Unknown = names.over(out[i].Says), names.over(out[i].Unknown)
	}
	return out
}

// veil takes out of a sentence whom it is about, and when it was.
type veil struct {
	names *strings.Replacer
	from  evenkeel.Moment // from when on moments are told
}

var moments = regexp.MustCompile(`\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC|[+-]\d\d:\d\d)?)?`)

// momentForms are how sentences write a moment.
var momentForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05 UTC", "2006-01-02 15:04 UTC", "2006-01-02 15:04", time.DateTime, time.DateOnly}

func (v veil) over(s string) string {
	return moments.ReplaceAllStringFunc(v.names.Replace(s), func(m string) string {
		for _, form := range momentForms {
			if t, err := time.Parse(form, m); err == nil {
				return off(evenkeel.MomentOf(t).Sub(v.from))
			}
		}
		return "(a moment)"
	})
}

// off says how far off the first finding something is: T+1h5m, in whole minutes, or days where it is far.
func off(d time.Duration) string {
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	switch m := int64(d / time.Minute); {
	case m >= 48*60:
		return fmt.Sprintf("T%s%dd", sign, m/(24*60))
	case m >= 60:
		return fmt.Sprintf("T%s%dh%dm", sign, m/60, m%60)
	default:
		return fmt.Sprintf("T%s%dm", sign, m)
	}
}

// namesIn replaces whatever names the tenant and its assets, the longest first, so that no name
// is left as the end of another.
func namesIn(f *Folder) *strings.Replacer {
	is := map[string]string{string(f.Case.ID): "this case"}
	assets := slices.Clone(f.Case.Assets)
	for i := range f.Findings {
		g := &f.Findings[i]
		assets = append(append(assets, g.Subject.Asset), g.Assets...)
		if p := g.Subject.Principal; p != "" {
			is[p] = "a principal"
		}
	}
	n := 0
	for _, a := range assets {
		if _, known := is[string(a)]; a != "" && !known {
			n++
			is[string(a)] = fmt.Sprintf("asset %d", n)
		}
	}
	is[string(f.Case.Tenant)] = "the tenant"
	var names []string
	for name := range is {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, is[name])
	}
	return strings.NewReplacer(pairs...)
}
