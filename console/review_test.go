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

const foundByBen = "Ben's own words: the pool is theirs <b>and</b> nobody else's."

// reviewed is Raisup's case, in which ben asked for a suspension and somebody was drawn.
func reviewed(drawn evenkeel.PersonID) docket.Folder {
	f := raisup()
	terms := []evenkeel.Term{{Name: "pinned", Says: "The CPU was busy."}, {Name: "pool", Says: "41 flows went to pools."}}
	for i := range f.Decisions {
		f.Decisions[i].Grounds.Basis[0].Terms = terms
	}
	f.Reviews = []docket.Review{{
		ID: "r-1", Case: f.Case.ID, Tenant: "raisup", About: docket.AboutMeasure, Decision: "d-two", Wanted: evenkeel.MeasureSuspend, Assets: f.Case.Assets, Opened: noon.Add(-5 * time.Minute), By: "ben",
		Criteria: miningCriteria, State: docket.ReviewDrawn, Since: noon.Add(-5 * time.Minute), Verdicts: []docket.Verdict{verdictBy("ben", evenkeel.MeasureSuspend)},
		Draws: []docket.Draw{{Round: 1, Nonce: "NONCE", Candidates: []evenkeel.PersonID{"anna", "zoe"}, Hash: "abcd", Drawn: drawn, At: noon.Add(-5 * time.Minute)}},
	}}
	f.Decisions = append(f.Decisions, evenkeel.Decision{
		ID: "d-two", Case: f.Case.ID, Measure: evenkeel.MeasureSuspend, Wanted: evenkeel.MeasureSuspend, Assets: f.Case.Assets, State: evenkeel.Proposed, Mode: evenkeel.ModeLive,
		At: noon.Add(-5 * time.Minute), Actor: evenkeel.Actor{Person: "ben"}, Grounds: evenkeel.Grounds{Says: foundByBen},
	})
	f.Entries = append(f.Entries, evenkeel.Entry{
		Case: f.Case.ID, Seq: 7, At: noon.Add(-5 * time.Minute), Kind: evenkeel.EntryActed, Says: "ben: propose.", Actor: evenkeel.Actor{Person: "ben"}, State: "propose", Words: foundByBen,
	})
	return f
}

func verdictBy(p evenkeel.PersonID, m evenkeel.Measure) docket.Verdict {
	return docket.Verdict{
		Person: p, At: noon.Add(-5 * time.Minute), Measure: m, Answers: []string{"Speaks against the tenant. It says nothing of a pool.", foundByBen, "Cannot tell. It may be research."},
		Innocent: "A batch job.", Facts: []string{"f-1", "pool", "#5"}, Ground: "Machines may not mine.", Argument: "You name a script, and no pool.",
	}
}

