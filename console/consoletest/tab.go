package consoletest

import (
	"context"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium is where Debian's package has it.
const chromium = "/usr/bin/chromium"

// Chromium starts a browser that ends with the test. A machine without one fails, with what to do.
func Chromium(t testing.TB) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); os.IsNotExist(err) {
		t.Fatalf("there is no %s: apt-get install chromium, or let .ci/run install it", chromium)
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.CombinedOutput(io.Discard), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
	))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("start Chromium:", err)
	}
	return ctx
}

// Tab is one tab of one browser, in which page after page is looked at. Scripts are on: pages have
// none, and forbid all; what looks at them is one.
type Tab struct {
	ctx   context.Context
	width int64
}

// Open starts Chromium and opens a tab. All of its pages have to be looked at within ten minutes.
func Open(t testing.TB) *Tab {
	t.Helper()
	ctx, cancel := context.WithTimeout(Chromium(t), 10*time.Minute)
	t.Cleanup(cancel)
	return &Tab{ctx: ctx}
}

// Look opens a page and holds all of it: axe-core finds nothing serious, by day on a desk and by night on
// a phone; there nothing is beyond the side of the screen, and a keyboard alone is enough. It is opened
// once for all of that, because that is what takes the time.
func (b *Tab) Look(t testing.TB, url string) {
	t.Helper()
	b.Screen(t, 1280, "light")
	b.Show(t, url)
	b.Audit(t)
	b.Screen(t, 390, "dark")
	b.Audit(t, byScreen...)
	b.Fits(t)
	b.Walk(t)
}

// LookIn looks at a page that is there in two languages: by day on a desk in the first, by night on a
// phone in both, where a keyboard walks it in the second. The pages of both have to have the same
// elements: so each is walked once, and what does not depend on words is asked for once.
func (b *Tab) LookIn(t testing.TB, first, second string) {
	t.Helper()
	b.Screen(t, 1280, "light")
	b.Show(t, first)
	b.Audit(t)
	b.Screen(t, 390, "dark")
	b.Audit(t, byScreen...)
	b.Fits(t)
	const lang = "document.documentElement.lang"
	was := eval[string](t, b, lang)
	b.Show(t, second)
	if is := eval[string](t, b, lang); is == was {
		t.Errorf("both pages say that they are in %q", is)
	}
	b.Audit(t, slices.Concat(byScreen, byWords)...)
	b.Fits(t)
	b.Walk(t)
}

// Screen sets the width in CSS pixels, and whether it is night: scheme is light or dark.
func (b *Tab) Screen(t testing.TB, width int64, scheme string) {
	t.Helper()
	b.width = width
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	err := chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// Cookie has the browser ask for pages of an origin with a cookie.
func (b *Tab) Cookie(t testing.TB, origin, name, value string) {
	t.Helper()
	b.do(t, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: origin})
		return err
	}))
}

// Show opens a page and unfolds all of it.
func (b *Tab) Show(t testing.TB, url string) {
	t.Helper()
	b.do(t, chromedp.Navigate(url))
	b.run(t, unfold)
}

// unfold opens what is folded, and shows the fields of choices that are not chosen. Of a long table
// a few rows are left: the others are like them, and each costs time. A sheet that is made in this way
// is none that the page's policy would refuse.
const unfold = `(() => {
	document.querySelectorAll("details").forEach(d => d.open = true);
	document.querySelectorAll("tbody").forEach(b => [...b.rows].slice(6).forEach(r => r.remove()));
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(".act > .under { display: block !important }");
	document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
})()`

// Press presses what a selector names, and waits for the page that follows.
func (b *Tab) Press(t testing.TB, selector string) {
	t.Helper()
	b.run(t, "document.querySelector("+strconv.Quote(selector)+").focus()")
	if _, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(kb.Enter))); err != nil {
		t.Fatalf("%s leads nowhere: %v", selector, err)
	}
}

// Links are the addresses of the page's links to its own origin, without fragments.
func (b *Tab) Links(t testing.TB) []string {
	t.Helper()
	return eval[[]string](t, b, `[...new Set([...document.links].filter(a => a.origin === location.origin).map(a => a.href.split("#")[0]))]`)
}

// Tops are how far below the top of the page each element begins that a selector names, in whole CSS pixels, in the
// order of the page.
func (b *Tab) Tops(t testing.TB, selector string) []int {
	t.Helper()
	return eval[[]int](t, b, "[...document.querySelectorAll("+strconv.Quote(selector)+")].map(e => Math.round(e.getBoundingClientRect().top + scrollY))")
}

// Fits holds that nothing of the page is beyond the side of the screen.
func (b *Tab) Fits(t testing.TB) {
	t.Helper()
	b.do(t, chromedp.Func(func(ctx context.Context, c *chromedp.Target) error {
		m, err := cdp.Call(ctx, c, page.GetLayoutMetrics, cdp.Empty{})
		if err == nil && m.CSSContentSize.Width > float64(b.width) {
			t.Errorf("the page is %g px wide on a screen of %d", m.CSSContentSize.Width, b.width)
		}
		return err
	}))
}

func (b *Tab) do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// run runs a script whose value is of no interest.
func (b *Tab) run(t testing.TB, script string) {
	t.Helper()
	eval[chromedp.Void](t, b, strings.TrimSuffix(script, ";")+"; undefined")
}

// eval runs a script and returns its value, or what its promise comes to.
func eval[T any](t testing.TB, b *Tab, script string) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal("a script of the test:", err)
	}
	return v
}
