package inbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/evenkeel/evenkeel"
)

// Mailbox takes mails from a folder of an IMAP server: those that nobody has seen. One that was taken
// is marked as seen, and moved where that is asked for; one that is refused is marked and flagged, and
// stays for a person; all others come again at the next look.
type Mailbox struct {
	Account Account
	Taker   Taker
	Every   time.Duration // how often it is looked at; 30 s
	Log     *slog.Logger
	// Reach connects; nil: as net.Dialer does.
	Reach func(ctx context.Context, network, address string) (net.Conn, error)
}

// Account is where mails lie, and who may see them.
type Account struct {
	Addr       string // host:port
	Security   string // tls (from the first byte), starttls, or none, which is for this machine only
	TLS        *tls.Config
	User       string
	SecretFile string // read at each look, so that it can be changed
	Folder     string // INBOX
	Move       string // where mails that were taken go; "": they stay
}

// The bounds of a look.
const (
	mostMails = 64              // that one look takes
	lookTakes = 5 * time.Minute // from the connection on
	mostWait  = 15 * time.Minute
)

// Run looks at the mailbox until ctx ends. A look that fails is logged once until one succeeds, and
// the pause after it grows.
func (b *Mailbox) Run(ctx context.Context) error {
	every := b.Every
	if every <= 0 {
		every = 30 * time.Second
	}
	pause, failing := every, false
	for ctx.Err() == nil {
		n, err := b.Look(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil && !failing:
			b.Log.Warn("look into the mailbox: it is tried again", "err", err, "hint", because(evenkeel.HintOf(err), "see that the server is up, and what it logged"))
			failing = true
		case err == nil && failing:
			b.Log.Info("the mailbox can be looked into again")
			failing = false
		}
		switch {
		case failing:
			pause = min(2*max(pause, every), mostWait)
		case n == mostMails:
			pause = 0
		default:
			pause = every
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// Look takes what is new, at most mostMails, and returns how many it has settled.
func (b *Mailbox) Look(ctx context.Context) (settled int, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTakes)
	defer cancel()
	c, err := b.open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })() // what waits on it then ends
	folder := because(b.Account.Folder, "INBOX")
	if _, err := c.Select(folder, nil).Wait(); err != nil {
		return 0, b.fault("open the folder "+folder+" of", "see that the folder exists, by the name that the server has for it", err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		return 0, b.fault("look for mails in", "", err)
	}
	for _, uid := range found.AllUIDs() {
		if settled == mostMails {
			break
		}
		if err := b.one(ctx, c, uid); err != nil {
			return settled, err
		}
		settled++
	}
	_ = c.Logout().Wait() // all is done; it may be gone
	return settled, nil
}

// open connects and signs in.
func (b *Mailbox) open(ctx context.Context) (*imapclient.Client, error) {
	a := &b.Account
	secret, err := a.secret()
	if err != nil {
		return nil, err
	}
	reach := b.Reach
	if reach == nil {
		reach = new(net.Dialer).DialContext
	}
	conn, err := reach(ctx, "tcp", a.Addr)
	if err != nil {
		return nil, b.fault("reach", "see that it runs, and that the address is right", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, err := a.client(ctx, conn)
	if err != nil {
		_ = conn.Close()
		return nil, b.fault("speak with", "see that it offers the security that is set, with a certificate for its name", err)
	}
	if err := c.Login(a.User, secret).Wait(); err != nil {
		_ = c.Close()
		return nil, b.fault("sign in to", "see that the user and the secret in the file are right", err)
	}
	return c, nil
}

// client speaks on a connection, and not before it is encrypted unless that is set.
func (a *Account) client(ctx context.Context, conn net.Conn) (*imapclient.Client, error) {
	host, _, _ := net.SplitHostPort(a.Addr)
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if a.TLS != nil {
		secure = a.TLS
	}
	opts := &imapclient.Options{TLSConfig: secure}
	switch a.Security {
	case "none":
		return imapclient.New(conn, opts), nil
	case "starttls":
		return imapclient.NewStartTLS(conn, opts)
	}
	t := tls.Client(conn, secure)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return imapclient.New(t, opts), nil
}

// one takes one mail, and marks what became of it.
func (b *Mailbox) one(ctx context.Context, c *imapclient.Client, uid imap.UID) error {
	raw, err := b.fetch(c, uid)
	if err != nil {
		return err
	}
	if len(raw) > b.Taker.MostBytes() {
		err = b.Taker.TakeLarge(ctx, raw, false, "It lies in the mailbox, flagged.")
	} else {
		err = b.Taker.Take(ctx, raw, false)
	}
	flags := []imap.Flag{imap.FlagSeen}
	switch {
	case err == nil:
	case evenkeel.KindOf(err) == evenkeel.KindInvalid && ctx.Err() == nil:
		b.Log.Warn("a mail is not taken, and stays in the mailbox, flagged", "uid", uint32(uid), "err", err,
			"hint", because(evenkeel.HintOf(err), "read it in the mailbox; where a tenant wrote it, act on its case in the console"))
		flags = append(flags, imap.FlagFlagged)
	default:
		return err
	}
	set := imap.UIDSetNum(uid)
	if stored := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: flags, Silent: true}, nil).Close(); stored != nil {
		return b.fault("mark a mail in", "", stored) // it comes again, and counts once
	}
	if err != nil || b.Account.Move == "" {
		return nil
	}
	if _, err := c.Move(set, b.Account.Move).Wait(); err != nil {
		return b.fault("move a mail to "+b.Account.Move+" of", "see that the folder exists", err)
	}
	return nil
}

// fetch reads a mail, one byte more than may be at most.
func (b *Mailbox) fetch(c *imapclient.Client, uid imap.UID) ([]byte, error) {
	part := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: int64(b.Taker.MostBytes()) + 1}}
	cmd := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{part}})
	defer func() { _ = cmd.Close() }()
	var out bytes.Buffer
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			data, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || data.Literal == nil {
				continue
			}
			if _, err := io.Copy(&out, io.LimitReader(data.Literal, int64(b.Taker.MostBytes())+1)); err != nil {
				return nil, b.fault("read a mail in", "", err)
			}
		}
	}
	if err := cmd.Close(); err != nil {
		return nil, b.fault("read a mail in", "", err)
	}
	return out.Bytes(), nil
}

func (b *Mailbox) fault(what, hint string, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: what + " the mailbox server " + b.Account.Addr, Hint: hint, Err: err}
}

// maxSecret is the longest secret in bytes.
const maxSecret = 4096

// secret reads the file. The error names it and says nothing of what is in it.
func (a *Account) secret() (string, error) {
	text, err := os.ReadFile(a.SecretFile)
	text = bytes.TrimRight(text, "\r\n")
	if err == nil && (len(text) == 0 || len(text) > maxSecret || bytes.ContainsAny(text, "\r\n\x00")) {
		err = fmt.Errorf("expected one line that is not empty, of at most %d bytes", maxSecret)
	}
	if err != nil {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read the secret of the mailbox from " + a.SecretFile, Err: err, Hint: "put the password into the file, alone on its line",
		}
	}
	return string(text), nil
}
