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

func (w *world) second(_ context.Context, a docket.Act) error {
	if w.alone == nil {
		return nil
	}
	return w.alone(a)
}

// nobodyElse is what the judge says where nobody could be the second (judge.TestWhoIsNotDrawn).
func nobodyElse(a docket.Act) error {
	switch {
	case a.Kind == docket.ActRelease:
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: "letting the switch " + a.Scope.String() + " go takes two persons, and nobody could be the second: nobody else here has enrolled and may decide",
			Hint: "one person may approve each measure that machines ask for meanwhile; invite a second reviewer, who can be drawn after seven days, for this switch too",
		}
	case a.Hold != nil && a.Hold.Ends:
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: "this takes two persons, and nobody could be the second: one other person acted on this tenant before, or wrote the rule; 2 other persons got the right to decide less than seven days ago: one can be drawn from 2019-06-02T12:00:00Z on",
		Hint: "alone you can approve a measure that takes one person, or lower to it: for a time, and isolate for 4 hours at most; to suspend, to deny or to act on all that a tenant runs, invite a second reviewer: they can be drawn seven days later, in cases opened after they enrolled",
	}
}

// TestWhoIsMissingIsSaidBeforeOneWrites (R5): whoever could not be seconded reads it above the form, with what to do
// instead, in the words of the refusal; whoever could be, and whoever may not ask, reads nothing of it.
func TestWhoIsMissingIsSaidBeforeOneWrites(t *testing.T) {
	proposal := url.Values{"v-measure": {"suspend"}, "v-innocent": {"A batch job."}, "v-ground": {"No mining."}, "v-argument": {"The pool is known."}, "v-reason": {"It mines."}}
	for _, n := range []string{"1", "2", "3"} {
		proposal.Set("v-speaks-"+n, "against")
		proposal.Set("v-note-"+n, "Nothing else explains it.")
	}
	for says, c := range map[string]struct {
		page, form string
		typed      url.Values
		fact       bool
		words      []string
	}{
		"a proposal": {"/case/" + raisupID, "/case/" + raisupID + "/propose", proposal, true, []string{"This takes two persons, and nobody could be the second: one other person acted on this tenant before, or wrote the rule; 2 other persons", "invite a second reviewer"}},
		"a release":  {"/switches", "/switches/release", url.Values{"kind": {"rule"}, "key": {"flood-out"}, "release-reason": {"It is mended."}}, false, []string{"Letting the switch rule flood-out go takes two persons, and nobody could be the second: nobody else here has enrolled and may decide.", "invite a second reviewer"}},
	} {
		w := newWorld()
		w.folders = []docket.Folder{raisup()}
		braked(w)
		before := w.get(t, annasToken, c.page).Body.String()
		w.alone = nobodyElse
		alone, admin := w.get(t, annasToken, c.page).Body.String(), w.get(t, idleToken, c.page).Body.String()
		form := strings.Index(alone, `action="`+c.form+`"`)
		for _, words := range c.words {
			if at := strings.Index(alone, words); at < 0 || at > form || form < 0 {
				t.Errorf("%s: %q stands at %d and the form at %d; expected it above the form", says, words, at, form)
			}
			if strings.Contains(before, words) || strings.Contains(admin, words) {
				t.Errorf("%s: %q is told to whoever can be seconded, or may not ask", says, words)
			}
		}
		empty := w.ask(t, annasToken, http.MethodPost, c.form, url.Values{"nonce": {nonce}, "seen": {"99"}, "terms": {digestOf}, "kind": {"rule"}, "key": {"flood-out"}}).Body.String()
		if at, missing := strings.Index(empty, c.words[0]), strings.Index(empty, "omething is missing"); at < 0 || (missing >= 0) == c.fact { // on the page of switches both stand
			t.Errorf("%s: sent empty, that nobody could be the second stands at %d and that something is missing at %d", says, at, missing)
		}
		w.refuse = w.alone(docket.Act{Kind: map[bool]docket.ActKind{true: docket.ActPropose, false: docket.ActRelease}[c.fact], Scope: &docket.Scope{Kind: docket.SwitchRule, Key: "flood-out"}})
		if c.fact {
			c.typed.Set("v-fact "+docket.FactOfEntry(1), "1")
		}
		c.typed.Set("nonce", nonce)
		c.typed.Set("seen", "99")
		c.typed.Set("terms", digestOf)
		out := w.ask(t, annasToken, http.MethodPost, c.form, c.typed)
		if n := strings.Count(out.Body.String(), c.words[0]); out.Code != http.StatusForbidden || n != 1 {
			t.Errorf("%s: sent all the same it is answered %d and %q stands there %d times; expected once, as refused", says, out.Code, c.words[0], n)
		}
	}
}

// TestWhatACourtOrderedIsGivenBackByWhoeverThereIs (R6): that is said beside.
func TestWhatACourtOrderedIsGivenBackByWhoeverThereIs(t *testing.T) {
	w := newWorld()
	w.folders, w.alone = []docket.Folder{withheld(theOrder)}, nobodyElse
	if page := w.get(t, annasToken, "/case/"+raisupID).Body.String(); !strings.Contains(page, "That a lawful order ends can be asked all the same") {
		t.Error("it does not say that an order can be ended still")
	}
	w.folders = []docket.Folder{raisup()}
	if page := w.get(t, annasToken, "/case/"+raisupID).Body.String(); strings.Contains(page, "all the same") {
		t.Error("it says so where no order stands")
	}
}

// TestThatNobodyKnowsWhoCouldBeTheSecondHidesNoPage: the form says so then.
func TestThatNobodyKnowsWhoCouldBeTheSecondHidesNoPage(t *testing.T) {
	w := newWorld()
	w.folders, w.alone = []docket.Folder{raisup()}, func(docket.Act) error { return context.DeadlineExceeded }
	if page := w.get(t, annasToken, "/case/"+raisupID); page.Code != 200 || strings.Contains(page.Body.String(), "takes two persons, and nobody") {
		t.Errorf("status %d", page.Code)
	}
}
