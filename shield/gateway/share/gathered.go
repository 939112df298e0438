package share

import (
	"maps"
	"slices"
)

// gathered remembers which other edges lived at once, so that it can be said how much lived at once at most if those that said goodbye had never been.
type gathered struct {
	sets  []map[string]int // names and weights; none of them is part of another
	floor int              // the weight of the heaviest for which there was no room
}

const mostGathered = 32

// note takes those that live now, which are the callee's from then on.
func (g *gathered) note(living map[string]int) {
	for _, s := range g.sets {
		for name, weight := range living {
			if _, ok := s[name]; ok {
				s[name] = weight // as it says now
			}
		}
	}
	if slices.ContainsFunc(g.sets, func(s map[string]int) bool { return isPart(living, s) }) {
		return
	}
	g.sets = append(slices.DeleteFunc(g.sets, func(s map[string]int) bool { return isPart(s, living) }), living)
	if len(g.sets) > mostGathered {
		g.floor = max(g.floor, weightOf(g.sets[0]))
		g.sets = slices.Delete(g.sets, 0, 1)
	}
}

// without takes an edge out of all that was.
func (g *gathered) without(name string) {
	was := g.sets
	g.sets = nil
	for _, s := range was {
		delete(s, name)
		g.note(s)
	}
}

// peak is the weight that lived at once at most.
func (g *gathered) peak() int {
	most := g.floor
	for _, s := range g.sets {
		most = max(most, weightOf(s))
	}
	return most
}

// isPart says whether all names of a are among those of b.
func isPart(a, b map[string]int) bool {
	for name := range a {
		if _, ok := b[name]; !ok {
			return false
		}
	}
	return true
}

func weightOf(s map[string]int) (sum int) {
	for weight := range maps.Values(s) {
		sum += weight
	}
	return sum
}
