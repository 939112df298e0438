package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// batches are what the judge answers to an act about 600 measures.
func batches() []docket.Tally {
	one := func(n, left int) docket.Tally {
		return docket.Tally{Tenants: n, Cases: n, Decisions: n - 6, Held: 6, Assets: 2 * n, Minutes: int64(n), Measures: map[string]int{"limit": n - 1, "isolate": 1}, Left: left}
	}
	return []docket.Tally{one(256, 344), one(256, 88), one(88, 0)}
}

// R1: a switch that is pulled to end what stands under it ends all of it, however much that is, and
// by one act.
func TestASwitchEndsAllThatStandsUnderIt(t *testing.T) {
	w := newWorld()
	braked(w)
	w.goesOn, w.tallies = time.Hour, batches()
	form := url.Values{"nonce": {nonce}, "kind": {"global"}, "lift": {"1"}, "sure": {"global"}, "reason": {"Stop <b>it</b>."}}
	got := w.ask(t, leadToken, http.MethodPost, "/switches/pull", form)
	body := got.Body.String()
	whole(t, body)
	if got.Code != http.StatusOK || len(w.acts) != 3 {
		t.Fatalf("status %d, %d acts: %s", got.Code, len(w.acts), alert(body))
	}
	for _, a := range w.acts {
		if a.ID != "console/lara "+nonce+" pull" || a.Kind != docket.ActPull || !a.Lift || *a.Scope != (docket.Scope{Kind: docket.SwitchGlobal}) || a.Says != "Stop <b>it</b>." || a.At != noon || a.By != "lara" {
			t.Errorf("an act is %+v", a)
		}
	}
	for _, s := range []string{"The switch is pulled", "What stood under global has ended", "600 measures have ended.", "<dd>1200</dd>", "isolate: 3; limit: 597"} {
		if !strings.Contains(body, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	if strings.Contains(body, "Go on with") {
		t.Error("there is a button to go on, and nothing is left")
	}
}

// One that is longer than a request says how far it is, and goes on with the same act.
func TestALongEndGoesOnWithTheSameAct(t *testing.T) {
	w := newWorld()
	braked(w)
	w.tallies = batches() // and each request does one
	form := url.Values{"nonce": {nonce}, "kind": {"rule"}, "key": {"flood-out"}, "lift": {"1"}, "sure": {"rule flood-out"}, "reason": {"Stop."}}
	for i, says := range []string{"256 measures have ended, 344 are left.", "512 measures have ended, 88 are left.", "600 measures have ended."} {
		body := w.ask(t, leadToken, http.MethodPost, "/switches/pull", form).Body.String()
		whole(t, body)
		if !strings.Contains(body, says) || strings.Contains(body, "Go on with") != (i < 2) {
			t.Fatalf("after %d the page does not say %q, or not how to go on", i+1, says)
		}
		if i < 2 {
			form = hidden(t, body, "Go on with")
		}
	}
	if len(w.acts) != 3 || w.acts[0].ID != w.acts[1].ID || w.acts[1].ID != w.acts[2].ID {
		t.Errorf("the acts are %v", w.acts)
	}
	undo := url.Values{"nonce": {nonce}, "sure": {"1"}, "what": {"flood-out 2"}, "reason": {"Ours."}}
	w.acts, w.tallies = nil, batches()
	body := w.ask(t, leadToken, http.MethodPost, "/switches/undo", undo).Body.String()
	w.goesOn = time.Hour
	body = w.ask(t, leadToken, http.MethodPost, "/switches/undo", hidden(t, body, "Undo it")).Body.String()
	if !strings.Contains(body, "Undone: 600 tenants are free.") || len(w.acts) != 3 || w.acts[0].ID != w.acts[2].ID {
		t.Errorf("an undo does not go on as one act: %v", w.acts)
	}
}

// hidden reads what the form with a button would send.
func hidden(t *testing.T, page, button string) url.Values {
	t.Helper()
	at := strings.Index(page, "<button autofocus>"+button)
	if at < 0 {
		at = strings.Index(page, "<button>"+button)
	}
	if at < 0 {
		t.Fatalf("there is no button %q", button)
	}
	root, err := html.Parse(strings.NewReader(page[strings.LastIndex(page[:at], "<form"):at]))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for n := range root.Descendants() {
		a := map[string]string{}
		for _, x := range n.Attr {
			a[x.Key] = x.Val
		}
		if n.Data == "input" && a["type"] == "hidden" {
			out.Set(a["name"], a["value"])
		}
	}
	return out
}

// Whom a switch frees that lifts is counted before, and what was counted is what is pulled.
func TestASwitchThatLiftsIsCountedBefore(t *testing.T) {
	w := newWorld()
	braked(w)
	for i := range w.stand {
		x := &w.stand[i]
		x.Mode, x.State, x.Measure, x.Actor, x.From, x.At = evenkeel.ModeLive, evenkeel.InForce, evenkeel.MeasureLimit, evenkeel.Actor{Policy: "p"}, noon.Add(-time.Hour), noon.Add(-time.Hour)
		x.Tenant, x.Case, x.Assets = evenkeel.TenantID("t-"+x.ID), evenkeel.CaseID("c-"+x.ID), []evenkeel.AssetID{"m-1", "m-2"}
	}
	form := url.Values{"nonce": {nonce}, "kind": {"rule"}, "key": {"flood-out"}, "lift": {"1"}, "reason": {"Stop."}}
	for _, sure := range []string{"", "1", "rule another", "global"} {
		form.Set("sure", sure)
		got := w.ask(t, leadToken, http.MethodPost, "/switches/pull", form)
		body := got.Body.String()
		whole(t, body)
		if got.Code != http.StatusOK || len(w.acts) != 0 {
			t.Fatalf("sure of %q: status %d, acts %v: %s", sure, got.Code, w.acts, alert(body))
		}
		for _, s := range []string{"This would free 3 tenants.", "Nothing is done yet.", "<dd>6</dd>", "limit: 3", `name="sure" value="rule flood-out"`, `name="lift" value="1" checked`} {
			if !strings.Contains(body, s) {
				t.Errorf("sure of %q: the page does not say %q", sure, s)
			}
		}
	}
	form.Set("sure", "rule flood-out")
	if w.ask(t, leadToken, http.MethodPost, "/switches/pull", form); len(w.acts) != 1 || !w.acts[0].Lift {
		t.Errorf("acts %v; expected that it is pulled", w.acts)
	}
}

// What goes wrong in the middle takes nothing back of what was told before.
func TestAnEndThatIsInterruptedIsTold(t *testing.T) {
	form := func() url.Values {
		return url.Values{"nonce": {nonce}, "kind": {"rule"}, "key": {"kept-key"}, "lift": {"1"}, "sure": {"rule kept-key"}, "reason": {"Stop."}}
	}
	for _, c := range []struct {
		name   string
		change func(*world)
		form   url.Values
		status int
		says   []string
	}{
		{"none goes on", func(w *world) { w.goesOn, w.tallies = time.Hour, append(batches()[:1], docket.Tally{Left: 344}) }, form(), 503, []string{"344 measures are left, and none went on", "256 measures have ended, 344 are left", "Go on with the 344"}},
		{"the switch is refused", func(w *world) {
			w.refuse = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "rule x is pulled already", Hint: "look"}
		}, form(), 409, []string{"Rule x is pulled already", "kept-key"}},
		{"nothing stands under it", func(w *world) { w.tally = docket.Tally{} }, form(), 200, []string{"Nothing stood under it"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			braked(w)
			c.change(w)
			got := w.ask(t, leadToken, http.MethodPost, "/switches/pull", c.form)
			body := got.Body.String()
			whole(t, body)
			for _, s := range c.says {
				if got.Code != c.status || !strings.Contains(body, s) {
					t.Errorf("status %d; the page does not say %q: %s", got.Code, s, alert(body))
				}
			}
		})
	}
}

// What a form says of before is shown, so nonsense in it counts for nothing.
func TestNonsenseOfBeforeIsNotShown(t *testing.T) {
	for _, text := range []string{"", "x", `{"cases":-1}`, `{"cases":9000000000000}`, `{"measures":{"<b>":1}}`, `{"tenants":1,"measures":{"limit":-3}}`, `{"cases":1,"x":"` + strings.Repeat("y", maxSoFar) + `"}`} {
		if got := soFar(form{"so-far": text}); fmt.Sprint(got) != fmt.Sprint(docket.Tally{}) {
			t.Errorf("%.60s: %+v", text, got)
		}
	}
	want := batches()[0]
	want.Left = 0
	if got := soFar(form{"so-far": tallied(batches()[0]).SoFar}); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v comes back as %+v", want, got)
	}
}
