package answer

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel/instrument/challenge"
)

// chromiumPath is where Debian's package has it.
const chromiumPath = "/usr/bin/chromium"

// chromium starts a browser that ends with the test.
func chromium(t *testing.T, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	if _, err := os.Stat(chromiumPath); os.IsNotExist(err) {
		t.Fatalf("there is no %s: apt-get install chromium, or let .ci/run install it", chromiumPath)
	}
	options = append(options, chromedp.ExecPath(chromiumPath), chromedp.NoSandbox, chromedp.CombinedOutput(io.Discard), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(options...))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("start Chromium:", err)
	}
	limited, stop := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	return limited
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal("a script of the test:", err)
	}
	return v
}

// edge is a site behind these pages, as a gateway would have it.
type edge struct {
	t      *testing.T
	pages  *Pages
	keys   *challenge.Keys
	demand challenge.Demand
	cookie bool // the cookie page instead of the challenge
	silent bool // the script is kept from the browser
	done   chan struct{}

	mu   sync.Mutex
	said []string
}

func (e *edge) say(s string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.said = append(e.said, s)
}

var scope = challenge.Scope{Domain: challenge.DomainOf("shop.example"), Client: 7}

func (e *edge) send(w http.ResponseWriter, a Answer) {
	a.Put(w.Header())
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

func (e *edge) visitor(r *http.Request) Visitor {
	return e.pages.VisitorOf(&challenge.Request{
		Method: r.Method, Path: r.URL.Path, Accept: r.Header.Get("Accept"), Destination: r.Header.Get("Sec-Fetch-Dest"),
		Site: r.Header.Get("Sec-Fetch-Site"), Purpose: r.Header.Get("Sec-Purpose"), Upgrade: r.Header.Get("Upgrade"),
		RequestedWith: r.Header.Get("X-Requested-With"), Authorization: r.Header.Get("Authorization") != "",
	}, r.Header.Get("Accept-Language"), r.Header.Get("Accept-Encoding"), "shop.example", nil)
}

func (e *edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now, v := time.Now(), e.visitor(r)
	switch r.URL.Path {
	case e.pages.ScriptPath():
		if e.silent {
			http.NotFound(w, r)
			return
		}
		e.send(w, e.pages.Script(v.Gzip))
		return
	case e.pages.AnswerPath():
		e.answered(w, r, v, now)
		return
	}
	if _, err := e.keys.Admit(challenge.PlainJar, scope, r.Header["Cookie"], now); err == nil {
		e.say("in at " + r.URL.RequestURI())
		fmt.Fprint(w, "welcome")
		if r.URL.Path == "/cart" {
			close(e.done)
		}
		return
	}
	issue := func(f challenge.Form, amount uint8) string {
		token, err := e.keys.Issue(scope, challenge.Ask{Form: f, Amount: amount}, 1, now)
		if err != nil {
			e.t.Error(err)
		}
		return token
	}
	wait := Patience{issue(challenge.FormWait, e.demand.Seconds), e.demand.Seconds, r.URL.RequestURI()}
	if v.Askable {
		e.say("asked")
	}
	if e.cookie {
		e.send(w, e.pages.Cookie(nil, v, wait))
		return
	}
	e.send(w, e.pages.Challenge(nil, v, Challenge{issue(challenge.FormWork, e.demand.Bits), e.demand.Bits, wait}))
}

// answered believes an answer, or asks for the rest of a wait.
func (e *edge) answered(w http.ResponseWriter, r *http.Request, v Visitor, now time.Time) {
	a := challenge.Answer{Token: r.FormValue("token"), Nonce: r.FormValue("nonce")}
	ticket, err := e.keys.Check(scope, a, e.demand, now)
	if errors.Is(err, challenge.ErrEarly) {
		e.say("early")
		left := uint8(ticket.From().Sub(now)/time.Second) + 1
		e.send(w, e.pages.Cookie(nil, v, Patience{a.Token, left, r.FormValue("to")}))
		return
	}
	if err != nil {
		e.t.Errorf("the answer %q, %q: %v", a.Token, a.Nonce, err)
		http.Error(w, "refused", http.StatusForbidden)
		return
	}
	pass, err := e.keys.Grant(ticket, time.Hour, now)
	if err != nil {
		e.t.Error(err)
	}
	e.say(ticket.Ask.Form.String())
	w.Header().Set("Set-Cookie", challenge.PlainJar.SetCookie(&pass))
	http.Redirect(w, r, ReturnTo(r.FormValue("to")), http.StatusSeeOther)
}

// TestChromiumIsLetIn by each of the ways, asked once, and back to where it wanted to go.
func TestChromiumIsLetIn(t *testing.T) {
	seed, err := challenge.NewSeed(bytes.Repeat([]byte{1}, challenge.LeastSeed))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := challenge.NewKeys(seed)
	if err != nil {
		t.Fatal(err)
	}
	with := chromium(t)
	without := chromium(t, chromedp.Flag("blink-settings", "scriptEnabled=false"))
	for _, c := range []struct {
		name    string
		browser context.Context
		edge    *edge
		press   bool // the button for those who have no script, at once
		said    string
	}{
		{"by work", with, &edge{demand: challenge.Demand{Bits: 14, Seconds: 60}}, false, "asked, work, in at /cart?item=7"},
		{"by waiting, without JavaScript", without, &edge{demand: challenge.Demand{Bits: 22, Seconds: 1}}, false, "asked, wait, in at /cart?item=7"},
		{"by a cookie", with, &edge{demand: challenge.Demand{Seconds: 1}, cookie: true}, false, "asked, wait, in at /cart?item=7"},
		{"by a cookie, without JavaScript", without, &edge{demand: challenge.Demand{Seconds: 1}, cookie: true}, false, "asked, wait, in at /cart?item=7"},
		{"by the button, too early, where something keeps the script away", with, &edge{demand: challenge.Demand{Bits: 22, Seconds: 3}, silent: true}, true, "asked, early, wait, in at /cart?item=7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := c.edge
			e.t, e.pages, e.keys, e.done = t, pages(t), keys, make(chan struct{})
			server := httptest.NewServer(e)
			defer server.Close()
			tab, closeTab := chromedp.NewContext(c.browser, chromedp.WithNewBrowserContext())
			defer closeTab()
			do(t, tab, chromedp.Navigate(server.URL+"/cart?item=7"))
			if c.press {
				do(t, tab, chromedp.Evaluate[chromedp.Void](`document.querySelector("details").open = true; document.querySelector("button").click()`))
			}
			select {
			case <-e.done:
			case <-c.browser.Done():
				t.Error("nobody was let in in time")
			}
			e.mu.Lock()
			defer e.mu.Unlock()
			var said []string // a browser also asks for what no page names
			for _, s := range e.said {
				if s != "in at /favicon.ico" {
					said = append(said, s)
				}
			}
			if got := strings.Join(said, ", "); got != c.said {
				t.Errorf("what happened is: %s; expected %s", got, c.said)
			}
		})
	}
}

