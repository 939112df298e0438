package hypervisor

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
)

func TestWhatIsSaidOfAGuestIsRead(t *testing.T) {
	got, err := cards(`<domain><devices>
		<interface type='bridge'><mac address='52:54:00:01:02:03'/><target dev='vnet3'/></interface>
		<interface type='user'><mac address='not one'/></interface>
		<disk><target dev='vda'/></disk></devices></domain>`)
	want := []Card{{"vnet3", [6]byte{0x52, 0x54, 0, 1, 2, 3}}, {}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"<domain>", strings.Repeat(" ", MostXML+1)} {
		if _, err := cards(bad); err == nil {
			t.Errorf("a description of %d bytes is read", len(bad))
		}
	}
	for n, want := range []State{Unknown, Running, Running, Paused, Running, Off, Off, Paused, Unknown} {
		if got := stateOf(uint8(n)); got != want {
			t.Errorf("state %d is %s; want %s", n, got, want)
		}
	}
}

func FuzzCards(f *testing.F) {
	f.Add("<domain><devices><interface><mac address='52:54:00:01:02:03'/><target dev='vnet3'/></interface></devices></domain>")
	f.Add("<domain")
	f.Fuzz(func(t *testing.T, text string) { cards(text) })
}

func opened(t *testing.T, socket, uri string) *Conn {
	t.Helper()
	c, err := Open(t.Context(), socket, uri, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestGuestsOfLibvirtArePausedAndGoOn(t *testing.T) {
	socket := hypervisortest.Libvirt(t)
	c := opened(t, socket, "test:///default")
	is := func() Domain {
		t.Helper()
		all, err := c.Domains(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v; expected the one guest of libvirt's test driver", all, err)
		}
		return all[0]
	}
	if d := is(); d.Name != "test" || d.State != Running || d.CPUs != 2 || len(d.UUID) != 36 || d.Used == 0 {
		t.Fatalf("the guest is %+v", d)
	}
	for _, step := range []struct {
		do   func(context.Context, string) error
		want State
	}{{c.Pause, Paused}, {c.Pause, Paused}, {c.Resume, Running}, {c.Resume, Running}} {
		if err := step.do(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		if d := is(); d.State != step.want {
			t.Fatalf("the guest is %s; want %s", d.State, step.want)
		}
	}
	for what, err := range map[string]error{"pause": c.Pause(t.Context(), "nobody"), "resume": c.Resume(t.Context(), "nobody")} {
		if !errors.Is(err, ErrNoGuest) {
			t.Errorf("%s a guest that is not there: %v", what, err)
		}
	}
	if _, err := c.SetQuota(t.Context(), "test", 0); err == nil {
		t.Error("a quota of nothing is taken")
	}
}

// TestAnEmulatedGuestIsSlowedDown: the test driver knows no quotas, so a guest of QEMU's emulator, without a disk, is started.
func TestAnEmulatedGuestIsSlowedDown(t *testing.T) {
	socket := hypervisortest.Libvirt(t)
	c := opened(t, socket, System)
	virsh := hypervisortest.Guest(t, socket, "ek-slow", "ekv0")
	all, err := c.Domains(t.Context())
	if err != nil || len(all) != 1 || len(all[0].Cards) != 1 || all[0].Cards[0] != (Card{"ekv0", [6]byte{0x52, 0x54, 0, 0xee, 0, 1}}) {
		t.Fatalf("%+v, %v; expected one guest at ekv0", all, err)
	}
	if is, err := c.Quota(t.Context(), "ek-slow"); err != nil || is != 1 {
		t.Fatalf("at first its quota is %v, %v", is, err)
	}
	for _, share := range []float64{0.2, 0.2, 1} {
		if is, err := c.SetQuota(t.Context(), "ek-slow", share); err != nil || is != share {
			t.Fatalf("a quota of %v is %v, %v", share, is, err)
		}
	}
	if err := c.Pause(t.Context(), "ek-slow"); err != nil {
		t.Fatal(err)
	}
	if says := virsh("domstate", "ek-slow"); !strings.HasPrefix(says, "paused") {
		t.Errorf("paused, it is %s", says)
	}
}

func TestNoLibvirtSaysWhatToDo(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none"), System, time.Second); err == nil || !strings.Contains(err.Error(), "start libvirtd, or say where it listens") {
		t.Errorf("%v", err)
	}
	socket := filepath.Join(t.TempDir(), "mute")
	l, err := net.Listen("unix", socket) // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Open(t.Context(), socket, System, time.Second); err == nil || !strings.Contains(err.Error(), "did not answer") {
		t.Errorf("%v", err)
	}
}
