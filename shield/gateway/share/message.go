package share

import (
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// Bounds of what is said and heard.
const (
	MaxEdges   = 16       // of a fleet
	MaxName    = 64       // bytes of an edge's name
	MaxMessage = 96 << 10 // bytes
	MaxSeeds   = challenge.MaxSeeds
	MaxWeight  = 1000

	// What one message holds of each at most; more goes into another.
	MaxSites  = 1 << 9
	MaxUsed   = 1 << 10
	MaxBans   = 512
	MaxStops  = 256
	MaxPasses = 1 << 11

	mostAge   = 24 * time.Hour // that anything said has, or still lasts
	mostParts = 1_000_000      // in which an edge says its part of the whole
)

// Message is what one edge says at once. Each message stands for itself.
type Message struct {
	Life   uint64        // when the edge began, in ms since 1970 by its clock: a later life is another edge of that name
	Seq    uint64        // of the message in that life, from 1
	Beat   uint64        // how many seconds of sites it had weighed: what it says of sites is of the last of them
	Clock  int64         // of the edge, in ms since 1970; shown, and compared with nothing
	Weight uint16        // 1 to MaxWeight
	Part   float64       // its part of the whole, to a millionth
	Age    time.Duration // since the edge began
	Hears  []string      // names of the edges that it hears; nil: it does not say; its own among them: goodbye, as none hears itself
	Seeds  []uint64      // fingerprints of its seeds; the first signs; said where Hears is

	Sites   []Site
	Used    []Used
	Bans    []Ban
	Pardons []Pardon
	Stops   []Stop
	Passes  []Pass
}

// Key stands for a site, by its id. Two of 20,000 sites have one key with a probability of 10⁻¹¹.
type Key uint64

// KeyOf returns the key of a site's id.
func KeyOf(id string) Key {
	h := keyed
	h.String(id)
	return Key(h.Sum())
}

var keyed = siphash.New(siphash.Key([]byte("evenkeel/sites/1")))

// Site is where a site stands at an edge, and what came to it there within a second.
type Site struct {
	Key   Key
	Stage stage.Stage
	Tally stage.Tally
	Spent stage.Cost // what absorbing took within the hour, as the edge knows it of all edges
}

// Used is an answer to a challenge that was used at a site.
type Used struct {
	Key  Key
	Used challenge.Used
}

// Ban is an address that is refused at a site for a time still.
type Ban struct {
	Key  Key
	From netip.Addr
	Left time.Duration
}

// Pardon is an address that somebody let in again, so long ago.
type Pardon struct {
	From netip.Addr
	Ago  time.Duration
}

// Stop is what the operator said last of a site: that it is stopped for a time still, or, with 0, that it is not. Of two the one
// with the greater Stamp was said last.
type Stop struct {
	Key   Key
	Stamp uint64
	Left  time.Duration
}

// Pass is how often passes were used that share a place at a site, since it was told last.
type Pass struct {
	Key  Key
	Cell uint16
	Uses uint16
}
