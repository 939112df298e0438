package agent

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// quiet are settings as a keeper has them.
func quiet(s Settings) Options { return Options{Settings: s, Log: slog.New(slog.DiscardHandler)} }

// ordered is a ruleset that slows a guest of libvirt down and pauses it, until two moments since boot; at 0 it does not.
func ordered(t *testing.T, slow, pause evenkeel.Moment) *plan.Ruleset {
	t.Helper()
	w := &plan.World{
		Guests: []plan.Guest{{Asset: "vm-1", Domain: "ek-kept", CPUs: 1}}, Can: plan.Can{CPU: true, Machine: true},
		DataPath: []netip.Prefix{netip.MustParsePrefix("192.0.2.3/32")},
	}
	var orders []evenkeel.Order
	add := func(id string, m evenkeel.Measure, params map[string]string, until evenkeel.Moment) {
		if until > 0 {
			orders = append(orders, evenkeel.Order{
				ID: evenkeel.OrderID(id), Decision: evenkeel.DecisionID(id), Tenant: "acme", Measure: m, Params: params,
				Assets: []evenkeel.AssetID{"vm-1"}, From: 1, Until: until,
			})
		}
	}
	add("slow", evenkeel.MeasureThrottle, map[string]string{"cpu": "20%"}, slow)
	add("pause", evenkeel.MeasureSuspend, nil, pause)
	r, fates := plan.Compile(orders, w, 1)
	for _, f := range fates {
		if f.State != plan.Carried {
			t.Fatalf("%+v", f)
		}
	}
	return r
}

// L: the guest is QEMU's emulator at Debian's libvirt, virsh says what is in force, and the agent is gone: who keeps gives it back
// its share, and lets it go on.
func TestAGuestOfLibvirtIsGivenBackWhatItHadByItsKeeper(t *testing.T) {
	socket := hypervisortest.Libvirt(t)
	virsh := hypervisortest.Guest(t, socket, "ek-kept", "ekk0")
	clock, err := host.SystemClock(func() evenkeel.Moment { return 0 }) // nobody asks for the time on the wall
	if err != nil {
		t.Fatal(err)
	}
	s := Default()
	s.Data, s.Cgroups = t.TempDir(), ""
	virt := NewHypervisor(socket, hypervisor.System, clock)
	defer virt.Close()
	agent, err := OpenLeased(s, virt, clock)
	if err != nil {
		t.Fatal(err)
	}
	field := regexp.MustCompile(`(?m)^vcpu_quota\s*: (\S+)$`)
	quota := func() string {
		t.Helper()
		says := virsh("schedinfo", "ek-kept", "--live")
		found := field.FindStringSubmatch(says)
		if found == nil {
			t.Fatalf("virsh says %s", says)
		}
		return found[1]
	}
	virsh("schedinfo", "ek-kept", "--live", "vcpu_quota=60000") // what the operator gave it
	now := func() evenkeel.Moment { return evenkeel.Moment(clock.Boot()) }
	slow := now().Add(3 * time.Second)
	pause := now().Add(4 * time.Second)
	r := ordered(t, slow, pause)
	for _, hand := range []host.Hand{agent.CPU(), agent.Machine()} {
		if err := hand.Swap(t.Context(), r, now()); err != nil {
			t.Fatal(err)
		}
		if seen, err := hand.Look(t.Context(), r, now(), "vm-1"); err != nil || seen.Amiss != "" {
			t.Fatalf("%s: it is seen as %+v, %v", hand.Name(), seen, err)
		}
	}
	if got, state := quota(), virsh("domstate", "ek-kept"); got != "20000" || !strings.HasPrefix(state, "paused") {
		t.Fatalf("its quota is %s, and it is %s; want 20000, and paused", got, state)
	}

	ctx, cancel := context.WithCancel(t.Context())
	said, done := make(chan string, 1), make(chan error, 1)
	other := NewHypervisor(socket, hypervisor.System, clock)
	defer other.Close()
	go func() {
		done <- Keep(ctx, quiet(s), other, clock, func(line string) { said <- line })
	}()
	if line := <-said; line != Keeping {
		t.Errorf("it says %q", line)
	}
	short, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	if err := Keep(short, quiet(s), virt, clock, func(line string) { said <- line }); err != nil || <-said != KeptAlready {
		t.Errorf("beside a keeper: %v", err)
	}
	until := func(end evenkeel.Moment, what string, is func() bool) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for !is() {
			if now() > end.Add(2*time.Second) { // virsh takes its time
				t.Fatalf("%s, 2 s after its end", what)
			}
			<-tick.C
		}
		if now() < end {
			t.Errorf("%v before its end it is not so any more: %s", end.Sub(now()), what)
		}
	}
	until(slow, "it is slowed down", func() bool { return quota() == "60000" })
	until(pause, "it is paused", func() bool { return strings.HasPrefix(virsh("domstate", "ek-kept"), "running") })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestAKeeperEndsWithItsDataDirectory: nothing is left that it could lift, and nobody would end it.
