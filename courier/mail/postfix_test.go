package mail

import (
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// postfix is Debian's Postfix with a queue, a port and a certificate of its own, as a child of
// the test. It takes mail of those who sign in, for anybody@acme.example but nobody@.
type postfix struct {
	addr  string
	roots *x509.CertPool
	dir   string
	boxes string
}

const (
	postfixUser   = "courier"
	postfixSecret = "open sesame"
)

// needs skips where a test cannot run, and says what is missing.
func needs(t *testing.T) {
	t.Helper()
	for _, name := range []string{"postfix", "saslpasswd2"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed (Debian: postfix sasl2-bin libsasl2-modules)", name)
		}
	}
	if os.Geteuid() != 0 {
		t.Skipf("Postfix starts as root only, and this is user %d", os.Geteuid())
	}
}

func startPostfix(t *testing.T) *postfix {
	t.Helper()
	needs(t)
	dir, err := os.MkdirTemp("", "evenkeel-postfix-") // not below a directory that only we may enter
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755))
	cert, roots := certificate(t)
	p := &postfix{addr: freePort(t), roots: roots, dir: dir, boxes: filepath.Join(dir, "boxes")}
	_, port, _ := net.SplitHostPort(p.addr)
	own, err := user.Lookup("postfix")
	check(t, err)
	uid, err := strconv.Atoi(own.Uid)
	check(t, err)
	gid, err := strconv.Atoi(own.Gid)
	check(t, err)
	for _, d := range []string{"etc", "etc/sasl", "queue", "data", "boxes", "sasl"} {
		check(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	// The queue, which "postfix check" would make too, in as many seconds as all else takes.
	for _, d := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private", "public", "saved", "trace"} {
		check(t, os.Mkdir(filepath.Join(dir, "queue", d), 0o700))
		check(t, os.Chown(filepath.Join(dir, "queue", d), uid, gid))
	}
	check(t, os.Mkdir(filepath.Join(dir, "queue/pid"), 0o755))
	check(t, os.Chown(filepath.Join(dir, "data"), uid, gid))
	check(t, os.Chown(p.boxes, uid, gid))
	fill := strings.NewReplacer("{dir}", dir, "{port}", port, "{uid}", own.Uid, "{gid}", own.Gid).Replace
	for name, text := range map[string]string{
		"etc/main.cf": mainCF, "etc/master.cf": masterCF, "etc/boxes": boxesCF, "etc/sasl/smtpd.conf": saslConf, "etc/cert.pem": string(cert),
	} {
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(fill(text)), 0o644))
	}
	set := exec.Command("saslpasswd2", "-p", "-c", "-f", filepath.Join(dir, "sasl/db"), "-u", "mx.example.com", postfixUser)
	set.Stdin = strings.NewReader(postfixSecret)
	if out, err := set.CombinedOutput(); err != nil {
		t.Fatalf("saslpasswd2: %v: %s", err, out)
	}
	check(t, os.Chown(filepath.Join(dir, "sasl/db"), uid, gid))
	p.run(t)
	return p
}

func (p *postfix) run(t *testing.T) {
	t.Helper()
	etc := filepath.Join(p.dir, "etc")
	where, err := exec.Command("postconf", "-c", etc, "-h", "daemon_directory").Output()
	check(t, err)
	said, err := os.Create(filepath.Join(p.dir, "said"))
	check(t, err)
	defer func() { _ = said.Close() }() // the child has its own
	// With -d it stays in the process group that ends with the test.
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(where)), "master"), "-c", etc, "-d")
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	check(t, cmd.Start())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			t.Log(p.said())
		}
	})
	until(t, "Postfix answers", func() bool {
		select {
		case <-ended:
			t.Fatal("Postfix ended: " + p.said())
		default:
		}
		c, err := net.Dial("tcp", p.addr)
		if err != nil {
			return false
		}
		defer func() { _ = c.Close() }()
		b := make([]byte, 3)
		_, err = c.Read(b)
		return err == nil && string(b) == "220"
	})
}

// said is what Postfix wrote about itself.
func (p *postfix) said() string {
	out, _ := os.ReadFile(filepath.Join(p.dir, "said"))
	log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	return "Postfix said: " + string(out) + "\n" + string(log)
}

// mails returns what has arrived for anybody, each as it lies in the maildir.
func (p *postfix) mails(t *testing.T) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.boxes, "all/new/*"))
	check(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		check(t, err)
		all = append(all, b)
	}
	return all
}

func (p *postfix) server(t *testing.T) Server {
	return Server{Addr: p.addr, User: postfixUser, SecretFile: secretFile(t, postfixSecret+"\n"), From: sender, Roots: p.roots}
}

func secretFile(t *testing.T, secret string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	check(t, os.WriteFile(file, []byte(secret), 0o600))
	return file
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const mainCF = `compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
alias_maps =
smtputf8_enable = yes
virtual_mailbox_domains = acme.example
virtual_mailbox_base = {dir}/boxes
virtual_mailbox_maps = texthash:{dir}/etc/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_chain_files = {dir}/etc/cert.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = mx.example.com
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
default_transport = error:nothing leaves this machine
`

const masterCF = `127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
`

const boxesCF = `owner@acme.example all/
admin@acme.example all/
` + "用户@acme.example all/\n"

const saslConf = `pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {dir}/sasl/db
mech_list: PLAIN LOGIN
`

// envelopeOf is the line that Postfix writes above a mail about whom it was delivered to.
func envelopeOf(role string) string { return fmt.Sprintf("Delivered-To: %s@acme.example", role) }
