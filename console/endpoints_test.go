package console

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// byMachines are what one machine took of a notice, and another did not.
func byMachines() []docket.Delivery {
	return []docket.Delivery{
		{Notice: "n-1", Channel: docket.ChannelEndpoint, To: "security#3f2a9c0d11e2", At: noon.Add(-98 * time.Minute), Says: "status 204"},
		{Notice: "n-1", Channel: docket.ChannelEndpoint, To: "billing#3f2a9c0d11e3", At: noon.Add(-97 * time.Minute), Refused: true, Says: "it answered 410 Gone"},
	}
}

// The page of a case shows which contacts are machines, when one took something last, or why it did not; a notice that
// only machines took is delivered to nobody (N).
func TestACaseShowsWhatMachinesTook(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	page := w.get(t, annasToken, "/case/"+raisupID).Body.String()
	for _, want := range []string{"security <span class=\"soft\">a machine: nobody is told by it</span>", "<dd><span>security</span>", "took it</span>", "status 204", "<dd><span>billing</span>", "did not take it</span>", "it answered 410 Gone"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	hook := func(at evenkeel.Moment, refused bool) docket.Delivery {
		return docket.Delivery{Notice: "n-1", Channel: docket.ChannelEndpoint, To: "hook#3f2a9c0d11e2", At: at, Refused: refused}
	}
	f := &docket.Folder{
		Notices:    []evenkeel.Notice{{ID: "n-1"}},
		Dispatches: []docket.Dispatch{{Notice: "n-1", Attempts: 1, Deliveries: []docket.Delivery{hook(5, false), hook(7, true), hook(6, false)}}},
	}
	if got := endpoints(f); len(got) != 1 || got[0].Role != "hook" || got[0].Last.At != 7 || !got[0].Last.Refused {
		t.Errorf("%+v; expected what became of it last", got)
	}
	v := caseView{}
	v.sent(f)
	if v.Notices[0].State.Word != "waits to be sent" {
		t.Errorf("a notice that only a machine took is said to be %q", v.Notices[0].State.Word)
	}
}
