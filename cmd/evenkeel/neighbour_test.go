package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/watch/intake/cgroup"
)

// neighbour is a batch job on a guest. It joins the control groups that its arguments name, keeps a value in memory, and tells
// whoever it is connected with, for each byte, what it keeps and how often it was asked. Asked once, it burns a CPU until it is killed.
func neighbour() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	for _, group := range os.Args[1:] {
		fail(os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0o600))
	}
	kept := make([]byte, 1<<20)
	_, _ = rand.Read(kept) // it never fails
	fmt.Printf("%x\n", sha256.Sum256(kept))
	peer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	fail(err)
	conn, err := net.Dial("tcp", strings.TrimSpace(peer))
	fail(err)
	asked := make(chan struct{})
	go func() {
		for n := 1; ; n++ {
			_, err := conn.Read(make([]byte, 1))
			fail(err)
			_, err = fmt.Fprintf(conn, "%x %d\n", sha256.Sum256(kept), n)
			fail(err)
			if n == 1 {
				close(asked)
			}
		}
	}()
	<-asked
	// No call of the system: whoever is interrupted at one cannot be preempted, and whoever waits for an answer gets none.
	for n := 1; n > 0; n = n%7 + 1 {
	}
}

// aloneEnv says that this process has network and mounts of its own.
const aloneEnv = "EVENKEEL_TEST_ALONE"

// Story batch-neighbour, R16, R18, with the program itself at both ends. What control is sent is made up: that a guest's CPU was
// busy for forty minutes, which nobody measured, and that it talked with a pool. The built-in rule and the built-in policy want a
// throttle for that and hold it until its tenant was asked; so that this takes no quarter of an hour, a person passes its answer on and
// approves. Only the lease is of seconds instead of hours. The guest, its control group, its port and its connection are real, and the
// agent finds them by the group's name alone, as it finds containers. Its job goes on at a fifth of its
// CPU, keeps what it has in memory and its connection, and is as fast as before when the lease is over: for one guest while
// the agent lives, for another when it was killed.
func TestABatchJobIsSlowedDownAndLosesNothing(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("control groups are made by root only, and this is not root")
	}
	if os.Getenv(aloneEnv) != "" {
		slowed(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--net", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), aloneEnv+"=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "--- SKIP: "+t.Name()) {
		t.Skip("no control group takes a quota of CPU here")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if _, figure, ok := strings.Cut(line, "figure: "); ok {
			t.Log(strings.TrimSpace(figure))
		}
	}
}

// groups are where control groups are on this machine, of whichever version.
type groups struct {
	cpu   string   // root of the hierarchy with quotas
	usage string   // where all are mounted, as cgroup.Read wants it
	all   []string // roots that a guest has a group in
	quota string   // the file
	free  string   // what it says, up to the first space, where there is no quota
}

func findGroups(t *testing.T) groups {
	t.Helper()
	const root = "/sys/fs/cgroup"
	if _, err := os.Stat(root + "/cpu/cpu.shares"); err == nil {
		g := groups{cpu: root + "/cpu", usage: root, all: []string{root + "/cpu"}, quota: "cpu.cfs_quota_us", free: "-1"}
		cpu, err := os.Stat(root + "/cpu")
		if err != nil {
			t.Fatal(err)
		}
		if acct, err := os.Stat(root + "/cpuacct"); err == nil && !os.SameFile(cpu, acct) { // often one is a link to the other
			g.all = append(g.all, root+"/cpuacct")
		}
		return g
	}
	// Groups have what the one above them hands down.
	if err := os.WriteFile(root+"/cgroup.subtree_control", []byte("+cpu"), 0o600); err != nil {
		t.Skip("no control group takes a quota of CPU here")
	}
	return groups{cpu: root, usage: root, all: []string{root}, quota: "cpu.max", free: "max"}
}

// batchGuest is a guest that runs a job.
type batchGuest struct {
	t      *testing.T
	g      groups
	group  string // below the root
	marker string // of what it keeps in memory
	end    func()
	conn   net.Conn
	lines  *bufio.Scanner
	asked  int
}

// groupsNamed is how all control groups of this test's guests begin.
func groupsNamed() string { return fmt.Sprintf("evenkeel-batch-%d-", os.Getpid()) }

