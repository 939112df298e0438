package console

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/staff/roll"
)

// whoAsk are those for whom every route is tried, in the order of the columns below.
var whoAsk = []string{"nobody", "link", "newcomer", "none", "viewer", "reviewer", "lead", "admin", "auditor", "reviewer admin"}

// mayPass is what becomes of each, for each route: + they pass, - they are told that it is not for
// them, e they are sent to sign in, n they are sent to enrol, p they are sent to the people page.
// "link" is a tenant who shows the token of their page as if it were a session (R27: a link may only
// speak).
var mayPass = map[string]string{
	//                          n l n n v r l a a r
	//                          o i e o i e e d u a
	home:                              "e e n - + + + p + +",
	"GET /case/{id}":                  "e e n - + + + - + +",
	"GET /case/{id}/letter/{of}":      "e e n - + + + - + +",
	"POST /case/{id}/act":             "e e n - - + + - - +",
	"POST /case/{id}/confirm":         "e e n - - + + - - +",
	"POST /case/{id}/propose":         "e e n - - + + - - +",
	"POST /case/{id}/verdict":         "e e n - - - - - - -",
	"POST /case/{id}/recuse":          "e e n - - - - - - -",
	"POST /case/{id}/told":            "e e n - - + + - - +",
	"GET /flags":                      "e e n - + + + - + +",
	"POST /flags/revoke":              "e e n - - + + - - +",
	"GET /held":                       "e e n - + + + - + +",
	"GET /unsent":                     "e e n - + + + - + +",
	"GET /switches":                   "e e n - + + + - + +",
	"POST /switches/pull":             "e e n - - + + - - +",
	"POST /switches/release":          "e e n - - + + - - +",
	"POST /switches/reset":            "e e n - - - + - - -",
	"POST /switches/accept":           "e e n - - - + - - -",
	"GET /switches/undo":              "e e n - - - + - - -",
	"POST /switches/undo":             "e e n - - - + - - -",
	"GET /oncall":                     "e e n - + + + - + +",
	"GET /audits":                     "e e n - + + + - + +",
	"GET /audits/{id}":                "e e n - + + + - + +",
	"POST /audits/{id}":               "e e n - - + + - - +",
	"GET /credits":                    "e e n - + + + - + +",
	"POST /credits":                   "e e n - - - + - - -",
	"GET /incidents":                  "e e n - + + + - + +",
	"GET /incidents/{id}":             "e e n - + + + - + +",
	"POST /incidents/{id}/send":       "e e n - - + + - - +",
	"POST /incidents/{id}/discard":    "e e n - - + + - - +",
	"GET /sites":                      "e e n - + + + - + +",
	"GET /sites/of":                   "e e n - + + + - + +",
	"POST /sites/of":                  "e e n - - + + - - +",
	"GET /rules":                      "e e n - + + + - + +",
	"POST /rules/promote":             "e e n - - - + - - -",
	"GET /reporters":                  "e e n - + + + - + +",
	"GET /ways":                       "e e n - + + + - + +",
	"GET /record":                     "e e n - + + + + + +",
	"GET /record/{file}":              "e e n - + + + + + +",
	"GET /ledger":                     "e e n - + + + + + +",
	"GET /people":                     "e e n - - - + + + +",
	"POST /people":                    "e e n - - - - + - +",
	"POST /people/expect":             "e e n - - - - + - +",
	"POST /people/roles":              "e e n - - - - + - +",
	"POST /people/disable":            "e e n - - - - + - +",
	"GET /enter":                      "+ + + + + + + + + +",
	"POST /enter":                     "+ + + + + + + + + +",
	"GET /enter/{token}":              "+ + + + + + + + + +",
	"POST /enter/{token}":             "+ + + + + + + + + +",
	"GET /enter/with/{provider}":      "+ + + + + + + + + +",
	"GET /enter/with/{provider}/back": "+ + + + + + + + + +",
	"POST /leave":                     "+ + + + + + + + + +",
	"GET /enrol":                      "e e + + + + + + + +",
	"GET /enrol/with/{provider}":      "e e + + + + + + + +",
	"POST /enrol":                     "e e + + + + + + + +",
}

// tokenOf signs in whom a column is about.
func (w *world) tokenOf(as string) string {
	switch as {
	case "nobody":
		return ""
	case "link":
		return "eyJrIjoidC1yYWlzdXAifQ.c2lnbmVkLWZvci1hLXRlbmFudA" // a token of another kind
	}
	s := Session{Person: Person{ID: "x"}, Until: never, Enrolled: as != "newcomer", MustEnrol: as == "newcomer"}
	if as != "newcomer" && as != "none" {
		for word := range strings.FieldsSeq(as) {
			s.Person.Roles = append(s.Person.Roles, Role(word))
		}
	}
	token := "token-of-a-" + strings.ReplaceAll(as, " ", "-")
	w.sessions[token] = s
	return token
}

