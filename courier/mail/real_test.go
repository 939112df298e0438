package mail

import (
	"bytes"
	"io"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	"github.com/evenkeel/evenkeel"
)

// TestPostfix shows the channel with the mail server that Debian comes with.
func TestPostfix(t *testing.T) {
	p := startPostfix(t)
	t.Run("which of its refusals are for ever, and which are about us", func(t *testing.T) { saysWhatFollows(t, p) })
	t.Run("letters arrive whole", func(t *testing.T) { arriveWhole(t, p) })
	t.Run("an address beyond ASCII goes by SMTPUTF8", func(t *testing.T) { beyondASCII(t, p) })
}

// arriveWhole: what is read back from the maildir is what was
// rendered, in both forms and both languages.
func arriveWhole(t *testing.T, p *postfix) {
	to := p.server(t)
	to.ReplyTo = "answers@example.com"
	s := channel(t, to)
	for i, lang := range []string{"en", "zh"} {
		l := letter(t, "owner", "owner@acme.example", lang)
		says, err := s.Send(t.Context(), l)
		if err != nil || !strings.HasPrefix(says, "250 ") {
			t.Fatalf("%s: Postfix says %q, %v", lang, says, err)
		}
		var mail []byte
		until(t, "the mail is in the box", func() bool {
			all := p.mails(t)
			at := slices.IndexFunc(all, func(b []byte) bool { return bytes.Contains(b, []byte("Content-Language: "+l.Message.Lang)) })
			if at >= 0 && len(all) == i+1 {
				mail = all[at]
			}
			return mail != nil
		})
		if !bytes.Contains(mail, []byte(envelopeOf("owner"))) || !bytes.Contains(mail, []byte("with ESMTPSA")) {
			t.Errorf("%s: it did not come encrypted and signed in, to the owner:\n%s", lang, mail[:min(len(mail), 1500)])
		}
		m, err := netmail.ReadMessage(bytes.NewReader(mail))
		check(t, err)
		want := map[string]string{
			"From": `"Example Cloud" <abuse@example.com>`, "To": "<owner@acme.example>", "Reply-To": "<answers@example.com>",
			"Message-Id": "<n-dnpq7javsymn5k2mjpbr56fzfj@abuse.example.com>", "In-Reply-To": "<c-5ylw5gk4mxs6cc5ckz3i2wnxqe@abuse.example.com>",
			"References": "<c-5ylw5gk4mxs6cc5ckz3i2wnxqe@abuse.example.com>", "Auto-Submitted": "auto-generated",
			"Date": "Wed, 04 Mar 2026 08:48:00 +0000", "Mime-Version": "1.0",
		}
		for name, v := range want {
			if got := m.Header[name]; len(got) != 1 || got[0] != v {
				t.Errorf("%s: %s is %q; expected %q", lang, name, got, v)
			}
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != l.Message.Subject {
			t.Errorf("%s: the subject is %q, %v", lang, subject, err)
		}
		parts := partsOf(t, mail)
		if parts["text/plain"] != l.Message.Text || parts["text/html"] != l.Message.HTML || len(parts) != 2 {
			t.Errorf("%s: the parts are not what was written: %q", lang, parts)
		}
	}
}

// partsOf reads a mail of two alternatives, the plain one first.
func partsOf(t *testing.T, mail []byte) map[string]string {
	t.Helper()
	e, err := message.Read(bytes.NewReader(mail))
	check(t, err)
	if kind, _, _ := e.Header.ContentType(); kind != "multipart/alternative" {
		t.Errorf("the mail is %s", kind)
	}
	parts, kinds := map[string]string{}, []string{}
	r := e.MultipartReader()
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		check(t, err)
		kind, params, err := p.Header.ContentType()
		check(t, err)
		if params["charset"] != "utf-8" {
			t.Errorf("%s is in %q", kind, params["charset"])
		}
		b, err := io.ReadAll(p.Body)
		check(t, err)
		parts[kind] = strings.ReplaceAll(string(b), "\r\n", "\n")
		kinds = append(kinds, kind)
	}
	if !slices.Equal(kinds, []string{"text/plain", "text/html"}) {
		t.Errorf("the parts are %v", kinds)
	}
	return parts
}

func saysWhatFollows(t *testing.T, p *postfix) {
	wrong := p.server(t)
	wrong.SecretFile = secretFile(t, "guessed")
	nobody := p.server(t)
	nobody.User = ""
	stranger := p.server(t)
	stranger.Roots = nil
	for _, c := range []struct {
		says  string
		to    Server
		email string
		kind  evenkeel.Kind
		want  string
	}{
		{"a recipient that there is not is refused for good", p.server(t), "nobody@acme.example", evenkeel.KindInvalid, "5.1.1"},
		{"a wrong secret is our fault", wrong, "owner@acme.example", evenkeel.KindUnavailable, "535"},
		{"not being signed in is our fault", nobody, "owner@acme.example", evenkeel.KindUnavailable, "5.7.1"},
		{"a server that cannot show who it is gets nothing", stranger, "owner@acme.example", evenkeel.KindUnavailable, "certificate"},
	} {
		says, err := channel(t, c.to).Send(t.Context(), letter(t, "owner", c.email, "en"))
		if evenkeel.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.want) || says != "" {
			t.Errorf("%s: %q, %v (%v)", c.says, says, err, evenkeel.KindOf(err))
		}
		if err != nil && strings.Contains(err.Error(), "@acme") {
			t.Errorf("%s: the error names the address: %v", c.says, err)
		}
		if err != nil && c.kind == evenkeel.KindUnavailable && evenkeel.HintOf(err) == "" {
			t.Errorf("%s: no hint", c.says)
		}
	}
	if got := p.mails(t); len(got) != 0 {
		t.Errorf("%d mails arrived", len(got))
	}
}

func beyondASCII(t *testing.T, p *postfix) {
	before := len(p.mails(t))
	if _, err := channel(t, p.server(t)).Send(t.Context(), letter(t, "owner", "用户@acme.example", "zh")); err != nil {
		t.Fatal(err)
	}
	until(t, "the mail is in the box", func() bool { return len(p.mails(t)) == before+1 })
	if !slices.ContainsFunc(p.mails(t), func(b []byte) bool { return bytes.Contains(b, []byte("To: <用户@acme.example>")) }) {
		t.Error("the recipient is not named")
	}
}
