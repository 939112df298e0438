package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// theOrder is a lawful order that ends in a day.
var theOrder = docket.Hold{Authority: "法院", Reference: "7-12/26", Until: noon.Add(24 * time.Hour)}

// withheld is Raisup's case, in which ben and zoe agreed on a lawful order.
func withheld(h docket.Hold) docket.Folder {
	f := raisup()
	f.Reviews = []docket.Review{{
		ID: "r-order", Case: f.Case.ID, Tenant: "raisup", About: docket.AboutHold, Hold: &h, Assets: f.Case.Assets, Opened: noon.Add(-5 * time.Minute), By: "ben", Criteria: miningCriteria,
		State: docket.ReviewAgreed, Since: noon.Add(-time.Minute), Granted: true, Verdicts: []docket.Verdict{verdictBy("ben", 0), verdictBy("zoe", 0)},
	}}
	for i := range f.Reviews[0].Verdicts {
		f.Reviews[0].Verdicts[i].Grant = true
	}
	x := evenkeel.Decision{
		ID: "d-order", Case: f.Case.ID, Tenant: "raisup", Family: "mining", Assets: f.Case.Assets, From: noon.Add(-time.Minute), Until: h.Until, At: noon.Add(-time.Minute),
		Actor: evenkeel.Actor{Person: "ben", Second: "zoe"}, State: evenkeel.InForce, Mode: evenkeel.ModeLive, Grounds: evenkeel.Grounds{Clause: h.Clause(), Row: docket.RowLawful},
	}
	f.Decisions = append(f.Decisions, x)
	f.Orders = append(f.Orders, evenkeel.Order{ID: "o-order", Decision: x.ID, Assets: x.Assets, Data: evenkeel.DataWithheld})
	if !h.Secret {
		f.Notices = append(f.Notices, evenkeel.Notice{ID: "n-order", Case: f.Case.ID, Decision: x.ID, State: evenkeel.InForce, At: x.At, Withheld: evenkeel.Withheld{Authority: h.Authority, Reference: h.Reference, Until: h.Until}})
	}
	f.Clocks = append(f.Clocks, docket.Clock{Case: f.Case.ID, Kind: docket.ClockWithheld, Decision: x.ID, Started: x.From, Due: x.Until, Breach: "Access to the data is given back."})
	f.Lawful = docket.Withholdings(f.Decisions, f.Reviews)
	return f
}

func secret(h docket.Hold) docket.Hold {
	h.Secret = true
	return h
}

// closedOne is a case in which nothing is decided any more.
func closedOne() docket.Folder {
	f := raisup()
	f.Case.State, f.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
	f.Decisions = f.Decisions[2:]
	return f
}

// ordering is a review about a lawful order that waits for anna.
func ordering(h docket.Hold) docket.Folder {
	f := reviewed("anna")
	r := &f.Reviews[0]
	r.About, r.Hold, r.Wanted, r.Decision = docket.AboutHold, &h, evenkeel.MeasureNone, ""
	f.Decisions = f.Decisions[:len(f.Decisions)-1]
	return f
}

// lawfulForm is found as a lawful order.
func lawfulForm(more ...string) url.Values {
	return found(append([]string{"seen", "6", "v-measure", "withhold", "v-authority", " District  court ", "v-reference", "7 Qs 12/26", "v-until", "2019-06-02T10:00"}, more...)...)
}

