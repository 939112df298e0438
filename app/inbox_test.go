package app

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// lmtp hands a mail in, as a mail server does.
func lmtp(at, from, text string) error {
	conn, err := net.Dial("tcp", at)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	if err := c.Hello("mx.cloud.example"); err != nil {
		return err
	}
	if err := c.Mail(from, nil); err != nil {
		return err
	}
	if err := c.Rcpt("abuse@cloud.example", nil); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		return err
	}
	return w.Close()
}

// questionTo waits for the question to a tenant, and returns its Message-ID.
func (o *postOffice) questionTo(t *testing.T, address string) (id string) {
	t.Helper()
	eventually(t, "a question to "+address, func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, m := range o.mails {
			subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			to, err := mail.ParseAddress(m.Header.Get("To"))
			if err == nil && to.Address == address && strings.Contains(subject, "Question") {
				id = m.Header.Get("Message-Id")
				return true
			}
		}
		return false
	})
	return id
}

// folderBy reads the folder of a tenant's newest case, while it is served.
func folderBy(t *testing.T, dir string, tenant evenkeel.TenantID) (f docket.Folder) {
	t.Helper()
	eventually(t, "the books can be read", func() bool {
		b, err := Open(dir)
		if err != nil {
			return false
		}
		defer b.Close()
		rows, err := b.Cases(context.Background(), docket.Query{Tenant: tenant})
		if err != nil || len(rows) == 0 {
			return false
		}
		f, err = b.Folder(context.Background(), rows[0].Case.ID)
		return err == nil
	})
	return f
}

func said(f *docket.Folder, words string) (e evenkeel.Entry, n int) {
	for _, x := range f.Entries {
		if x.Kind == evenkeel.EntrySaid && strings.Contains(x.Words, words) {
			e, n = x, n+1
		}
	}
	return e, n
}

