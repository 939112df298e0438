package console

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (w *world) reports(_ context.Context, f *docket.Folder, most int) ([]docket.Reported, error) {
	return w.told[f.Case.ID][:min(len(w.told[f.Case.ID]), most)], w.sick
}

// reportedCase is a case of what others reported, with so many reports.
func reportedCase(n int) func(*world) {
	return func(w *world) {
		w.folders = []docket.Folder{plainCase("c-reported", "raisup", "report", func(f *docket.Folder) {
			x := finding("f-report", "192.0.2.9", noon)
			x.Terms = []evenkeel.Term{{Name: "spam", Family: evenkeel.EvidenceReport, Weight: 1, Says: "Others report spam: reports 3."}}
			f.Findings, f.Case.Assets = []evenkeel.Finding{x}, []evenkeel.AssetID{"192.0.2.9"}
		})}
		w.told = map[evenkeel.CaseID][]docket.Reported{}
		for i := range n {
			w.told["c-reported"] = append(w.told["c-reported"], docket.Reported{
				Receipt: fmt.Sprintf("r-%03d", i), Asset: "192.0.2.9", Class: "messaging/spam", At: noon.Add(-2 * time.Hour), Came: noon.Add(-time.Hour),
				Reporter: []string{"token watchers", "mail corp.example", "claimed x.example<i>"}[i%3], Contact: "abuse@corp.example", Doubted: i%3 == 2,
			})
		}
	}
}

// TestStaffReadReportsOneByOne (R1, P): whoever decides or audits reads who reported; a viewer reads how that is known; nobody reads
// an address, and a case of nothing that others say asks for none.
func TestStaffReadReportsOneByOne(t *testing.T) {
	w := newWorld()
	reportedCase(60)(w)
	for as, names := range map[string]bool{"reviewer": true, "lead": true, "auditor": true, "viewer": false} {
		body := w.get(t, w.tokenOf(as), "/case/c-reported").Body.String()
		whole(t, body)
		if n := strings.Count(body, "messaging/spam</bdi>"); n != maxReports || !strings.Contains(body, "There are older ones") {
			t.Errorf("%s reads %d reports; expected %d, and that there are more", as, n, maxReports)
		}
		for _, who := range []string{"watchers", "corp.example", "x.example&lt;i&gt;"} {
			if strings.Contains(body, who) != names {
				t.Errorf("%s reads %s: %t; expected %t", as, who, !names, names)
			}
		}
		if !strings.Contains(body, "by a token") || !strings.Contains(body, "opens no case alone") || strings.Contains(body, "abuse@") {
			t.Errorf("%s: expected how it is known who reported, and no address", as)
		}
	}
	w.folders[0].Findings[0].Terms[0].Family = evenkeel.EvidenceUsage
	if strings.Contains(w.get(t, annasToken, "/case/c-reported").Body.String(), "one by one") {
		t.Error("reports are listed in a case that is not about any")
	}
}
