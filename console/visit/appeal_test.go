package visit_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func appeal(d evenkeel.DecisionID, text string) url.Values {
	return url.Values{"nonce": {nonce()}, "text": {text}, "decision": {string(d)}}
}

// R3, R5: an appeal has its receipt at once, with a number and the time by which a person who did not
// decide decides; and the page says so until one has.
func TestWhoAppealsSeesTheReceiptAndWhoDecidesByWhen(t *testing.T) {
	for lang, says := range map[string][5]string{
		"en": {"Appeal received at", "receipt no. <code>%s</code>", "A person who did not take the decision decides on it by", "It was closed at", "Whatever you add as a message below is read with it"},
		"zh": {"申诉接收时间", "回执编号 <code>%s</code>", "未参与该决定的工作人员会在", "该申诉已于", "作为留言补充的内容会与申诉一并阅读"},
	} {
		h := open(t)
		c, path := opened(t, h, link.Speak)
		d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
		form := appeal(d.ID, "It was our yearly valuation.")
		body := h.follow(h.post(path+"/appeal?lang="+lang, form))
		a := h.clerk.acts[0]
		if a.Kind != docket.ActAppeal || a.Decision != d.ID || a.Says != "It was our yearly valuation." || a.By != "" {
			t.Fatalf("the act is %+v", a)
		}
		due := at(60).Add(72 * time.Hour).Time().Format(time.RFC3339)
		for _, part := range []string{`id="receipt"`, says[0], fmt.Sprintf(says[1], docket.ReceiptOf(c.ID, a.ID)), says[2], due} {
			if !strings.Contains(body, part) {
				t.Errorf("%s: the page does not say %q: %s", lang, part, body)
			}
		}
		if strings.Contains(body, `id="appeal"`) || !strings.Contains(body, says[4]) {
			t.Errorf("%s: the page offers to appeal again, or does not say that more is said as a message", lang)
		}
		if again := h.follow(h.post(path+"/appeal?lang="+lang, form)); !strings.Contains(again, says[0]) || strings.Count(h.dump(), "It was our yearly valuation.") != 1 {
			t.Errorf("%s: who taps twice has no receipt, or two appeals", lang)
		}
		k := docket.Clock{Case: c.ID, Decision: d.ID, Kind: docket.ClockAppealAnswer, Started: at(60), Due: at(60).Add(72 * time.Hour), Ended: at(90), Because: "a person decided on the appeal"}
		h.now = at(95)
		h.put(docket.Changes{Tenant: "raisup", Clocks: []docket.Clock{k}})
		if body := h.get(path + "?lang=" + lang).Body.String(); !strings.Contains(body, says[3]) || strings.Contains(body, due) || strings.Contains(body, says[4]) {
			t.Errorf("%s: the page does not say that a person has decided", lang)
		}
	}
}

// Solo: no other person is promised where there is none.
func TestNoOtherPersonIsPromisedWhoIsNotThere(t *testing.T) {
	for lang, says := range map[string][2]string{
		"en": {"One person works here: they decide, and they hear the appeal", "person who did not take"}, "zh": {"此处只有一名工作人员：由其作出决定，也由其", "未参与该决定"},
	} {
		h := open(t)
		c, path := opened(t, h, link.Speak)
		d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
		n := noticed(d, "")
		n.ID, n.At, n.Solo = n.ID+"-solo", at(25), true
		h.put(docket.Changes{Tenant: "raisup", Notices: []evenkeel.Notice{n}})
		check := func(when, body string) {
			if strings.Count(body, says[0]) < 1 || strings.Contains(body, says[1]) {
				t.Errorf("%s, %s: the page promises another person, or does not say that there is one", lang, when)
			}
		}
		check("before", h.get(path+"?lang="+lang).Body.String())
		check("after", h.follow(h.post(path+"/appeal?lang="+lang, appeal(d.ID, "It was our yearly valuation."))))
	}
}

