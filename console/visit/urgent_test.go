package visit_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// The tenant may ask for more time once: the page says until when it has it, and afterwards that it
// was used.
func TestMoreTimeIsAskedForOnce(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	longer := at(20 + 48*60).Time().Format(time.RFC3339)
	if body := h.get(path).Body.String(); !strings.Contains(body, `id="extend"`) || !strings.Contains(body, longer) {
		t.Fatal("the page does not say until when the time would be")
	}
	w := h.post(path+"/extend", answer(""))
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="extend-text-wrong"`) {
		t.Errorf("without a reason it answers %d", w.Code)
	}
	form := answer("Our only engineer is on a flight.")
	body := h.follow(h.post(path+"/extend", form))
	for _, part := range []string{"You have until", longer, "You asked for more time at", "more time</span>"} {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if strings.Contains(body, `id="extend"`) {
		t.Error("the page offers it again")
	}
	if again := h.follow(h.post(path+"/extend", form)); !strings.Contains(again, "You have until") {
		t.Error("who taps twice has no receipt")
	}
	w = h.post(path+"/extend", answer("Once more, please."))
	if body := w.Body.String(); w.Code != http.StatusConflict || !strings.Contains(body, "cannot be made longer") || !strings.Contains(body, "Once more, please.") {
		t.Errorf("the second time it answers %d, without what was typed", w.Code)
	}
}

// R24: production is down and all questions are answered are said by one tap, by whichever contact,
// and the page says that they were until a person has decided.
func TestWhatCallsAPersonAtOnceIsSaidByOneTap(t *testing.T) {
	for _, x := range []struct {
		kind       docket.ActKind
		says, told string
	}{
		{docket.ActDown, "Production is down.", "You told us at <time datetime=\"2019-05-29T13:00:00Z\">29 May 2019, 13:00 UTC</time> that production is down."},
		{docket.ActAnswered, "All questions are answered.", "You told us at <time datetime=\"2019-05-29T13:00:00Z\">29 May 2019, 13:00 UTC</time> that all questions are answered."},
	} {
		for _, text := range []string{"", "The shop has been dark since noon."} {
			h := open(t)
			c, _ := opened(t, h, link.Speak)
			path := "/t/" + h.token(link.Speak, c, "developer") // not the owner
			body := h.follow(h.post(path+"/"+x.kind.String(), url.Values{"nonce": {nonce()}, "text": {text}}))
			a := h.clerk.acts[0]
			if len(h.clerk.acts) != 1 || a.Kind != x.kind || a.Case != c.ID || a.Contact != "developer" || a.Says != strings.TrimSpace(x.says+"\n"+text) {
				t.Errorf("the acts are %+v", h.clerk.acts)
			}
			for _, part := range []string{`id="receipt"`, x.told, "as developer", "urgent</span>", text} {
				if !strings.Contains(body, part) {
					t.Errorf("%s: the page does not say %q", x.kind, part)
				}
			}
			if strings.Contains(body, `<form method="post" action="`+path+"/"+x.kind.String()+`"`) {
				t.Errorf("%s is offered again", x.kind)
			}
			decided := c
			decided.Spoke = at(60) // and nobody waits any more
			h.now = at(70)
			h.put(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{decided}})
			if body := h.get(path).Body.String(); strings.Contains(body, x.told) || !strings.Contains(body, `id="`+x.kind.String()+`"`) {
				t.Errorf("%s: once a person has decided, the page does not offer it again", x.kind)
			}
		}
	}
}

// What the boxes of an answer say is as urgent as what is said by itself, counts as one thing said,
// and stands on the page once; where the line broke between, sending it again brings the rest.
func TestTheBoxesOfAnAnswerCallAPersonToo(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	form := answer("It is our valuation.")
	form.Set("down", "yes")
	h.clerk.most = 1
	if w := h.post(path+"/answer", form); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "It is our valuation.") {
		t.Fatalf("it answers %d; expected that it was not taken in whole", w.Code)
	}
	h.clerk.most = 0
	body := h.follow(h.post(path+"/answer", form))
	var said []docket.ActKind
	for _, a := range h.clerk.acts {
		said = append(said, a.Kind)
	}
	if len(said) != 2 || said[0] != docket.ActAnswer || said[1] != docket.ActDown {
		t.Errorf("the acts are %v", said)
	}
	if strings.Count(body, "It is our valuation.") != 1 || strings.Count(body, `<span class="mark info">Production is down</span>`) != 1 || strings.Contains(body, "urgent</span>") {
		t.Error("what was said once does not stand on the page once")
	}
}

// R24: where no channel is set nobody can be called, and no page says that anybody is.
func TestNobodyIsSaidToBeCalledWhoCannotBe(t *testing.T) {
	for _, mute := range []bool{false, true} {
		h := open(t)
		h.mute = mute
		h.Handler = h.handler(h.books)
		_, path := opened(t, h, link.Speak)
		page := h.get(path).Body.String()
		told := h.follow(h.post(path+"/down", answer("")))
		for name, body := range map[string]string{"the form": page, "what was said": told} {
			if strings.Contains(body, "Whoever is on call is called.") == mute || strings.Contains(body, "called at once") {
				t.Errorf("%s, where nobody can be called: %v, says otherwise", name, mute)
			}
		}
		if !strings.Contains(told, "Your case is at the front.") {
			t.Error("it is not said that the case is at the front")
		}
	}
}
