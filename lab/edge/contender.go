package edge

import (
	"context"
	"net/netip"
)

// Contender is what stands before the sites.
type Contender interface {
	Name() string
	// Start starts it in a world, and comes back when it takes connections.
	Start(ctx context.Context, w *World) (Started, error)
}

// Started is a contender that runs.
type Started interface {
	Front() []netip.AddrPort // where it is reached: one of IPv4, one of IPv6
	Processes() []int        // those whose processor time and memory count
	Stop() error             // comes back when they have ended
}

// Site is a tenant's site, as a contender is told of it.
type Site struct {
	Name    string // its host name
	Label   string // the same for where only letters and digits may stand
	Backend netip.AddrPort
	Workers int // how many requests it works on at once
}

// Twice is twice as many as the workers: some that are worked on, and as many on their way.
func (s Site) Twice() int { return 2 * s.Workers }

// Setting is what a contender is told; templates of its files have these fields.
type Setting struct {
	Dir         string // its own folder, empty but for its files
	Listen      netip.AddrPort
	Listen6     netip.AddrPort
	Sites       []Site
	Certificate string // file: the certificate of all sites, with that of who signed it
	Key         string // file: its key
	Pair        string // file: both in one
	CA          string // file: what is trusted
}
