package page_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/courier/page/pagetest"
	"github.com/evenkeel/evenkeel/instrument/webhook"
)

func now() evenkeel.Moment { return pagetest.Start.Add(15 * time.Minute) }

// ntfyID is what a sequence id may be, as the server of 2.16 wants it.
var ntfyID = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)

// takeNtfy is a server of docs.ntfy.sh, "Publish as JSON": POST to the root, a body with a topic.
func takeNtfy(r *http.Request, body []byte) (id, shown, answer string, status int) {
	var m struct {
		Topic, Title, Message, Click string
		Priority                     int
		Tags                         []string
		SequenceID                   string `json:"sequence_id"`
	}
	if err := strictly(body, &m); err != nil {
		return "", "", err.Error(), http.StatusBadRequest
	}
	wrong := form(r, http.MethodPost, "tk_geheim")
	if r.URL.Path != "/" || m.Topic != "on-call_ada" || m.Priority < 1 || m.Priority > 5 || !ntfyID.MatchString(m.SequenceID) || len(m.Message) > 4096 {
		wrong += fmt.Sprintf(" the body is %+v", m)
	}
	if wrong != "" {
		return "", "", wrong, http.StatusBadRequest
	}
	return m.SequenceID, m.Title + "\n" + m.Message + "\n" + m.Click, `{"id":"hwQ2YpKdmg","time":1772614020,"event":"message","topic":"on-call_ada"}`, http.StatusOK
}

func TestNtfy(t *testing.T) {
	pagetest.RunChannel(t, func(t *testing.T) pagetest.Bench {
		rc := received(t, takeNtfy)
		c, err := page.NewNtfy(rc.url, "on-call_ada", secretFile(t, "tk_geheim"), http.DefaultClient)
		if err != nil {
			t.Fatal(err)
		}
		return rc.bench(pagetest.Bench{Channel: c, Once: true, Secrets: []string{"tk_geheim"}})
	})
}

// unescaped is what Slack shows of a text in which it looks for markup (docs.slack.dev,
// "Formatting message text": &, < and > are written as entities).
var unescaped = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// takeSlack is an incoming webhook: POST of text and blocks, answered with ok.
func takeSlack(r *http.Request, body []byte) (id, shown, answer string, status int) {
	type text struct{ Type, Text string }
	var m struct {
		Text   string
		Blocks []struct {
			Type     string
			Text     *text
			Elements []text
		}
	}
	if err := strictly(body, &m); err != nil {
		return "", "", "invalid_payload: " + err.Error(), http.StatusBadRequest
	}
	wrong := form(r, http.MethodPost, "")
	if r.URL.Path != "/services/T0/B0/geheim" || m.Text == "" || strings.ContainsAny(m.Text, "<>") || len(m.Blocks) < 3 || len(m.Blocks) > 50 {
		wrong += "no_text"
	}
	for _, b := range m.Blocks {
		switch {
		case b.Type == "header" && b.Text.Type == "plain_text" && len([]rune(b.Text.Text)) <= 150:
			shown += b.Text.Text + "\n"
		case b.Type == "section" && b.Text.Type == "plain_text" && len([]rune(b.Text.Text)) <= 3000:
			shown += b.Text.Text + "\n"
		case b.Type == "section" && b.Text.Type == "mrkdwn":
			link, label, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(b.Text.Text, "<"), ">"), "|")
			if !ok || label != "Open the case" || strings.ContainsAny(link, "<>") {
				wrong += "invalid_blocks: " + b.Text.Text
			}
			shown += unescaped.Replace(link) + "\n"
		case b.Type == "context" && len(b.Elements) == 1 && b.Elements[0].Type == "plain_text":
		default:
			wrong += "invalid_blocks: " + b.Type
		}
	}
	if wrong != "" {
		return "", "", wrong, http.StatusBadRequest
	}
	return "", shown, "ok", http.StatusOK
}

func TestSlack(t *testing.T) {
	pagetest.RunChannel(t, func(t *testing.T) pagetest.Bench {
		rc := received(t, takeSlack)
		c, err := page.NewSlack(secretFile(t, rc.url+"/services/T0/B0/geheim"), http.DefaultClient)
		if err != nil {
			t.Fatal(err)
		}
		return rc.bench(pagetest.Bench{Channel: c, Secrets: []string{"geheim"}})
	})
}

// takeMatrix is a homeserver: PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId} of the
// client-server API, with a body of m.room.message. The transaction is told again by its id.
func takeMatrix(r *http.Request, body []byte) (id, shown, answer string, status int) {
	var m struct{ Msgtype, Body string }
	if err := strictly(body, &m); err != nil {
		return "", "", err.Error(), http.StatusBadRequest
	}
	wrong := form(r, http.MethodPut, "syt_geheim")
	txn, ok := strings.CutPrefix(r.URL.EscapedPath(), "/base/_matrix/client/v3/rooms/%21abc%2Fdef:example.net/send/m.room.message/")
	if !ok || txn == "" || strings.Contains(txn, "/") || m.Msgtype != "m.text" || m.Body == "" {
		wrong += fmt.Sprintf(" %s %+v", r.URL.EscapedPath(), m)
	}
	if wrong != "" {
		return "", "", wrong, http.StatusBadRequest
	}
	return txn, m.Body, `{"event_id":"$YUwRidLecu"}`, http.StatusOK
}

