package visit_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// phone is a browser without scripts on a narrow screen, used by keys alone.
type phone struct {
	t    *testing.T
	ctx  context.Context
	name string
	shot int
}

// TestATenantReadsAndAnswersByKeysAlone walks through what somebody does whose machines were
// limited at night: open the link of the mail, read, answer, see the receipt. In a real browser,
// with scripts off, on a phone's screen.
func TestATenantReadsAndAnswersByKeysAlone(t *testing.T) {
	ctx := consoletest.Chromium(t)
	for _, s := range []struct {
		width        int64
		scheme, lang string
		answer       string
		words        [5]string // the ways of the walk
	}{
		{390, "light", "en", "It is our yearly valuation.", [5]string{"Answer now", "Your answer", "Production is down", "Send the answer", "We have it"}},
		{390, "dark", "zh", "这是我们每年一次的估值计算。", [5]string{"立即答复", "您的答复", "生产环境", "发送答复", "我们已收到"}},
	} {
		t.Run(fmt.Sprintf("%d px, %s, %s", s.width, s.scheme, s.lang), func(t *testing.T) {
			h := open(t)
			_, path := opened(t, h, link.Speak)
			srv := httptest.NewServer(h)
			t.Cleanup(srv.Close)
			p := newPhone(t, ctx, s.width, s.scheme, s.lang)
			p.do(chromedp.Navigate(srv.URL + path + "?lang=" + s.lang))
			p.fits(s.width)
			p.picture("read")
			p.tab("link", s.words[0])
			p.do(chromedp.KeyEvent(kb.Enter))
			p.tab("textbox", s.words[1])
			p.do(chromedp.KeyEvent(s.answer))
			p.tab("checkbox", s.words[2])
			p.do(chromedp.KeyEvent(" "))
			p.picture("typed")
			p.tab("button", s.words[3])
			p.press(kb.Enter)
			if text := p.source(); !strings.Contains(text, s.words[4]) || !strings.Contains(text, s.answer) {
				t.Errorf("the receipt is not shown: %s", text)
			}
			p.fits(s.width)
			p.picture("receipt")
			if len(h.clerk.acts) != 2 || h.clerk.acts[1].Kind != docket.ActDown || h.clerk.acts[0].Says != "Production is down.\n"+s.answer || h.clerk.acts[0].Kind != docket.ActAnswer {
				t.Errorf("the acts are %+v", h.clerk.acts)
			}
			p.appeals(h, s.width, s.lang)
			p.announce(h, s.width, s.lang)
		})
	}
}

// Every state of a measure fits a phone. Where pictures are kept it is looked at by night and on a
// desk too, so that a person can.
func TestThePageOfEachStateFitsAPhone(t *testing.T) {
	type screen struct {
		width  int64
		scheme string
	}
	ctx, screens := consoletest.Chromium(t), []screen{{360, "light"}}
	if keptPictures() {
		screens = append(screens, screen{360, "dark"}, screen{1280, "light"})
	}
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 40)
	id := evenkeel.NewOrderID(d.ID, false)
	for _, on := range screens {
		for lang, state := range map[string]evenkeel.ReceiptState{"en": evenkeel.ReceiptRefused, "zh": evenkeel.ReceiptApplied} {
			h := open(t)
			h.Handler = h.handler(shelf{docket.Folder{
				Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, "")}, Findings: []evenkeel.Finding{mined("raisup", "worker-1", evenkeel.Final)},
				Dispatches: []docket.Dispatch{{Order: id, Receipt: evenkeel.Receipt{Order: id, State: state, At: at(41)}}},
			}})
			srv := httptest.NewServer(h)
			t.Cleanup(srv.Close)
			p := newPhone(t, ctx, on.width, on.scheme, lang)
			for of, path := range map[string]string{state.String(): "/t/" + h.token(link.Speak, c, "owner") + "?lang=" + lang, "nothing": "/t/nothing"} {
				p.do(chromedp.Navigate(srv.URL + path))
				p.fits(on.width)
				p.picture(of)
			}
		}
	}
}

// appeals does by keys what else can be said: it appeals; and in one language it asks for more time,
// without a reason and with one, and says that all is answered, before.
func (p *phone) appeals(h *house, width int64, lang string) {
	p.t.Helper()
	w := map[string][5]string{
		"en": {"Appeal against a decision", "a limit of the CPU", "Why it is wrong", "Send the appeal", "Appeal received at"},
		"zh": {"对决定提出申诉", "CPU 限制", "为何有误", "发送申诉", "申诉接收时间"},
	}[lang]
	before, want := len(h.clerk.acts), []docket.ActKind{docket.ActAppeal}
	if lang == "en" {
		p.hurries(h, width)
		want = []docket.ActKind{docket.ActExtend, docket.ActAnswered, docket.ActAppeal}
	}
	p.tab("DisclosureTriangle", w[0])
	p.do(chromedp.KeyEvent(kb.Enter))
	p.tab("radio", w[1])
	p.fits(width)
	p.tab("textbox", w[2])
	p.do(chromedp.KeyEvent("x"))
	p.picture("appeal")
	p.tab("button", w[3])
	p.press(kb.Enter)
	if text := p.source(); !strings.Contains(text, w[4]) {
		p.t.Errorf("the receipt of the appeal is not shown: %s", text)
	}
	p.fits(width)
	p.picture("appealed")
	var said []docket.ActKind
	for _, a := range h.clerk.acts[before:] {
		said = append(said, a.Kind)
	}
	if !slices.Equal(said, want) {
		p.t.Errorf("the acts are %v; expected %v", said, want)
	}
}

