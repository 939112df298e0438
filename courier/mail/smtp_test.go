package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

const owner = "owner@acme.example"

func pair(t *testing.T, chain []byte) *tls.Certificate {
	t.Helper()
	c, err := tls.X509KeyPair(chain, chain)
	check(t, err)
	return &c
}

func TestLettersGoBySTARTTLSAndByTLSFromTheFirstByte(t *testing.T) {
	chain, roots := certificate(t)
	for _, c := range []struct {
		how      Security
		implicit bool
		mech     string
	}{{StartTLS, false, ""}, {StartTLS, false, "LOGIN"}, {TLS, true, ""}} {
		s := &tray{user: "courier", secret: "open sesame", only: c.mech}
		to := Server{
			Addr: s.open(t, pair(t, chain), c.implicit), Security: c.how, User: "courier", SecretFile: secretFile(t, "open sesame\n"), From: sender, Roots: roots,
		}
		says, err := channel(t, to).Send(t.Context(), letter(t, "owner", owner, "en"))
		got := s.took()
		if err != nil || !strings.HasPrefix(says, "250 ") || len(got) != 1 || !got[0].secret || got[0].to != owner || got[0].from != "abuse@example.com" {
			t.Errorf("%s %s: %q, %v, %+v", c.how, c.mech, says, err, got)
		}
	}
}

// TestNothingIsSaidInTheClear: a server that offers no encryption, as one does from which
// somebody between strips the offer, gets neither the secret nor the letter.
func TestNothingIsSaidInTheClear(t *testing.T) {
	s := &tray{user: "courier", secret: "open sesame"}
	to := Server{Addr: s.open(t, nil, false), User: "courier", SecretFile: secretFile(t, "open sesame"), From: sender}
	_, err := channel(t, to).Send(t.Context(), letter(t, "owner", owner, "en"))
	if !errors.Is(err, courier.ErrSilent) || !strings.Contains(err.Error(), "STARTTLS") || len(s.took()) != 0 {
		t.Errorf("got %v, %+v", err, s.took())
	}
}

func TestWhatAServerAnswersSaysWhatFollows(t *testing.T) {
	no := func(code int, enhanced [3]int, says string) *smtp.SMTPError {
		return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: says}
	}
	for _, c := range []struct {
		says   string
		at     string
		answer *smtp.SMTPError
		kind   evenkeel.Kind
		silent bool
	}{
		{"a mailbox that there is not, never", "RCPT", no(550, [3]int{5, 1, 1}, "no such user owner@acme.example here"), evenkeel.KindInvalid, false},
		{"a mailbox that is full, later", "RCPT", no(452, [3]int{4, 2, 2}, "over quota"), evenkeel.KindUnavailable, false},
		{"greylisting, later", "RCPT", no(451, [3]int{4, 7, 1}, "come again"), evenkeel.KindUnavailable, false},
		{"no relaying for us, later", "RCPT", no(554, [3]int{5, 7, 1}, "Relay access denied"), evenkeel.KindUnavailable, false},
		{"no relaying without a code for it, later", "RCPT", no(550, [3]int{5, 0, 0}, "we do not relay"), evenkeel.KindUnavailable, false},
		{"a sender that we may not be, later", "MAIL", no(553, [3]int{5, 7, 1}, "not yours"), evenkeel.KindUnavailable, true},
		{"a letter that it will not have, never", "DATA", no(554, [3]int{5, 6, 0}, "not this"), evenkeel.KindInvalid, false},
		{"a full disk, later", "DATA", no(452, [3]int{4, 3, 1}, "no space"), evenkeel.KindUnavailable, false},
	} {
		s := &tray{at: map[string]*smtp.SMTPError{c.at: c.answer}}
		to := Server{Addr: s.open(t, nil, false), Security: Plain, From: sender}
		said, err := channel(t, to).Send(t.Context(), letter(t, "owner", owner, "en"))
		if err == nil || said != "" || evenkeel.KindOf(err) != c.kind || errors.Is(err, courier.ErrSilent) != c.silent {
			t.Errorf("%s: %q, %v (%v)", c.says, said, err, evenkeel.KindOf(err))
		}
		if err != nil && (strings.Contains(err.Error(), owner) || !strings.Contains(err.Error(), c.answer.Message[:4])) {
			t.Errorf("%s: the error is %v", c.says, err)
		}
	}
}

