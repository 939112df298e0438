package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// wayIsCut is Raisup's case, in which a way to its data brought nothing under the throttle.
func wayIsCut(renewed evenkeel.PersonID) docket.Folder {
	f := raisup()
	f.Clocks = append(f.Clocks, docket.Clock{
		Case: f.Case.ID, Kind: docket.ClockWay, Decision: "d-throttle", Started: noon.Add(-10 * time.Minute), Due: noon.Add(50 * time.Minute),
		Breach: "What is enforced steps down.", Renewed: renewed,
	})
	return f
}

// D, G: who looked why a way to the data is cut says so where the measure stands, with a reason and without
// answers to points that are about the tenant; what is appealed is decided on first.
func TestWhoLooksWhyAWayIsCutSaysSoOnThePage(t *testing.T) {
	appealed := onAppeal(evenkeel.Actor{Person: "ben"})
	appealed.Clocks = append(appealed.Clocks, wayIsCut("").Clocks...)
	plain := []string{"speaks-1", "speaks-2", "speaks-3", "note-1", "note-2", "note-3"}
	for _, c := range []struct {
		name   string
		folder docket.Folder
		offers bool // that it is not the measure
		form   func() map[string][]string
		status int
		leads  string
		says   string
	}{
		{"a reason is enough", wayIsCut(""), true, func() map[string][]string { return without(typed("uphold d-throttle"), plain...) }, 303, "done=uphold_way", ""},
		{"and is needed", wayIsCut(""), true, func() map[string][]string { return typed("uphold d-throttle", "reason", "") }, 400, "", "Give the reason"},
		{"what somebody has found out is not asked", wayIsCut("ben"), false, func() map[string][]string { return typed("uphold d-throttle") }, 409, "", "cannot be done any more"},
		{"an appeal takes answers", appealed, false, func() map[string][]string { return without(typed("uphold d-throttle", "seen", "9"), plain...) }, 400, "", "Answer point 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			body := w.get(t, annasToken, "/case/"+raisupID).Body.String()
			whole(t, body)
			for _, s := range []string{"It is not the measure", "a way to the data is cut</span>"} {
				if strings.Contains(body, s) != c.offers {
					t.Errorf("the page says %q: %t", s, !c.offers)
				}
			}
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", c.form())
			if got.Code != c.status || (len(w.acts) == 1) != (c.status == 303) || !strings.Contains(got.Body.String(), c.says) || !strings.Contains(got.Header().Get("Location"), c.leads) {
				t.Fatalf("status %d, to %q, acts %v: %s", got.Code, got.Header().Get("Location"), w.acts, alert(got.Body.String()))
			}
			if c.status != 303 {
				return
			}
			if a := w.acts[0]; a.Kind != docket.ActUphold || a.Decision != "d-throttle" || a.By != "anna" || a.Says != "It is a batch job." {
				t.Errorf("the act is %+v", a)
			}
			to, _, _ := strings.Cut(got.Header().Get("Location"), "#")
			done := w.get(t, annasToken, to).Body.String()
			if !strings.Contains(done, "It is kept that you looked") || strings.Contains(done, "the tenant is told why") {
				t.Error("the page does not say what was done")
			}
		})
	}
}
