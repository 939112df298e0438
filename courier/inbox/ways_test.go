package inbox_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/courier/inbox/inboxtest"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var quiet = slog.New(slog.DiscardHandler)

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	return l
}

// serve runs a server until the test ends, and returns where.
func serve(t *testing.T, s *inbox.Server) string {
	t.Helper()
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() {
		if err := s.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); group.Wait() })
	return l.Addr().String()
}

// handed is a way that mails are handed in by.
type handed struct {
	at   string
	lmtp bool
	last []byte
}

func (h *handed) client(t testing.TB) *smtp.Client {
	t.Helper()
	conn, err := net.Dial("tcp", h.at)
	check(t, err)
	if h.lmtp {
		return smtp.NewClientLMTP(conn)
	}
	return smtp.NewClient(conn)
}

func (h *handed) Hand(t testing.TB, raw []byte) inboxtest.Fate {
	t.Helper()
	h.last = raw
	c := h.client(t)
	defer func() { _ = c.Close() }()
	check(t, c.Hello("mx.example.com"))
	check(t, c.Mail("ann@acme.example", nil))
	check(t, c.Rcpt("Abuse@example.com", nil))
	w, err := c.Data()
	check(t, err)
	_, err = w.Write(raw)
	check(t, err)
	err = w.Close()
	var lost smtp.LMTPDataError
	if errors.As(err, &lost) {
		for _, e := range lost {
			err = e
		}
	}
	var said *smtp.SMTPError
	switch {
	case err == nil:
		return inboxtest.Taken
	case errors.As(err, &said) && said.Code >= 500:
		return inboxtest.Refused
	case errors.As(err, &said):
		return inboxtest.Again
	}
	t.Fatal(err)
	return ""
}

func (h *handed) Retry(t testing.TB) inboxtest.Fate { return h.Hand(t, h.last) }

func TestMailsAreHandedInBySMTPAndLMTP(t *testing.T) {
	for name, lmtp := range map[string]bool{"SMTP": false, "LMTP": true} {
		t.Run(name, func(t *testing.T) {
			inboxtest.Run(t, func(t *testing.T, to inbox.Taker) inboxtest.Way {
				return &handed{at: serve(t, &inbox.Server{LMTP: lmtp, Name: "in.example.com", Recipients: []string{"abuse@example.com"}, Taker: to, Log: quiet}), lmtp: lmtp}
			})
		})
	}
}

func TestNobodyElsesMailIsTaken(t *testing.T) {
	h := handed{at: serve(t, &inbox.Server{Name: "in.example.com", Recipients: []string{"abuse@example.com"}, Taker: &inboxtest.Desk{}, Log: quiet})}
	c := h.client(t)
	defer func() { _ = c.Close() }()
	check(t, c.Hello("mx.example.com"))
	if ok, size := c.Extension("SIZE"); !ok || size != "" { // else nobody would hear of what is too large
		t.Errorf("it announces a size of %q", size)
	}
	check(t, c.Mail("ann@acme.example", nil))
	for _, to := range []string{"ann@elsewhere.example", "abuse@example.com@elsewhere.example", "abuse%elsewhere.example@example.com"} {
		var said *smtp.SMTPError
		if err := c.Rcpt(to, nil); !errors.As(err, &said) || said.Code != 550 {
			t.Errorf("%s: %v; expected that it is refused for good", to, err)
		}
	}
}

// looked is a mailbox that is looked into.
type looked struct {
	box    *inbox.Mailbox
	client func(t testing.TB) *imapclient.Client
	last   imap.UID
}

func (l *looked) Hand(t testing.TB, raw []byte) inboxtest.Fate {
	t.Helper()
	c := l.client(t)
	a := c.Append("INBOX", int64(len(raw)), nil)
	_, err := a.Write(raw)
	check(t, err)
	check(t, a.Close())
	done, err := a.Wait()
	check(t, err)
	l.last = done.UID
	_ = c.Close()
	return l.Retry(t)
}

// Retry looks once more, and says what became of the last mail.
func (l *looked) Retry(t testing.TB) inboxtest.Fate {
	t.Helper()
	_, err := l.box.Look(t.Context())
	c := l.client(t)
	defer func() { _ = c.Close() }()
	_, serr := c.Select("INBOX", nil).Wait()
	check(t, serr)
	all, ferr := c.Fetch(imap.UIDSetNum(l.last), &imap.FetchOptions{UID: true, Flags: true}).Collect()
	check(t, ferr)
	if len(all) == 0 {
		return inboxtest.Taken // it was moved
	}
	has := func(f imap.Flag) bool {
		for _, x := range all[len(all)-1].Flags {
			if x == f {
				return true
			}
		}
		return false
	}
	switch {
	case has(imap.FlagFlagged):
		return inboxtest.Refused
	case has(imap.FlagSeen):
		check(t, err)
		return inboxtest.Taken
	case err == nil:
		t.Error("it is left, and the look says that all went well")
	}
	return inboxtest.Again
}

