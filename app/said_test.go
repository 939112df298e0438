package app

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestATenantAppealsByTheLinkOfItsMail does by a link all that one may say: ask for more time, say that
// production is down, appeal. It is in the books at once, the appeal has a receipt on the page and by
// mail with one number (R3, R24), and nothing that stands was changed by any of it (R27).
func TestATenantAppealsByTheLinkOfItsMail(t *testing.T) {
	office, mailAt := openPostOffice(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		m := &p.Config.Courier.Mail
		m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
	})
	from := ago()
	for _, r := range append([]request{event("tenant", "contacts", from, map[string]any{
		"tenant": "t-0", "contacts": []map[string]string{{"role": "owner", "email": "ann@raisup.example"}},
	})}, mining(from, 1)...) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	_, text := office.letter(t, "Question")
	link := regexp.MustCompile(`http://\S+/t/[\w-]+`).FindString(strings.ReplaceAll(text, "\n", ""))
	tenant := newBrowser(t)
	of := func(page, kind string) string {
		_, form, found := strings.Cut(page, `id="`+kind+`"`)
		if !found {
			t.Fatalf("the page has no form %s:\n%s", kind, page)
		}
		return form
	}
	before := folderBy(t, s.dir, "t-0")

	page := tenant.page(link)
	page = tenant.send(link+"/extend", url.Values{"nonce": {hidden(t, of(page, "extend"), "nonce")}, "text": {"Our only engineer is on a flight."}})
	expect(t, "the page after asking for more time", page, "We have it", "You have until", "You asked for more time at")

	page = tenant.send(link+"/down", url.Values{"nonce": {hidden(t, of(page, "down"), "nonce")}, "text": {""}})
	expect(t, "the page after saying that production is down", page, "We have it", "Your case is at the front")

	form := of(page, "appeal")
	against := regexp.MustCompile(`name="decision" value="(d-[a-z0-9]+)"`).FindStringSubmatch(form)
	page = tenant.send(link+"/appeal", url.Values{"nonce": {hidden(t, form, "nonce")}, "decision": {against[1]}, "text": {"It is our yearly scoring job."}})
	expect(t, "the page after the appeal", page, "Appeal received at", "One person works here: they decide, and they hear the appeal, by") // nobody has enrolled
	number := regexp.MustCompile(`R-[0-9A-F]{10}`).FindString(page)
	_, text = office.letter(t, "Your appeal was received")
	expect(t, "the letter", text, number, "One person works here")

	f := folderBy(t, s.dir, "t-0")
	for _, words := range []string{"Our only engineer", "Production is down.", "yearly scoring"} {
		if e, n := said(&f, words); n != 1 || !strings.HasPrefix(e.Says, "The tenant, by its owner contact: ") {
			t.Errorf("%q stands in the case %d times, as %+v", words, n, e)
		}
	}
	if !slices.ContainsFunc(f.Entries, func(e evenkeel.Entry) bool { return e.State == "receipt" && e.Ref == number }) || f.Urgent == 0 || f.Appeals != 1 {
		t.Errorf("the books have %d appeals, urgent since %s, and no receipt %s", f.Appeals, f.Urgent, number)
	}
	if !slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockTenantAnswer && k.Extended != 0 }) {
		t.Error("the time to answer was not extended")
	}
	stands := func(f *docket.Folder) (out []string) {
		for _, d := range f.Decisions {
			out = append(out, fmt.Sprint(d.ID, d.Measure, d.State, d.Until))
		}
		return out
	}
	if a, b := stands(&before), stands(&f); !slices.Equal(a, b) || len(f.Flags) != len(before.Flags) {
		t.Errorf("what stood was %v and is %v", a, b)
	}
	for _, kind := range []string{"lift", "flag", "clear", "approve", "uphold", "renew", "contacts"} {
		r, err := http.PostForm(link+"/"+kind, url.Values{"text": {"x"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%s by a link answers %s", kind, r.Status)
		}
	}
}
