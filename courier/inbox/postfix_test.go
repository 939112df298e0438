package inbox_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/inbox"
)

// tray takes mails, the first ones only when they come again.
type tray struct {
	mu    sync.Mutex
	away  int // so many are put off
	mails []inbox.Mail
	nulls []bool
}

func (*tray) MostBytes() int { return 1 << 20 }

func (*tray) TakeLarge(context.Context, []byte, bool, string) error {
	return evenkeel.Invalid("it is too large")
}

func (d *tray) Take(_ context.Context, raw []byte, null bool) error {
	m, err := inbox.Read(raw, inbox.Limits{})
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away > 0 {
		d.away--
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "not now"}
	}
	d.mails, d.nulls = append(d.mails, m), append(d.nulls, null)
	return err
}

func (d *tray) all() ([]inbox.Mail, []bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mails, d.nulls
}

// startPostfix runs Debian's Postfix, which takes mail from this machine, hands on by LMTP what is for
// example.com, and for acme.example, where nobody is.
func startPostfix(t *testing.T, lmtp string) (at string) {
	dir := rooted(t, "Postfix", "postfix", "postfix sasl2-bin libsasl2-modules")
	own, err := user.Lookup("postfix")
	check(t, err)
	uid, _ := strconv.Atoi(own.Uid)
	gid, _ := strconv.Atoi(own.Gid)
	for _, d := range []string{"etc", "queue", "data"} {
		check(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	for _, d := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private", "public", "saved", "trace"} {
		check(t, os.Mkdir(filepath.Join(dir, "queue", d), 0o700))
		check(t, os.Chown(filepath.Join(dir, "queue", d), uid, gid))
	}
	check(t, os.Mkdir(filepath.Join(dir, "queue/pid"), 0o755))
	check(t, os.Chown(filepath.Join(dir, "data"), uid, gid))
	at = freePort(t)
	_, port, _ := net.SplitHostPort(at)
	_, to, _ := net.SplitHostPort(lmtp)
	fill := strings.NewReplacer("{dir}", dir, "{port}", port, "{to}", to).Replace
	for name, text := range map[string]string{"main.cf": replyCF, "master.cf": replyMasterCF, "transport": "example.com lmtp:inet:127.0.0.1:{to}\nacme.example lmtp:inet:127.0.0.1:{to}\n"} {
		check(t, os.WriteFile(filepath.Join(dir, "etc", name), []byte(fill(text)), 0o644))
	}
	where, err := exec.Command("postconf", "-c", filepath.Join(dir, "etc"), "-h", "daemon_directory").Output()
	check(t, err)
	log := func() string { b, _ := os.ReadFile(filepath.Join(dir, "log")); return string(b) }
	daemon(t, "Postfix", at, "220", log, exec.Command(filepath.Join(strings.TrimSpace(string(where)), "master"), "-c", filepath.Join(dir, "etc"), "-d"))
	return at
}

const replyCF = `compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps = texthash:{dir}/etc/transport
default_transport = error:nothing leaves this machine
minimal_backoff_time = 1s
queue_run_delay = 1s
`

const replyMasterCF = `127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 1 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
`

// submit hands a mail to Postfix.
func submit(t *testing.T, at, from, to, text string) {
	t.Helper()
	c, err := smtp.Dial(at)
	check(t, err)
	defer func() { _ = c.Close() }()
	check(t, c.Hello("client.example"))
	check(t, c.SendMail(from, []string{to}, strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))))
}

// TestPostfix shows the way in with the mail server that Debian comes with: it hands on what tenants
// answer, brings again what was put off, and says itself what it could not deliver.
func TestPostfix(t *testing.T) {
	d := &tray{away: 1}
	ours := serve(t, &inbox.Server{LMTP: true, Name: "in.example.com", Recipients: []string{"abuse@example.com"}, Taker: d, Log: quiet})
	at := startPostfix(t, ours)

	submit(t, at, "ann@elsewhere.example", "abuse@example.com", "From: Ann <ann@elsewhere.example>\nTo: abuse@example.com\nSubject: Re: Question\nMessage-ID: <r-1@elsewhere.example>\n"+
		"In-Reply-To: <n-1@notices.example.com>\n\nIt is our job.\n\nOn 4 Mar 2026 at 08:47, abuse wrote:\n> What is it?\n")
	until(t, "the answer comes again and is taken", func() bool { all, _ := d.all(); return len(all) == 1 })
	all, nulls := d.all()
	if m := all[0]; m.Words != "It is our job." || m.From != "ann@elsewhere.example" || nulls[0] || m.Automatic != "" || m.About[0] != "n-1@notices.example.com" {
		t.Errorf("Postfix handed on %+v", m)
	}

	submit(t, at, "abuse@example.com", "ann@acme.example", "From: abuse@example.com\nTo: ann@acme.example\nSubject: Question\nMessage-ID: <n-1@notices.example.com>\nAuto-Submitted: auto-generated\n\nWhat is it?\n")
	until(t, "what could not be delivered comes back", func() bool { all, _ := d.all(); return len(all) == 2 })
	all, nulls = d.all()
	r := all[1].Returned
	if r == nil || r.Original != "n-1@notices.example.com" || len(r.Recipients) != 1 || r.Recipients[0].To != "ann@acme.example" || !r.Recipients[0].Final() ||
		r.Recipients[0].Status != "5.1.1" || !nulls[1] {
		t.Errorf("Postfix says %+v, %+v, from nobody: %v", all[1], r, nulls)
	}
}
