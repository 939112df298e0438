package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/fleet"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// dirHosts has which hosts may connect, and what they know us by.
const dirHosts = "hosts"

// hostsName is what receipts call all hosts together.
const hostsName = "hosts"

// hostsParallel is how many orders may be on their way to hosts: one that is silent holds up the others for as long as
// it is waited for.
const hostsParallel = 64

// hosts are the agents on hosts: they bring records, and carry orders out.
type hosts struct {
	*fleet.Fleet
	link   *hostlink.Control
	orders *Orders
	take   func(context.Context, *evenkeel.Batch) error // nil: nothing is taken in yet
	books  shelf                                        // nil: none are open yet
	// tenantOf is who holds an asset now, by the inventory; nil: there is none yet.
	tenantOf func(evenkeel.AssetID) (evenkeel.TenantID, bool)
	log      *slog.Logger
	came     chan struct{} // a host was heard; it has room for one
	stood    stood
	doubts   doubts
	// doubt says why what a host tells of assets is not believed, such as hostlink.Control.Doubts.
	doubt func(host string, all []evenkeel.AssetID) ([]hostlink.Doubt, error)
}

var _ hostlink.Outbox = (*hosts)(nil)

// newHosts returns them as they are declared. Nobody can connect yet.
func newHosts(d *config.Document, now func() evenkeel.Moment, log *slog.Logger) *hosts {
	c, x := d.Carrier(), &hosts{log: log, stood: newStood(), came: make(chan struct{}, 1)}
	x.Fleet = fleet.New(shield.Means{Measures: c.Carries(), Declared: len(c.Keeps) > 0, Keeps: c.Keeps, Destroys: c.Destroys, Key: "hosts.keeps"}, now, fleet.Options{
		Name: hostsName, ProofFor: c.ProofFor, Books: hostsBooks{x},
	})
	return x
}

// listen lets hosts connect. What they bring stays with them until run.
func (x *hosts) listen(ctx context.Context, dir string, c *config.Hosts, now func() time.Time) (err error) {
	x.link, err = hostlink.Open(ctx, hostlink.Options{
		Dir: filepath.Join(dir, dirHosts), Listen: c.Listen, Addresses: c.Addresses, Now: now, Logger: x.log, Heard: x.heard, Stands: x.stood.say,
	})
	if err == nil {
		x.doubt = x.link.Doubts
		x.Open(roster{x})
	}
	return err
}

// run takes in what hosts bring, and brings them their orders.
func (x *hosts) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return x.link.Run(ctx, x.records, x) })
	if x.books == nil { // they only show that data is reached
		return g.Wait()
	}
	g.Go(func() error { return x.holdAgainstBooks(ctx) })
	g.Go(func() error {
		return x.Fleet.Run(ctx, func(err error) {
			x.log.Warn("what hosts say of orders cannot be taken in whole; it is tried again", "err", err, "hint", evenkeel.HintOf(err))
		})
	})
	return g.Wait()
}

// close ends it where it was not run.
func (x *hosts) close() {
	if x != nil && x.link != nil {
		x.link.Close()
	}
}

// Hosts are those that may connect.
func (x *hosts) Hosts() (all []fleet.Host) {
	for _, p := range x.link.Hosts() {
		if p.Revoked == 0 {
			all = append(all, fleet.Host{ID: p.ID, Here: p.Here, Known: !p.Last.IsZero(), Shares: p.Status.Edge})
		}
	}
	return all
}

// Holders are the hosts that say that they hold an asset.
func (x *hosts) Holders(a evenkeel.AssetID) []string { return x.link.Holders(a) }

// heard is told of each host that said how it is.
func (x *hosts) heard(host string) {
	x.Nudge(host)
	x.Came(host)
	select {
	case x.came <- struct{}{}:
	default:
	}
}

// anyHere says whether a host can be asked now.
func (x *hosts) anyHere() bool {
	return x.link != nil && slices.ContainsFunc(x.Hosts(), func(h fleet.Host) bool { return h.Here })
}

// Nudge has a host's orders looked at.
func (x *hosts) Nudge(host string) { x.link.Nudge(host) }

// Given says whether an order is for a host: it waits for it, or it was one about what the host holds, or held.
func (x *hosts) Given(ctx context.Context, host string, id evenkeel.OrderID) (bool, error) {
	waiting, err := x.Pending(ctx, host)
	if err != nil || slices.ContainsFunc(waiting, func(o evenkeel.Order) bool { return o.ID == id }) {
		return err == nil, err
	}
	o, err := x.orders.books.OrderOf(ctx, id)
	switch {
	case evenkeel.KindOf(err) == evenkeel.KindNotFound:
		return false, nil
	case err != nil:
		return false, err
	}
	return x.Went(o.Decision, host) || slices.ContainsFunc(o.Assets, func(a evenkeel.AssetID) bool { return slices.Contains(x.Holders(a), host) }), nil
}

