package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	root string // absolute
	two  bool   // version 2
}

var _ Hand = (*Cgroups)(nil)

// Hierarchy is the hierarchy that has the CPU controller, at this root or below it: of version 2 the root itself, of
// version 1, where each controller may have its own, as a rule the folder cpu. Where none has it, it is the root.
func Hierarchy(root string) string {
	if text, err := os.ReadFile(filepath.Join(root, "cgroup.controllers")); err == nil && hasCPU(string(text)) {
		return root
	}
	for _, below := range []string{".", "cpu", "cpu,cpuacct", "cpuacct,cpu"} {
		if _, err := os.Stat(filepath.Join(root, below, "cpu.shares")); err == nil {
			return filepath.Join(root, below)
		}
	}
	return root
}

func hasCPU(controllers string) bool { return slices.Contains(strings.Fields(controllers), "cpu") }

// NewCgroups takes where control groups are mounted, such as /sys/fs/cgroup (Hierarchy says which is meant), and the
// file of leases. Which version it is it finds out.
func NewCgroups(root, file string, c Clock) (*Cgroups, error) {
	root, err := filepath.Abs(Hierarchy(root))
	if err != nil {
		return nil, err
	}
	g := KeptCgroups(file, c)
	g.root = root
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	switch {
	case err == nil && hasCPU(string(controllers)):
		g.two = true
		return g, nil
	case err == nil:
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("the control groups at %s have no CPU controller, only: %s", root, strings.TrimSpace(string(controllers))),
			Hint: nameHierarchy,
		}
	}
	if _, err := os.Stat(filepath.Join(root, "cpu.shares")); err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "no control groups with the CPU controller are at " + root, Err: err, Hint: nameHierarchy,
		}
	}
	return g, nil
}

const nameHierarchy = "name the hierarchy that has it, as cgroups in the settings of the host; mount -t cgroup,cgroup2 lists them"

// KeptCgroups is for a keeper, which needs nothing but the file: leases name their groups whole, in whatever hierarchy they
// are. It lifts, and gives no share.
func KeptCgroups(file string, c Clock) *Cgroups {
	g := &Cgroups{}
	g.quotas = quotas{
		of: g, absent: "its control group cannot be read", named: func(q *plan.Quota) string { return g.path(q.Cgroup) },
		leases: leases[lease]{file, c, "quotas", "look which groups have a quota that nobody set on purpose, and lift it"},
	}
	return g
}

// path is a group by its name below the root; "" where it is none or has no name.
func (g *Cgroups) path(group string) string {
	if group == "" || g.root == "" {
		return ""
	}
	if !filepath.IsLocal(group) {
		return group // it is not read
	}
	return filepath.Join(g.root, group)
}

// Name says which version.
func (g *Cgroups) Name() string {
	if g.root == "" {
		return "control groups"
	}
	if g.two {
		return "cgroup v2"
	}
	return "cgroup v1"
}

// Can is CPU.
func (g *Cgroups) Can() plan.Can { return plan.Can{CPU: true} }

// twoAt says whether a group is one of version 2. Without its hierarchy nobody knows, and it is not gone: it is tried again.
func (g *Cgroups) twoAt(group string) (bool, error) {
	if !filepath.IsAbs(group) {
		return false, evenkeel.Invalid("%q is no path below the root of the control groups", group)
	}
	if g.root != "" && strings.HasPrefix(group, g.root+"/") {
		return g.two, nil
	}
	for at := filepath.Dir(group); at != filepath.Dir(at); at = filepath.Dir(at) { // of settings before these
		if _, err := os.Stat(filepath.Join(at, "cgroup.controllers")); err == nil {
			return true, nil
		}
		if _, err := os.Stat(filepath.Join(at, "cpu.shares")); err == nil {
			return false, nil
		}
	}
	return false, evenkeel.Invalid("no control groups with the CPU controller are above %s", group)
}

func (g *Cgroups) read(_ context.Context, group string) (bandwidth, error) {
	two, err := g.twoAt(group)
	if err != nil {
		return bandwidth{}, err
	}
	if two {
		text, err := os.ReadFile(filepath.Join(group, "cpu.max"))
		if errors.Is(err, fs.ErrNotExist) && uncontrolled(group) {
			return bandwidth{unlimited, period}, nil
		}
		if err != nil {
			return bandwidth{}, err
		}
		return parseMax(string(text))
	}
	quota, err := readInt(filepath.Join(group, "cpu.cfs_quota_us"))
	if err != nil {
		return bandwidth{}, err
	}
	of, err := readInt(filepath.Join(group, "cpu.cfs_period_us"))
	return bandwidth{max(quota, unlimited), of}, err
}

// uncontrolled says whether a group of version 2 is there and nobody hands the CPU controller down to it, as systemd does only
// where a unit asks for it: then it has no cpu.max, and no quota.
func uncontrolled(group string) bool {
	if _, err := os.Stat(filepath.Join(group, "cgroup.procs")); err != nil {
		return false
	}
	_, err := os.Stat(filepath.Join(group, "cpu.max"))
	return errors.Is(err, fs.ErrNotExist)
}

// control hands the CPU controller down to a group, from the root on (admin-guide/cgroup-v2.rst, "Enabling and
// Disabling"). It stays handed down: to whoever has no quota it changes nothing but that its siblings share by weight.
func control(group string) error {
	var above []string // who hands down, from the root on
	for at := filepath.Dir(group); ; at = filepath.Dir(at) {
		down, err := os.ReadFile(filepath.Join(at, "cgroup.subtree_control"))
		if err != nil {
			break // beyond the root
		}
		if !slices.Contains(strings.Fields(string(down)), "cpu") {
			above = append([]string{at}, above...)
		}
	}
	for _, at := range above {
		if err := writeFile(filepath.Join(at, "cgroup.subtree_control"), "+cpu"); err != nil {
			return fmt.Errorf("hand the CPU controller down from %s: %w", at, err)
		}
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
	switch two, err := g.twoAt(group); {
	case err != nil:
		return err
	case two && uncontrolled(group):
		if b.Quota < 0 {
			return nil
		}
		if err := control(group); err != nil {
			return err
		}
		fallthrough
	case two:
		return writeFile(filepath.Join(group, "cpu.max"), b.String())
	}
	if is.Period != b.Period { // without a quota any period is taken
		if err := writeFile(filepath.Join(group, "cpu.cfs_quota_us"), "-1"); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(group, "cpu.cfs_period_us"), strconv.FormatInt(b.Period, 10)); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(group, "cpu.cfs_quota_us"), strconv.FormatInt(b.Quota, 10))
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
