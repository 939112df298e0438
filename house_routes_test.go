package evenkeel_test

import (
	"go/ast"
	"go/format"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// entrance is a place at which something can be asked for: what the source hands to a mux, or tells
// apart by the path of a request, or serves whole.
type entrance struct {
	file, what string // what as the source has it: a pattern, or what makes it
	who        string // may ask
	shown      string // the test that tries those who may not, or why nobody has to
}

// entrances are all of them. Whoever makes another one says here who may, and which test shows that
// nobody else can: a route that is in no table is asked for by no test.
var entrances = []entrance{
	{"console/server.go", `s.routes[i].pattern`, "by the route's row: a right, or what else is said there", "TestWhoMayDoWhat"},
	{"console/server.go", `"GET " + sheet.StylePath`, "anybody", "nothing of anybody is in the style sheet"},
	{"console/server.go", `"/"`, "anybody", "TestWhoMayDoWhat"},
	{"console/visit/visit.go", `"GET " + stylePath(s.style)`, "anybody", "nothing of anybody is in the style sheet"},
	{"console/visit/visit.go", `"GET /t/{token}"`, "who has a signed link of that case", "TestALinkThatDoesNotOpenAnythingGetsOnePageWhyever"},
	{"console/visit/visit.go", `"GET /t/{$}"`, "anybody: it says that the link opens nothing", "TestALinkThatDoesNotOpenAnythingGetsOnePageWhyever"},
	{"console/visit/visit.go", `"GET /t/{token}/sites"`, "who has a signed link of a case: the sites of that case's tenant", "TestALinkShowsItsOwnTenantsSitesAlone"},
	{"console/visit/visit.go", `"GET /t/{token}/{more...}"`, "anybody: the same", "TestALinkThatDoesNotOpenAnythingGetsOnePageWhyever"},
	{"console/visit/visit.go", `"POST /t/{token}/{more}"`, "anybody: the same", "TestThereAreNoOtherRoutes"},
	{"console/visit/visit.go", `"POST /t/{token}/" + k.String()`, "who has a signed link of that case which may speak", "TestALinkThatOnlyShowsHasNoFormsAndMayNotSpeak"},
	{"console/visit/visit.go", `"GET /t/{token}/" + k.String()`, "anybody: it leads to GET /t/{token}", "TestThereAreNoOtherRoutes"},
	{"app/console.go", `"/"`, "see console/server.go", "TestWhoMayDoWhat"},
	{"app/console.go", `"/t/"`, "see console/visit/visit.go", "TestALinkThatDoesNotOpenAnythingGetsOnePageWhyever"},
	{"app/console.go", `"GET /status/"`, "anybody: it is the public page, and holds nothing that nobody sent", "TestThePageSaysWhatPeopleSentAndNamesNobody"},
	{"app/console.go", `"/receipts"`, "who signs with the receiver's key", "TestWhatACallbackRefuses"},
	{"app/console.go", `"GET /healthz"`, "anybody", "nothing of anybody is in it"},
	{"app/console.go", `"GET /readyz"`, "anybody", "TestReadyzSaysWhyItIsNot"},
	{"app/console.go", `"GET /metrics"`, "the networks that console.metrics names", "TestMetricsAreForTheNetworksThatAreNamed"},
	{"app/control.go", `linksPath`, "the owner of the data directory and root, by the socket", "TestOnlyTheOwnerAndRootAreHeard"},
	{"app/control.go", `rolesPath`, "the owner of the data directory and root, by the socket", "TestOnlyTheOwnerAndRootAreHeard"},
	{"app/control.go", `probePath`, "the owner of the data directory and root, by the socket", "TestOnlyTheOwnerAndRootAreHeard"},
	{"app/control.go", `incidentsPath`, "the owner of the data directory and root, by the socket, who names somebody that may decide", "TestOnlyTheOwnerAndRootAreHeard"},
	{"app/control.go", `hostsPath`, "the owner of the data directory and root, by the socket", "TestOnlyTheOwnerAndRootAreHeard"},
	{"app/control.go", `looksPath`, "the owner of the data directory and root, by the socket, who names somebody that may see cases", "TestALookByACommandIsWrittenDown"},
	{"app/control.go", `r.URL.Path != actsPath`, "the owner of the data directory and root, by the socket", "TestOnlyTheOwnerAndRootAreHeard"},
	{"app/agent/door.go", `statusPath`, "the owner of the host's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheAgent"},
	{"app/agent/door.go", `releasePath`, "the owner of the host's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheAgent"},
	{"app/agent/door.go", `packetsPath`, "the owner of the host's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheAgent"},
	{"app/edge/socket.go", `statusPath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"app/edge/socket.go", `reloadPath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"app/edge/socket.go", `stopPath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"app/edge/socket.go", `costPath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"app/edge/socket.go", `rayPath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"app/edge/socket.go", `pardonPath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"app/edge/socket.go", `freePath`, "the owner of the gateway's data directory and root, by the socket", "TestOnlyTheOwnerAndRootSpeakToTheGateway"},
	{"shield/gateway/ask.go", `a.Request.URL.Path == e.pages.ScriptPath()`, "anybody: the script is public, and an answer is believed by its token", "TestWhoSolvesIsLetInAndIsNotAskedAgain"},
	{"app/internal/cosign/server.go", `!strings.HasSuffix(r.URL.Path, "/add-checkpoint")`, "anybody: a head is believed by its log's signature", "TestRequestsThatAreNone"},
	{"watch/intake/report/door/door.go", `"POST /v1/reports"`, "anybody, at a low rate; reporters by their token", "TestStrangersHaveALowRateAndReportersTheirOwn"},
	{"watch/intake/receive/door.go", `"POST /v1/metrics"`, "a source by its token; without tokens this machine", "TestASenderIsKnownByItsToken"},
	{"watch/intake/receive/door.go", `"POST /api/v1/write"`, "a source by its token; without tokens this machine", "TestASenderIsKnownByItsToken"},
	{"watch/intake/receive/door.go", `"POST /events"`, "a source by its token, of the types that are its own", "TestASourceSaysWhatItMaySay"},
	{"watch/intake/receive/door.go", `"GET /schemas"`, "anybody", "TestSchemasAreServed"},
	{"watch/intake/receive/door.go", `"GET /schemas/{type}"`, "anybody", "TestSchemasAreServed"},
	{"watch/intake/receive/otlpgrpc.go", `r.URL.Path != grpcMethod`, "a source by its token; without tokens this machine", "TestASenderIsKnownByItsToken"},
}

// TestEveryEntranceSaysWhoMay holds the table against the source, both ways.
func TestEveryEntranceSaysWhoMay(t *testing.T) {
	tree := loadTree(t)
	found, tests := tree.entrances(), tree.tests()
	for _, e := range found {
		if !slices.ContainsFunc(entrances, func(o entrance) bool { return o.file == e.file && o.what == e.what }) {
			t.Errorf("%s has an entrance %s of which nothing says who may; add a line with the test that shows it", e.file, e.what)
		}
	}
	for _, o := range entrances {
		if !slices.ContainsFunc(found, func(e entrance) bool { return o.file == e.file && o.what == e.what }) {
			t.Errorf("%s has no entrance %s any more", o.file, o.what)
		}
		if strings.HasPrefix(o.shown, "Test") && !tests[o.shown] {
			t.Errorf("%s, %s: there is no test %s", o.file, o.what, o.shown)
		}
		if o.who == "" || o.shown == "" {
			t.Errorf("%s, %s: it does not say who may, or how that is shown", o.file, o.what)
		}
	}
}

// TestAnEntranceIsFoundHoweverItIsMade: else the table above would hold nothing.
func TestAnEntranceIsFoundHoweverItIsMade(t *testing.T) {
	for name, c := range map[string]struct{ body, what string }{
		"a handler of a mux":       {`mux.Handle("/a", h)`, `"/a"`},
		"a function of a mux":      {`s.mux.HandleFunc("GET /t/{token}/all", f)`, `"GET /t/{token}/all"`},
		"of the default mux":       {`http.HandleFunc("/a", f)`, `"/a"`},
		"a pattern that is made":   {`mux.HandleFunc("GET /"+k.String(), f)`, `"GET /" + k.String()`},
		"a path that is compared":  {`switch r.URL.Path { case other: f() }`, `other`},
		"a path in a condition":    {`switch { case r.URL.Path == "/a": f() }`, `r.URL.Path == "/a"`},
		"a path that is cut apart": {`switch { case strings.HasPrefix(r.URL.Path, "/a"): f() }`, `strings.HasPrefix(r.URL.Path, "/a")`},
		"one that is none":         {`mux.Handle(); h.ServeHTTP(w, r); switch x { case 1: f() }`, ""},
	} {
		tree, err := buildTree(map[string]string{"a.go": "package evenkeel\nfunc serve() { " + c.body + " }\n"})
		if err != nil {
			t.Fatal(err)
		}
		got := tree.entrances()
		if c.what == "" && len(got) > 0 || c.what != "" && (len(got) != 1 || got[0].what != c.what) {
			t.Errorf("%s: %+v; expected %q", name, got, c.what)
		}
	}
}

// entrances are those that the source has.
func (t *tree) entrances() (out []entrance) {
	t.each(func(_ *room, s source) {
		if s.test {
			return
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				if f, ok := x.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Handle" || f.Sel.Name == "HandleFunc") && len(x.Args) == 2 {
					out = append(out, entrance{file: s.path, what: exprText(x.Args[0])})
				}
			case *ast.SwitchStmt:
				for _, c := range x.Body.List {
					for _, e := range c.(*ast.CaseClause).List {
						if x.Tag != nil && asksPath(x.Tag) || asksPath(e) {
							out = append(out, entrance{file: s.path, what: exprText(e)})
						}
					}
				}
			}
			return true
		})
	})
	return out
}

// tests are the names of all tests.
func (t *tree) tests() map[string]bool {
	out := map[string]bool{}
	t.each(func(_ *room, s source) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil {
				out[f.Name.Name] = true
			}
		}
	})
	return out
}

// asksPath says whether an expression looks at the path of a request.
func asksPath(e ast.Expr) bool { return strings.Contains(exprText(e), ".URL.Path") }

// exprText is an expression as gofmt writes it.
func exprText(e ast.Expr) string {
	var b strings.Builder
	if err := format.Node(&b, token.NewFileSet(), e); err != nil {
		return err.Error()
	}
	return b.String()
}