// records takes a batch of a host in. What is seen on a host is told there, and nothing else: neither who holds
// what, nor what somebody reports or pays; and nothing about what is at another host.
func (x *hosts) records(ctx context.Context, d hostlink.Delivery) error {
	for i := range d.Batch.Records {
		if k := d.Batch.Records[i].Kind; !isTelemetry(k) {
			x.log.Warn("a host says what no host may", "host", d.Host, "kind", k.String(), "hint", "see what runs there: an agent sends none of it")
			return evenkeel.Invalid("host %s sends a record of kind %s; expected usage, flow, hostevent or request", d.Host, k)
		}
	}
	if err := x.believe(d.Host, d.Batch); err != nil || len(d.Batch.Records) == 0 {
		return err
	}
	return x.take(ctx, d.Batch)
}

// Hosting is a host as people are shown it.
type Hosting struct {
	Host     string          `json:"host"`
	Enrolled evenkeel.Moment `json:"enrolled"`
	Revoked  evenkeel.Moment `json:"revoked,omitempty"` // 0: it may connect
	Here     bool            `json:"here"`
	Last     evenkeel.Moment `json:"last,omitempty"` // when it spoke last; 0: not since the start
	Pending  int             `json:"pending"`        // orders that it has not answered
	Holds    int             `json:"holds"`          // guests
	Doubted  []Doubted       `json:"doubted,omitempty"`
	hostlink.Status
}

// list is what is known of all hosts.
func (x *hosts) list(ctx context.Context) (all []Hosting, err error) {
	for _, p := range x.link.Hosts() {
		pending, err := x.Pending(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		h := Hosting{Host: p.ID, Enrolled: p.Enrolled, Revoked: p.Revoked, Here: p.Here, Pending: len(pending), Holds: len(p.Status.Holds), Doubted: x.doubts.of(p.ID), Status: p.Status}
		if !p.Last.IsZero() {
			h.Last = evenkeel.MomentOf(p.Last)
		}
		all = append(all, h)
	}
	return all, nil
}

// invite makes the token of a host.
func (x *hosts) invite(ctx context.Context, host string, until time.Time) (string, error) {
	t, err := x.link.Invite(ctx, host, until)
	if err != nil {
		return "", err
	}
	return t.Text(), nil
}

// noHosts says that no host can connect.
func noHosts() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: "no host can connect: hosts.listen is not set",
		Hint: "set it in the settings of evenkeel serve, such as listen: 0.0.0.0:7422 with addresses: [evenkeel.example.net:7422] under hosts:, and start it again with --config",
	}
}

// hostsSender is the name under which a host's records are counted: its own.
func hostsSender(c *config.Document, host string) error {
	for _, s := range c.Intake.Sources {
		if s.Name == host {
			return evenkeel.Invalid("host %s has the name of a source of intake.sources; expected another name", cmp.Or(host, "without a name"))
		}
	}
	return nil
}

// roster is the hosts as the fleet knows them.
type roster struct{ *hosts }

// Probe asks one host. By a canary that a tenant holds none is asked: it would put the tenant under the measure.
func (k roster) Probe(ctx context.Context, host string, p shield.Probe) ([]shield.Fetched, error) {
	if p.Order == "" {
		if err := k.heldCanary(host); err != nil {
			return nil, err
		}
	}
	return fleet.Ask(ctx, p, func(ctx context.Context, q []byte) ([]byte, error) { return k.link.Ask(ctx, host, q) })
}

// heldCanary says that a host's canary is a guest that a tenant holds, or nil.
func (x *hosts) heldCanary(host string) error {
	if x.tenantOf == nil {
		return nil
	}
	for _, h := range x.link.Hosts() {
		if h.ID != host || h.Status.Canary == "" {
			continue
		}
		if t, held := x.tenantOf(h.Status.Canary); held {
			return &evenkeel.Error{
				Kind: evenkeel.KindUnavailable,
				Says: fmt.Sprintf("%s is not asked: its canary %.80s is held by tenant %.80s, as the inventory says, and would be put under the measure", host, h.Status.Canary, t),
				Hint: "name a guest that no tenant holds as canary.asset in the settings of that host, and start its agent again; docs/host.md says what it has to be",
			}
		}
	}
	return nil
}

// tenantOf is who holds an asset now, by the inventory.
func (h *house) tenantOf(a evenkeel.AssetID) (evenkeel.TenantID, bool) {
	holding, held := h.watcher.registry.Snapshot().TenancyAt(a, h.now())
	if !held {
		return "", false
	}
	return holding.Tenant, true
}