// R5, F6: what a court ordered is proposed on a page, as it stands in the form, and so is that it ends; in a
// closed case too. One person asks, and another says yes or no.
func TestALawfulOrderIsWhatStandsInItsForm(t *testing.T) {
	until := evenkeel.MomentOf(time.Date(2019, 6, 2, 10, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name, to string
		folder   docket.Folder
		form     url.Values
		hold     *docket.Hold
		grant    bool
	}{
		{"an order", "propose", raisup(), lawfulForm(), &docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: until}, true},
		{"one that forbids to tell the tenant", "propose", raisup(), lawfulForm("v-secret", "1"), &docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: until, Secret: true}, true},
		{"an order about a closed case", "propose", closedOne(), lawfulForm(), &docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: until}, true},
		{"its end before its time", "propose", withheld(theOrder), found("v-measure", "give-back d-order"), &docket.Hold{Authority: theOrder.Authority, Reference: theOrder.Reference, Ends: true}, true},
		{"yes by who was drawn", "verdict", ordering(theOrder), found("v-grant", "yes"), nil, true},
		{"no by who was drawn", "verdict", ordering(theOrder), found("v-grant", "no"), nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			if c.to == "propose" {
				c.form.Del("v-fact pool") // of no finding there
			}
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/"+c.to, c.form)
			if got.Code != http.StatusSeeOther || len(w.acts) != 1 {
				t.Fatalf("status %d, acts %v: %s", got.Code, w.acts, alert(got.Body.String()))
			}
			a := w.acts[0]
			if a.Kind.String() != c.to || a.Measure != evenkeel.MeasureNone || a.Until != 0 || a.Decision != "" || a.By != "anna" || a.Verdict.Grant != c.grant || a.Verdict.Measure != evenkeel.MeasureNone {
				t.Errorf("the act is %+v, the verdict %+v", a, a.Verdict)
			}
			if fmt.Sprintf("%+v", a.Hold) != fmt.Sprintf("%+v", c.hold) {
				t.Errorf("the order is %+v; expected %+v", a.Hold, c.hold)
			}
		})
	}
}

func TestWhatALawfulOrderLacksIsSaid(t *testing.T) {
	for _, c := range []struct {
		name string
		form url.Values
		says string
	}{
		{"nobody who ordered it", lawfulForm("v-authority", " "), "Name who ordered it"},
		{"no reference", lawfulForm("v-reference", ""), "Name the order by its reference"},
		{"no end", lawfulForm("v-until", ""), "Give when the order ends"},
		{"an end that is over", lawfulForm("v-until", "2019-05-30T11:00"), "Give when the order ends"},
		{"a name that is too long", lawfulForm("v-authority", strings.Repeat("x", maxOrder+3)), "too long by 3 bytes"},
		{"an order beside a measure", lawfulForm("v-measure", "suspend"), "You have named a lawful order, and proposed something else"},
		{"only that it is secret, beside a measure", lawfulForm("v-measure", "suspend", "v-authority", "", "v-reference", "", "v-secret", "1"), "You have named a lawful order"},
		{"an end that ends later", found("seen", "6", "v-measure", "give-back d-order", "v-until", "2019-06-02T10:00"), "leave the time empty"},
		{"the end of one that is none", found("seen", "6", "v-measure", "give-back d-throttle"), "Choose one of the measures."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{withheld(theOrder)}
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/propose", c.form)
			body := got.Body.String()
			whole(t, body)
			if got.Code != http.StatusBadRequest || len(w.acts) != 0 || !strings.Contains(alert(body), c.says) {
				t.Errorf("status %d, acts %v: %s", got.Code, w.acts, alert(body))
			}
			if v := c.form.Get("v-reference"); v != "" && !strings.Contains(body, `value="`+v+`"`) {
				t.Error("what was typed is lost")
			}
		})
	}
}