// found is the form of a verdict with everything in it.
func found(more ...string) url.Values {
	f := url.Values{
		"nonce": {"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, "seen": {"7"}, "terms": {digestOf}, "v-innocent": {"A batch job; the pool is against it."}, "v-ground": {"Machines may not mine."},
		"v-argument": {"We read your answer."}, "v-reason": {"The pool is theirs."}, "v-measure": {"isolate"}, "v-fact f-1": {"1"}, "v-fact #4": {"1"}, "v-fact pool": {"1"},
	}
	for n := range miningCriteria {
		f.Set(fmt.Sprintf("v-speaks-%d", n+1), string(docket.SpeaksAgainst))
		f.Set(fmt.Sprintf("v-note-%d", n+1), "It says so.")
	}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

// R5: the second person is blind, and so is everybody who has not given a verdict.
func TestNobodyReadsWhatAnotherFoundBeforeTheirOwnVerdict(t *testing.T) {
	for _, c := range []struct {
		name, token string
		folder      docket.Folder
		shows, not  []string
	}{
		{"who was drawn", annasToken, reviewed("anna"), []string{"A review waits for your verdict.", "It waits for you.", "anna was drawn", "Your verdict", "The highest measure that you support", "I cannot: ask another person"},
			[]string{"Ben&#39;s own words", "ben: propose", "zoe", "NONCE", "Opened 2019-05-30 11:55 UTC by ben", "Ask two persons"}},
		{"who was not drawn", annasToken, reviewed("zoe"), []string{"It waits for a person who is not you.", "a person was drawn", "hidden until your own verdict is in"}, []string{"Ben&#39;s own words", "zoe", "Your verdict", "I cannot", "A review waits for your verdict."}},
		{"who opened it", bensToken, reviewed("zoe"), []string{"suspend on worker-01, worker-02, worker-03", "It waits for zoe.", "zoe was drawn among anna, zoe", "Nonce", "ben found", "Speaks against the tenant.", "Ben&#39;s own words: the pool is theirs &lt;b&gt;and&lt;/b&gt;", "41 flows went to pools."}, []string{"Your verdict", "<b>and</b>"}},
		{"once it is over", annasToken, over(reviewed("zoe")), []string{"both found the same", "ben found", "zoe found", "Ben&#39;s own words", "Drawn by lot", "Ask two persons"}, []string{"hidden until"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			got := w.get(t, c.token, "/case/"+raisupID)
			body := got.Body.String()
			whole(t, body)
			for _, s := range c.shows {
				if !strings.Contains(flat(body), s) {
					t.Errorf("status %d: the page does not say %q", got.Code, s)
				}
			}
			for _, s := range c.not {
				if strings.Contains(flat(body), s) {
					t.Errorf("the page says %q", s)
				}
			}
		})
	}
}

// flat is a page without tags around times, for whoever looks for sentences.
func flat(body string) string {
	for strings.Contains(body, "<time") {
		before, rest, _ := strings.Cut(body, "<time")
		_, rest, _ = strings.Cut(rest, ">")
		body = before + rest
	}
	return strings.ReplaceAll(body, "</time>", "")
}

func over(f docket.Folder) docket.Folder {
	r := &f.Reviews[0]
	r.State, r.Result, r.Verdicts = docket.ReviewAgreed, evenkeel.MeasureSuspend, append(r.Verdicts, verdictBy("zoe", evenkeel.MeasureSuspend))
	return f
}

func TestAVerdictIsWhatStandsInItsForm(t *testing.T) {
	verdict := docket.Verdict{
		Answers:  []string{"Speaks against the tenant. It says so.", "Speaks against the tenant. It says so.", "Speaks against the tenant. It says so."},
		Innocent: "A batch job; the pool is against it.", Ground: "Machines may not mine.", Argument: "We read your answer.", Measure: evenkeel.MeasureIsolate, Facts: []string{"f-1", "pool", "#4"},
	}
	suspend := verdict
	suspend.Measure = evenkeel.MeasureSuspend
	open := raisup()
	for i := range open.Decisions {
		open.Decisions[i].Grounds.Basis[0].Terms = []evenkeel.Term{{Name: "pool"}}
	}
	wanted := raisup()
	wanted.Decisions = append(slices.Clone(open.Decisions), evenkeel.Decision{ID: "d-want", Wanted: evenkeel.MeasureSuspend, State: evenkeel.Proposed, Mode: evenkeel.ModeLive})
	release := reviewed("anna")
	release.Reviews[0].About, release.Reviews[0].Switch, release.Reviews[0].Wanted = docket.AboutRelease, "rule flood-out", evenkeel.MeasureNone
	yes := verdict
	yes.Measure, yes.Grant = evenkeel.MeasureNone, true
	for _, c := range []struct {
		name, to, done string
		folder         docket.Folder
		form           url.Values
		want           docket.Act
	}{
		{"a verdict of who was drawn", "verdict", "verdict", reviewed("anna"), found(), docket.Act{Kind: docket.ActVerdict, Review: "r-1", Verdict: &verdict}},
		{"a verdict of yes", "verdict", "verdict", release, found("v-grant", "yes"), docket.Act{Kind: docket.ActVerdict, Review: "r-1", Verdict: &yes}},
		{"a proposal", "propose", "propose", open, found("seen", "6", "v-measure", "suspend", "v-until", "2019-06-02T10:00"), docket.Act{
			Kind: docket.ActPropose, Measure: evenkeel.MeasureSuspend, Verdict: &suspend, Until: evenkeel.MomentOf(time.Date(2019, 6, 2, 10, 0, 0, 0, time.UTC)),
		}},
		{"a proposal of what is wanted already", "propose", "approve+two", wanted, found("seen", "6", "v-measure", "approve d-want"), docket.Act{Kind: docket.ActApprove, Decision: "d-want", Measure: evenkeel.MeasureSuspend, Verdict: &suspend}},
		{"a recusal", "recuse", "recuse", reviewed("anna"), url.Values{"nonce": {"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, "v-recuse": {"It is my cousin's."}}, docket.Act{Kind: docket.ActRecuse, Review: "r-1", Says: "It is my cousin's."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/"+c.to, c.form)
			if got.Code != http.StatusSeeOther || len(w.acts) != 1 || got.Header().Get("Location") != "/case/"+raisupID+"?done="+c.done+"#content" {
				t.Fatalf("status %d, to %q, acts %v: %s", got.Code, got.Header().Get("Location"), w.acts, alert(got.Body.String()))
			}
			a := w.acts[0]
			a.Form = ""
			c.want.ID, c.want.At, c.want.By, c.want.Case = "console/anna ABCDEFGHIJKLMNOPQRSTUVWXYZ", noon, "anna", raisupID
			if c.want.Says == "" {
				c.want.Says = "The pool is theirs."
			}
			is, want := a.Verdict, c.want.Verdict
			if a.Verdict, c.want.Verdict = nil, nil; fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", c.want) || fmt.Sprintf("%+v", is) != fmt.Sprintf("%+v", want) {
				t.Errorf("act %+v, verdict %+v\nwant %+v, %+v", a, is, c.want, want)
			}
			again := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/"+c.to, c.form)
			if again.Code != http.StatusSeeOther || len(w.acts) != 1 || again.Header().Get("Location") != got.Header().Get("Location") {
				t.Errorf("pressed twice: status %d, %d acts, to %q", again.Code, len(w.acts), again.Header().Get("Location"))
			}
		})
	}
}

// R5: criteria are answered point by point, and what is missing is said so.
func TestWhatAVerdictLacksIsSaidPointByPoint(t *testing.T) {
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		says   string
	}{
		{"a point without a side", without(found(), "v-speaks-2"), 400, "Answer point 2"},
		{"a point without words", found("v-note-3", " "), 400, "Point 3: say in words"},
		{"no innocent explanation", found("v-innocent", ""), 400, "strongest innocent explanation"},
		{"no fact", without(found(), "v-fact f-1", "v-fact #4", "v-fact pool"), 400, "Tick at least one fact"},
		{"a fact that is none of the case", found("v-fact f-1", "", "v-fact #4", "", "v-fact pool", "", "v-fact #99", "1"), 400, "Tick at least one fact"},
		{"no ground", found("v-ground", ""), 400, "Name the ground"},
		{"no answer to the tenant", found("v-argument", ""), 400, "say what you answer to its words"},
		{"no measure", found("v-measure", ""), 400, "Choose one of the measures."},
		{"a measure that is none", found("v-measure", "shout"), 400, "Choose one of the measures."},
		{"a denial on too few facts", without(found("v-measure", "deny"), "v-fact pool"), 400, "A denial rests on 3 facts"},
		{"no sentence", found("v-reason", ""), 400, "Give the reason"},
		{"an answer that is too long", found("v-note-1", strings.Repeat("ä", docket.MaxAnswer)), 400, "Point 1 is too long by"},
		{"another policy", found("terms", "sha256:other"), 409, "The policy has changed"},
		{"news", found("seen", "4"), 409, "Something has happened in this case"},
		{"a form that is not whole", found("nonce", "short"), 400, "The form is not whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{reviewed("anna")}
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/verdict", c.form)
			body := got.Body.String()
			whole(t, body)
			if got.Code != c.status || len(w.acts) != 0 || !strings.Contains(alert(body), c.says) || len(w.looks) != 1 {
				t.Errorf("status %d, acts %v, looks %v: %s", got.Code, w.acts, w.looks, alert(body))
			}
			if v := c.form.Get("v-innocent"); v != "" && !strings.Contains(body, ">"+v+"</textarea>") {
				t.Error("what was typed is lost")
			}
			if strings.Contains(body, "Ben&#39;s own words") {
				t.Error("a refused form shows what another found")
			}
		})
	}
}

