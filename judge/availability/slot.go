package availability

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Reading is one part of what came to a site at an edge, in an interval.
type Reading struct {
	Site   evenkeel.AssetID
	Tenant evenkeel.TenantID // that held the site at the time; "" where it is not known
	Edge   uint64            // EdgeOf the source
	At     evenkeel.Moment   // when the interval ended
	Since  evenkeel.Moment   // when it began
	Part   evenkeel.Part
	Value  uint64
	Late   bool // it came too late to count: it says that the edge was there, and no more
}

// EdgeOf tells edges apart by the names of their sources.
func EdgeOf(source string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(source)) // it never fails
	return h.Sum64()
}

// ReadingOf makes a reading of a usage record of an edge; ok is false where it is of no site or counts nothing that can be.
func ReadingOf(u *evenkeel.Usage, edge uint64) (r Reading, ok bool) {
	if u.Meter != evenkeel.MeterSite || u.Form != evenkeel.FormDelta || columnOf(u.Part) < 0 || u.Asset == "" ||
		!(u.Value >= 0 && u.Value < MaxCount) || u.At <= 0 || u.Since >= u.At {
		return r, false
	}
	since := u.Since
	if since <= 0 || u.At.Sub(since) > time.Hour { // an interval that is not said, or cannot be meant, is the second before
		since = u.At.Add(-time.Second)
	}
	return Reading{Site: u.Asset, Edge: edge, At: u.At, Since: since, Part: u.Part, Value: uint64(math.Round(u.Value))}, true
}

// Quarter is how long a slot is: as long as what an edge tells is written in one piece.
const Quarter = 15 * time.Minute

const slotMinutes = int(Quarter / time.Minute)

// SlotOf is when the slot of a moment began.
func SlotOf(m evenkeel.Moment) evenkeel.Moment { return floor(m, evenkeel.Moment(Quarter)) }

// Slot is a quarter of an hour of a site that a tenant held, to which more may be told. An edge's intervals of a site do
// not overlap, so one is told apart by edge, part and the second in which it began: for each, a slot keeps those seconds.
type Slot struct {
	At      evenkeel.Moment // when it began
	minutes [slotMinutes]slotMinute
}

type slotMinute struct {
	sum   Counts
	edges []edgeMinute // by edge
}

// edgeMinute is which intervals of an edge are counted, by part: a bit for each second in which one began.
type edgeMinute struct {
	edge uint64
	seen [Columns]uint64
}

// Add counts a reading, and says whether it was new. One that does not begin in the slot is not.
func (s *Slot) Add(r *Reading) bool {
	i := int(r.Since.Sub(s.At) / time.Minute)
	column := columnOf(r.Part)
	if r.Since < s.At || i >= slotMinutes || column < 0 {
		return false
	}
	m := &s.minutes[i]
	at, known := slices.BinarySearchFunc(m.edges, r.Edge, func(e edgeMinute, edge uint64) int { return cmp.Compare(e.edge, edge) })
	if !known {
		m.edges = slices.Insert(m.edges, at, edgeMinute{edge: r.Edge})
	}
	bit := uint64(1) << (r.Since.Sub(s.At) % time.Minute / time.Second)
	seen := &m.edges[at].seen[column]
	if *seen&bit != 0 {
		return false
	}
	*seen |= bit
	m.sum[column] = plus(m.sum[column], r.Value)
	return true
}

// solvedIn is in how many minutes after the one in which a visitor was asked it counts as served that he did what he was asked.
const solvedIn = 5

// giveBack lets who was asked in one minute and did it in a later one count as served in the first: what was served beyond what was wanted in the
// later one is theirs. Minutes come in order.
func giveBack(minutes []Minute) {
	served := columnOf(evenkeel.PartServed)
	for i := range minutes {
		later := &minutes[i]
		for j := i - 1; j >= 0 && later.At.Sub(minutes[j].At) <= solvedIn*time.Minute; j-- {
			first := &minutes[j]
			n := min(later.Counts[served]-later.Served(), first.Missed(), first.Of(evenkeel.PartAsked))
			later.Counts[served] -= n
			first.Counts[served] += n
		}
	}
}

// Minutes are those of which anything was told, in order.
func (s *Slot) Minutes() (out []Minute) {
	for i := range s.minutes {
		if m := &s.minutes[i]; len(m.edges) > 0 {
			out = append(out, Minute{At: s.At.Add(time.Duration(i) * time.Minute), Counts: m.sum})
		}
	}
	giveBack(out)
	return out
}
