package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const raisupID = "c-mrd7ybxxgc4sflmrmg7qmjq2wi"

// typed is a form under the case of Raisup that does something, with every point answered.
func typed(act string, more ...string) url.Values {
	f := url.Values{"nonce": {"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, "seen": {"6"}, "terms": {digestOf}, "act": {act}, "reason": {"It is a batch job."}}
	for n := 1; n <= len(miningCriteria); n++ {
		f.Set(fmt.Sprintf("speaks-%d", n), string(docket.SpeaksFor))
		f.Set(fmt.Sprintf("note-%d", n), "Their answer names the script.")
	}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func without(f url.Values, names ...string) url.Values {
	for _, n := range names {
		f.Del(n)
	}
	return f
}

func TestAFormBecomesTheActThatItSays(t *testing.T) {
	made := url.Values{"principal": {"deploy"}, "image": {"ubuntu-24.04"}}.Encode()
	until := noon.Add(90 * 24 * time.Hour)
	selector := func(s evenkeel.Selector) *docket.Grant { return &docket.Grant{Selector: s, Until: until} }
	for _, c := range []struct {
		name string
		form url.Values
		want docket.Act
	}{
		{"lift", typed("lift d-throttle"), docket.Act{Kind: docket.ActLift, Decision: "d-throttle"}},
		{"lift without answers", without(typed("lift d-throttle"), "speaks-1", "speaks-2", "speaks-3"), docket.Act{Kind: docket.ActLift, Decision: "d-throttle"}},
		{"lift after something has happened", typed("lift d-throttle", "seen", "2"), docket.Act{Kind: docket.ActLift, Decision: "d-throttle"}},
		{"lower", typed("lower d-throttle", "measure lower d-throttle", "notify"), docket.Act{Kind: docket.ActLower, Decision: "d-throttle", Measure: evenkeel.MeasureNotify}},
		{"refuse", typed("refuse d-isolate"), docket.Act{Kind: docket.ActRefuse, Decision: "d-isolate"}},
		{"approve as wanted", typed("approve d-isolate", "measure approve d-isolate", "isolate"), docket.Act{Kind: docket.ActApprove, Decision: "d-isolate", Measure: evenkeel.MeasureIsolate}},
		{"approve as less", typed("approve d-isolate", "measure approve d-isolate", "throttle"), docket.Act{Kind: docket.ActApprove, Decision: "d-isolate", Measure: evenkeel.MeasureThrottle}},
		{"close as a victim", typed("close", "close-outcome", "victim"), docket.Act{Kind: docket.ActClose, Outcome: evenkeel.OutcomeVictim}},
		{"close as confirmed", typed("close", "close-outcome", "confirmed"), docket.Act{Kind: docket.ActClose, Outcome: evenkeel.OutcomeConfirmed}},
		{
			"clear what is made the same way", typed("clear", "clear-outcome", "false_positive", "cover", made, "days", "90", "count", "24", "vcpus", "96", "rate", "1000"),
			docket.Act{Kind: docket.ActClear, Outcome: evenkeel.OutcomeFalsePositive, Grant: &docket.Grant{
				Selector: evenkeel.Selector{Principal: "deploy", Image: "ubuntu-24.04"}, Envelope: evenkeel.Envelope{Count: 24, VCPUs: 96, Rate: 1000}, Until: until,
			}},
		},
		{
			"clear these machines", typed("clear", "clear-outcome", "policy_mismatch", "cover", "assets=these", "days", "90"),
			docket.Act{Kind: docket.ActClear, Outcome: evenkeel.OutcomePolicyMismatch, Grant: selector(evenkeel.Selector{Assets: []evenkeel.AssetID{"worker-01", "worker-02", "worker-03"}})},
		},
		{
			"clear all of the tenant's", typed("clear", "clear-outcome", "false_positive", "cover", "tenant=all", "days", "90"),
			docket.Act{Kind: docket.ActClear, Outcome: evenkeel.OutcomeFalsePositive, Grant: selector(evenkeel.Selector{TenantWide: true})},
		},
		{
			"clear what is named", typed("clear", "clear-outcome", "false_positive", "cover", "typed", "image", "debian", "days", "90"),
			docket.Act{Kind: docket.ActClear, Outcome: evenkeel.OutcomeFalsePositive, Grant: selector(evenkeel.Selector{Image: "debian"})},
		},
		{
			"grant a flag", typed("flag", "flag-cover", made, "flag-days", "90", "flag-count", "24", "flag-vcpus", "96", "flag-rate", "1000", "cover", "tenant=all", "days", "3", "count", "1"),
			docket.Act{Kind: docket.ActFlag, Grant: &docket.Grant{
				Selector: evenkeel.Selector{Principal: "deploy", Image: "ubuntu-24.04"}, Envelope: evenkeel.Envelope{Count: 24, VCPUs: 96, Rate: 1000}, Until: until,
			}},
		},
		{
			"grant a flag for what is named", typed("flag", "flag-cover", "typed", "flag-image", "debian", "flag-days", "90"),
			docket.Act{Kind: docket.ActFlag, Grant: selector(evenkeel.Selector{Image: "debian"})},
		},
		{
			"clear without a flag", typed("clear", "clear-outcome", "false_positive", "cover", "none gone"),
			docket.Act{Kind: docket.ActClear, Outcome: evenkeel.OutcomeFalsePositive, NoFlag: docket.NoFlagGone},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = crowd()
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", c.form)
			if got.Code != http.StatusSeeOther || len(w.acts) != 1 || len(w.looks) > 0 {
				t.Fatalf("status %d, acts %v: %s", got.Code, w.acts, alert(got.Body.String()))
			}
			if to := got.Header().Get("Location"); to != "/case/"+raisupID+"?done="+c.want.Kind.String()+"#content" {
				t.Errorf("it leads to %q", to)
			}
			a := w.acts[0]
			if !strings.HasPrefix(a.Says, "It is a batch job.") || a.Form == "" || a.ID != "console/anna ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
				t.Errorf("act %q says %q", a.ID, a.Says)
			}
			c.want.ID, c.want.At, c.want.Case, c.want.By, c.want.Says, c.want.Form = a.ID, noon, raisupID, "anna", a.Says, a.Form
			if fmt.Sprintf("%+v %+v", a, a.Grant) != fmt.Sprintf("%+v %+v", c.want, c.want.Grant) && (a.Grant == nil || !equal(a, c.want)) {
				t.Errorf("act %+v\nwant %+v", a, c.want)
			}
		})
	}
}

func equal(a, b docket.Act) bool {
	x, y := a.Grant, b.Grant
	a.Grant, b.Grant = nil, nil
	return fmt.Sprint(a) == fmt.Sprint(b) && x != nil && y != nil && fmt.Sprint(*x) == fmt.Sprint(*y)
}

// alert is what a page says first.
func alert(body string) string {
	_, after, _ := strings.Cut(body, `role="alert"`)
	return after[:min(len(after), 600)]
}

func TestWhatIsMissingIsSaidAndWhatWasTypedIsKept(t *testing.T) {
	clear := func(more ...string) url.Values {
		return typed("clear", append([]string{"clear-outcome", "false_positive", "cover", "tenant=all", "days", "90"}, more...)...)
	}
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		says   string
	}{
		{"no reason", typed("lift d-throttle", "reason", " \n"), 400, "Give the reason"},
		{"nothing chosen", typed(""), 400, "Choose what is to be done."},
		{"a point without an answer", without(typed("approve d-isolate", "measure approve d-isolate", "throttle"), "speaks-2"), 400, "Answer point 2"},
		{"a point without an answer, in a clearance", without(clear(), "speaks-1"), 400, "Answer point 1"},
		{"approving without the innocent explanation", typed("approve d-isolate", "measure approve d-isolate", "throttle", "note-3", ""), 400, "strongest innocent explanation"},
		{"confirming without the innocent explanation", typed("close", "close-outcome", "confirmed", "note-3", ""), 400, "strongest innocent explanation"},
		{"a measure that is none", typed("lower d-throttle", "measure lower d-throttle", "shout"), 400, "Choose one of the measures."},
		{"a measure that is not lower", typed("lower d-throttle", "measure lower d-throttle", "isolate"), 400, "Choose one of the measures."},
		{"suspending", typed("approve d-isolate", "measure approve d-isolate", "suspend"), 403, "Suspend takes two persons"},
		{"denying", typed("approve d-isolate", "measure approve d-isolate", "deny"), 403, "Deny takes two persons"},
		{"a decision that is not there", typed("lift d-other"), 409, "What you chose cannot be done any more"},
		{"lifting what is only proposed", typed("lift d-isolate"), 409, "What you chose cannot be done any more"},
		{"an act that is none", typed("answer"), 409, "What you chose cannot be done any more"},
		{"an outcome that is none of a clearance", clear("clear-outcome", "confirmed"), 400, "Choose why it is cleared."},
		{"an outcome that is none of a closing", typed("close", "close-outcome", "false_positive"), 400, "Choose how the case ends."},
		{"neither a flag nor a reason for none", clear("cover", ""), 400, "Choose what the flag covers"},
		{"a reason for none that is none", clear("cover", "none none"), 400, "Choose why there is no flag."},
		{"a selector that was not suggested", clear("cover", "principal=somebody"), 400, "Choose what the flag covers"},
		{"a name that is not given", clear("cover", "typed"), 400, "Name who makes the machines"},
		{"no days", clear("days", "0"), 400, "Give a number of days"},
		{"too many days", clear("days", "367"), 400, "Give a number of days"},
		{"a bound that is no number", clear("count", "many"), 400, "Give a whole number"},
		{"a bound below one", clear("rate", "-1"), 400, "Give a whole number"},
		{"more words than can be kept", typed("lift d-throttle", "reason", strings.Repeat("x", 6000), "note-1", strings.Repeat("y", 2000), "note-2", strings.Repeat("z", 2000)), 400, "at most 8192 can be kept"},
		{"a reason that is too long", typed("lift d-throttle", "reason", strings.Repeat("x", maxText+7)), 400, "This is too long by 7 bytes"},
		{"a point that is too long, in Japanese", typed("lift d-throttle", "note-1", strings.Repeat("調", 3000)), 400, "This is too long by 808 bytes"},
		{"an image that is too long", clear("cover", "typed", "image", strings.Repeat("i", maxText+1)), 400, "This is too long by 1 bytes"},
		{"a flag for nothing", typed("flag", "cover", "tenant=all", "days", "90"), 400, "Choose what the flag covers."},
		{"no flag, by the act that grants one", typed("flag", "flag-cover", "none gone", "flag-days", "90"), 400, "Choose what the flag covers."},
		{"a flag without an end", typed("flag", "flag-cover", "tenant=all"), 400, "Give a number of days"},
		{"a flag with a bound that is no number", typed("flag", "flag-cover", "tenant=all", "flag-days", "9", "flag-count", "many"), 400, "Give a whole number"},
		{"a flag without answers", without(typed("flag", "flag-cover", "tenant=all", "flag-days", "9"), "speaks-2"), 400, "Answer point 2"},
		{"a flag without a reason", typed("flag", "flag-cover", "tenant=all", "flag-days", "9", "reason", ""), 400, "Give the reason"},
		{"a flag for an image that is too long", typed("flag", "flag-cover", "typed", "flag-days", "9", "flag-image", strings.Repeat("i", maxText+1)), 400, "This is too long by 1 bytes"},
		{"no nonce", typed("lift d-throttle", "nonce", ""), 400, "The form is not whole"},
		{"a nonce that is none", typed("lift d-throttle", "nonce", "x y"), 400, "The form is not whole"},
		{"criteria of another policy", typed("close", "close-outcome", "victim", "terms", "sha256:old"), 409, "The policy has changed"},
		{"words of the tenant that came meanwhile", typed("approve d-isolate", "measure approve d-isolate", "throttle", "seen", "4"), 409, "Something has happened"},
		{"words of the tenant that came meanwhile, in a clearance", clear("seen", "4"), 409, "Something has happened"},
		{"words of the tenant that came meanwhile, and no word of what was seen", without(clear(), "seen"), 409, "Something has happened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = crowd()
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", c.form)
			body := got.Body.String()
			if got.Code != c.status || len(w.acts) != 0 || !strings.Contains(alert(body), c.says) && !strings.Contains(body, c.says) {
				t.Fatalf("status %d, acts %v: %s; want %d and %q", got.Code, w.acts, alert(body), c.status, c.says)
			}
			whole(t, body)
			for _, kept := range []string{c.form.Get("reason"), c.form.Get("note-1")} {
				if kept = strings.TrimSpace(kept); kept != "" && !strings.Contains(body, kept) {
					t.Errorf("%.40q was typed and is lost", kept)
				}
			}
			if !slices.Equal(w.looks, []string{"anna " + raisupID}) {
				t.Errorf("looks %q; want the one at the case that is shown again", w.looks)
			}
		})
	}
}

