package letter

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func opened(t *testing.T, mail []byte) *Letter {
	t.Helper()
	l, err := Open(mail, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func refused(err error) bool {
	_, is := errors.AsType[*Refused](err)
	return is
}

func names(l *Letter) (all []string) {
	for _, p := range l.Parts {
		name := p.Type
		if p.Inner {
			name += " inner"
		}
		all = append(all, fmt.Sprintf("%s %s=%s", name, p.Name, bytes.TrimSpace(p.Body)))
	}
	return all
}

const nested = `From: Ada <ADA@Reporter.example>
Subject: =?utf-8?q?caf=C3=A9?=
Content-Type: multipart/mixed; boundary="one"

left out
--one
this is no header line
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

caf=E9
--one
Content-Type: application/octet-stream; name="=?utf-8?q?x=2Ebin?="
Content-Transfer-Encoding: base64

aGVsbG8=
--one
Content-Type: message/rfc822

Subject: within
Content-Type: multipart/alternative; boundary="two"

--two
Content-Type: text/html

<p>hi</p>
--two--
--one--
left out
`

func TestAMailIsTakenApart(t *testing.T) {
	for _, c := range []struct {
		name string
		mail []byte
		want []string
	}{
		{"whatever its lines end in: newline", []byte(nested), nil},
		{"whatever its lines end in: both", crlf(nested), nil},
		{"whatever its lines end in: return", []byte(strings.ReplaceAll(nested, "\n", "\r")), nil},
		{"with a line of a mailbox file before it", []byte("From somebody Sat Oct  4 08:00:09 2025\n" + nested), nil},
		{"and is not there to its end", []byte(strings.TrimSuffix(nested, "--two--\n--one--\nleft out\n")), nil},
	} {
		l := opened(t, c.mail)
		got := names(l)
		want := []string{"text/plain =café", "application/octet-stream x.bin=hello", "", "text/html inner =<p>hi</p>"}
		if len(got) != 4 || got[0] != want[0] || got[1] != want[1] || !strings.HasPrefix(got[2], "message/rfc822") || got[3] != want[3] {
			t.Errorf("%s: %q", c.name, got)
		}
		if name, from := l.Sender(); name != "Ada" || from != "ada@reporter.example" || l.Header.Get("Subject") != "café" || strings.TrimSpace(l.Text()) != "café" {
			t.Errorf("%s: %q %q %q %q", c.name, name, from, l.Header.Get("Subject"), l.Text())
		}
	}
}

func TestWhatIsBrokenCostsOnlyItself(t *testing.T) {
	for _, c := range []struct{ name, mail, want string }{
		{"an unknown charset", "Content-Type: text/plain; charset=klingon\n\nqapla\n", "text/plain =qapla"},
		{"an unknown encoding", "Content-Type: text/plain\nContent-Transfer-Encoding: rot13\n\nuryyb\n", "text/plain =uryyb"},
		{"base64 that is broken in the middle", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8g\n!!!!\n", "text/plain =hello"},
		{"no media type", "Content-Type: nothing\n\nhello\n", "text/plain =hello"},
		{"a multipart without a boundary", "Content-Type: multipart/mixed\n\nhello\n", "multipart/mixed =hello"},
		{"parameters that are broken", "Content-Type: text/plain; =; charset\n\nhello\n", "text/plain =hello"},
		{"no header", "\nhello\n", ""},
		{"a part whose header is too large", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n" + strings.Repeat("X: y\n", 1<<18) + "\nx\n--b--\n", "text/plain =hello"},
	} {
		l, err := Open([]byte(c.mail), Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := names(l); c.want != "" && (len(got) != 1 || got[0] != c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// Issue 3, bad input: mail with 10,000 parts or 1 GB.
func TestAMailBeyondTheBoundsIsRefusedBeforeItCostsMore(t *testing.T) {
	var parts strings.Builder
	parts.WriteString("Content-Type: multipart/mixed; boundary=b\n\n")
	for range 10_000 {
		parts.WriteString("--b\n\nx\n")
	}
	deep := strings.Repeat("Content-Type: message/rfc822\n\n", 24) + "\nx"
	levels := ""
	for i := range 24 {
		levels += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	large := strings.Repeat("x", MaxBytes-1000)
	for _, c := range []struct{ name, mail, want string }{
		{"10,000 parts", parts.String(), "more than 300 parts"},
		{"mails in mails", deep, "more than 12 deep"},
		{"parts in parts", levels, "more than 12 deep"},
		{"large mails in mails", strings.Repeat("Content-Type: message/rfc822\n\n", 6) + "\n" + large, "mails within mails"},
		{"a header without an end", strings.Repeat("X: y\n", 1<<18), "its header"},
		{"too many bytes", large + strings.Repeat("x", 2000), fmt.Sprintf("more than %d bytes", MaxBytes)},
	} {
		if _, err := Open([]byte(c.mail), Limits{}); !refused(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAMailThatLiesInAnotherStaysClosedWhereThatIsAskedFor(t *testing.T) {
	l, err := Open([]byte(nested), Limits{Sealed: true})
	if err != nil || len(l.Parts) != 3 || l.Parts[2].Type != "message/rfc822" || !bytes.Contains(l.Parts[2].Body, []byte("<p>hi</p>")) {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestOfABodyNoMoreIsKeptThanIsAskedFor(t *testing.T) {
	mail := "Content-Type: text/plain; charset=iso-8859-1\n\n" + strings.Repeat("\xe9", 1<<20)
	if l, err := Open([]byte(mail), Limits{Body: 101}); err != nil || len(l.Parts[0].Body) != 101 {
		t.Errorf("%v, %d bytes", err, len(l.Parts[0].Body))
	}
}

func TestWhatAMultipartReportsIsToldOfTheMailItself(t *testing.T) {
	const inner = "Content-Type: multipart/report; report-type=delivery-status; boundary=i\n\n--i\n\nx\n--i--\n"
	l := opened(t, []byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/report; report-type=Feedback-Report; boundary=c\n\n"+
		"--c\nContent-Disposition: ATTACHMENT; filename=\"a/b.txt\"\n\nx\n--c\nContent-Disposition: attachment; =\n\ny\n--c--\n--b\nContent-Type: message/rfc822\n\n"+inner+"--b--\n"))
	if len(l.Reports) != 1 || l.Reports[0] != "feedback-report" || !l.Parts[0].Attached || l.Parts[0].Name != "b.txt" || !l.Parts[1].Attached || l.Parts[2].Attached {
		t.Errorf("%+v", l)
	}
}

func TestWhoAMailIsFromIsReadBeforeNamesAreDecoded(t *testing.T) {
	for _, c := range []struct{ from, name, address string }{
		{"Ada <ADA@reporter.example>", "Ada", "ada@reporter.example"},
		{"=?utf-8?q?Ada_=3Cboss=40us=2Eexample=3E?= <ada@reporter.example>", "Ada <boss@us.example>", "ada@reporter.example"},
		{"=?gb2312?b?zfXP/g==?= <wang@reporter.example>", "王晓", "wang@reporter.example"},
		{"Ada @ home <ada@reporter.example>", "Ada @ home", "ada@reporter.example"},
	} {
		if name, address := opened(t, []byte("From: "+c.from+"\n\nx\n")).Sender(); name != c.name || address != c.address {
			t.Errorf("%s: %q, %q", c.from, name, address)
		}
	}
}

// RFC 3834: what machines and lists write is never answered.
func TestWhomNotToAnswer(t *testing.T) {
	const person = "From: Ada <ada@reporter.example>\nReturn-Path: <ada@reporter.example>\nSubject: abuse from 192.0.2.1\n"
	for _, c := range []struct {
		name, header      string
		answer, answersUs bool
	}{
		{"a person", "", true, false},
		{"a person who says that no machine wrote it", "Auto-Submitted: no\n", true, false},
		{"a machine", "Auto-Submitted: auto-generated\n", false, false},
		{"an automatic answer", "Auto-Submitted: auto-replied\n", false, true},
		{"a list", "List-Id: <abuse.example>\n", false, false},
		{"a mailing", "Precedence: bulk\n", false, false},
		{"one that came around", "X-Loop: abuse@us.example\n", false, false},
		{"one that suppresses answers", "X-Auto-Response-Suppress: All\n", false, false},
		{"a failed delivery", "X-Failed-Recipients: a@b.example\n", false, true},
	} {
		l := opened(t, []byte(person+c.header+"\nhello\n"))
		if l.Answerable() != c.answer || l.Automatic() != c.answersUs {
			t.Errorf("%s: answerable %v, automatic %v", c.name, l.Answerable(), l.Automatic())
		}
	}
	for name, mail := range map[string]string{
		"the null sender":             "From: ada@reporter.example\nReturn-Path: <>\nSubject: x\n\n",
		"an address that takes none":  "From: no-reply@reporter.example\nSubject: x\n\n",
		"the mail system":             "From: MAILER-DAEMON@reporter.example\nSubject: x\n\n",
		"nobody":                      "Subject: x\n\n",
		"a subject that machines use": "From: ada@reporter.example\nSubject: Automatic reply: abuse\n\n",
	} {
		if l := opened(t, []byte(mail)); l.Answerable() {
			t.Errorf("%s is answered", name)
		}
	}
}

func TestOnlyOurOwnServersWordCounts(t *testing.T) {
	const mail = "Authentication-Results: mx.us.example; spf=pass smtp.mailfrom=x; dkim=fail; dkim=pass header.d=x; dmarc=none\n" +
		"Authentication-Results: mx.us.example; spf=fail\nAuthentication-Results: evil.example; spf=pass; dmarc=pass\n\n"
	for _, c := range []struct{ server, want string }{
		{"", "  "}, {"mx.us.example", "pass pass none"}, {"MX.us.example", "pass pass none"}, {"mx.other.example", "  "},
	} {
		spf, dkim, dmarc := opened(t, []byte(mail)).Header.Checked(c.server)
		if got := spf + " " + dkim + " " + dmarc; got != c.want {
			t.Errorf("server %q: %q; expected %q", c.server, got, c.want)
		}
	}
}

// R27: what a sender can write into a mail never passes for what the operator's server verified of it.
func TestWhatTheSenderChoseIsNotWhatAServerVerified(t *testing.T) {
	for _, c := range []struct{ name, mail, want string }{
		{"in a comment", "Authentication-Results: mx.us.example; spf=fail (domain of a; dkim=pass; dmarc=pass (x) y); dkim=fail\n", "fail fail "},
		{"in a comment that does not end", "Authentication-Results: mx.us.example; spf=fail (x; dkim=pass; dmarc=pass\n", "fail  "},
		{"in quotation marks", "Authentication-Results: mx.us.example; spf=none smtp.mailfrom=\"a\\\"; dkim=pass; dmarc=pass\"@x.example; dkim=none\n", "none none "},
		{"behind a return, where the server saw no line", "X: y\rAuthentication-Results: mx.us.example; dmarc=pass\n", "  "},
		{"a comment before the verdict", "Authentication-Results: mx.us.example 1; spf = pass (x); DKIM=pass\n", "pass pass "},
	} {
		spf, dkim, dmarc := opened(t, []byte(c.mail+"\nx\n")).Header.Checked("mx.us.example")
		if got := spf + " " + dkim + " " + dmarc; got != c.want {
			t.Errorf("%s: %q; expected %q", c.name, got, c.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(nested))
	f.Add(crlf(nested))
	f.Add([]byte("Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n--b\n--b--\n"))
	f.Add([]byte("Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n\n=\n"))
	f.Fuzz(func(t *testing.T, mail []byte) {
		l, err := Open(mail, Limits{})
		if err != nil {
			if !refused(err) {
				t.Fatal(err)
			}
			return
		}
		if len(l.Parts) > 300 {
			t.Fatalf("%d parts", len(l.Parts))
		}
		if l.Automatic() && l.Answerable() {
			t.Fatal("an automatic mail is answered")
		}
		_ = l.Text()
	})
}

// TestAHeaderIsReadWhateverFollows: issue 3, mail with 10,000 parts or 1 GB: of its header as much as is bounded.
func TestAHeaderIsReadWhateverFollows(t *testing.T) {
	const fields = "From: a@b.example\nIn-Reply-To: <n-1@x>\nContent-Type: multipart/Report; report-type=Delivery-Status; boundary=b\n"
	for name, mail := range map[string][]byte{
		"a body that is cut":        crlf(fields + "\n" + strings.Repeat("--b\n\nx\n", 10_000) + "--"),
		"no body":                   crlf(fields),
		"a mailbox line above":      crlf("From somebody\n" + fields + "\nx"),
		"a header without end":      crlf(fields + strings.Repeat("X: y\n", 4096)),
		"a line of it that is none": crlf(fields + "X-Long: " + strings.Repeat("y", 1<<16) + "\nTo: c@d.example\n\nx"),
	} {
		l, head, err := Head(mail, Limits{Header: 8 << 10})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, from := l.Sender(); from != "a@b.example" || l.Header.Raw("In-Reply-To") != "<n-1@x>" || len(l.Parts) != 0 || fmt.Sprint(l.Reports) != "[delivery-status]" || l.Header.Has("To") {
			t.Errorf("%s: %+v", name, l)
		}
		if !bytes.Contains(head, []byte("From: a@b.example\n")) || !bytes.HasSuffix(head, []byte("\n\n")) || len(head) > 8<<10+2 {
			t.Errorf("%s: %d bytes of a header: %.100q", name, len(head), head)
		}
	}
	if _, head, err := Head(nil, Limits{}); err != nil || string(head) != "\n" {
		t.Errorf("of nothing: %q, %v", head, err)
	}
}
