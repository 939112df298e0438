package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAFormSentAgainWithOtherWordsIsToldSo: whoever goes back, changes what is chosen and sends it
// again is not told that this was done. What was typed stays, in a form that can be sent.
func TestAFormSentAgainWithOtherWordsIsToldSo(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	page := "/case/" + raisupID + "/act"
	lift := typed("lift d-throttle")
	if got := w.ask(t, annasToken, http.MethodPost, page, lift); got.Code != http.StatusSeeOther {
		t.Fatalf("status %d: %s", got.Code, alert(got.Body.String()))
	}
	w.now += evenkeel.Moment(3600e9) // days from now are others
	chosen := typed("clear", "clear-outcome", "false_positive", "cover", "tenant=all", "days", "9", "reason", "It is their nightly job.")
	got := w.ask(t, annasToken, http.MethodPost, page, chosen)
	body := got.Body.String()
	for _, says := range []string{"was sent before with other words", "lift, at 12:00", "It is their nightly job."} {
		if !strings.Contains(body, says) {
			t.Errorf("the page does not say %q: %s", says, alert(body))
		}
	}
	if got.Code != http.StatusConflict || len(w.acts) != 1 {
		t.Fatalf("status %d, %d acts; want 409, and what was done first", got.Code, len(w.acts))
	}
	_, form, _ := strings.Cut(body, `name="nonce" value="`)
	chosen.Set("nonce", form[:26])
	chosen.Set("seen", "7")
	for range 2 {
		if got := w.ask(t, annasToken, http.MethodPost, page, chosen); got.Code != http.StatusSeeOther || !strings.Contains(got.Header().Get("Location"), "done=clear") {
			t.Fatalf("the form that the page shows: status %d: %s", got.Code, alert(got.Body.String()))
		}
		w.now += evenkeel.Moment(3600e9)
	}
	if len(w.acts) != 2 || w.acts[1].Kind != docket.ActClear {
		t.Errorf("acts %+v; want two", w.acts)
	}
}

func TestASwitchIsNotSaidToBePulledThatWasNot(t *testing.T) {
	w := newWorld()
	braked(w)
	form := url.Values{"nonce": {nonce}, "kind": {"rule"}, "key": {"flood-out"}, "reason": {"It matches every backup."}}
	for _, c := range []struct {
		key    string
		status int
	}{{"flood-out", http.StatusSeeOther}, {"flood-out", http.StatusSeeOther}, {"crypto-mining", http.StatusConflict}} {
		form.Set("key", c.key)
		got := w.ask(t, w.tokenOf("lead"), http.MethodPost, "/switches/pull", form)
		if got.Code != c.status || c.status == http.StatusConflict && !strings.Contains(got.Body.String(), "sent before with other words") {
			t.Errorf("%s: status %d: %s", c.key, got.Code, alert(got.Body.String()))
		}
	}
	if len(w.acts) != 1 {
		t.Errorf("%d acts; want one", len(w.acts))
	}
}
