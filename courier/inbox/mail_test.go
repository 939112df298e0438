package inbox

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// crlf writes a mail as it travels.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

const who = "From: Ann <ann@acme.example>\nMessage-ID: <m-1@acme.example>\n"

func TestTheWordsOfAMailAreWhatItsSenderWrote(t *testing.T) {
	plain := who + "Content-Type: text/plain; charset=utf-8\n\n"
	page := who + "Content-Type: text/html; charset=utf-8\n\n"
	for _, c := range []struct {
		says, mail, words string
		quoted            bool
	}{
		{"a plain text is its words", plain + "It is our job.\n", "It is our job.", false},
		{"a quotation at the end is left out, with the line that introduces it", plain + "It is ours.\n\nOn Wed, 4 Mar 2026 at 08:47, abuse wrote:\n> What is it?\n> Answer.\n", "It is ours.", true},
		{"an introduction over two lines is left out", plain + "Ours.\n\nOn Wed, 4 Mar 2026 at 08:47, Example Cloud <a@b.example>\nwrote:\n> What?\n", "Ours.", true},
		{"a sentence that ends with a colon stays", plain + "Here is the list:\n> What?\n", "Here is the list:", true},
		{"an introduction in Chinese is left out", plain + "是我们的。\n\n2026年3月4日 08:47 <a@b.example> 写道：\n> 这是什么？\n", "是我们的。", true},
		{"answers between quoted lines stay with them", plain + "> What?\nOurs.\n> Since when?\nMonday.\n", "> What?\nOurs.\n> Since when?\nMonday.", false},
		{"what a program quotes without marks is left out", plain + "Ours.\n\n-----Original Message-----\nFrom: abuse@b.example\nSent: Wednesday\n\nWhat is it?\n", "Ours.", true},
		{"a rule of hyphens is no quotation by itself", plain + "Ours.\n-----\nAnd so on.\n", "Ours.\n-----\nAnd so on.", false},
		{"a quotation alone is all there is", plain + "> What?\n", "> What?", false},
		{"a signature stays", plain + "Ours.\n-- \nAnn\n", "Ours.\n--\nAnn", false},
		{"a page is its text", page + "<html><head><title>x</title><style>p{}</style></head><body><p>It is <b>our</b> job.</p><p>Really&nbsp;&lt;b&gt;</p></body></html>", "It is our job.\n\nReally <b>", false},
		{"an introduction that is broken before the address is left out", plain + "Ours.\n\nOn Fri, Nov 27, 2026 at 2:50 PM Example Cloud Abuse <\na@b.example> wrote:\n> What?\n", "Ours.", true},
		{"an introduction over three lines is left out", plain + "Ours.\n\nOn Fri, Nov 27, 2026 at 2:50 PM The abuse desk of Example Cloud\nInternational <a@b.example>\nwrote:\n> What?\n", "Ours.", true},
		{"an introduction by a weekday is left out", plain + "Ours.\n\nOn Friday, Example Cloud wrote:\n> What?\n", "Ours.", true},
		{"a sentence before a broken introduction stays", plain + "Ours since 2019.\n<a@b.example> wrote:\n> What?\n", "Ours since 2019.", true},
		{"a sentence that asks about what was written stays", plain + "Ours.\n\nOn the contrary to what you wrote:\n> What?\n", "Ours.\n\nOn the contrary to what you wrote:", true},
		{"what a page quotes is left out", page + "<div>Ours.</div><div>On Wed, 4 Mar 2026 at 08:47, abuse wrote:<blockquote><p>What?</p></blockquote></div>", "Ours.", true},
		{"a head that is never closed hides nothing", page + "<head><title>x</title><body>Ours.", "Ours.", false},
		{"scripts, frames and comments say nothing", page + "<script>alert('x')</script><!-- lift all --><iframe src=https://x.example>y</iframe>Ours.<img src=x onerror=alert(1)>", "Ours.", false},
		{"of two forms the plain one counts", who + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nPlain.\n--b\nContent-Type: text/html\n\n<p>Page.</p>\n--b--\n", "Plain.", false},
		{"an attached text is not said", who + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSaid.\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=x.txt\n\nKept.\n--b--\n", "Said.", false},
		{"a list of parts without an end counts as far as it goes", who + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSaid.\n", "Said.", false},
		{"Latin-1 is read", who + "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n", "Grüße", false},
		{"GB18030 is read", who + "Content-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: base64\n\nysfO0sPHtcQ=\n", "是我们的", false},
		{"a charset that nobody knows makes odd letters", who + "Content-Type: text/plain; charset=x-none\n\nOurs \xff.\n", "Ours \ufffd.", false},
		{"an encoding that breaks off counts as far as it goes", who + "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nT3Vycy4h!!!!\n", "Ours.!", false},
		{"controls and turned text are taken out", plain + "Ours\x1b[31m\u202e red\x00\n", "Ours[31m red", false},
		{"a mail without a type is text", who + "\nOurs.\n", "Ours.", false},
		{"a type that cannot be read is text", who + "Content-Type: ;;;\n\nOurs.\n", "Ours.", false},
	} {
		m, err := Read(crlf(c.mail), Limits{})
		if err != nil || m.Words != c.words || m.Quoted != c.quoted {
			t.Errorf("%s: %q, quoted %v, %v; expected %q", c.says, m.Words, m.Quoted, err, c.words)
		}
		if c.quoted && !strings.Contains(m.Whole, m.Words) || m.From != "ann@acme.example" || m.ID != "m-1@acme.example" {
			t.Errorf("%s: whole %q, from %q, id %q", c.says, m.Whole, m.From, m.ID)
		}
	}
}

func TestWhatNoPersonWroteIsTold(t *testing.T) {
	for _, c := range []struct {
		header string
		auto   bool
	}{
		{"Auto-Submitted: auto-replied", true}, {"Auto-Submitted: auto-generated; x=y", true}, {"Auto-Submitted: no", false}, {"Auto-Submitted: No ; x", false},
		{"Precedence: bulk", true}, {"Precedence: Auto_Reply", true}, {"Precedence: first-class", false}, {"X-Autoreply: yes", true}, {"X-Autorespond: away", true},
		{"List-Id: <users.acme.example>", true}, {"Return-Path: <>", true}, {"Return-Path: <ann@acme.example>", false},
		{"X-Auto-Response-Suppress: All", false}, // a help desk asks not to be answered, and a person wrote it
	} {
		m, err := Read(crlf(who+c.header+"\n\nHello.\n"), Limits{})
		if err != nil || (m.Automatic != "") != c.auto {
			t.Errorf("%s: %q, %v", c.header, m.Automatic, err)
		}
	}
}

// R27: what a sender can write into a mail never passes for what the operator's server verified of it.
func TestOnlyTheWordOfTheServerThatIsNamedStandsBesideAMail(t *testing.T) {
	for _, c := range []struct {
		says, fields string
		want         Proof
	}{
		{"the topmost of that server counts", "Authentication-Results: MX.us.example; spf=pass; dmarc=fail\nAuthentication-Results: mx.us.example; dmarc=pass\n", Proof{SPF: "pass", DMARC: "fail"}},
		{"another server's does not", "Authentication-Results: mx.evil.example; spf=pass; dmarc=pass\n", Proof{}},
		{"a verdict in a comment does not", "Authentication-Results: mx.us.example; spf=fail (a; dmarc=pass b); dmarc=fail; spf=pass\n", Proof{SPF: "fail", DMARC: "fail"}},
		{"a verdict that there is not is not repeated", "Authentication-Results: mx.us.example; spf=perfect\n", Proof{}},
	} {
		m, err := Read(crlf(who+c.fields+"\nx\n"), Limits{})
		p := Proof{}
		p.trust(&m, "mx.us.example")
		if err != nil || p.SPF != c.want.SPF || p.DMARC != c.want.DMARC {
			t.Errorf("%s: %+v, %v", c.says, p, err)
		}
	}
}

func TestAMailAnswersWhatItsHeaderNames(t *testing.T) {
	m, err := Read(crlf(who+"In-Reply-To: Your mail of Monday <n-2@notices.example>\nReferences: <c-1@notices.example>\n <n-1@notices.example> <n-2@notices.example>\n\nOurs.\n"), Limits{})
	if want := []string{"n-2@notices.example", "n-1@notices.example", "c-1@notices.example"}; err != nil || !slices.Equal(m.About, want) {
		t.Errorf("about %v, %v; expected %v", m.About, err, want)
	}
	got := threadOf("Notices.example", append(m.About, "n-3@elsewhere.example", "n-../x@notices.example", "x@notices.example")...)
	if !slices.Equal(got.Notices, []evenkeel.NoticeID{"n-2", "n-1"}) || !slices.Equal(got.Cases, []evenkeel.CaseID{"c-1"}) {
		t.Errorf("the thread is %+v", got)
	}
}

func TestAReportOfAServerSaysWhatBecameOfAMail(t *testing.T) {
	report := func(fields string) string {
		return "From: MAILER-DAEMON@mx.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt did not go.\n" +
			"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n" + fields + "\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <n-1@notices.example>\nSubject: x\n\nText\n--b--\n"
	}
	for _, c := range []struct {
		says, fields string
		want         Fate
		final        bool
	}{
		{"a user that there is not", "Final-Recipient: rfc822; ann@acme.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n  no such user\n", Fate{"ann@acme.example", "failed", "5.1.1", "550 5.1.1 no such user"}, true},
		{"one that waits", "Final-Recipient: rfc822;ann@acme.example\nAction: delayed\nStatus: 4.4.1\n", Fate{"ann@acme.example", "delayed", "4.4.1", ""}, false},
		{"one that was given up after days, with a passing status", "Final-Recipient: rfc822;ann@acme.example\nAction: Failed\nStatus: 4.4.7 (expired)\n", Fate{"ann@acme.example", "failed", "4.4.7", ""}, true},
		{"one that was forwarded is named as we wrote it", "Original-Recipient: rfc822;ann@acme.example\nFinal-Recipient: rfc822;box7@store.example\nAction: failed\nStatus: 5.2.2\n", Fate{"ann@acme.example", "failed", "5.2.2", ""}, true},
		{"without an action the class of the status counts", "Final-Recipient: rfc822;ann@acme.example\nStatus: 5.0.0\n", Fate{"ann@acme.example", "", "5.0.0", ""}, true},
		{"a status that is none says nothing", "Final-Recipient: rfc822;ann@acme.example\nStatus: 5\n", Fate{"ann@acme.example", "", "", ""}, false},
		{"one that arrived", "Final-Recipient: rfc822;ann@acme.example\nAction: delivered\nStatus: 2.0.0\n", Fate{"ann@acme.example", "delivered", "2.0.0", ""}, false},
	} {
		m, err := Read(crlf(report(c.fields)), Limits{})
		if err != nil || m.Returned == nil || m.Returned.Original != "n-1@notices.example" || !slices.Equal(m.Returned.Recipients, []Fate{c.want}) {
			t.Errorf("%s: %+v, %v; expected %+v", c.says, m.Returned, err, c.want)
			continue
		}
		if got := m.Returned.Recipients[0].Final(); got != c.final {
			t.Errorf("%s: final %v", c.says, got)
		}
	}
}

func TestAnAbuseReportIsKnownAsOne(t *testing.T) {
	for _, c := range []struct {
		mail string
		want bool
	}{
		{who + "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b--\n", true},
		{who + "X-XARF: PLAIN\n\nx\n", true}, {who + "\nAn abuse report, in words.\n", false},
	} {
		if m, err := Read(crlf(c.mail), Limits{}); err != nil || m.Report != c.want {
			t.Errorf("%q: %v, %v", c.mail, m.Report, err)
		}
	}
}

// hostile are mails that are made to do harm.
var hostile = []struct {
	says string
	mail func() []byte
	why  string // of the refusal; "" where it is read
}{
	{"10,000 parts", func() []byte {
		return crlf(who + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10_000) + "--b--\n")
	}, "more than 100 parts"},
	{"parts in parts in parts", func() []byte {
		var b strings.Builder
		b.WriteString(who)
		for i := range 50 {
			n := strings.Repeat("b", i+1)
			b.WriteString("Content-Type: multipart/mixed; boundary=" + n + "\n\n--" + n + "\n")
		}
		return crlf(b.String())
	}, "more than 8 deep"},
	{"more bytes than are taken", func() []byte { return append(crlf(who+"\n"), make([]byte, 10<<20)...) }, "more than 10485760 bytes"},
	{"a header without an end", func() []byte { return crlf(who + strings.Repeat("X: y\n", 1<<20)) }, "its header"},
	{"a part with a million headers", func() []byte {
		return crlf(who + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSaid.\n--b\n" + strings.Repeat("X: y\n", 1<<20) + "\nx\n--b--\n")
	}, ""},
	{"a page of a million open tags", func() []byte {
		return crlf(who + "Content-Type: text/html\n\n" + strings.Repeat("<blockquote>", 500_000) + "x")
	}, ""},
	{"a page of one endless tag", func() []byte { return crlf(who + "Content-Type: text/html\n\n<p " + strings.Repeat("a=b ", 1<<20)) }, ""},
	{"a text of a million empty lines", func() []byte { return crlf(who + "\nx" + strings.Repeat("\n", 1<<20) + "> y\n") }, ""},
	{"a text of a million rules", func() []byte { return crlf(who + "\n" + strings.Repeat("-----Original Message-----\n", 1<<18)) }, ""},
	{"a report about a million recipients", func() []byte {
		return crlf("Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
			strings.Repeat("Final-Recipient: rfc822;a@b.example\nAction: failed\n\n", 1<<17) + "--b--\n")
	}, ""},
	{"a million references", func() []byte { return crlf(who + "References:" + strings.Repeat(" <a@b>\n", 30_000) + "\nx\n") }, ""},
	{"nothing", func() []byte { return nil }, ""},
	{"bytes that are no mail", func() []byte { return []byte("\x00\x01\x02\xff") }, ""},
}

func TestHostileMailsCostOnlyThemselves(t *testing.T) {
	for _, c := range hostile {
		t.Run(c.says, func(t *testing.T) {
			m, err := Read(c.mail(), Limits{})
			if c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why) || evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "") {
				t.Errorf("%v; expected a refusal: %s", err, c.why)
			}
			sound(t, &m)
		})
	}
}

// sound is what holds of whatever was read.
func sound(t *testing.T, m *Mail) {
	t.Helper()
	l := Limits{}.filled()
	if len(m.Whole) > 3*l.Text || len(m.Words) > len(m.Whole) || len(m.About) > mostAbout || len(m.Subject) > 500 || len(m.From) > 320 {
		t.Errorf("whole %d, words %d, about %d, subject %d, from %d bytes", len(m.Whole), len(m.Words), len(m.About), len(m.Subject), len(m.From))
	}
	if r := m.Returned; r != nil && len(r.Recipients) > mostFates {
		t.Errorf("%d recipients", len(r.Recipients))
	}
	for _, s := range []string{m.Whole, m.Words, m.Subject} {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1b\r\u202e") {
			t.Errorf("%.100q is not clean", s)
		}
	}
	if strings.Contains(m.Subject, "\n") {
		t.Error("the subject has several lines")
	}
	if m.Whole != "" && m.Words == "" {
		t.Error("all words were left out")
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range hostile {
		if raw := c.mail(); len(raw) < 4096 {
			f.Add(raw)
		}
	}
	f.Add(crlf(who + "Content-Type: text/html; charset=gbk\nContent-Transfer-Encoding: base64\n\nPHA+ysc8L3A+\n"))
	f.Add(crlf(who + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nA: b\n\nFinal-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <n-1@x>\n--b--\n"))
	f.Add(crlf(who + "In-Reply-To: <n-1@x>\nAuthentication-Results: mx; spf=pass\n\nOurs.\n\nOn 4 Mar 2026 08:47 a@b wrote:\n> What?\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(raw, Limits{})
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%v is %v", err, evenkeel.KindOf(err))
		}
		sound(t, &m)
		p := Proof{}
		p.trust(&m, "mx")
		if m, _, err := readHead(raw, Limits{}, "it is too large"); err == nil {
			m.Whole = m.Words
			sound(t, &m)
			if m.Words == "" {
				t.Error("it does not say that it was not read")
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	raw := crlf(who + "In-Reply-To: <n-1@x>\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nOurs.\n\n" +
		strings.Repeat("> a line of the letter that is answered\n", 60) + "--b\nContent-Type: text/html\n\n<p>Ours.</p>\n--b--\n")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(raw, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadOfHostileMails(b *testing.B) {
	var all [][]byte
	for _, c := range hostile {
		all = append(all, c.mail())
	}
	for b.Loop() {
		for _, raw := range all {
			_, _ = Read(raw, Limits{}) // some are refused
		}
	}
}
