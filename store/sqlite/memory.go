package sqlite

import (
	"sync"
	"sync/atomic"

	"modernc.org/libc"
)

// The allocator below SQLite (modernc.org/memory) takes 64 KB at a time for memory of one size, and
// gives such a block back to the system once nothing in it is used: where all others are full, each
// time that a statement ends, of what it took. To take and to give back stops all other threads of
// the process, and so a statement of 5 µs takes 50, or, where the processor has others to run, 500.
//
// So some memory of each size is kept free in blocks that are held by one piece each. What SQLite
// remembers of the file fills such blocks for good, and the more it remembers, the more of them: that
// enough is free is asked again and again, and more is held where it is not. A held block is never
// given back: at most one eighth of what was ever in use at once is held beside it.
//
// Should the allocator work in another way one day, that is held in vain, and nothing else is wrong.
const (
	block      = 64 << 10
	smallest   = 16
	largest    = 16 << 10 // larger memory is not taken out of blocks
	atFirst    = 64 << 10 // bytes of each size that are free at the beginning
	slack      = 24       // pieces of each size that are free whenever it is asked
	statements = 512      // of so many, one asks
)

// spare is what is held for all files of the process, as they share the allocator.
var spare struct {
	sync.Mutex
	held map[uintptr]bool // blocks
	free []uintptr
}

// begun counts statements.
var begun atomic.Uint32

// holdMemory has memory of all sizes free.
func holdMemory() {
	for size := libc.Tsize_t(smallest); size <= largest; size <<= 1 {
		hold(size, max(slack, atFirst/int(size)))
	}
}

// keepMemory asks, once in a while, whether as much is free still.
func keepMemory() {
	if begun.Add(1)%statements == 0 {
		for size := libc.Tsize_t(1 << 10); size <= largest; size <<= 1 { // of what is smaller, few pieces fill no block
			hold(size, slack)
		}
	}
}

// hold takes so many pieces of a size, and frees all but one in each block that is not held yet.
func hold(size libc.Tsize_t, pieces int) {
	spare.Lock()
	defer spare.Unlock()
	if spare.held == nil {
		spare.held = map[uintptr]bool{}
	}
	tls := libc.NewTLS()
	defer tls.Close()
	free := spare.free[:0]
	for range pieces {
		p := libc.Xmalloc(tls, size)
		if p == 0 { // there is no more: whoever needs it will say so
			break
		}
		if spare.held[p/block] {
			free = append(free, p)
		} else {
			spare.held[p/block] = true
		}
	}
	for _, p := range free {
		libc.Xfree(tls, p)
	}
	spare.free = free
}
