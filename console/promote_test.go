package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// lacking is what the judge answers to who brings a version up too early.
var lacking = &evenkeel.Error{
	Kind: evenkeel.KindDenied, Says: "rule crypto-mining v4 does not come from shadow to confirm: In shadow for 2 days it found something 3 times: 7 days and 5 times are needed, or 30 days.",
	Hint: "evenkeel rules precision shows what is there and what is missing; a lower measure (up to) takes less",
}

// F16: a lead brings a version of a rule to another stage, with a reason; nobody else is offered it.
func TestALeadBringsAVersionToAnotherStage(t *testing.T) {
	for _, c := range []struct {
		name   string
		form   url.Values
		refuse error
		want   docket.Promotion
		says   string // of a refusal; "": it is done
	}{
		{"down", url.Values{"version": {"3"}, "to": {"shadow"}, "promote-reason": {"It met two builders."}}, nil, docket.Promotion{Version: 3, Stage: docket.StageShadow}, ""},
		{"up to a measure", url.Values{"version": {"3"}, "to": {"live"}, "measure": {"throttle"}, "promote-reason": {"Forty."}}, nil, docket.Promotion{Version: 3, Stage: docket.StageLive, UpTo: evenkeel.MeasureThrottle}, ""},
		{"too early", url.Values{"version": {"4"}, "to": {"confirm"}, "promote-reason": {"It looks well."}}, lacking, docket.Promotion{}, "7 days and 5 times are needed, or 30 days."},
		{"a version that is gone", url.Values{"version": {"9"}, "to": {"confirm"}, "promote-reason": {"It looks well."}}, lacking, docket.Promotion{}, "7 days and 5 times are needed, or 30 days."},
		{"no reason", url.Values{"version": {"4"}, "to": {"confirm"}}, nil, docket.Promotion{}, "Nothing was done yet"},
		{"no stage", url.Values{"version": {"4"}, "promote-reason": {"It looks well."}}, nil, docket.Promotion{}, "Nothing was done yet"},
		{"no measure of ours", url.Values{"version": {"3"}, "to": {"live"}, "measure": {"shout"}, "promote-reason": {"Forty."}}, nil, docket.Promotion{}, "Nothing was done yet"},
		{"no version", url.Values{"to": {"confirm"}, "promote-reason": {"It looks well."}}, nil, docket.Promotion{}, "Nothing was done yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			figured(w)
			w.refuse = c.refuse
			c.form.Set("nonce", nonce)
			c.form.Set("rule", "crypto-mining")
			got := w.ask(t, leadToken, http.MethodPost, "/rules/promote", c.form)
			if body := got.Body.String(); c.says != "" {
				whole(t, body)
				if got.Code == http.StatusSeeOther || len(w.acts) != 0 || !strings.Contains(alert(body), c.says) {
					t.Errorf("status %d, acts %v: %s; expected %q", got.Code, w.acts, alert(body), c.says)
				}
				if typed := c.form.Get("promote-reason"); typed != "" && c.form.Get("version") == "4" && !strings.Contains(body, ">"+typed+"</textarea>") {
					t.Error("what was typed is lost")
				}
				return
			}
			if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/rules?done=promote#content" || len(w.acts) != 1 {
				t.Fatalf("status %d to %q, acts %v: %s", got.Code, got.Header().Get("Location"), w.acts, alert(got.Body.String()))
			}
			if a := w.acts[0]; a.Kind != docket.ActPromote || a.Rule != "crypto-mining" || a.Promote == nil || *a.Promote != c.want || a.Says != c.form.Get("promote-reason") || a.By != "lara" {
				t.Errorf("the act is %+v, %+v", a, a.Promote)
			}
		})
	}
	w := newWorld()
	figured(w)
	for _, token := range []string{annasToken, w.tokenOf("viewer"), w.tokenOf("auditor")} {
		if body := w.get(t, token, "/rules").Body.String(); strings.Contains(body, "/rules/promote") || !strings.Contains(body, "crypto-mining</bdi>, version 4") {
			t.Errorf("%s is offered to promote, or reads no rules", token)
		}
	}
}

// TestARuleIsPromotedByKeyboardAlone (F16), on a phone at night: what is missing is said in numbers, and what was
// typed stays.
func TestARuleIsPromotedByKeyboardAlone(t *testing.T) {
	w := newWorld()
	figured(w)
	w.refuse = lacking
	origin := serving(t, w)
	k := walk(t, consoletest.Chromium(t), "promote", 390, "dark")
	k.as(leadToken, origin)
	k.open(origin + "/")
	k.tab("link", "Rules")
	k.press(kb.Enter)
	k.tab("DisclosureTriangle", "Bring it to another stage") // of version 3
	k.tab("DisclosureTriangle", "Bring it to another stage")
	k.jump()
	k.tab("combobox", "Where to")
	k.types("a person")
	k.tab("textbox", "Why")
	k.types("Watched.")
	k.fits(390)
	k.tab("button", "Bring crypto-mining, version 4, there")
	k.press(kb.Enter)
	if p := k.comes("alert"); len(w.acts) != 0 || !k.sees("7 days and 5 times are needed, or 30 days.") {
		t.Fatalf("too early is done, or not refused in numbers: %s, %v: %.300s", p, w.acts, k.text())
	}
	k.picture("refused")
	w.refuse = nil
	if p := k.tab("textbox", "Why"); p.value != "Watched." {
		t.Errorf("what was typed is lost: %q", p.value)
	}
	k.tab("button", "Bring crypto-mining, version 4, there")
	k.press(kb.Enter)
	if len(w.acts) != 1 || w.acts[0].Promote == nil || *w.acts[0].Promote != (docket.Promotion{Version: 4, Stage: docket.StageConfirm}) || !k.sees("The version stands there from now on.") {
		t.Errorf("done is %+v, and the page says %.300s", w.acts, k.text())
	}
}
