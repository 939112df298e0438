package inbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/courier/inbox/inboxtest"
)

// until looks every millisecond whether something holds, for half a minute.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.NewTimer(30*time.Second)
	defer tick.Stop()
	defer late.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("%s: not within half a minute", what)
		}
	}
}

// daemon starts a server as a child of the test, and waits until it greets.
func daemon(t *testing.T, name, at, greeting string, said func() string, cmd *exec.Cmd) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "said"))
	check(t, err)
	defer func() { _ = log.Close() }() // the child has its own
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	check(t, cmd.Start())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	tell := func() string { b, _ := os.ReadFile(log.Name()); return string(b) + said() }
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Log(tell())
		}
	})
	until(t, name+" answers", func() bool {
		select {
		case <-ended:
			t.Fatal(name + " ended: " + tell())
		default:
		}
		c, err := net.Dial("tcp", at)
		if err != nil {
			return false
		}
		defer func() { _ = c.Close() }()
		b := make([]byte, len(greeting))
		_, err = c.Read(b)
		return err == nil && string(b) == greeting
	})
}

// rooted skips where a server cannot be started, and makes a directory that its users may enter.
func rooted(t *testing.T, name, program, debian string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed (Debian: %s)", program, debian)
	}
	if os.Geteuid() != 0 {
		t.Skipf("%s starts as root only, and this is user %d", name, os.Geteuid())
	}
	dir, err := os.MkdirTemp("", "evenkeel-inbox-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755))
	return dir
}

func freePort(t *testing.T) string {
	l := listen(t)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// startDovecot runs Debian's IMAP server with a mailbox of its own.
func startDovecot(t *testing.T) (at string, roots *x509.CertPool) {
	dir := rooted(t, "Dovecot", "dovecot", "dovecot-imapd")
	cert, roots := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	check(t, err)
	mail, err := user.Lookup("mail")
	check(t, err)
	uid, _ := strconv.Atoi(mail.Uid)
	gid, _ := strconv.Atoi(mail.Gid)
	box := filepath.Join(dir, "box")
	check(t, os.Mkdir(box, 0o700))
	check(t, os.Chown(box, uid, gid))
	at = freePort(t)
	_, port, _ := net.SplitHostPort(at)
	fill := strings.NewReplacer("{dir}", dir, "{port}", port, "{uid}", mail.Uid, "{gid}", mail.Gid).Replace
	for name, text := range map[string]string{
		"conf": fill(dovecotConf), "users": "inbox:{PLAIN}open sesame\n",
		"cert": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})),
		"key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	log := func() string { b, _ := os.ReadFile(filepath.Join(dir, "log")); return string(b) }
	secure := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	cmd := exec.Command("dovecot", "-F", "-c", filepath.Join(dir, "conf"))
	cmd.Dir = dir
	daemonTLS(t, at, secure, log, cmd)
	return at, roots
}

// daemonTLS is daemon for a server that greets after the handshake.
func daemonTLS(t *testing.T, at string, secure *tls.Config, said func() string, cmd *exec.Cmd) {
	t.Helper()
	daemon(t, "Dovecot", at, "", said, cmd)
	until(t, "Dovecot greets", func() bool {
		c, err := tls.Dial("tcp", at, secure)
		if err != nil {
			return false
		}
		defer func() { _ = c.Close() }()
		b := make([]byte, 4)
		_, err = c.Read(b)
		return err == nil && string(b) == "* OK"
	})
}

const dovecotConf = `protocols = imap
listen = 127.0.0.1
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
mail_location = maildir:{dir}/box/mails
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
ssl = required
ssl_cert = <{dir}/cert
ssl_key = <{dir}/key
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = {port}
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
passdb {
  driver = passwd-file
  args = {dir}/users
}
userdb {
  driver = static
  args = uid={uid} gid={gid} home={dir}/box
}
`

// TestDovecot shows the mailbox with the IMAP server that Debian comes with.
func TestDovecot(t *testing.T) {
	at, roots := startDovecot(t)
	secure := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	client := func(t testing.TB) *imapclient.Client {
		t.Helper()
		c, err := imapclient.DialTLS(at, &imapclient.Options{TLSConfig: secure})
		check(t, err)
		check(t, c.Login("inbox", "open sesame").Wait())
		return c
	}
	c := client(t)
	check(t, c.Create("Done", nil).Wait())
	check(t, c.Close())
	inboxtest.Run(t, func(t *testing.T, to inbox.Taker) inboxtest.Way {
		a := inbox.Account{Addr: at, TLS: secure, User: "inbox", SecretFile: secret(t), Move: "Done"}
		return &looked{box: &inbox.Mailbox{Account: a, Taker: to, Log: quiet}, client: client}
	})
}
