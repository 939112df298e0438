package agent

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/fleet"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// patience is how long a test waits for what has to come.
var patience = 20 * time.Second

// center is control in a test: what it was given, and what it orders.
type center struct {
	*hostlink.Control
	t    *testing.T
	news chan struct{} // capacity 1

	mu       sync.Mutex
	got      []hostlink.Delivery
	pending  []evenkeel.Order
	receipts []evenkeel.Receipt
}

func openCenter(t *testing.T) *center {
	t.Helper()
	c := &center{t: t, news: make(chan struct{}, 1)}
	var err error
	c.Control, err = hostlink.Open(t.Context(), hostlink.Options{
		Dir: t.TempDir(), Listen: "127.0.0.1:0", Now: time.Now, Logger: slog.New(slog.DiscardHandler), Heard: func(string) { c.tell() },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, c.take, c) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("control ended with %v", err)
		}
	})
	return c
}

func (c *center) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *center) take(_ context.Context, d hostlink.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, d)
	c.tell()
	return nil
}

func (c *center) Pending(context.Context, string) ([]evenkeel.Order, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.pending), nil
}

func (c *center) Given(context.Context, string, evenkeel.OrderID) (bool, error) { return true, nil }

func (c *center) Answer(_ context.Context, _ string, r evenkeel.Receipt) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receipts = append(c.receipts, r)
	c.pending = slices.DeleteFunc(c.pending, func(o evenkeel.Order) bool { return o.ID == r.Order })
	c.tell()
	return nil
}

func (c *center) order(o evenkeel.Order) {
	c.mu.Lock()
	c.pending = append(c.pending, o)
	c.mu.Unlock()
	c.Nudge("host-1")
}

// until waits for what has to become true of what control knows.
func (c *center) until(what string, is func() bool) {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		ok := is()
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.news:
		case <-deadline:
			c.t.Fatalf("within %v it did not come to this: %s; receipts %+v", patience, what, c.receipts)
		}
	}
}

// said says whether a receipt of a state came whose text has some words.
func (c *center) said(s evenkeel.ReceiptState, words string) func() bool {
	return func() bool {
		return slices.ContainsFunc(c.receipts, func(r evenkeel.Receipt) bool { return r.State == s && strings.Contains(r.Why+r.Effect, words) })
	}
}

// enrolled is a host with an account at control and one guest's port, and what its agent goes by.
func enrolled(t *testing.T, c *center) Options {
	t.Helper()
	dir := t.TempDir()
	testhost.Pins(t, dir)
	must(t, "ip link add tap-vm-1 type veth peer name g1")
	must(t, "ip link set tap-vm-1 up")
	must(t, "ip link set g1 up")
	token, err := c.Invite(t.Context(), "host-1", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	o := hostOptions(t, dir)
	if _, err := OpenProcess(t.Context(), o); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(err.Error()+evenkeel.HintOf(err), "evenkeel host enrol") {
		t.Errorf("before it has enrolled: %v", err)
	}
	if _, err := Enrol(t.Context(), o.Settings, "ek-host-0-", time.Now); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("with what is no token: %v", err)
	}
	if e, err := Enrol(t.Context(), o.Settings, token.Text()+"\n", time.Now); err != nil || e.Host != "host-1" {
		t.Fatalf("%+v, %v", e, err)
	}
	return o
}

