package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
	abuse "github.com/evenkeel/evenkeel/watch/intake/report"
	reports "github.com/evenkeel/evenkeel/watch/intake/report/door"
)

// about counts the mails whose subject begins with some words and that are for an address.
func (o *postOffice) about(words, to string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.mails {
		subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if a, err := mail.ParseAddress(m.Header.Get("To")); err == nil && a.Address == to && strings.HasPrefix(subject, words) {
			n++
		}
	}
	return n
}

// xarfOf is a document about an address.
func xarfOf(id, address string, at time.Time) string {
	return fmt.Sprintf(`{"xarf_version":"4.2.0","report_id":%q,"timestamp":%q,
	"reporter":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"sender":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"source_identifier":%q,"category":"infrastructure","type":"botnet","compromise_evidence":"it calls home"}`, id, at.UTC().Format(time.RFC3339), address)
}

// hand sends a document to the door for reports.
func hand(t *testing.T, at, token, body string) (status int, says map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at+"/v1/reports", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/xarf+json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil {
		err = json.Unmarshal(text, &says)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got.StatusCode, says
}

// TestReportsAreTakenThankedForAndAnswered has two reporters write, one a person and one a machine, and
// one report by HTTP: cases with a notice at most; the person is thanked at once and told what came of it;
// the tenant reads nothing of who reported (issue 3, abuse reports; P). Nothing that a machine wrote is
// answered (RFC 3834).
func TestReportsAreTakenThankedForAndAnswered(t *testing.T) {
	office, mailAt := openPostOffice(t)
	digest := sha256.Sum256([]byte("a token"))
	s := serve(t, dataDir(t), func(p *Parts) {
		m, in := &p.Config.Courier.Mail, &p.Config.Inbox
		m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
		p.Config.Courier.Domain = "notices.cloud.example"
		in.LMTP, in.Recipients, in.Verifier = "127.0.0.1:0", []string{"abuse@cloud.example"}, "mx.cloud.example"
		p.Config.Reports.Listen = "127.0.0.1:0"
		p.Config.Reports.Reporters = []config.Reporter{{Name: "watchers", TokenSHA256: hex.EncodeToString(digest[:])}}
	})
	from := ago()
	for i, address := range []string{"192.0.2.9", "192.0.2.10", "192.0.2.11"} {
		tenant := fmt.Sprintf("t-%d", i)
		for _, r := range []request{
			event("tenant", "profile-"+tenant, from, map[string]any{
				"tenant": tenant, "since": from.Format(time.DateOnly), "standing": "invoiced", "contacts": []map[string]string{{"role": "owner", "email": tenant + "@example.net"}},
			}),
			event("asset", "holds-"+address, from, map[string]any{"asset": address, "kind": "address", "tenant": tenant, "from": from.Format(time.RFC3339)}),
		} {
			if err := r.to(s.at); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := time.Now().Add(-30 * time.Minute).UTC().Format(time.RFC1123Z)
	person := "From: Ada <ada@elsewhere.example>\nTo: abuse@cloud.example\nDate: " + seen + "\nMessage-ID: <rep-1@elsewhere.example>\nSubject: ssh brute force from 192.0.2.9\n" +
		"Authentication-Results: mx.cloud.example; spf=pass smtp.mailfrom=elsewhere.example; dmarc=pass header.from=elsewhere.example\n\nPlease stop it.\n"
	machine := "From: loop@loop.example\nDate: " + seen + "\nMessage-ID: <rep-2@loop.example>\nAuto-Submitted: auto-generated\nSubject: FW: offer\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\n" +
		"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nSource-IP: 192.0.2.10\nArrival-Date: " + seen + "\n--b--\n"
	for _, m := range []string{person, person, machine} { // the same mail twice is one report
		eventually(t, "a report is taken", func() bool { return lmtp(s.at.LMTP, "x@elsewhere.example", m) == nil })
	}
	if status, says := hand(t, s.at.Reports, "a token", xarfOf("dbf79f17-f4f4-4c22-ae58-19991f52a1e8", "192.0.2.11", time.Now().Add(-time.Hour))); status != http.StatusAccepted || says["receipt"] == "" {
		t.Errorf("%d %v", status, says)
	}
	if status, says := hand(t, s.at.Reports, "another", "{}"); status != http.StatusUnauthorized {
		t.Errorf("%d %v", status, says)
	}
	m, thanked := office.letter(t, "Your report was received")
	if m.Header.Get("Auto-Submitted") != "auto-replied" || m.Header.Get("In-Reply-To") != "<rep-1@elsewhere.example>" || strings.Contains(thanked, "192.0.2.9") {
		t.Errorf("the receipt is %v\n%s", m.Header, thanked)
	}
	for i := range 3 {
		tenant := evenkeel.TenantID(fmt.Sprintf("t-%d", i))
		f := folderBy(t, s.dir, tenant)
		if f.Case.Family != reportFamily {
			t.Errorf("%s has a case of family %s", tenant, f.Case.Family)
		}
		for _, d := range f.Decisions {
			if d.Measure > evenkeel.MeasureNotify {
				t.Errorf("%s: %s after a report alone", tenant, d.Measure)
			}
		}
		office.questionTo(t, string(tenant)+"@example.net")
	}
	if _, asked := office.letter(t, "Question about reports"); !strings.Contains(asked, "Reported of 192.0.2.") {
		t.Errorf("the tenant does not read what was reported of its address:\n%s", asked)
	}

	// What a machine says to our receipt is no report and is not answered.
	away := "From: ada@elsewhere.example\nMessage-ID: <away@elsewhere.example>\nAuto-Submitted: auto-replied\nSubject: Automatic reply: spam from 192.0.2.9\n\nI am away.\n"
	if err := lmtp(s.at.LMTP, "", away); err != nil {
		t.Fatal(err)
	}
	f := folderBy(t, s.dir, "t-0")
	if _, err := Send(t.Context(), s.dir, docket.Act{
		ID: ActID("operator", "1"), Kind: docket.ActClose, At: evenkeel.MomentOf(time.Now()), Case: f.Case.ID, By: "operator", Outcome: evenkeel.OutcomeConfirmed, Says: answered("The log of the machine shows it.", 2),
	}); err != nil {
		t.Fatal(err)
	}
	_, told := office.letter(t, "What came of your report")
	if !strings.Contains(told, "It was as you reported") || !strings.Contains(told, "192.0.2.9") || strings.Contains(told, "t-0") {
		t.Errorf("the reporter reads\n%s", told)
	}
	eventually(t, "it counts for the reporter", func() bool {
		b, err := Open(s.dir)
		if err != nil {
			return false
		}
		defer b.Close()
		all, err := b.Reporters(context.Background(), 10)
		return err == nil && len(all) == 3 && all[0] == docket.Precision{Reporter: "mail elsewhere.example", Confirmed: 1}
	})
	if n := office.about("Your report", "ada@elsewhere.example"); n != 1 {
		t.Errorf("the reporter was thanked %d times", n)
	}
	if n := office.about("Your report", "loop@loop.example") + office.about("Your report", "desk@watchers.example"); n != 0 {
		t.Errorf("a machine, or whoever reported by HTTP, got %d mails", n)
	}
	office.mu.Lock()
	defer office.mu.Unlock()
	for _, m := range office.mails {
		to := m.Header.Get("To")
		body, _ := io.ReadAll(m.Body)
		if strings.Contains(to, "@example.net") && (bytes.Contains(body, []byte("elsewhere.example")) || bytes.Contains(body, []byte("watchers.example"))) {
			t.Errorf("a tenant reads who reported:\n%s", body)
		}
	}
}

// logbook is a log in memory.
type logbook struct{ records int }

func (l *logbook) Append(_ context.Context, b *evenkeel.Batch) error {
	l.records += len(b.Records)
	return nil
}

func clerkOn(db *sqlite.DB, log *logbook, now evenkeel.Moment) *clerk {
	return &clerk{
		log: reports.LogDesk{Log: log, Now: func() evenkeel.Moment { return now }}, kept: db.Reporters(), casesOf: db.Cases, folder: db.Folder,
		holder: func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool) { return "t", true },
		ready:  func(context.Context) error { return nil }, doubt: 0.3, now: func() evenkeel.Moment { return now }, slog: slog.New(slog.DiscardHandler), kick: make(chan struct{}, 1),
	}
}

func reportBy(domain, id, address string, at evenkeel.Moment) []*abuse.Report {
	src, _ := abuse.SourceOf(address)
	r := &abuse.Report{ID: id, Class: abuse.Other, Source: src, At: at, Reporter: abuse.Reporter{Domain: domain}}
	r.Settle()
	return []*abuse.Report{r}
}

// TestWhoIsRarelyRightOpensNoCaseAlone (G): after nine false reports and none that was right, those of a
// reporter go no further, also after a restart, until another one reports the same.
func TestWhoIsRarelyRightOpensNoCaseAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	now := evenkeel.MomentOf(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	db, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := &logbook{}
	k := clerkOn(db, log, now)
	for i := range 9 {
		address := fmt.Sprintf("192.0.2.%d", i)
		c := evenkeel.Case{ID: evenkeel.CaseID(fmt.Sprintf("c-%d", i)), Tenant: "t", Family: reportFamily, Opened: now, State: evenkeel.CaseOpen, Since: now, Latest: now, Assets: []evenkeel.AssetID{evenkeel.AssetID(address)}}
		put(t, db, c, classFound(address, "content", now))
		if err := k.Take(t.Context(), "", reportBy("liar.example", address, address, now)); err != nil {
			t.Fatal(err)
		}
		if log.records != i+1 {
			t.Fatalf("report %d went no further", i+1)
		}
		if _, err := k.settle(t.Context(), docket.Reported{}); err != nil { // it is found, and open
			t.Fatal(err)
		}
		c.State, c.Since, c.Outcome = evenkeel.CaseClosed, now, evenkeel.OutcomeFalsePositive
		put(t, db, c)
		if _, err := k.settle(t.Context(), docket.Reported{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = sqlite.Open(file, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, k = &logbook{}, clerkOn(db, log, now)
	k.log.Log, log = &logbook{}, nil
	kept := k.log.Log.(*logbook)
	for _, c := range []struct {
		name, domain, id, address string
		records                   int
	}{
		{"the tenth report of who was never right goes no further", "liar.example", "x", "203.0.113.1", 0},
		{"that of a newcomer does", "newcomer.example", "x", "203.0.113.1", 1},
		{"where another has reported the same, so does the next of the first", "liar.example", "y", "203.0.113.1", 2},
		{"about anything else it does not", "liar.example", "z", "203.0.113.2", 2},
	} {
		if err := k.Take(t.Context(), "", reportBy(c.domain, c.id, c.address, now)); err != nil || kept.records != c.records {
			t.Errorf("%s: %d records, %v", c.name, kept.records, err)
		}
	}
	if p, err := k.kept.Precision(t.Context(), "claimed liar.example"); err != nil || p.False != 9 || p.Confirmed != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	if err := k.Take(t.Context(), "", reportBy("newcomer.example", "m", "198.51.100.xx", now)); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil {
		t.Errorf("a report of no address that can be known: %v", err)
	}
}

// put keeps a case, into which findings were taken when it was opened.
func put(t *testing.T, db *sqlite.DB, c evenkeel.Case, found ...evenkeel.Finding) {
	t.Helper()
	var entries []evenkeel.Entry
	for i := range found {
		entries = append(entries, evenkeel.Entry{Case: c.ID, Seq: int64(i + 1), At: found[i].At, Kind: evenkeel.EntryFound, Ref: string(found[i].ID), State: found[i].Revision.String(), Says: "found"})
	}
	err := db.Transact(t.Context(), func(tx docket.Tx) error {
		return tx.Put(docket.Changes{Tenant: c.Tenant, Family: c.Family, Cases: []evenkeel.Case{c}, Findings: found, Entries: entries})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// classFound is a finding of the built-in rule about reports of one class.
func classFound(address, class string, at evenkeel.Moment) evenkeel.Finding {
	return evenkeel.Finding{
		ID: evenkeel.FindingID("f-" + class + "-" + address), Revision: evenkeel.Provisional, Rule: "abuse-report", Version: 3, Family: reportFamily, Mode: evenkeel.ModeLive,
		Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: evenkeel.AssetID(address), Tenant: "t"}, Assets: []evenkeel.AssetID{evenkeel.AssetID(address)}, At: at, From: at, Until: at,
		Terms: []evenkeel.Term{{Name: class, Family: evenkeel.EvidenceReport, Weight: 1, Says: "Others report it."}},
	}
}

// TestAnOutcomeIsSaidOnlyOfWhatThePersonHad (issue 3, who reported): a case about attacks is closed as not
// what it looked like. Whoever reported spam from the same address is not told that a person looked at it, and
// it does not count against them; once spam stands in a case, what comes of that is told.
func TestAnOutcomeIsSaidOnlyOfWhatThePersonHad(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	k, address := clerkOn(db, &logbook{}, now), "192.0.2.1"
	c := evenkeel.Case{ID: "c-1", Tenant: "t", Family: reportFamily, Opened: now, State: evenkeel.CaseOpen, Since: now, Latest: now, Assets: []evenkeel.AssetID{evenkeel.AssetID(address)}}
	put(t, db, c, classFound(address, "attack", now))
	for domain, class := range map[string]abuse.Class{"attacked.example": {Category: "connection", Type: "login_attack"}, "mailed.example": {Category: "messaging", Type: "spam"}} {
		r := reportBy(domain, domain, address, now)
		r[0].Class = class
		if err := k.Take(t.Context(), "", r); err != nil {
			t.Fatal(err)
		}
	}
	settles := func(name string, attacked, mailed int) {
		t.Helper()
		if _, err := k.settle(t.Context(), docket.Reported{}); err != nil {
			t.Fatal(err)
		}
		for domain, n := range map[string]int{"attacked.example": attacked, "mailed.example": mailed} {
			if p, err := k.kept.Precision(t.Context(), "claimed "+domain); err != nil || p.False != n {
				t.Errorf("%s: %s was wrong %d times, %v; expected %d", name, domain, p.False, err, n)
			}
		}
	}
	settles("the case is open", 0, 0)
	c.State, c.Since, c.Outcome = evenkeel.CaseClosed, now, evenkeel.OutcomeFalsePositive
	put(t, db, c)
	settles("attacks were looked at", 1, 0)
	c.ID, c.Opened, c.Since, c.Latest = "c-2", now.Add(time.Minute), now.Add(time.Minute), now.Add(time.Minute)
	put(t, db, c, classFound(address, "spam", now.Add(time.Minute)))
	settles("spam was, too", 1, 1)
}

// box takes letters.
type box struct{ all []*courier.Letter }

func (b *box) Send(_ context.Context, l *courier.Letter) (string, error) {
	b.all = append(b.all, l)
	return "", nil
}

// TestReceiptsAreBounded (G): whoever forges senders has us write one mail a day to each, and two
// hundred an hour to all of them together.
func TestReceiptsAreBounded(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	m := &reporterMail{by: &box{}, operator: "Us", domain: "us.example"}
	count := func(reporter, contact string, times int) (n int) {
		for range times {
			if m.may(&docket.Reported{Reporter: reporter, Contact: contact}, now) {
				n++
			}
		}
		return n
	}
	if n := count("claimed x.example", "a@x.example", 50); n != 1 {
		t.Errorf("%d receipts to who may be forged; expected 1", n)
	}
	if n := count("mail y.example", "a@y.example", 50); n != 10 {
		t.Errorf("%d receipts to one; expected 10", n)
	}
	all := 11
	for i := range 500 {
		all += count("claimed z.example", fmt.Sprintf("%d@z.example", i), 1)
	}
	if all != thanksToAll {
		t.Errorf("%d receipts in an hour; expected %d", all, thanksToAll)
	}
	now = now.Add(time.Hour)
	if n := count("mail y.example", "a@y.example", 1) + count("claimed x.example", "a@x.example", 1); n != 1 {
		t.Errorf("%d an hour later; expected one, to whom it is shown that it is", n)
	}
}

// TestNoNewLineOfAReporterBeginsAHeader: what others write does not become a header of our mails.
func TestNoNewLineOfAReporterBeginsAHeader(t *testing.T) {
	b := &box{}
	m := &reporterMail{by: b, operator: "Us", domain: "us.example"}
	for _, thread := range []string{"a@b\r\nBcc: eve@evil.example", "a b@c", "", "<x@y>", "ä@b.example"} {
		x := docket.Reported{Receipt: "r-1", Contact: "ada@x.example", Thread: thread}
		if err := m.send(t.Context(), &x, "receipt r-1", thanks("Us", &x)); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range b.all {
		for _, h := range l.Message.Header {
			if h.Name == "In-Reply-To" || strings.ContainsAny(h.Value, "\r\n") {
				t.Errorf("%+v", h)
			}
		}
	}
	for _, bad := range []string{"", "ada", "a@b@c", "a@b\r\nBcc: x", "a@b, c@d", "Ada <a@b>"} {
		if deliverable(bad) {
			t.Errorf("%q would get mails", bad)
		}
	}
}

// TestWhoeverIsToBeToldWaitsForWhoSendsMail: a process that sends no mail settles nobody who is to be told,
// and one that does tells them; what came of it counts for the reporter meanwhile.
func TestWhoeverIsToBeToldWaitsForWhoSendsMail(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := evenkeel.MomentOf(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC))
	c := evenkeel.Case{ID: "c-1", Tenant: "t", Family: reportFamily, Opened: now, State: evenkeel.CaseOpen, Since: now, Latest: now, Assets: []evenkeel.AssetID{"192.0.2.1"}}
	put(t, db, c, classFound("192.0.2.1", "content", now))
	silent := clerkOn(db, &logbook{}, now)
	silent.mute = true
	r := reportBy("x.example", "1", "192.0.2.1", now)
	kept := docket.Reported{Receipt: "r-1", Reporter: "mail x.example", Contact: "ada@x.example"}
	if err := silent.take(t.Context(), kept, r, true); err != nil {
		t.Fatal(err)
	}
	c.State, c.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
	put(t, db, c)
	round := func(k *clerk) {
		t.Helper()
		if err := k.thank(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := k.settle(t.Context(), docket.Reported{}); err != nil {
			t.Fatal(err)
		}
	}
	round(silent)
	if p, err := silent.kept.Precision(t.Context(), "mail x.example"); err != nil || p.Confirmed != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	b := &box{}
	sends := clerkOn(db, &logbook{}, now)
	sends.told, sends.again = map[string]bool{}, map[string]putOff{}
	sends.mail = &reporterMail{by: b, operator: "Us", domain: "us.example"}
	for range 2 {
		round(sends)
	}
	if len(b.all) != 2 || b.all[0].Message.Subject != "Your report was received: r-1" || b.all[1].Message.Subject != "What came of your report: r-1" {
		t.Errorf("%d mails: %+v", len(b.all), b.all)
	}
	if p, err := sends.kept.Precision(t.Context(), "mail x.example"); err != nil || p.Confirmed != 1 {
		t.Errorf("it counts twice: %+v, %v", p, err)
	}

	// Nobody who sends came for days: then it is settled without.
	late := clerkOn(db, &logbook{}, now.Add(4*24*time.Hour))
	late.mute = true
	kept.Receipt = "r-2"
	if err := silent.take(t.Context(), kept, r, true); err != nil {
		t.Fatal(err)
	}
	round(late)
	if left, err := late.kept.Unsettled(t.Context(), docket.Reported{}, 10); err != nil || len(left) != 0 {
		t.Errorf("%+v, %v", left, err)
	}
}
