package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Cgroups gives guests a share of their CPUs, by the quota of their control group: cpu.cfs_quota_us of version
// 1, cpu.max of version 2 (Linux, Documentation/scheduler/sched-bwc.rst and admin-guide/cgroup-v2.rst). It is
// a Hand. The kernel ends no quota, so each is a lease in a file: whoever runs Expire lifts what has ended.
type Cgroups struct {
	quotas
	root string
	two  bool // version 2
}

var _ Hand = (*Cgroups)(nil)

// NewCgroups takes the root of a hierarchy that has the CPU controller, such as /sys/fs/cgroup of version 2 or
// /sys/fs/cgroup/cpu of version 1, and the file of leases. Which version it is it finds out.
func NewCgroups(root, file string, c Clock) (*Cgroups, error) {
	g := &Cgroups{root: root}
	g.quotas = quotas{
		of: g, absent: "its control group cannot be read", named: func(q *plan.Quota) string { return q.Cgroup },
		leases: leases[lease]{file, c, "quotas", "look which groups have a quota that nobody set on purpose, and lift it"},
	}
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	switch {
	case err == nil && strings.Contains(" "+strings.TrimSpace(string(controllers))+" ", " cpu "):
		g.two = true
		return g, nil
	case err == nil:
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("the control groups at %s have no CPU controller, only: %s", root, strings.TrimSpace(string(controllers))),
			Hint: "name the hierarchy that has it; where both versions are mounted it is often /sys/fs/cgroup/cpu",
		}
	}
	if _, err := os.Stat(filepath.Join(root, "cpu.shares")); err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "no control groups with the CPU controller are at " + root, Err: err}
	}
	return g, nil
}

// Name says which version.
func (g *Cgroups) Name() string {
	if g.two {
		return "cgroup v2"
	}
	return "cgroup v1"
}

// Can is CPU.
func (g *Cgroups) Can() plan.Can { return plan.Can{CPU: true} }

func (g *Cgroups) file(group, name string) string { return filepath.Join(g.root, group, name) }

func (g *Cgroups) read(_ context.Context, group string) (bandwidth, error) {
	if !filepath.IsLocal(group) {
		return bandwidth{}, evenkeel.Invalid("%q is no path below the root of the control groups", group)
	}
	if g.two {
		text, err := os.ReadFile(g.file(group, "cpu.max"))
		if errors.Is(err, fs.ErrNotExist) && g.uncontrolled(group) {
			return bandwidth{unlimited, period}, nil
		}
		if err != nil {
			return bandwidth{}, err
		}
		return parseMax(string(text))
	}
	quota, err := readInt(g.file(group, "cpu.cfs_quota_us"))
	if err != nil {
		return bandwidth{}, err
	}
	of, err := readInt(g.file(group, "cpu.cfs_period_us"))
	return bandwidth{max(quota, unlimited), of}, err
}

// uncontrolled says whether a group of version 2 is there and nobody hands the CPU controller down to it, as systemd does only
// where a unit asks for it: then it has no cpu.max, and no quota.
func (g *Cgroups) uncontrolled(group string) bool {
	if _, err := os.Stat(g.file(group, "cgroup.procs")); err != nil {
		return false
	}
	_, err := os.Stat(g.file(group, "cpu.max"))
	return errors.Is(err, fs.ErrNotExist)
}

// control hands the CPU controller down to a group, from the root on (admin-guide/cgroup-v2.rst, "Enabling and
// Disabling"). It stays handed down: to whoever has no quota it changes nothing but that its siblings share by weight.
func (g *Cgroups) control(group string) error {
	at := ""
	for _, part := range strings.Split(filepath.Clean(group), string(filepath.Separator)) {
		if err := writeFile(g.file(at, "cgroup.subtree_control"), "+cpu"); err != nil {
			return fmt.Errorf("hand the CPU controller down to %s: %w", filepath.Join(at, part), err)
		}
		at = filepath.Join(at, part)
	}
	return nil
}

// parseMax reads cpu.max: "max 100000" or "40000 100000".
func parseMax(text string) (bandwidth, error) {
	f := strings.Fields(text)
	if len(f) == 2 {
		of, err := strconv.ParseInt(f[1], 10, 64)
		quota := int64(unlimited)
		if f[0] != "max" && err == nil {
			quota, err = strconv.ParseInt(f[0], 10, 64)
		}
		if err == nil && of > 0 && quota >= unlimited {
			return bandwidth{quota, of}, nil
		}
	}
	return bandwidth{}, evenkeel.Invalid("cpu.max is %.40q; expected a quota or max, and a period", text)
}

func readInt(name string) (int64, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, evenkeel.Invalid("%s is %.40q; expected a number", filepath.Base(name), text)
	}
	return n, nil
}

// write sets a bandwidth where it is another one.
func (g *Cgroups) write(ctx context.Context, group string, b bandwidth) error {
	is, err := g.read(ctx, group)
	if err != nil || is == b {
		return err
	}
	if g.two {
		if g.uncontrolled(group) {
			if b.Quota < 0 {
				return nil
			}
			if err := g.control(group); err != nil {
				return err
			}
		}
		return writeFile(g.file(group, "cpu.max"), b.String())
	}
	if is.Period != b.Period { // without a quota any period is taken
		if err := writeFile(g.file(group, "cpu.cfs_quota_us"), "-1"); err != nil {
			return err
		}
		if err := writeFile(g.file(group, "cpu.cfs_period_us"), strconv.FormatInt(b.Period, 10)); err != nil {
			return err
		}
	}
	return writeFile(g.file(group, "cpu.cfs_quota_us"), strconv.FormatInt(b.Quota, 10))
}

// writeFile writes to a file of the kernel, which is there already and is not replaced.
func writeFile(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