func TestMatrix(t *testing.T) {
	pagetest.RunChannel(t, func(t *testing.T) pagetest.Bench {
		rc := received(t, takeMatrix)
		c, err := page.NewMatrix(rc.url+"/base", "!abc/def:example.net", secretFile(t, "syt_geheim"), http.DefaultClient)
		if err != nil {
			t.Fatal(err)
		}
		return rc.bench(pagetest.Bench{Channel: c, Once: true, Secrets: []string{"syt_geheim"}})
	})
}

const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// pageBody is evenkeel.page.v1, as docs/on-call.md says it.
type pageBody struct {
	Type, ID, Case, Title, Why, Link string
	Level                            int
	At                               evenkeel.Moment
}

func (b *pageBody) shown() string {
	return b.Title + "\n" + b.Why + "\n" + b.At.String() + "\n" + b.Link
}

func TestWebhook(t *testing.T) {
	keys, err := webhook.ParseKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	take := func(r *http.Request, body []byte) (id, shown, answer string, status int) {
		id, err := keys.Verify(r.Header, body, now().Time())
		if err != nil {
			return "", "", err.Error(), http.StatusUnauthorized
		}
		var b pageBody
		if err := strictly(body, &b); err != nil || b.Type != page.Type || b.ID != id || b.Level != 1 {
			return "", "", fmt.Sprintf("%v %+v", err, b), http.StatusBadRequest
		}
		if wrong := form(r, http.MethodPost, ""); wrong != "" {
			return "", "", wrong, http.StatusBadRequest
		}
		return id, b.shown(), "", http.StatusOK
	}
	pagetest.RunChannel(t, func(t *testing.T) pagetest.Bench {
		rc := received(t, take)
		c, err := page.NewWebhook(rc.url+"/pages", secretFile(t, secret), http.DefaultClient, now)
		if err != nil {
			t.Fatal(err)
		}
		return rc.bench(pagetest.Bench{Channel: c, Once: true, Secrets: []string{secret[6:]}})
	})
}

// TestWhatNoChannelCanBeMadeOf: no error holds a secret.
func TestWhatNoChannelCanBeMadeOf(t *testing.T) {
	c := http.DefaultClient
	token := secretFile(t, "geheim")
	two := secretFile(t, "geheim geheim")
	made := func(_ page.Channel, err error) error { return err }
	for name, err := range map[string]error{
		"an ntfy server with a path":      made(page.NewNtfy("https://ntfy.example.net/topic", "topic", "", c)),
		"a topic that is none":            made(page.NewNtfy("https://ntfy.example.net", "geheim/..", "", c)),
		"an address that is none":         made(page.NewNtfy("geheim", "topic", "", c)),
		"a user in an address":            made(page.NewNtfy("https://me:geheim@ntfy.example.net", "topic", "", c)),
		"a file that is not there":        made(page.NewSlack(token+"-not", c)),
		"a file with two words":           made(page.NewSlack(two, c)),
		"a file with no address":          made(page.NewSlack(token, c)),
		"an alias in the place of a room": made(page.NewMatrix("https://matrix.example.net", "#geheim:example.net", token, c)),
		"a homeserver without a token":    made(page.NewMatrix("https://matrix.example.net", "!abc:example.net", "", c)),
		"a secret that is none":           made(page.NewWebhook("https://example.net/geheim", token, c, now)),
		"a command without its path":      made(page.NewCommand("page-me", nil, 0)),
		"a command with a way around":     made(page.NewCommand("/usr/../bin/true", nil, 0)),
		"a command that takes for ever":   made(page.NewCommand("/bin/true", nil, time.Hour)),
		"mail without a server":           made(page.NewMail(nil, "ada@example.net", "example.net")),
	} {
		if err == nil || strings.Contains(err.Error(), "geheim") || evenkeel.KindOf(err) == evenkeel.KindInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnAnswerOfAnotherKindIsNoSuccess: a proxy's or a portal's page is not somebody who was called.
func TestAnAnswerOfAnotherKindIsNoSuccess(t *testing.T) {
	portal := received(t, func(*http.Request, []byte) (string, string, string, int) {
		return "", "", "<html>Welcome" + strings.Repeat("!", 1<<20), http.StatusOK
	})
	elsewhere := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://elsewhere.example.net/geheim", http.StatusFound)
	})
	still := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	token := secretFile(t, "geheim")
	call := pagetest.CallOf("1", "ada")
	p := page.For(&call, "ada")
	for _, at := range []string{portal.url, serve(t, elsewhere)} {
		ntfy, err1 := page.NewNtfy(at, "topic", token, still)
		slack, err2 := page.NewSlack(secretFile(t, at+"/geheim"), still)
		matrix, err3 := page.NewMatrix(at, "!abc:example.net", token, still)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		for _, c := range []page.Channel{ntfy, slack, matrix} {
			if _, err := c.Send(t.Context(), &p); err == nil || evenkeel.HintOf(err) == "" || strings.Contains(err.Error(), "geheim") || len(err.Error()) > 600 {
				t.Errorf("%s: %v", c.Name(), err)
			}
		}
	}
}

