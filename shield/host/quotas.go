package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// slowed is what can have a quota, by its name. An error for which gone holds means that nobody is there now.
type slowed interface {
	read(ctx context.Context, name string) (bandwidth, error)
	write(ctx context.Context, name string, b bandwidth) error
}

// quotas gives shares of CPUs under leases: no kernel ends them, so whoever runs Expire lifts what has ended.
type quotas struct {
	of     slowed
	leases leases[lease]
	named  func(*plan.Quota) string // in of; "": this is nobody of its
	absent string                   // what Look says where nobody is there
	each   bool                     // a quota is of each CPU, and not of all together
}

// lease is what one has of quotas, and had before.
type lease struct {
	Was   bandwidth `json:"was"`
	Steps []step    `json:"steps"` // the strictest ends first
}

type step struct {
	Quota bandwidth       `json:"quota"`
	Ends  evenkeel.Moment `json:"ends"` // since boot
}

// at is what it should have at a moment: the strictest, and never more than before.
func (l *lease) at(now evenkeel.Moment) bandwidth {
	b := l.Was
	for _, s := range l.Steps {
		if s.Ends > now && s.Quota.within(b) {
			b = s.Quota
		}
	}
	return b
}

// set says whether a quota is one that this lease put there.
func (l *lease) set(b bandwidth) bool {
	for _, s := range l.Steps {
		if s.Quota == b {
			return true
		}
	}
	return false
}

// Swap gives each guest the strictest share that it has now, and back what it had where none is left. One that
// is not there or refuses is no error: Look says so of its guest. What cannot be let go of is one, and is tried again.
func (q *quotas) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	return q.swap(ctx, r.Quotas(), now)
}

func (q *quotas) swap(ctx context.Context, list []plan.Quota, now evenkeel.Moment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return q.change(ctx, now, func(had map[string]lease) map[string]lease {
		want := map[string]lease{}
		for _, x := range list {
			name := q.named(&x)
			if x.Until <= now || name == "" {
				continue
			}
			l, known := want[name]
			if !known {
				if before, ok := had[name]; ok {
					l.Was = before.Was
				} else if was, err := q.of.read(ctx, name); err == nil {
					l.Was = was
				} else {
					continue
				}
			}
			l.Steps = append(l.Steps, step{q.grant(&x), x.Until})
			want[name] = l
		}
		return want
	})
}

// Expire lifts what has ended, by the leases alone: it needs no agent, and does nothing beside one. It returns how
// the clock of the boot will stand when something ends next, or 0. What cannot be lifted is an error, and
// is tried again by the next call.
func (q *quotas) Expire(ctx context.Context, now evenkeel.Moment) (next evenkeel.Moment, err error) {
	err = q.change(ctx, now, func(had map[string]lease) map[string]lease {
		want := map[string]lease{}
		for name, l := range had {
			kept := lease{Was: l.Was}
			for _, s := range l.Steps {
				if s.Ends > now {
					kept.Steps = append(kept.Steps, s)
					next = sooner(next, s.Ends)
				}
			}
			if len(kept.Steps) > 0 {
				want[name] = kept
			}
		}
		return want
	})
	return next, err
}

// sooner is the first of two ends, where 0 is none.
func sooner(a, b evenkeel.Moment) evenkeel.Moment {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func (q *quotas) change(ctx context.Context, now evenkeel.Moment, next func(map[string]lease) map[string]lease) error {
	return q.leases.change(terms[lease]{
		next: func(had map[string]lease) (map[string]lease, error) { return next(had), nil },
		both: func(had, want lease) lease {
			all := lease{Was: want.Was, Steps: append([]step(nil), want.Steps...)}
			for _, s := range had.Steps {
				if !all.set(s.Quota) {
					all.Steps = append(all.Steps, s)
				}
			}
			return all
		},
		put: func(name string, l, stood lease) (keep bool, err error) {
			is, err := q.of.read(ctx, name)
			if should := l.at(now); err == nil && is != should && (stood.set(is) || !is.within(should)) {
				err = q.of.write(ctx, name, should)
			} // or somebody else made it stricter meanwhile, and it stays so
			switch {
			case gone(err):
				return false, nil
			case err == nil || len(stood.Steps) == len(l.Steps): // Look says of whoever refuses a share
				return true, nil
			}
			return true, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "let go of a share of " + name, Err: err}
		},
		lift: func(name string, l lease) error {
			is, err := q.of.read(ctx, name)
			if err == nil && l.set(is) { // else somebody else has changed it since
				err = q.of.write(ctx, name, l.Was)
			}
			if err == nil || gone(err) {
				return nil
			}
			return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "lift the quota of " + name, Err: err}
		},
	})
}

// Look reads the quota of a guest back.
func (q *quotas) Look(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	return q.look(ctx, r.Quotas(), now, a)
}

func (q *quotas) look(ctx context.Context, list []plan.Quota, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	for _, x := range list {
		if x.Asset != a || x.Until <= now {
			continue
		}
		is, err := q.of.read(ctx, q.named(&x))
		if err != nil {
			return Seen{Amiss: q.absent + ": " + err.Error()}, nil
		}
		want := q.grant(&x)
		if !is.within(want) {
			return Seen{Amiss: fmt.Sprintf("its quota is %s; expected %s", is, want)}, nil
		}
		return Seen{Says: fmt.Sprintf("its quota is read back as %s, %s of %d CPUs", is, x.Share, x.CPUs)}, nil
	}
	return Seen{Amiss: "no share of CPUs is ordered"}, nil
}

// bandwidth is what one may use: of each period so much, both in µs.
type bandwidth struct {
	Quota  int64 `json:"quota"` // unlimited: all
	Period int64 `json:"period"`
}

const unlimited = -1

// period is what a quota is a part of, in µs: at 1 % of one CPU the quota is the least that the kernel takes.
const period = 100_000

// leastQuota is what the kernel and libvirt take at least, in µs.
const leastQuota = 1000

// String writes it as version 2 of control groups does.
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

// grant is a share as bandwidth.
func (q *quotas) grant(x *plan.Quota) bandwidth {
	cpus := int64(x.CPUs)
	if q.each {
		cpus = 1
	}
	return bandwidth{max(period*cpus*int64(x.Share)/int64(plan.Whole), leastQuota), period}
}

// gone says whether an error means that nobody is there any more.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }
