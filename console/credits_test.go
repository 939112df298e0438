package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// owing is a world in which two credits wait, and two are settled.
func owing(w *world) {
	w.folders = []docket.Folder{raisup()}
	one := func(id docket.CreditID, t evenkeel.TenantID, ago time.Duration, s docket.CreditState) {
		k := docket.Credit{
			ID: id, Case: raisupID, Tenant: t, Family: "mining", Closed: noon.Add(-ago), At: noon.Add(-ago), State: s, Decisions: []evenkeel.DecisionID{"d-1"},
			Assets: 2, Minutes: 45, Amount: 1250, Currency: "EUR", Policy: "sha256:x",
		}
		if s == docket.CreditRefused {
			k.By, k.Why = "zoe", "It was paid by telephone already."
		}
		w.credits = append(w.credits, k)
	}
	one("cr-new", "raisup", time.Hour, docket.CreditProposed)
	one("cr-old", "t-shell", 30*time.Hour, docket.CreditProposed)
	one("cr-auto", "raisup", 50*time.Hour, docket.CreditGranted)
	one("cr-no", "raisup", 70*time.Hour, docket.CreditRefused)
}

func settling(id, how, reason string) url.Values {
	return url.Values{"nonce": {nonce}, "credit": {id}, "settle": {how}, "reason": {reason}}
}

// TestALeadSettlesACredit as the command line does: with a reason, once, and for good.
func TestALeadSettlesACredit(t *testing.T) {
	for how, want := range map[string]struct {
		kind docket.ActKind
		says string
	}{"grant": {docket.ActCredit, "The credit was granted, and the tenant is told."}, "refuse": {docket.ActNoCredit, "The credit was refused."}} {
		t.Run(how, func(t *testing.T) {
			w := newWorld()
			owing(w)
			for range 2 { // the button is pressed twice
				got := w.ask(t, leadToken, http.MethodPost, "/credits", settling("cr-new", how, "The machine was theirs to use."))
				if there := got.Header().Get("Location"); got.Code != http.StatusSeeOther || there != "/credits?settled=cr-new" {
					t.Fatalf("status %d, to %q: %s", got.Code, there, got.Body)
				}
			}
			if len(w.acts) != 1 {
				t.Fatalf("%d acts; expected one", len(w.acts))
			}
			if a := w.acts[0]; a.Kind != want.kind || a.Credit != "cr-new" || a.Case != raisupID || a.By != "lara" || a.Says != "The machine was theirs to use." || a.At != noon {
				t.Errorf("the act is %+v", a)
			}
			if page := w.get(t, leadToken, "/credits?settled=cr-new").Body.String(); !strings.Contains(page, want.says) || !strings.Contains(page, "by <bdi>lara</bdi>") || strings.Contains(page, `value="cr-new"`) {
				t.Errorf("the page is %s", page)
			}
		})
	}
}

// TestACreditThatIsNotSettledKeepsWhatWasTyped and says why.
func TestACreditThatIsNotSettledKeepsWhatWasTyped(t *testing.T) {
	own := &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "lara took decision d-1, for which credit cr-old is", Hint: "another person with the role lead grants or refuses it"}
	for says, c := range map[string]struct {
		form   url.Values
		refuse error
		status int
		want   []string
	}{
		"no reason":              {settling("cr-old", "grant", " "), nil, 400, []string{"Give the reason, in at most", `id="reason-0" name="reason" rows="2" class="short" maxlength="6000" required aria-invalid="true" aria-describedby="reason-0-wrong"`}},
		"neither of both":        {settling("cr-old", "lose", "my words"), nil, 400, []string{"The form is not whole", "my words</textarea>"}},
		"no nonce":               {url.Values{"credit": {"cr-old"}, "settle": {"grant"}, "reason": {"my words"}}, nil, 400, []string{"The form is not whole"}},
		"what they took":         {settling("cr-old", "grant", "my words"), own, 403, []string{"Lara took decision d-1", "Another person with the role lead", "my words</textarea>"}},
		"no such credit":         {settling("cr-none", "grant", "my words"), nil, 404, []string{"There is no credit cr-none"}},
		"what is refused before": {settling("cr-no", "grant", "my words"), &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "credit cr-no was refused"}, 409, []string{"Credit cr-no was refused"}},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWorld()
			owing(w)
			w.refuse = c.refuse
			got := w.ask(t, leadToken, http.MethodPost, "/credits", c.form)
			body := got.Body.String()
			if got.Code != c.status || slices.ContainsFunc(c.want, func(s string) bool { return !strings.Contains(body, s) }) || strings.Contains(body, `role="status"`) {
				t.Errorf("status %d: %s; expected %d and %q", got.Code, body, c.status, c.want)
			}
			if len(w.acts) > 0 {
				t.Errorf("%d acts were done", len(w.acts))
			}
		})
	}
}

// TestWhoDoesNotSteerReadsCreditsAndSettlesNone: it is money.
func TestWhoDoesNotSteerReadsCreditsAndSettlesNone(t *testing.T) {
	w := newWorld()
	owing(w)
	if page := w.get(t, annasToken, "/credits").Body.String(); strings.Contains(page, "<form method=\"post\" action=\"/credits\"") || !strings.Contains(page, "12.50 EUR to <bdi>Nine Shells</bdi>") {
		t.Errorf("the page is %s", page)
	}
}