// D: whoever looks sees that a lawful order stands, of whom and until when; in other cases of the tenant too. No
// page offers what one person may not do.
func TestPagesSayThatDataIsWithheld(t *testing.T) {
	elsewhere := raisup()
	elsewhere.Elsewhere = []docket.Withholding{{Case: "c-other", Decision: "d-1", Hold: theOrder}}
	past := withheld(docket.Hold{Authority: "法院", Reference: "1", Until: noon})
	onlyThat := closedOne()
	onlyThat.Decisions = append(onlyThat.Decisions, withheld(theOrder).Decisions[3])
	for _, c := range []struct {
		name, target string
		folder       docket.Folder
		shows, not   []string
	}{
		{"the case", "/case/" + raisupID, withheld(theOrder), []string{
			"<strong>A lawful order withholds the data</strong> until 2019-05-31 12:00 UTC: order <bdi>7-12/26</bdi> of <bdi>法院</bdi>.", "The lawful order ends", "the data is withheld", `href="#propose"`, `value="give-back d-order"`, `value="lift d-throttle"`,
		}, []string{"The tenant is not told of it.", `"lift d-order"`, `"lower d-order"`, `"renew d-order"`}},
		{"the case of one that is told to nobody", "/case/" + raisupID, withheld(secret(theOrder)), []string{"order <bdi>7-12/26</bdi> of <bdi>法院</bdi>. The tenant is not told of it."}, nil},
		{"another case of the tenant", "/case/" + raisupID, elsewhere, []string{"A lawful order withholds the data", `It stands in <a href="/case/c-other">another case of the tenant</a>.`}, []string{`"give-back `}},
		{"after its end", "/case/" + raisupID, past, nil, []string{"A lawful order withholds the data"}},
		{"a closed case in which nothing else stands", "/case/" + raisupID, onlyThat, []string{"the data is withheld", "Ask two persons"}, []string{"What is done", `"suspend"`}},
		{"the docket", "/", withheld(theOrder), []string{"the data is withheld", "<strong>A lawful order withholds the data</strong> until 2019-05-31 12:00 UTC: order <bdi>7-12/26</bdi> of <bdi>法院</bdi>."}, nil},
		{"whether one begins", "/case/" + raisupID, ordering(secret(theOrder)), []string{"by order 7-12/26 of 法院, which forbids to tell the tenant, until 2019-05-31 12:00 UTC", "Is it right?"}, []string{`name="v-authority"`}},
		{"whether one ends", "/case/" + raisupID, ordering(docket.Hold{Authority: "法院", Reference: "7-12/26", Ends: true}), []string{"Whether the data is given back before the end of order 7-12/26 of 法院"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			body := w.get(t, annasToken, c.target).Body.String()
			whole(t, body)
			for _, s := range c.shows {
				if !strings.Contains(flat(body), s) {
					t.Errorf("the page does not say %q", s)
				}
			}
			for _, s := range c.not {
				if strings.Contains(flat(body), s) {
					t.Errorf("the page says %q", s)
				}
			}
			viewer := w.get(t, w.tokenOf("viewer"), c.target).Body.String()
			if strings.Contains(viewer, `"#propose"`) || strings.Contains(viewer, "/propose") || strings.Contains(viewer, "Ask two persons") {
				t.Error("who only reads is offered to ask two persons")
			}
		})
	}
}

// typedAt types a moment into a field of date and time: each part, and past the year by the arrow.
func (k *walker) typedAt(date, hour string) {
	k.t.Helper()
	k.types(date)
	k.do(chromedp.KeyEvent(kb.ArrowRight))
	k.types(hour)
}

// ownVerdict answers the points of a verdict, and what it rests on.
func (k *walker) ownVerdict(words string) {
	k.t.Helper()
	k.answer()
	k.tab("textbox", "The strongest innocent explanation")
	k.types("A batch job. " + words)
	k.tab("checkbox", "")
	k.types(" ")
	k.tab("textbox", "The ground")
	k.tab("textbox", "What you answer to the tenant")
	k.types("It is about what a court asks. " + words)
}

// annaAsksTwo is anna on a phone, at the form of Raisup's case by which two persons are asked.
func annaAsksTwo(t *testing.T, parent context.Context, w *world, name string) (anna *walker, origin, at string) {
	t.Helper()
	w.folders = []docket.Folder{raisup()}
	origin = serving(t, w)
	at = origin + "/case/" + raisupID
	anna = walk(t, parent, name, 390, "light")
	anna.as(annasToken, origin)
	anna.open(at)
	anna.tab("DisclosureTriangle", "Ask two persons")
	anna.jump()
	return anna, origin, at
}