// startGuest starts the n-th guest: a process in a control group, with a network that a port of this host leads to.
func (g groups) startGuest(t *testing.T, n int) *batchGuest {
	t.Helper()
	b := &batchGuest{t: t, g: g, group: groupsNamed() + strconv.Itoa(n)}
	var paths []string
	for _, root := range g.all {
		path := filepath.Join(root, b.group)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			eventually(t, "the group "+path+" is empty", func() bool { return os.Remove(path) == nil })
		})
		paths = append(paths, path)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"--net", "neighbour"}, paths...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
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
	b.end = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	t.Cleanup(b.end)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	b.marker = strings.TrimSpace(line)
	shell(t, fmt.Sprintf(`
ip link add ve%[1]d type veth peer name g%[1]d netns %[2]d
ip addr add 10.9.%[1]d.1/24 dev ve%[1]d
ip link set ve%[1]d up
nsenter --net=/proc/%[2]d/ns/net ip addr add 10.9.%[1]d.2/24 dev g%[1]d
nsenter --net=/proc/%[2]d/ns/net ip link set g%[1]d up`, n, cmd.Process.Pid))
	listen, err := net.Listen("tcp", fmt.Sprintf("10.9.%d.1:0", n))
	if err != nil {
		t.Fatal(err)
	}
	defer listen.Close()
	if _, err := fmt.Fprintln(in, listen.Addr()); err != nil {
		t.Fatal(err)
	}
	if b.conn, err = listen.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.conn.Close() })
	b.lines = bufio.NewScanner(b.conn)
	return b
}

// lives asks over the connection that stands from the start: the answer is of the memory that it had then.
func (b *batchGuest) lives() {
	b.t.Helper()
	if err := b.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.conn.Write([]byte("?")); err != nil {
		b.t.Fatalf("its connection is gone: %v", err)
	}
	b.asked++
	if want := fmt.Sprintf("%s %d", b.marker, b.asked); !b.lines.Scan() || b.lines.Text() != want {
		b.t.Fatalf("it says %q (%v); want %q", b.lines.Text(), b.lines.Err(), want)
	}
}

// used are the CPU seconds of its control group.
func (b *batchGuest) used() float64 {
	b.t.Helper()
	r, err := cgroup.Read(b.g.usage, b.group)
	if err != nil || r.CPUSeconds == nil {
		b.t.Fatalf("what %s used: %+v, %v", b.group, r, err)
	}
	return *r.CPUSeconds
}

// quota is the first word of the quota of its control group.
func (b *batchGuest) quota() string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.g.cpu, b.group, b.g.quota))
	if err != nil {
		b.t.Fatal(err)
	}
	word, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	return word
}

// speed is the share of a CPU that it gets, over a second.
func (b *batchGuest) speed() float64 {
	b.t.Helper()
	from, before := time.Now(), b.used()
	<-time.After(time.Second)
	return (b.used() - before) / time.Since(from).Seconds()
}

// fast waits until it has more of a CPU than its quota would give it in the worst second, which touches eleven periods of 100 ms.
// It is no more than that, for others may use this machine too.
func (b *batchGuest) fast(when string) (speed float64) {
	b.t.Helper()
	eventually(b.t, when+" it has more than a quarter of a CPU", func() bool {
		speed = b.speed()
		return speed > 0.27
	})
	return speed
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(20 * time.Second); !is(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("20 s later it is not so that %s", what)
		}
	}
}

// shell runs lines of a shell.
func shell(t testing.TB, lines string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", lines)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", lines, err, said.Bytes())
	}
	return string(out)
}