func secret(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	check(t, os.WriteFile(file, []byte("open sesame\n"), 0o600))
	return file
}

// certificate makes one for 127.0.0.1, with its key, and who vouches for it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "imap.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	check(t, err)
	parsed, err := x509.ParseCertificate(der)
	check(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// memory runs an IMAP server that forgets, and returns a mailbox of it.
func memory(t *testing.T, to inbox.Taker, security, move string) *looked {
	t.Helper()
	cert, roots := certificate(t)
	mem, user := imapmemserver.New(), imapmemserver.NewUser("inbox", "open sesame")
	for _, name := range []string{"INBOX", "Done"} {
		check(t, user.Create(name, nil))
	}
	mem.AddUser(user)
	caps := imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}, imap.CapMove: {}, imap.CapUIDPlus: {}}
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps: caps, InsecureAuth: true, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, Logger: slog.NewLogLogger(quiet.Handler(), slog.LevelDebug),
	})
	plain := listen(t)
	l := net.Listener(plain)
	if security == "tls" {
		l = tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	var group sync.WaitGroup
	group.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() { _ = s.Close(); group.Wait() })
	at := plain.Addr().String()
	a := inbox.Account{Addr: at, Security: security, TLS: &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}, User: "inbox", SecretFile: secret(t), Move: move}
	return &looked{box: &inbox.Mailbox{Account: a, Taker: to, Log: quiet}, client: func(t testing.TB) *imapclient.Client {
		t.Helper()
		opts := &imapclient.Options{TLSConfig: a.TLS}
		open := map[string]func(string, *imapclient.Options) (*imapclient.Client, error){"tls": imapclient.DialTLS, "starttls": imapclient.DialStartTLS, "none": imapclient.DialInsecure}[security]
		c, err := open(at, opts)
		check(t, err)
		check(t, c.Login("inbox", "open sesame").Wait())
		return c
	}}
}

func TestMailsAreTakenFromAMailbox(t *testing.T) {
	for _, c := range []struct{ name, security, move string }{{"TLS", "tls", ""}, {"STARTTLS", "starttls", ""}, {"in the clear, and moved", "none", "Done"}} {
		t.Run(c.name, func(t *testing.T) {
			inboxtest.Run(t, func(t *testing.T, to inbox.Taker) inboxtest.Way { return memory(t, to, c.security, c.move) })
		})
	}
}

func TestAMailboxThatCannotBeLookedIntoSaysWhatToDo(t *testing.T) {
	l := memory(t, &inboxtest.Desk{}, "tls", "")
	wrong := func(change func(*inbox.Account)) error {
		b := *l.box
		change(&b.Account)
		_, err := b.Look(t.Context())
		return err
	}
	nowhere := filepath.Join(t.TempDir(), "none")
	guessed := filepath.Join(t.TempDir(), "guessed")
	check(t, os.WriteFile(guessed, []byte("guessed\n"), 0o600))
	for says, err := range map[string]error{
		"sign in to":      wrong(func(a *inbox.Account) { a.SecretFile = guessed }),
		"read the secret": wrong(func(a *inbox.Account) { a.SecretFile = nowhere }),
		"open the folder": wrong(func(a *inbox.Account) { a.Folder = "Nowhere" }),
		"speak with":      wrong(func(a *inbox.Account) { a.TLS = nil }), // nobody vouches for its certificate
		"reach":           wrong(func(a *inbox.Account) { a.Addr = "127.0.0.1:1" }),
	} {
		if err == nil || !strings.Contains(err.Error(), says) || evenkeel.HintOf(err) == "" || strings.Contains(err.Error(), "guessed\n") {
			t.Errorf("%s: %v, hint %q", says, err, evenkeel.HintOf(err))
		}
	}
}

// TestAMailboxIsLookedIntoAgainAndAgain: a server that is down is said to be once, the pauses grow, and
// the end ends it.
func TestAMailboxIsLookedIntoAgainAndAgain(t *testing.T) {
	file := secret(t)
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		var said bytes.Buffer
		begin := time.Now()
		b := &inbox.Mailbox{
			Account: inbox.Account{Addr: "imap.example.com:993", SecretFile: file}, Taker: &inboxtest.Desk{}, Every: time.Minute, Log: slog.New(slog.NewTextHandler(&said, nil)),
			Reach: func(context.Context, string, string) (net.Conn, error) {
				at = append(at, time.Since(begin))
				return nil, errors.New("it is down")
			},
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
		defer cancel()
		check(t, b.Run(ctx))
		if len(at) != 4 || at[1] != 2*time.Minute || at[2] != 6*time.Minute || at[3] != 14*time.Minute {
			t.Errorf("looked at %v", at)
		}
		if strings.Count(said.String(), "look into the mailbox") != 1 || !strings.Contains(said.String(), "hint=") {
			t.Errorf("the log says %s", said.String())
		}
	})
}
