package sqlite

import (
	"sync"

	"modernc.org/libc"
)

// holdMemory keeps blocks of the allocator below SQLite from going back to the system. That
// allocator (modernc.org/memory) takes 64 KB at a time for memory of one size, and gives them back
// once nothing in them is used: of what each statement takes and frees, each time. To give memory
// back stops all other threads of a process, and so a statement of 5 µs took 50.
//
// Held are a block of each size, and where few fit into one, a megabyte of them: 4 MB in all. Should
// the allocator work in another way one day, that is held in vain, and nothing else is wrong.
var holdMemory = sync.OnceFunc(func() {
	const block, largest = 64 << 10, 16 << 10 // larger memory is not taken out of blocks
	tls := libc.NewTLS()
	defer tls.Close()
	for size := libc.Tsize_t(16); size <= largest; size <<= 1 {
		count := 1
		if size >= 1<<10 {
			count = 1 << 20 / int(size)
		}
		held := map[uintptr]bool{}
		var surplus []uintptr
		for range count {
			p := libc.Xmalloc(tls, size)
			if of := p / block; held[of] {
				surplus = append(surplus, p)
			} else {
				held[of] = true
			}
		}
		for _, p := range surplus {
			libc.Xfree(tls, p)
		}
	}
})
