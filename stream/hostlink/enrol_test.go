package hostlink

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

func TestATokenWorksOnce(t *testing.T) {
	c := startControl(t, Options{})
	token := c.invite("host-1")
	dir := t.TempDir()
	e, err := Enrol(t.Context(), dir, token, time.Now)
	if err != nil || e.Host != "host-1" {
		t.Fatalf("enrol: %+v, %v", e, err)
	}
	if _, err := Enrol(t.Context(), dir, token, time.Now); err != nil {
		t.Errorf("the same host did not hear the answer and tries again: %v", err)
	}
	_, err = Enrol(t.Context(), t.TempDir(), token, time.Now)
	if evenkeel.KindOf(err) != evenkeel.KindDenied || !strings.Contains(err.Error(), "was used at") || evenkeel.HintOf(err) == "" {
		t.Errorf("another one with the same token: %v", err)
	}
	if s := c.Stats(); s.RefusedEnrolments != 1 {
		t.Errorf("%d enrolments were refused; expected 1", s.RefusedEnrolments)
	}
}

func TestWhatIsWrongWithATokenIsSaid(t *testing.T) {
	c := startControl(t, Options{})
	late := c.invite("late")
	if err := c.registry.change(t.Context(), func(r *Registered) error {
		r.Invites[r.invite("late")].Until = evenkeel.MomentOf(time.Now().Add(-time.Minute))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	replaced := c.invite("replaced")
	c.invite("replaced")
	guessed := c.invite("guessed")
	guessed.Secret[0] ^= 1
	elsewhere := c.invite("right")
	elsewhere.Host = "other"
	wrongPin := c.invite("pin")
	wrongPin.Pin[0] ^= 1
	for _, w := range []struct {
		name, says string
		token      Token
	}{
		{"it has ended", "ended at", late},
		{"it was replaced", "is not known", replaced},
		{"its secret is guessed", "is not known", guessed},
		{"it is for another host", "is not known", elsewhere},
		{"control is another", "another authority", wrongPin},
	} {
		t.Run(w.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := Enrol(t.Context(), dir, w.token, time.Now)
			if evenkeel.KindOf(err) != evenkeel.KindDenied || !strings.Contains(err.Error(), w.says) {
				t.Errorf("the error is %v; expected it to say %q", err, w.says)
			}
			if _, err := LoadEnrolment(dir); evenkeel.KindOf(err) != evenkeel.KindNotFound {
				t.Errorf("an enrolment was kept: %v", err)
			}
		})
	}
}

func TestWhereNobodyListensTheCauseIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Enrol(t.Context(), t.TempDir(), Token{Host: "host-1", Addresses: []string{address}}, time.Now)
	if err == nil || !strings.Contains(err.Error(), address+": connection refused") ||
		strings.Contains(err.Error(), "nats") || evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
		t.Errorf("it says %v", err)
	}
}

func TestTheSecretsOfAHostAndOfControlAreForTheirOwnerOnly(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	for _, path := range []string{filepath.Join(dir, seedFile), filepath.Join(dir, enrolmentFile), filepath.Join(c.o.Dir, authorityFile), filepath.Join(c.o.Dir, registryFile)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; expected mode 0600", path, info, err)
		}
	}
	seed, err := os.ReadFile(filepath.Join(dir, seedFile))
	if err != nil {
		t.Fatal(err)
	}
	token := c.invite("host-2")
	list, err := os.ReadFile(filepath.Join(c.o.Dir, registryFile))
	if err != nil || bytes.Contains(list, seed) || bytes.Contains(list, token.Secret[:]) || !bytes.Contains(list, []byte("host-1")) {
		t.Errorf("the list of hosts holds a secret, or not the host (%v)", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if said := fmt.Sprintf(verb, token); strings.Contains(said, token.Text()) || strings.Contains(said, fmt.Sprint(token.Secret[:4])[1:8]) {
			t.Errorf("%s prints the secret: %s", verb, said)
		}
	}
}

