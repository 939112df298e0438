//go:build linux

package hostcheck

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/baseline"
)

// The test's own program is also whoever serves, dials and puts firewalls up in the network namespaces.
func TestMain(m *testing.M) {
	do, dir := os.Getenv("HOSTCHECK_DO"), os.Getenv("HOSTCHECK_DIR")
	var err error
	switch do {
	case "":
		os.Exit(m.Run())
	case "serve":
		err = serve()
	case "dial":
		err = dial(os.Args[1])
	case "raise", "raise-and-die":
		err = raise(dir, do == "raise-and-die")
	case "keep":
		err = Keep(context.Background(), dir, os.Args[1], false, func() { fmt.Println(Armed) })
	case "confirm":
		err = Confirm(context.Background(), dir, time.Now())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve answers whoever comes, at the port of ssh and at two others, by what it is told.
func serve() error {
	for _, port := range []string{"22", "443", "6379"} {
		l, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go io.Copy(c, c)
			}
		}()
	}
	fmt.Println("serving")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// dial opens a connection and says each line that it reads into it, and what comes back.
func dial(to string) error {
	c, err := net.DialTimeout("tcp", to, 700*time.Millisecond)
	if err != nil {
		return err
	}
	fmt.Println("connected")
	back := bufio.NewReader(c)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Fprintln(c, in.Text())
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		line, err := back.ReadString('\n')
		if err != nil {
			return err
		}
		fmt.Print(line)
	}
	return c.Close()
}

func raise(dir string, die bool) error {
	ports, standing := SSH(context.Background(), os.Getenv("SSH_CONNECTION"), nil)
	after, err := time.ParseDuration(os.Getenv("HOSTCHECK_AFTER"))
	if err != nil {
		return err
	}
	if err := os.Setenv("HOSTCHECK_DO", "keep"); err != nil {
		return err
	}
	who, err := Raise(context.Background(), dir, baseline.Wall{SSH: ports, Standing: standing, Allow: []baseline.Service{{Proto: "tcp", Port: 443}}}, after, time.Now(), []string{cmp.Or(os.Getenv("HOSTCHECK_KEEPER"), "/proc/self/exe")})
	if err != nil {
		return err
	}
	fmt.Println(who, len(standing))
	if die { // as kill -9 would have it: nothing of ours runs on
		p, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		return p.Kill()
	}
	return nil
}

// network is two namespaces with a cable between them: the machine (192.0.2.1) and whoever sits elsewhere (192.0.2.2).
type network struct {
	t          *testing.T
	host, away string
	dir        string
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skipf("network namespaces need root; the user is %d", os.Getuid())
	}
	n := &network{t: t, host: "ekh" + strconv.Itoa(os.Getpid()), away: "eka" + strconv.Itoa(os.Getpid()), dir: t.TempDir()}
	ip := func(line string) {
		t.Helper()
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", line, err, out)
		}
	}
	for _, ns := range []string{n.host, n.away} {
		ip("netns add " + ns)
		t.Cleanup(func() { ip("netns del " + ns) })
		ip("-n " + ns + " link set lo up")
	}
	ip("link add ekv0 netns " + n.host + " type veth peer name ekv1 netns " + n.away)
	ip("-n " + n.host + " addr add 192.0.2.1/24 dev ekv0")
	ip("-n " + n.away + " addr add 192.0.2.2/24 dev ekv1")
	ip("-n " + n.host + " link set ekv0 up")
	ip("-n " + n.away + " link set ekv1 up")
	n.start(n.host, "serve").expect("serving")
	return n
}

// helper is a process in a namespace.
type helper struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func (n *network) command(ns, do string, env []string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command("nsenter", append([]string{"--net=" + filepath.Join("/run/netns", ns), self}, args...)...)
	cmd.Env = append(append(os.Environ(), "HOSTCHECK_DO="+do, "HOSTCHECK_DIR="+n.dir), env...)
	return cmd
}