// started is a command that runs until the test ends, and has said its first line.
func started(t testing.TB, ready string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for {
		if !lines.Scan() {
			t.Fatalf("%v ended before it was ready", args)
		}
		if strings.HasPrefix(lines.Text(), ready) {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it ends with the command
	return cmd
}

// desk is control, a host that has enrolled, and the agent on it.
type desk struct {
	t     *testing.T
	data  string // of control
	host  string // of the agent
	agent *exec.Cmd
}

func openDesk(t *testing.T, g groups, guests int) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{t: t, data: filepath.Join(dir, "data"), host: filepath.Join(dir, "host")}
	t.Chdir(dir)
	policy := shell(t, "evenkeel policy show default")
	for _, x := range [][2]string{{"policy: default\n", "policy: brief\n"}, {"lease: 4h\n        params: {cpu: 20%}", "lease: " + throttled.String() + "\n        params: {cpu: 20%}"}} {
		if !strings.Contains(policy, x[0]) {
			t.Fatalf("the policy has no %q any more", x[0])
		}
		policy = strings.Replace(policy, x[0], x[1], 1)
	}
	settings := fmt.Sprintf("data: %s\ncgroups: %s\npins: %s/bpf/evenkeel\ncontainers: [{cgroup: '%s{guest}', asset: 'vm-{guest}', cpus: 1}]\n",
		d.host, g.cpu, dir, groupsNamed())
	for name, text := range map[string]string{
		"brief.yaml": policy, "host.yaml": settings,
		"serve.yaml": "listen: 127.0.0.1:0\nintake: {otlp_http: '127.0.0.1:7423', otlp_grpc: '127.0.0.1:0'}\npolicies: [brief.yaml]\n" +
			"hosts: {listen: '127.0.0.1:7422', measures: [throttle]}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("bpf", 0o700); err != nil {
		t.Fatal(err)
	}
	shell(t, "mount -t bpf bpf bpf")
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "--lazy", filepath.Join(dir, "bpf")).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	control := started(t, "hosts", "evenkeel", "serve", "--config", "serve.yaml", "--data", d.data)
	shell(t, "evenkeel fleet invite host-1 --data data | evenkeel host enrol --config host.yaml")
	d.agent = started(t, "ready: host host-1", "evenkeel", "host", "run", "--config", "host.yaml")
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := exec.Command("sh", "-c", "for c in $(evenkeel case list --data data | sed -n 's/^\\(c-[^ ]*\\) .*/\\1/p'); do evenkeel case show --data data $c; done").CombinedOutput()
			t.Logf("the cases:\n%s", out)
		}
		_ = control.Process.Signal(os.Interrupt)
		_ = d.agent.Process.Kill()
		_, _ = control.Wait(), d.agent.Wait() // however they ended: the test has looked
		if id, err := d.keeper(); err == nil {
			if p, err := os.FindProcess(id); err == nil {
				_ = p.Kill()
			}
		}
	})
	eventually(t, "control hears of the host, and a keeper runs", func() bool {
		hosts, err := app.ListHosts(t.Context(), d.data)
		_, none := d.keeper()
		return err == nil && len(hosts) == 1 && hosts[0].Here && hosts[0].Holds == guests && none == nil
	})
	return d
}

