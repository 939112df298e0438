package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const nonce = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// braked is a world in which much is held back.
func braked(w *world) {
	word := func(by evenkeel.PersonID) *docket.Word {
		return &docket.Word{By: by, At: noon.Add(-time.Hour), Why: "Version 3 asks <i>how much</i>."}
	}
	pulled := func(k docket.SwitchKind, key string, first, second *docket.Word) docket.Switch {
		return docket.Switch{Scope: docket.Scope{Kind: k, Key: key}, Pulled: noon.Add(-2 * time.Hour), By: "ben", Why: "It matches every backup.", First: first, Second: second}
	}
	asked := func(s docket.Switch, by, drawn evenkeel.PersonID) docket.Switch {
		s.Review = &docket.Review{
			ID: "r-1", Tenant: docket.House, About: docket.AboutRelease, Switch: s.Scope.String(), Opened: noon.Add(-time.Hour), By: by, State: docket.ReviewDrawn, Since: noon.Add(-time.Hour),
			Verdicts: []docket.Verdict{{Person: by, At: noon.Add(-time.Hour), Grant: true, Argument: "A word of the first."}},
			Draws:    []docket.Draw{{Round: 1, Nonce: "n", Candidates: []evenkeel.PersonID{drawn}, Drawn: drawn, At: noon.Add(-time.Minute)}},
		}
		return s
	}
	hits := func(established, others int) (out []docket.Hit) {
		for i := range established + others {
			out = append(out, docket.Hit{Tenant: evenkeel.TenantID(fmt.Sprintf("t-%d<s>", i)), Established: i < established, At: noon.Add(-time.Minute)})
		}
		return out
	}
	w.board = docket.Board{
		Switches: []docket.Switch{
			pulled(docket.SwitchRule, "flood-out", nil, nil), asked(pulled(docket.SwitchDetector, "wire", nil, nil), "ben", "anna"), asked(pulled(docket.SwitchTenant, "raisup", nil, nil), "anna", "zoe"),
			pulled(docket.SwitchGlobal, "", word("anna"), word("ben")),
		},
		Breakers: []docket.Breaker{{Rule: "flood-out", Hits: hits(4, 1), Tripped: noon.Add(-30 * time.Minute), Why: "4 of 5 are customers in good standing."}, {Rule: "crypto-mining", Hits: hits(1, 3), Reset: word("zoe")}, {Rule: "quiet"}},
		Feeds:    []docket.Feed{{Source: "edge", Input: "flow-out", Since: noon.Add(-time.Hour), At: noon.Add(-time.Hour), Says: "The middle one of the values that machines send is about 2048; it was about 4.", Rules: []string{"crypto-mining", "flood-out"}}},
		Budgets:  []docket.Budget{{Key: "rule flood-out limit", Full: noon.Add(1250 * time.Second)}, {Key: "measure limit", Full: noon - 1}, {Key: "region ", Full: noon.Add(48 * time.Hour)}},
	}
	machine := func(id evenkeel.DecisionID, rule string, version int) evenkeel.Decision {
		return evenkeel.Decision{ID: id, Grounds: evenkeel.Grounds{Basis: []evenkeel.Basis{{Rule: rule, Version: version}, {Rule: rule, Version: version}}}}
	}
	w.stand = []evenkeel.Decision{machine("a", "flood-out", 2), machine("b", "flood-out", 2), machine("c", "flood-out", 1)}
	w.tally = docket.Tally{Tenants: 2, Cases: 2, Decisions: 3, Held: 1, Assets: 9, Minutes: 540, Measures: map[string]int{"limit": 3, "isolate": 1}}
}