func TestAServerThatDoesNotAnswerIsLeft(t *testing.T) {
	closed := freePort(t)
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	check(t, err)
	t.Cleanup(func() { _ = mute.Close() })
	stuck := &tray{hang: "DATA"}
	for _, c := range []struct {
		says   string
		to     Server
		silent bool
	}{
		{"nobody listens", Server{Addr: closed, Security: Plain, From: sender}, true},
		{"it never greets", Server{Addr: mute.Addr().String(), Security: Plain, From: sender, Connect: 50 * time.Millisecond}, true},
		{"it never greets, and should be encrypted", Server{Addr: mute.Addr().String(), From: sender, Connect: 50 * time.Millisecond}, true},
		{"it never greets, and should be encrypted at once", Server{Addr: mute.Addr().String(), Security: TLS, From: sender, Connect: 50 * time.Millisecond}, true},
		{"it never says that it has the letter", Server{Addr: stuck.open(t, nil, false), Security: Plain, From: sender, Answer: 300 * time.Millisecond}, false},
	} {
		_, err := channel(t, c.to).Send(t.Context(), letter(t, "owner", owner, "en"))
		if evenkeel.KindOf(err) != evenkeel.KindUnavailable || errors.Is(err, courier.ErrSilent) != c.silent {
			t.Errorf("%s: %v", c.says, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := channel(t, Server{Addr: mute.Addr().String(), Security: Plain, From: sender}).Send(ctx, letter(t, "owner", owner, "en")); err == nil {
		t.Error("it went on after its context had ended")
	}
}

func TestSettingsThatWouldNotDo(t *testing.T) {
	secret := secretFile(t, "x")
	for says, s := range map[string]Server{
		"no port":                         {Addr: "mail.example.com", From: sender},
		"no host":                         {Addr: ":587", From: sender},
		"in the clear to another machine": {Addr: "mail.example.com:25", Security: Plain, From: sender},
		"a security that there is not":    {Addr: "127.0.0.1:25", Security: 9, From: sender},
		"no sender":                       {Addr: "127.0.0.1:25"},
		"a sender that is no address":     {Addr: "127.0.0.1:25", From: "abuse"},
		"an answer to no address":         {Addr: "127.0.0.1:25", From: sender, ReplyTo: "a@b@c"},
		"a user and no secret":            {Addr: "127.0.0.1:25", From: sender, User: "courier"},
		"a secret that is not there":      {Addr: "127.0.0.1:25", From: sender, User: "courier", SecretFile: secret + "x"},
		"an empty secret":                 {Addr: "127.0.0.1:25", From: sender, User: "courier", SecretFile: secretFile(t, "\n")},
		"a secret of two lines":           {Addr: "127.0.0.1:25", From: sender, User: "courier", SecretFile: secretFile(t, "one\ntwo")},
		"a secret that is far too long":   {Addr: "127.0.0.1:25", From: sender, User: "courier", SecretFile: secretFile(t, strings.Repeat("x", 5000))},
	} {
		if _, err := New(s, clock); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%s: %v", says, err)
		}
	}
	for _, w := range []Security{StartTLS, TLS, Plain} {
		if got, err := ParseSecurity(w.String()); got != w || err != nil {
			t.Errorf("%s is read as %s, %v", w, got, err)
		}
	}
	if _, err := ParseSecurity("ssl"); err == nil {
		t.Error("ssl is a security")
	}
}
