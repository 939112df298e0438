package console

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const knownID = evenkeel.CaseID("c-k7ahh5dcqz7dl4d5qlkz5hqmcu")

// knownCase is a case of another tenant, four months before raisup's, in which the same was found; it was cleared.
func knownCase(f docket.Folder) (out docket.Folder) {
	body, err := json.Marshal(&f)
	if err != nil {
		panic(err)
	}
	text := strings.NewReplacer(string(raisupID), string(knownID), "raisup", "acme", "Raisup", "Acme", "worker-", "web-").Replace(string(body))
	text = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`).ReplaceAllStringFunc(text, func(s string) string {
		m, err := evenkeel.ParseMoment(s)
		if err != nil {
			panic(err)
		}
		return m.Add(-120*24*time.Hour - 7*time.Hour).String()
	})
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		panic(err)
	}
	out.Case.State, out.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive
	return out
}

// lotted is a world in which lots fell on raisup's case and on a known one, for anna, for nobody and for others.
func lotted(w *world) {
	f := raisup()
	for i := range f.Decisions {
		f.Decisions[i].Why = append(f.Decisions[i].Why, "The tenant was told at "+f.Decisions[i].At.String()+" and can be heard until "+f.Decisions[i].From.String()+".")
	}
	w.folders = []docket.Folder{f, knownCase(f)}
	one := func(id docket.AuditID, drawn evenkeel.PersonID, change func(*docket.Audit)) {
		a := docket.Audit{
			ID: id, Case: raisupID, Tenant: "raisup", Family: "mining", Closed: evenkeel.OutcomeConfirmed, Opened: noon.Add(-24 * time.Hour), Share: 20, Nonce: "n",
			Candidates: []evenkeel.PersonID{"anna", "ben", "kim"}, Drawn: drawn, State: docket.AuditOpen,
		}
		if change != nil {
			change(&a)
		}
		w.lots.Audits = append(w.lots.Audits, a)
	}
	known := func(by evenkeel.PersonID, found evenkeel.Outcome) func(*docket.Audit) {
		return func(a *docket.Audit) {
			a.Control, a.Case, a.Tenant = true, knownID, "acme"
			a.Closed, a.State, a.By, a.At, a.Found, a.Why = evenkeel.OutcomeFalsePositive, docket.AuditDone, by, noon.Add(-time.Hour), found, "The pool is theirs."
		}
	}
	one("au-mine", "anna", nil)
	one("au-known", "anna", func(a *docket.Audit) {
		a.Control, a.Case, a.Tenant, a.Closed, a.Opened = true, knownID, "acme", evenkeel.OutcomeFalsePositive, noon.Add(-25*time.Hour)
	})
	one("au-later", "anna", func(a *docket.Audit) { a.Opened = noon.Add(time.Minute) })
	one("au-other", "ben", nil)
	one("au-kims", "kim", nil)
	one("au-free", "", nil)
	one("au-missed", "anna", known("anna", evenkeel.OutcomeConfirmed))
	one("au-seen", "anna", known("anna", evenkeel.OutcomeFalsePositive))
	for _, id := range []docket.AuditID{"au-k1", "au-k2", "au-k3", "au-k4", "au-k5"} {
		one(id, "kim", known("kim", evenkeel.OutcomeConfirmed))
	}
	w.lots.Vigils = docket.Vigils(docket.Watched(w.lots.Audits), 100)
}

// saying is the form of a verdict by lot.
func saying(found, reason string) url.Values {
	return url.Values{"nonce": {nonce}, "found": {found}, "reason": {reason}}
}

// F17: whoever looks by lot reads neither whose case it is, nor what became of it, nor whether it is a
// known one; and what others found is for who leads.
func TestACaseByLotIsShownBlind(t *testing.T) {
	secret := []string{"aisup", "worker-", "cme", "web-", noon.Time().Format("2006-"), "Please. This is the fourth", "a known case", "closed as", "ben", "carl"}
	for _, c := range []struct {
		name, token, at string
		later           time.Duration
		status          int
	}{
		{"whoever the lot fell on", annasToken, "/audits/au-mine", 0, 200},
		{"of a known case no more and no less", annasToken, "/audits/au-known", 0, 200},
		{"one that fell on nobody", annasToken, "/audits/au-free", 0, 200},
		{"not another's", annasToken, "/audits/au-other", 0, 403},
		{"after a week anybody's", annasToken, "/audits/au-other", 6 * 24 * time.Hour, 200},
		{"not what another found", annasToken, "/audits/au-k1", 0, 403},
		{"not before anybody is asked", annasToken, "/audits/au-later", 0, 404},
		{"and then it is as any other", annasToken, "/audits/au-later", time.Minute, 200},
		{"one that is not there", annasToken, "/audits/au-none", 0, 404},
		{"not what waits for somebody else, for who leads", leadToken, "/audits/au-mine", 0, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			lotted(w)
			w.now = w.now.Add(c.later)
			got := w.get(t, c.token, c.at)
			if got.Code != c.status {
				t.Fatalf("status %d: %s; expected %d", got.Code, alert(got.Body.String()), c.status)
			}
			main := mainOf(got.Body.String())
			for _, s := range secret {
				if strings.Contains(main, s) {
					t.Errorf("the page says %q", s)
				}
			}
			if c.status == 200 && !strings.Contains(main, "The CPU was busy at 0.997") {
				t.Error("what was found is not shown")
			}
		})
	}
	w := newWorld()
	lotted(w)
	mine, known := mainOf(w.get(t, annasToken, "/audits/au-mine").Body.String()), mainOf(w.get(t, annasToken, "/audits/au-known").Body.String())
	same := func(s, id string) string {
		s = strings.ReplaceAll(s, id, "au")
		before, rest, _ := strings.Cut(s, `name="nonce" value="`)
		_, after, _ := strings.Cut(rest, `"`)
		return before + after
	}
	if a, b := same(mine, "au-mine"), same(known, "au-known"); a != b {
		t.Errorf("the page of a known case is told from that of another:\n%s\n%s", a, b)
	}
	if !strings.Contains(mine, "was told at T&#43;") {
		t.Error("the page does not say when it was, from the first finding on")
	}
	if body := w.get(t, annasToken, "/audits").Body.String(); strings.Contains(body, "kim") || strings.Contains(body, "Who misses") || strings.Count(body, "a known case") != 2 {
		t.Errorf("a reviewer reads what others miss, or which of those that wait are known ones")
	}
}