func TestOnlyWhoIsWaitedForGivesAVerdict(t *testing.T) {
	for _, c := range []struct {
		name, token, to string
		folder          docket.Folder
		status          int
	}{
		{"somebody who was not drawn", annasToken, "verdict", reviewed("zoe"), 403},
		{"who opened it, twice", bensToken, "verdict", reviewed("anna"), 403},
		{"a recusal of somebody who was not drawn", annasToken, "recuse", reviewed("zoe"), 403},
		{"a second proposal", annasToken, "propose", reviewed("anna"), 409},
		{"a verdict where nothing is asked", annasToken, "verdict", raisup(), 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			got := w.ask(t, c.token, http.MethodPost, "/case/"+raisupID+"/"+c.to, found("v-recuse", "No."))
			if got.Code != c.status || len(w.acts) != 0 {
				t.Errorf("status %d, acts %v", got.Code, w.acts)
			}
		})
	}
}

func TestHostileAnswersAreText(t *testing.T) {
	const bad = `"></textarea><script>x()</script><img src=x onerror=x()>`
	w := newWorld()
	f := over(reviewed("zoe"))
	for i := range f.Reviews[0].Verdicts {
		x := &f.Reviews[0].Verdicts[i]
		x.Answers, x.Innocent, x.Ground, x.Argument, x.Facts = []string{bad, bad, bad}, bad, bad, bad, []string{bad}
	}
	f.Reviews[0].Why, f.Reviews[0].Draws[0].Ended = bad, bad
	w.folders = []docket.Folder{f, reviewed("anna")}
	w.folders[1].Case.ID = "c-2"
	for _, body := range []string{
		w.get(t, bensToken, "/case/"+raisupID).Body.String(),
		w.ask(t, annasToken, http.MethodPost, "/case/c-2/verdict", found("v-innocent", bad, "v-note-1", bad, "v-reason", bad, "v-until", bad, "v-measure", bad, "nonce", bad)).Body.String(),
	} {
		whole(t, body)
		if strings.Contains(body, "<script") || strings.Contains(body, "<img src=x") || !strings.Contains(body, "&lt;script&gt;x()") {
			t.Error("what was typed is markup on the page")
		}
	}
}

