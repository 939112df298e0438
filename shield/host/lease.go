package host

import (
	"errors"
	"io/fs"
	"os"
	"reflect"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/host/internal/kernel"
)

// leaseFile is what a keeper needs to lift quotas, and nothing else: which group, what it had, and when what
// it has ends. Agent and keeper change it one after the other.
type leaseFile struct {
	path  string
	clock Clock
}

// lease is what one group has, and had before.
type lease struct {
	Group string    `json:"group"`
	Was   bandwidth `json:"was"`
	Steps []step    `json:"steps"` // the strictest ends first
}

type step struct {
	Quota bandwidth       `json:"quota"`
	Ends  evenkeel.Moment `json:"ends"` // since boot
}

// at is what the group should have at a moment.
func (l *lease) at(now evenkeel.Moment) bandwidth {
	b := l.Was
	for _, s := range l.Steps {
		if s.Ends > now && s.Quota.within(b) {
			b = s.Quota
		}
	}
	return b
}

type leases struct {
	Boot   string   `json:"boot"`
	Leases []*lease `json:"leases"`
}

// change makes next of the leases that stand, and the groups what the leases say. What will be is on the disk before a
// group is touched, and what is over leaves the disk after it was lifted: whenever this ends, a
// keeper can lift what stands.
func (f *leaseFile) change(next func(map[string]*lease) (map[string]*lease, error), g *Cgroups, now evenkeel.Moment) (err error) {
	lock, err := os.OpenFile(f.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fileError("open the lock of the leases", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := kernel.LockWaiting(lock); err != nil {
		return fileError("lock the leases", err)
	}
	had, err := f.read()
	if err != nil {
		return err
	}
	want, err := next(had)
	if err != nil {
		return err
	}
	both := map[string]*lease{}
	for name, l := range had {
		both[name] = l
	}
	for name, l := range want {
		both[name] = l
	}
	if !reflect.DeepEqual(both, had) {
		if err := f.write(both); err != nil {
			return err
		}
	}
	for name, l := range want {
		if err := g.write(name, l.at(now)); gone(err) {
			delete(want, name) // its guest is off: Look says so
		}
	}
	var failed error
	for name, l := range had {
		if want[name] != nil {
			continue
		}
		if err := g.lift(l); err != nil {
			failed = errors.Join(failed, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "lift the quota of " + name, Err: err})
			want[name] = l // it is tried again
		}
	}
	if !reflect.DeepEqual(both, want) {
		err = f.write(want)
	}
	return errors.Join(failed, err)
}

// lift gives a group back what it had, unless somebody else has changed what it has since.
func (g *Cgroups) lift(l *lease) error {
	is, err := g.read(l.Group)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, s := range l.Steps {
		if is == s.Quota {
			return g.write(l.Group, l.Was)
		}
	}
	return nil
}

// read returns the leases of this boot. Those of another are void: groups do not outlive a boot. A damaged file is set
// aside, and is an error once.
func (f *leaseFile) read() (map[string]*lease, error) {
	all := map[string]*lease{}
	b, err := readBounded(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, fileError("read the leases", err)
	}
	var page leases
	if wrong := unstamp(b, &page); wrong != nil {
		aside, err := setAside(f.path, b)
		if err != nil {
			return nil, err
		}
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the leases of quotas were damaged and are set aside as " + aside, Err: wrong,
			Hint: "look which groups have a quota that nobody set on purpose, and lift it",
		}
	}
	if page.Boot != f.clock.BootID {
		return all, nil
	}
	for _, l := range page.Leases {
		if l != nil {
			all[l.Group] = l
		}
	}
	return all, nil
}

func (f *leaseFile) write(all map[string]*lease) error {
	page := leases{Boot: f.clock.BootID}
	for _, name := range sorted(all) {
		page.Leases = append(page.Leases, all[name])
	}
	b, err := stamp(&page)
	if err == nil {
		err = whole.Write(f.path, b, 0o600)
	}
	if err != nil {
		return fileError("write the leases", err)
	}
	return nil
}