// R5: until the window ends, what stands and what stood can be appealed, in a closed case too; what
// was closed in the tenant's favour, was tried in shadow, or is another's cannot.
func TestWhatCanBeAppealed(t *testing.T) {
	in := func(m evenkeel.Measure, s evenkeel.DecisionState, from int) func(evenkeel.Case) evenkeel.Decision {
		return func(c evenkeel.Case) evenkeel.Decision { return decided(c, m, s, evenkeel.ModeLive, from) }
	}
	for _, x := range []struct {
		name    string
		is      func(evenkeel.Case) evenkeel.Decision
		outcome evenkeel.Outcome // of a closed case
		late    bool
		want    bool
	}{
		{name: "what is in force", is: in(evenkeel.MeasureThrottle, evenkeel.InForce, 20), want: true},
		{name: "what is announced", is: in(evenkeel.MeasureIsolate, evenkeel.Held, 20), want: true},
		{name: "a question", is: in(evenkeel.MeasureNotify, evenkeel.InForce, 20), want: true},
		{name: "what has lapsed", is: in(evenkeel.MeasureThrottle, evenkeel.Lapsed, 20), want: true},
		{name: "what was lifted", is: in(evenkeel.MeasureThrottle, evenkeel.Lifted, 20), want: true},
		{name: "what another took the place of", is: in(evenkeel.MeasureThrottle, evenkeel.Superseded, 20), want: true},
		{name: "what was confirmed and closed", is: in(evenkeel.MeasureThrottle, evenkeel.Lapsed, 20), outcome: evenkeel.OutcomeConfirmed, want: true},
		{name: "after the window", is: in(evenkeel.MeasureThrottle, evenkeel.InForce, 20), late: true},
		{name: "what was closed in the tenant's favour", is: in(evenkeel.MeasureThrottle, evenkeel.Lifted, 20), outcome: evenkeel.OutcomeFalsePositive},
		{name: "what only waits for a person", is: in(evenkeel.MeasureIsolate, evenkeel.Proposed, 20)},
		{name: "what was refused", is: in(evenkeel.MeasureIsolate, evenkeel.Refused, 20)},
		{name: "what was only recorded", is: in(evenkeel.MeasureNone, evenkeel.InForce, 20)},
		{name: "what was tried in shadow", is: func(c evenkeel.Case) evenkeel.Decision {
			return decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeShadow, 20)
		}},
		{name: "another tenant's", is: func(c evenkeel.Case) evenkeel.Decision {
			d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
			d.Tenant = "neighbour"
			return d
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := open(t)
			c := aCase("raisup", "mining")
			if x.outcome != 0 {
				c.State, c.Outcome, c.Since = evenkeel.CaseClosed, x.outcome, at(40)
			}
			d := x.is(c)
			n := noticed(d, "")
			if x.late {
				n.Appeal = at(59)
			}
			f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}
			for _, lang := range []string{"en", "zh"} {
				if body := h.page(t, f, lang); strings.Contains(body, `name="decision" value="`+string(d.ID)+`"`) != x.want {
					t.Errorf("%s: the page offers it: %t; expected %t", lang, !x.want, x.want)
				}
			}
			w := h.post("/t/"+h.token(link.Speak, c, "owner")+"/appeal", appeal(d.ID, "It is wrong, because."))
			body := w.Body.String()
			if took := len(h.clerk.acts) == 1; took != x.want {
				t.Errorf("it was handed in: %t; expected %t", took, x.want)
			}
			if !x.want && (w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "It is wrong, because.") || !strings.Contains(body, "nothing here that can be appealed")) {
				t.Errorf("it answers %d, without what was typed or what to do", w.Code)
			}
		})
	}
}

// The clock says until when a decision can be appealed, whatever its notice says; once it is over the page says
// that, and what still works.
func TestThePageSaysThatTheTimeToAppealIsOver(t *testing.T) {
	for lang, says := range map[string][2]string{
		"en": {"You can appeal until", "You could appeal until"},
		"zh": {"之前您可以申诉", "申诉期限已于"},
	} {
		h := open(t)
		c := aCase("raisup", "mining")
		d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
		k := docket.Clock{Case: c.ID, Decision: d.ID, Kind: docket.ClockAppeal, Started: at(20), Due: at(61)}
		f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Clocks: []docket.Clock{k}}
		if body := h.page(t, f, lang); !strings.Contains(body, says[0]) || strings.Contains(body, says[1]) || !strings.Contains(body, at(61).Time().Format(time.RFC3339)) {
			t.Errorf("%s: the page does not say until when the clock lets one appeal", lang)
		}
		k.Due, k.Ended = at(59), at(59)
		f.Clocks[0] = k
		f.Notices = []evenkeel.Notice{noticed(d, "")} // whose end is later
		body := h.page(t, f, lang)
		if strings.Contains(body, says[0]) || !strings.Contains(body, says[1]) || strings.Contains(body, `id="appeal"`) || !strings.Contains(body, `id="message"`) {
			t.Errorf("%s: the page does not say that the time is over, or offers to appeal, or no message: %s", lang, body)
		}
	}
}

// Of several decisions the one that weighs most is chosen, and one of another case is none.
func TestOneOfSeveralDecisionsIsChosen(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	asked, limited, over := decided(c, evenkeel.MeasureNotify, evenkeel.InForce, evenkeel.ModeLive, 20), decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 30), decided(c, evenkeel.MeasureIsolate, evenkeel.Lifted, evenkeel.ModeLive, 40)
	f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{asked, limited, over}, Notices: []evenkeel.Notice{noticed(asked, ""), noticed(limited, ""), noticed(over, "No.")}}
	body := h.page(t, f, "en")
	last := 0
	for _, d := range []evenkeel.Decision{limited, asked, over} {
		i := strings.Index(body, `name="decision" value="`+string(d.ID))
		if i < last {
			t.Errorf("%s stands at %d; expected it after %d", d.Measure, i, last)
		}
		last = i
	}
	if !strings.Contains(body, string(limited.ID)+`" checked`) || strings.Count(body, `" checked><label for="appeal-decision`) != 1 {
		t.Error("the one that weighs most is not chosen")
	}
	theirs := decided(aCase("neighbour", "mining"), evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	w := h.post("/t/"+h.token(link.Speak, c, "owner")+"/appeal", appeal(theirs.ID, "Let it go."))
	if body := w.Body.String(); w.Code != http.StatusUnprocessableEntity || len(h.clerk.acts) != 0 || !strings.Contains(body, "Choose one of the decisions") || !strings.Contains(body, `id="appeal-decision-wrong"`) || !strings.Contains(body, "Let it go.") {
		t.Errorf("it answers %d, %d acts", w.Code, len(h.clerk.acts))
	}
}

// The receipt of an appeal is a letter about a decision, and says nothing new of it.
func TestTheReceiptOfAnAppealIsNoDecision(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	n := noticed(d, "")
	r := n
	r.Receipt, r.At, r.Automatic, r.Keeps = "R-1", at(50), false, []string{"not to be shown"}
	r.ID = evenkeel.NewReceiptID(d.ID, r.Receipt)
	body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n, r}}, "en")
	if strings.Count(body, "Decided: a limit of the CPU") != 1 || strings.Contains(body, "not to be shown") || !strings.Contains(body, "by a machine; a person has not decided yet") {
		t.Error("the receipt is taken for a decision")
	}
}