// TestTheDocketSaysWhatWaitsForWhoeverLooks (R5, F13): to whoever was drawn, and to nobody else; and so do
// the pages that they were called by.
func TestTheDocketSaysWhatWaitsForWhoeverLooks(t *testing.T) {
	w := newWorld()
	f := reviewed("anna")
	f.Asked = "anna"
	w.folders = []docket.Folder{f}
	w.oncall.Calls = []docket.Calling{{Page: docket.Page{
		ID: "p-1", Case: f.Case.ID, Tenant: "raisup", Family: "mining", Level: docket.LevelOnCall, At: noon, Why: "You were drawn by lot.", For: []evenkeel.PersonID{"anna"}, Drawn: true,
	}, Tried: []docket.Tried{{Page: "p-1", Person: "anna", Channel: "mail", At: noon, Taken: true}}}}
	for token, theirs := range map[string]bool{annasToken: true, bensToken: false} {
		if body := flat(w.get(t, token, "/").Body.String()); strings.Contains(body, "waits for you") != theirs {
			t.Errorf("the docket says that it waits for whoever looks: %t; expected %t", !theirs, theirs)
		}
		if body := flat(w.get(t, token, "/oncall").Body.String()); strings.Contains(body, "to anna") != theirs || !strings.Contains(body, "Whoever was drawn by lot") {
			t.Errorf("the page of calls says who was drawn: %t; expected %t", !theirs, theirs)
		}
	}
}