// show serves each page in each language, at /NAME/LANGUAGE.
func show(t *testing.T) *httptest.Server {
	p := pages(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range every {
			for l := range Lang(Langs) {
				if r.URL.Path != "/"+c.name+"/"+l.String() {
					continue
				}
				a := c.answer(p, visitor(l))
				a.refresh = nil // the page would leave while it is looked at
				a.Put(w.Header())
				w.WriteHeader(a.Status)
				_, _ = w.Write(a.Body)
				return
			}
		}
		if r.URL.Path == p.ScriptPath() { // of the work nothing, or the page would leave too
			a := p.Script(false)
			a.Put(w.Header())
			_, _ = w.Write(bytes.TrimSuffix(a.Body, challenge.Script))
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// axe is what axe-core finds on a page that is serious or critical, by all of its rules or by those named, one line each, and at last
// whether it looked at anything.
const axe = `axe.run(document, {resultTypes: ["violations"], preload: false, ...(%s)}).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v =>
	v.id + " (" + v.impact + "): " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | ")).concat("rules " + (r.passes.length > 0)))`

// TestNothingSeriousIsInTheWayOfAVisitor looks at each page with axe-core: by day on a desk, and by night on a small phone, where nothing
// is beyond the side of the screen in any language, and the focus is seen wherever a keyboard leads.
func TestNothingSeriousIsInTheWayOfAVisitor(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "..", "third_party", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	server := show(t)
	tab := chromium(t)
	const all, byScreen = `{}`, `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]}}`
	audit := func(url, rules string) {
		t.Helper()
		do(t, tab, chromedp.Navigate(server.URL+url))
		eval[chromedp.Void](t, tab, string(source)+"; document.querySelectorAll('details').forEach(d => d.open = true); undefined")
		found := eval[[]string](t, tab, fmt.Sprintf(axe, rules))
		if n := len(found); n == 0 || found[n-1] != "rules true" {
			t.Fatalf("%s: axe-core looked at nothing: %v", url, found)
		}
		for _, says := range found[:len(found)-1] {
			t.Errorf("%s: %s", url, says)
		}
	}
	fits := func(url string) {
		t.Helper()
		if wide := eval[float64](t, tab, "document.scrollingElement.scrollWidth"); wide > 320 {
			t.Errorf("%s is %g px wide on a screen of 320", url, wide)
		}
	}
	pictures(t, tab, server.URL)
	goesOn(t, tab, server.URL)
	screen(t, tab, 1280, "light")
	if got := eval[string](t, tab, `getComputedStyle(document.querySelector(".bar i")).animationName`); got != "none" {
		t.Errorf("something moves, %s, though the visitor asked for nothing that does", got)
	}
	for _, c := range every {
		audit("/"+c.name+"/en", all)
	}
	screen(t, tab, 320, "dark")
	for _, c := range every {
		for l := range Lang(Langs) {
			url := "/" + c.name + "/" + l.String()
			if l == German { // whose words are the longest
				audit(url, byScreen)
			} else {
				do(t, tab, chromedp.Navigate(server.URL+url))
			}
			fits(url)
		}
		walked(t, tab, c.name)
	}
}

// walked goes through a page by Tab and holds that where the focus is can be seen.
func walked(t *testing.T, tab context.Context, name string) {
	t.Helper()
	all := eval[int](t, tab, `(() => {
	document.querySelectorAll("details").forEach(d => d.open = true);
	window.seen = [];
	addEventListener("keyup", () => { const at = document.activeElement, s = getComputedStyle(at);
		if (at !== document.body) seen.push(at.matches(":focus-visible") && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2); }, true);
	return [...document.querySelectorAll("a[href], button, summary")].length; })()`)
	for range all {
		do(t, tab, chromedp.KeyEvent(kb.Tab))
	}
	if got := eval[[]bool](t, tab, "seen"); len(got) != all || strings.Contains(fmt.Sprint(got), "false") {
		t.Errorf("%s: of %d things to press Tab reaches, and the focus is seen on: %v", name, all, got)
	}
}

// screen sets the width in CSS pixels, and whether it is night.
func screen(t *testing.T, tab context.Context, width int64, scheme string) {
	t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	do(t, tab, chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, c *chromedp.Target) error {
		_, err := cdp.Call(ctx, c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

// goesOn holds that what is said changes in the live region, while the page forbids all but its own script and style.
func goesOn(t *testing.T, tab context.Context, at string) {
	t.Helper()
	do(t, tab, chromedp.Navigate(at+"/challenge/fr"))
	if got, want := eval[string](t, tab, `document.querySelector("[role=status][aria-live=polite]").textContent`), said["working"][French]; got != want {
		t.Errorf("the status is %q; expected %q", got, want)
	}
	if got := eval[string](t, tab, `getComputedStyle(document.querySelector("main")).maxWidth`); got != "560px" {
		t.Errorf("the page's own style is not applied: its width is at most %s", got)
	}
}

// pictures keeps one of each page by day and by night, on a phone and on a desk, where the test was told to keep artifacts.
func pictures(t *testing.T, tab context.Context, at string) {
	t.Helper()
	if f := flag.Lookup("test.artifacts"); f == nil || f.Value.String() != "true" {
		return
	}
	for _, width := range []int64{320, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			screen(t, tab, width, scheme)
			for i, c := range every {
				l := Lang(i % Langs)
				do(t, tab, chromedp.Navigate(at+"/"+c.name+"/"+l.String()))
				wide := true
				picture, err := chromedp.Run(tab, chromedp.Action[[]byte](func(ctx context.Context, c *chromedp.Target) ([]byte, error) {
					r, err := cdp.Call(ctx, c, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &wide})
					if err != nil {
						return nil, err
					}
					return r.Data, nil
				}))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(t.ArtifactDir(), fmt.Sprintf("%s-%d-%s.%s.png", c.name, width, scheme, l)), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
