//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// Kernel is the programs and tables of this host. Its methods may be called by several goroutines.
type Kernel struct {
	options   Options
	dir       string   // of pins; empty where nothing is pinned
	lock      *os.File // held while the process lives
	objects   ekObjects
	notes     []string
	leftovers []port.Leftover
	unmap     func() error
	cpus      int
	names     []string // of the programs, as the kernel tells them
	tcx       port.Feature

	mu     sync.Mutex
	ports  []ekEkPort // the table itself, shared with the programs
	taken  map[port.Slot]*attachment
	freed  map[port.Slot]uint64 // when a slot was let go of last, by the boot clock
	guard  port.Guard
	last   map[port.Slot]*totals
	talked map[port.Slot]*talks
	seen   []ekEkSeen // of some ports and all CPUs, for reading

	flowBits flowBits

	samplesMu sync.Mutex // over what follows; it is taken alone
	ring      *ringbuf.Reader
	record    ringbuf.Record
}

// attachment is a port at which programs hang.
type attachment struct {
	port.Attached
	guest port.Guest
	rules port.Rules
	drops map[dropKey]uint64 // what is in the tables of flows, and until when
	links []link.Link

	filter bool     // of tc, which no link holds
	space  *os.File // where the port is; nil: in this process's network namespace, or not known
}

// Open loads the programs, and takes over what an earlier process left pinned in the folder: its ports
// go on as they are. What cannot be explained is removed, and told by Leftovers.
func Open(o Options) (*Kernel, error) {
	if err := checkGuard(o.Guard); err != nil {
		return nil, err
	}
	k := &Kernel{options: o, taken: map[port.Slot]*attachment{}, freed: map[port.Slot]uint64{}, last: map[port.Slot]*totals{}, talked: map[port.Slot]*talks{}, guard: o.Guard}
	if err := k.open(o); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

func (k *Kernel) open(o Options) error {
	var err error
	if k.cpus, err = ebpf.PossibleCPU(); err != nil {
		return fmt.Errorf("count the CPUs: %w", err)
	}
	if err := k.prepare(o); err != nil {
		return err
	}
	if err := k.load(o); err != nil {
		return err
	}
	k.seen = make([]ekEkSeen, readAtOnce*k.cpus)
	if err := k.adopt(o.Dir); err != nil {
		return err
	}
	return k.SetGuard(o.Guard)
}

// Close lets go of programs and tables. What is pinned stays in force until its end.
func (k *Kernel) Close() error {
	errs := []error{k.closeRing()}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, a := range k.taken {
		if k.dir == "" { // nothing outlives the process
			errs = append(errs, k.dropFilter(a))
		}
		if a.space != nil {
			errs = append(errs, a.space.Close())
		}
		for _, l := range a.links {
			errs = append(errs, l.Close())
		}
	}
	k.taken = nil
	if k.unmap != nil {
		errs = append(errs, k.unmap())
		k.ports, k.unmap = nil, nil
	}
	if k.objects.EkPorts != nil {
		errs = append(errs, k.objects.Close())
	}
	if k.lock != nil {
		errs = append(errs, k.lock.Close())
		k.lock = nil
	}
	return errors.Join(errs...)
}

// Ports lists the ports at which programs hang, by slot.
func (k *Kernel) Ports() []port.Attached {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make([]port.Attached, 0, len(k.taken))
	for _, a := range k.taken {
		out = append(out, a.Attached)
	}
	slices.SortFunc(out, func(a, b port.Attached) int { return int(a.Slot) - int(b.Slot) })
	return out
}

// Leftovers tells what was found at the start and removed.
func (k *Kernel) Leftovers() []port.Leftover { return k.leftovers }

// Guest says whose addresses are known at a port.
func (k *Kernel) Guest(s port.Slot) (port.Guest, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, err := k.at(s)
	if err != nil {
		return port.Guest{}, err
	}
	return a.guest, nil
}

// Rules reads back what is in force at a port, drops included, even if an earlier process put it there.
func (k *Kernel) Rules(s port.Slot) (port.Rules, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, err := k.at(s)
	if err != nil {
		return port.Rules{}, err
	}
	_, r := decode(k.inForce(s))
	r.Drops = listDrops(a.drops)
	return r, nil
}

func (k *Kernel) at(s port.Slot) (*attachment, error) {
	a := k.taken[s]
	if a == nil {
		return nil, fmt.Errorf("no port has the slot %d", s)
	}
	return a, nil
}

// inForce are the rules that the program reads now.
func (k *Kernel) inForce(s port.Slot) *ekEkRules {
	p := &k.ports[s]
	return &p.Rules[p.Active&1]
}

// Features says what this kernel can do, by trying.
func (k *Kernel) Features() []port.Feature {
	loaded := port.Feature{Name: "programs and tables", Answer: port.Yes}
	clock := port.Feature{Name: "boot clock in programs", Answer: port.Yes}
	if len(k.notes) > 0 {
		clock.Answer, clock.Why = port.No, k.notes[0]
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return []port.Feature{loaded, clock, k.tcx}
}
