package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/net/html"
)

// walker is somebody at a keyboard: it presses keys and knows what a screen reader is told of
// where it stands. It does not click, and no script runs in the page.
type walker struct {
	t    *testing.T
	ctx  context.Context
	name string // of its pictures
	shot int
}

// walk returns a walker in a tab of its own, on a screen of that width, in a colour scheme.
func walk(t *testing.T, parent context.Context, name string, width int64, scheme string) *walker {
	t.Helper()
	tab, closeTab := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	w := &walker{t: t, ctx: tab, name: fmt.Sprintf("%s-%d-%s", name, width, scheme)}
	w.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}), chromedp.EmulateViewport(width, 900))
	ctx, cancel := context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(cancel)
	w.ctx = ctx
	return w
}

func (w *walker) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		w.picture("lost")
		w.t.Fatal(err)
	}
}

func (w *walker) open(url string) {
	w.t.Helper()
	w.do(chromedp.Navigate(url))
}

// picture keeps a picture of the whole page where pictures are kept (go test -artifacts).
func (w *walker) picture(of string) {
	if !pictures() {
		return
	}
	if png, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100)); err == nil {
		w.shot++
		_ = os.WriteFile(filepath.Join(w.t.ArtifactDir(), fmt.Sprintf("%s-%02d-%s.png", w.name, w.shot, of)), png, 0o644)
	}
}

// place is where the keyboard is, as a screen reader is told it.
type place struct{ role, name, value string }

func (p place) String() string { return fmt.Sprintf("%s %q", p.role, p.name) }

// node calls f until the numbers of nodes hold for its length: they change with the document.
func (w *walker) node(f func(ctx context.Context, t *chromedp.Target) error) {
	w.t.Helper()
	var err error
	for range 20 {
		if err = chromedp.Do(w.ctx, chromedp.Func(f)); err == nil || !strings.Contains(err.Error(), "node with given id") {
			break
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// here returns what has the focus.
func (w *walker) here() (p place) {
	w.t.Helper()
	w.node(func(ctx context.Context, t *chromedp.Target) error {
		depth := int64(0)
		doc, err := cdp.Call(ctx, t, dom.GetDocument, dom.GetDocumentParams{Depth: &depth})
		if err != nil {
			return err
		}
		at, err := cdp.Call(ctx, t, dom.QuerySelector, dom.QuerySelectorParams{NodeID: doc.Root.NodeID, Selector: ":focus"})
		if err != nil || at.NodeID == 0 {
			return err
		}
		no := false
		tree, err := cdp.Call(ctx, t, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{NodeID: at.NodeID, FetchRelatives: &no})
		if err != nil || len(tree.Nodes) == 0 {
			return err
		}
		n := tree.Nodes[0]
		p = place{textOf(n.Role), textOf(n.Name), textOf(n.Value)}
		return nil
	})
	return p
}

// comes waits until a page that is just there has put the focus on something of a role: browsers
// do that with the first picture, after the page is loaded.
func (w *walker) comes(role string) place {
	w.t.Helper()
	for range 500 {
		if p := w.here(); p.role == role {
			return p
		}
	}
	w.picture("lost")
	w.t.Fatalf("the page puts the focus on %s; expected something of the role %s", w.here(), role)
	return place{}
}

func textOf(v *accessibility.Value) (s string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &s)
	}
	return s
}

// tab presses Tab until it is at something of a role whose name has a text in it.
func (w *walker) tab(role, name string) place {
	w.t.Helper()
	return w.step(kb.Tab, 250, role, name)
}

// back presses Shift and Tab until it is there.
func (w *walker) back(role, name string) place {
	w.t.Helper()
	return w.step(kb.Tab, 250, role, name, chromedp.KeyModifiers(kb.ModifierShift))
}

// down presses the arrow until it is there, such as among the buttons of a choice.
func (w *walker) down(name string) place {
	w.t.Helper()
	return w.step(kb.ArrowDown, 40, "radio", name)
}

func (w *walker) step(key string, most int, role, name string, with ...chromedp.KeyOption) place {
	w.t.Helper()
	var seen []string
	for range most {
		w.do(chromedp.KeyEvent(key, with...))
		p := w.here()
		if p.role == role && strings.Contains(p.name, name) {
			return p
		}
		seen = append(seen, p.String())
	}
	w.picture("lost")
	w.t.Fatalf("no %s %q can be reached by keyboard; on the way were %s", role, name, strings.Join(seen, ", "))
	return place{}
}

// types types into what has the focus.
func (w *walker) types(text string) {
	w.t.Helper()
	w.do(chromedp.KeyEvent(text))
}

// press presses a key, and waits for the page that follows.
func (w *walker) press(key string) {
	w.t.Helper()
	if _, err := chromedp.Run(w.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(key))); err != nil {
		w.picture("lost")
		w.t.Fatalf("%q leads nowhere: %v", key, err)
	}
}

