//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// version names the pins of this layout. A change of what lies in the maps takes another one.
const version = "evenkeel-port-4"

// ErrHeld is the error where something stands in the folder of pins that this process cannot take over.
var ErrHeld = errors.New("what is pinned there is not this agent's")

// indexes is the number of places for interface numbers, which are taken modulo it.
const indexes = 65536

// Options says where programs and maps are pinned, and how much may be kept.
type Options struct {
	Dir          string // below a bpffs; where it is empty nothing outlives the process
	Ports        int    // at most so many ports; 0 is 1,024
	Flows        int    // entries of flows to be dropped, of all ports; a flow takes two, one for its fragments; 0 is 262,144
	Destinations int    // with limits of their own; 0 is 65,536
	Ring         int    // bytes of the ring of samples, a power of two; 0 is 512 KiB
	Guard        port.Guard
	Stratum      bool // looks at the first payload of conversations, and tells whether it is Stratum; else no byte behind headers is read
	XDP          bool // sees what guests send at XDP even where TCX is to be had

	clock uint32 // 3: a test's
	noTCX error  // as if the kernel had refused TCX
}

func (o Options) ports() uint32        { return pick(o.Ports, 1024) }
func (o Options) flows() uint32        { return pick(o.Flows, 262144) }
func (o Options) destinations() uint32 { return pick(o.Destinations, 65536) }
func (o Options) ring() uint32         { return pick(o.Ring, 1<<19) }

func pick(n, otherwise int) uint32 {
	if n <= 0 {
		return uint32(otherwise)
	}
	return uint32(n)
}

// spec is the collection with its sizes set.
func (o Options) spec() (*ebpf.CollectionSpec, error) {
	spec, err := loadEk()
	if err != nil {
		return nil, fmt.Errorf("read the programs that come with this one: %w", err)
	}
	spec.Maps["ek_counts"].MaxEntries = o.ports()
	spec.Maps["ek_ports"].MaxEntries = o.ports()
	spec.Maps["ek_flows4"].MaxEntries = o.flows()
	spec.Maps["ek_flows6"].MaxEntries = o.flows()
	spec.Maps["ek_destinations"].MaxEntries = o.destinations()
	spec.Maps["ek_samples"].MaxEntries = o.ring()
	if o.Dir != "" {
		for _, name := range pinned {
			spec.Maps[name].Pinning = ebpf.PinByName
		}
	}
	if err := spec.Variables["ek_clock"].Set(o.clock); err != nil {
		return nil, fmt.Errorf("choose the clock: %w", err)
	}
	return spec, nil
}

// pinned are the maps that outlive the process.
var pinned = []string{
	"ek_indexes", "ek_counts", "ek_ports", "ek_flows4", "ek_flows6", "ek_flow_bitmap", "ek_destinations", "ek_guard", "ek_guard_bits", "ek_samples",
}

// Bytes is how much memory the maps take at most for n ports on so many CPUs, without what the kernel
// spends on lists and pages. The tables of flows take theirs only as they fill.
func (o Options) Bytes(cpus int) int {
	const (
		element = 48 // of a hash table, before key and value
		bucket  = 16 // of a hash table
	)
	ports := int(o.ports())
	hash := func(n uint32, key, value uintptr) int { return int(n) * (element + int(key+value) + bucket) }
	return indexes*8 +
		ports*cpus*int(unsafe.Sizeof(ekEkSeen{})) +
		ports*int(unsafe.Sizeof(ekEkPort{})) +
		int(o.flows())*bucket + // of IPv4: entries are bounded for both families together
		hash(o.flows(), unsafe.Sizeof(ekEkFlow6{}), unsafe.Sizeof(ekEkDrop{})) +
		hash(o.destinations(), unsafe.Sizeof(ekEkDestination{}), unsafe.Sizeof(ekEkBuckets{})) +
		int(unsafe.Sizeof(ekEkFlowBits{})) + int(unsafe.Sizeof(ekEkGuarded{})) + int(o.ring())
}

// load makes the maps, or takes those that are pinned, and loads the programs.
func (k *Kernel) load(o Options) error {
	if err := rlimit.RemoveMemlock(); err != nil {
		return fmt.Errorf("lift the bound on locked memory: %w", err)
	}
	spec, err := o.spec()
	if err != nil {
		return err
	}
	opts := &ebpf.CollectionOptions{Maps: ebpf.MapOptions{PinPath: k.dir}}
	for {
		err = spec.LoadAndAssign(&k.objects, opts)
		clock, _ := nextClock(o.clock)
		if err == nil || clock == o.clock || errors.Is(err, ebpf.ErrMapIncompatible) || errors.Is(err, unix.EPERM) {
			break
		}
		// The helper of one clock may be what was refused; an older one is tried.
		k.notes = append(k.notes, fmt.Sprintf("clock %d was refused: %v", o.clock, err))
		o.clock = clock
		if err := spec.Variables["ek_clock"].Set(clock); err != nil {
			return fmt.Errorf("choose the clock: %w", err)
		}
	}
	if errors.Is(err, ebpf.ErrMapIncompatible) {
		return fmt.Errorf("take the maps pinned in %s: %w: %w; they were made with other sizes: start with the same, or remove that folder, which lifts all that is in force", k.dir, ErrHeld, err)
	}
	if err != nil {
		return fmt.Errorf("load the programs: %w", err)
	}
	for _, p := range []*ebpf.Program{k.objects.EkTcOut, k.objects.EkTcIn, k.objects.EkXdpOut} {
		info, err := p.Info() // asked here, as it is long
		if err != nil {
			return fmt.Errorf("ask what the programs are called: %w", err)
		}
		k.names = append(k.names, info.Name)
	}
	k.ports, k.unmap, err = mapPorts(k.objects.EkPorts, int(o.ports()))
	if err != nil {
		return fmt.Errorf("map the table of ports: %w", err)
	}
	return k.mapFlowBits()
}

func nextClock(c uint32) (uint32, bool) {
	if c < 2 {
		return c + 1, true
	}
	return c, false
}

// mapPorts maps the table of ports into memory, so that rules are swapped and bitmaps taken without calls.
func mapPorts(m *ebpf.Map, n int) ([]ekEkPort, func() error, error) {
	size := n * int(unsafe.Sizeof(ekEkPort{}))
	page := os.Getpagesize()
	data, err := unix.Mmap(m.FD(), 0, (size+page-1)/page*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, err
	}
	return unsafe.Slice((*ekEkPort)(unsafe.Pointer(&data[0])), n), func() error { return unix.Munmap(data) }, nil
}

// Now is ns of the boot clock, which is the clock of all ends.
func Now() uint64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic("the kernel has no boot clock: " + err.Error()) // Linux has it since 2.6.39
	}
	return uint64(t.Nano())
}

// prepare makes the folder of pins and takes it for this process.
func (k *Kernel) prepare(o Options) error {
	if o.Dir == "" {
		return nil
	}
	k.dir = filepath.Join(o.Dir, version)
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of pins: %w", err)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(k.dir, &fs); err != nil {
		return fmt.Errorf("look at the folder of pins: %w", err)
	}
	if uint32(fs.Type) != unix.BPF_FS_MAGIC {
		return fmt.Errorf("%s is on no bpffs; expected a folder below one, such as one under /sys/fs/bpf", o.Dir)
	}
	var err error
	if k.lock, err = os.Open(k.dir); err != nil {
		return fmt.Errorf("open the folder of pins: %w", err)
	}
	if err := unix.Flock(int(k.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("take the folder of pins %s: %w: %w; another agent runs with it", k.dir, ErrHeld, err)
	}
	return nil
}
