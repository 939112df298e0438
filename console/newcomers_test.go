package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R27: a person confirms a contact who came while the case is open, with a reason; the page shows no address.
func TestAPersonConfirmsAContactWhoCame(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	ann, carl := evenkeel.Contact{Role: "owner", Email: "ann@raisup.example"}, evenkeel.Contact{Role: "owner", Email: "carl@elsewhere.example"}
	is := docket.Reach{Case: raisupID, Listed: noon, Until: noon + 9, Before: []evenkeel.Contact{ann}, Now: []evenkeel.Contact{carl}}
	w.reach = map[evenkeel.CaseID]docket.Reach{raisupID: is}
	path := "/case/" + raisupID
	for as, form := range map[string]bool{"reviewer": true, "viewer": false} {
		page := w.ask(t, w.tokenOf(as), http.MethodGet, path, nil).Body.String()
		if !strings.Contains(page, "c…@elsewhere.example") || strings.Contains(page, carl.Email) || strings.Contains(page, ann.Email) || strings.Contains(page, `action="/case/`+raisupID+`/confirm"`) != form {
			t.Errorf("%s is shown %s", as, page)
		}
	}
	typed := url.Values{"nonce": {strings.Repeat("A", 26)}, "listed": {is.Listed.String()}, "newcomer": {"owner#new"}, "confirm-reason": {"I called the number of the contract."}}
	for name, spoil := range map[string]func(url.Values){
		"nobody is chosen": func(v url.Values) { v.Del("newcomer") }, "without a reason": func(v url.Values) { v.Set("confirm-reason", " ") },
		"of no list": func(v url.Values) { v.Del("listed") }, "no form of ours": func(v url.Values) { v.Del("nonce") },
	} {
		v := url.Values{}
		for k := range typed {
			v.Set(k, typed.Get(k))
		}
		spoil(v)
		if got := w.ask(t, w.tokenOf("reviewer"), http.MethodPost, path+"/confirm", v); got.Code != http.StatusBadRequest || len(w.acts) > 0 || !strings.Contains(got.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d, %+v", name, got.Code, w.acts)
		}
	}
	w.refuse = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "the contacts were changed once more"}
	if got := w.ask(t, w.tokenOf("reviewer"), http.MethodPost, path+"/confirm", typed); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "I called the number of the contract.") || !strings.Contains(got.Body.String(), "changed once more") {
		t.Errorf("what was refused: %d %s", got.Code, got.Body)
	}
	w.refuse, w.acts = nil, nil
	got := w.ask(t, w.tokenOf("reviewer"), http.MethodPost, path+"/confirm", typed)
	if got.Code != http.StatusSeeOther || len(w.acts) != 1 {
		t.Fatalf("%d: %s; %+v", got.Code, got.Body, w.acts)
	}
	if a := w.acts[0]; a.Kind != docket.ActConfirm || a.By == "" || a.Case != raisupID || a.Confirm == nil || a.Confirm.Contact != "owner#new" || a.Confirm.Listed != is.Listed || a.Says != typed.Get("confirm-reason") {
		t.Errorf("done was %+v", a)
	}
	is.Confirmed = []docket.Confirmed{{Contact: carl, Called: "owner#new", Person: "ada", At: noon}}
	w.reach[raisupID] = is
	if page := w.ask(t, w.tokenOf("reviewer"), http.MethodGet, path+"?done=confirm", nil).Body.String(); strings.Contains(page, "/confirm\"") || !strings.Contains(page, "The contact was confirmed") || !strings.Contains(page, "<bdi>ada</bdi>") {
		t.Errorf("after it: %s", page)
	}
}

// cameTo is a case in which one contact waits to be confirmed, and others were: by a contact, and by a person.
func cameTo(c evenkeel.CaseID) map[evenkeel.CaseID]docket.Reach {
	ann, carl := evenkeel.Contact{Role: "owner", Email: "ann@raisup.example"}, evenkeel.Contact{Role: "tech", Email: "carl@elsewhere.example"}
	dora, evil := evenkeel.Contact{Role: "owner", Email: "dora@elsewhere.example"}, evenkeel.Contact{Role: "billing", Email: "books@elsewhere.example"}
	return map[evenkeel.CaseID]docket.Reach{c: {
		Case: c, Listed: noon, Until: noon + 9, Before: []evenkeel.Contact{ann}, Now: []evenkeel.Contact{ann, carl, dora, evil},
		Confirmed: []docket.Confirmed{{Contact: carl, Called: "tech#new", By: "owner", At: noon}, {Contact: evil, Called: "billing#new", Person: "ben", At: noon}},
	}}
}

// ReachOf is who came while a case is open.
func (w *world) ReachOf(_ context.Context, c evenkeel.CaseID) (docket.Reach, error) {
	return w.reach[c], w.sick
}
