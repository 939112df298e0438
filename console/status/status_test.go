package status_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/status"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var noon = evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))

// sent is an incident of so many hours ago with so many updates.
func sent(hours, updates, bytes int) docket.Incident {
	began := noon.Add(-time.Duration(hours) * time.Hour)
	i := docket.Incident{
		ID: docket.NewIncidentID(began), Began: began, Until: began.Add(4 * time.Minute), Phase: docket.PhaseOver, Over: began.Add(14 * time.Minute),
		Touched: []docket.Touched{{Tenant: "raisup", Site: "raisup.example"}, {Tenant: "acme", Site: "acme.example"}},
	}
	for n := range updates {
		i.Updates = append(i.Updates, docket.Update{Phase: docket.PhaseOver, At: began.Add(time.Duration(n) * time.Minute), By: "anna",
			Text: docket.Texts{English: "It is <b>over</b>. " + strings.Repeat("x", bytes), Chinese: "已结束。"}})
	}
	return i
}

func files(t *testing.T, s status.State) map[string][]byte {
	t.Helper()
	out, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestThePageSaysWhatPeopleSentAndNamesNobody looks at all four files.
func TestThePageSaysWhatPeopleSentAndNamesNobody(t *testing.T) {
	unsent, old := sent(1, 0, 0), sent(24*91, 1, 0)
	s := status.State{Operator: "Example Cloud", Base: "https://status.example", At: noon, Edges: 15, Incidents: []docket.Incident{unsent, sent(3, 2, 0), old}}
	for name, b := range files(t, s) {
		text := string(b)
		for _, no := range []string{"raisup", "acme", "anna", "<script", "<b>", string(unsent.ID), string(old.ID)} {
			if strings.Contains(text, no) {
				t.Errorf("%s holds %q", name, no)
			}
		}
		if len(b) > status.MaxPage {
			t.Errorf("%s has %d bytes", name, len(b))
		}
	}
	all := files(t, s)
	if !strings.Contains(string(all[status.FileChinese]), "已结束。") || !strings.Contains(string(all[status.FilePage]), "&lt;b&gt;over&lt;/b&gt;") {
		t.Error("the pages do not hold what was sent")
	}
	if !json.Valid(all[status.FileJSON]) || xml.Unmarshal(all[status.FileFeed], new(struct{})) != nil {
		t.Error("the document or the feed cannot be read")
	}
}

// TestThePageIsNeverLongerThan32KiB sends as much as can be sent.
func TestThePageIsNeverLongerThan32KiB(t *testing.T) {
	s := status.State{At: noon}
	for h := range 40 {
		s.Incidents = append(s.Incidents, sent(h+1, 30, 4000))
	}
	for _, name := range []string{status.FilePage, status.FileChinese} {
		if b := files(t, s)[name]; len(b) > status.MaxPage || !strings.Contains(string(b), "</html>") {
			t.Errorf("%s has %d bytes", name, len(b))
		}
	}
}

// TestWhatIsHurtIsSaidNow says how edges are.
func TestWhatIsHurtIsSaidNow(t *testing.T) {
	goesOn := sent(1, 1, 0)
	goesOn.Over, goesOn.Phase = 0, docket.PhaseBegun
	for _, c := range []struct {
		s    status.State
		want string
	}{
		{status.State{}, "unknown"}, {status.State{Edges: 2}, "works"}, {status.State{Edges: 2, Silent: 1}, "hurt"},
		{status.State{Edges: 2, Disturbed: 1}, "hurt"},
		{status.State{Edges: 2, Incidents: []docket.Incident{goesOn}}, "hurt"}, {status.State{Edges: 2, Incidents: []docket.Incident{sent(1, 1, 0)}}, "works"},
	} {
		if got := c.s.Parts()[0].State; got != c.want {
			t.Errorf("%+v: %s; expected %s", c.s, got, c.want)
		}
	}
}

// TestNoticesThatNobodySetUpAreNotSaidToLeave: a page that says so of a house without mail says what is not true.
func TestNoticesThatNobodySetUpAreNotSaidToLeave(t *testing.T) {
	for want, s := range map[string]status.State{"Notices leave.": {}, "Notices are not set up.": {Mute: true, Notices: 200}, "Notices leave late.": {Notices: 101}} {
		if got := s.Parts()[2].Says.English; got != want {
			t.Errorf("%+v: %q; expected %q", s, got, want)
		}
	}
}

func TestItIsServedWithoutScript(t *testing.T) {
	s := status.State{At: noon}
	h := status.Handler(s.Files)
	for path, want := range map[string]int{"/": 200, "/zh.html": 200, "/feed.atom": 200, "/status.json": 200, "/other": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d with %v", path, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("POST", "/", nil)); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}
