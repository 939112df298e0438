package backoff

import (
	"encoding/binary"
	"time"

	"github.com/evenkeel/evenkeel/instrument/siphash"
)

// Pause returns how long to wait after so many attempts came to nothing: first, then twice as
// long each time, up to most. Up to half of it is left out by lot, so that what failed together
// does not come back together; the lot is drawn from seed, id and attempts alone.
func Pause(first, most time.Duration, seed uint64, id string, attempts int) time.Duration {
	pause := first
	for i := 1; i < attempts && pause < most; i++ {
		pause *= 2
	}
	pause = min(pause, most)
	var key siphash.Key
	binary.LittleEndian.PutUint64(key[:], seed)
	h := siphash.New(key)
	h.String(id)
	h.Uint64(uint64(attempts))
	return pause - time.Duration(h.Sum()%(uint64(pause/2)+1))
}