func TestWhatWasTypedOfAFlagIsKept(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	body := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("flag", "flag-cover", "typed", "flag-principal", "their-robot", "flag-image", "ubuntu-x", "flag-days", "999", "flag-count", "x7", "flag-vcpus", "88", "flag-rate", "7e")).Body.String()
	whole(t, body)
	for _, want := range []string{
		`value="flag" checked`, `id="flag-cover-typed" name="flag-cover" value="typed" checked`, `value="their-robot"`, `value="ubuntu-x"`, `value="999"`, `value="x7"`, `value="88"`, `value="7e"`,
		`<li><a href="#flag-days">Give a number of days`, `aria-describedby="flag-days-wrong"`, `id="flag-count-wrong"`, `aria-describedby="flag-bounds-hint flag-rate-wrong" aria-invalid="true"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the form does not come back with %s", want)
		}
	}
	if strings.Contains(body, `id="days-wrong"`) {
		t.Error("the form of the clearance is said to be wrong")
	}
}

func TestACaseIsNotShownAgainWithoutALook(t *testing.T) {
	w := newWorld()
	w.folders, w.blind = crowd(), fmt.Errorf("the books are full")
	for _, refuse := range []error{nil, errDenied} {
		w.refuse = refuse
		got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("lift d-throttle", "note-1", strings.Repeat("x", maxText+1)))
		if got.Code != 500 || strings.Contains(got.Body.String(), "Raisup") {
			t.Errorf("status %d, and the case is shown", got.Code)
		}
	}
}

// TestNothingTypedIsLostInAnyScript fills each field as far as a browser lets it, in letters that have
// three bytes, and nine on the way.
func TestNothingTypedIsLostInAnyScript(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	long := strings.Repeat("調", 6000)
	f := typed("lift d-throttle", "reason", long)
	for n := range miningCriteria {
		f.Set(fmt.Sprintf("note-%d", n+1), long[:3*2000])
	}
	body := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", f).Body.String()
	if n := strings.Count(body, long[:3*2000]+"</textarea>"); n != 4 || !strings.Contains(body, long+"</textarea>") {
		t.Errorf("%d of 4 texts are kept: %s", n, alert(body))
	}
}

func TestWhatIsTypedIsShownAsItWas(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	arabic := "\u202bمرحبا\u202c (1)\u200f \u2067شكرا\u2069"
	body := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("", "reason", arabic, "principal", arabic)).Body.String()
	if !strings.Contains(body, ">"+arabic+"</textarea>") || !strings.Contains(body, `value="`+arabic+`"`) {
		t.Error("what was typed comes back otherwise")
	}
}

func TestARefusalOfTheJudgeIsShownWithItsHint(t *testing.T) {
	for kind, status := range map[evenkeel.Kind]int{evenkeel.KindDenied: 403, evenkeel.KindConflict: 409, evenkeel.KindNotFound: 404, evenkeel.KindInvalid: 400, evenkeel.KindUnavailable: 503} {
		w := newWorld()
		w.folders = crowd()
		w.refuse = fmt.Errorf("lift case x: %w", &evenkeel.Error{Kind: kind, Says: "anna isolated some of it already", Hint: "let another person do it, where there is one; else lower it"})
		got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("lift d-throttle"))
		body := got.Body.String()
		whole(t, body)
		for _, want := range []string{"Anna isolated some of it already.", "Let another person do it, where there is one; else lower it", "It is a batch job.", "Their answer names the script.", `value="lift d-throttle" checked`, `value="ABCDEFGHIJKLMNOPQRSTUVWXYZ"`} {
			if got.Code != status || !strings.Contains(body, want) {
				t.Errorf("%s: status %d and no %q: %s", kind, got.Code, want, alert(body))
			}
		}
	}
}

func TestAFaultOfOursIsNotTold(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	w.refuse = fmt.Errorf("disk on fire at secret-path")
	got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("lift d-throttle"))
	if body := got.Body.String(); got.Code != 500 || strings.Contains(body, "secret-path") || !strings.Contains(body, "not your doing") {
		t.Errorf("status %d: %s", got.Code, alert(body))
	}
}

func TestAFormSentTwiceIsOneAct(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	for range 2 {
		got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("lift d-throttle"))
		if got.Code != http.StatusSeeOther || !strings.Contains(got.Header().Get("Location"), "done=lift") {
			t.Fatalf("status %d: %s", got.Code, alert(got.Body.String()))
		}
		w.folders[0].Decisions[0].State = evenkeel.Lifted // it cannot be lifted again
	}
	if len(w.acts) != 1 {
		t.Errorf("%d acts; want one", len(w.acts))
	}
}

func TestAClosedCaseIsNotDecidedAgain(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	if body := w.get(t, annasToken, "/case/c-closed").Body.String(); strings.Contains(body, "Enter the decision") {
		t.Error("a closed case is offered to be decided")
	}
	if got := w.ask(t, annasToken, http.MethodPost, "/case/c-closed/act", typed("clear")); got.Code != 409 || len(w.acts) != 0 {
		t.Errorf("status %d, acts %v", got.Code, w.acts)
	}
	w.folders[0].Case.State = evenkeel.CaseClosed // found rightly: what is in force runs on
	body := w.get(t, annasToken, "/case/"+raisupID).Body.String()
	if !strings.Contains(body, "Lift it") || strings.Contains(body, `value="clear"`) {
		t.Error("what is still in force cannot be lifted, or the closed case can be cleared")
	}
	if got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed("clear", "clear-outcome", "false_positive", "cover", "tenant=all", "days", "9")); got.Code != 409 || len(w.acts) != 0 {
		t.Errorf("clearing a closed case: status %d, acts %v", got.Code, w.acts)
	}
}

func TestNothingThatTakesTwoPersonsIsOffered(t *testing.T) {
	s := newWorld().server(t)
	f := everyDecision()
	for _, ladder := range [][]evenkeel.Measure{nil, {evenkeel.MeasureNotify}, {evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny}} {
		for i := range f.Decisions {
			one := f
			one.Decisions = f.Decisions[i : i+1]
			d := s.newDecide(&one, &Terms{Ladder: ladder}, "anna")
			x := &one.Decisions[0]
			if offered := len(d.Offers) > 0; offered != (x.Mode == evenkeel.ModeLive && !x.State.Over()) {
				t.Errorf("%s: offered %v", x.ID, offered)
			}
			for _, o := range d.Offers {
				for _, a := range o.Acts {
					for _, m := range a.Measures {
						measure, err := evenkeel.ParseMeasure(m.Word)
						if err != nil || measure.NeedsTwo() || measure == evenkeel.MeasureNone || strings.HasPrefix(a.Value, "lower") && measure == x.Measure {
							t.Errorf("%s: %s as %q is offered", x.ID, a.Value, m.Word)
						}
					}
				}
			}
		}
	}
}

// G: nobody is offered what is refused: whoever isolated some of it within a day neither renews that nor isolates it again, is
// told why, and has the rest; others have all of it.
func TestTheSamePersonIsNotOfferedToIsolateTheSameAgain(t *testing.T) {
	w := newWorld()
	f := raisup()
	mine := &f.Decisions[0]
	mine.Measure, mine.Wanted, mine.Actor = evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, evenkeel.Actor{Person: "anna"}
	w.folders = []docket.Folder{f}
	s, terms := w.server(t), Terms{Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}}
	for _, c := range []struct {
		who   evenkeel.PersonID
		from  time.Duration
		again bool
	}{{"anna", -100 * time.Minute, false}, {"anna", -24 * time.Hour, true}, {"ben", -100 * time.Minute, true}} {
		mine.From = noon.Add(c.from)
		var offered []string
		for _, o := range s.newDecide(&f, &terms, c.who).Offers {
			for _, a := range o.Acts {
				offered = append(offered, a.Value)
				for _, m := range a.Measures {
					offered = append(offered, a.Value+" as "+m.Word)
				}
			}
		}
		for value, want := range map[string]bool{
			"renew d-throttle": c.again, "approve d-isolate as isolate": c.again, "approve d-isolate as throttle": true, "lower d-throttle": true, "lift d-throttle": true, "refuse d-isolate": true,
		} {
			if slices.Contains(offered, value) != want {
				t.Errorf("%s, who isolated %s ago: that %q is offered is %t: %q", c.who, -c.from, value, !want, offered)
			}
		}
	}
	mine.From = noon.Add(-100 * time.Minute)
	for lang, says := range map[string]string{"en": "nobody isolates the same twice within a day", "zh": "同一人一天之内不得再次隔离相同的资源"} {
		if page := w.get(t, annasToken, "/case/"+raisupID+"?lang="+lang).Body.String(); !strings.Contains(page, says) {
			t.Errorf("%s: the page does not say why", lang)
		}
	}
}
