//go:build linux

package kernel

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// flowBits are the bits of destinations to which flows of some port are dropped, as ek_flow_bitmap holds them: a packet
// to another destination needs no look at the tables of flows. A bit that is set for nothing costs such a look; one that
// is missing would let pass what is to be dropped, so bits are set before what needs them and taken away after it.
type flowBits struct {
	words  []uint64       // shared with the programs
	counts map[uint32]int // how many entries need each bit that is set
}

// bitOf is the bit of a destination at a port, which hashes with a seed of its own.
func bitOf(d dropKey, seed uint64) uint32 {
	return uint32(hash(d.to.Addr(), seed)>>30) % (8 * uint32(unsafe.Sizeof(ekEkFlowBits{})))
}

func (f *flowBits) add(bit uint32) {
	if f.counts[bit]++; f.counts[bit] == 1 {
		atomic.OrUint64(&f.words[bit/64], 1<<(bit%64))
	}
}

func (f *flowBits) remove(bit uint32) {
	if f.counts[bit]--; f.counts[bit] <= 0 {
		delete(f.counts, bit)
		atomic.AndUint64(&f.words[bit/64], ^(1 << (bit % 64)))
	}
}

// mapFlowBits maps the bitmap into memory, with what an earlier process left there.
func (k *Kernel) mapFlowBits() error {
	data, err := unix.Mmap(k.objects.EkFlowBitmap.FD(), 0, int(unsafe.Sizeof(ekEkFlowBits{})), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map the bitmap of flows: %w", err)
	}
	k.flowBits = flowBits{(*ekEkFlowBits)(unsafe.Pointer(&data[0])).Bits[:], map[uint32]int{}}
	ports := k.unmap
	k.unmap = func() error {
		k.flowBits.words = nil
		return errors.Join(ports(), unix.Munmap(data))
	}
	return nil
}

// adoptFlowBits leaves the bits that the entries found need, and no other.
func (k *Kernel) adoptFlowBits(found map[uint32]map[dropKey]ekEkDrop) {
	want := make([]uint64, len(k.flowBits.words))
	for slot, entries := range found {
		for d := range entries {
			bit := bitOf(d, k.ports[slot].Seed)
			k.flowBits.counts[bit]++
			want[bit/64] |= 1 << (bit % 64)
		}
	}
	for i, w := range want {
		if atomic.LoadUint64(&k.flowBits.words[i]) != w {
			atomic.StoreUint64(&k.flowBits.words[i], w)
		}
	}
}
