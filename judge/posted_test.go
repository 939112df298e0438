package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestAMachineIsNobodyWhoWasTold: property N. What an endpoint of the tenant's took tells no person; what
// it refused is no bounce (R24, R27).
func TestAMachineIsNobodyWhoWasTold(t *testing.T) {
	d, b := throttled(t)
	before := folders(t, b)[0].Notices
	n := before[slices.IndexFunc(before, func(n evenkeel.Notice) bool { return n.Measure == evenkeel.MeasureThrottle })].ID
	tell := func(x docket.Delivery) docket.Folder {
		t.Helper()
		x.Notice, x.Message, x.At = n, "m@example.net", start.Add(time.Minute)
		if err := d.Told(t.Context(), x, start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		return folders(t, b)[0]
	}
	hook := docket.Delivery{Channel: docket.ChannelEndpoint, To: "hook#3f2a9c0d11e2", Says: "status 204"}
	f := tell(hook)
	if last := f.Entries[len(f.Entries)-1]; last.State != "posted" || !strings.Contains(last.Says, "nobody is told by that") {
		t.Errorf("the case says %q, %q", last.State, last.Says)
	}
	if f.Untold != 0 {
		t.Error("before anybody was tried it counts as untold")
	}
	if err := d.AllTold(t.Context(), n, start.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if f := folders(t, b)[0]; f.Untold != 1 || f.Unaware != 1 {
		t.Errorf("untold %d, unaware %d; a tenant whose only contact is a machine was not told", f.Untold, f.Unaware)
	}
	if f := tell(docket.Delivery{Channel: "mail", To: "owner#aaaaaaaaaaaa", Says: "250"}); f.Untold != 0 {
		t.Error("a person has it, and it counts as untold")
	}
	other := hook
	other.To, other.Refused = "hook#bbbbbbbbbbbb", true
	if f := tell(other); f.Untold != 0 || f.Entries[len(f.Entries)-1].State != "endpoint_refused" {
		t.Error("what a machine refused counts as a bounce")
	}
	bounced := docket.Delivery{Channel: "mail", To: "owner#aaaaaaaaaaaa", Refused: true, Says: "550"}
	if f := tell(bounced); f.Untold != 1 || f.Unaware != 1 {
		t.Errorf("untold %d, unaware %d; what the person took came back, and what the machine took counts for it", f.Untold, f.Unaware)
	}
	if !slices.ContainsFunc(folders(t, b)[0].Entries, func(e evenkeel.Entry) bool { return e.State == "bounced" }) {
		t.Error("it is not said that it came back")
	}
}
