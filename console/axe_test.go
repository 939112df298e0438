package console

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// audited is each page once, in the state in which most stands on it.
var audited = []string{
	"an empty docket", "a docket with one of everything", "Story A, found again after it was cleared", "a case about an announcement that came by a link", "a case with every kind of decision",
	"a review that waits for whoever looks", "a review with both verdicts", "a case with a lawful order", "an appeal that others decide on", "flags of one tenant", "a finding without an owner", "switches", "no switches", "what can be undone",
	"on call", "no rota", "what is looked at by lot, for a lead", "a case by lot", "a known case that was missed", "credits", "a ledger", "a ledger with witnesses", "a letter that would have gone out", "rules, for a lead", "reporters", "ways to the data", "the public record", "people", "the door", "a link", "enrolling", "no such page",
	"a case that nobody was told of", "a case of reports", "what has not left", "a case whose machine does not answer", "a proposal that nobody could second",
	"sites of all tenants", "sites of a tenant that was attacked", "incidents", "an incident that waits", "an incident that was told",
}

// answered are pages that follow a form: what was refused, and what was done, with all that was typed.
var answered = []struct {
	name, target string
	form         url.Values
}{
	{"a pull that was refused", "/switches/pull", url.Values{"kind": {"measure"}, "key": {"notify"}, "lift": {"1"}}},
	{"a pull that lifts, and is not through", "/switches/pull", url.Values{"kind": {"rule"}, "key": {"flood-out"}, "lift": {"1"}, "reason": {"Stop."}}},
	{"an incident that was not sent", incidentHref(hurtID) + "/send", url.Values{"english": {"Mended."}}},
	{"a credit that was not settled", "/credits", url.Values{"credit": {"cr-old"}, "settle": {"grant"}}},
	{"an undo that was refused", "/switches/undo", url.Values{"sure": {"1"}, "from": {"yesterday"}}},
	{"an undo that was counted", "/switches/undo", url.Values{"what": {"flood-out 2"}, "reason": {"Ours."}}},
	{"a stage that was refused", "/rules/promote", url.Values{"rule": {"crypto-mining"}, "version": {"4"}, "to": {"confirm"}}},
	{"a lawful order that was refused", "/case/" + raisupID + "/propose", url.Values{"v-measure": {"withhold"}}},
	{"a decision that was refused", "/case/" + raisupID + "/act", url.Values{"act": {"clear"}, "cover": {"flag"}}},
}

// looked is one page to look at: where it is in each language, and by whose session.
type looked struct{ name, url, chinese, token string }

// lookedAt serves each of the pages, in a world of its own.
func lookedAt(t *testing.T) (all []looked) {
	t.Helper()
	for _, c := range states() {
		if !slices.Contains(audited, c.name) {
			continue // the same page as one of these
		}
		w := newWorld()
		if c.change != nil {
			c.change(w)
		}
		at := serving(t, w)
		all = append(all, looked{c.name, at + inTongueOf(c.target, inEnglish), at + inTongueOf(c.target, inChinese), cmp.Or(c.token, "nobody")})
	}
	if len(all) != len(audited) {
		t.Fatalf("%d of %d states are there", len(all), len(audited))
	}
	for _, c := range answered {
		pages := map[string]*httptest.ResponseRecorder{}
		var console http.Handler
		for _, tongue := range []string{inEnglish, inChinese} {
			w := newWorld()
			braked(w)
			owing(w)
			figured(w)
			w.folders, w.tally = []docket.Folder{raisup()}, docket.Tally{Tenants: 200, Cases: 256, Decisions: 256, Left: 744}
			c.form.Set("nonce", nonce)
			got := w.ask(t, leadToken, http.MethodPost, inTongueOf(c.target, tongue), c.form)
			if got.Code == http.StatusSeeOther || got.Body.Len() == 0 {
				t.Fatalf("%s: status %d", c.name, got.Code)
			}
			pages["/answered/"+tongue], console = got, w.server(t).Handler()
		}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got, ok := pages[r.URL.Path]
			if !ok {
				console.ServeHTTP(w, r)
				return
			}
			for _, name := range []string{"Content-Type", "Content-Security-Policy"} {
				w.Header().Set(name, got.Header().Get(name))
			}
			_, _ = w.Write(got.Body.Bytes())
		}))
		t.Cleanup(srv.Close)
		all = append(all, looked{c.name, srv.URL + "/answered/" + inEnglish, srv.URL + "/answered/" + inChinese, leadToken})
	}
	return all
}

// inTongueOf is an address in a language.
func inTongueOf(target, tongue string) string {
	if strings.Contains(target, "?") {
		return target + "&lang=" + tongue
	}
	return target + "?lang=" + tongue
}

// TestNothingSeriousIsInTheWayOfAnybody looks at each page with axe-core, by day on a desk and by night
// on a phone, in English and in Chinese, and walks it by keyboard alone.
func TestNothingSeriousIsInTheWayOfAnybody(t *testing.T) {
	tab := consoletest.Open(t)
	for _, p := range lookedAt(t) {
		t.Run(p.name, func(t *testing.T) {
			tab.Cookie(t, p.url, "evenkeel", p.token)
			tab.LookIn(t, p.url, p.chinese)
		})
	}
}
