package hostlink

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Bounds of whose word counts about a guest.
const (
	// Recent is how long a host may still tell of a guest that left it: what its buffer held while there was no link.
	Recent = time.Hour
	// moving is how long the host that had a guest first is believed while another one claims it too, as while the
	// guest moves. After that neither is.
	moving = time.Hour
	// settled is by how much the first claim has to be older to be the first: after a start of control all hosts say at
	// about the same time what they have, and who is quickest proves nothing.
	settled = time.Minute
)

// Why what a host tells of an asset is not believed.
const (
	NotHeld = "it does not say that it holds it"
	Claimed = "another host says that it holds it"
)

// Doubt is why what a host tells of an asset is not believed, and which other host claims it. The zero value: it is.
type Doubt struct{ Why, By string }

// claim is that a host has an asset, or had it lately.
type claim struct {
	host  string
	since time.Time // when it was told first; one that comes back within Recent has it since before
	until time.Time // when it was last gone, or was named only from then on
	has   bool      // at a port, or its files are watched
	named bool      // by the settings alone: no port of the host leads to it
	edge  bool      // it is a site before which an edge stands: others may
}

// gone says whether a claim says nothing any more.
func (c *claim) gone(now time.Time) bool { return !c.has && !c.named && !c.recent(now) }

func (c *claim) recent(now time.Time) bool { return !c.until.IsZero() && now.Sub(c.until) < Recent }

// claims are those of all hosts. They do nothing at once: whoever holds them locks.
type claims struct {
	of map[evenkeel.AssetID][]*claim
	by map[string]map[evenkeel.AssetID]*claim
}

// take notes all that a host, or an edge, claims from now on.
func (x *claims) take(host string, edge bool, has, named []evenkeel.AssetID, now time.Time) {
	if x.by == nil {
		x.of, x.by = map[evenkeel.AssetID][]*claim{}, map[string]map[evenkeel.AssetID]*claim{}
	}
	mine := x.by[host]
	if mine == nil {
		mine = map[evenkeel.AssetID]*claim{}
		x.by[host] = mine
	}
	had := map[evenkeel.AssetID]bool{}
	for a, c := range mine {
		had[a] = c.has
		c.has, c.named, c.edge = false, false, edge
	}
	at := func(a evenkeel.AssetID) *claim {
		c := mine[a]
		if c == nil {
			c = &claim{host: host, since: now, edge: edge}
			mine[a], x.of[a] = c, append(x.of[a], c)
		}
		return c
	}
	for _, a := range named {
		at(a).named = true
	}
	for _, a := range has {
		c := at(a)
		if !had[a] && !c.recent(now) {
			c.since = now
		}
		c.has = true
	}
	left := 0
	for a, c := range mine {
		if had[a] && !c.has {
			c.until = now
		}
		if !c.has && !c.named {
			left++
		}
		if c.gone(now) || left > MaxHolds {
			delete(mine, a)
			x.of[a] = slices.DeleteFunc(x.of[a], func(o *claim) bool { return o == c })
			if len(x.of[a]) == 0 {
				delete(x.of, a)
			}
		}
	}
}

// doubt says why what a host tells of an asset is not believed. What only the settings of a host name counts for less than what
// hangs at a port; edges do not contend with one another; here says of a host that it is not silent.
func (x *claims) doubt(host string, a evenkeel.AssetID, now time.Time, here func(host string) bool) Doubt {
	mine := x.by[host][a]
	if mine == nil || mine.gone(now) {
		return Doubt{Why: NotHeld}
	}
	strong := mine.has || mine.recent(now)
	for _, o := range x.of[a] {
		switch {
		case o == mine, o.edge && mine.edge, !o.has && (strong || !o.named), !here(o.host):
		case o.has == strong && o.since.Sub(mine.since) >= settled && now.Sub(o.since) < moving:
		default:
			return Doubt{Claimed, o.host}
		}
	}
	return Doubt{}
}

// Doubts says of each of some assets why what a host tells of it is not believed. The error, of KindUnavailable, says
// that the host has not told yet since the start of control what it holds: then nobody knows.
func (c *Control) Doubts(host string, all []evenkeel.AssetID) ([]Doubt, error) {
	now := c.o.Now()
	c.presence.mu.Lock()
	defer c.presence.mu.Unlock()
	p := &c.presence
	if p.claims.by[host] == nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "host " + host + " has not said yet what it holds"}
	}
	here := func(h string) bool {
		return c.registry.admitted(h) && now.Sub(p.hosts[h].last) < Silence
	}
	out := make([]Doubt, len(all))
	for i, a := range all {
		out[i] = p.claims.doubt(host, a, now, here)
	}
	return out, nil
}
