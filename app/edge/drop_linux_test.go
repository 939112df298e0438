package edge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/wall"
)

// internet is what is outside an edge: machines in network namespaces of their own.
type internet struct {
	t    *testing.T
	pids map[string]int // of what holds a namespace
}

func (n *internet) ip(where, args string) { n.does(where, "ip "+args) }

func (n *internet) does(where, args string) {
	n.t.Helper()
	all := strings.Fields(args)
	if where != "" {
		all = append(n.enter(where), all...)
	}
	if out, err := exec.CommandContext(n.t.Context(), all[0], all[1:]...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %v: %s", strings.Join(all, " "), err, out)
	}
}

func (n *internet) enter(where string) []string {
	return []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", n.pids[where])}
}

// machine makes a namespace.
func (n *internet) machine(name string) {
	n.t.Helper()
	cmd := exec.Command("unshare", "--net", "sh", "-c", "echo x; exec cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		n.t.Fatal(err)
	}
	n.pids[name] = cmd.Process.Pid
	n.ip(name, "link set lo up")
}

// link lays a cable between a machine and the middle, with these addresses.
func (n *internet) link(name, own, middle string) {
	n.t.Helper()
	n.machine(name)
	n.ip("middle", fmt.Sprintf("link add to%s type veth peer name eth0 netns %d", name, n.pids[name]))
	n.ip("middle", "addr add "+middle+" dev to"+name)
	n.ip("middle", "link set to"+name+" up")
	n.ip(name, "addr add "+own+" dev eth0")
	n.ip(name, "link set eth0 up")
	gateway, _, _ := strings.Cut(middle, "/")
	n.ip(name, "route add default via "+gateway)
}

// Who is in the internet of these tests.
var (
	attackerAt = netip.MustParseAddr("198.51.100.2")
	homeAt     = netip.MustParseAddr("203.0.113.9") // two machines
	edgeAt     = "192.0.2.1"
)

func newInternet(t *testing.T) *internet {
	t.Helper()
	n := &internet{t, map[string]int{}}
	n.ip("", "link set lo up")
	n.machine("middle")
	n.ip("", fmt.Sprintf("link add edge0 type veth peer name eth0 netns %d", n.pids["middle"]))
	n.ip("", "addr add "+edgeAt+"/30 dev edge0")
	n.ip("", "link set edge0 up")
	n.ip("", "route add default via 192.0.2.2")
	n.ip("middle", "addr add 192.0.2.2/30 dev eth0")
	n.ip("middle", "link set eth0 up")
	n.does("middle", "sysctl -qw net.ipv4.ip_forward=1")
	n.link("attacker", "198.51.100.2/30", "198.51.100.1/30")
	n.link("person", "198.51.100.6/30", "198.51.100.5/30")
	n.link("home1", "10.9.0.2/30", "10.9.0.1/30")
	n.link("home2", "10.9.1.2/30", "10.9.1.1/30")
	n.does("home2", "sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0") // another system, by its SYN
	for _, line := range []string{
		"add table ip home", "add chain ip home out { type nat hook postrouting priority 100 ; }", "add rule ip home out ip saddr 10.9.0.0/16 snat to " + homeAt.String(),
	} {
		n.does("middle", "nft "+line)
	}
	return n
}

// client starts visits from a machine.
func (n *internet) client(where string, o clientOrder) (began time.Time, out *bufio.Scanner, stop func()) {
	n.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		n.t.Fatal(err)
	}
	args := append(n.enter(where), os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), clientEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	n.t.Cleanup(stop)
	out = bufio.NewScanner(pipe)
	if !out.Scan() {
		n.t.Fatal("a client says nothing")
	}
	ns, err := strconv.ParseInt(out.Text(), 10, 64)
	if err != nil {
		n.t.Fatal(err)
	}
	return time.Unix(0, ns), out, stop
}

// answered is any status.
const answered = -1

// visits visits once from a machine, and wants a status; 0: no answer.
func (n *internet) visits(what, where, at, host string, want int) {
	n.t.Helper()
	n.visitsOver(what, where, at, host, want, false)
}

