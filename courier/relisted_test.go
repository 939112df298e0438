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

// R27: whoever came and was confirmed is written to among those who were there before, and is not marked; and on, when
// they are none any more.
func TestWhoWasConfirmedIsKnown(t *testing.T) {
	ann, carl, thief := evenkeel.Contact{Role: "owner", Email: "ann@studio.example"}, evenkeel.Contact{Role: "owner", Email: "carl@studio.example"}, evenkeel.Contact{Role: "owner", Email: "x@elsewhere.example"}
	w := Waiting{Before: []evenkeel.Contact{ann}, Confirmed: []evenkeel.Contact{carl}, Former: true}
	for says, c := range map[string]struct{ now, want []string }{
		"before those who came, after those from before": {[]string{"x", "carl", "ann"}, []string{"owner ann@studio.example", "owner #2 carl@studio.example", "owner#new x@elsewhere.example"}},
		"in the place of the one from before":            {[]string{"x", "carl"}, []string{"owner carl@studio.example", "owner#former ann@studio.example", "owner#new x@elsewhere.example"}},
		"who is none any more":                           {[]string{"x"}, []string{"owner#former ann@studio.example", "owner#former #2 carl@studio.example", "owner#new x@elsewhere.example"}},
	} {
		var now []evenkeel.Contact
		for _, who := range c.now {
			now = append(now, map[string]evenkeel.Contact{"ann": ann, "carl": carl, "x": thief}[who])
		}
		if got := named(told(&w, now)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q are told; expected %q", says, got, c.want)
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

// R27: an endpoint that is put in the place of another while a case is open takes nobody's ear either.
func TestAnEndpointThatIsChangedIsToldOn(t *testing.T) {
	old, other := evenkeel.Contact{Role: "hook", Endpoint: "https://a.example/"}, evenkeel.Contact{Role: "hook", Endpoint: "https://b.example/"}
	ann := evenkeel.Contact{Role: "owner", Email: "ann@studio.example"}
	w := Waiting{Before: []evenkeel.Contact{ann, old}, Former: true}
	var got []string
	for _, r := range posted(&w, []evenkeel.Contact{ann, other}) {
		got = append(got, r.Role+" "+r.Endpoint+r.Email)
	}
	if want := []string{"hook#former https://a.example/", "hook#new https://b.example/"}; !slices.Equal(got, want) {
		t.Errorf("%q; expected %q", got, want)
	}
	if got := named(told(&w, []evenkeel.Contact{ann, other})); !slices.Equal(got, []string{"owner ann@studio.example"}) {
		t.Errorf("%q are written to", got)
	}
}

// A tenant whose endpoints are slow takes one place from others, however many cases it has.
func TestMachinesOfATenantTakeOnePlace(t *testing.T) {
	c := &Courier{parts: Parts{Machines: true}, now: func() evenkeel.Moment { return 1 }, opts: Options{Parallel: 4}, waits: newWaits()}
	r := run{c: c, flying: map[evenkeel.NoticeID]string{}}
	var all []Waiting
	for i := range 9 {
		n := evenkeel.Notice{ID: evenkeel.NoticeID(fmt.Sprint("n-", i)), Case: evenkeel.CaseID(fmt.Sprint("c-", i)), Tenant: "slow"}
		if i == 8 {
			n.Tenant = "other"
		}
		all = append(all, Waiting{Notice: n})
	}
	if leave := r.ready(all); len(leave) != 2 || leave[1].Notice.Tenant != "other" {
		t.Errorf("%d leave at once", len(leave))
	}
	r.flying["n-0"] = c.keeps(&all[0].Notice)
	if leave := r.ready(all); len(leave) != 1 || leave[0].Notice.Tenant != "other" {
		t.Errorf("beside one that is on its way %d leave", len(leave))
	}
}
