package console

import (
	"context"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// letter is what would have gone out of the world's decisions in shadow.
func (w *world) letter(_ context.Context, f *docket.Folder, id evenkeel.DecisionID) (Letter, error) {
	for i := range f.Decisions {
		if x := &f.Decisions[i]; x.ID == id && x.Mode == evenkeel.ModeShadow {
			return Letter{Lang: "en", Subject: "Abuse: vm-1 is to be isolated", Text: "Hello,\n\n<b>we</b> saw something.\n"}, w.sick
		}
	}
	return Letter{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "decision " + string(id) + ": not found in case " + string(f.Case.ID)}
}

// shadowed is Raisup's case, in which a policy in shadow would have isolated.
func shadowed(w *world) {
	f := raisup()
	f.Decisions = append(f.Decisions, evenkeel.Decision{
		ID: "d-shadow", Case: f.Case.ID, Measure: evenkeel.MeasureIsolate, Wanted: evenkeel.MeasureIsolate, Assets: f.Case.Assets, State: evenkeel.Proposed, Mode: evenkeel.ModeShadow,
		At: noon, From: noon, Until: noon + 9, Actor: evenkeel.Actor{Policy: digestOf},
	})
	w.folders = []docket.Folder{f}
}

// Shadow writes the full would-be notice (procedure 5.3): a reviewer reads the letter that would have gone out, the
// look at its case is written down, and of what is live there is none.
func TestTheLetterThatWouldHaveGoneOutIsShown(t *testing.T) {
	w := newWorld()
	shadowed(w)
	if body := w.get(t, annasToken, "/case/"+raisupID).Body.String(); strings.Count(body, "/case/"+raisupID+"/letter/") != 1 || !strings.Contains(body, `/letter/d-shadow">The letter that would have gone out</a>`) {
		t.Error("the case does not link the letter, or links one of what is live")
	}
	looks := len(w.looks)
	got := w.get(t, annasToken, "/case/"+raisupID+"/letter/d-shadow")
	body := got.Body.String()
	whole(t, body)
	for _, s := range []string{"Nothing of it was sent.", "Abuse: vm-1 is to be isolated", "&lt;b&gt;we&lt;/b&gt; saw something.", "in shadow: nothing of it takes effect"} {
		if got.Code != 200 || !strings.Contains(body, s) {
			t.Errorf("status %d: the page does not say %q", got.Code, s)
		}
	}
	if len(w.looks) != looks+1 {
		t.Errorf("%d looks; expected one more than %d", len(w.looks), looks)
	}
	if got := w.get(t, annasToken, "/case/"+raisupID+"/letter/d-throttle"); got.Code != 404 {
		t.Errorf("of what is live: status %d", got.Code)
	}
}
