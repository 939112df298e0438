package agent

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// values are what the file says, without where it does.
func values[T any](all []strict.Located[T]) (out []T) {
	for _, x := range all {
		out = append(out, x.Value)
	}
	return out
}

// mention is where a guest is said to have something.
type mention struct {
	asset string
	line  int
}

// shared are what several guests are said to have, each with who and where; of gives what one guest has.
func (s *Settings) shared(of func(*Guest) []strict.Located[string]) map[string][]mention {
	out := map[string][]mention{}
	for _, asset := range slices.Sorted(maps.Keys(s.Guests)) {
		g := s.Guests[asset]
		for _, x := range of(&g) {
			if has := out[x.Value]; len(has) == 0 || has[len(has)-1].asset != asset { // a guest that says it twice shares nothing
				out[x.Value] = append(has, mention{asset, x.Line})
			}
		}
	}
	maps.DeleteFunc(out, func(_ string, all []mention) bool { return len(all) < 2 })
	for _, all := range out {
		slices.SortFunc(all, func(a, b mention) int { return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.asset, b.asset)) })
	}
	return out
}

// mostMentions is how many guests that share something are named.
const mostMentions = 4

func inWords(all []mention) string {
	var out []string
	for _, m := range all[:min(len(all), mostMentions)] {
		out = append(out, fmt.Sprintf("%s (line %d)", m.asset, m.line))
	}
	if n := len(all) - mostMentions; n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, " and ")
}

// sharedPorts says which ports, and which cards of guests that nothing else tells apart, are said to be of several guests: they
// would be nobody's.
func (s *Settings) sharedPorts() (all []error) {
	ports := s.shared(func(g *Guest) []strict.Located[string] { return g.Ports })
	for _, x := range slices.Sorted(maps.Keys(ports)) {
		all = append(all, evenkeel.Invalid("the port %.40q is named of %s; expected it at one guest", x, inWords(ports[x])))
	}
	cards := s.shared(func(g *Guest) (out []strict.Located[string]) {
		for _, x := range g.MACs {
			if m, err := net.ParseMAC(x.Value); err == nil {
				x.Value = m.String()
				out = append(out, x)
			}
		}
		return out
	})
	for _, x := range slices.Sorted(maps.Keys(cards)) {
		alone := func(m mention) bool { g := s.Guests[m.asset]; return len(g.Ports) == 0 && g.Domain == "" }
		if slices.ContainsFunc(cards[x], alone) {
			all = append(all, evenkeel.Invalid("the card %s is of %s; expected it at one guest, or ports of each", x, inWords(cards[x])))
		}
	}
	return all
}

// SharedAddresses says which addresses are said to be of several guests, which is well where one moves between them; in words.
func (s *Settings) SharedAddresses() (out []string) {
	all := s.shared(func(g *Guest) (out []strict.Located[string]) {
		for _, x := range g.Addresses {
			out = append(out, strict.Located[string]{Value: x.Value.String(), Line: x.Line})
		}
		return out
	})
	for _, x := range slices.Sorted(maps.Keys(all)) {
		out = append(out, fmt.Sprintf("%s is an address of %s: each of them may send from it", strings.TrimSuffix(strings.TrimSuffix(x, "/32"), "/128"), inWords(all[x])))
	}
	return out
}
