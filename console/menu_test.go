package console

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel/console/consoletest"
)

// TestTheMenuStandsInOneLine on a desk of 1280 px, with every place that there is, in both languages.
func TestTheMenuStandsInOneLine(t *testing.T) {
	b := consoletest.Open(t)
	w := newWorld()
	w.sessions["token-of-all"] = Session{Person: Person{ID: "zoe", Name: "Zoe", Roles: []Role{RoleLead, RoleAdmin, RoleAuditor}}, Until: never, Enrolled: true}
	origin := serving(t, w)
	b.Cookie(t, origin, "evenkeel", "token-of-all")
	b.Screen(t, 1280, "light")
	for _, tongue := range []string{"en", "zh"} {
		b.Show(t, origin+"/flags?lang="+tongue)
		tops := b.Tops(t, ".top nav a")
		if want := len(nav("/", &Person{Roles: []Role{RoleLead, RoleAdmin, RoleAuditor}})); len(tops) < want || want != len(places) || slices.Max(tops) != slices.Min(tops) {
			t.Errorf("%s: the places begin at %v; expected all of them in one line", tongue, tops)
		}
	}
}
