package page_test

import (
	"errors"
	"io"
	"mime"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-message"
	"github.com/emersion/go-smtp"
	"github.com/evenkeel/evenkeel/courier/mail"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/courier/page/pagetest"
)

// mailbox is a mail server of one mailbox, which shows one mail of each Message-ID.
type mailbox struct {
	t  *testing.T
	mu sync.Mutex

	ids, all []string
	refuses  bool
	hung     bool
	hangs    chan struct{}
}

// NewSession begins one.
func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{m: m}, nil }

type session struct{ m *mailbox }

func (*session) Reset()                               {}
func (*session) Logout() error                        { return nil }
func (*session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes mail for ada, or waits for ever, or refuses.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.mu.Lock()
	hung, refuses := s.m.hung, s.m.refuses
	s.m.mu.Unlock()
	if hung {
		<-s.m.hangs
	}
	if refuses || to != "ada@example.net" {
		return &smtp.SMTPError{Code: 550, Message: "no such box"}
	}
	return nil
}

// Data keeps what a person reads.
func (s *session) Data(r io.Reader) error {
	e, err := message.Read(r)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(e.Header.Get("Subject"))
	if err != nil {
		return err
	}
	parts := e.MultipartReader()
	if parts == nil || e.Header.Get("Auto-Submitted") != "auto-generated" || e.Header.Get("Bcc") != "" {
		return errors.New("it is not a page")
	}
	text, err := parts.NextPart()
	if err != nil {
		return err
	}
	b, err := io.ReadAll(text.Body)
	if err != nil {
		return err
	}
	html, err := parts.NextPart()
	if err != nil {
		return err
	}
	page, err := io.ReadAll(html.Body)
	if err != nil || strings.Contains(string(page), "<script") {
		s.m.t.Errorf("the page is %s, %v", page, err)
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	id := e.Header.Get("Message-ID")
	for _, known := range s.m.ids {
		if known == id {
			return nil
		}
	}
	s.m.ids, s.m.all = append(s.m.ids, id), append(s.m.all, subject+"\n"+strings.ReplaceAll(string(b), "\r\n", "\n"))
	return nil
}

func TestMail(t *testing.T) {
	pagetest.RunChannel(t, func(t *testing.T) pagetest.Bench {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		box := &mailbox{t: t, hangs: make(chan struct{})}
		srv := smtp.NewServer(box)
		srv.Domain = "mx.example.net"
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = srv.Serve(l) // its error is that it was closed
		}()
		t.Cleanup(func() {
			close(box.hangs)
			_ = srv.Close()
			_ = l.Close() // a server that has not begun yet knows nothing of it
			<-ended
		})
		by, err := mail.New(mail.Server{Addr: l.Addr().String(), Security: mail.Plain, From: "Evenkeel <evenkeel@example.net>"}, now)
		if err != nil {
			t.Fatal(err)
		}
		c, err := page.NewMail(by, "ada@example.net", "abuse.example.net")
		if err != nil {
			t.Fatal(err)
		}
		set := func(what *bool) func() {
			return func() {
				box.mu.Lock()
				defer box.mu.Unlock()
				*what = true
			}
		}
		return pagetest.Bench{Channel: c, Once: true, Secrets: []string{"ada@"}, Refuse: set(&box.refuses), Hang: set(&box.hung), Shown: func() []string {
			box.mu.Lock()
			defer box.mu.Unlock()
			return append([]string(nil), box.all...)
		}}
	})
}
