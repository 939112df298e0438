package agent

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/lab/testhost"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// exports is a service that exports disks of guests: an object is put onto the disk of the canary, and of every other guest
// into a snapshot alone. What comes back is read from a snapshot.
type exports struct {
	*httptest.Server
	dir string

	mu     sync.Mutex
	during func()   // while an object is fetched
	forged []byte   // comes back for vm-1 instead of the object
	puts   []string // assets, in the sequence in which objects were put
}

func disk(dir, asset string) string { return filepath.Join(dir, asset+".img") }

func debugfs(image string, write bool, request string) ([]byte, error) {
	args := []string{"-R", request, image}
	if write {
		args = append([]string{"-w"}, args...)
	}
	var out, bad bytes.Buffer
	c := exec.Command("debugfs", args...)
	c.Stdout, c.Stderr = &out, &bad
	if err := c.Run(); err != nil {
		return nil, err
	}
	// Its first line on the error output says its version, and what went wrong stands behind that; its exit code is 0.
	if _, more, _ := strings.Cut(bad.String(), "\n"); strings.TrimSpace(more) != "" {
		return nil, errors.New(more)
	}
	return out.Bytes(), nil
}

func newExports(t *testing.T, guests ...string) *exports {
	t.Helper()
	x := &exports{dir: t.TempDir()}
	for _, g := range guests {
		must(t, "mke2fs -q -t ext4 "+disk(x.dir, g)+" 4M")
	}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

func (x *exports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asset, probe, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	snapshot := filepath.Join(x.dir, probe+"."+asset+".snapshot")
	x.mu.Lock()
	defer x.mu.Unlock()
	answer, err := []byte(nil), error(nil)
	switch {
	case r.Method == http.MethodPut:
		x.puts = append(x.puts, asset)
		object := filepath.Join(x.dir, "object")
		var body []byte
		if body, err = io.ReadAll(r.Body); err == nil {
			err = os.WriteFile(object, body, 0o600)
		}
		write := func(image string) {
			if err == nil {
				_, err = debugfs(image, true, "write "+object+" "+probe)
			}
		}
		if asset == "canary" {
			write(disk(x.dir, asset))
		}
		if err == nil {
			err = exec.Command("cp", "--reflink=auto", disk(x.dir, asset), snapshot).Run()
		}
		if asset != "canary" {
			write(snapshot)
		}
	default:
		if x.during != nil {
			x.during()
		}
		answer, err = debugfs(snapshot, false, "cat "+probe)
		if asset == "vm-1" && x.forged != nil {
			answer = x.forged
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(answer)
}

func (x *exports) set(during func()) { x.change(func() { x.during = during }) }

func (x *exports) change(f func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f()
}

// guestEnv names the disk of the guest that this process is.
const guestEnv = "EVENKEEL_TEST_GUEST"

// rescuePort is where a guest serves what is on its disk.
const rescuePort = "8080"

// beGuest serves what is on a disk, and tries to reach whomever it is told on its standard input.
func beGuest(image string) error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan() // its network is there
	l, err := net.Listen("tcp", ":"+rescuePort)
	if err != nil {
		return err
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := debugfs(image, false, "cat "+filepath.Base(r.URL.Path))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(text)
	}))
	fmt.Println("says: it serves")
	for lines.Scan() {
		c, err := net.DialTimeout("tcp", lines.Text(), 300*time.Millisecond)
		if err != nil {
			fmt.Println("says: cut off")
			continue
		}
		c.Close()
		fmt.Println("says: reached")
	}
	return lines.Err()
}

