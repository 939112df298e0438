package console

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is what axe-core finds on a page: what is serious or critical, one line each.
const axe = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v =>
	v.id + " (" + v.impact + "): " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | ")).concat("rules " + (r.passes.length > 0)))`

// audited is each page once, in the state in which most stands on it.
var audited = []string{
	"a docket with one of everything", "Story A, found again after it was cleared", "a review that waits for whoever looks", "a review with both verdicts", "an appeal that others decide on",
	"flags of one tenant", "a finding without an owner", "switches", "what can be undone", "on call", "what is looked at by lot, for a lead", "a case by lot", "a known case that was missed", "a ledger", "people", "the door", "enrolling", "no such page",
}

// TestNothingSeriousIsInTheWayOfAnybody runs axe-core over each page, by day and by night.
func TestNothingSeriousIsInTheWayOfAnybody(t *testing.T) {
	parent := browser(t)
	source, err := os.ReadFile("../third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, on := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {390, "dark"}} {
		t.Run(fmt.Sprintf("%d px, %s", on.width, on.scheme), func(t *testing.T) {
			for _, c := range states() {
				if !slices.Contains(audited, c.name) {
					continue // the same page as one of these
				}
				t.Run(c.name, func(t *testing.T) {
					w := newWorld()
					if c.change != nil {
						c.change(w)
					}
					origin := serving(t, w)
					k := walk(t, parent, "axe", on.width, on.scheme)
					k.as(cmp.Or(c.token, "nobody"), origin)
					k.open(origin + c.target)
					for _, says := range k.audit(string(source)) {
						t.Error(says)
					}
				})
			}
		})
	}
}

// audit runs axe-core in the page as it is, which no page of ours could do by itself.
func (w *walker) audit(source string) (found []string) {
	w.t.Helper()
	scripts := func(off bool) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
			return err
		})
	}
	w.do(scripts(false))
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[chromedp.Void](source+"; undefined")); err != nil {
		w.t.Fatal("axe-core cannot be run:", err)
	}
	found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](axe, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatal("axe-core ends:", err)
	}
	w.do(scripts(true))
	if n := len(found); n == 0 || found[n-1] != "rules true" {
		w.t.Fatalf("axe-core looked at nothing: %v", found)
	}
	return found[:len(found)-1]
}
