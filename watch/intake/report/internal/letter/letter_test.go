package letter

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func opened(t *testing.T, mail []byte) *Letter {
	t.Helper()
	l, err := Open(mail)
	if err != nil {
		t.Fatal(err)
	}
	return l
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
	} {
		l, err := Open([]byte(c.mail))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := names(l); c.want != "" && (len(got) != 1 || got[0] != c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// endless gives one byte for ever and counts.
type endless struct{ given int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.given += int64(len(p))
	return len(p), nil
}

// Issue 3, bad input: mail with 10,000 parts or 1 GB.
func TestAMailBeyondTheBoundsIsRefusedBeforeItCostsMore(t *testing.T) {
	gigabyte := &endless{}
	_, err := Take(io.LimitReader(gigabyte, 1<<30))
	if evenkeel.KindOf(err) != evenkeel.KindInvalid || gigabyte.given > 2*MaxBytes {
		t.Errorf("a mail of 1 GB: %v after %d bytes", err, gigabyte.given)
	}
	var parts strings.Builder
	parts.WriteString("Content-Type: multipart/mixed; boundary=b\n\n")
	for range 10_000 {
		parts.WriteString("--b\n\nx\n")
	}
	deep := strings.Repeat("Content-Type: message/rfc822\n\n", 2*MaxDepth) + "\nx"
	levels := ""
	for i := range 2 * MaxDepth {
		levels += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	large := strings.Repeat("x", MaxBytes-1000)
	for _, c := range []struct{ name, mail, want string }{
		{"10,000 parts", parts.String(), "more than 300 parts"},
		{"mails in mails", deep, "deeper than 12"},
		{"parts in parts", levels, "deeper than 12"},
		{"large mails in mails", strings.Repeat("Content-Type: message/rfc822\n\n", 6) + "\n" + large, "mails within mails"},
		{"too many bytes", large + strings.Repeat("x", 2000), "larger than 22 MiB"},
	} {
		if _, err := Open([]byte(c.mail)); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
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
		spf, dkim, dmarc := opened(t, []byte(mail)).Checked(c.server)
		if got := spf + " " + dkim + " " + dmarc; got != c.want {
			t.Errorf("server %q: %q; expected %q", c.server, got, c.want)
		}
	}
}

func TestTimesAsMailsWriteThem(t *testing.T) {
	for _, s := range []string{
		"2014-01-31T06:19:02Z", "2014-01-31 07:19:02+01:00", "Fri, 31 Jan 2014 07:19:02 +0100", "Fri, 31 Jan 2014 07:19:02 +0100 (CET)",
		"31 Jan 2014 07:19:02 +0100", "2014-01-31 07:19:02 CET", "Jan 31 2014 07:19:02 +0100", "31/Jan/2014:07:19:02 +0100",
		"'2014-01-30 23:19:02-07:00'", "2014-01-31 06:19:02", "Fri, 31 Jan 2014 06:19:02 UT", "Fri, 31 Jan 2014 07: 19:02 +0100",
	} {
		if at, ok := Moment(s); !ok || at.String() != "2014-01-31T06:19:02Z" {
			t.Errorf("%q: %v, %v", s, at, ok)
		}
	}
	if at, ok := Moment("Mon, 21 Sep 2015 11:00AM PDT"); !ok || at.String() != "2015-09-21T18:00:00Z" {
		t.Errorf("with AM: %v, %v", at, ok)
	}
	if at, ok := Moment("yesterday"); ok {
		t.Errorf("yesterday: %v", at)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(nested))
	f.Add(crlf(nested))
	f.Add([]byte("Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=b\n\n--b\n--b--\n"))
	f.Add([]byte("Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n\n=\n"))
	f.Fuzz(func(t *testing.T, mail []byte) {
		l, err := Open(mail)
		if err != nil {
			if evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Fatal(err)
			}
			return
		}
		if len(l.Parts) > MaxParts {
			t.Fatalf("%d parts", len(l.Parts))
		}
		if l.Automatic() && l.Answerable() {
			t.Fatal("an automatic mail is answered")
		}
		_ = l.Text()
	})
}