// mainOf is what stands between head and foot.
func mainOf(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	body, _, _ = strings.Cut(body, "</main>")
	return body
}

// A page of lots is bounded, whatever waits, and nothing of it is out of reach.
func TestManyLotsStandOnSeveralPages(t *testing.T) {
	w := newWorld()
	for i := range 2*maxLots + 1 {
		for _, drawn := range []evenkeel.PersonID{"anna", ""} {
			w.lots.Audits = append(w.lots.Audits, docket.Audit{
				ID: docket.AuditID(fmt.Sprintf("au-%d-%s", i, drawn)), Case: raisupID, Tenant: "raisup", Family: "mining", Closed: evenkeel.OutcomeConfirmed,
				Opened: noon.Add(-time.Duration(i+1) * time.Minute), Share: 20, Nonce: "n", Drawn: drawn, State: docket.AuditOpen,
			})
		}
	}
	seen, next := map[string]bool{}, "/audits"
	for range 3 {
		body := w.get(t, annasToken, next).Body.String()
		whole(t, body)
		found := regexp.MustCompile(`href="/audits/(au-\d+-anna)"`).FindAllStringSubmatch(body, -1)
		if len(found) == 0 || len(found) > maxLots || strings.Count(body, `href="/audits/au-`) > 2*maxLots {
			t.Fatalf("%s shows %d; expected at most %d", next, len(found), maxLots)
		}
		for _, m := range found {
			seen[m[1]] = true
		}
		on := regexp.MustCompile(`href="([^"]*yours=\d+[^"]*)">Those that wait less long`).FindStringSubmatch(body)
		if on == nil {
			break
		}
		next, _, _ = strings.Cut(html.UnescapeString(on[1]), "#")
	}
	if len(seen) != 2*maxLots+1 {
		t.Errorf("%d are in reach; expected all %d", len(seen), 2*maxLots+1)
	}
}

