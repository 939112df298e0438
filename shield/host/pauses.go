package host

import (
	"context"
	"errors"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Hypervisor is what pauses guests, by their names there; instrument/hypervisor is one. There is no
// word here for ending a guest.
type Hypervisor interface {
	// Paused says whether a guest is paused, and whether it is off. One that is not there is off.
	Paused(ctx context.Context, guest string) (paused, off bool, err error)
	Pause(ctx context.Context, guest string) error
	Resume(ctx context.Context, guest string) error
}

// Pauses stops the CPUs of guests: memory, disks and connections stay. No pause ends in a kernel, so each has its
// lease in a file, by which a keeper that knows nothing else lets the guest go on (Expire).
type Pauses struct {
	virt   Hypervisor
	leases leases[paused]
}

// NewPauses takes the hypervisor, and the file of the leases.
func NewPauses(virt Hypervisor, file string, clock Clock) *Pauses {
	return &Pauses{virt, leases[paused]{file, clock, "pauses", "look which guests are paused that nobody paused on purpose, and let them go on"}}
}

// Name is pause.
func (p *Pauses) Name() string { return "pause" }

// Can is Machine.
func (p *Pauses) Can() plan.Can { return plan.Can{Machine: true} }

// paused is one guest that this pauses, and until when, since boot. Whoever was paused already when its
// order came is not this one's to let go on.
type paused struct {
	Ends  evenkeel.Moment `json:"ends"`
	Found bool            `json:"found,omitempty"` // it was paused already
}

// Swap pauses whoever is to be paused now, and lets go on whom it paused before and who is not. A guest that was
// started again meanwhile is paused again. One that is off waits.
func (p *Pauses) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	return p.change(ctx, func(map[string]paused) map[string]paused {
		want := map[string]paused{}
		for _, x := range r.Pauses() {
			if x.Until > now {
				want[x.Domain] = paused{Ends: max(x.Until, want[x.Domain].Ends)}
			}
		}
		return want
	})
}

// Expire lets go on whoever's time is over, by the leases alone: it needs no agent, and does nothing beside one.
// It returns how the clock of the boot will stand when something ends next, or 0.
func (p *Pauses) Expire(ctx context.Context, now evenkeel.Moment) (next evenkeel.Moment, err error) {
	err = p.change(ctx, func(had map[string]paused) map[string]paused {
		want := map[string]paused{}
		for name, x := range had {
			if x.Ends > now {
				want[name] = x
				next = sooner(next, x.Ends)
			}
		}
		return want
	})
	return next, err
}

// Look asks whether a guest is paused.
func (p *Pauses) Look(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	for _, x := range r.Pauses() {
		if x.Asset != a || x.Until <= now {
			continue
		}
		switch is, off, err := p.virt.Paused(ctx, x.Domain); {
		case err != nil:
			return Seen{}, err
		case off:
			return Seen{Amiss: "it is off, and will be paused when it is started"}, nil
		case !is:
			return Seen{Amiss: "it runs; expected it to be paused"}, nil
		}
		return Seen{Says: "it is paused, with its memory and disks"}, nil
	}
	return Seen{Amiss: "no pause is ordered"}, nil
}

func (p *Pauses) change(ctx context.Context, next func(map[string]paused) map[string]paused) error {
	wrong := func(what, name string, err error) error {
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: what + " guest " + name, Err: err,
			Hint: "see whether the hypervisor answers; it is tried again",
		}
	}
	runs := map[string]bool{} // who runs, and is to be paused
	return p.leases.change(terms[paused]{
		next: func(had map[string]paused) (map[string]paused, error) {
			want := next(had)
			var failed error
			for _, name := range sorted(want) {
				x := want[name]
				before, ours := had[name]
				is, off, err := p.virt.Paused(ctx, name)
				switch {
				case err != nil:
					failed = errors.Join(failed, wrong("ask about", name, err))
					if x.Found = before.Found; !ours {
						delete(want, name) // whether somebody else paused it is not known, and it would be let go on
						continue
					}
				case ours:
					x.Found = before.Found && is // whoever was let go on meanwhile, and is paused anew, is this one's
				default:
					x.Found = is && !off
				}
				want[name] = x
				runs[name] = err == nil && !is && !off
			}
			return want, failed
		},
		both: func(_, want paused) paused { return want },
		put: func(name string, _, _ paused) (keep bool, err error) {
			if !runs[name] {
				return true, nil // it is paused, or waits: Look says so
			}
			if err := p.virt.Pause(ctx, name); err != nil {
				return true, wrong("pause", name, err)
			}
			return true, nil
		},
		lift: func(name string, x paused) error {
			if x.Found {
				return nil
			}
			if is, _, err := p.virt.Paused(ctx, name); err == nil && !is {
				return nil
			}
			if err := p.virt.Resume(ctx, name); err != nil {
				return wrong("let go on", name, err)
			}
			return nil
		},
	})
}