func TestAKeeperEndsWithItsDataDirectory(t *testing.T) {
	clock, err := host.SystemClock(func() evenkeel.Moment { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	s := Default()
	s.Data, s.Cgroups = filepath.Join(t.TempDir(), "data"), ""
	err = Keep(t.Context(), quiet(s), nil, clock, func(string) {
		if err := os.RemoveAll(s.Data); err != nil {
			t.Error(err)
		}
	})
	if err != nil || t.Context().Err() != nil {
		t.Errorf("%v, %v", err, t.Context().Err())
	}
}

// slowly is a hierarchy of version 2 by its file contract, with one group, and a host whose clock a test turns.
type slowly struct {
	boot  atomic.Int64
	asked atomic.Int64 // how often somebody asked for the time
	s     Settings
	root  string
}

func newSlowly(t *testing.T) *slowly {
	x := &slowly{s: Default(), root: t.TempDir()}
	x.s.Data, x.s.Cgroups = t.TempDir(), x.root
	x.boot.Store(int64(time.Hour))
	for name, text := range map[string]string{"cgroup.controllers": "cpu io\n", "one/cpu.max": "max 100000\n"} {
		path := filepath.Join(x.root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func (x *slowly) clock() host.Clock {
	return host.Clock{Wall: func() evenkeel.Moment { return 0 }, Boot: func() time.Duration { x.asked.Add(1); return time.Duration(x.boot.Load()) }, BootID: "this"}
}

func (x *slowly) quota(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(x.root, "one", "cpu.max"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// orders has the guest slowed down for an hour, or what was ordered let go, as an agent with some settings does.
func (x *slowly) orders(t *testing.T, s Settings, slow bool) {
	t.Helper()
	leased, err := OpenLeased(s, nil, x.clock())
	if err != nil {
		t.Fatal(err)
	}
	now := evenkeel.Moment(x.boot.Load())
	w := &plan.World{Guests: []plan.Guest{{Asset: "vm-1", Cgroup: "one", CPUs: 1}}, Can: plan.Can{CPU: true}}
	var all []evenkeel.Order
	if slow {
		all = append(all, evenkeel.Order{
			ID: "o", Decision: "d", Tenant: "acme", Measure: evenkeel.MeasureThrottle, Params: map[string]string{"cpu": "20%"},
			Assets: []evenkeel.AssetID{"vm-1"}, From: now, Until: now.Add(time.Hour),
		})
	}
	r, _ := plan.Compile(all, w, now)
	if err := leased.CPU().Swap(t.Context(), r, now); err != nil {
		t.Fatal(err)
	}
}

// keeps runs a keeper until the test ends or end is called, and waits for what it says first.
func (x *slowly) keeps(t *testing.T, o Options) (line string, done chan struct{}, end func()) {
	t.Helper()
	ctx, end := context.WithCancel(context.Background())
	said := make(chan string, 1)
	done = make(chan struct{})
	o.Log = slog.New(slog.DiscardHandler)
	go func() {
		defer close(done)
		if err := Keep(ctx, o, nil, x.clock(), func(line string) { said <- line }); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { end(); <-done })
	return <-said, done, end
}

// within waits for what is to come about.
func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !is(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

func ended(done chan struct{}) func() bool {
	return func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

// A keeper of before an upgrade, or before other settings, is replaced: it lets go once the next one keeps. One that does the same is
// left alone, and one of an agent's gives way to a supervisor's.
func TestAKeeperOfOtherSettingsOrAnotherVersionIsReplaced(t *testing.T) {
	x := newSlowly(t)
	lock := filepath.Join(x.s.Data, keeperLock)
	old := Options{Settings: x.s, Version: "1"}
	line, before, _ := x.keeps(t, old)
	if line != Keeping {
		t.Fatalf("it says %q", line)
	}
	if line, _, _ := x.keeps(t, old); line != KeptAlready {
		t.Errorf("beside one that does the same it says %q", line)
	}
	same := old
	same.Keeper = []string{"there-is-no-such-program"}
	if started, err := StartKeeper(t.Context(), same); started || err != nil {
		t.Errorf("beside one that does the same one is started: %t, %v", started, err)
	}
	same.Version = "2"
	if started, err := StartKeeper(t.Context(), same); started || err == nil {
		t.Errorf("after an upgrade none is started: %t, %v", started, err)
	}
	t.Setenv(KeeperEnv, "1")
	line, next, _ := x.keeps(t, Options{Settings: x.s, Version: "2"})
	if is := readPost(lock); line != Keeping || is.version != digest("2") || !is.agents {
		t.Errorf("it says %q; its lock says %v", line, is)
	}
	within(t, "the one before has let go", ended(before))
	if line, _, _ := x.keeps(t, Options{Settings: x.s, Version: "2"}); line != KeptAlready {
		t.Errorf("it says %q", line)
	}
	if runs, err := keeperRuns(x.s.Data); err != nil || !runs {
		t.Errorf("nobody keeps: %v", err)
	}
	if err := os.Unsetenv(KeeperEnv); err != nil {
		t.Fatal(err)
	}
	line, supervised, _ := x.keeps(t, Options{Settings: x.s, Version: "2"})
	if is := readPost(lock); line != Keeping || is.agents {
		t.Errorf("it says %q; its lock says %v", line, is)
	}
	within(t, "the agent's has let go", ended(next))
	x.orders(t, x.s, true)
	if got := x.quota(t); got != "20000 100000" {
		t.Errorf("the quota is %s", got)
	}
	x.boot.Add(int64(time.Hour))
	within(t, "it is lifted at its end", func() bool { return x.quota(t) == "max 100000" })
	if ended(supervised)() {
		t.Error("it does not keep any more")
	}
}

// L: what stands by the settings of before is lifted: by the keeper that goes by them, where the next one has no hypervisor in common
// with it, and by whoever keeps now, where other control groups are named.
func TestWhatStandsBySettingsOfBeforeIsLifted(t *testing.T) {
	x := newSlowly(t)
	x.orders(t, x.s, true)
	_, before, _ := x.keeps(t, Options{Settings: x.s})
	other := x.s
	other.Libvirt.URI, other.Cgroups = "qemu:///session", newSlowly(t).root
	line, next, end := x.keeps(t, Options{Settings: other})
	if line != Keeping {
		t.Fatalf("it says %q", line)
	}
	end() // whoever took its place is gone again
	<-next
	asked := x.asked.Load() // twice in each pass of the one that is left
	within(t, "it has seen that its place was taken", func() bool { return ended(before)() || x.asked.Load() >= asked+6 })
	if ended(before)() || x.quota(t) != "20000 100000" {
		t.Errorf("who went by the settings of before has let go: %t; the quota is %s", ended(before)(), x.quota(t))
	}
	x.boot.Add(int64(time.Hour))
	within(t, "it is lifted at its end", func() bool { return x.quota(t) == "max 100000" })
	within(t, "and then it lets go", ended(before))

	x.orders(t, x.s, true)
	x.orders(t, other, false)
	if got := x.quota(t); got != "max 100000" {
		t.Errorf("an agent with other control groups leaves the quota at %s", got)
	}
	x.orders(t, x.s, true)
	none := x.s
	none.Cgroups = ""
	x.keeps(t, Options{Settings: none})
	x.boot.Add(int64(time.Hour))
	within(t, "it is lifted by who has no control groups", func() bool { return x.quota(t) == "max 100000" })
}

func TestLibvirtThatIsAwayIsNamedAndAskedAgainLater(t *testing.T) {
	boot := time.Hour
	virt := NewHypervisor(filepath.Join(t.TempDir(), "none"), "test:///default", host.Clock{Boot: func() time.Duration { return boot }})
	defer virt.Close()
	for range 2 {
		if _, _, err := virt.Paused(t.Context(), "test"); err == nil || !strings.Contains(err.Error(), "start libvirtd, or say where it listens") {
			t.Errorf("%v", err)
		}
	}
	virt.socket = hypervisortest.Libvirt(t)
	if _, err := virt.Domains(t.Context()); err == nil {
		t.Error("it is asked again at once")
	}
	boot += libvirtRests
	for range 2 {
		if all, err := virt.Domains(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		virt.conn.Close() // it breaks
		for !virt.conn.Broken() {
			<-time.After(time.Millisecond)
		}
	}
}