// canaryGuest starts a guest in a network of its own, and returns what it says to a line.
func canaryGuest(t *testing.T, image, port string) (asks func(line string) string) {
	t.Helper()
	cmd := exec.Command("unshare", "--net", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), guestEnv+"="+image)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the guest ended with %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	hears := func() string {
		for lines.Scan() {
			if says, ok := strings.CutPrefix(lines.Text(), "says: "); ok {
				return says
			}
		}
		return "nothing"
	}
	asks = func(line string) string {
		if _, err := fmt.Fprintln(in, line); err != nil {
			return err.Error()
		}
		return hears()
	}
	if says := hears(); says != "it starts" {
		t.Fatalf("the guest says %q", says)
	}
	must(t, fmt.Sprintf("ip link set g1 netns %d", cmd.Process.Pid))
	inside := fmt.Sprintf("nsenter --net=/proc/%d/ns/net ip ", cmd.Process.Pid)
	must(t, inside+"link set g1 up")
	must(t, inside+"addr add 192.0.2.10/24 dev g1")
	must(t, inside+"route add default via 192.0.2.1")
	if says := asks("up"); says != "it serves" {
		t.Fatalf("the guest says %q", says)
	}
	return asks
}

// probing is a host with a canary, without whoever runs it.
func probing(t *testing.T, p Parts) *Host {
	t.Helper()
	p.Name, p.Log = "host-1", slog.New(slog.NewTextHandler(os.Stderr, nil))
	h, err := Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	h.canary.Patient(time.Second)
	return h
}

// nothing fails where something stands at a canary.
func nothing(t *testing.T, h *Host) {
	t.Helper()
	if all := h.Standing(t.Context()); len(all) != 0 {
		t.Errorf("after it there stands %+v", all)
	}
}

// comesWhole fails where a probe does not come back whole.
func comesWhole(t *testing.T, h *Host, p shield.Probe) {
	t.Helper()
	came, err := h.Probe(t.Context(), p)
	if err != nil || p.Amiss(came) != "" {
		t.Errorf("%+v, %v; expected all of it: %s", came, err, p.Amiss(came))
	}
}

// D: while the canary is cut off by the programs, what was put on its disk comes back on each way.
func TestDataIsReachedWhileAGuestIsCutOff(t *testing.T) { testhost.Alone(t, cutOff) }

