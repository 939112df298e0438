package courier

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

func named(to []Recipient) (out []string) {
	for _, r := range to {
		out = append(out, r.Role+" "+r.Email)
	}
	return out
}

// R27: nobody gains or cuts a tenant's ear by changing its contacts while a case is open.
func TestWhoWasAContactBeforeIsToldOn(t *testing.T) {
	ann, books, thief := evenkeel.Contact{Role: "owner", Email: "Ann@studio.example"}, evenkeel.Contact{Role: "billing", Email: "books@studio.example"}, evenkeel.Contact{Role: "owner", Email: "not-ann@elsewhere.example"}
	for _, c := range []struct {
		says        string
		now, before []evenkeel.Contact
		former      bool
		want        []string
	}{
		{"nothing was changed", []evenkeel.Contact{ann, thief}, nil, true, []string{"owner Ann@studio.example", "owner #2 not-ann@elsewhere.example"}},
		{"another in the place of the owner", []evenkeel.Contact{thief}, []evenkeel.Contact{ann, books}, true, []string{"owner#former Ann@studio.example", "billing#former books@studio.example", "owner#new not-ann@elsewhere.example"}},
		{"one more", []evenkeel.Contact{thief, ann}, []evenkeel.Contact{ann}, true, []string{"owner Ann@studio.example", "owner#new not-ann@elsewhere.example"}},
		{"their time is up", []evenkeel.Contact{thief, books}, []evenkeel.Contact{ann, books}, false, []string{"billing books@studio.example", "owner#new not-ann@elsewhere.example"}},
		{"the same address in another role", []evenkeel.Contact{{Role: "admin", Email: " ann@STUDIO.example"}}, []evenkeel.Contact{ann}, true, []string{"admin ann@STUDIO.example"}},
		{"one who claims to be from before", []evenkeel.Contact{{Role: "owner #former", Email: "x@elsewhere.example"}}, []evenkeel.Contact{ann}, true, []string{"owner#former Ann@studio.example", "owner ＃former#new x@elsewhere.example"}},
	} {
		w := Waiting{Before: c.before, Former: c.former}
		if got := named(told(&w, c.now)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q are told; expected %q", c.says, got, c.want)
		}
		if role, known := CalledIn(&w, c.now, " ANN@studio.example "); known != slices.ContainsFunc(c.want, func(s string) bool { return strings.EqualFold(s, role+" ann@studio.example") }) {
			t.Errorf("%s: Ann is called %q (%t)", c.says, role, known)
		}
	}
}

// However many came, whoever was there before is written to, under a role of their own that says what they are.
func TestNobodyIsCrowdedOutByNewContacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := func(what string) (out []evenkeel.Contact) {
			for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 30), 0, 20, rapid.ID[int]).Draw(t, what) {
				out = append(out, evenkeel.Contact{Role: rapid.SampledFrom([]string{"owner", "tech", "owner#new", ""}).Draw(t, "role"), Email: fmt.Sprintf("c%d@x.example", n)})
			}
			return out
		}
		w := Waiting{Before: append([]evenkeel.Contact{{Role: "owner", Email: "first@x.example"}}, list("before")...), Former: true}
		w.Notice.Reminder = rapid.Bool().Draw(t, "reminder")
		now, roles := list("now"), map[string]bool{}
		to := told(&w, now)
		reached := 0
		for _, r := range to {
			before := slices.ContainsFunc(w.Before, func(c evenkeel.Contact) bool { return c.Email == r.Email })
			listed := slices.ContainsFunc(now, func(c evenkeel.Contact) bool { return c.Email == r.Email })
			if roles[r.Role] || before == strings.Contains(r.Role, evenkeel.NewContact) || (before && !listed) != strings.Contains(r.Role, evenkeel.FormerContact) {
				t.Fatalf("%q, from before: %t, listed: %t, among %q", r.Role, before, listed, named(to))
			}
			if roles[r.Role] = true; before {
				reached++
			}
		}
		if want := len(w.Before); reached != want && (w.Notice.Reminder || reached != min(want, MostRecipients)) {
			t.Fatalf("%d of %d from before are told", reached, want)
		}
	})
}
