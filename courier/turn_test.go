package courier

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// R24: contacts are told in the order of their roles, and reminded role after role before all of them are.
func TestContactsAreReachedInTheOrderOfTheirRoles(t *testing.T) {
	list := func(roles ...string) (out []evenkeel.Contact) {
		for i, r := range roles {
			out = append(out, evenkeel.Contact{Role: r, Email: fmt.Sprintf("%d@studio.example", i)})
		}
		return out
	}
	for _, c := range []struct {
		name                 string
		now                  []evenkeel.Contact
		first, second, third string // the notice, and the two turns after it
		before               []evenkeel.Contact
	}{
		{"all roles", list("billing", "security", "Technical", "owner", "abuse", "press"), "owner Technical security abuse billing press", "Technical", "security abuse", nil},
		{"two of a role", list("technical", "owner", "technical"), "owner technical technical #2", "technical technical #2", "", nil},
		{"no owner", list("billing", "technical"), "technical billing", "billing", "", nil},
		{"one contact", list("owner"), "owner", "", "", nil},
		{"who came since has no turn", list("owner", "technical"), "owner technical#new", "", "", list("owner")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for turn, want := range []string{c.first, c.second, c.third} {
				w := Waiting{Notice: evenkeel.Notice{Reminder: turn > 0, Turn: turn}, Before: c.before}
				if got := rolesTold(told(&w, c.now)); got != want {
					t.Errorf("in turn %d %q are written to; expected %q", turn, got, want)
				}
			}
		})
	}
}

func rolesTold(to []Recipient) string {
	var out []string
	for _, r := range to {
		out = append(out, r.Role)
	}
	return strings.Join(out, " ")
}

// R24: whatever the contacts are, nobody of a role comes before one of an earlier role, no turn goes to whoever was
// told first or had one before, and in the end everybody who has an address was written to.
func TestEverybodyIsTriedInTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []evenkeel.Contact
		for i := range rapid.IntRange(1, 32).Draw(t, "contacts") {
			role := rapid.SampledFrom([]string{"owner", "account", "technical", "ops", "abuse", "security", "billing", "press", ""}).Draw(t, "role")
			all = append(all, evenkeel.Contact{Role: role, Email: fmt.Sprintf("%d@x.example", i)})
		}
		had := map[int]bool{}
		for _, w := range []Waiting{{}, {Notice: evenkeel.Notice{Reminder: true, Turn: 1}}, {Notice: evenkeel.Notice{Reminder: true, Turn: 2}}} {
			to := told(&w, all)
			if !slices.IsSortedFunc(to, func(a, b Recipient) int { return rank(a.Role) - rank(b.Role) }) {
				t.Fatalf("turn %d goes to %s", w.Notice.Turn, rolesTold(to))
			}
			for i, r := range to {
				if w.Notice.Turn > 0 && (had[rank(r.Role)] || rank(r.Role) != rank(to[0].Role)) {
					t.Fatalf("turn %d goes to %s, after %v", w.Notice.Turn, rolesTold(to), had)
				}
				if w.Notice.Turn == 0 && i == 0 {
					had[rank(r.Role)] = true
				}
			}
			if len(to) > 0 {
				had[rank(to[0].Role)] = true
			}
		}
		if to := told(&Waiting{Notice: evenkeel.Notice{Reminder: true}}, all); len(to) != len(all) {
			t.Fatalf("in the end %d of %d are reminded", len(to), len(all))
		}
	})
}
