package visits

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// Counts is what came to one site at one edge in an interval. Requests, where nothing else is said; what each means is said
// at the part of evenkeel.MeterSite that has its name.
type Counts struct {
	Visits, Passed, Failed, Wanted, Served, Asked, Solved, Refused, Turned uint64

	EdgeTime, BackendTime, SavedTime uint64 // milliseconds
	Bytes                            uint64 // sent to visitors

	AtFilter, AtCookie, AtProof, AtQueue, AtPage uint64 // seconds at that stage
}

// parts are in the order in which they are told.
var parts = [...]struct {
	part  evenkeel.Part
	value func(*Counts) uint64
}{
	{evenkeel.PartVisits, func(c *Counts) uint64 { return c.Visits }},
	{evenkeel.PartPassed, func(c *Counts) uint64 { return c.Passed }},
	{evenkeel.PartFailed, func(c *Counts) uint64 { return c.Failed }},
	{evenkeel.PartWanted, func(c *Counts) uint64 { return c.Wanted }},
	{evenkeel.PartServed, func(c *Counts) uint64 { return c.Served }},
	{evenkeel.PartAsked, func(c *Counts) uint64 { return c.Asked }},
	{evenkeel.PartSolved, func(c *Counts) uint64 { return c.Solved }},
	{evenkeel.PartRefused, func(c *Counts) uint64 { return c.Refused }},
	{evenkeel.PartTurned, func(c *Counts) uint64 { return c.Turned }},
	{evenkeel.PartEdgeTime, func(c *Counts) uint64 { return c.EdgeTime }},
	{evenkeel.PartBackendTime, func(c *Counts) uint64 { return c.BackendTime }},
	{evenkeel.PartSavedTime, func(c *Counts) uint64 { return c.SavedTime }},
	{evenkeel.PartSiteBytes, func(c *Counts) uint64 { return c.Bytes }},
	{evenkeel.PartAtFilter, func(c *Counts) uint64 { return c.AtFilter }},
	{evenkeel.PartAtCookie, func(c *Counts) uint64 { return c.AtCookie }},
	{evenkeel.PartAtProof, func(c *Counts) uint64 { return c.AtProof }},
	{evenkeel.PartAtQueue, func(c *Counts) uint64 { return c.AtQueue }},
	{evenkeel.PartAtPage, func(c *Counts) uint64 { return c.AtPage }},
}

// Records is how many records Count appends.
const Records = len(parts)

// Meter makes records of what one edge counts.
type Meter struct {
	ids intake.Identities
}

// New makes a Meter of an edge, under the key of whoever takes the records (intake.NewIdentities).
func New(key siphash.Key, source string) *Meter {
	return &Meter{intake.NewIdentities(key, source)}
}

// Count appends the records of a site in [from, until). Intervals of a site come in order and do not overlap.
func (m *Meter) Count(b *evenkeel.Batch, site evenkeel.AssetID, from, until evenkeel.Moment, c *Counts) {
	m.CountSome(b, site, from, until, c, func(evenkeel.Part) bool { return true })
}

// CountSome is Count of somebody who does not count everything: parts that were not counted are unknown, and no records.
func (m *Meter) CountSome(b *evenkeel.Batch, site evenkeel.AssetID, from, until evenkeel.Moment, c *Counts, counted func(evenkeel.Part) bool) {
	for i := range parts {
		p := &parts[i]
		if !counted(p.part) {
			continue
		}
		h := m.ids.Line(string(site), "site", uint64(p.part))
		u := evenkeel.Usage{
			At: until, Since: from, Asset: site, Meter: evenkeel.MeterSite, Part: p.part, Form: evenkeel.FormDelta, Line: h.Sum(), Value: float64(p.value(c)),
		}
		u.ID = m.ids.Point(u.Line, u.At)
		b.AddUsage(u)
	}
}
