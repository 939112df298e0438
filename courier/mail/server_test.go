package mail

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// tray is a mail server of the test: what it took, and what it says instead of taking it.
type tray struct {
	user, secret string // who may hand in; "" anybody
	only         string // the one mechanism that it offers; "" PLAIN
	at           map[string]*smtp.SMTPError
	hang         string // the command that it does not answer before the test is over
	over         chan struct{}
	think        func() // before it answers a mail's end

	mu    sync.Mutex
	mails []handed
}

type handed struct {
	from, to string
	secret   bool // whoever handed it in had signed in
	utf8     bool
	text     string
}

func (s *tray) took() []handed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]handed(nil), s.mails...)
}

func (s *tray) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{tray: s}, nil }

type session struct {
	tray *tray
	is   handed
}

func (s *session) answer(at string) error {
	if s.tray.hang == at {
		<-s.tray.over
	}
	if e := s.tray.at[at]; e != nil {
		return e
	}
	return nil
}

func (s *session) AuthMechanisms() []string {
	if s.tray.user == "" {
		return nil
	}
	if s.tray.only != "" {
		return []string{s.tray.only}
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(mech string) (sasl.Server, error) {
	check := func(user, secret string) error {
		if user != s.tray.user || secret != s.tray.secret {
			return errors.New("no")
		}
		s.is.secret = true
		return nil
	}
	if mech == sasl.Login {
		return &login{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, secret string) error { return check(user, secret) }), nil
}

// login is the server's side of AUTH LOGIN: it asks for the user, then for the secret.
type login struct {
	check func(user, secret string) error
	step  int
	user  string
}

func (l *login) Next(said []byte) ([]byte, bool, error) {
	switch l.step++; l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(said)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(said))
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	s.is.from, s.is.utf8 = from, o != nil && o.UTF8
	if s.tray.user != "" && !s.is.secret {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "sign in first"}
	}
	return s.answer("MAIL")
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.is.to = to
	if err := s.answer("RCPT " + to); err != nil {
		return err
	}
	return s.answer("RCPT")
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.tray.think != nil {
		s.tray.think()
	}
	if err := s.answer("DATA"); err != nil {
		return err
	}
	s.tray.mu.Lock()
	defer s.tray.mu.Unlock()
	s.is.text = string(b)
	s.tray.mails = append(s.tray.mails, s.is)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// open serves on loopback: in the clear, or with TLS where there is a certificate, by STARTTLS
// or from the first byte.
func (s *tray) open(t testing.TB, cert *tls.Certificate, implicit bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s.serve(t, l, cert, implicit)
	return l.Addr().String()
}

func (s *tray) serve(t testing.TB, l net.Listener, cert *tls.Certificate, implicit bool) {
	srv := smtp.NewServer(s)
	srv.Domain, srv.EnableSMTPUTF8, srv.AllowInsecureAuth = "mx.example.com", true, cert == nil
	srv.ErrorLog = quiet{}
	if cert != nil {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}}
		if implicit {
			l = tls.NewListener(l, srv.TLSConfig)
		}
	}
	ended := make(chan struct{})
	s.over = make(chan struct{})
	go func() { defer close(ended); _ = srv.Serve(l) }()
	t.Cleanup(func() { close(s.over); _ = srv.Close(); <-ended })
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// messageID is that of a mail.
func (h handed) messageID() string {
	_, rest, _ := strings.Cut(h.text, "Message-ID: ")
	if rest == "" {
		_, rest, _ = strings.Cut(h.text, "Message-Id: ")
	}
	id, _, _ := strings.Cut(rest, "\r\n")
	return id
}