func cutOff(t *testing.T) {
	if image := os.Getenv(guestEnv); image != "" {
		fmt.Println("says: it starts")
		if err := beGuest(image); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, c := range []string{
		"ip link set lo up", "ip addr add 203.0.113.7/32 dev lo", "ip link add tap-canary type veth peer name g1", "ip link set tap-canary up",
		"ip addr add 192.0.2.1/24 dev tap-canary", "ip link add tap-vm-1 type veth peer name g2", "ip link add tap-vm-2 type veth peer name g3",
	} {
		must(t, c)
	}
	x := newExports(t, "canary", "vm-1", "vm-2")
	asks := canaryGuest(t, disk(x.dir, "canary"), "tap-canary")
	elsewhere, err := net.Listen("tcp", "203.0.113.7:80")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	reaches := func() string { return asks(elsewhere.Addr().String()) }
	if says := reaches(); says != "reached" {
		t.Fatalf("before a probe elsewhere is %s", says)
	}

	pins := testhost.Pins(t, t.TempDir())
	k, err := live.Open(live.Options{Dir: pins + "/evenkeel", Ports: 8, Flows: 1024, Destinations: 1024, Ring: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	places, err := listPorts()
	if err != nil {
		t.Fatal(err)
	}
	open := func(dataPath string) *Host {
		s := parsed(t, `
ports: [{name: "tap-{guest}", kind: veth}]
own: [lo, "g*"]
data_path: [`+dataPath+`]
canary:
  asset: canary
  put: `+x.URL+`/{asset}/{probe}
  fetch:
    export: `+x.URL+`/{asset}/{probe}
    rescue: http://192.0.2.10:`+rescuePort+`/{asset}/{probe}
`)
		s.Data = t.TempDir()
		return probing(t, Parts{Settings: s, Kernel: k, Clock: clock, Places: places})
	}
	h := open("192.0.2.1")
	if m := h.Means(); !m.Declared || !slices.Equal(m.Keeps, []string{"export", "rescue"}) {
		t.Errorf("it declares %+v", m)
	}
	isolate := func() shield.Probe { return shield.NewProbe(evenkeel.MeasureIsolate, []string{"rescue", "export"}) }

	// Whole on both ways, while the guest reaches canary.Nobody else.
	var meanwhile []string
	x.set(func() { meanwhile = append(meanwhile, reaches()) })
	p := isolate()
	began := time.Now()
	comesWhole(t, h, p)
	t.Logf("figure: a probe on two ways took %v", time.Since(began).Round(time.Millisecond))
	x.set(nil)
	if !slices.Equal(meanwhile, []string{"cut off"}) {
		t.Errorf("meanwhile elsewhere was %v", meanwhile)
	}
	nothing(t, h)
	if says := reaches(); says != "reached" {
		t.Errorf("after it elsewhere is %s", says)
	}
	if s := h.Shown(); len(s) != 1 || s[0].Amiss != "" || !slices.Equal(s[0].Open, p.Ways) {
		t.Errorf("it shows %+v", s)
	}

	// Where flows are dropped it is those by which its data is fetched: only the data path keeps them open.
	drop := func() shield.Probe { return shield.NewProbe(evenkeel.MeasureDropFlow, []string{"rescue", "export"}) }
	var flows string
	x.set(func() { flows = h.Standing(t.Context())[0].Order.Params["flows"] })
	comesWhole(t, h, drop())
	x.set(nil)
	for _, want := range []string{"tcp/192.0.2.10/" + rescuePort, "tcp/192.0.2.1/0", canary.Nobody} {
		if !strings.Contains(flows, want) {
			t.Errorf("dropped are %s; expected %s among them", flows, want)
		}
	}
	h.Close()
	h = open("198.51.100.9")
	p = drop()
	if came, err := h.Probe(t.Context(), p); err != nil || p.Amiss(came) != "under drop-flow, rescue brought nothing" {
		t.Errorf("%+v, %v: %s", came, err, p.Amiss(came))
	}
	nothing(t, h)
	h.Close()
	h = open("192.0.2.1")

	// Let go of in the middle, and not put under it at all: nothing is shown.
	x.set(func() {
		for _, s := range h.Standing(t.Context()) {
			if _, err := h.Release(t.Context(), s.Order.Decision, "a test"); err != nil {
				t.Error(err)
			}
		}
	})
	if came, err := h.Probe(t.Context(), isolate()); err == nil || !strings.Contains(err.Error(), "does not stand") {
		t.Errorf("what did not stand brought %+v, %v", came, err)
	}
	x.set(nil)
	if came, err := h.Probe(t.Context(), shield.NewProbe(evenkeel.MeasureSuspend, []string{"export"})); err == nil || !strings.Contains(err.Error(), "no machine driver") {
		t.Errorf("what this host cannot brought %+v, %v", came, err)
	}

	// Cancelled in the middle, and silent all the same.
	ctx, cancel := context.WithCancel(t.Context())
	x.set(cancel)
	if came, err := h.Probe(ctx, isolate()); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("cancelled it brought %+v, %v", came, err)
	}
	x.set(nil)
	nothing(t, h)
	if says := reaches(); says != "reached" {
		t.Errorf("after a probe that was cancelled elsewhere is %s", says)
	}

	// Under an order: at its guests, onto whose disks nothing is written.
	now := clock.Wall()
	o := evenkeel.Order{
		ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureIsolate, From: now, Until: now.Add(time.Hour),
		Assets: []evenkeel.AssetID{"vm-1", "vm-2", "vm-elsewhere"},
	}
	if r, err := h.Apply(t.Context(), o); err != nil || r.State != evenkeel.ReceiptApplied {
		t.Fatalf("%+v, %v", r, err)
	}
	disks := func() (all []string) {
		for _, g := range o.Assets[:2] {
			text, err := os.ReadFile(disk(x.dir, string(g)))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(text))
		}
		return all
	}
	before := disks()
	x.change(func() { x.puts = nil })
	p = shield.NewProbe(evenkeel.MeasureIsolate, []string{"export"})
	p.Order, p.Assets = o.ID, o.Assets
	comesWhole(t, h, p)
	var puts []string
	x.change(func() { puts = slices.Clone(x.puts) })
	if !slices.Equal(puts, []string{"vm-1", "vm-2"}) || !slices.Equal(disks(), before) {
		t.Errorf("objects were put for %v; expected those of this host, and their disks as they were", puts)
	}
	forged := bytes.Repeat([]byte("x"), len(p.Object))
	x.change(func() { x.forged = forged })
	if came, err := h.Probe(t.Context(), p); err != nil || p.Amiss(came) == "" {
		t.Errorf("another object of the same size: %+v, %v", came, err)
	}
	x.change(func() { x.forged = nil })
	for id, m := range map[evenkeel.OrderID]evenkeel.Measure{"o-1": evenkeel.MeasureDropFlow, "o-2": evenkeel.MeasureIsolate} {
		p.Order, p.Measure = id, m
		if came, err := h.Probe(t.Context(), p); err == nil {
			t.Errorf("%s of %s brought %+v", m, id, came)
		}
	}
	if _, err := h.Release(t.Context(), "d-1", "a test"); err != nil {
		t.Fatal(err)
	}

	// A way that the data path does not name is cut, and said to be.
	h.Close()
	h = open("198.51.100.9")
	p = isolate()
	if came, err := h.Probe(t.Context(), p); err != nil || p.Amiss(came) != "under isolate, rescue brought nothing" {
		t.Errorf("%+v, %v: %s", came, err, p.Amiss(came))
	}
	nothing(t, h)
	h.Close()
	h = open("")
	if came, err := h.Probe(t.Context(), isolate()); err == nil || !strings.Contains(err.Error(), plan.NoDataPath) {
		t.Errorf("without a data path it brought %+v, %v", came, err)
	}
	h.Close()
	h = open("192.0.2.1")

	// What exports has stopped, after and before the object was put.
	p = isolate()
	x.set(func() { panic(http.ErrAbortHandler) })
	if came, err := h.Probe(t.Context(), p); err != nil || p.Amiss(came) != "under isolate, export brought nothing" {
		t.Errorf("%+v, %v: %s", came, err, p.Amiss(came))
	}
	if s := h.Shown(); len(s) != 1 || s[0].Amiss != "under isolate, export brought nothing" || !slices.Equal(s[0].Open, []string{"rescue"}) {
		t.Errorf("it shows %+v", s)
	}
	x.Close()
	if came, err := h.Probe(t.Context(), isolate()); err == nil || !strings.Contains(err.Error(), "cannot be put where canary has its data") || strings.Contains(err.Error(), "http://") {
		t.Errorf("with canary.Nobody who exports it brought %+v, %v", came, err)
	}
	nothing(t, h)
}

// D: the guest is QEMU's emulator at Debian's libvirt. Its disk is exported while virsh says that it is paused, and it runs again
// afterwards.
func TestDataIsReachedWhileAGuestIsPaused(t *testing.T) {
	socket := hypervisortest.Libvirt(t)
	x := newExports(t, "canary")
	virsh := hypervisortest.Guest(t, socket, "ek-canary", "ekc0", disk(x.dir, "canary"))
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	s := parsed(t, `
cgroups: ''
guests: {canary: {domain: ek-canary}}
data_path: [192.0.2.3]
canary: {asset: canary, put: "`+x.URL+`/{asset}/{probe}", fetch: {export: "`+x.URL+`/{asset}/{probe}"}}
`)
	s.Data = t.TempDir()
	virt := NewHypervisor(socket, hypervisor.System, clock)
	defer virt.Close()
	leased, err := OpenLeased(s, virt, clock)
	if err != nil {
		t.Fatal(err)
	}
	h := probing(t, Parts{Settings: s, Machine: leased.Machine(), Clock: clock})
	h.canary.Patient(canary.FetchTakes)
	state := func() string { return strings.TrimSpace(virsh("domstate", "ek-canary")) }
	if is := state(); is != "running" {
		t.Fatalf("it is %s", is)
	}
	var meanwhile string
	x.set(func() { meanwhile = state() })
	comesWhole(t, h, shield.NewProbe(evenkeel.MeasureSuspend, []string{"export"}))
	x.set(nil)
	if meanwhile != "paused" {
		t.Errorf("meanwhile it was %s", meanwhile)
	}
	if is := state(); is != "running" {
		t.Errorf("after it is %s", is)
	}
	nothing(t, h)
}