func TestTheBoardSaysWhatHoldsMachinesBack(t *testing.T) {
	for _, c := range []struct {
		as        string
		shows     []string
		not       []string
		andSteers bool
	}{
		{"reviewer", []string{"Ask that it is let go", "Pull the switch"}, []string{"Close the breaker", "/switches/accept", "/switches/undo"}, false},
		{"lead", []string{"Ask that it is let go", "Pull the switch", "Close the breaker of flood-out", "is about 2048; it was about 4.", "Accept what edge sends", "/switches/undo"}, nil, true},
		{"viewer", nil, []string{"is let go</summary>", "Pull the switch", "Close the breaker"}, false},
	} {
		t.Run(c.as, func(t *testing.T) {
			w := newWorld()
			braked(w)
			got := w.get(t, w.tokenOf(c.as), "/switches")
			body := got.Body.String()
			whole(t, body)
			for _, s := range append([]string{
				"rule flood-out", "pulled", "It matches every backup.", "a second person was drawn", "Released before (1)", "global",
				"4 of 5 are customers in good standing.", "●●●●○", `aria-label="4 of the 5 newest hits are customers in good standing"`, "t-0&lt;s&gt;", "crypto-mining", "closed",
				"machines whose region is not known</bdi>: <strong>100 % spent", "limit by rule flood-out</bdi>: <strong>25 % spent</strong> of 500 at once, one more every 10", "limit by all rules</bdi>: <strong>0 % spent",
			}, c.shows...) {
				if !strings.Contains(body, s) {
					t.Errorf("status %d: the page does not say %q", got.Code, s)
				}
			}
			for _, s := range c.not {
				if strings.Contains(body, s) {
					t.Errorf("the page says %q", s)
				}
			}
		})
	}
}

// R5: who asked is told that another person was drawn, who was drawn has two answers and reads nothing
// of what was said, and everybody else waits.
func TestWhoWasDrawnSaysWhetherASwitchIsLetGo(t *testing.T) {
	w := newWorld()
	braked(w)
	body := w.get(t, annasToken, "/switches").Body.String()
	for _, s := range []string{"Your word is kept. Another person was drawn by lot", "You were drawn by lot", "Let detector wire go", "It stays pulled", "Ask that rule flood-out is let go"} {
		if !strings.Contains(body, s) {
			t.Errorf("anna, who asked about raisup and was drawn about wire, does not read %q", s)
		}
	}
	if strings.Contains(body, "A word of the first") || strings.Contains(body, "tenant raisup is let go") {
		t.Error("anna reads what ben said, or can ask twice")
	}
	body = w.get(t, w.tokenOf("lead"), "/switches").Body.String()
	if n := strings.Count(body, "waits for a person who was drawn by lot, and who is not you"); n != 2 || strings.Contains(body, "It stays pulled</button>") || strings.Contains(body, "A word of the first") {
		t.Errorf("the lead waits %d times, or can answer, or reads a word", n)
	}
}

func TestFormsOfSwitchesBecomeActs(t *testing.T) {
	scope := func(k docket.SwitchKind, key string) *docket.Scope { return &docket.Scope{Kind: k, Key: key} }
	for _, c := range []struct {
		name, to string
		form     url.Values
		want     docket.Act
	}{
		{"pull", "pull", url.Values{"kind": {"rule"}, "key": {"flood-out"}, "reason": {"Stop."}}, docket.Act{ID: " pull", Kind: docket.ActPull, Scope: scope(docket.SwitchRule, "flood-out"), Says: "Stop."}},
		{"release", "release", url.Values{"kind": {"detector"}, "key": {"wire"}, "release-reason": {"Mended."}}, docket.Act{ID: " release detector wire", Kind: docket.ActRelease, Scope: scope(docket.SwitchDetector, "wire"), Says: "Mended."}},
		{"stays", "release", url.Values{"kind": {"detector"}, "key": {"wire"}, "release-reason": {"Not yet."}, "keep": {"1"}}, docket.Act{ID: " release detector wire", Kind: docket.ActRelease, Scope: scope(docket.SwitchDetector, "wire"), Says: "Not yet.", Keep: true}},
		{"reset", "reset", url.Values{"rule": {"flood-out"}, "reset-reason": {"Mended."}}, docket.Act{ID: " reset flood-out", Kind: docket.ActReset, Rule: "flood-out", Says: "Mended."}},
		{"accept", "accept", url.Values{"source": {"edge"}, "accept-reason": {"Mended."}}, docket.Act{ID: " accept edge", Kind: docket.ActAccept, Source: "edge", Says: "Mended."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			braked(w)
			c.form.Set("nonce", nonce)
			got := w.ask(t, w.tokenOf("lead"), http.MethodPost, "/switches/"+c.to, c.form)
			if got.Code != http.StatusSeeOther || len(w.acts) != 1 || got.Header().Get("Location") != "/switches?done="+c.want.Kind.String()+"#content" {
				t.Fatalf("status %d to %q, acts %v: %s", got.Code, got.Header().Get("Location"), w.acts, alert(got.Body.String()))
			}
			c.want.ID, c.want.At, c.want.By = "console/x "+nonce+c.want.ID, noon, "x"
			a := w.acts[0]
			is, want := a.Scope, c.want.Scope
			if a.Scope, c.want.Scope = nil, nil; fmt.Sprintf("%+v %+v", a, is) != fmt.Sprintf("%+v %+v", c.want, want) {
				t.Errorf("act %+v %+v\nwant %+v %+v", a, is, c.want, want)
			}
		})
	}
}

