package console

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestMachinesAreStoppedByKeyboardAlone walks through what holds machines back, on a phone at night: a reviewer
// pulls a switch and, drawn as the second, lets another go; a lead counts whom an undo would free.
func TestMachinesAreStoppedByKeyboardAlone(t *testing.T) {
	w := newWorld()
	braked(w)
	w.tally = docket.Tally{Tenants: 3, Cases: 3, Decisions: 4}
	origin := serving(t, w)
	k := walk(t, consoletest.Chromium(t), "machines", 390, "dark")
	k.as(annasToken, origin)
	k.open(origin + "/")
	k.tab("link", "Switches")
	k.press(kb.Enter)

	k.tab("textbox", "Why") // she was drawn for the detector: its form stands open
	k.types("The list is mended.")
	k.tab("button", "Let detector wire go")
	k.press(kb.Enter)
	last := func(what string, kind docket.ActKind) docket.Act {
		t.Helper()
		if len(w.acts) == 0 || w.acts[len(w.acts)-1].Kind != kind {
			k.picture("lost")
			t.Fatalf("%s: the acts are %+v; the page says %.400s", what, w.acts, k.text())
		}
		return w.acts[len(w.acts)-1]
	}
	if a := last("released", docket.ActRelease); a.By != "anna" || a.Scope == nil || a.Scope.Key != "wire" || a.Says != "The list is mended." {
		t.Errorf("the release is %+v", a)
	}

	k.open(origin + "/switches")
	k.tab("combobox", "It is about")
	k.types("one rule")
	k.tab("textbox", "Its name")
	k.types("crypto-mining")
	k.tab("textbox", "Why")
	k.types("It matches every backup.")
	k.tab("button", "Pull the switch")
	k.press(kb.Enter)
	if a := last("pulled", docket.ActPull); a.By != "anna" || a.Scope == nil || a.Scope.Kind != docket.SwitchRule || a.Scope.Key != "crypto-mining" || !k.sees("The switch is pulled") {
		t.Errorf("the pull is %+v, and the page says %.300s", a, k.text())
	}

	k.as(leadToken, origin)
	k.open(origin + "/switches")
	k.tab("link", "Undo what a version of a rule did")
	k.press(kb.Enter)
	k.tab("radio", "")
	k.types(" ")
	k.tab("textbox", "Why; the tenants read it")
	k.types("Our mistake.")
	k.tab("button", "Count whom it would free")
	k.press(kb.Enter)
	if a := last("counted", docket.ActUndo); a.By != "lara" || a.Undo == nil || !a.Undo.Dry || a.Says != "Our mistake." || !k.sees("This would free 3 tenants.") {
		t.Errorf("the undo is %+v, and the page says %.300s", a, k.text())
	}
}
