package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// SMTP brings letters to one server, each in a session of its own. Safe for concurrent use.
type SMTP struct {
	to          Server
	from, reply netmail.Address
	now         func() evenkeel.Moment
	reach       func(ctx context.Context, network, address string) (net.Conn, error)
}

var _ courier.Channel = (*SMTP)(nil)

// New returns the channel, or what is wrong with the server's settings. It does not connect.
func New(to Server, now func() evenkeel.Moment) (*SMTP, error) {
	to, from, reply, err := to.filled()
	if err != nil {
		return nil, err
	}
	return &SMTP{to: to, from: from, reply: reply, now: now, reach: new(net.Dialer).DialContext}, nil
}

// Name returns "mail".
func (s *SMTP) Name() string { return "mail" }

// Send hands one letter to the server and returns what it said when it took it. A server that
// took a letter and whose answer is lost may have it: the error is courier.ErrAnswerLost.
func (s *SMTP) Send(ctx context.Context, l *courier.Letter) (string, error) {
	to, err := parseAddress(l.To.Email)
	if err != nil {
		return "", err
	}
	mail, err := compose(&l.Message, &envelope{from: s.from, reply: s.reply, to: to, at: s.now().Time()})
	if err != nil {
		return "", &evenkeel.Error{Says: "write the mail " + l.Message.ID, Err: err}
	}
	sending, cancel := context.WithTimeout(ctx, s.to.Whole)
	defer cancel()
	c, conn, err := s.session(sending)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	watched := context.AfterFunc(sending, func() { _ = conn.Close() }) // what waits on it then ends
	w, err := s.submit(c, to, mail)
	if !watched() && err == nil {
		err = s.judge("it did not take the mail in time", atContent, sending.Err())
	}
	if err != nil {
		return "", err
	}
	answering, cancel := context.WithTimeout(ctx, s.to.Answer)
	defer cancel()
	defer context.AfterFunc(answering, func() { _ = conn.Close() })()
	return s.finish(c, w)
}

// session connects, encrypts and signs in. Whatever goes wrong here is no fault of the letter.
func (s *SMTP) session(ctx context.Context) (*smtp.Client, net.Conn, error) {
	reaching, cancel := context.WithTimeout(ctx, s.to.Connect)
	defer cancel()
	conn, err := s.reach(reaching, "tcp", s.to.Addr)
	if err != nil {
		return nil, nil, s.silence("reach", "see that it runs, and that the address is right", err)
	}
	watched := context.AfterFunc(reaching, func() { _ = conn.Close() }) // what waits on it then ends
	c, err := s.encrypt(reaching, conn)
	if err != nil {
		_ = conn.Close()
		return nil, nil, s.silence("speak with", "see that it offers the security that is set, with a certificate for its name", err)
	}
	if !watched() {
		_ = conn.Close()
		return nil, nil, s.silence("speak with", "it did not answer in time", reaching.Err())
	}
	whole := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer whole()
	if err := s.signIn(c); err != nil {
		_ = conn.Close()
		return nil, nil, s.silence("sign in to", "see that the user and the secret in the file are right", err)
	}
	return c, conn, nil
}

// encrypt makes a client on a connection, and does not return one in the clear unless that is
// set.
func (s *SMTP) encrypt(ctx context.Context, conn net.Conn) (c *smtp.Client, err error) {
	switch s.to.Security {
	case TLS:
		t := tls.Client(conn, s.to.tls())
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c = smtp.NewClient(t)
	case StartTLS:
		if c, err = smtp.NewClientStartTLS(conn, s.to.tls()); err != nil {
			return nil, err
		}
	default:
		c = smtp.NewClient(conn)
	}
	c.CommandTimeout, c.SubmissionTimeout = s.to.Whole, s.to.Answer
	if err := c.Hello(s.to.Hello); err != nil {
		return nil, err
	}
	if _, encrypted := c.TLSConnectionState(); !encrypted && s.to.Security == StartTLS {
		return nil, errors.New("the connection is not encrypted")
	}
	return c, nil
}

func (s *SMTP) signIn(c *smtp.Client) error {
	if s.to.User == "" {
		return nil
	}
	secret, err := s.to.secret()
	if err != nil {
		return err
	}
	switch {
	case c.SupportsAuth(sasl.Plain):
		return c.Auth(sasl.NewPlainClient("", s.to.User, secret))
	case c.SupportsAuth(sasl.Login):
		return c.Auth(&loginClient{answers: []string{s.to.User, secret}})
	}
	return errors.New("it offers neither AUTH PLAIN nor LOGIN")
}

// loginClient is the client's side of AUTH LOGIN. What servers ask is worded in many ways, and
// always means the user first and the secret then.
type loginClient struct{ answers []string }

func (l *loginClient) Start() (mech string, first []byte, err error) { return sasl.Login, nil, nil }

func (l *loginClient) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, errors.New("it asks for more than a user and a secret")
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

// submit hands a mail over in an open session, but for its end.
func (s *SMTP) submit(c *smtp.Client, to string, mail []byte) (*smtp.DataCommand, error) {
	opts := &smtp.MailOptions{Size: int64(len(mail))}
	if !ascii(to) || !ascii(s.from.Address) || !ascii(s.reply.Address) {
		if ok, _ := c.Extension("SMTPUTF8"); !ok {
			return nil, evenkeel.Invalid("the server takes no address with letters beyond ASCII")
		}
		opts.UTF8 = true
	}
	if err := c.Mail(s.from.Address, opts); err != nil {
		return nil, s.silence("send as "+redact.Addresses(s.from.Address)+" through", "see that the server lets this user send as the address of From", err)
	}
	if err := c.Rcpt(to, nil); err != nil {
		return nil, s.judge("it does not take mail for the recipient", atRecipient, err)
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(mail)
	}
	if err != nil {
		return nil, s.judge("it does not take the mail", atContent, err)
	}
	return w, nil
}

// finish ends a mail and returns what the server says to it. Where it says nothing, it may have
// the mail.
func (s *SMTP) finish(c *smtp.Client, w *smtp.DataCommand) (string, error) {
	said, err := w.CloseWithResponse()
	if _, answered := errors.AsType[*smtp.SMTPError](err); err != nil && !answered {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "mail server " + s.to.Addr, Err: fmt.Errorf("%w: %s", courier.ErrAnswerLost, plain(err)),
			Hint: "see in the server's log whether it took the mail, and why it was slow to say so",
		}
	}
	if err != nil {
		return "", s.judge("it does not take the mail", atContent, err)
	}
	_ = c.Quit() // the mail is theirs already
	return redact.Addresses("250 " + said.StatusText), nil
}
