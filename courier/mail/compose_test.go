package mail

import (
	"bytes"
	"maps"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"pgregory.net/rapid"
)

// TestNoNameBeginsAHeader: whatever tenants, operators and rules are called, a mail has the
// headers that it has, each once.
func TestNoNameBeginsAHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hostile := rapid.SampledFrom([]string{
			"x\r\nBcc: all@acme.example", "x\nSubject: y", "x\r\n\r\n<script>", "\x00", "=?utf-8?q?x=0D=0ABcc:_y?=", "x\u2028Bcc: y", "\r", "“x”", "\xff\xfe",
		})
		n := notice()
		n.Case = evenkeel.CaseID("c" + hostile.Draw(t, "case"))
		n.ID = evenkeel.NoticeID("n" + hostile.Draw(t, "id"))
		n.Assets = []evenkeel.AssetID{evenkeel.AssetID("a" + hostile.Draw(t, "asset"))}
		n.Says, n.Clause, n.Policy = "s"+hostile.Draw(t, "says"), "c"+hostile.Draw(t, "clause"), hostile.Draw(t, "policy")
		n.Seen[0].Says, n.Keeps[0], n.Ledger = "t"+hostile.Draw(t, "term"), hostile.Draw(t, "keeps"), hostile.Draw(t, "head")
		h := head
		h.Operator = "o" + hostile.Draw(t, "operator")
		lang := rapid.SampledFrom([]string{"en", "zh", hostile.Draw(t, "lang")}).Draw(t, "language")
		m, err := courier.Render(&n, courier.Recipient{Role: hostile.Draw(t, "role"), Lang: lang}, courier.Links{}, h)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "past the courier") { // the channel does not trust who hands it letters
			m.Subject = hostile.Draw(t, "subject")
			m.Header[1].Value = hostile.Draw(t, "header")
		}
		b, err := compose(&m, &envelope{from: netmail.Address{Name: hostile.Draw(t, "sender"), Address: "abuse@example.com"}, to: owner, at: written.Time()})
		if err != nil {
			t.Fatal(err)
		}
		got, err := netmail.ReadMessage(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v:\n%s", err, b)
		}
		want := "Auto-Submitted Content-Language Content-Type Date From In-Reply-To Message-Id Mime-Version References Subject To"
		if names := sorted(got.Header); names != want {
			t.Errorf("the headers are %s:\n%s", names, b)
		}
		for name, all := range got.Header {
			if len(all) != 1 {
				t.Errorf("%s is there %d times", name, len(all))
			}
		}
		for line := range bytes.SplitSeq(b, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
				t.Errorf("a line of %d bytes: %q", len(line), line)
			}
		}
	})
}

func TestTheSameLetterIsTheSameMail(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		l := letter(t, "owner", owner, lang)
		e := &envelope{from: netmail.Address{Address: "abuse@example.com"}, to: owner, at: written.Time()}
		a, err := compose(&l.Message, e)
		check(t, err)
		b, err := compose(&letter(t, "owner", owner, lang).Message, e)
		check(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two mails differ", lang)
		}
		if i := bytes.IndexFunc(a, func(r rune) bool { return r > 126 }); i >= 0 {
			t.Errorf("%s: at %d it is not ASCII", lang, i)
		}
	}
}

func TestWhatMayBeAnAddress(t *testing.T) {
	for in, want := range map[string]string{
		"owner@acme.example":                   "owner@acme.example",
		"first.last+x@acme.example":            "first.last+x@acme.example",
		"用户@acme.example":                      "用户@acme.example",
		"owner@例子.example":                     "owner@xn--fsqu00a.example",
		"":                                     "",
		"owner":                                "",
		"@acme.example":                        "",
		"owner@":                               "",
		"owner@acme.example\r\nRCPT":           "",
		"a b@acme.example":                     "",
		"<owner@acme.example>":                 "",
		"owner@acme.example,x@y.z":             "",
		"owner@acme@example":                   "",
		".owner@acme.example":                  "",
		"ow..ner@acme.example":                 "",
		"owner@-acme.example":                  "",
		"\"x y\"@acme.example":                 "",
		strings.Repeat("x", 65) + "@a.example": "",
		"x@" + strings.Repeat("long.", 60) + "example": "",
		"owner@acme.example\x00":                       "",
	} {
		got, err := parseAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", in, got, err)
		}
		if err != nil && in != "" && strings.Contains(err.Error(), in) {
			t.Errorf("the error quotes %q", in)
		}
	}
	if got := redact.Addresses("550 5.1.1 <owner@acme.example>: no mailbox owner@acme.example, see admin@mx.example."); strings.Contains(got, "@") || !strings.Contains(got, "550 5.1.1") {
		t.Errorf("got %q", got)
	}
}

// FuzzParseAddress: what is taken goes between the brackets of a command and of a header.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{owner, "用户@例子.example", "a@b\r\n", "\"a\"@b.c", "a@b.c>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseAddress(s)
		if err == nil && (strings.ContainsAny(got, "<> \r\n\t\x00\",;") || strings.Count(got, "@") != 1) {
			t.Errorf("%q is taken as %q", s, got)
		}
	})
}

func sorted(h netmail.Header) string {
	return strings.Join(slices.Sorted(maps.Keys(h)), " ")
}