// F17: feedback comes at once, after the verdict.
func TestWhetherItWasAKnownCaseIsSaidAtOnce(t *testing.T) {
	for _, c := range []struct{ audit, found, says string }{
		{"au-known", "confirmed", "It was a known case, in which the tenant had done nothing wrong: false positive. You found confirmed."},
		{"au-known", "policy_mismatch", "It was a known case, in which the tenant had done nothing wrong, and you did not find them guilty."},
		{"au-mine", "confirmed", "It had been closed as confirmed, and nobody had appealed."},
		{"au-mine", "false_positive", "The lead is called: the case has to be cleared."},
	} {
		t.Run(c.audit+" "+c.found, func(t *testing.T) {
			w := newWorld()
			lotted(w)
			got := w.ask(t, annasToken, http.MethodPost, "/audits/"+c.audit, saying(c.found, "A pool of theirs."))
			if there := got.Header().Get("Location"); got.Code != http.StatusSeeOther || there != "/audits/"+c.audit+"#content" {
				t.Fatalf("status %d, to %q: %s", got.Code, there, alert(got.Body.String()))
			}
			if len(w.acts) != 1 || w.acts[0].Kind != docket.ActAudit || string(w.acts[0].Audit) != c.audit || w.acts[0].Outcome.String() != c.found || w.acts[0].By != "anna" || w.acts[0].Says != "A pool of theirs." {
				t.Fatalf("what was done is %+v", w.acts)
			}
			body := w.get(t, annasToken, "/audits/"+c.audit).Body.String()
			whole(t, body)
			if !strings.Contains(body, c.says) || strings.Contains(body, "<form method=\"post\" action=\"/audits/") {
				t.Errorf("the page does not say %q, or asks again", c.says)
			}
			if again := w.ask(t, annasToken, http.MethodPost, "/audits/"+c.audit, saying("inconclusive", "Again.")); again.Code != http.StatusConflict || len(w.acts) != 1 {
				t.Errorf("a second verdict: status %d, %d acts", again.Code, len(w.acts))
			}
		})
	}
}

func TestAVerdictByLotThatIsNotWholeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, field, value, says string
		refuse                   error
		status                   int
	}{
		{"nothing chosen", "found", "", "Choose what you found.", nil, 400},
		{"what nobody finds by looking", "found", "covered", "Choose what you found.", nil, 400},
		{"no reason", "reason", " ", "Give the reason", nil, 400},
		{"a form that is not whole", "nonce", "x", "The form is not whole", nil, 400},
		{"who had a part in it", "found", "victim", "Anna had a part in it", &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "Anna had a part in it", Hint: "another person says what they found"}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			lotted(w)
			w.refuse = c.refuse
			f := saying("victim", "Typed by anna.")
			f.Set(c.field, c.value)
			got := w.ask(t, annasToken, http.MethodPost, "/audits/au-mine", f)
			body := got.Body.String()
			whole(t, body)
			if got.Code != c.status || len(w.acts) != 0 || !strings.Contains(body, c.says) {
				t.Errorf("status %d, acts %v: %s", got.Code, w.acts, alert(body))
			}
			if c.field != "reason" && !strings.Contains(body, "Typed by anna.</textarea>") || c.field != "found" && !strings.Contains(body, `value="victim" checked`) {
				t.Error("what was typed is lost")
			}
		})
	}
}

// TestALotIsAnsweredByKeyboardAlone: what waits is found, read, answered and learned from, on a desk and
// on a phone.
func TestALotIsAnsweredByKeyboardAlone(t *testing.T) {
	parent := consoletest.Chromium(t)
	for _, screen := range []struct {
		width  int64
		scheme string
	}{{1280, "light"}, {390, "dark"}} {
		t.Run(screen.scheme, func(t *testing.T) {
			w := newWorld()
			lotted(w)
			k, origin := walk(t, parent, "lot", screen.width, screen.scheme), serving(t, w)
			k.as(annasToken, origin)
			k.open(origin + "/audits")
			k.tab("link", "By lot")
			k.tab("link", "mining, since")
			k.press(kb.Enter)
			if !k.sees("What the machine took") {
				t.Fatalf("the case is not shown: %.300s", k.text())
			}
			k.picture("lot")
			k.tab("radio", "False positive")
			k.down("It is so, and allowed here")
			k.down("The tenant is a victim")
			k.down("Abuse is confirmed")
			k.tab("textbox", "Why, with the innocent explanation")
			k.types("The pool is theirs.")
			k.tab("button", "Say what you found")
			k.press(kb.Enter)
			if !k.sees("It was a known case, in which the tenant had done nothing wrong") {
				t.Fatalf("what the case was is not said: %.500s", k.text())
			}
			k.picture("lot-said")
			if len(w.acts) != 1 || w.acts[0].Outcome != evenkeel.OutcomeConfirmed {
				t.Errorf("what was done is %+v", w.acts)
			}
		})
	}
}
