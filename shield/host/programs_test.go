package host_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port/live"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/host/handstest"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// small is of a host with few ports.
func small(pins string) live.Options {
	return live.Options{Dir: pins, Ports: 8, Flows: 8192, Destinations: 1024, Ring: 4096}
}

// programs are those that are pinned in a folder.
func programs(pins string) (host.Hand, error) {
	k, err := live.Open(small(pins))
	if err != nil {
		return nil, err
	}
	return host.NewPrograms(k), nil
}

// pinned is a hand whose programs are opened when it does something, so that another agent can have them meanwhile.
type pinned struct {
	t      testing.TB
	pins   string
	kernel *live.Kernel
}

func (p *pinned) hand() *host.Programs {
	if p.kernel == nil {
		k, err := live.Open(small(p.pins))
		if err != nil {
			p.t.Fatal(err)
		}
		p.kernel = k
	}
	return host.NewPrograms(p.kernel)
}

// letGo leaves what is pinned in force.
func (p *pinned) letGo() {
	if p.kernel != nil {
		if err := p.kernel.Close(); err != nil {
			p.t.Error(err)
		}
		p.kernel = nil
	}
}

func (p *pinned) Name() string  { return p.hand().Name() }
func (p *pinned) Can() plan.Can { return p.hand().Can() }

func (p *pinned) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	return p.hand().Swap(ctx, r, now)
}

func (p *pinned) Look(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (host.Seen, error) {
	return p.hand().Look(ctx, r, now, a)
}

func TestProgramsKeepTheContract(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces are made by root only, and this is not root")
	}
	handstest.Run(t, func(t testing.TB) *handstest.Scene {
		return scene(t, byPrograms)
	})
}

func byPrograms(w *wire) (host.Hand, string) {
	p := &pinned{t: w.t, pins: bpffs(w.t)}
	w.t.Cleanup(p.letGo)
	return p, p.pins
}

// bpffs is a folder below one of the test's own.
func bpffs(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "evenkeel")
}
