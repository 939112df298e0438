package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/digitalocean/go-libvirt"
)

// Pause stops a guest's CPUs; its memory, disks and connections stay. One that is paused stays so, and
// one that is off is an error.
func (c *Conn) Pause(ctx context.Context, name string) error {
	return c.turn(ctx, "pause", name, Paused, c.virt.DomainSuspend)
}

// Resume lets a paused guest go on. One that runs goes on, and one that is off is an error.
func (c *Conn) Resume(ctx context.Context, name string) error {
	return c.turn(ctx, "resume", name, Running, c.virt.DomainResume)
}

func (c *Conn) turn(ctx context.Context, what, name string, to State, do func(libvirt.Domain) error) error {
	d, err := c.named(ctx, name)
	if err != nil {
		return fmt.Errorf("%s guest %s: %w", what, name, err)
	}
	is, err := c.domain(ctx, d)
	switch {
	case err != nil:
	case is.State == to:
		return nil
	case is.State == Off:
		err = fmt.Errorf("it is off")
	default:
		err = c.call(ctx, func() error { return do(d) })
	}
	if err != nil {
		return fmt.Errorf("%s guest %s: %w", what, name, err)
	}
	return nil
}

// The parameters of the scheduler (libvirt, virTypedParameter): of each virtual CPU, how many
// microseconds it may run in how many.
const (
	fieldPeriod = "vcpu_period"
	fieldQuota  = "vcpu_quota"

	period     = 100_000
	leastQuota = 1_000 // what libvirt takes at least
	unlimited  = -1
)

// SetQuota lets each virtual CPU of a running guest run for a share of the time, from 0.01 to 1; 1 is no
// quota. It reads back what is in force, and returns it.
func (c *Conn) SetQuota(ctx context.Context, name string, share float64) (inForce float64, err error) {
	if !(share >= 0.01 && share <= 1) {
		return 0, fmt.Errorf("a quota of %v for guest %s: expected a share from 0.01 to 1", share, name)
	}
	quota := int64(max(math.Round(share*period), leastQuota))
	if share == 1 {
		quota = unlimited
	}
	d, err := c.named(ctx, name)
	if err == nil {
		err = c.call(ctx, func() error {
			return c.virt.DomainSetSchedulerParametersFlags(d, []libvirt.TypedParam{
				{Field: fieldPeriod, Value: *libvirt.NewTypedParamValueUllong(period)},
				{Field: fieldQuota, Value: *libvirt.NewTypedParamValueLlong(quota)},
			}, uint32(libvirt.DomainAffectLive))
		})
	}
	if err != nil {
		return 0, fmt.Errorf("set the quota of guest %s: %w", name, err)
	}
	return c.Quota(ctx, name)
}

// Quota returns the share of the time that each virtual CPU of a guest may run; 1 where nothing holds it.
func (c *Conn) Quota(ctx context.Context, name string) (share float64, err error) {
	d, err := c.named(ctx, name)
	var params []libvirt.TypedParam
	if err == nil {
		err = c.call(ctx, func() error {
			params, err = c.virt.DomainGetSchedulerParametersFlags(d, 16, uint32(libvirt.DomainAffectLive))
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("read the quota of guest %s: %w", name, err)
	}
	of, quota := uint64(period), int64(unlimited)
	for _, p := range params {
		switch v := p.Value.I.(type) {
		case uint64:
			if p.Field == fieldPeriod {
				of = v
			}
		case int64:
			if p.Field == fieldQuota {
				quota = v
			}
		}
	}
	if quota <= 0 || of == 0 {
		return 1, nil
	}
	return min(float64(quota)/float64(of), 1), nil
}

// Paused says whether a guest is paused, and whether it is off. One that libvirt does not know is off.
func (c *Conn) Paused(ctx context.Context, name string) (paused, off bool, err error) {
	d, err := c.named(ctx, name)
	if errors.Is(err, ErrNoGuest) {
		return false, true, nil
	}
	if err == nil {
		var is Domain
		if is, err = c.domain(ctx, d); err == nil {
			return is.State == Paused, is.State == Off, nil
		}
	}
	return false, false, fmt.Errorf("ask whether guest %s is paused: %w", name, err)
}
