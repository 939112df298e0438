package inbox

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"github.com/evenkeel/evenkeel"
)

// Taker is who takes mails: a Desk is one. What its errors say is in Desk.Take and Desk.TakeLarge.
type Taker interface {
	Take(ctx context.Context, raw []byte, null bool) error
	TakeLarge(ctx context.Context, raw []byte, null bool, lies string) error
	MostBytes() int
}

// Server takes mails from the operator's own mail server, by LMTP (RFC 2033) or SMTP. It relays
// nothing, and asks nobody who they are: who can reach it may hand mails in, so it is for addresses
// that only that server reaches.
type Server struct {
	LMTP       bool     // the other side has to begin with LHLO
	Name       string   // what it calls itself
	Recipients []string // whom mails may be for; all others are refused
	Taker      Taker
	Log        *slog.Logger
	Takes      time.Duration // what one mail may take, from its first line to the answer; 2 min
}

// The bounds of a server.
const (
	mostConns = 32
	mostTo    = 16
	mostLine  = 16 << 10
	mostRest  = 1 << 30 // bytes of a mail that are passed over, behind those that are taken
)

// Serve takes mails until ctx ends, and returns when all that it began has ended.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if s.Takes <= 0 {
		s.Takes = 2 * time.Minute
	}
	take := func(raw []byte, null bool) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Takes) // what has arrived is taken in
		defer cancel()
		var err error
		if len(raw) > s.Taker.MostBytes() {
			err = s.Taker.TakeLarge(ctx, raw, null, "Its sender is told that it was not taken.")
		} else {
			err = s.Taker.Take(ctx, raw, null)
		}
		if err != nil {
			return s.answer(ctx, err)
		}
		return nil
	}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{to: s.Recipients, most: int64(s.Taker.MostBytes()), take: take}, nil
	}))
	// It names no largest size: what is too large would be turned away before its header was heard.
	srv.LMTP, srv.Domain, srv.MaxRecipients = s.LMTP, s.Name, mostTo
	srv.MaxLineLength, srv.ReadTimeout, srv.WriteTimeout, srv.EnableSMTPUTF8 = mostLine, s.Takes, s.Takes, true
	srv.ErrorLog = slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(netutil.LimitListener(l, mostConns)) }()
	select {
	case err := <-served:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if srv.Shutdown(last) != nil { // who was not answered comes again
		_ = srv.Close()
	}
	<-served
	return nil
}

// session is one connection. Its calls come one after the other.
type session struct {
	to   []string
	most int64
	take func(raw []byte, null bool) error
	null bool
}

// Reset forgets who handed a mail in.
func (s *session) Reset() { s.null = false }

// Logout ends the session, which holds nothing.
func (*session) Logout() error { return nil }

// Mail notes whether it comes from nobody.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.null = from == ""
	return nil
}

// Rcpt lets those in who are listed. Nothing is passed on to anybody else.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	for _, r := range s.to {
		if strings.EqualFold(r, to) {
			return nil
		}
	}
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No mail for this address here"}
}

// Data takes one mail, once for all whom it is for. What is beyond its bound is passed over once it was
// heard: if the line goes down meanwhile it comes again, and counts once.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, s.most+1))
	if err != nil {
		return err // the line went down
	}
	err = s.take(raw, s.null)
	if _, rest := io.Copy(io.Discard, io.LimitReader(r, mostRest)); rest != nil {
		return rest
	}
	return err
}

// answer says to the other side what an error means: to come again, or not to. Who is told why is the
// sender of the mail, so it says nothing of us.
func (s *Server) answer(ctx context.Context, err error) error {
	if evenkeel.KindOf(err) == evenkeel.KindInvalid {
		s.Log.Warn("a mail is not taken, and its sender is told", "err", err, "hint", evenkeel.HintOf(err))
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: oneLine(err.Error())}
	}
	level := slog.LevelWarn
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		level = slog.LevelError
	}
	s.Log.Log(ctx, level, "take in a mail: it comes again", "err", err, "hint", because(evenkeel.HintOf(err), "see whether the books can be written"))
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "It cannot be taken in now; it has to come again"}
}
