package visit_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// tenantsPage is a state of the tenant's page; at is its path with a question mark, and post what was
// sent to it, where it is what follows a form.
type tenantsPage struct {
	name, at, to string
	post         url.Values
	on           http.Handler
}

// tenantsPages are the page in each state in which most stands on it: to speak, to read, where there is
// nothing, where somebody broke in, where several decisions can be appealed, and after a form that was
// not taken in.
func tenantsPages(t *testing.T) []tenantsPage {
	t.Helper()
	h, broken, several, newcomers := open(t), open(t), open(t), open(t)
	_, speaks := opened(t, h, link.Speak)
	c := aCase("raisup", "mining")
	asked, limited := decided(c, evenkeel.MeasureNotify, evenkeel.InForce, evenkeel.ModeLive, 20), decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 30)
	over := decided(c, evenkeel.MeasureIsolate, evenkeel.Lifted, evenkeel.ModeLive, 40)
	several.Handler = several.handler(shelf{docket.Folder{
		Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{asked, limited, over}, Notices: []evenkeel.Notice{noticed(asked, ""), noticed(limited, ""), noticed(over, "No.")},
		Findings: []evenkeel.Finding{mined("raisup", "worker-1", evenkeel.Final)},
	}})
	theirs := decided(aCase("neighbour", "mining"), evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	at := "/t/" + several.token(link.Speak, c, "owner")
	return []tenantsPage{
		{"to speak", speaks, "", nil, h}, {"to read", "/t/" + h.token(link.Show, aCase("raisup", "mining"), "owner"), "", nil, h}, {"nothing", "/t/nothing", "", nil, h},
		{"who came", newcomers.of(link.Speak, came(t, newcomers), "billing", bill), "", nil, newcomers},
		{"broken into", harmed(broken, link.Speak, nil), "", nil, broken}, {"several decisions", at, "", nil, several}, {"an appeal that was not taken in", at, "/appeal", appeal(theirs.ID, ""), several},
	}
}

// serve serves a state's page in a language, and returns its address.
func (p tenantsPage) serve(t *testing.T, lang string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && p.post != nil && r.URL.Path == p.at {
			r = httptest.NewRequest(http.MethodPost, "https://"+r.Host+p.at+p.to+"?lang="+lang, strings.NewReader(p.post.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		p.on.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + p.at + "?lang=" + lang
}

// TestNothingIsInTheWayOfATenant looks at the tenant's page with axe-core, by keyboard alone and at a
// phone's width, in both languages.
func TestNothingIsInTheWayOfATenant(t *testing.T) {
	tab := consoletest.Open(t)
	for _, p := range tenantsPages(t) {
		for _, lang := range []string{"en", "zh"} {
			t.Run(p.name+", "+lang, func(t *testing.T) { tab.Look(t, p.serve(t, lang)) })
		}
	}
}

// firstScreen is how many CSS pixels of a page a phone of 390 by 844 shows at once, less what its browser takes.
const firstScreen = 664

// TestTheWayToTheFormIsOnTheFirstScreenOfAPhone (R24): whoever may answer need not scroll to find where; and it leads to the form.
func TestTheWayToTheFormIsOnTheFirstScreenOfAPhone(t *testing.T) {
	tab := consoletest.Open(t)
	tab.Screen(t, 390, "light")
	for _, p := range tenantsPages(t) {
		if p.post != nil { // what was wrong stands first, and leads to its field
			continue
		}
		for _, lang := range []string{"en", "zh"} {
			tab.Show(t, p.serve(t, lang))
			way, form := tab.Tops(t, "a.button[href='#speak']"), tab.Tops(t, "#answer")
			switch {
			case len(form) == 0 && len(way) == 0: // it is only to be read
			case len(form) == 0 || len(way) != 1 || way[0] > firstScreen-44:
				t.Errorf("%s, %s: the way to the form begins at %v, the form at %v; expected the way within %d", p.name, lang, way, form, firstScreen)
			}
		}
	}
}
