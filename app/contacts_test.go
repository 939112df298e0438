package app

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	fromBefore = "t-0@example.net" // as mining has it
	newcomer   = "mallory@elsewhere.example"
)

// linkIn is the link that a letter has.
func linkIn(text string) string {
	return regexp.MustCompile(`http://\S+/t/[\w-]+`).FindString(strings.ReplaceAll(text, "\n", ""))
}

// TestContactsChangedInAnOpenCaseReachThoseFromBefore walks it through a whole process (R27, R24): a case is open, and
// the door of the inventory is told other contacts. Who was there before is told of it and heard by the link that they
// have; who is new is written to as well, and their word alone puts nobody off.
func TestContactsChangedInAnOpenCaseReachThoseFromBefore(t *testing.T) {
	office, mailAt := openPostOffice(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		m := &p.Config.Courier.Mail
		m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
	})
	from := ago()
	bring := func(all ...request) {
		t.Helper()
		for _, r := range all {
			if err := r.to(s.at); err != nil {
				t.Fatal(err)
			}
		}
	}
	bring(mining(from, 1)...)
	_, text := office.letterTo(t, "Question", fromBefore)
	link := linkIn(text)
	before := folderBy(t, s.dir, "t-0")
	if n := office.about("", newcomer); n != 0 {
		t.Fatalf("who is no contact was written %d letters", n)
	}

	bring(event("tenant", "others", time.Now().UTC(), map[string]any{"tenant": "t-0", "contacts": []map[string]string{{"role": "owner", "email": newcomer}}}))
	_, old := office.letterTo(t, "Were your contacts changed", fromBefore)
	_, text = office.letterTo(t, "Were your contacts changed", newcomer)
	for _, text := range []string{old, text} {
		expect(t, "the letter", text, "counts as not confirmed", "owner")
		if strings.Contains(text, "@example.net") || strings.Contains(text, "@elsewhere") {
			t.Errorf("P: an address stands in the letter:\n%s", text)
		}
	}
	f := folderBy(t, s.dir, "t-0")
	if n := slices.IndexFunc(f.Notices, func(n evenkeel.Notice) bool { return n.Contacts.Until != 0 }); n < 0 || !slices.Equal(f.Notices[n].Contacts.Added, []string{"owner"}) || !slices.Equal(f.Notices[n].Contacts.Gone, []string{"owner"}) {
		t.Errorf("the notices are %+v; expected one of the change, by roles", f.Notices)
	}
	if len(f.Decisions) != len(before.Decisions) || len(f.Orders) != len(before.Orders) {
		t.Error("a change of contacts changed what stands")
	}

	tenant := newBrowser(t)
	say := func(link, words string) string {
		page := tenant.page(link)
		_, form, _ := strings.Cut(page, `id="answer"`)
		return tenant.send(link+"/answer", url.Values{"nonce": {hidden(t, form, "nonce")}, "text": {words}})
	}
	expect(t, "the page after the word of one who is new", say(linkIn(text), "All is well, look no further."), "We have it")
	f = folderBy(t, s.dir, "t-0")
	if e, n := said(&f, "look no further"); n != 1 || !strings.Contains(e.Says, "owner"+evenkeel.NewContact) {
		t.Errorf("the word of one who is new stands %d times, as %q; expected that it says so", n, e.Says)
	}
	expect(t, "the page after the word of one from before", say(link, "That was not us: our mailbox was taken over."), "We have it")
	f = folderBy(t, s.dir, "t-0")
	if e, n := said(&f, "was taken over"); n != 1 || strings.Contains(e.Says, evenkeel.NewContact) || f.Case.Spoke == 0 {
		t.Errorf("who was there before is heard %d times, as %q", n, e.Says)
	}
	if !slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool { return k.Kind == docket.ClockOurAnswer && k.Ended == 0 }) {
		t.Error("our clock does not run for the word of one from before")
	}
}

// TestAContactFromBeforeConfirmsWhoCame walks it through a whole process (R27): whoever came has a link that confirms nobody, the one
// from before has one that does, also from before the change; and both are told.
func TestAContactFromBeforeConfirmsWhoCame(t *testing.T) {
	office, mailAt := openPostOffice(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		m := &p.Config.Courier.Mail
		m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
	})
	for _, r := range mining(ago(), 1) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	_, text := office.letterTo(t, "Question", fromBefore)
	old := linkIn(text)
	if err := event("tenant", "others", time.Now().UTC(), map[string]any{"tenant": "t-0", "contacts": []map[string]string{{"role": "owner", "email": newcomer}, {"role": "owner", "email": fromBefore}}}).to(s.at); err != nil {
		t.Fatal(err)
	}
	_, text = office.letterTo(t, "Were your contacts changed", newcomer)
	theirs := linkIn(text)
	tenant := newBrowser(t)
	if page := tenant.page(theirs); !strings.Contains(page, "nobody has confirmed you yet") || strings.Contains(page, `id="vouch"`) {
		t.Errorf("the page of who came:\n%s", page)
	}
	page := tenant.page(old)
	_, form, found := strings.Cut(page, `id="vouch"`)
	if !found || !strings.Contains(form, "m…@elsewhere.example") {
		t.Fatalf("the page of one from before has no form:\n%s", page)
	}
	byCommand := docket.Act{
		ID: ActID("operator", "1"), Kind: docket.ActConfirm, At: evenkeel.MomentOf(time.Now()), Case: folderBy(t, s.dir, "t-0").Case.ID, By: "operator",
		Says: "I called the number of the contract.", Confirm: &docket.Confirming{Contact: "owner"},
	}
	_, err := Send(t.Context(), s.dir, byCommand)
	if says := fmt.Sprintf("by that of %s came owner%s (m…@elsewhere.example)", hidden(t, form, "listed"), evenkeel.NewContact); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), says) || !strings.Contains(evenkeel.HintOf(err), "--listed ") {
		t.Errorf("a command that does not say which list was read: %v (%s); expected %q", err, evenkeel.HintOf(err), says)
	}
	byCommand.Confirm.Listed = byCommand.At.Add(-24 * time.Hour)
	if _, err = Send(t.Context(), s.dir, byCommand); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("a command of another list: %v", err)
	}
	typed := url.Values{"nonce": {hidden(t, form, "nonce")}, "listed": {hidden(t, form, "listed")}, "newcomer": {"owner" + evenkeel.NewContact}, "text": {"She leads our company since May."}}
	r, err := tenant.PostForm(theirs+"/vouch", typed)
	expect(t, "the page of who came, who sends the form of another", tenant.body(r, err, http.StatusForbidden), "nobody has confirmed you yet")
	expect(t, "the page after it", tenant.send(old+"/vouch", typed), "This contact is known from now on")
	for _, who := range []string{fromBefore, newcomer} {
		_, text := office.letterTo(t, "A contact of yours was confirmed", who)
		expect(t, "the letter to "+who, text, "was confirmed by your owner contact")
	}
	f := folderBy(t, s.dir, "t-0")
	if e, n := said(&f, "leads our company"); n != 1 || e.State != docket.ActVouch.String() {
		t.Errorf("it stands %d times, as %+v", n, e)
	}
	if page := tenant.page(theirs); strings.Contains(page, "nobody has confirmed you yet") || !strings.Contains(page, "confirmed at") {
		t.Errorf("the page of who was confirmed:\n%s", page)
	}
}
