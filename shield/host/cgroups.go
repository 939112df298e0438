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
	root  string
	lease leaseFile
	two   bool // version 2
}

var _ Hand = (*Cgroups)(nil)

// period is what a quota is a part of, in µs: at 1 % of one CPU the quota is the least that the kernel takes.
const period = 100_000

// NewCgroups takes the root of a hierarchy that has the CPU controller, such as /sys/fs/cgroup of version 2 or
// /sys/fs/cgroup/cpu of version 1, and the file of leases. Which version it is it finds out.
func NewCgroups(root, leases string, c Clock) (*Cgroups, error) {
	g := &Cgroups{root: root, lease: leaseFile{leases, c}}
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

// Swap gives each guest the strictest share that it has now, and back what it had where none is left. A
// group that is gone or refuses is no error: Look says so of its guest.
func (g *Cgroups) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return g.lease.change(func(had map[string]*lease) (map[string]*lease, error) {
		want := map[string]*lease{}
		for _, q := range r.Quotas() {
			if q.Until <= now || !filepath.IsLocal(q.Cgroup) {
				continue
			}
			l := want[q.Cgroup]
			if l == nil {
				l = &lease{Group: q.Cgroup}
				if before := had[q.Cgroup]; before != nil {
					l.Was = before.Was
				} else if was, err := g.read(q.Cgroup); err == nil {
					l.Was = was
				} else {
					continue
				}
				want[q.Cgroup] = l
			}
			l.Steps = append(l.Steps, step{g.quota(&q, l.Was), q.Until})
		}
		return want, nil
	}, g, now)
}

// Expire lifts what has ended, by the leases alone: it needs no agent, and does nothing beside one. It returns how
// the clock of the boot will stand when something ends next, or 0. What cannot be lifted is an error, and
// is tried again by the next call.
func (g *Cgroups) Expire(now evenkeel.Moment) (next evenkeel.Moment, err error) {
	err = g.lease.change(func(had map[string]*lease) (map[string]*lease, error) {
		want := map[string]*lease{}
		for name, l := range had {
			kept := *l
			kept.Steps = nil
			for _, s := range l.Steps {
				if s.Ends > now {
					kept.Steps = append(kept.Steps, s)
					if next == 0 || s.Ends < next {
						next = s.Ends
					}
				}
			}
			if len(kept.Steps) > 0 {
				want[name] = &kept
			}
		}
		return want, nil
	}, g, now)
	return next, err
}

// Look reads the quota of a guest back.
func (g *Cgroups) Look(_ context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	for _, q := range r.Quotas() {
		if q.Asset != a || q.Until <= now {
			continue
		}
		is, err := g.read(q.Cgroup)
		if err != nil {
			return Seen{Amiss: "its control group cannot be read: " + err.Error()}, nil
		}
		want := g.quota(&q, bandwidth{Quota: unlimited})
		if !is.within(want) {
			return Seen{Amiss: fmt.Sprintf("its quota is %s; expected %s", is, want)}, nil
		}
		return Seen{Says: fmt.Sprintf("its quota is read back as %s, %s of %d CPUs", is, q.Share, q.CPUs)}, nil
	}
	return Seen{Amiss: "no share of CPUs is ordered"}, nil
}

// bandwidth is what a group may use: of each period so much, both in µs.
type bandwidth struct {
	Quota  int64 `json:"quota"` // unlimited: all
	Period int64 `json:"period"`
}

const unlimited = -1

// String writes it as version 2 does.
func (b bandwidth) String() string {
	if b.Quota < 0 {
		return fmt.Sprintf("max %d", b.Period)
	}
	return fmt.Sprintf("%d %d", b.Quota, b.Period)
}

// within says whether b gives no more than o.
func (b bandwidth) within(o bandwidth) bool {
	switch {
	case o.Quota < 0:
		return true
	case b.Quota < 0 || b.Period <= 0 || o.Period <= 0:
		return false
	}
	return float64(b.Quota)*float64(o.Period) <= float64(o.Quota)*float64(b.Period)
}

// quota is a share as bandwidth, or what the group had where that was stricter: a measure never gives more.
func (g *Cgroups) quota(q *plan.Quota, was bandwidth) bandwidth {
	b := bandwidth{int64(period) * int64(q.CPUs) * int64(q.Share) / int64(plan.Whole), period}
	b.Quota = max(b.Quota, 1000) // the kernel takes no less than a millisecond
	if was.Quota >= 0 && was.within(b) {
		return was
	}
	return b
}

func (g *Cgroups) file(group, name string) string { return filepath.Join(g.root, group, name) }

func (g *Cgroups) read(group string) (bandwidth, error) {
	if !filepath.IsLocal(group) {
		return bandwidth{}, evenkeel.Invalid("%q is no path below the root of the control groups", group)
	}
	if g.two {
		text, err := os.ReadFile(g.file(group, "cpu.max"))
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
func (g *Cgroups) write(group string, b bandwidth) error {
	is, err := g.read(group)
	if err != nil || is == b {
		return err
	}
	if g.two {
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

// gone says whether an error means that a group is not there any more.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }
