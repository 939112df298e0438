package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Throttle is a hypervisor that gives the virtual CPUs of guests a share of the time, by their names there;
// instrument/hypervisor is one. 1 is the whole, and 0.01 the least that SetQuota takes; it returns what it read back.
type Throttle interface {
	Paused(ctx context.Context, guest string) (paused, off bool, err error)
	Quota(ctx context.Context, guest string) (share float64, err error)
	SetQuota(ctx context.Context, guest string, share float64) (inForce float64, err error)
}

// Domains gives guests a share of their CPUs by a hypervisor (libvirt: vcpu_quota). It is a Hand. What it sets is of
// the guest that runs, and not of its settings: whoever is started again has none until the next Swap. Each is a lease in
// a file: whoever runs Expire lifts what has ended.
type Domains struct{ quotas }

var _ Hand = (*Domains)(nil)

// NewDomains takes the hypervisor, and the file of leases.
func NewDomains(virt Throttle, file string, c Clock) *Domains {
	return &Domains{quotas{
		of: domains{virt}, each: true, absent: "its quota at libvirt cannot be read", named: func(q *plan.Quota) string { return q.Domain },
		leases: leases[lease]{file, c, "quotas at libvirt", "look which guests have a vcpu_quota that nobody set on purpose (virsh schedinfo), and lift it"},
	}}
}

// Name is libvirt.
func (d *Domains) Name() string { return "libvirt" }

// Can is CPU.
func (d *Domains) Can() plan.Can { return plan.Can{CPU: true} }

// domains are guests as what has a quota: of each virtual CPU, and so of all that a guest has.
type domains struct{ virt Throttle }

// errOff is the error where a guest does not run.
var errOff = fmt.Errorf("it is off, and gets its share when it is started: %w", fs.ErrNotExist)

func (d domains) read(ctx context.Context, name string) (bandwidth, error) {
	share, err := d.virt.Quota(ctx, name)
	if err != nil {
		if _, off, asked := d.virt.Paused(ctx, name); asked == nil && off {
			return bandwidth{}, errOff
		}
		return bandwidth{}, err
	}
	if share >= 1 {
		return bandwidth{unlimited, period}, nil
	}
	return bandwidth{int64(math.Round(share * period)), period}, nil
}

func (d domains) write(ctx context.Context, name string, b bandwidth) error {
	share := 1.0
	if b.Quota >= 0 {
		share = float64(max(b.Quota, leastQuota)) / float64(b.Period)
	}
	is, err := d.virt.SetQuota(ctx, name, share)
	if err == nil && math.Abs(is-share) > 1.0/period {
		err = evenkeel.Invalid("the share of guest %s is %v; expected %v", name, is, share)
	}
	return err
}

// Shares gives each guest its share by what holds it: its control group, or libvirt where it has none. Either
// may be nil; where there are no control groups, libvirt slows down whoever has both.
type Shares struct {
	Groups  *Cgroups
	Domains *Domains
}

var _ Hand = (*Shares)(nil)

// Name is of those that are there.
func (s *Shares) Name() string {
	switch {
	case s.Groups == nil && s.Domains == nil:
		return "nothing"
	case s.Groups == nil:
		return s.Domains.Name()
	case s.Domains == nil:
		return s.Groups.Name()
	}
	return s.Groups.Name() + " and " + s.Domains.Name()
}

// Can is CPU, where either is there.
func (s *Shares) Can() plan.Can { return plan.Can{CPU: s.Groups != nil || s.Domains != nil} }

// by says which of them has a guest.
func (s *Shares) by(q *plan.Quota) *quotas {
	switch {
	case q.Cgroup != "" && s.Groups != nil:
		return &s.Groups.quotas
	case q.Domain != "" && s.Domains != nil:
		return &s.Domains.quotas
	}
	return nil
}

// all are those that are there.
func (s *Shares) all() (out []*quotas) {
	if s.Groups != nil {
		out = append(out, &s.Groups.quotas)
	}
	if s.Domains != nil {
		out = append(out, &s.Domains.quotas)
	}
	return out
}

// Swap gives each guest the strictest share that it has now by what holds it, and has the other let go of it.
func (s *Shares) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	lists := map[*quotas][]plan.Quota{}
	for _, x := range r.Quotas() {
		by := s.by(&x)
		lists[by] = append(lists[by], x)
	}
	var failed error
	for _, q := range s.all() {
		failed = errors.Join(failed, q.swap(ctx, lists[q], now))
	}
	return failed
}

// Look reads the share of a guest back.
func (s *Shares) Look(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	for _, x := range r.Quotas() {
		if x.Asset != a || x.Until <= now {
			continue
		}
		if by := s.by(&x); by != nil {
			return by.look(ctx, r.Quotas(), now, a)
		}
		return Seen{Amiss: "nothing on this host slows it down; expected its control group or its name at libvirt, and the one in use"}, nil
	}
	return Seen{Amiss: "no share of CPUs is ordered"}, nil
}

// Expire lifts what has ended, and returns when something ends next, or 0.
func (s *Shares) Expire(ctx context.Context, now evenkeel.Moment) (next evenkeel.Moment, err error) {
	for _, q := range s.all() {
		ends, failed := q.Expire(ctx, now)
		next, err = sooner(next, ends), errors.Join(err, failed)
	}
	return next, err
}