// TestAPageSaysWhoseCaseItIsOnlyWhereThatIsSet, and nothing that is not one line.
func TestAPageSaysWhoseCaseItIsOnlyWhereThatIsSet(t *testing.T) {
	c := pagetest.CallOf("1", "ada")
	if p := page.For(&c, "ada"); p.Title != "Case c-1: level 1" {
		t.Errorf("%q", p.Title)
	}
	c.Tenant, c.Level, c.Why, c.Link = "acme", 0, "Write to owner@acme.example,\nplease.", "https://x/ y"
	p := page.For(&c, "ada")
	if p.Title != "Case c-1 of acme: for whoever leads" || strings.Contains(p.Why, "@") || strings.Contains(p.Why, "\n") || p.Link != "" {
		t.Errorf("%+v", p)
	}
	other := page.For(&c, "ben")
	if again := page.For(&c, "ada"); again != p || other.ID == p.ID || len(p.ID) != 35 {
		t.Errorf("ids %s, %s and %s", p.ID, again.ID, other.ID)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Error(err)
	}
}

func TestAPageHasItsTimesToTheSecond(t *testing.T) {
	c := page.Call{ID: "p-1", Case: "c-1", Level: 1, Why: "A person decides by 2026-11-28T04:46:45.079661205Z."}
	if p := page.For(&c, "ada"); p.Why != "A person decides by 2026-11-28T04:46:45Z." {
		t.Errorf("%q; expected the time to the second", p.Why)
	}
}

// takeBeat is a watcher of the kind that takes any request to a secret address.
func takeBeat(r *http.Request, body []byte) (id, shown, answer string, status int) {
	var m struct {
		Evenkeel string
		At       string
	}
	err := strictly(body, &m)
	if wrong := form(r, http.MethodPost, ""); err != nil || wrong != "" || r.URL.Path != "/ping/geheim" || m.Evenkeel != "all is well" || m.At == "" {
		return "", "", fmt.Sprint(err, wrong, r.URL.Path), http.StatusBadRequest
	}
	return "", "", "OK", http.StatusOK
}

// R21: a watcher outside is told by its secret address, which no error names; what it refuses is an error.
func TestHeartbeat(t *testing.T) {
	rc := received(t, takeBeat)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "The requested URL "+strings.ToUpper(r.URL.Path)+" was not found", http.StatusNotFound) // as many servers answer
	}))
	t.Cleanup(gone.Close)
	for url, says := range map[string]string{rc.url: "", gone.URL: "the watcher at 127.0.0.1"} {
		b, err := page.NewHeartbeat(secretFile(t, url+"/ping/geheim"), http.DefaultClient, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = b.Beat(t.Context(), pagetest.Start)
		if (err == nil) != (says == "") || err != nil && (!strings.Contains(err.Error(), says) || strings.Contains(strings.ToLower(err.Error()), "geheim")) {
			t.Errorf("%s: %v; expected %q", url, err, says)
		}
	}
	for text, says := range map[string]string{"": "expected one line without spaces", "geheim": "the address of the watcher is none", "ftp://host/geheim": "the address of the watcher is none"} {
		if _, err := page.NewHeartbeat(secretFile(t, text), http.DefaultClient, nil); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v; expected %q", text, err, says)
		}
	}
	never := func(*url.URL) error { return evenkeel.Invalid("it is never spoken to") }
	if _, err := page.NewHeartbeat(secretFile(t, rc.url+"/ping/geheim"), http.DefaultClient, never); err == nil || !strings.Contains(err.Error(), "it is never spoken to") || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v; expected that it is never spoken to", err)
	}
}

// R21: a watcher that sends elsewhere, such as to a page to sign in, was not told.
func TestAWatcherThatSendsElsewhereWasNotTold(t *testing.T) {
	moved := serve(t, http.RedirectHandler("/sign-in?next=geheim", http.StatusFound))
	still := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	b, err := page.NewHeartbeat(secretFile(t, moved+"/ping?key=geheim"), still, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Beat(t.Context(), pagetest.Start); err == nil || !strings.Contains(evenkeel.HintOf(err), "redirects are not followed") || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v (%s); expected that redirects are not followed", err, evenkeel.HintOf(err))
	}
}
