package agent

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

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
		done <- Keep(ctx, s, other, clock, slog.New(slog.DiscardHandler), func(line string) { said <- line })
	}()
	if line := <-said; line != Keeping {
		t.Errorf("it says %q", line)
	}
	short, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	if err := Keep(short, s, virt, clock, slog.New(slog.DiscardHandler), func(line string) { said <- line }); err != nil || <-said != KeptAlready {
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
	err = Keep(t.Context(), s, nil, clock, slog.New(slog.DiscardHandler), func(string) {
		if err := os.RemoveAll(s.Data); err != nil {
			t.Error(err)
		}
	})
	if err != nil || t.Context().Err() != nil {
		t.Errorf("%v, %v", err, t.Context().Err())
	}
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
