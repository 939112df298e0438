package visit

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAPageSaysWhoSawIt (R3; docs/abuse-reports.md): what only others report is not said to have been seen by
// us, an address is called an address, and whoever has answered is not asked to answer again.
func TestAPageSaysWhoSawIt(t *testing.T) {
	clock := evenkeel.MomentOf(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC))
	c := evenkeel.Case{ID: "c-1", Tenant: "web", Family: reports, State: evenkeel.CaseOpen, Assets: []evenkeel.AssetID{"203.0.113.9"}}
	d := evenkeel.Decision{ID: "d-1", Case: c.ID, Tenant: c.Tenant, Measure: evenkeel.MeasureNotify, State: evenkeel.InForce, Mode: evenkeel.ModeLive, From: clock, Until: clock.Add(time.Hour), Assets: c.Assets}
	v := &visitor{folder: docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}}}
	for _, x := range []struct {
		in   tongue
		lead string
	}{
		{tongue{texts: &english, now: clock}, "Others report something about your address <code>203.0.113.9</code>, and we would like to know more. We did not see it ourselves. Nothing is limited."},
		{tongue{texts: &chinese, now: clock}, "他人举报了关于您的地址 <code>203.0.113.9</code>的一些情况，我们想向您了解。这并非我们自己看到的。目前没有任何限制。"},
	} {
		var p sheetOf
		if title := x.in.happened(v, &p); title != x.in.TitleReported || len(p.Lead) != 1 || string(p.Lead[0]) != x.lead {
			t.Errorf("%q: %q", title, p.Lead)
		}
	}
}
