package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func stopped(minutes, update, why string) url.Values {
	return url.Values{"nonce": {nonce}, "site": {"shop.example"}, "minutes": {minutes}, "update": {update}, "reason": {why}}
}

// TestAPersonStopsASiteOnce with an end, what its visitors read, and a reason, though the button is pressed twice.
func TestAPersonStopsASiteOnce(t *testing.T) {
	w := newWorld()
	attacked(w)
	for range 2 {
		got := w.ask(t, annasToken, http.MethodPost, "/sites/of?tenant=raisup", stopped("30", "We are mending it.", "It books twice."))
		if there := got.Header().Get("Location"); got.Code != http.StatusSeeOther || there != "/sites/of?site=shop.example&stopped=shop.example&tenant=raisup#content" {
			t.Fatalf("status %d, to %q: %s", got.Code, there, got.Body)
		}
	}
	if len(w.acts) != 1 {
		t.Fatalf("%d acts; expected one", len(w.acts))
	}
	if a := w.acts[0]; a.Kind != docket.ActShut || !slices.Equal(a.Assets, []evenkeel.AssetID{"shop.example"}) || a.Until != noon.Add(30*time.Minute) || a.Update != "We are mending it." || a.Says != "It books twice." || a.By != "anna" {
		t.Errorf("the act is %+v", a)
	}
	page := w.get(t, annasToken, "/sites/of?tenant=raisup&site=shop.example&stopped=shop.example").Body.String()
	if !strings.Contains(page, "<bdi>shop.example</bdi> is ordered to show its own page.") || !strings.Contains(page, `<option class="words" selected>shop.example</option>`) || strings.Contains(page, ">shells.example<") {
		t.Errorf("the page is %s", page)
	}
}

// TestASiteThatIsNotStoppedKeepsWhatWasTyped and says why, and what to do.
func TestASiteThatIsNotStoppedKeepsWhatWasTyped(t *testing.T) {
	unproven := &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "no site can be shut from here: nobody has shown it", Hint: "let an edge show its canary"}
	whole := func(change func(url.Values)) url.Values {
		f := stopped("30", "We are mending it.", "my words")
		change(f)
		return f
	}
	for says, c := range map[string]struct {
		form   url.Values
		refuse error
		status int
		want   []string
	}{
		"no reason":        {whole(func(f url.Values) { f.Set("reason", " ") }), nil, 400, []string{"Give the reason, in at most", `value="We are mending it."`}},
		"no site":          {whole(func(f url.Values) { f.Del("site") }), nil, 400, []string{"The form is not whole", "my words</textarea>"}},
		"no nonce":         {whole(func(f url.Values) { f.Del("nonce") }), nil, 400, []string{"The form is not whole", "my words</textarea>"}},
		"for no time":      {whole(func(f url.Values) { f.Set("minutes", "0") }), nil, 400, []string{"expected 1 to 1440", "my words</textarea>"}},
		"for two days":     {whole(func(f url.Values) { f.Set("minutes", "2880") }), nil, 400, []string{"expected 1 to 1440"}},
		"for a while":      {whole(func(f url.Values) { f.Set("minutes", "<b>") }), nil, 400, []string{"expected 1 to 1440", `value="&lt;b&gt;"`}},
		"nobody showed it": {whole(func(url.Values) {}), unproven, 403, []string{"No site can be shut from here", "Let an edge show its canary", "my words</textarea>"}},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWorld()
			attacked(w)
			w.refuse = c.refuse
			got := w.ask(t, annasToken, http.MethodPost, "/sites/of?tenant=raisup", c.form)
			body := got.Body.String()
			if got.Code != c.status || slices.ContainsFunc(c.want, func(s string) bool { return !strings.Contains(body, s) }) || strings.Contains(body, `role="status"`) {
				t.Errorf("status %d: %s; expected %d and %q", got.Code, body, c.status, c.want)
			}
			if len(w.acts) > 0 {
				t.Errorf("%d acts were done", len(w.acts))
			}
		})
	}
}