// outcomeOf says what became of a request, by the letters of mayPass.
func outcomeOf(status int, location string) string {
	path, _, _ := strings.Cut(location, "?")
	switch {
	case status == http.StatusForbidden:
		return "-"
	case status == http.StatusSeeOther && path == "/enter":
		return "e"
	case status == http.StatusSeeOther && path == "/enrol":
		return "n"
	case status == http.StatusSeeOther && path == "/people":
		return "p"
	}
	return "+"
}

// TestWhoMayDoWhat tries every route as everybody. A route that is not in the table is a fault, and
// one that is in it and does not exist.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	patterns := map[string]bool{}
	for _, r := range w.server(t).routes {
		patterns[r.pattern] = true
		want := strings.Fields(mayPass[r.pattern])
		if len(want) != len(whoAsk) {
			t.Errorf("%s: the table says %q; expected a letter for each of %d", r.pattern, mayPass[r.pattern], len(whoAsk))
			continue
		}
		method, path, _ := strings.Cut(r.pattern, " ")
		path = strings.NewReplacer("{$}", "", "{id}", raisupID, "{token}", "x", "{file}", "report-2019Q2.json", "{provider}", "corp").Replace(path)
		for i, as := range whoAsk {
			looks, acts, people := len(w.looks), len(w.acts), fmt.Sprint(w.people, w.ended)
			got := w.ask(t, w.tokenOf(as), method, path, url.Values{})
			is := outcomeOf(got.Code, got.Header().Get("Location"))
			if r.whom == anybody {
				is = "+" // what it answers is not about who asks
			}
			if is != want[i] {
				t.Errorf("%s as %s: %s (status %d, to %q); expected %s", r.pattern, as, is, got.Code, got.Header().Get("Location"), want[i])
			}
			passed := is == "+" && r.whom.stands == holder
			if !passed && (len(w.looks) != looks || len(w.acts) != acts || fmt.Sprint(w.people, w.ended) != people || strings.Contains(got.Body.String(), "Raisup")) {
				t.Errorf("%s as %s: something was done or shown", r.pattern, as)
			}
		}
	}
	for p := range mayPass {
		if !patterns[p] {
			t.Errorf("%s is in the table and is no route", p)
		}
	}
}

// TestARouteSaysWhomItIsFor: one that declares nothing is refused when the console is made.
func TestARouteSaysWhomItIsFor(t *testing.T) {
	for _, w := range []who{{}, {stands: holder}, {stands: holder, right: 200}, {right: roll.Decide}, {stands: 9, right: roll.Decide}} {
		if w.declared() {
			t.Errorf("%+v is for somebody", w)
		}
		if err := w.lets(&Session{Person: Person{Roles: []Role{RoleLead, RoleAdmin, RoleAuditor}}}); w.stands != stranger && err == nil {
			t.Errorf("%+v lets somebody pass", w)
		}
	}
}

// TestRoutesAreInTheTable reads the source: what is handed to the mux by another way than the table
// of routes would be asked for by nobody above.
func TestRoutesAreInTheTable(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Handle" || s.Sel.Name == "HandleFunc") {
				found = append(found, name+" "+s.Sel.Name)
			}
			return true
		})
	}
	slices.Sort(found)
	if got := strings.Join(found, ", "); got != "server.go Handle, server.go HandleFunc, server.go HandleFunc" {
		t.Errorf("the mux is handed something by %s; expected the table, the style sheet, and what there is no page for", got)
	}
}

// TestWhoOnlyReadsIsOfferedNothing looks for forms on what viewers and auditors are shown.
func TestWhoOnlyReadsIsOfferedNothing(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	for _, as := range []string{"viewer", "auditor"} {
		for _, path := range []string{"/", "/case/" + raisupID, "/flags", "/held", "/switches", "/oncall", "/rules", "/reporters", "/ways", "/record", "/ledger", "/people"} {
			if as == "viewer" && path == "/people" {
				continue
			}
			got := w.get(t, w.tokenOf(as), path)
			body := got.Body.String()
			whole(t, body)
			if got.Code != 200 || strings.Count(body, `method="post"`) != 1 || !strings.Contains(body, `action="/leave"`) {
				t.Errorf("%s as a %s: status %d, %d forms; expected none but to leave", path, as, got.Code, strings.Count(body, `method="post"`))
			}
		}
	}
}