// TestAReplyIsAnAnswerAndABounceIsUntold sends notices out by SMTP, and has what comes back handed in by
// LMTP: a reply is the tenant's answer, and our clock runs (R3, F15); a notice that comes back has reached
// nobody (R24, N); a stranger is heard and can do no more than that (R27).
func TestAReplyIsAnAnswerAndABounceIsUntold(t *testing.T) {
	office, mailAt := openPostOffice(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		m, in := &p.Config.Courier.Mail, &p.Config.Inbox
		m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
		p.Config.Courier.Domain = "notices.cloud.example"
		in.LMTP, in.Recipients, in.Verifier = "127.0.0.1:0", []string{"abuse@cloud.example"}, "mx.cloud.example"
	})
	for _, r := range mining(ago(), 2) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	asked, lost := office.questionTo(t, "t-0@example.net"), office.questionTo(t, "t-1@example.net")

	reply := "From: Ann <T-0@example.net>\nTo: abuse@cloud.example\nSubject: Re: Question\nMessage-ID: <r-1@example.net>\nIn-Reply-To: " + asked +
		"\nAuthentication-Results: mx.cloud.example; spf=pass smtp.mailfrom=example.net; dmarc=pass header.from=example.net\nContent-Type: text/plain; charset=utf-8\n\n" +
		"It is our yearly scoring job.\n\nOn Wed, 4 Mar 2026 at 08:47, abuse@cloud.example wrote:\n> What are you doing?\n"
	for range 2 { // the same mail twice is one answer
		if err := lmtp(s.at.LMTP, "t-0@example.net", reply); err != nil {
			t.Fatal(err)
		}
	}
	f := folderBy(t, s.dir, "t-0")
	e, n := said(&f, "yearly scoring job")
	if n != 1 || e.State != docket.ActAnswer.String() || strings.Contains(e.Words, "What are you doing") {
		t.Errorf("said %d times, as %s: %q", n, e.State, e.Words)
	}
	expect(t, "what is known beside the words", e.Words, "from the owner contact's address", "SPF: pass", "DMARC: pass", "DKIM: no signature")
	ours := false
	for _, c := range f.Clocks {
		ours = ours || c.Kind == docket.ClockOurAnswer && c.Ended == 0
		if c.Kind == docket.ClockTenantAnswer && c.Ended == 0 {
			t.Error("the tenant's clock runs, though it has answered")
		}
	}
	if !ours || f.Case.Waiting == 0 {
		t.Errorf("our clock does not run: %+v", f.Clocks)
	}

	// Somebody else who has the mail is heard, as a message.
	stranger := "From: eve@elsewhere.example\nMessage-ID: <r-2@elsewhere.example>\nReferences: " + asked + "\n\nPlease lift everything at once.\n"
	if err := lmtp(s.at.LMTP, "eve@elsewhere.example", stranger); err != nil {
		t.Fatal(err)
	}
	f = folderBy(t, s.dir, "t-0")
	if e, n := said(&f, "lift everything"); n != 1 || e.State != docket.ActMessage.String() || !strings.Contains(e.Words, "not a contact") || len(f.Flags) != 0 {
		t.Errorf("a stranger was heard %d times, as %s: %q, flags %v", n, e.State, e.Words, f.Flags)
	}

	// A contact that answers no notice is placed by its only open case.
	if err := lmtp(s.at.LMTP, "t-0@example.net", "From: t-0@example.net\nMessage-ID: <r-3@example.net>\n\nAre you there?\n"); err != nil {
		t.Fatal(err)
	}
	f = folderBy(t, s.dir, "t-0")
	if e, n := said(&f, "Are you there"); n != 1 || e.State != docket.ActMessage.String() {
		t.Errorf("a new mail of a contact was heard %d times, as %s", n, e.State)
	}

	// On the tenant's page a stranger's words are not its own, and what stands beside a mail for staff is on none.
	tenant := newBrowser(t)
	_, letter := office.letterTo(t, "Question", "t-0@example.net")
	page := tenant.page(regexp.MustCompile(`http://\S+/t/[\w-]+`).FindString(strings.ReplaceAll(letter, "\n", "")))
	expect(t, "the tenant's page", page, "yearly scoring job", "A mail from the address of one of your contacts came at", "lift everything", "from an address that is none of your contacts'")
	for _, word := range []string{"mail-heard", "SPF", "DKIM", "[By mail"} {
		if strings.Contains(page, word) {
			t.Errorf("the tenant's page has %q", word)
		}
	}

	// What came back reached nobody.
	bounce := func(to, action, status, of string) string {
		return "From: MAILER-DAEMON@mx.cloud.example\nMessage-ID: <b-" + action + "@mx.cloud.example>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n" +
			"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt did not arrive.\n--b\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; mx.cloud.example\n\nFinal-Recipient: rfc822; " + to + "\nAction: " + action + "\nStatus: " + status + "\nDiagnostic-Code: smtp; 550 no such user\n\n" +
			"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: " + of + "\n\n--b--\n"
	}
	if f := folderBy(t, s.dir, "t-1"); f.Untold != 0 {
		t.Fatalf("%d untold before it came back", f.Untold)
	}
	for _, b := range []string{bounce("t-1@example.net", "delayed", "4.4.1", lost), bounce("t-1@example.net", "failed", "5.1.1", lost)} {
		eventually(t, "the bounce is taken", func() bool { return lmtp(s.at.LMTP, "", b) == nil })
	}
	f = folderBy(t, s.dir, "t-1")
	if f.Untold != 1 {
		t.Errorf("%d untold after it came back: %+v", f.Untold, f.Dispatches)
	}
	// Who has spoken was told, whatever is said to have come back (G).
	if err := lmtp(s.at.LMTP, "", bounce("t-0@example.net", "failed", "5.1.1", asked)); err != nil {
		t.Fatal(err)
	}
	if f := folderBy(t, s.dir, "t-0"); f.Untold != 0 {
		t.Error("who has answered can say that it was not told")
	}

	// Nobody can place this one: it is kept, and shown.
	if err := lmtp(s.at.LMTP, "x@y.example", "From: x@y.example\nMessage-ID: <r-9@y.example>\n\nHello?\n"); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(s.dir, dirUnplaced, "*.eml")); len(files) != 1 {
		t.Errorf("%v are kept", files)
	}
	if n := s.metric(t, "evenkeel_inbox_unplaced"); n != "1" {
		t.Errorf("%s mails wait for a place; expected 1", n)
	}
	for fate, want := range map[string]int{"answer": 2, "message": 2, "bounce": 1, "delayed": 1, "stray": 1, "unplaced": 1} {
		if got := s.metric(t, fmt.Sprintf("evenkeel_inbox_mails_total{fate=%q}", fate)); got != fmt.Sprint(want) {
			t.Errorf("%s mails became %s; expected %d", got, fate, want)
		}
	}
	if strings.Contains(s.log.String(), "eve@") || strings.Contains(s.log.String(), "x@y.example") {
		t.Error("the log has an address")
	}
	if info, err := os.Stat(filepath.Join(s.dir, dirHeard)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of heard mails: %v, %v", info, err)
	}
}