func TestARefusedSwitchKeepsWhatWasTyped(t *testing.T) {
	refused := &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "rule x is pulled already", Hint: "look"}
	for _, c := range []struct {
		name, to string
		form     url.Values
		refuse   error
		status   int
		says     string
		kept     string
	}{
		{"no kind", "pull", url.Values{"key": {"kept-key"}, "reason": {"Stop."}}, nil, 400, "Choose what the switch is about.", "kept-key"},
		{"a key that is none", "pull", url.Values{"kind": {"measure"}, "key": {"notify"}, "reason": {"kept-reason"}}, nil, 400, "expected a measure that is enforced", "kept-reason"},
		{"no reason", "pull", url.Values{"kind": {"rule"}, "key": {"kept-key"}}, nil, 400, "Give the reason", "kept-key"},
		{"refused by the judge", "pull", url.Values{"kind": {"rule"}, "key": {"x"}, "reason": {"kept-reason"}}, refused, 409, "Rule x is pulled already", "kept-reason"},
		{"no reason to release", "release", url.Values{"kind": {"rule"}, "key": {"flood-out"}}, nil, 400, "Give the reason", ""},
		{"a release that is refused", "release", url.Values{"kind": {"rule"}, "key": {"flood-out"}, "release-reason": {"kept-reason"}}, refused, 409, "Rule x is pulled already", "kept-reason"},
		{"a release of what is not pulled", "release", url.Values{"kind": {"rule"}, "key": {"other"}, "release-reason": {"Mended."}}, refused, 409, "Rule x is pulled already", ""},
		{"a reset that is refused", "reset", url.Values{"rule": {"flood-out"}, "reset-reason": {"kept-reason"}}, refused, 409, "Rule x is pulled already", "kept-reason"},
		{"an acceptance that is refused", "accept", url.Values{"source": {"edge"}, "accept-reason": {"kept-reason"}}, refused, 409, "Rule x is pulled already", "kept-reason"},
		{"a form that is not whole", "reset", url.Values{"rule": {"flood-out"}, "reset-reason": {"kept-reason"}, "nonce": {"x"}}, nil, 400, "The form is not whole", "kept-reason"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			braked(w)
			w.refuse = c.refuse
			if !c.form.Has("nonce") {
				c.form.Set("nonce", nonce)
			}
			got := w.ask(t, w.tokenOf("lead"), http.MethodPost, "/switches/"+c.to, c.form)
			body := got.Body.String()
			whole(t, body)
			if got.Code != c.status || len(w.acts) != 0 || !strings.Contains(body, c.says) || !strings.Contains(body, c.kept) {
				t.Errorf("status %d, acts %v: %s", got.Code, w.acts, alert(body))
			}
		})
	}
}

