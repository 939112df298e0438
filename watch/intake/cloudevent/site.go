package cloudevent

import (
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

const (
	maxPath  = 256
	mostTook = int64(24 * time.Hour / time.Microsecond)
	mostSite = 1 << 53 // of a count: what every JSON reader has exactly
	// mostSince is how long an interval of a site may be: what is older than that is no telemetry.
	mostSince = time.Hour
)

// siteCounts are the counts of a site by the names of an event's fields.
var siteCounts = [...]struct {
	name string
	part evenkeel.Part
	of   func(*visits.Counts) *uint64
}{
	{"visits", evenkeel.PartVisits, func(c *visits.Counts) *uint64 { return &c.Visits }},
	{"passed", evenkeel.PartPassed, func(c *visits.Counts) *uint64 { return &c.Passed }},
	{"failed", evenkeel.PartFailed, func(c *visits.Counts) *uint64 { return &c.Failed }},
	{"wanted", evenkeel.PartWanted, func(c *visits.Counts) *uint64 { return &c.Wanted }},
	{"served", evenkeel.PartServed, func(c *visits.Counts) *uint64 { return &c.Served }},
	{"asked", evenkeel.PartAsked, func(c *visits.Counts) *uint64 { return &c.Asked }},
	{"solved", evenkeel.PartSolved, func(c *visits.Counts) *uint64 { return &c.Solved }},
	{"refused", evenkeel.PartRefused, func(c *visits.Counts) *uint64 { return &c.Refused }},
	{"turned", evenkeel.PartTurned, func(c *visits.Counts) *uint64 { return &c.Turned }},
	{"edge_ms", evenkeel.PartEdgeTime, func(c *visits.Counts) *uint64 { return &c.EdgeTime }},
	{"backend_ms", evenkeel.PartBackendTime, func(c *visits.Counts) *uint64 { return &c.BackendTime }},
	{"saved_ms", evenkeel.PartSavedTime, func(c *visits.Counts) *uint64 { return &c.SavedTime }},
	{"bytes", evenkeel.PartSiteBytes, func(c *visits.Counts) *uint64 { return &c.Bytes }},
	{"filter_s", evenkeel.PartAtFilter, func(c *visits.Counts) *uint64 { return &c.AtFilter }},
	{"cookie_s", evenkeel.PartAtCookie, func(c *visits.Counts) *uint64 { return &c.AtCookie }},
	{"proof_s", evenkeel.PartAtProof, func(c *visits.Counts) *uint64 { return &c.AtProof }},
	{"queue_s", evenkeel.PartAtQueue, func(c *visits.Counts) *uint64 { return &c.AtQueue }},
	{"page_s", evenkeel.PartAtPage, func(c *visits.Counts) *uint64 { return &c.AtPage }},
}

func siteFields() (out []field) {
	for _, c := range siteCounts {
		out = append(out, field{name: c.name, form: formCount, most: mostSite})
	}
	return out
}

// addSite adds the readings of a site in an interval, one for each count that is told. Their identities are over source, asset, count and
// time, and not over the event's id.
func addSite(b *evenkeel.Batch, h head, v *values) error {
	since := v.moment("since")
	if long := h.at.Sub(since); long <= 0 || long > mostSince {
		return evenkeel.Invalid("data.since is %v; expected a time before the event's, by %s at most, which is %v", since, mostSince, h.at)
	}
	var c visits.Counts
	told := map[evenkeel.Part]bool{}
	for _, x := range siteCounts {
		i := v.index(x.name)
		told[x.part] = v.told[i]
		*x.of(&c) = uint64(v.counts[i])
	}
	n := len(b.Records)
	visits.New(h.key, h.source).CountSome(b, v.asset("asset"), since, h.at, &c, func(p evenkeel.Part) bool { return told[p] })
	if len(b.Records) == n {
		return evenkeel.Invalid("data has no count; expected one at least, such as visits")
	}
	return nil
}

// addRequest adds one request of many.
func addRequest(b *evenkeel.Batch, h head, v *values) error {
	q := evenkeel.Request{
		At: h.at, ID: h.id, Asset: v.asset("asset"), Path: v.text("path"), Client: v.text("client"), Network: v.text("network"), Country: v.text("country"),
		Did: v.text("did"), Status: uint8(v.count("status") / 100), Took: time.Duration(v.count("took_us")) * time.Microsecond, Bytes: v.count("bytes"), Of: max(1, v.count("of")),
	}
	if q.Network != "" {
		n, err := netip.ParsePrefix(q.Network)
		most := 48
		if n.Addr().Is4() {
			most = 24
		}
		if err != nil || n.Bits() > most || n != n.Masked() {
			return evenkeel.Invalid("data.network is %.60q; expected a network and no address: at most 24 bits of an IPv4 address or 48 of an IPv6 address, such as 192.0.2.0/24", q.Network)
		}
	}
	if c := q.Country; c != "" && (len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z') {
		return evenkeel.Invalid("data.country is %.10q; expected two capital letters of ISO 3166, such as DE", c)
	}
	b.AddRequest(q)
	return nil
}