// jump presses Enter on a link within the page.
func (w *walker) jump() {
	w.t.Helper()
	w.do(chromedp.KeyEvent(kb.Enter))
}

// sees says whether a text is on the page.
func (w *walker) sees(text string) bool {
	w.t.Helper()
	return strings.Contains(w.text(), text)
}

// text is all text of the page's content.
func (w *walker) text() string {
	w.t.Helper()
	var source string
	w.node(func(ctx context.Context, t *chromedp.Target) error {
		depth := int64(0)
		doc, err := cdp.Call(ctx, t, dom.GetDocument, dom.GetDocumentParams{Depth: &depth})
		if err != nil {
			return err
		}
		out, err := cdp.Call(ctx, t, dom.GetOuterHTML, dom.GetOuterHTMLParams{NodeID: doc.Root.NodeID})
		source = out.OuterHTML
		return err
	})
	tree, err := html.Parse(strings.NewReader(source))
	if err != nil {
		w.t.Fatal(err)
	}
	var b strings.Builder
	for n := range tree.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// fits checks that nothing of the page is beyond the side of the screen, and that what is
// pressed is not too small.
func (w *walker) fits(width float64) {
	w.t.Helper()
	w.node(func(ctx context.Context, t *chromedp.Target) error {
		m, err := cdp.Call(ctx, t, page.GetLayoutMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		if m.CSSContentSize.Width > width {
			w.t.Errorf("%s: the page is %g px wide on a screen of %g", w.name, m.CSSContentSize.Width, width)
		}
		return w.targets(ctx, t)
	})
}

// targets checks the size of targets: 24 by 24 px (WCAG 2.2, 2.5.8). Links in a text are not meant.
func (w *walker) targets(ctx context.Context, t *chromedp.Target) error {
	depth := int64(0)
	doc, err := cdp.Call(ctx, t, dom.GetDocument, dom.GetDocumentParams{Depth: &depth})
	if err != nil {
		return err
	}
	all, err := cdp.Call(ctx, t, dom.QuerySelectorAll, dom.QuerySelectorAllParams{
		NodeID: doc.Root.NodeID, Selector: "button, input:not([type=hidden]), select, textarea, summary, nav a, .docket a",
	})
	if err != nil {
		return err
	}
	for _, id := range all.NodeIDs {
		box, err := cdp.Call(ctx, t, dom.GetBoxModel, dom.GetBoxModelParams{NodeID: id})
		if err != nil {
			continue // it is folded away
		}
		if box.Model.Height < 24 || box.Model.Width < 24 {
			what, _ := cdp.Call(ctx, t, dom.GetOuterHTML, dom.GetOuterHTMLParams{NodeID: id})
			w.t.Errorf("%s: a target is %d by %d px; expected 24 by 24: %.200s", w.name, box.Model.Width, box.Model.Height, what.OuterHTML)
		}
	}
	return nil
}

func serving(t *testing.T, w *world) string {
	t.Helper()
	srv := httptest.NewServer(w.server(t).Handler())
	t.Cleanup(srv.Close)
	return srv.URL
}

// as gives the tab the cookie of somebody.
func (w *walker) as(token, origin string) {
	w.t.Helper()
	w.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: "evenkeel", Value: token, URL: origin})
		return err
	}))
}
