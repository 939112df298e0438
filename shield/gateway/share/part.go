package share

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// Least is the part of an edge that has none yet, or none any more: what it gives is hardly more than nothing, and not nothing.
const Least = 1.0 / 1024

// Part is the edge's part of what there is for all, more than 0 and at most 1.
func (f *Fleet) Part() float64 { return max(f.part, Least) }

// Most says whether it hears more than half of the fleet.
func (f *Fleet) Most() bool { return f.most }

// Step finds out who lives and what the edge's part is, and forgets what is old. It is called each tenth of a second.
//
// An edge that hears more than half of the fleet, by weight, divides the whole among those that live, by their weights: a part of one that is silent goes to
// the others. One that hears less keeps the part that it had, and at most its part of all that are known: the others may live
// where it cannot hear them. A part gets smaller at once, and greater only when all that live say that they hear this edge: they have
// made theirs smaller by then. What every edge may have while all live, it has after Joins in any case.
//
// An edge that is silent for known is forgotten by name, also by an edge that hears little of the fleet. What counts as the whole is still as much as ever lived at once: so edges
// that were replaced under new names lower no part for longer, and a fleet that is torn apart for longer is no two fleets. One that says goodbye has given its part away
// before: it is the others' at the next step, and the whole is what it would be had that edge never been.
//
// So the parts of edges that hear one another add up to 1 at most. While a fleet is torn apart, those who hear most of it have 1 together, and
// the others what they had: less than one and a half in all.
func (f *Fleet) Step(now int64) {
	for f.forget(now) {
	}
	living, knows, lives, sum, all, heard := 1, 1, f.weight, f.weight, f.weight, true
	for _, e := range f.edges {
		if e.gone {
			continue
		}
		knows++
		all += e.weight
		if lives := f.lives(e, now); lives != e.lived {
			e.lived, f.changed = lives, now
		}
		if !e.lived {
			continue
		}
		living++
		lives += e.weight
		sum += e.weight
		heard = heard && slices.Contains(e.hears, f.self)
	}
	for name := range f.rumoured(now) { // somebody hears it, and this edge does not
		heard = false
		if f.edges[name] == nil {
			sum += f.weight
			all += f.weight
		} else {
			sum += f.edges[name].weight
		}
	}
	all += max(f.size-knows, 0) * f.weight
	f.gather()
	all = max(all, f.weight+f.was.peak())
	f.most = 2*lives > all
	each := float64(f.weight) / float64(all) // its part while all live
	want := min(each, float64(f.weight)/float64(sum))
	if f.most {
		want = float64(f.weight) / float64(sum)
	} else if f.settled {
		want = min(want, f.part)
	}
	switch {
	case want <= f.part, heard && (living > 1 || f.size == 1 || f.settled) && (f.size == 1 && now == f.began || now-f.changed >= int64(Settles)):
		f.part = want
	case now-f.began >= int64(Joins):
		f.part = max(f.part, min(want, each))
	}
	f.settled = f.settled || f.part > 0
	if now-f.swept >= int64(time.Second) {
		f.sweep(now)
	}
}

// gather notes who lives at once, where that is not known yet.
func (f *Fleet) gather() {
	if slices.ContainsFunc(f.was.sets, func(s map[string]int) bool {
		for _, e := range f.edges {
			if e.lived && s[e.name] != e.weight {
				return false
			}
		}
		return true
	}) {
		return
	}
	living := map[string]int{}
	for _, e := range f.edges {
		if e.lived {
			living[e.name] = e.weight
		}
	}
	f.was.note(living)
}

// rumoured are the edges that living ones say they hear, and this one does not.
func (f *Fleet) rumoured(now int64) map[string]bool {
	var out map[string]bool
	for _, e := range f.edges {
		if !f.lives(e, now) {
			continue
		}
		for _, name := range e.hears {
			if x := f.edges[name]; name != f.self && (x == nil || !f.lives(x, now)) && len(out) < MaxEdges {
				if x != nil && (x.gone || now-x.heard <= int64(2*Silence)) {
					continue // it went or fell silent a moment ago, and they will notice
				}
				if out == nil {
					out = map[string]bool{}
				}
				out[name] = true
			}
		}
	}
	return out
}

// sweep forgets what was said of sites long ago.
func (f *Fleet) sweep(now int64) {
	f.swept = now
	for key, x := range f.sites {
		x.of = slices.DeleteFunc(x.of, func(o said) bool { return now-o.at > int64(stage.Dwell) })
		if len(x.of) == 0 {
			delete(f.sites, key)
		}
	}
}

// Hears are the names of the edges that it hears now, in order.
func (f *Fleet) Hears(now int64) []string {
	out := []string{}
	for _, e := range f.edges {
		if f.lives(e, now) {
			out = append(out, e.name)
		}
	}
	slices.Sort(out)
	return out
}

// Older says whether somebody lives who is no newcomer.
func (f *Fleet) Older(now int64) bool {
	for _, e := range f.edges {
		if f.lives(e, now) && e.age >= Young {
			return true
		}
	}
	return false
}

// Standing is how another edge stands.
type Standing struct {
	Name   string
	Lives  bool
	Heard  time.Duration // since it said something
	Weight int
	Part   float64
	Ahead  time.Duration // by which its clock is ahead, what is on the way included; negative: behind
	Hears  bool          // it says that it hears this edge
	Seeds  []uint64
}

// Standings are how the others stand, by name.
func (f *Fleet) Standings(now int64) (out []Standing) {
	for _, e := range f.edges {
		out = append(out, Standing{
			Name: e.name, Lives: f.lives(e, now), Heard: time.Duration(now - e.heard), Weight: e.weight, Part: e.part,
			Ahead: time.Duration(e.clock) * time.Millisecond, Hears: slices.Contains(e.hears, f.self), Seeds: slices.Clone(e.seeds),
		})
	}
	slices.SortFunc(out, func(a, b Standing) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
