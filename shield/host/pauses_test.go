package host_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// pausing is a ruleset under which a guest of libvirt is paused until a moment since boot; at 0 nobody is.
func pausing(t *testing.T, guest string, until evenkeel.Moment) *plan.Ruleset {
	t.Helper()
	w := &plan.World{
		Guests: []plan.Guest{{Asset: "vm-1", Domain: guest, CPUs: 2}}, Can: plan.Can{Machine: true},
		DataPath: []netip.Prefix{netip.MustParsePrefix("192.0.2.3/32")},
	}
	var orders []evenkeel.Order
	if until > 0 {
		orders = append(orders, evenkeel.Order{
			ID: "o-1", Decision: "d-1", Tenant: "acme", Measure: evenkeel.MeasureSuspend, Assets: []evenkeel.AssetID{"vm-1"}, From: 1, Until: until,
		})
	}
	r, fates := plan.Compile(orders, w, 1)
	for _, f := range fates {
		if f.State != plan.Carried {
			t.Fatalf("%+v", f)
		}
	}
	return r
}

// leased is a hypervisor that pauses only whom a lease on the disk lets go on.
type leased struct {
	host.Hypervisor
	t    *testing.T
	file string
}

func (l leased) Pause(ctx context.Context, guest string) error {
	if text, err := os.ReadFile(l.file); err != nil || !bytes.Contains(text, []byte(`"`+guest+`"`)) {
		l.t.Errorf("guest %s is paused before its lease is on the disk: %q, %v", guest, text, err)
	}
	return l.Hypervisor.Pause(ctx, guest)
}

// D, A, L: a pause is a lease with an end, whoever has to end it; it is of one guest, by its name, and the guest
// that was started again meanwhile is paused again. Libvirt's own test driver has the guest.
func TestAGuestOfLibvirtIsPausedAndItsKeeperLetsItGoOn(t *testing.T) {
	virt, err := hypervisor.Open(t.Context(), hypervisortest.Libvirt(t), "test:///default", 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer virt.Close()
	file := filepath.Join(t.TempDir(), "pauses")
	clock := host.Clock{BootID: "this"}
	p := host.NewPauses(leased{virt, t, file}, file, clock)
	is := func(want bool) {
		t.Helper()
		if got, off, err := virt.Paused(t.Context(), "test"); err != nil || off || got != want {
			t.Fatalf("paused: %t, off: %t, %v; want %t", got, off, err, want)
		}
	}
	swap := func(until, now evenkeel.Moment) {
		t.Helper()
		if err := p.Swap(t.Context(), pausing(t, "test", until), now); err != nil {
			t.Fatal(err)
		}
	}
	swap(100, 10)
	is(true)
	if seen, err := p.Look(t.Context(), pausing(t, "test", 100), 10, "vm-1"); err != nil || seen.Amiss != "" || !strings.Contains(seen.Says, "paused") {
		t.Errorf("it is seen as %+v, %v", seen, err)
	}
	if err := virt.Resume(t.Context(), "test"); err != nil { // by the tenant, say
		t.Fatal(err)
	}
	if seen, err := p.Look(t.Context(), pausing(t, "test", 100), 10, "vm-1"); err != nil || !strings.Contains(seen.Amiss, "it runs") {
		t.Errorf("it is seen as %+v, %v", seen, err)
	}
	swap(100, 20)
	is(true)

	// The agent is dead. Whoever keeps has the file alone.
	keeper := host.NewPauses(virt, file, clock)
	if next, err := keeper.Expire(t.Context(), 99); err != nil || next != 100 {
		t.Errorf("next at %d, %v; want 100", next, err)
	}
	is(true)
	if next, err := keeper.Expire(t.Context(), 100); err != nil || next != 0 {
		t.Errorf("next at %d, %v; want none", next, err)
	}
	is(false)

	swap(200, 110)
	is(true)
	swap(0, 120) // it is lifted
	is(false)

	// Whoever was paused by somebody else stays so.
	if err := virt.Pause(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	swap(300, 130)
	swap(0, 140)
	is(true)

	if err := p.Swap(t.Context(), pausing(t, "nobody", 300), 150); err != nil {
		t.Errorf("a guest that is not there: %v; expected that its measure waits", err)
	}
	if seen, err := p.Look(t.Context(), pausing(t, "nobody", 300), 150, "vm-1"); err != nil || !strings.Contains(seen.Amiss, "it is off") {
		t.Errorf("a guest that is not there is seen as %+v, %v", seen, err)
	}
	if err := os.WriteFile(file, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.Swap(t.Context(), pausing(t, "test", 300), 160); err == nil || !strings.Contains(err.Error(), "set aside") {
		t.Errorf("damaged leases: %v", err)
	}
	swap(300, 170)
	is(true)
}

// mute is a hypervisor that does not say who is paused until it does.
type mute struct {
	paused map[string]bool
	silent bool
}

func (m *mute) Paused(_ context.Context, guest string) (paused, off bool, err error) {
	if m.silent {
		return false, false, errors.New("it does not answer")
	}
	return m.paused[guest], false, nil
}

func (m *mute) Pause(_ context.Context, guest string) error  { m.paused[guest] = true; return nil }
func (m *mute) Resume(_ context.Context, guest string) error { m.paused[guest] = false; return nil }

// Whoever was paused by somebody else stays so, whenever the hypervisor does not answer.
func TestWhoeverWasPausedStaysSoWhereTheHypervisorWasSilent(t *testing.T) {
	for _, silent := range []evenkeel.Moment{10, 20, 30} {
		virt := &mute{paused: map[string]bool{"test": true}}
		p := host.NewPauses(virt, filepath.Join(t.TempDir(), "pauses"), host.Clock{BootID: "this"})
		for _, at := range []evenkeel.Moment{10, 20, 30, 40} {
			virt.silent = at == silent
			if err := p.Swap(t.Context(), pausing(t, "test", 100), at); (err != nil) != virt.silent {
				t.Fatalf("at %d: %v", at, err)
			}
		}
		if _, err := p.Expire(t.Context(), 100); err != nil || !virt.paused["test"] {
			t.Errorf("silent at %d: it was let go on, %v", silent, err)
		}
	}
}
