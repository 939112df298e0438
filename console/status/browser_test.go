package status_test

import (
	"net/http/httptest"
	"testing"

	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/console/status"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestThePageIsReadInABrowser looks at the page in Chromium, on a desk and on a phone, in both languages.
func TestThePageIsReadInABrowser(t *testing.T) {
	goesOn := sent(1, 2, 60)
	goesOn.Over, goesOn.Phase = 0, docket.PhaseIdentified
	s := status.State{Operator: "Example Cloud", At: noon, Edges: 15, Silent: 2, Incidents: []docket.Incident{goesOn, sent(3, 3, 200)}}
	server := httptest.NewServer(status.Handler(s.Files))
	defer server.Close()
	consoletest.Open(t).LookIn(t, server.URL+"/", server.URL+"/zh.html")
}
