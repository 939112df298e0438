package docket

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	Words      []string             `json:"words,omitempty"` // of the tenant, before the measure
}

// Seen is a finding, without whom it is about.
type Seen struct {
	After evenkeel.Moment `json:"after"` // since the first finding of the case, in nanoseconds
	Rule  string          `json:"rule"`
	Terms []evenkeel.Term `json:"terms"`
	Unmet []evenkeel.Term `json:"unmet,omitempty"`
}

// mostSeen is how many findings are shown, the first ones: what led to the measure is there.
const mostSeen = 64

// Veil shows a case as whoever judges it by lot may see it. What a sentence of a rule tells of time
// stays.
func Veil(f *Folder, a *Audit) Sight {
	x := first(f)
	out := Sight{Audit: a.ID, Family: a.Family, Measure: evenkeel.MeasureNotify}
	until := evenkeel.Moment(0)
	names := namesIn(f)
	if x != nil {
		out.Measure, out.Clause, until = x.Measure, x.Grounds.Clause, x.From
		for _, w := range x.Why {
			out.Why = append(out.Why, names.Replace(w))
		}
		for _, s := range x.Safeguards {
			s.Why = names.Replace(s.Why)
			out.Safeguards = append(out.Safeguards, s)
		}
	}
	for i := range f.Findings {
		g := &f.Findings[i]
		if until != 0 && g.At > until || len(out.Findings) == mostSeen {
			continue
		}
		out.Findings = append(out.Findings, Seen{After: g.At - f.Findings[0].At, Rule: g.Rule, Terms: veiled(g.Terms, names), Unmet: veiled(g.Unmet, names)})
	}
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Kind == evenkeel.EntrySaid && e.Words != "" && until != 0 && e.At <= until {
			out.Words = append(out.Words, names.Replace(e.Words))
		}
	}
	return out
}

// first is the first live decision of a machine that was in force and is enforced, or else the first of
// a machine; nil where there is none.
func first(f *Folder) (found *evenkeel.Decision) {
	for i := range f.Decisions {
		x := &f.Decisions[i]
		if x.Mode != evenkeel.ModeLive || !x.Actor.Automatic() {
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

// TookEffect says whether a measure that is enforced was in force by a decision, whatever became of it.
func TookEffect(x *evenkeel.Decision) bool {
	switch x.State {
	case evenkeel.InForce, evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Superseded:
		return x.Measure.Enforced() && x.From != 0
	}
	return false
}

func veiled(in []evenkeel.Term, names *strings.Replacer) []evenkeel.Term {
	out := slices.Clone(in)
	for i := range out {
		out[i].Says, out[i].Unknown = names.Replace(out[i].Says), names.Replace(out[i].Unknown)
	}
	return out
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