// An undo is counted before it is done, and the count changes nothing.
func TestAnUndoIsCountedBeforeItIsDone(t *testing.T) {
	w := newWorld()
	braked(w)
	lead := w.tokenOf("lead")
	page := w.get(t, lead, "/switches/undo").Body.String()
	whole(t, page)
	for _, s := range []string{"flood-out, version 1: 1 measure stands or is held", "flood-out, version 2: 2 measures stand or are held", "Count whom it would free"} {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	form := url.Values{"nonce": {nonce}, "what": {"flood-out 2"}, "from": {"2019-05-30T08:00"}, "until": {""}, "clear": {"1"}, "reason": {"It was our <b>mistake</b>."}}
	counted := w.ask(t, lead, http.MethodPost, "/switches/undo", form)
	body := counted.Body.String()
	whole(t, body)
	if counted.Code != 200 || len(w.acts) != 1 || !w.acts[0].Undo.Dry || !strings.Contains(body, "This would free 2 tenants.") || !strings.Contains(body, "isolate: 1; limit: 3") || strings.Contains(body, "<b>mistake") {
		t.Fatalf("status %d, acts %+v: %s", counted.Code, w.acts, alert(body))
	}
	form.Set("sure", "1")
	done := w.ask(t, lead, http.MethodPost, "/switches/undo", form)
	body = done.Body.String()
	whole(t, body)
	if done.Code != 200 || len(w.acts) != 2 || !strings.Contains(body, "Undone: 2 tenants are free.") {
		t.Fatalf("status %d, acts %+v", done.Code, w.acts)
	}
	u := *w.acts[1].Undo
	if want := (docket.Undo{Rule: "flood-out", Version: 2, From: noon.Add(-4 * time.Hour), Clear: true}); fmt.Sprint(u) != fmt.Sprint(want) || !strings.HasPrefix(w.acts[1].ID, "console/x "+nonce+" undo") || w.acts[0].ID == w.acts[1].ID {
		t.Errorf("what was done is %+v by act %q; expected %+v", u, w.acts[1].ID, want)
	}
	w.tally = docket.Tally{Left: 7, Decisions: 256, Tenants: 200}
	if body := w.ask(t, lead, http.MethodPost, "/switches/undo", form).Body.String(); !strings.Contains(body, "7 measures are left.") || strings.Count(body, `name="nonce" value="`+nonce+`"`) != 2 {
		t.Error("what is left is not said, or does not go on with the same act")
	}
	if again := w.acts[len(w.acts)-1].ID; again != w.acts[1].ID {
		t.Errorf("it goes on as %q; expected the same act %q", again, w.acts[1].ID)
	}
	w.tally = docket.Tally{}
	if body := w.ask(t, lead, http.MethodPost, "/switches/undo", form).Body.String(); !strings.Contains(body, "Nothing was left to undo.") {
		t.Error("an undo that was done before is not told")
	}
	form.Set("what", "flood-out 1")
	if w.ask(t, lead, http.MethodPost, "/switches/undo", form); w.acts[len(w.acts)-1].ID == w.acts[1].ID {
		t.Error("another undo from the same page is taken for the one before")
	}
}

func TestAnUndoThatIsNotWholeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, field, value, says string
	}{
		{"nothing chosen", "what", "", "Choose which version"},
		{"no version", "what", "flood-out", "Choose which version"},
		{"no reason", "reason", " ", "Give the reason"},
		{"a time that is none", "from", "yesterday", "Give a time in UTC"},
		{"an end before the beginning", "until", "2019-05-29T08:00", "after the beginning"},
		{"a form that is not whole", "nonce", "x", "The form is not whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			braked(w)
			form := url.Values{"nonce": {nonce}, "sure": {"1"}, "what": {"flood-out 2"}, "from": {"2019-05-30T08:00"}, "reason": {"Ours."}}
			form.Set(c.field, c.value)
			got := w.ask(t, w.tokenOf("lead"), http.MethodPost, "/switches/undo", form)
			whole(t, got.Body.String())
			if got.Code != 400 || len(w.acts) != 0 || !strings.Contains(got.Body.String(), c.says) {
				t.Errorf("status %d, acts %v: %s", got.Code, w.acts, alert(got.Body.String()))
			}
		})
	}
}