// keeper is the number of the process that lifts quotas when the agent is dead.
func (d *desk) keeper() (int, error) {
	text, err := os.ReadFile(filepath.Join(d.host, "keeper.lock"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

// accused has control believe that a guest of a tenant mines.
func (d *desk) accused(tenant string, n int) {
	d.t.Helper()
	now := time.Now().UTC()
	var load strings.Builder
	load.WriteString("time,vm,cpu\n")
	for i := 40; i > 0; i-- {
		fmt.Fprintf(&load, "%d,vm-%d,99.9\n", now.Add(-time.Duration(i)*time.Minute).Unix(), n)
	}
	if err := os.WriteFile("load.csv", []byte(load.String()), 0o600); err != nil {
		d.t.Fatal(err)
	}
	metrics := shell(d.t, "evenkeel convert csv --time time --time-format unix --asset-column vm --map cpu=cpu.busy:percent --inventory-out inventory.jsonl --tenant "+
		tenant+" --standing trial --since 2d --created 8h --paid 0 --currency EUR load.csv; rm -f told; mv inventory.jsonl told")
	told, err := os.ReadFile("told")
	if err != nil {
		d.t.Fatal(err)
	}
	flow := fmt.Sprintf(`{"specversion":"1.0","id":"flow-%d","source":"sensor","type":"evenkeel.flow.v1","time":%q,"data":{"asset":"vm-%d","direction":"out",`+
		`"remote":"198.51.100.7","port":3333,"protocol":"tcp","name":"xmr.nanopool.org","packets":40,"bytes":9000}}`, n, now.Format(time.RFC3339), n)
	for _, x := range []struct{ path, kind, lines string }{
		{"/events", "application/cloudevents+json", string(told)}, {"/v1/metrics", "application/json", metrics}, {"/events", "application/cloudevents+json", flow},
	} {
		for line := range strings.Lines(x.lines) {
			r, err := http.Post("http://127.0.0.1:7423"+x.path, x.kind, strings.NewReader(line))
			if err != nil {
				d.t.Fatal(err)
			}
			said, err := io.ReadAll(r.Body)
			if err = errors.Join(err, r.Body.Close()); err != nil || r.StatusCode >= 300 {
				d.t.Fatalf("%s: %s %s, %v", x.path, r.Status, said, err)
			}
		}
	}
}

// approved has a person ask the tenant, who says what it runs, and then let the throttle take effect, as soon as one is held.
func (d *desk) approved(tenant string) {
	d.t.Helper()
	said := ""
	eventually(d.t, "a person has approved a throttle of "+tenant, func() bool {
		out, err := exec.CommandContext(d.t.Context(), "sh", "-e", "-c", `
id=$(evenkeel case list --data data | sed -n 's/^\(c-[^ ]*\)  *`+tenant+` .*/\1/p')
evenkeel case answer --data data --by operator --id answer-`+tenant+` $id 'It is our nightly batch job.'
evenkeel case approve --data data --by operator --measure throttle --point "for: A batch job." --point "open: The flow, and a sensor." \
	--point "for: A batch job." --point "open: Nobody looked." --point "open: Never." $id 'It may run on, and leave the others their share.'`).CombinedOutput()
		if err != nil && said != string(out) {
			said = string(out)
			d.t.Logf("not yet: %s", said)
		}
		return err == nil
	})
}

// receipt waits until the books have a receipt of a throttle for a tenant, and returns it with what was ordered.
func (d *desk) receipt(tenant string, state evenkeel.ReceiptState) (o evenkeel.Order, r evenkeel.Receipt) {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("a throttle of %s is %v", tenant, state), func() bool {
		books, err := app.Open(d.data)
		if err != nil {
			return false // it is asked again
		}
		defer books.Close()
		rows, err := books.Cases(d.t.Context(), docket.Query{})
		if err != nil {
			return false
		}
		for i := range rows {
			if rows[i].Case.Tenant != evenkeel.TenantID(tenant) {
				continue
			}
			f, err := books.Folder(context.WithoutCancel(d.t.Context()), rows[i].Case.ID)
			if err != nil {
				return false
			}
			for _, x := range f.Dispatches {
				at := slices.IndexFunc(f.Orders, func(o evenkeel.Order) bool { return o.ID == x.Order })
				if at >= 0 && f.Orders[at].Measure == evenkeel.MeasureThrottle && x.Receipt.State == state {
					o, r = f.Orders[at], x.Receipt
					return true
				}
			}
		}
		return false
	})
	return o, r
}

// throttled is the lease of a throttle in this test.
const throttled = 5 * time.Second

func slowed(t *testing.T) {
	g := findGroups(t)
	shell(t, "ip link set lo up")
	one, two := g.startGuest(t, 1), g.startGuest(t, 2)
	d := openDesk(t, g, 2)
	for _, x := range []struct {
		tenant string
		guest  *batchGuest
		n      int
		killed bool
	}{{"acme", one, 1, false}, {"beta", two, 2, true}} {
		b := x.guest
		b.lives()
		before := b.fast("before")
		d.accused(x.tenant, x.n)
		d.approved(x.tenant)
		o, r := d.receipt(x.tenant, evenkeel.ReceiptApplied)
		if q := b.quota(); q != "20000" || r.Node != "host-1" || !strings.Contains(r.Effect, "20000 100000, 20% of 1 CPUs") {
			t.Errorf("%s: the quota is %s, and the receipt %+v; want 20000 of 100000, read back", x.tenant, q, r)
		}
		if x.killed {
			if err := d.agent.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = d.agent.Wait() // it was killed
		}
		slow := b.speed()
		if q := b.quota(); q != "20000" {
			t.Fatalf("%s: the quota is %s while its speed is measured; want it to stand until %v", x.tenant, q, o.Until)
		}
		if slow > 0.24 || slow < 0.02 {
			t.Errorf("%s: it gets %.2f of a CPU; want a fifth", x.tenant, slow)
		}
		b.lives()

		eventually(t, "the quota of "+x.tenant+" is lifted", func() bool { return b.quota() == g.free })
		late := time.Since(o.Until.Time())
		if late < -10*time.Millisecond || late > 2*time.Second {
			t.Errorf("%s: the quota ended %v after its lease; want within 2s", x.tenant, late)
		}
		after := b.fast("after")
		b.lives()
		b.end()
		t.Logf("figure: %s had %.2f of a CPU, %.2f under a quota of a fifth, and %.2f %v after its end", x.tenant, before, slow, after, late.Round(time.Millisecond))
	}
}