func (n *internet) visitsOver(what, where, at, host string, want int, secure bool) {
	n.t.Helper()
	within := 8 * time.Second
	if want == 0 {
		within = 300 * time.Millisecond
	}
	_, out, stop := n.client(where, clientOrder{at, host, 1, 1, within, secure})
	defer stop()
	out.Scan()
	if code, err := strconv.Atoi(out.Text()); err != nil || code != want && (want != answered || code == 0) {
		n.t.Errorf("%s: %s has %q at %s; expected %d", what, where, out.Text(), host, want)
	}
}

// until asks how it stands until it stands so.
func until(t *testing.T, r *running, what string, is func(*Dropped) bool) (*Dropped, time.Time) {
	t.Helper()
	over, beat := time.After(30*time.Second), time.NewTicker(2*time.Millisecond)
	defer beat.Stop()
	for {
		d := r.droppedNow()
		if is(d) {
			return d, time.Now()
		}
		select {
		case <-beat.C:
		case <-over:
			t.Fatalf("%s: %+v\n%s", what, d, *r.log.all.Load())
		}
	}
}

// TestWhoFailsIsDroppedInTheKernelAndNobodyElse has one machine fail at a challenge again and again, and two behind one address.
func TestWhoFailsIsDroppedInTheKernelAndNobodyElse(t *testing.T) { testhost.Alone(t, droppedInKernel) }