func (n *network) start(ns, do string, args ...string) *helper {
	n.t.Helper()
	h := &helper{t: n.t, cmd: n.command(ns, do, nil, args...)}
	out, err := h.cmd.StdoutPipe()
	if err == nil {
		h.in, err = h.cmd.StdinPipe()
	}
	if err == nil {
		err = h.cmd.Start()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	h.out = bufio.NewScanner(out)
	n.t.Cleanup(func() {
		h.in.Close()
		_ = h.cmd.Wait() // one whose connection was cut says so
	})
	return h
}

func (h *helper) expect(line string) {
	h.t.Helper()
	if !h.out.Scan() || h.out.Text() != line {
		h.t.Fatalf("it said %q; expected %q", h.out.Text(), line)
	}
}

// says says something over the connection and wants it back.
func (h *helper) says(word string) {
	h.t.Helper()
	fmt.Fprintln(h.in, word)
	h.expect(word)
}

// reaches says whether a new connection to a port comes about.
func (n *network) reaches(port string) bool {
	cmd := n.command(n.away, "dial", nil, "192.0.2.1:"+port)
	return cmd.Run() == nil
}

func (n *network) run(do string, env ...string) (string, error) {
	out, err := n.command(n.host, do, env).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// until waits for a port to be reached again.
func (n *network) until(port string) {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if n.reaches(port) { // which waits by itself
			return
		}
	}
	n.t.Fatalf("port %s is not reached again", port)
}

const mine = "SSH_CONNECTION=192.0.2.2 %s 192.0.2.1 22"

func (n *network) ssh() (*helper, string) {
	n.t.Helper()
	h := n.start(n.away, "dial", "192.0.2.1:22")
	h.expect("connected")
	h.says("who is there")
	out, err := exec.Command("nsenter", "--net="+filepath.Join("/run/netns", n.away), "cat", "/proc/net/tcp").Output()
	if err != nil {
		n.t.Fatal(err)
	}
	sockets, _ := baseline.ParseSockets("tcp", out)
	for _, s := range sockets {
		if s.Remote.Port() == 22 && s.State == baseline.StateEstablished {
			return h, fmt.Sprintf(mine, strconv.Itoa(int(s.Own.Port())))
		}
	}
	n.t.Fatal("the connection is not among the sockets")
	return nil, ""
}

// The connection that puts a firewall up goes on while it stands and after it is gone, and nobody has to do anything for that.
func TestAFirewallThatNobodyConfirmsLetsGo(t *testing.T) {
	n := newNetwork(t)
	ssh, env := n.ssh()
	if !n.reaches("6379") {
		t.Fatal("the port is not reached before")
	}
	said, err := n.run("raise", env, "HOSTCHECK_AFTER=4s")
	if err != nil || said != "keeper 1" {
		t.Fatalf("it said %q, %v", said, err)
	}
	ssh.says("still there")
	if n.reaches("6379") {
		t.Error("a port that nobody named is reached")
	}
	if !n.reaches("443") || !n.reaches("22") {
		t.Error("what was named is not reached")
	}
	if said, err := n.run("raise", env, "HOSTCHECK_AFTER=4s"); err == nil || !strings.Contains(said, "already") {
		t.Errorf("a second one: %q, %v", said, err)
	}
	n.until("6379")
	ssh.says("and after")
	if said, err := n.run("confirm"); err == nil || !strings.Contains(said, ErrNoLease.Error()) {
		t.Errorf("confirmed too late: %q, %v", said, err)
	}
}

func TestOneThatIsConfirmedStaysAndTheNextFallsBackToIt(t *testing.T) {
	n := newNetwork(t)
	ssh, env := n.ssh()
	if said, err := n.run("raise", env, "HOSTCHECK_AFTER=1500ms"); err != nil {
		t.Fatalf("it said %q, %v", said, err)
	}
	if said, err := n.run("confirm"); err != nil {
		t.Fatalf("it said %q, %v", said, err)
	}
	for range 4 { // each waits 700 ms
		if n.reaches("6379") {
			t.Fatal("the confirmed firewall let go")
		}
	}
	ssh.says("still there")
	if _, err := os.Stat(leasePath(n.dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lease is still noted: %v", err)
	}
	if said, err := n.run("raise", env, "HOSTCHECK_AFTER=1s"); err != nil {
		t.Fatalf("it said %q, %v", said, err)
	}
	for range 4 {
		if n.reaches("6379") {
			t.Fatal("what stood before is not back")
		}
	}
	out, err := exec.Command("nsenter", "--net="+filepath.Join("/run/netns", n.host), "nft", "list", "table", "inet", baseline.Table).Output()
	if err != nil || strings.Contains(string(out), "lease") {
		t.Errorf("what stands is not what was confirmed: %v\n%s", err, out)
	}
	ssh.says("and after")
}

// Whoever put it up is killed, and so is the keeper: the kernel lets go.
func TestTheKernelLetsGoWhereEverybodyIsKilled(t *testing.T) {
	n := newNetwork(t)
	ssh, env := n.ssh()
	if said, err := n.run("raise-and-die", env, "HOSTCHECK_AFTER=3s"); err == nil {
		t.Fatalf("it was not killed: %q", said)
	}
	if n.reaches("6379") {
		t.Error("the firewall does not stand")
	}
	l, err := readLease(n.dir)
	if err != nil {
		t.Fatal(err)
	}
	kill(t, l.ID)
	ssh.says("still there")
	n.until("6379")
	ssh.says("and after")
	// What the dead left behind is no reason to refuse another.
	if said, err := n.run("raise", env, "HOSTCHECK_AFTER=1s"); err != nil {
		t.Errorf("another one: %q, %v", said, err)
	}
	n.until("6379")
}

// kill ends the keeper of a lease, by the id among its arguments.
func kill(t *testing.T, id string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), id) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := os.FindProcess(pid)
		if err == nil {
			err = p.Kill()
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("there is no keeper")
}

func TestNothingIsChangedWhereTheKeeperDoesNotWait(t *testing.T) {
	n := newNetwork(t)
	_, env := n.ssh()
	if said, err := n.run("raise", env, "HOSTCHECK_AFTER=5s", "HOSTCHECK_KEEPER=/bin/true"); err == nil || !strings.Contains(said, "nothing was changed") {
		t.Errorf("it said %q, %v", said, err)
	}
	if !n.reaches("6379") {
		t.Error("something was changed")
	}
	if _, err := readLease(n.dir); !errors.Is(err, ErrNoLease) {
		t.Errorf("a lease is noted: %v", err)
	}
}
