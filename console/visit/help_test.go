package visit_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/rescue"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// harmed is a tenant whose machine somebody else got into, with the path of its link.
func harmed(h *house, p link.Purpose, change func(n *evenkeel.Notice)) string {
	c := aCase("web", "compromise")
	d := decided(c, evenkeel.MeasureNotify, evenkeel.InForce, evenkeel.ModeLive, 20)
	n := noticed(d, "")
	n.Help = true
	if change != nil {
		change(&n)
	}
	h.put(docket.Changes{
		Tenant: "web", Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n},
		Entries: []evenkeel.Entry{{Case: c.ID, Seq: 1, At: at(20), Kind: evenkeel.EntryCase, Says: "The case was opened."}},
	})
	return "/t/" + h.token(p, c, "owner")
}

// Row R17: signs of compromise make the tenant a victim to help.
func TestWhoWasBrokenIntoReadsWhatToDoFirst(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		h := open(t)
		body := h.get(harmed(h, link.Speak, nil) + "?lang=" + lang).Body.String()
		checkHTML(t, body)
		plan := rescue.Of(lang)
		for _, s := range plan.Steps {
			for _, part := range append([]string{s.Do, s.Why, `value="` + s.Name + `"`}, s.List...) {
				if !strings.Contains(body, part) {
					t.Errorf("%s: the page does not say %q", lang, part)
				}
			}
		}
		if !strings.Contains(body, plan.Proof) || strings.Contains(body, `name="step" value="keys" checked`) {
			t.Errorf("%s: the page does not say how to show that it is done, or ticks what nobody told", lang)
		}
	}
}

// Row R27: a tick is words; it lifts nothing and starts nothing but our clock.
func TestWhatIsTickedIsSaidAndSeenAgain(t *testing.T) {
	h := open(t)
	path := harmed(h, link.Speak, nil)
	form := answer("Debian 12, and the old one until Friday.")
	form.Set("rescue", "yes")
	form["step"] = []string{"rebuild", "snapshot", "format"}
	body := h.follow(h.post(path+"/answer", form))
	checkHTML(t, body)
	if len(h.clerk.acts) != 1 {
		t.Fatalf("%d acts; expected one", len(h.clerk.acts))
	}
	a := h.clerk.acts[0]
	if want := "[rescue] done: snapshot, rebuild.\nDebian 12, and the old one until Friday."; a.Kind != docket.ActAnswer || a.Says != want || a.By != "" || a.Decision != "" || a.Outcome != 0 {
		t.Errorf("the act is %+v; expected an answer that says %q", a, want)
	}
	for _, part := range []string{
		"Done, as you told us: Take a snapshot of the disks before you change anything. Build a new machine",
		`value="snapshot" aria-describedby="step-snapshot-why" checked`, `value="rebuild" aria-describedby="step-rebuild-why" checked`,
		"Debian 12, and the old one until Friday.",
	} {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if strings.Contains(body, "[rescue]") || strings.Contains(body, `aria-describedby="step-keys-why" checked`) {
		t.Error("the page shows the line as it is kept, or ticks what was not told")
	}
}

func TestAFormOfStepsThatIsNotTakenInKeepsAllThatWasTyped(t *testing.T) {
	h := open(t)
	path := harmed(h, link.Speak, nil)
	form := answer(strings.Repeat("x", 9000))
	form.Set("rescue", "yes")
	form["step"] = []string{"keys"}
	w := h.post(path+"/answer", form)
	body := w.Body.String()
	checkHTML(t, body)
	if w.Code != 422 || !strings.Contains(body, `href="#rescue-text"`) || !strings.Contains(body, `value="keys" aria-describedby="step-keys-why" checked`) ||
		strings.Count(body, strings.Repeat("x", 9000)) != 1 || !strings.Contains(body, `value="`+form.Get("nonce")+`"`) {
		t.Errorf("status %d, or something typed was lost or is there twice", w.Code)
	}
	if len(h.clerk.acts) != 0 {
		t.Errorf("it was taken in: %+v", h.clerk.acts)
	}
}

func TestALinkThatOnlyShowsHasTheStepsAndNothingToTick(t *testing.T) {
	h := open(t)
	body := h.get(harmed(h, link.Show, nil)).Body.String()
	checkHTML(t, body)
	if !strings.Contains(body, rescue.Of("en").Steps[0].Do) || strings.Contains(body, "checkbox") {
		t.Error("the steps are missing, or there is something to tick")
	}
}

// Issue 3, victims: a reseller is asked to pass it on, whoever's doing it is.
func TestWhoHasCustomersIsAskedToPassItOn(t *testing.T) {
	const asks = "If it is a machine of a customer of yours, pass this on"
	for _, c := range []struct{ help, passOn bool }{{true, true}, {false, true}, {true, false}, {false, false}} {
		t.Run(fmt.Sprintf("help %v, pass on %v", c.help, c.passOn), func(t *testing.T) {
			h := open(t)
			body := h.get(harmed(h, link.Speak, func(n *evenkeel.Notice) { n.Help, n.PassOn = c.help, c.passOn })).Body.String()
			checkHTML(t, body)
			if strings.Contains(body, asks) != c.passOn || strings.Contains(body, `id="rescue"`) != c.help {
				t.Errorf("asks to pass it on: %v; has steps: %v", strings.Contains(body, asks), strings.Contains(body, `id="rescue"`))
			}
		})
	}
}

// Nothing is asked through the form of steps that the answer's does not ask.
func TestStepsInAnotherFormAreNotWords(t *testing.T) {
	h := open(t)
	path := harmed(h, link.Speak, nil)
	h.post(path+"/message", url.Values{"nonce": {nonce()}, "text": {"Hello."}, "rescue": {"yes"}, "step": {"keys"}})
	if said := slices.Collect(func(yield func(string) bool) {
		for _, a := range h.clerk.acts {
			if !yield(a.Says) {
				return
			}
		}
	}); !slices.Equal(said, []string{"Hello."}) {
		t.Errorf("said was %q", said)
	}
}
