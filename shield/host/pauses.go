package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/host/internal/kernel"
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
	virt  Hypervisor
	path  string
	clock Clock
}

// NewPauses takes the hypervisor, and the file of the leases.
func NewPauses(virt Hypervisor, leases string, clock Clock) *Pauses {
	return &Pauses{virt, leases, clock}
}

// Name is pause.
func (p *Pauses) Name() string { return "pause" }

// Can is Machine.
func (p *Pauses) Can() plan.Can { return plan.Can{Machine: true} }

// paused is one guest that this pauses, and until when, since boot. Whoever was paused already when its
// order came is not this one's to let go on.
type paused struct {
	Guest string          `json:"guest"`
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
				want[x.Domain] = paused{Guest: x.Domain, Ends: max(x.Until, want[x.Domain].Ends)}
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
				if next == 0 || x.Ends < next {
					next = x.Ends
				}
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

// change brings guests from what the leases say to what they will say. What will be is on the disk before a
// guest is touched, and what is over leaves the disk when its guest goes on, so that whenever this
// ends a keeper can let go. An error about one guest stops nothing about the others.
func (p *Pauses) change(ctx context.Context, next func(map[string]paused) map[string]paused) (err error) {
	lock, err := os.OpenFile(p.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fileError("open the lock of the pauses", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := kernel.LockWaiting(lock); err != nil {
		return fileError("lock the pauses", err)
	}
	had, err := p.read()
	if err != nil {
		return err
	}
	want := next(had)
	var failed error
	fail := func(what, name string, err error) {
		failed = errors.Join(failed, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: what + " guest " + name, Err: err,
			Hint: "see whether the hypervisor answers; it is tried again",
		})
	}
	pause := map[string]bool{} // who runs, and is to be paused
	for name, x := range want {
		before, ours := had[name]
		is, off, err := p.virt.Paused(ctx, name)
		switch {
		case err != nil:
			fail("ask about", name, err)
		case ours:
			x.Found = before.Found && is // whoever was let go on meanwhile, and is paused anew, is this one's
		default:
			x.Found = is && !off
		}
		want[name] = x
		pause[name] = err == nil && !is && !off
	}
	all := map[string]paused{}
	for _, list := range []map[string]paused{had, want} {
		for name, x := range list {
			all[name] = x
		}
	}
	if len(all) > 0 || len(had) > 0 {
		if err := p.write(all); err != nil {
			return err
		}
	}
	for name := range want {
		if !pause[name] {
			continue // it is paused, or waits: Look says so
		}
		if err := p.virt.Pause(ctx, name); err != nil {
			fail("pause", name, err)
		}
	}
	for name, x := range had {
		if _, still := want[name]; still || x.Found {
			continue
		}
		if is, _, err := p.virt.Paused(ctx, name); err == nil && !is {
			continue
		}
		if err := p.virt.Resume(ctx, name); err != nil {
			fail("let go on", name, err)
			want[name] = x // it is tried again
		}
	}
	if len(all) > 0 || len(had) > 0 {
		err = p.write(want)
	}
	return errors.Join(failed, err)
}

type pausePage struct {
	Boot   string   `json:"boot"`
	Pauses []paused `json:"pauses"`
}

// read returns those of this boot: no guest is paused across one.
func (p *Pauses) read() (map[string]paused, error) {
	all := map[string]paused{}
	b, err := readBounded(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, fileError("read the pauses", err)
	}
	var page pausePage
	if wrong := unstamp(b, &page); wrong != nil {
		aside, err := setAside(p.path, b)
		if err != nil {
			return nil, err
		}
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("the leases of pauses were damaged and are set aside as %s", aside), Err: wrong,
			Hint: "look which guests are paused that nobody paused on purpose, and let them go on",
		}
	}
	if page.Boot != p.clock.BootID {
		return all, nil
	}
	for _, x := range page.Pauses {
		all[x.Guest] = x
	}
	return all, nil
}

func (p *Pauses) write(all map[string]paused) error {
	page := pausePage{Boot: p.clock.BootID}
	for _, name := range sorted(all) {
		page.Pauses = append(page.Pauses, all[name])
	}
	b, err := stamp(&page)
	if err == nil {
		err = whole.Write(p.path, b, 0o600)
	}
	if err != nil {
		return fileError("write the pauses", err)
	}
	return nil
}