// hostOptions are what an agent in a folder goes by.
func hostOptions(t *testing.T, dir string) Options {
	t.Helper()
	s, err := Parse("host.yaml", []byte(fmt.Sprintf(`
data: %s/data
pins: %s/bpf/evenkeel
cgroups: ''
own: ["eth*", "g*"]
ports: [{name: "tap-{guest}", kind: veth}]
samples: {one_in: 3}
`, dir, dir)))
	if err != nil {
		t.Fatal(err)
	}
	return Options{Settings: s, Version: "test", Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
}

func limit() evenkeel.Order {
	now := evenkeel.MomentOf(time.Now())
	return evenkeel.Order{
		ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureLimit, Params: map[string]string{"syn_rate": "200"},
		Assets: []evenkeel.AssetID{"vm-1"}, From: now, Until: now.Add(time.Hour),
	}
}

// R15, R17: what a guest sends is at control within two seconds, what control orders is in force and answered, and who
// stands at the host lets it go by hand, of which control hears.
func TestAHostTellsWhatItSeesAndHoldsWhatIsOrdered(t *testing.T) { testhost.Alone(t, told) }

func told(t *testing.T) {
	must(t, "ip link set lo up")
	must(t, "ip link add stray type veth peer name g-stray")
	c := openCenter(t)
	o := enrolled(t, c)
	p, err := OpenProcess(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Ready(); r.Host != "host-1" || r.Ports != 1 || r.Guests != 1 || r.Traffic != "eBPF" {
		t.Errorf("it is ready as %+v", r)
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	ended := false
	stop := func() {
		if end(); !ended {
			ended = true
			if err := <-done; err != nil {
				t.Errorf("it ended with %v", err)
			}
		}
	}
	defer stop()
	c.until("the host holds vm-1", func() bool { return slices.Equal(c.Holders("vm-1"), []string{"host-1"}) })
	if h := c.Hosts(); len(h) != 1 || !h[0].Here || h[0].Status.Version != "test" || !slices.Contains(h[0].Status.Can, "limit") || len(h[0].Status.Blind) != 0 ||
		!slices.ContainsFunc(h[0].Status.Nobodys, func(x hostlink.BlindPort) bool { return x.Port == "stray" }) {
		t.Errorf("control knows %+v", h)
	}

	must(t, "ip addr add 10.9.0.2/24 dev g1")
	must(t, "ip neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev g1 nud permanent")
	send, err := net.Dial("udp", "10.9.0.9:9999")
	if err != nil {
		t.Fatal(err)
	}
	defer send.Close()
	sent := time.Now()
	for range 50 {
		if _, err := send.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	c.until("50 packets of vm-1", func() bool {
		n := 0.0
		for _, d := range c.got {
			for i := range d.Batch.Records {
				if r := &d.Batch.Records[i]; r.Kind == evenkeel.KindUsage {
					if u := d.Batch.Usage(r); u.Asset == "vm-1" && u.Part == evenkeel.PartUDPOut {
						n += u.Value
					}
				}
			}
		}
		return n >= 50
	})
	if took := time.Since(sent); took > 2*time.Second {
		t.Errorf("what was sent was told %v later; expected 2s at most", took)
	} else {
		t.Logf("figure: what was sent was at control %v later", took.Round(time.Millisecond))
	}

	eventually(t, "headers of what vm-1 sends are kept", func() bool {
		if _, err := send.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		e, err := Packets(t.Context(), o, "vm-1")
		return err == nil && len(e.Packets) > 1
	})
	if _, err := Packets(t.Context(), o, "vm-9"); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(evenkeel.HintOf(err), "evenkeel host status") {
		t.Errorf("of a guest that is not here: %v", err)
	}
	if _, err := KeptPackets(o, "d-1"); evenkeel.KindOf(err) != evenkeel.KindNotFound || evenkeel.HintOf(err) == "" {
		t.Errorf("before an order: %v", err)
	}

	began := time.Now()
	c.order(limit())
	c.until("the order is applied", c.said(evenkeel.ReceiptApplied, "syn_rate 200"))
	c.until("the receipt says that packets are kept", c.said(evenkeel.ReceiptApplied, " packets kept"))
	if e, err := KeptPackets(o, "d-1"); err != nil || len(e.Packets) < 2 || len(e.Packets) > mostOfOrder || e.Packets[0].Asset != "vm-1" {
		t.Errorf("beside the order are kept %+v, %v", e, err)
	}
	t.Logf("figure: an order was in force and answered %v after it was given", time.Since(began).Round(time.Millisecond))

	must(t, "ip link add tap-vm-2 type veth peer name g2")
	plugged := time.Now()
	c.until("the host holds vm-2", func() bool { return slices.Equal(c.Holders("vm-2"), []string{"host-1"}) })
	if took := time.Since(plugged); took > hostlink.Heartbeat/2 { // at whose beat it would have been told 8 seconds later
		t.Errorf("control learnt of another guest %v later: with a heartbeat", took)
	}

	s, err := Ask(t.Context(), o)
	if err != nil || !s.Running || !s.Link.Up || len(s.Orders) != 1 || s.Orders[0].State != "carried" || !strings.Contains(s.Orders[0].Effect, "syn_rate 200") || len(s.Guests) != 2 || s.Guests[0].Ports[0].Out != "tcx" {
		t.Errorf("it says of itself %+v, %v", s, err)
	}
	if _, err := Release(t.Context(), o, Brake{Decision: "d-2", Why: "a mistake"}); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(err.Error(), "nothing of it stands on this host; there stands d-1 (limit of vm-1)") {
		t.Errorf("of what does not stand: %v", err)
	}
	if _, err := Release(t.Context(), o, Brake{Decision: "d-1"}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("without a reason: %v", err)
	}
	r, err := Release(t.Context(), o, Brake{Decision: "d-1", Why: "a mistake"})
	if err != nil || len(r.Receipts) != 1 || r.Receipts[0].State != evenkeel.ReceiptLifted || len(r.Orders) != 1 || r.Orders[0].Measure != evenkeel.MeasureLimit || r.Orders[0].Until == 0 {
		t.Fatalf("released: %+v, %v", r, err)
	}
	c.until("control hears of the release", c.said(evenkeel.ReceiptLifted, "released by hand on host-1: a mistake"))
	if s, err := Ask(t.Context(), o); err != nil || len(s.Orders) != 0 {
		t.Errorf("after it there stands %+v, %v", s.Orders, err)
	}
	_, err = fleet.Ask(t.Context(), shield.Probe{
		ID: "p-1", Measure: evenkeel.MeasureIsolate, Ways: []string{"export"}, Object: make([]byte, shield.LeastObject),
	}, func(ctx context.Context, q []byte) ([]byte, error) { return c.Ask(ctx, "host-1", q) })
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(err.Error(), "this host has no canary") {
		t.Errorf("asked to show that data is reached: %v", err)
	}
	if _, err := OpenProcess(t.Context(), o); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("a second agent: %v", err)
	}
	stop()
	if _, err := os.Lstat(filepath.Join(o.Settings.Data, fileSocket)); !os.IsNotExist(err) {
		t.Errorf("its socket stays: %v", err)
	}
}

// agentEnv names the folder by which this process is an agent that is to be killed.
const agentEnv = "EVENKEEL_TEST_AGENT"

// R16, R18: whatever becomes of the agent, its measures stand, once; the next one takes them over, and the hand-brake needs none.
func TestAMeasureOutlivesTheAgentThatIsKilled(t *testing.T) { testhost.Alone(t, killed) }

func killed(t *testing.T) {
	if dir := os.Getenv(agentEnv); dir != "" {
		p, err := OpenProcess(t.Context(), hostOptions(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.host.Standing(t.Context()) { // before it has heard of any interface
			fmt.Println("stands:", s.State, s.Effect)
		}
		fmt.Println("ready")
		t.Fatal("it ended: ", p.Run(t.Context()))
	}
	must(t, "ip link set lo up")
	c := openCenter(t)
	o := enrolled(t, c)
	dir := filepath.Dir(o.Settings.Data)
	start := func() (kill func(), stands string) {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), agentEnv+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && lines.Text() != "ready" {
			if strings.HasPrefix(lines.Text(), "stands:") {
				stands += lines.Text()
			}
		}
		kill = sync.OnceFunc(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
		})
		t.Cleanup(kill)
		return kill, stands
	}
	pinned := func() (all []string) {
		err := filepath.WalkDir(o.Settings.Pins, func(path string, _ fs.DirEntry, err error) error {
			all = append(all, path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	inForce := func() (n int) {
		k, err := live.Open(live.Options{Dir: o.Settings.Pins})
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		for _, a := range k.Ports() {
			if r, err := k.Rules(a.Slot); err == nil && r.Limit[port.SYNs].PerSecond == 200 {
				n++
			}
		}
		return n
	}

	kill, _ := start()
	c.order(limit())
	c.until("the order is applied", c.said(evenkeel.ReceiptApplied, "syn_rate 200"))
	before := pinned()
	kill()
	if n := inForce(); n != 1 {
		t.Errorf("the agent is dead and %d ports are limited; expected one", n)
	}
	if s, err := Ask(t.Context(), o); err != nil || s.Running || len(s.Orders) != 1 || s.Orders[0].State != "unknown" || s.Orders[0].Left < 3000 {
		t.Errorf("without an agent the book says %+v, %v", s, err)
	}

	kill, stands := start()
	if !strings.Contains(stands, "carried limit by eBPF; vm-1: ") {
		t.Errorf("from its start the next agent holds %q", stands)
	}
	if s, err := Ask(t.Context(), o); err != nil || !s.Running || len(s.Orders) != 1 || s.Orders[0].State != "carried" || !strings.Contains(s.Orders[0].Effect, "syn_rate 200") {
		t.Errorf("the next agent says %+v, %v", s, err)
	}
	if after := pinned(); !slices.Equal(before, after) {
		t.Errorf("pinned was %q and is %q", before, after)
	}
	kill()

	r, err := Release(t.Context(), o, Brake{All: true, Why: "nobody answers"})
	if err != nil || len(r.Receipts) != 1 || len(r.Warnings) != 0 {
		t.Errorf("released without an agent: %+v, %v", r, err)
	}
	if n := inForce(); n != 0 {
		t.Errorf("%d ports are limited after the release", n)
	}
	if c.said(evenkeel.ReceiptLifted, "")() {
		t.Error("control knows of the release before there is a link")
	}
	start()
	c.until("control hears of the release", c.said(evenkeel.ReceiptLifted, "released by hand on host-1: nobody answers"))
}

// R19: where eBPF is refused the host says so, sees nothing, and holds packets back all the same; by hand it is let go
// also where control is told nothing.
func TestWhereTheKernelTakesNoProgramsItSaysSoAndHolds(t *testing.T) { testhost.Alone(t, refused) }

func refused(t *testing.T) {
	must(t, "ip link set lo up")
	c := openCenter(t)
	o := enrolled(t, c)
	o.Settings.Pins = t.TempDir() // on no bpffs
	p, err := OpenProcess(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Ready(); r.Traffic != "nftables" {
		t.Errorf("it is ready as %+v", r)
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	c.order(limit())
	c.until("the order is applied", c.said(evenkeel.ReceiptApplied, "by nftables"))
	s, err := Ask(t.Context(), o)
	if err != nil || !strings.Contains(s.Unseen, "bpffs") || len(s.Blind) != 1 || s.Blind[0].Port != "tap-vm-1" || s.Blind[0].Why != s.Unseen {
		t.Errorf("it says of itself %+v, %v", s, err)
	}
	if h := c.Hosts(); len(h) != 1 || len(h[0].Status.Blind) != 1 || h[0].Status.Blind[0].Port != "tap-vm-1" {
		t.Errorf("control knows %+v", h)
	}
	end()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v", err)
	}
	ruleset := func() string {
		out, err := exec.CommandContext(t.Context(), "nft", "list", "ruleset").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	if says := ruleset(); !strings.Contains(says, "limit rate") {
		t.Errorf("the agent has ended well and nothing stands:\n%s", says)
	}
	if err := os.Remove(filepath.Join(o.Settings.Data, dirLink, "link.json")); err != nil {
		t.Fatal(err)
	}
	r, err := Release(t.Context(), o, Brake{Decision: "d-1", Why: "a mistake"})
	if err != nil || len(r.Receipts) != 1 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "has not enrolled") {
		t.Errorf("released by who has no account: %+v, %v", r, err)
	}
	if says := ruleset(); strings.Contains(says, "limit rate") {
		t.Errorf("after it there stands\n%s", says)
	}
}

func TestAReleaseTakesTheBeginningOfWhatStands(t *testing.T) {
	stood := []Standing{
		{Order: "o-aaaaaa1", Decision: "d-6ibnwp7", Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"}},
		{Order: "o-bbbbbb2", Decision: "d-6ibnwq8", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-4"}},
	}
	for _, c := range []struct {
		given evenkeel.DecisionID
		want  evenkeel.DecisionID
		says  string
	}{
		{"d-6ibnwp7", "d-6ibnwp7", ""}, {"d-6ibnwp", "d-6ibnwp7", ""}, {"d-6ibnwq", "d-6ibnwq8", ""}, {"o-bbbbbb2", "d-6ibnwq8", ""}, {"o-bbbb", "d-6ibnwq8", ""},
		{"d-6ibnw", "", "2 begin with it; expected one of d-6ibnwp7 (limit of vm-1 and 2 more), d-6ibnwq8 (throttle of vm-4)"},
		{"d-6ib", "", "expected a whole id, or its first 6 characters or more; there stands d-6ibnwp7"},
		{"c-mrd7ybxx", "c-mrd7ybxx", ""}, // it may be of what was let go of before
	} {
		got, err := meant("release", c.given, "there stands ", stood)
		if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v; expected %q, %q", c.given, got, err, c.want, c.says)
		}
	}
	if err := absent("c-mrd7ybxx", stood); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(err.Error(), "; there stands d-6ibnwp7 (limit of vm-1 and 2 more), d-6ibnwq8") || !strings.Contains(evenkeel.HintOf(err), "a host knows no case") {
		t.Errorf("of a case: %v, %s", err, evenkeel.HintOf(err))
	}
	if err := absent("d-6ibnwp7", nil); !strings.Contains(err.Error(), "nothing else does") {
		t.Errorf("where nothing stands: %v", err)
	}
	many := make([]Standing, mostNamed+3)
	if err := absent("d-1", many); !strings.HasSuffix(err.Error(), ", and 3 more") {
		t.Errorf("of many: %v", err)
	}
}

func TestOnlyTheOwnerAndRootSpeakToTheAgent(t *testing.T) {
	p := &Process{socket: &ownsocket.Socket{Owner: 1000}, o: Options{Log: slog.New(slog.DiscardHandler)}}
	for name, who := range map[string]ownsocket.Peer{"somebody else": {User: 1001, Known: true}, "one of whom the kernel tells nothing": {}} {
		for _, path := range []string{statusPath, releasePath, packetsPath, "/other"} {
			r, w := httptest.NewRequest("POST", path, strings.NewReader(`{"all":true,"why":"x"}`)), httptest.NewRecorder()
			p.door().ServeHTTP(w, r.WithContext(who.Within(r.Context())))
			if w.Code != http.StatusForbidden {
				t.Errorf("%s at %s: %d %s", name, path, w.Code, w.Body)
			}
		}
	}
	for _, c := range []struct {
		method, path, text string
		code               int
	}{
		{"POST", "/other", "", http.StatusNotFound}, {"GET", releasePath, `{"all":true,"why":"x"}`, http.StatusBadRequest},
		{"POST", releasePath, "x", http.StatusBadRequest}, {"POST", releasePath, `{"why":"x"}`, http.StatusBadRequest},
		{"POST", releasePath, `{"all":true,"decision":"d-1","why":"x"}`, http.StatusBadRequest},
		{"POST", releasePath, `{"all":true,"why":"x\ny"}`, http.StatusBadRequest},
		{"POST", releasePath, `{"decision":"d\u0000","why":"x"}`, http.StatusBadRequest},
		{"POST", releasePath, `{"why":"` + strings.Repeat("x", maxAsked) + `"}`, http.StatusBadRequest},
	} {
		r, w := httptest.NewRequest(c.method, c.path, strings.NewReader(c.text)), httptest.NewRecorder()
		p.host = &Host{}
		p.link = &hostlink.Agent{}
		p.door().ServeHTTP(w, r.WithContext(ownsocket.Peer{User: 1000, Known: true}.Within(r.Context())))
		if w.Code != c.code {
			t.Errorf("%s %s %.40s: %d %s; expected %d", c.method, c.path, c.text, w.Code, w.Body, c.code)
		}
	}
}

// R16: what only libvirt knows of guests is known from the start, so that no measure of theirs is let go until it is asked again.
func TestWhatLibvirtSaysCountsFromTheStart(t *testing.T) {
	s := hostOptions(t, t.TempDir()).Settings
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), Parts{
		Settings: s, Clock: clock, Name: "host-1", Log: slog.New(slog.DiscardHandler), Places: []port.Place{{Name: "vnet0", Index: 5, Kind: "tun"}},
		Told: &Told{Claims: []whose.Claim{{Port: "vnet0", Asset: "vm-7", By: byLibvirt}}, Guests: []whose.Guest{{Asset: "vm-7", Domain: "vm-7"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if w := h.World(); len(w.Guests) != 1 || w.Guests[0].Asset != "vm-7" || len(w.Guests[0].Ports) != 1 || len(h.Unknown()) != 0 {
		t.Errorf("it holds %+v", w.Guests)
	}
}
