package mail

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	netmail "net/mail"
	"os"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Security is how the way to the server is kept from others.
type Security uint8

// The ways. The zero value is the one that most servers on port 587 want.
const (
	StartTLS Security = iota // begin in the clear, and go no further before it is encrypted
	TLS                      // encrypted from the first byte, as on port 465
	Plain                    // never: only to this machine
)

var securities = [...]string{StartTLS: "starttls", TLS: "tls", Plain: "none"}

// String returns starttls, tls or none.
func (s Security) String() string {
	if int(s) < len(securities) {
		return securities[s]
	}
	return "invalid"
}

// ParseSecurity reads the word of a setting.
func ParseSecurity(s string) (Security, error) {
	for i, w := range securities {
		if s == w {
			return Security(i), nil
		}
	}
	return 0, evenkeel.Invalid("security of mail %q; expected %s", s, strings.Join(securities[:], ", "))
}

// Server is where mails are handed in, and by whom. Addr and From are needed.
type Server struct {
	Addr     string // host:port
	Security Security
	// User signs in, with the secret in the file, which is read for each session so that it can
	// be changed. Without a user nobody signs in.
	User       string
	SecretFile string
	From       string         // such as Example Cloud <abuse@example.com>; bounces go there too
	ReplyTo    string         // an address, or "": that of From
	Hello      string         // what we call ourselves; the domain of From
	Roots      *x509.CertPool // who may sign the server's certificate; the system's
	Connect    time.Duration  // 10 s, to be reached and encrypted
	Whole      time.Duration  // 2 min, for one letter up to its end
	Answer     time.Duration  // 10 min, for the answer to its end (RFC 5321, section 4.5.3.2.6)
}

// maxSecret is the longest secret in bytes.
const maxSecret = 4096

// filled returns the server with what was left out, and its addresses.
func (s Server) filled() (_ Server, from, reply netmail.Address, err error) {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil || host == "" || port == "" {
		return s, from, reply, evenkeel.Invalid("mail server %q; expected host:port, such as mail.example.com:587", s.Addr)
	}
	if s.Security.String() == "invalid" {
		return s, from, reply, evenkeel.Invalid("security %d of mail server %s", s.Security, s.Addr)
	}
	if s.Security == Plain && !courier.Loopback(host) {
		return s, from, reply, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "mail to " + s.Addr + " in the clear; expected that only of a server on this machine",
			Hint: "set the security to starttls or tls",
		}
	}
	if from, err = parseSender(s.From); err != nil {
		return s, from, reply, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the sender of mails", Err: err}
	}
	if s.ReplyTo != "" {
		if reply, err = parseSender(s.ReplyTo); err != nil {
			return s, from, reply, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the address to reply to", Err: err}
		}
	}
	if s.Hello == "" {
		_, s.Hello, _ = strings.Cut(from.Address, "@")
	}
	if s.Connect <= 0 {
		s.Connect = 10 * time.Second
	}
	if s.Whole <= 0 {
		s.Whole = 2 * time.Minute
	}
	if s.Answer <= 0 {
		s.Answer = 10 * time.Minute
	}
	if s.User != "" {
		_, err = s.secret()
	}
	return s, from, reply, err
}

// tls is how the server has to show who it is.
func (s *Server) tls() *tls.Config {
	host, _, _ := net.SplitHostPort(s.Addr)
	return &tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// secret reads the file. The errors name it and say nothing of what is in it.
func (s *Server) secret() (string, error) {
	f, err := os.Open(s.SecretFile)
	if err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the secret of mail server " + s.Addr, Err: err}
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err == nil && len(b) > maxSecret {
		err = errors.New("it is too long")
	}
	b = bytes.TrimRight(b, "\r\n")
	if err == nil && (len(b) == 0 || bytes.ContainsAny(b, "\r\n\x00")) {
		err = errors.New("expected one line that is not empty")
	}
	if err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the secret of mail server " + s.Addr + " from " + s.SecretFile, Err: err}
	}
	return string(b), nil
}
