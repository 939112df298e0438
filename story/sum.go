package story

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// judged writes what was decided in all, and whom a policy in shadow would hit otherwise.
func (w *writer) judged(d *desk) {
	if d == nil {
		return
	}
	states := map[string]int{}
	for _, c := range d.cases {
		states[c.State.String()]++
	}
	fmt.Fprintf(&w.b, "%scases%s; acts %d, refused %d\n", indent, counted(states), len(d.done), d.refused)
	live, shadow := d.counts()
	fmt.Fprintf(&w.b, "%sdecisions%s; in shadow%s\n", indent, counted(live), counted(shadow))
	for _, p := range d.policies[1:] {
		further, less := d.compare(p.Digest())
		fmt.Fprintf(&w.b, "%sunder %s: further against %s; less far against %s\n", indent, p.ID(), orNobody(further), orNobody(less))
	}
}

// brief is a decision in a word or two: the measure that took effect, or the state of one
// that did not.
func brief(x *evenkeel.Decision) string {
	switch {
	case x.Mode == evenkeel.ModeShadow:
		return x.Measure.String()
	case x.Measure == evenkeel.MeasureNone || x.State == evenkeel.Held || x.State == evenkeel.Refused || x.State == evenkeel.Proposed:
		return x.State.String()
	}
	return x.Measure.String()
}

// counts counts what was decided.
func (d *desk) counts() (live, shadow map[string]int) {
	live, shadow = map[string]int{}, map[string]int{}
	for i := range d.decisions {
		if x := &d.decisions[i]; x.Mode == evenkeel.ModeShadow {
			shadow[brief(x)]++
		} else {
			live[brief(x)]++
		}
	}
	return live, shadow
}

// counted writes counts in the order of their names, as " 3: closed 1, open 2".
func counted(n map[string]int) string {
	var out []string
	all := 0
	for _, n := range n {
		all += n
	}
	for name, n := range n {
		out = append(out, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(out)
	if len(out) == 0 {
		return " 0"
	}
	return fmt.Sprintf(" %d: %s", all, strings.Join(out, ", "))
}

// reach is how far a policy goes against a tenant: what it leaves to a machine alone, and
// what it asks for.
type reach struct{ allowed, wanted evenkeel.Measure }

// beyond says how one reach goes further than another; "" where it does not.
func (r reach) beyond(o reach) string {
	switch {
	case r.allowed > o.allowed:
		return fmt.Sprintf("%s, not %s", r.allowed, o.allowed)
	case r.allowed == o.allowed && r.wanted > o.wanted:
		return fmt.Sprintf("wants %s, not %s", r.wanted, o.wanted)
	}
	return ""
}

// compare says against which tenants a policy would go further than the one in force does,
// and against which less far.
func (d *desk) compare(shadow string) (further, less []string) {
	now, then := d.reaches(d.policies[0].Digest()), d.reaches(shadow)
	tenants := map[evenkeel.TenantID]bool{}
	for _, x := range d.weighed {
		tenants[x.Tenant] = true
	}
	for t := range tenants {
		if how := then[t].beyond(now[t]); how != "" {
			further = append(further, fmt.Sprintf("%s (%s)", t, how))
		}
		if how := now[t].beyond(then[t]); how != "" {
			less = append(less, fmt.Sprintf("%s (%s now)", t, how))
		}
	}
	slices.Sort(further)
	slices.Sort(less)
	return further, less
}

// reaches is the furthest that a policy went against each tenant.
func (d *desk) reaches(policy string) map[evenkeel.TenantID]reach {
	out := map[evenkeel.TenantID]reach{}
	for _, x := range d.weighed {
		if r := out[x.Tenant]; x.Policy == policy {
			out[x.Tenant] = reach{max(r.allowed, x.Allowed), max(r.wanted, x.Wanted)}
		}
	}
	return out
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}