func TestWhoIsRevokedIsOutAtOnceAndStaysOut(t *testing.T) {
	dir := t.TempDir()
	c := startControl(t, Options{Dir: dir})
	host := c.enrolled("host-1")
	conn, errs := raw(t, c, host)
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := c.Revoke(t.Context(), "host-1"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-errs:
	case <-time.After(patience):
		t.Fatal("the connection goes on")
	}
	addr := c.Addr()
	refusedNow := func() {
		t.Helper()
		key, err := hostKey(host, false)
		if err != nil {
			t.Fatal(err)
		}
		_, err = dial([]string{addr}, c.Pin(), key, time.Now)
		if err = linkError("connect", err); evenkeel.KindOf(err) != evenkeel.KindDenied {
			t.Errorf("who is revoked connects: %v", err)
		}
	}
	refusedNow()
	c.end()
	c = startControl(t, Options{Dir: dir, Listen: addr})
	refusedNow()
	if err := c.Revoke(t.Context(), "nobody"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("revoke nobody: %v", err)
	}
	if _, err := Enrol(t.Context(), host, c.invite("host-1"), time.Now); err != nil {
		t.Errorf("a new token does not let it in: %v", err)
	}
	startAgent(t, AgentOptions{Dir: host}, obeyed).publish(t, 1)
	c.until("a batch", func() bool { return len(c.got) == 1 })
}

func TestANewKeyEndsTheConnectionOfTheOld(t *testing.T) {
	c := startControl(t, Options{})
	first := c.enrolled("host-1")
	_, errs := raw(t, c, first)
	second := c.enrolled("host-1")
	select {
	case <-errs:
	case <-time.After(patience):
		t.Fatal("the old connection goes on")
	}
	key, err := hostKey(first, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial([]string{c.Addr()}, c.Pin(), key, time.Now); err == nil {
		t.Error("the old key still connects")
	}
	raw(t, c, second)
}

func TestOfTwoConnectionsOfAHostTheNewerStands(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	_, errs := raw(t, c, dir)
	newer, _ := raw(t, c, dir)
	select {
	case <-errs:
	case <-time.After(patience):
		t.Fatal("both connections stand")
	}
	if err := newer.Flush(); err != nil {
		t.Errorf("the newer one ended: %v", err)
	}
}

func TestWhoEnrolsMayDoNothingElse(t *testing.T) {
	c := startControl(t, Options{})
	c.invite("host-1")
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"host.host-1.records", "enrol.OTHER.ask", "enrol.OTHER.answer", "$SYS.REQ.SERVER.PING", ">", "host.*.orders", "enrol.>"} {
		errs := make(chan error, 8)
		conn, err := dial([]string{c.Addr()}, c.Pin(), key, time.Now, nats.UserInfo(enrolUser, ""),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { errs <- err }))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(s, "*>") {
			_, err = conn.SubscribeSync(s)
		} else {
			err = conn.Publish(s, []byte("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
		wantViolation(t, conn, errs)
		conn.Close()
	}
}

func TestWhereNobodyIsInvitedNobodyEnrols(t *testing.T) {
	c := startControl(t, Options{})
	token := Token{Host: "host-1", Addresses: []string{c.Addr()}, Pin: c.Pin()}
	if _, err := Enrol(t.Context(), t.TempDir(), token, time.Now); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("the door is open: %v", err)
	}
}

func TestWhoIsRefusedTooOftenWaits(t *testing.T) {
	c := startControl(t, Options{})
	good := c.enrolled("host-1")
	stranger, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	for range maxMisses {
		if _, err := dial([]string{c.Addr()}, c.Pin(), stranger, time.Now); err == nil {
			t.Fatal("a stranger connects")
		}
	}
	key, err := hostKey(good, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial([]string{c.Addr()}, c.Pin(), key, time.Now); err == nil {
		t.Error("the address is not made to wait")
	}
	c.door.mu.Lock()
	for n, m := range c.door.misses {
		m.since = m.since.Add(-2 * missWindow)
		c.door.misses[n] = m
	}
	c.door.mu.Unlock()
	raw(t, c, good)
}

func TestControlCannotBeEnteredWithItsNameOnly(t *testing.T) {
	c := startControl(t, Options{})
	for _, o := range []nats.Option{nats.Token(c.door.secret), nats.Token(""), nats.UserInfo("control", "")} {
		if conn, err := nats.Connect("tls://"+c.Addr(), o, nats.Secure(trusting(c.Pin(), "127.0.0.1", time.Now)), nats.TLSHandshakeFirst(), nats.NoReconnect()); err == nil {
			conn.Close()
			t.Error("who has no key of a host connects from outside")
		}
	}
	if conn, err := nats.Connect("nats://"+c.Addr(), nats.Token(c.door.secret), nats.NoReconnect(), nats.Timeout(time.Second)); err == nil {
		conn.Close()
		t.Error("a connection without TLS is let in")
	}
}

// TestTheOperatorsCertificateIsPinnedByTheLastOfItsChain uses one that another authority signed.
func TestTheOperatorsCertificateIsPinnedByTheLastOfItsChain(t *testing.T) {
	other, err := openAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"127.0.0.1"}
	c := startControl(t, Options{Certificate: func() (*tls.Certificate, error) { return other.issue(names, time.Now()) }})
	if pin, err := pinOf(&tls.Certificate{Certificate: [][]byte{other.cert.Raw}}); err != nil || pin != c.Pin() {
		t.Errorf("the pin is %x, %v; expected that of the authority", c.Pin(), err)
	}
	dir := c.enrolled("host-1")
	raw(t, c, dir)
	names[0] = "elsewhere.example.com"
	key, err := hostKey(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial([]string{c.Addr()}, c.Pin(), key, time.Now); err == nil || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("a certificate for another name: %v", err)
	}
}

func TestTheCertificateOfControlIsMadeAnewInTime(t *testing.T) {
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	own, err := openAuthority(t.TempDir(), now)
	if err != nil {
		t.Fatal(err)
	}
	get := own.renewing([]string{"localhost"}, func() time.Time { return now })
	first, err := get()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(serverLife / 2)
	if second, err := get(); err != nil || second != first {
		t.Errorf("it is made anew at half its life (%v)", err)
	}
	now = now.Add(serverLife / 4)
	second, err := get()
	if err != nil || second == first || !second.Leaf.NotAfter.After(now.Add(serverLife-time.Minute)) {
		t.Errorf("it is not made anew when a quarter is left (%v)", err)
	}
	pin, err := pinOf(second)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyPinned(chainOf(t, second), pin, "localhost", now); err != nil {
		t.Errorf("hosts do not trust the new one: %v", err)
	}
	if err := verifyPinned(chainOf(t, second), pin, "localhost", now.Add(2*serverLife)); err == nil {
		t.Error("one that has ended is trusted")
	}
	if err := verifyPinned(chainOf(t, first)[:1], pin, "localhost", now); err == nil {
		t.Error("one without its chain is trusted")
	}
}

func TestWhatCannotBeListenedAtIsSaid(t *testing.T) {
	for _, o := range []Options{
		{}, {Listen: "7422"}, {Listen: "127.0.0.1:port"}, {Listen: "0.0.0.0:0"}, {Listen: ":0"}, {Listen: "0.0.0.0:0", Addresses: []string{"control"}},
	} {
		if o.Listen != "" {
			o.Dir, o.Now = t.TempDir(), time.Now
		}
		if c, err := Open(t.Context(), o); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "expected") {
			t.Errorf("open at %q: %v, %v", o.Listen, c, err)
		}
	}
	c := startControl(t, Options{})
	_, err := Open(t.Context(), Options{Dir: t.TempDir(), Listen: c.Addr(), Now: time.Now, Logger: quiet})
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
		t.Errorf("open where another listens: %v", err)
	}
	if _, err := c.Invite(t.Context(), "host.1", time.Now().Add(time.Hour)); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("invite a host that cannot be: %v", err)
	}
	if _, err := c.Invite(t.Context(), "host-1", time.Now()); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("invite until now: %v", err)
	}
}

