package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (w *world) unsent(_ context.Context, c evenkeel.CaseID, _ int) (out []docket.Unsent, err error) {
	for _, x := range w.waits {
		if c == "" || x.Case == c {
			out = append(out, x)
		}
	}
	return out, w.sick
}

// stuck is a world in which something of each kind has not left.
func stuck(w *world) {
	w.folders = crowd()
	w.status = Status{OrdersWaiting: 1, NoticesWaiting: 1, NoticesFailed: 1, Credits: 1, Incidents: 1}
	notice := evenkeel.Notice{ID: "n", Case: raisupID, Tenant: "raisup", Measure: evenkeel.MeasureThrottle, State: evenkeel.InForce, At: noon.Add(-2 * time.Hour)}
	w.waits = []docket.Unsent{
		{Case: raisupID, Tenant: "raisup", Order: evenkeel.Order{ID: "o", Measure: evenkeel.MeasureThrottle, From: noon.Add(-time.Hour), Lift: true}},
		{Case: raisupID, Tenant: "raisup", Notice: notice, Attempts: 3, Why: "no contact of the tenant is known", Next: noon.Add(10 * time.Minute)},
		{Case: raisupID, Tenant: "raisup", Notice: notice, Post: true, Attempts: 2, Why: "status 503", Next: noon.Add(7 * time.Minute)},
		{Case: "c-unaware", Tenant: "mill<i>", Notice: notice, Failed: true, Attempts: 9, Why: "the webhook answered 500"},
	}
}

// TestAMarkOfWhatHasNotLeftLeadsToWhichAndWhy (N): each of the marks above the docket that something can be done about.
func TestAMarkOfWhatHasNotLeftLeadsToWhichAndWhy(t *testing.T) {
	w := newWorld()
	stuck(w)
	docket, page := w.get(t, annasToken, "/").Body.String(), w.get(t, annasToken, "/unsent").Body.String()
	whole(t, page)
	for href, word := range map[string]string{"/unsent#orders": "1 order has not left yet", "/unsent#notices": "1 notice has not left yet", "/unsent#untold": "1 notice reached nobody", "/credits": "1 credit waits for a lead", "/incidents": "1 incident waits to be sent"} {
		if !strings.Contains(docket, `<a href="`+href+`"><span class="mark warn">`+word) && !strings.Contains(docket, `<a href="`+href+`"><span class="mark danger">`+word) {
			t.Errorf("%q does not lead to %s", word, href)
		}
		if _, id, is := strings.Cut(href, "#"); is && !strings.Contains(page, `<h2 id="`+id+`">`) {
			t.Errorf("there is no %s on the page", href)
		}
	}
	for _, want := range []string{
		"let go of throttle", "It waits since", "it is tried at once", "throttle, in force", "3 attempts came to nothing since", "next try in 10\u00a0min", "no contact of the tenant is known", "status 503",
		`<a href="/case/c-unaware#sent"><bdi>mill&lt;i&gt;</bdi></a>`, `<a href="/case/` + raisupID + `#orders">`, "Tell the tenant by another way and enter that on the page of the case", "name a contact",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	w.waits = nil
	if page := w.get(t, annasToken, "/unsent").Body.String(); !strings.Contains(page, "Everything has left.") {
		t.Error("it does not say that all has left")
	}
}

// TestAMachineThatDoesNotAnswerIsShownWhileItIsTried (N): since when, and when again, not only once it is given up.
func TestAMachineThatDoesNotAnswerIsShownWhileItIsTried(t *testing.T) {
	w := newWorld()
	stuck(w)
	page := w.get(t, annasToken, "/case/"+raisupID).Body.String()
	for _, want := range []string{"does not take it yet</span> 1 notice, trying since ", "2019-05-30 10:00 UTC", "next try ", "2019-05-30 12:07 UTC", "<bdi>status 503</bdi>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	p := w.names["raisup"]
	p.Contacts = p.Contacts[:2]
	w.names["raisup"] = p
	if strings.Contains(w.get(t, annasToken, "/case/"+raisupID).Body.String(), "does not take it yet") {
		t.Error("it is said of a tenant without a machine")
	}
}
