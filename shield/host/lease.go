package host

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"reflect"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/host/internal/kernel"
)

// leases is a file of what a keeper needs to lift what one hand put there, and nothing else: who has it, what was there
// before, and when it ends. L is what is kept of one. Agent and keeper change it one after the other.
type leases[L any] struct {
	path  string
	clock Clock
	what  string // of what they are, in errors
	hint  string // what to do where they are damaged
}

type leasePage[L any] struct {
	Boot   string       `json:"boot"`
	Leases map[string]L `json:"leases"`
}

// terms are what a hand does under leases, each by a name of its own.
type terms[L any] struct {
	// next makes those that are to stand of those that stand. Its error is about some of them, and stops nothing.
	next func(had map[string]L) (map[string]L, error)
	// both is one by which either can be lifted.
	both func(had, want L) L
	// put brings about what a lease says, where stood is what is on the disk; without keep there is nobody to have it. After
	// an error what is on the disk stays, and it is tried again.
	put func(name string, l, stood L) (keep bool, err error)
	// lift lets go of it. After an error the lease stays, and it is tried again.
	lift func(name string, l L) error
}

// change brings about what the leases will say. What will be is on the disk before anything is touched, and what
// is over leaves the disk after it was lifted: whenever this ends, a keeper can lift what stands. An
// error about one stops nothing about the others.
func (f *leases[L]) change(t terms[L]) (err error) {
	lock, err := os.OpenFile(f.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fileError("open the lock of the leases of "+f.what, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := kernel.LockWaiting(lock); err != nil {
		return fileError("lock the leases of "+f.what, err)
	}
	had, err := f.read()
	if err != nil {
		return err
	}
	want, failed := t.next(had)
	all := maps.Clone(had)
	for name, l := range want {
		if before, ok := had[name]; ok {
			l = t.both(before, l)
		}
		all[name] = l
	}
	if !reflect.DeepEqual(all, had) {
		if err := f.write(all); err != nil {
			return errors.Join(failed, err)
		}
	}
	for _, name := range sorted(want) {
		keep, err := t.put(name, want[name], all[name])
		switch failed = errors.Join(failed, err); {
		case !keep:
			delete(want, name)
		case err != nil: // what stands may still be of before
			want[name] = all[name]
		}
	}
	for _, name := range sorted(had) {
		if _, still := want[name]; still {
			continue
		}
		if err := t.lift(name, had[name]); err != nil {
			failed = errors.Join(failed, err)
			want[name] = had[name]
		}
	}
	if !reflect.DeepEqual(all, want) {
		err = f.write(want)
	}
	return errors.Join(failed, err)
}

// read returns the leases of this boot. Those of another are void: what they are of does not outlive one. A damaged file
// is set aside, and is an error once.
func (f *leases[L]) read() (map[string]L, error) {
	b, err := readBounded(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]L{}, nil
	}
	if err != nil {
		return nil, fileError("read the leases of "+f.what, err)
	}
	var page leasePage[L]
	if wrong := unstamp(b, &page); wrong != nil {
		aside, err := setAside(f.path, b)
		if err != nil {
			return nil, err
		}
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the leases of " + f.what + " were damaged and are set aside as " + aside, Err: wrong, Hint: f.hint,
		}
	}
	if page.Boot != f.clock.BootID || page.Leases == nil {
		return map[string]L{}, nil
	}
	return page.Leases, nil
}

func (f *leases[L]) write(all map[string]L) error {
	b, err := stamp(&leasePage[L]{f.clock.BootID, all})
	if err == nil {
		err = whole.Write(f.path, b, 0o600)
	}
	if err != nil {
		return fileError("write the leases of "+f.what, err)
	}
	return nil
}
