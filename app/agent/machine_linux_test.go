package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/testmachine"
)

// insideEnv says that this process is in a test machine.
const insideEnv = "EVENKEEL_TEST_INSIDE"

// built has Go build what a test machine needs, from this tree as it is. Sources are looked at here as well, so that Go
// does not take this test's last answer where they have changed (go help test, on caching).
func built(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{"host.md": "../../docs/host.md"}
	for name, args := range map[string][]string{
		"evenkeel":  {"build", "-trimpath", "-ldflags", "-s -w", "./cmd/evenkeel"},
		"host.test": {"test", "-c", "-vet=off", "./shield/host"},
		"port.test": {"test", "-c", "-vet=off", "./instrument/port/internal/kernel"},
	} {
		files[name] = filepath.Join(folder, name)
		last := len(args) - 1
		cmd := exec.CommandContext(t.Context(), "go", append(args[:last:last], "-o", files[name], args[last])...)
		cmd.Dir = "../.."
		if args[0] == "build" {
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	for _, dir := range []string{"cmd/evenkeel", "shield/host", "shield/host/handstest", "instrument/port", "instrument/port/internal/kernel", "lab/testmachine"} {
		if _, err := os.ReadDir(filepath.Join("../..", dir)); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// The agent on a machine as hosts have it: Debian's kernel, systemd, control groups of version 2, and runc's containers. The kernel of Debian 12
// has no TCX; that of Debian 13 has.
func TestTheAgentOnADebianMachine(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	files := built(t, folder)
	t.Logf("figure: built within %v", time.Since(began).Round(100*time.Millisecond))
	began = time.Now()
	m := testmachine.Began(t, files, 10*time.Minute)
	t.Logf("figure: it was up within %v", time.Since(began).Round(100*time.Millisecond))
	for _, x := range []struct{ name, program, tests string }{
		{"a guest is slowed by control groups of version 2", "host.test", "^TestAGuestIsReallySlowed$"},
		{"programs load, and a second agent is told without TCX", "port.test", "^TestTwoAgentsOnOneHostAreTold$"},
		{"units, containers and measures", "inside", "^TestInAMachineOfItsOwn$"},
	} {
		t.Run(x.name, func(t *testing.T) {
			began := time.Now()
			m.Test(t, x.program, x.tests, 3*time.Minute, insideEnv+"=1")
			t.Logf("figure: within %v", time.Since(began).Round(100*time.Millisecond))
		})
	}
}

// TestInAMachineOfItsOwn is the part of the test before in that machine.
func TestInAMachineOfItsOwn(t *testing.T) {
	if os.Getenv(insideEnv) == "" {
		return // called by name only
	}
	patience = 2 * time.Minute // emulated, and on a machine that is busy with other tests
	must(t, "ip link set lo up")
	h := &unitHost{t: t, center: openCenter(t)}
	h.install()
	h.check()
	busy, other := h.contain("7"), h.contain("8")
	h.start()
	h.hold(busy)
	h.survive(busy)
	h.keep(other)
}

// unitHost is a host under systemd, with a control of its own.
type unitHost struct {
	t      *testing.T
	center *center
}

// runs runs a command and returns what it printed.
func (h *unitHost) runs(name string, args ...string) string {
	h.t.Helper()
	out, err := exec.CommandContext(h.t.Context(), name, args...).CombinedOutput()
	if err != nil {
		log, _ := exec.Command("journalctl", "--no-pager", "-n", "60", "-u", "evenkeel-host", "-u", "evenkeel-host-keeper").CombinedOutput()
		h.t.Fatalf("%s %s: %v\n%s\n%s", name, args, err, out, log)
	}
	return string(out)
}

func (h *unitHost) put(name, text string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// install puts the units there as docs/host.md has them, and enrols.
func (h *unitHost) install() {
	text, err := os.ReadFile(testmachine.Files + "/host.md")
	if err != nil {
		h.t.Fatal(err)
	}
	units := 0
	for i, block := range strings.Split(string(text), "```\n") {
		name, ok := strings.CutPrefix(strings.SplitN(block, "\n", 2)[0], "# /etc/systemd/system/")
		if i%2 == 1 && ok {
			h.put("/etc/systemd/system/"+name, block)
			units++
		}
	}
	if units != 2 {
		h.t.Fatalf("docs/host.md has %d units; expected the agent's and the keeper's", units)
	}
	if err := os.Symlink(testmachine.Files+"/evenkeel", "/usr/bin/evenkeel"); err != nil {
		h.t.Fatal(err)
	}
	h.put("/etc/evenkeel/host.yaml", "containers: [{cgroup: 'guests/{guest}', asset: 'ct-{guest}', cpus: 1}]\nfacts: {cgroups: true}\n")
	if out := h.runs("systemd-analyze", "verify", "evenkeel-host.service", "evenkeel-host-keeper.service"); strings.TrimSpace(out) != "" {
		h.t.Errorf("systemd says of the units:\n%s", out)
	}
	token, err := h.center.Invite(h.t.Context(), "host-1", time.Now().Add(time.Hour))
	if err != nil {
		h.t.Fatal(err)
	}
	cmd := exec.CommandContext(h.t.Context(), "evenkeel", "host", "enrol", "--config", "/etc/evenkeel/host.yaml")
	cmd.Stdin = strings.NewReader(token.Text() + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("enrol: %v\n%s", err, out)
	}
}

// check looks at this machine as an operator would.
func (h *unitHost) check() {
	out, err := exec.CommandContext(h.t.Context(), "evenkeel", "host", "check", "--json").Output()
	states := map[string]string{}
	for line := range strings.Lines(string(out)) {
		var point struct{ ID, State string }
		if json.Unmarshal([]byte(line), &point) == nil {
			states[point.ID] = point.State
		}
	}
	// Nothing drops, and nobody installs upgrades.
	if states["firewall"] != "bad" || len(states) != 6 {
		h.t.Errorf("the check says %s, %v", out, err)
	}
}

// containerHeld is one of runc's, with a process that burns a CPU.
type containerHeld struct {
	id   string
	pid  int
	addr string // of the host at its port
}

// contain has runc run busybox in namespaces and a control group of its own, with a veth.
func (h *unitHost) contain(id string) containerHeld {
	h.t.Helper()
	dir := filepath.Join("/var/lib/bundles", id)
	for _, d := range []string{"bin", "proc", "dev"} {
		if err := os.MkdirAll(filepath.Join(dir, "rootfs", d), 0o755); err != nil {
			h.t.Fatal(err)
		}
	}
	h.runs("cp", "/bin/busybox", dir+"/rootfs/bin/busybox")
	type m = map[string]any
	spec, err := json.Marshal(m{
		"ociVersion": "1.0.2", "root": m{"path": "rootfs", "readonly": true}, "hostname": "ct-" + id,
		"process": m{"args": []string{"/bin/busybox", "sh", "-c", "while :; do :; done"}, "cwd": "/", "user": m{"uid": 0, "gid": 0}, "noNewPrivileges": true},
		"mounts":  []m{{"destination": "/proc", "type": "proc", "source": "proc"}, {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}},
		"linux": m{"cgroupsPath": "/guests/" + id, "resources": m{"devices": []m{{"allow": true, "access": "rwm"}}},
			"namespaces": []m{{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.put(dir+"/config.json", string(spec))
	h.runs("sh", "-c", fmt.Sprintf("runc run -d --bundle %s --pid-file %s/pid ct-%s </dev/null >%s/log 2>&1 || { cat %s/log; false; }", dir, dir, id, dir, dir))
	pid := strings.TrimSpace(h.runs("cat", dir+"/pid"))
	c := containerHeld{id: id, addr: "10.77." + id + ".254"}
	if c.pid, err = strconv.Atoi(pid); err != nil {
		h.t.Fatal(err)
	}
	in := "nsenter --net=/proc/" + pid + "/ns/net ip "
	must(h.t, "ip link add ve"+id+" type veth peer name eth0 netns "+pid)
	must(h.t, "ip addr add "+c.addr+"/24 dev ve"+id)
	must(h.t, "ip link set ve"+id+" up")
	must(h.t, in+"addr add 10.77."+id+".2/24 dev eth0")
	must(h.t, in+"link set eth0 up")
	return c
}

func (c *containerHeld) group(file string) string {
	return "/sys/fs/cgroup/guests/" + c.id + "/" + file
}

func (h *unitHost) max(c containerHeld) string {
	text, err := os.ReadFile(c.group("cpu.max"))
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// share is what a container uses of a CPU, over some time.
func (h *unitHost) share(c containerHeld, over time.Duration) float64 {
	used := func() (µs float64) {
		text, err := os.ReadFile(c.group("cpu.stat"))
		if _, serr := fmt.Fscanf(bytes.NewReader(text), "usage_usec %g", &µs); err != nil || serr != nil {
			h.t.Fatal(err, serr)
		}
		return µs
	}
	from, began := used(), time.Now()
	<-time.After(over)
	return (used() - from) / float64(time.Since(began).Microseconds())
}

// arrive sends packets from a container to the host and says how many arrived, and how long it took.
func (h *unitHost) arrive(c containerHeld, n int) (int, time.Duration) {
	hear, err := net.ListenPacket("udp", c.addr+":9999")
	if err != nil {
		h.t.Fatal(err)
	}
	defer hear.Close()
	if err := hear.(*net.UDPConn).SetReadBuffer(200 << 10); err != nil {
		h.t.Fatal(err)
	}
	sent := make(chan error, 1)
	began := time.Now()
	go func() {
		runtime.LockOSThread() // and it ends with this goroutine
		space, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", c.pid))
		if err == nil {
			err = unix.Setns(int(space.Fd()), unix.CLONE_NEWNET)
		}
		var to net.Conn
		if err == nil {
			to, err = net.Dial("udp", c.addr+":9999")
		}
		for i := 0; i < n && err == nil; i++ {
			_, err = to.Write([]byte("x"))
		}
		sent <- err
	}()
	arrived, b := 0, make([]byte, 8)
	for over := false; ; arrived++ {
		if !over {
			select {
			case err := <-sent:
				if err != nil {
					h.t.Fatal(err)
				}
				over = true
			default:
			}
		}
		wait := 20 * time.Second
		if over {
			wait = 500 * time.Millisecond // for what is under way
		} else if arrived > 0 {
			wait = 2 * time.Second
		}
		hear.SetReadDeadline(time.Now().Add(wait))
		if _, _, err := hear.ReadFrom(b); err != nil {
			return arrived, time.Since(began)
		}
	}
}

func (h *unitHost) status() (s Status, text string) {
	out, _ := exec.CommandContext(h.t.Context(), "evenkeel", "host", "status", "--json", "--config", "/etc/evenkeel/host.yaml").Output()
	_ = json.Unmarshal(out, &s) // what is no status has no agent that runs
	return s, string(out)
}

// start starts the agent's unit, and waits until control knows of the containers.
func (h *unitHost) start() {
	h.runs("systemctl", "enable", "-q", "evenkeel-host.service", "evenkeel-host-keeper.service")
	h.runs("systemctl", "start", "evenkeel-host.service")
	h.center.until("the host holds its containers", func() bool { return len(h.center.Holders("ct-7")) == 1 && len(h.center.Holders("ct-8")) == 1 })
	for _, unit := range []string{"evenkeel-host", "evenkeel-host-keeper"} {
		if out := h.runs("systemctl", "show", "-p", "ActiveState,NRestarts", unit); !strings.Contains(out, "ActiveState=active") || !strings.Contains(out, "NRestarts=0") {
			h.t.Errorf("%s: %s", unit, out)
		}
	}
	s, text := h.status()
	if !s.Running || s.Traffic != "eBPF" || len(s.Guests) != 2 || len(s.Guests[0].Ports) != 1 {
		h.t.Fatalf("the status is %s", text)
	}
	h.t.Logf("figure: its ports are %+v; it can %v", s.Guests, s.Can)
}

func orderFor(id string, m evenkeel.Measure, c containerHeld, until time.Time, key, value string) evenkeel.Order {
	return evenkeel.Order{
		ID: evenkeel.OrderID("o-" + id), Decision: evenkeel.DecisionID("d-" + id), Tenant: "acme", Measure: m, Params: map[string]string{key: value},
		Assets: []evenkeel.AssetID{evenkeel.AssetID("ct-" + c.id)}, From: evenkeel.MomentOf(time.Now()), Until: evenkeel.MomentOf(until),
	}
}

// hold has a container slowed and its port limited.
func (h *unitHost) hold(c containerHeld) {
	before := h.share(c, time.Second)
	h.center.order(orderFor("slow", evenkeel.MeasureThrottle, c, time.Now().Add(time.Hour), "cpu", "20%"))
	h.center.until("it is slowed", h.center.said(evenkeel.ReceiptApplied, "20000 100000"))
	h.center.order(orderFor("limit", evenkeel.MeasureLimit, c, time.Now().Add(time.Hour), "rate", "100"))
	h.center.until("it is limited", h.center.said(evenkeel.ReceiptApplied, "rate 100"))
	if got := h.max(c); got != "20000 100000" {
		h.t.Errorf("cpu.max is %s", got)
	}
	after := h.share(c, time.Second)
	h.t.Logf("figure: it used %.2f of a CPU before and %.2f after; 0.20 were ordered", before, after)
	if after > 0.3 || before < after {
		h.t.Errorf("it used %.2f of a CPU before and %.2f after; expected a fifth", before, after)
	}
	const n = 2000
	arrived, took := h.arrive(c, n)
	h.t.Logf("figure: %d of %d packets came in %v through a port with a rate of 100 a second", arrived, n, took.Round(10*time.Millisecond))
	if most := 110 + 100*took.Seconds(); arrived < 20 || float64(arrived) > most {
		h.t.Errorf("%d of %d packets came in %v; expected %.0f at most", arrived, n, took, most)
	}
}

// survive kills the agent: systemd starts it again, and what stood stands, once, and did so all the while.
func (h *unitHost) survive(c containerHeld) {
	first, _ := h.status()
	h.runs("systemctl", "kill", "-s", "KILL", "--kill-whom=main", "evenkeel-host")
	if got := h.max(c); got != "20000 100000" {
		h.t.Errorf("while nobody runs cpu.max is %s", got)
	}
	var s Status
	var text string
	eventually(h.t, "it runs again", func() bool {
		s, text = h.status()
		return s.Running && s.Process != first.Process
	})
	if len(s.Orders) != 2 || s.Orders[0].State != "carried" || s.Orders[1].State != "carried" {
		h.t.Errorf("after it was killed it says %s", text)
	}
	if got := h.max(c); got != "20000 100000" {
		h.t.Errorf("after it was started again cpu.max is %s", got)
	}
	if arrived, took := h.arrive(c, 500); float64(arrived) > 110+100*took.Seconds() {
		h.t.Errorf("after it was started again %d packets came in %v", arrived, took)
	}
}

// keep stops the agent while a quota stands that is about to end: the keeper's unit lifts it at its end.
func (h *unitHost) keep(c containerHeld) {
	until := time.Now().Add(8 * time.Second)
	h.center.order(orderFor("soon", evenkeel.MeasureThrottle, c, until, "cpu", "30%"))
	h.center.until("the other is slowed", h.center.said(evenkeel.ReceiptApplied, "30000 100000"))
	h.runs("systemctl", "stop", "evenkeel-host")
	if s, text := h.status(); s.Running {
		h.t.Errorf("after it was stopped it says %s", text)
	}
	lifted := time.Time{}
	eventually(h.t, "the quota is lifted by the keeper", func() bool {
		lifted = time.Now()
		return h.max(c) == "max 100000"
	})
	if lifted.Before(until) {
		h.t.Errorf("the quota was lifted %v before its end", until.Sub(lifted))
	}
	h.t.Logf("figure: with the agent stopped the quota was lifted %v after its end", lifted.Sub(until).Round(time.Millisecond))
	if out := h.runs("systemctl", "show", "-p", "ActiveState,Result,NRestarts", "evenkeel-host", "evenkeel-host-keeper"); strings.Count(out, "Result=success") != 2 || !strings.Contains(out, "ActiveState=active") {
		h.t.Errorf("in the end the units are\n%s", out)
	}
}