func TestADamagedAuthorityIsSaidAndNotReplaced(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, authorityFile), []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir, Listen: "127.0.0.1:0", Now: time.Now, Logger: quiet})
	if evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
		t.Errorf("open with a damaged authority: %v", err)
	}
}

// TestGarbageFromOutsideHarmsNobody sends what is no TLS, and TLS with no NATS in it.
func TestGarbageFromOutsideHarmsNobody(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "CONNECT {}\r\nPING\r\n", strings.Repeat("\x16\x03\x01\xff", 5000), ""} {
		conn, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(text))
		conn.Close()
		inside, err := tls.Dial("tcp", c.Addr(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = inside.Write([]byte("CONNECT {\"nkey\":\"" + text + "\"}\r\nPUB host.host-1.records 99999999999\r\n"))
		_ = inside.SetReadDeadline(time.Now().Add(patience))
		for buf := make([]byte, 4096); err == nil; {
			_, err = inside.Read(buf)
		}
		inside.Close()
	}
	startAgent(t, AgentOptions{Dir: dir}, obeyed).publish(t, 1)
	c.until("a batch of the good one", func() bool { return len(c.got) == 1 })
}

// TestGarbageFromAHostHarmsNobody: what cannot be read is counted; what is too large ends the connection.
func TestGarbageFromAHostHarmsNobody(t *testing.T) {
	c := startControl(t, Options{})
	bad, good := c.enrolled("bad"), c.enrolled("good")
	conn, errs := raw(t, c, bad)
	f := frame{payload: bytes.Repeat([]byte("EKS1\xff\xff\xff\xff\x0f"), 10)}
	f.id.Seq = 1
	for _, data := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte{0xff}, 1000), f.append(nil)} {
		for _, k := range []string{kindRecords, kindReceipts, kindStatus} {
			if err := conn.Publish(subject("bad", k), data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := conn.Publish(subject("bad", kindStatus), bytes.Repeat([]byte("9"), maxStatus+1)); err != nil {
		t.Fatal(err)
	}
	c.until("the refusals", func() bool { return c.tally.refused.Load() >= 8 || c.again() })
	if err := conn.Publish(subject("bad", kindRecords), make([]byte, maxPayload+1)); err == nil {
		t.Error("the client does not know the limit")
	}
	// A client that does not care about the limit.
	_ = conn.Flush()
	startAgent(t, AgentOptions{Dir: good}, obeyed).publish(t, 1)
	c.until("a batch of the good one", func() bool { return len(c.got) == 1 })
	if got := c.got[0]; got.Host != "good" {
		t.Errorf("the batch is of %s", got.Host)
	}
	select {
	case err := <-errs:
		t.Logf("the bad one was told: %v", err)
	default:
	}
}

func TestAThousandHostsConnect(t *testing.T) {
	const n = crowd
	keys := make([]nkeys.KeyPair, n)
	var all Registered
	for i := range keys {
		key, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		pub, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
		all.Hosts = append(all.Hosts, Host{ID: fmt.Sprint("host-", i), Key: pub, Enrolled: 1})
	}
	dir := t.TempDir()
	if err := File(filepath.Join(dir, registryFile)).Save(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	c := startControl(t, Options{Dir: dir})
	begin := time.Now()
	var work sync.WaitGroup
	next := make(chan int) // the hosts to come; eight at once, as backoff spreads them
	conns := make([]*nats.Conn, n)
	for range 8 {
		work.Go(func() {
			for i := range next {
				conn, err := dial([]string{c.Addr()}, c.Pin(), keys[i], time.Now)
				if err != nil {
					t.Errorf("host %d: %v", i, err)
					continue
				}
				conns[i] = conn
				f := frame{payload: packedBatch(i + 1)}
				f.id.Seq = 1
				if err := conn.Publish(subject(fmt.Sprint("host-", i), kindRecords), f.append(nil)); err != nil {
					t.Errorf("host %d: %v", i, err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	work.Wait()
	c.until("a batch of each", func() bool { return len(c.got) == n })
	t.Logf("%d hosts connected and were heard within %v", n, time.Since(begin))
	got := values(c.got)
	slices.Sort(got)
	if !slices.Equal(got, count(n)) {
		t.Error("not each batch came once")
	}
	for _, conn := range conns {
		if conn != nil {
			conn.Close()
		}
	}
}

func TestAnAgentWithoutControlNeitherHurriesNorForgets(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	c.end()
	var mu sync.Mutex
	attempts := 0
	tried := make(chan struct{}, 64) // a token per line of the log
	log := slog.New(counting{func(r slog.Record) {
		if strings.Contains(r.Message, "tried again") {
			mu.Lock()
			attempts++
			mu.Unlock()
			tried <- struct{}{}
		}
	}})
	begin := time.Now()
	a := startAgent(t, AgentOptions{Dir: dir, Logger: log}, obeyed)
	a.publish(t, count(10)...)
	for range 4 {
		<-tried
	}
	// Three pauses of at least half of 100, 200 and 400 ms lie between four attempts.
	if took := time.Since(begin); took < 350*time.Millisecond {
		t.Errorf("four attempts within %v", took)
	}
	if f := a.Fill(); f.Batches != 10 {
		t.Errorf("%d batches wait; expected 10", f.Batches)
	}
}

type counting struct{ seen func(slog.Record) }

func (c counting) Enabled(context.Context, slog.Level) bool      { return true }
func (c counting) Handle(_ context.Context, r slog.Record) error { c.seen(r); return nil }
func (c counting) WithAttrs([]slog.Attr) slog.Handler            { return c }
func (c counting) WithGroup(string) slog.Handler                 { return c }