// hurries asks for more time and says that all is answered.
func (p *phone) hurries(h *house, width int64) {
	p.t.Helper()
	before := len(h.clerk.acts)
	p.tab("DisclosureTriangle", "Ask for more time")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.tab("button", "Ask for more time")
	p.press(kb.Enter) // without a reason
	if text := p.source(); !strings.Contains(text, `id="extend-text-wrong"`) || len(h.clerk.acts) != before {
		p.t.Error("a form without a reason does not come back")
	}
	p.fits(width)
	p.picture("extend")
	p.tab("textbox", "Why you need it")
	p.do(chromedp.KeyEvent("x"))
	p.tab("button", "Ask for more time")
	p.press(kb.Enter)

	p.tab("DisclosureTriangle", "I have answered all")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.tab("button", "Say that all is answered")
	p.press(kb.Enter)
	p.fits(width)
}

// announce opens the folded form by its head and fills it in.
func (p *phone) announce(h *house, width int64, lang string) {
	p.t.Helper()
	w := map[string][4]string{
		"en": {"Announce that you will run", "How many machines", "What for", "Announce it"}, "zh": {"预先告知将运行大量机器", "运行的机器数量", "用途", "发送告知"},
	}[lang]
	before := len(h.clerk.acts)
	p.tab("DisclosureTriangle", w[0])
	p.do(chromedp.KeyEvent(kb.Enter))
	p.tab("spinbutton", w[1])
	p.do(chromedp.KeyEvent("12"))
	p.tab("textbox", w[2])
	p.do(chromedp.KeyEvent("x"))
	p.tab("button", w[3])
	p.press(kb.Enter) // without an end: what was typed is still there
	text := p.source()
	if !strings.Contains(text, `value="12"`) || !strings.Contains(text, `id="burst-until-wrong"`) || len(h.clerk.acts) != before {
		p.t.Errorf("the form does not come back with what was typed")
	}
	p.fits(width)
	p.picture("announce")
}

func newPhone(t *testing.T, browser context.Context, width int64, scheme, lang string) *phone {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	p := &phone{t: t, ctx: tab, name: fmt.Sprintf("%d-%s-%s", width, scheme, lang)}
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}), chromedp.EmulateViewport(width, 800))
	limited, cancel := context.WithTimeout(tab, 4*time.Minute)
	t.Cleanup(cancel)
	p.ctx = limited
	return p
}

func (p *phone) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// press presses a key that leads to another page.
func (p *phone) press(key string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.KeyEvent(key))); err != nil {
		p.t.Fatalf("%q leads nowhere: %v", key, err)
	}
}

// tab presses Tab until the focus is on something of a role and a name, as a screen reader is
// told them.
func (p *phone) tab(role, name string) {
	p.t.Helper()
	var seen []string
	for range 60 {
		p.do(chromedp.KeyEvent(kb.Tab))
		r, n := p.here()
		if r == role && strings.Contains(n, name) {
			return
		}
		seen = append(seen, r+" "+n)
	}
	p.picture("lost")
	p.t.Fatalf("no %s %q can be reached by keys; on the way were %q", role, name, seen)
}

func (p *phone) here() (role, name string) {
	p.t.Helper()
	p.dom(func(ctx context.Context, t *chromedp.Target, root cdp.NodeID) error {
		at, err := cdp.Call(ctx, t, dom.QuerySelector, dom.QuerySelectorParams{NodeID: root, Selector: ":focus"})
		if err != nil || at.NodeID == 0 {
			return err
		}
		no := false
		tree, err := cdp.Call(ctx, t, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{NodeID: at.NodeID, FetchRelatives: &no})
		if err != nil || len(tree.Nodes) == 0 {
			return err
		}
		role, name = valueOf(tree.Nodes[0].Role), valueOf(tree.Nodes[0].Name)
		return nil
	})
	return role, name
}

func valueOf(v *accessibility.Value) (s string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &s)
	}
	return s
}

func (p *phone) source() (html string) {
	p.t.Helper()
	p.dom(func(ctx context.Context, t *chromedp.Target, root cdp.NodeID) error {
		out, err := cdp.Call(ctx, t, dom.GetOuterHTML, dom.GetOuterHTMLParams{NodeID: root})
		html = out.OuterHTML
		return err
	})
	return html
}

// dom calls f with the document, again where it changed meanwhile.
func (p *phone) dom(f func(ctx context.Context, t *chromedp.Target, root cdp.NodeID) error) {
	p.t.Helper()
	var err error
	for range 20 {
		err = chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			depth := int64(0)
			doc, err := cdp.Call(ctx, t, dom.GetDocument, dom.GetDocumentParams{Depth: &depth})
			if err != nil {
				return err
			}
			return f(ctx, t, doc.Root.NodeID)
		}))
		if err == nil || !strings.Contains(err.Error(), "node with given id") {
			break
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// fits wants nothing of the page to be beyond the side of the screen.
func (p *phone) fits(width int64) {
	p.t.Helper()
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		m, err := cdp.Call(ctx, t, page.GetLayoutMetrics, cdp.Empty{})
		if err == nil && m.CSSContentSize.Width > float64(width) {
			p.t.Errorf("%s: the page is %g px wide", p.name, m.CSSContentSize.Width)
		}
		return err
	}))
}

func keptPictures() bool {
	f := flag.Lookup("test.artifacts")
	return f != nil && f.Value.String() == "true"
}

// picture keeps a picture of the whole page where pictures are kept (go test -artifacts).
func (p *phone) picture(of string) {
	if !keptPictures() {
		return
	}
	if png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100)); err == nil {
		p.shot++
		_ = os.WriteFile(filepath.Join(p.t.ArtifactDir(), fmt.Sprintf("%s-%d-%s.png", p.name, p.shot, of)), png, 0o644)
	}
}
