package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// untoldCase is a case with a throttle whose notice came to what a dispatch says.
func untoldCase(s docket.Dispatch, change func(*docket.Folder)) docket.Folder {
	return plainCase("c-untold", "raisup", "mining", func(f *docket.Folder) {
		x := evenkeel.Decision{
			ID: "d-1", Case: f.Case.ID, Tenant: f.Case.Tenant, Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
			Assets: []evenkeel.AssetID{"worker-1"}, At: noon.Add(-time.Hour), From: noon.Add(-time.Hour), Until: noon.Add(3 * time.Hour), Actor: evenkeel.Actor{Policy: digestOf},
		}
		s.Notice = evenkeel.NewNoticeID(x.ID, x.State)
		f.Decisions = []evenkeel.Decision{x}
		f.Notices = []evenkeel.Notice{{ID: s.Notice, Case: f.Case.ID, Decision: x.ID, State: x.State, Measure: x.Measure, At: noon.Add(-time.Hour)}}
		f.Dispatches = []docket.Dispatch{s}
		f.Highest, f.Untold, f.Unaware = x.Measure, 1, 1
		if change != nil {
			change(f)
		}
	})
}

// cameBack is a notice that reached nobody, and whose time is over.
func cameBack() docket.Dispatch {
	return docket.Dispatch{Over: noon.Add(-time.Minute), Failed: true, Why: "the webhook answered 500"}
}

// TestWhoTellsTheTenantOtherwiseSaysSoInTheConsole (F3, N): the form is there where the judge would take the act, and
// for whom it would.
func TestWhoTellsTheTenantOtherwiseSaysSoInTheConsole(t *testing.T) {
	took := docket.Dispatch{Over: noon, Deliveries: []docket.Delivery{{Channel: "mail", To: "owner", At: noon}}}
	for says, c := range map[string]struct {
		token        string
		s            docket.Dispatch
		change       func(*docket.Folder)
		there, opens bool
	}{
		"it reached nobody":              {annasToken, cameBack(), nil, true, true},
		"it waits to be sent":            {annasToken, docket.Dispatch{}, nil, true, false},
		"somebody has it":                {annasToken, took, nil, false, false},
		"it reached nobody, to a viewer": {"viewer", cameBack(), nil, false, false},
		"the case is closed":             {annasToken, cameBack(), func(f *docket.Folder) { f.Case.State = evenkeel.CaseClosed }, false, false},
		"it is in shadow":                {annasToken, cameBack(), func(f *docket.Folder) { f.Decisions[0].Mode = evenkeel.ModeShadow }, false, false},
	} {
		w := newWorld()
		w.folders = []docket.Folder{untoldCase(c.s, c.change)}
		token := c.token
		if token == "viewer" {
			token = w.tokenOf(token)
		}
		body := w.get(t, token, "/case/c-untold").Body.String()
		if there, opens := strings.Contains(body, `action="/case/c-untold/told"`), strings.Contains(body, `id="telling" open`); there != c.there || opens != c.opens {
			t.Errorf("%s: the form is there %t and open %t; expected %t and %t", says, there, opens, c.there, c.opens)
		}
	}
	w := newWorld()
	w.folders = []docket.Folder{untoldCase(docket.Dispatch{Over: noon, Deliveries: []docket.Delivery{{Channel: "mail", To: "owner", At: noon}}}, nil)}
	if out := w.ask(t, annasToken, http.MethodPost, "/case/c-untold/told", url.Values{"nonce": {nonce}, "t-contact": {"owner"}, "t-how": {"phone"}, "t-reason": {"Read."}}); out.Code != http.StatusConflict || len(w.acts) != 0 {
		t.Errorf("where everybody was told: status %d, %d acts", out.Code, len(w.acts))
	}
}

// TestWhatIsWrongWithATellingIsSaidAtItsField, and what was typed stays.
func TestWhatIsWrongWithATellingIsSaidAtItsField(t *testing.T) {
	right := url.Values{"nonce": {nonce}, "t-contact": {"owner"}, "t-how": {"phone"}, "t-when": {"2019-05-30T11:30"}, "t-reason": {"I read it to him."}}
	for says, c := range map[string]struct{ field, typed, want string }{
		"an address":              {"t-contact", "anna@raisup.example", "by no address"},
		"nobody":                  {"t-contact", "", "Say whom you told"},
		"no way":                  {"t-how", "", "Choose how you told them."},
		"a way that is none":      {"t-how", "smoke", "Choose how you told them."},
		"a time that is to come":  {"t-when", "2019-05-30T12:01", "Give a time in UTC before now"},
		"a time that is none":     {"t-when", "noon", "Give a time in UTC before now"},
		"no reason":               {"t-reason", "", "Give the reason"},
		"a form of another place": {"nonce", "x", "The form is not whole"},
	} {
		w := newWorld()
		w.folders = []docket.Folder{untoldCase(cameBack(), nil)}
		typed := url.Values{}
		for name, v := range right {
			typed[name] = v
		}
		typed.Set(c.field, c.typed)
		out := w.ask(t, annasToken, http.MethodPost, "/case/c-untold/told", typed)
		body := out.Body.String()
		if out.Code != http.StatusBadRequest || len(w.acts) != 0 || !strings.Contains(body, c.want) || c.field != "nonce" && !strings.Contains(body, `aria-describedby="`+c.field+`-wrong"`) || c.field != "t-reason" && !strings.Contains(body, "I read it to him.</textarea>") {
			t.Errorf("%s: status %d, %d acts; expected %q at its field", says, out.Code, len(w.acts), c.want)
		}
	}
}

// TestATellingIsEnteredByKeyboard on a desk and on a phone; sent twice it is one act.
func TestATellingIsEnteredByKeyboard(t *testing.T) {
	parent := consoletest.Chromium(t)
	for _, width := range []int64{1280, 390} {
		w := newWorld()
		w.folders = []docket.Folder{untoldCase(cameBack(), nil)}
		k, origin := walk(t, parent, "telling", width, "dark"), serving(t, w)
		k.as(annasToken, origin)
		k.open(origin + "/case/c-untold")
		k.tab("link", "say that you told them otherwise")
		k.jump()
		k.tab("combobox", "Whom, by the role")
		k.types("owner")
		k.tab("combobox", "How")
		k.types("by phone")
		k.tab("textbox", "What you told them, and how you know who it was")
		k.types("I read the notice to him at the number of the contract.")
		k.picture("filled")
		k.tab("button", "Enter that they were told")
		k.press(kb.Enter)
		if !k.sees("It is kept that they were told.") || len(w.acts) != 1 {
			k.picture("lost")
			t.Fatalf("%d px: it is not told: %d acts, %.400s", width, len(w.acts), k.text())
		}
		if a := w.acts[0]; a.Kind != docket.ActTold || a.By != "anna" || a.Case != "c-untold" || a.Contact != "owner" || a.Telling.How != docket.ByPhone || a.Telling.When != 0 || a.Says != "I read the notice to him at the number of the contract." {
			t.Errorf("%d px: what was done is %+v, %+v", width, a, a.Telling)
		}
	}
}