// TestALawfulOrderIsAskedForAndAnsweredByKeyboardAlone (R5, F6): one person asks, another who was drawn says
// yes, and whoever asked sees what stands; then that it ends is asked for.
func TestALawfulOrderIsAskedForAndAnsweredByKeyboardAlone(t *testing.T) {
	parent := consoletest.Chromium(t)
	w := newWorld()
	anna, origin, at := annaAsksTwo(t, parent, w, "order")
	anna.ownVerdict("Anna's words.")
	anna.tab("combobox", "What you propose")
	anna.types("a law")
	anna.tab("DateTime", "Until")
	anna.typedAt("06022019", "1000A")
	anna.tab("textbox", "Who ordered it")
	anna.tab("textbox", "Its reference")
	anna.types("7 Qs 12/26")
	anna.tab("checkbox", "It forbids that the tenant is told")
	anna.types(" ")
	anna.tab("textbox", "In a sentence")
	anna.types("The court asks for it.")
	anna.fits(390)
	anna.tab("button", "Propose it")
	anna.press(kb.Enter)
	if len(w.acts) != 0 || !anna.sees("Name who ordered it") {
		t.Fatalf("an order of nobody is proposed, or not refused: %v", w.acts)
	}
	anna.comes("alert")
	anna.tab("link", "Name who ordered it")
	anna.tab("textbox", "Who ordered it")
	anna.types("District court")
	anna.tab("button", "Propose it")
	anna.press(kb.Enter)
	if !anna.sees("It was proposed, and a second person was drawn.") || len(w.acts) != 1 {
		t.Fatalf("the proposal is not told: %.500s", anna.text())
	}
	asked := w.acts[0].Hold
	if want := (docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Until: evenkeel.MomentOf(time.Date(2019, 6, 2, 10, 0, 0, 0, time.UTC)), Secret: true}); asked == nil || *asked != want {
		t.Fatalf("asked for is %+v; expected %+v", asked, want)
	}

	f := ordering(*asked) // as the judge keeps it
	r := &f.Reviews[0]
	r.By, r.Verdicts, r.Draws[0].Drawn, r.Draws[0].Candidates = "anna", []docket.Verdict{*w.acts[0].Verdict}, "ben", []evenkeel.PersonID{"ben"}
	r.Verdicts[0].Person, r.Verdicts[0].At = "anna", noon
	w.folders = []docket.Folder{f}
	ben := walk(t, parent, "order-second", 1280, "dark")
	ben.as(bensToken, origin)
	ben.open(at)
	if !ben.sees("by order 7 Qs 12/26 of District court, which forbids to tell the tenant, until 2019-06-02 10:00 UTC") || ben.sees("Anna's words.") {
		t.Fatal("who was drawn does not read which order, or reads what the first found")
	}
	ben.tab("link", "Your verdict")
	ben.jump()
	ben.ownVerdict("Ben's words.")
	ben.tab("radio", "yes")
	ben.types(" ")
	ben.tab("textbox", "In a sentence")
	ben.types("I read the order.")
	ben.tab("button", "Give the verdict")
	ben.press(kb.Enter)
	if !ben.sees("Your verdict was taken in.") || len(w.acts) != 2 || w.acts[1].By != "ben" || !w.acts[1].Verdict.Grant {
		t.Fatalf("the verdict is not told: %.500s", ben.text())
	}

	w.folders = []docket.Folder{withheld(*asked)}
	anna.open(at)
	if !anna.sees("A lawful order withholds the data until 2019-06-02 10:00 UTC : order 7 Qs 12/26 of District court . The tenant is not told of it.") {
		t.Errorf("the case does not say that the data is withheld: %.900s", anna.text())
	}
	anna.tab("link", "ask them")
	anna.tab("DisclosureTriangle", "Ask two persons")
	anna.jump()
	anna.ownVerdict("It was withdrawn.")
	anna.tab("combobox", "What you propose")
	anna.types("the data")
	anna.tab("textbox", "In a sentence")
	anna.types("The court withdrew it.")
	anna.tab("button", "Propose it")
	anna.press(kb.Enter)
	if len(w.acts) != 3 || w.acts[2].Hold == nil || *w.acts[2].Hold != (docket.Hold{Authority: "District court", Reference: "7 Qs 12/26", Ends: true}) {
		t.Errorf("the end that is asked for is %+v: %.300s", w.acts[2:], anna.text())
	}
}