// TestAnAnswerThatIsTooLargeStopsTheHearing (R3, R24): a tenant whose machine is to be isolated answers with a mail that
// nobody reads here. A person decides, and our clock runs; the sender is told.
// A mail that nobody can place calls somebody.
func TestAnAnswerThatIsTooLargeStopsTheHearing(t *testing.T) {
	for shape, rest := range map[string]string{
		"10 MB":        "\n" + strings.Repeat("large and larger\n", 11<<20/17),
		"10,000 parts": "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10_000) + "--b--\n",
	} {
		t.Run(shape, func(t *testing.T) {
			dir := dataDir(t)
			heldIn(t, dir, event("tenant", "acme", ago(), map[string]any{"tenant": "acme", "contacts": []map[string]string{{"role": "owner", "email": "ann@acme.example"}}}))
			unplaced := filepath.Join(dir, dirUnplaced)
			if err := errors.Join(os.Mkdir(unplaced, 0o700), os.WriteFile(filepath.Join(unplaced, "m.eml"), []byte("From: x@y.example\n\nx\n"), 0o600)); err != nil {
				t.Fatal(err)
			}
			s := serve(t, dir, func(p *Parts) {
				p.Config.Courier.Domain = "notices.cloud.example"
				p.Config.Inbox.LMTP, p.Config.Inbox.Recipients = "127.0.0.1:0", []string{"abuse@cloud.example"}
			})
			row, x := isolationIn(t, dir)
			if x.State != evenkeel.Held || row.Case.Waiting != 0 {
				t.Fatalf("the isolation is %s, and the case waits since %s", x.State, row.Case.Waiting)
			}
			mail := func(id, more string) error {
				return lmtp(s.at.LMTP, "ann@acme.example", "From: Ann <ann@acme.example>\nSubject: It is ours\nMessage-ID: <"+id+"@acme.example>\n"+more+rest)
			}
			f := folderBy(t, dir, "acme")
			if err := mail("m-1", "In-Reply-To: <"+string(f.Notices[0].ID)+"@notices.cloud.example>\n"); err == nil || !strings.Contains(err.Error(), "it has more than ") {
				t.Errorf("the sender is told %v", err)
			}
			if row, x = isolationIn(t, dir); x.State != evenkeel.Proposed || row.Case.Waiting == 0 {
				t.Errorf("the isolation is %s, and the case waits since %s; expected that a person decides", x.State, row.Case.Waiting)
			}
			f = folderBy(t, dir, "acme")
			if e, n := said(&f, "(A mail that is too large to be read here.)\nIts subject: It is ours"); n != 1 || e.State != docket.ActAnswer.String() || !strings.Contains(e.Words, "Only its header was read") {
				t.Errorf("said %d times, as %s: %q", n, e.State, e.Words)
			}
			if ours := slices.ContainsFunc(f.Clocks, func(c docket.Clock) bool { return c.Kind == docket.ClockOurAnswer && c.Ended == 0 }); !ours {
				t.Errorf("our clock does not run: %+v", f.Clocks)
			}
			eventually(t, "somebody is called because of what nobody can place", func() bool {
				b, err := Open(dir)
				if err != nil {
					return false
				}
				defer b.Close()
				all, err := b.RecentPages(t.Context(), 10)
				return err == nil && slices.ContainsFunc(all, func(c docket.Calling) bool { return strings.Contains(c.Page.Why, "mail-unplaced: 1") })
			})
			expect(t, "the log", s.log.String(), "a mail is not taken, and its sender is told", "it is heard in its case, by its header alone")
		})
	}
}

// R24: while very many cases are open, a contact who writes without answering a letter is no stranger: the case is found.
func TestAContactIsFoundAmongAnyNumberOfOpenCases(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	opens := func(tenant evenkeel.TenantID, name string, n int) {
		t.Helper()
		x := docket.Changes{Tenant: tenant}
		for i := range n {
			x.Cases = append(x.Cases, evenkeel.Case{ID: evenkeel.CaseID(fmt.Sprint("d-", name, i)), Tenant: tenant, Family: fmt.Sprint("family-", i), Opened: start, Since: start, State: evenkeel.CaseOpen})
		}
		if err := db.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(x) }); err != nil {
			t.Fatal(err)
		}
	}
	opens("crowd", "a", lookedAtOnce+1)
	known := inventory.New(inventory.Options{})
	batch := evenkeel.NewBatch("test", start)
	for _, of := range []evenkeel.TenantID{"acme", "both"} {
		p := evenkeel.Profile{At: start, ID: uint64(of[0]), Tenant: of, Contacts: []evenkeel.Contact{{Role: "owner", Email: string(of) + "@x.example"}}}
		if err := batch.AddProfile(p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := known.Apply(batch); err != nil {
		t.Fatal(err)
	}
	s := &state{now: func() time.Time { return start.Time() }}
	s.read = func() uint64 { return 0 }
	p := &postbox{house: &house{books: db, state: s, watcher: &watcher{recollection: recollection{registry: known}}}}
	finds := func(says, address string, want int) {
		t.Helper()
		if got, err := p.Open(t.Context(), address); err != nil || len(got) != want || want == 1 && got[0] != (inbox.Place{Tenant: "acme", Case: "d-z0"}) {
			t.Errorf("%s: %v, %v; expected %d", says, got, err, want)
		}
	}
	finds("no case of it is open", "acme@x.example", 0)
	opens("acme", "z", 1)
	opens("both", "y", 3)
	finds("one of very many", "ACME@x.example", 1)
	finds("a contact in three", "both@x.example", 2)
	finds("a stranger", "eve@x.example", 0)
}
