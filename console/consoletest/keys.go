package consoletest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stops lists what a keyboard has to reach, in the order of the page: of buttons that exclude each
// other one, which is the chosen one or the first. It notes where the focus is whenever a key was
// let go, and what keys pressed or typed into; no link is followed and no form is sent.
const stops = `(() => {
	const k = window.keyed = {all: [], went: [], pressed: [], typed: []}, groups = new Map();
	const group = e => (e.form ? [...document.forms].indexOf(e.form) : "") + " " + e.name;
	const there = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e =>
		!e.disabled && e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0);
	for (const e of there) if (e.type === "radio" && (e.checked || !groups.has(group(e)))) groups.set(group(e), e);
	k.all = there.filter(e => e.type !== "radio" || groups.get(group(e)) === e);
	addEventListener("keyup", e => {
		if (e.key !== "Tab") return;
		const at = document.activeElement, i = k.all.indexOf(at), last = k.went[k.went.length - 1];
		if (last && last.stop === i) return;
		const style = getComputedStyle(at), box = at.getBoundingClientRect();
		k.went.push({stop: i,
			ring: at.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
			seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth});
	}, true);
	addEventListener("click", e => { e.preventDefault(); k.pressed.push(k.all.indexOf(e.target)); }, true);
	addEventListener("input", e => k.typed.push(k.all.indexOf(e.target)), true);
	document.body.tabIndex = -1;
	document.body.focus();
	const named = e => e.localName + " " + (e.type || "") + " " + ((e.labels && e.labels[0] || e).textContent || e.name).trim().slice(0, 60);
	return k.all.map(e => ({name: named(e), kind: e.localName === "input" ? e.type : e.localName}));
})()`

// stop is one thing that a keyboard has to reach.
type stop struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // of an input its type, else the element
}

// went is where Tab led.
type went struct {
	Stop int  `json:"stop"` // -1: to none of them
	Ring bool `json:"ring"` // that the focus is there can be seen
	Seen bool `json:"seen"` // it is on the screen
}

// dateStops is how often Tab is pressed at most within a field of date and time.
const dateStops = 9

// Walk holds that a keyboard alone is enough: Tab reaches all that can be pressed or filled in, in the
// order of the page; the focus is seen wherever it is; nothing keeps it; and each key does what it is
// for. The page is of no use afterwards.
func (b *Tab) Walk(t testing.TB) {
	t.Helper()
	all := eval[[]stop](t, b, stops)
	presses := len(all) + 2
	for _, s := range all {
		if s.Kind == "datetime-local" {
			presses += dateStops
		}
	}
	var steps []chromedp.Action[chromedp.Void]
	for range presses {
		steps = append(steps, chromedp.KeyEvent(kb.Tab))
	}
	b.do(t, steps...)
	order := eval[[]went](t, b, "keyed.went")
	for i, s := range all {
		switch {
		case i >= len(order):
			t.Fatalf("Tab does not reach %s: it ends after %d of %d", s.Name, len(order), len(all))
		case order[i].Stop != i:
			t.Fatalf("Tab leads to number %d; expected %s, number %d of %d", order[i].Stop, s.Name, i, len(all))
		case !order[i].Ring:
			t.Errorf("that the focus is on %s cannot be seen", s.Name)
		case !order[i].Seen:
			t.Errorf("%s has the focus and is not on the screen", s.Name)
		}
	}
	if len(order) == len(all) && len(all) > 0 {
		t.Errorf("%s keeps the focus", all[len(all)-1].Name)
	}
	b.press(t, all)
}

// press presses the key that each thing is for, and looks whether it did something.
func (b *Tab) press(t testing.TB, all []stop) {
	t.Helper()
	for i, s := range all {
		key, did := kb.Enter, "pressed"
		switch s.Kind {
		case "button", "checkbox", "radio":
			key = " "
		case "text", "password", "search", "textarea":
			key, did = "x", "typed"
		case "number":
			key, did = "1", "typed"
		case "a", "summary":
		default: // a field with keys of the browser's own; or something that only moves under the arrows
			continue
		}
		b.run(t, fmt.Sprintf("keyed.all[%d].checked = false; keyed.all[%[1]d].select?.(); keyed.all[%[1]d].focus(); keyed.pressed = []; keyed.typed = []", i))
		b.do(t, chromedp.KeyEvent(key))
		if !eval[bool](t, b, fmt.Sprintf("keyed.%s.includes(%d)", did, i)) {
			t.Errorf("%q does nothing at %s", key, s.Name)
		}
	}
}