func droppedInKernel(t *testing.T) {
	n := newInternet(t)
	b := backend(t, "b")
	shop := document("shop", b.URL, "attack: {highest: proof}\n")
	for _, way := range []Drop{{Way: wayNftables}, {Way: wayXDP, Interface: "edge0"}} {
		dir, sites := folder(t, map[string]string{"shop.yaml": shop, "blog.yaml": document("blog", b.URL, "")})
		attacked(t, dir, shop, stage.Proof)
		r := run(t, dir, sites, func(s *Settings) { s.Clear, s.Drop = []string{":0"}, way })
		_, port, _ := net.SplitHostPort(r.Ready().Clear[0])
		at := net.JoinHostPort(edgeAt, port)
		n.visits(way.Way, "attacker", at, "shop.example", 429)
		began, _, stop := n.client("attacker", clientOrder{at, "shop.example", 4, 0, 3 * time.Second, false})
		d, moved := until(t, r, "the attacker is not dropped", func(d *Dropped) bool { return d.Packets > 0 })
		if took := moved.Sub(began); took > 2*time.Second {
			t.Errorf("%s: from the first request of the attack to the first packet that the kernel dropped it took %s; expected 2s at most", way.Way, took)
		} else {
			t.Logf("figure: %s: from the first request of an attack to the first packet that the kernel dropped: %s", d.Way, took.Round(time.Millisecond))
		}
		n.visits(way.Way, "person", at, "blog.example", 200)
		n.visits(way.Way, "person", at, "shop.example", answered)
		n.visits(way.Way, "attacker", at, "blog.example", 0)
		stop()

		// One of two machines behind an address fails: the other one is not shut out.
		n.visits(way.Way, "home2", at, "shop.example", answered)
		_, _, stop = n.client("home1", clientOrder{at, "shop.example", 4, 0, 3 * time.Second, false})
		until(t, r, "nothing is known of the home", func(d *Dropped) bool { return d.Rulings[wall.Machines.String()] > 0 })
		n.visits(way.Way+", while a neighbour attacks", "home2", at, "blog.example", 200)
		stop()
		if d := r.droppedNow(); d.Addresses != 1 {
			t.Errorf("%s: %+v; expected the attacker alone", way.Way, d)
		}

		// It is in force after a restart, and a pardon frees at once.
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		r = run(t, dir, sites, func(s *Settings) { s.Clear, s.Drop = []string{":" + port}, way })
		n.visits(way.Way+", after a restart", "attacker", at, "shop.example", 0)
		wish := Wish{Address: attackerAt.String(), Why: "its owner called"}
		if err := Pardon(t.Context(), dir, wish); err != nil {
			t.Error(err)
		}
		n.visits(way.Way+", pardoned", "attacker", at, "shop.example", answered)
		if err := Pardon(t.Context(), dir, wish); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Error("pardoned twice:", err)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBehindTheSieveWhoFailsIsDropped has the gateway behind the sieve ask the guard about a machine that came by the sieve, and about one that never did.
func TestBehindTheSieveWhoFailsIsDropped(t *testing.T) { testhost.Alone(t, droppedBehindTheSieve) }

func droppedBehindTheSieve(t *testing.T) {
	n := newInternet(t)
	behind := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer behind.Close()
	shop := document("shop", "http://127.0.0.1:1", "attack: {highest: proof}\n")
	dir, sites := folder(t, map[string]string{"shop.yaml": shop, "blog.yaml": document("blog", "http://127.0.0.1:1", "")})
	attacked(t, dir, shop, stage.Proof)
	r := run(t, dir, sites, func(s *Settings) {
		s.Clear, s.Guard.HTTP, s.Drop = nil, []string{"127.0.0.1:0"}, Drop{Way: wayNftables}
		s.Sieve = Sieve{Listen: []string{":0"}, Upstreams: []string{behind.Listener.Addr().String()}, Header: "none", Idle: time.Minute}
	})
	_, port, _ := net.SplitHostPort(r.Ready().Sieve[0])
	at := net.JoinHostPort(edgeAt, port)
	for where, host := range map[string]string{"attacker": "shop.example", "person": "shop.example"} {
		n.visitsOver("before", where, at, host, 200, true)
	}
	never := netip.MustParseAddr("198.51.100.77")
	for _, from := range []netip.Addr{attackerAt, never} {
		for range 100 {
			r.forwards(t, "shop.example", from.String())
		}
	}
	until(t, r, "who came by the sieve is not dropped, or nothing is known of who never came", func(d *Dropped) bool { return d.Addresses == 1 && d.Rulings[wall.NoSYN.String()] > 0 })
	n.visitsOver("dropped", "attacker", at, "blog.example", 0, true)
	n.visitsOver("beside", "person", at, "shop.example", 200, true)
	if d := r.droppedNow(); d.Addresses != 1 {
		t.Errorf("%+v; expected the attacker alone", d)
	}
}

// TestTheGatewayNeedsTheRightsThatItNamesAndNoOthers runs it with them, and with none: then it goes on without, and says what is missing.
func TestTheGatewayNeedsTheRightsThatItNamesAndNoOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	for _, c := range []struct{ way, rights, missing string }{
		{wayNftables, "", "CAP_NET_ADMIN"},
		{wayNftables, ",+net_admin", ""},
		{wayXDP, "", "CAP_NET_ADMIN, CAP_BPF, CAP_PERFMON"},
		{wayXDP, ",+net_admin,+perfmon", "CAP_BPF"},
		{wayXDP, ",+net_admin,+bpf,+perfmon", ""},
	} {
		dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", "http://192.0.2.80", "")})
		cmd := exec.Command("unshare", "--net", "setpriv", "--bounding-set=-all"+c.rights, "--inh-caps=-all", os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+dir+"\n"+sites, dropEnv+"="+c.way)
		var log strings.Builder
		cmd.Stderr = &log
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = bufio.NewReader(out).ReadString('\n') // where it serves
		var s Status
		if err == nil {
			s, err = AskStatus(t.Context(), dir, false)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if err != nil || s.Dropped == nil || s.Sites != 1 || (s.Dropped.Way == "") != (c.missing != "") || !strings.Contains(s.Dropped.Why, c.missing) {
			t.Errorf("%s with %q: it stands %+v %+v, %v\n%s", c.way, c.rights, s, s.Dropped, err, &log)
		}
		if said := log.String(); c.missing != "" && (!strings.Contains(said, "this process lacks "+c.missing) || !strings.Contains(said, "AmbientCapabilities=") || !strings.Contains(said, "setcap")) {
			t.Errorf("%s with %q: the log says: %s", c.way, c.rights, said)
		}
	}
}
