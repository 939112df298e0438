package edge

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/bots"
	"github.com/evenkeel/evenkeel/shield/gateway/certificates"
	"github.com/evenkeel/evenkeel/shield/gateway/guard"
	"github.com/evenkeel/evenkeel/shield/gateway/sieve"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
	"github.com/evenkeel/evenkeel/shield/gateway/whence"
	"github.com/evenkeel/evenkeel/stream/edgelink"
)

// Options are what a Process goes by.
type Options struct {
	Settings Settings
	Version  string
	Now      func() time.Time
	Log      *slog.Logger
	Publish  Publish // takes what comes to sites, as records; nil: nobody does
}

// Process is one gateway.
type Process struct {
	o            Options
	began        evenkeel.Moment
	edge         *gateway.Edge
	atlas        *whence.Atlas
	bots         *bots.Register
	sites        *siteFiles
	kept         *kept
	certificates *certificates.Store
	doors        []*serving
	sieves       []*sieve.Sieve
	seen         seen // connections that sieves carry
	guard        *guard.Guard
	guards       []guarding
	logs         []net.PacketConn // of guard.log
	socket       *ownsocket.Socket
	link         *edgelink.Link // to the other edges; nil: this one is alone
	unheard      atomic.Int64   // the second of the last line about a message of theirs
	reload       chan chan reloaded
	records      *records
	touched      chan struct{} // somebody changed by hand what is kept
	changes      chan gateway.Change
	bans         chan gateway.Ban // addresses that sites refuse from now on, for the log
	ousted       chan refusedAt   // and those that are, for whom connections go to the operator's own gateway
	takenBack    chan takenBack
	health       chan upstream.State
	dropping     dropping
	faults       atomic.Value // []string
	joined       *joined      // nil: this edge goes by no control
}

// Ready is what a process says of itself once it takes connections.
type Ready struct {
	Listen, Plain, Clear []string // addresses
	Sieve                []string // at which connections come in that another gateway ends
	Guard                []string // at which gateways ask
	Sites                int
	SYN                  error // why the kernel keeps no SYNs; nil: it does
}

// Open takes the data directory, reads the sites and listens. KindConflict says that another gateway runs there. Whoever opens it has to
// Run or Close it.
func Open(ctx context.Context, o Options) (p *Process, err error) {
	p = &Process{
		o: o, began: evenkeel.MomentOf(o.Now()), sites: newSiteFiles(o.Settings.Sites),
		reload: make(chan chan reloaded), touched: make(chan struct{}, 1), changes: make(chan gateway.Change, 1024), bans: make(chan gateway.Ban, 1024), ousted: make(chan refusedAt, 4096), takenBack: make(chan takenBack, 64), health: make(chan upstream.State, 1024),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
			p = nil
		}
	}()
	s := &o.Settings
	if p.kept, err = openKept(s.Data); err != nil {
		return p, err
	}
	if p.socket, err = ownsocket.Listen(s.Data, fileSocket, "one evenkeel gateway runs on a data directory"); err != nil {
		return p, err
	}
	p.atlas = whence.New(s.Whence.source())
	var where func(netip.Addr) suspect.Place
	if s.Whence.known() {
		where = p.atlas.Of
	}
	if p.bots, err = bots.New(bots.Config{Bots: s.goodBots(), Resolver: bots.NewResolver(s.Resolver), Now: o.Now}); err != nil {
		return p, err
	}
	var bot func(netip.Addr, string) int
	if len(s.Bots) > 0 {
		bot = p.bots.Verify
	}
	fleet, err := p.openFleet()
	if err != nil {
		return p, err
	}
	p.openWall()
	config := gateway.Config{
		Fleet: fleet,
		Clock: o.Now, Lot: lot, Key: p.kept.key, Seeds: p.kept.seeds, Pages: s.pages(), Health: s.Health, PassFor: s.Pass,
		Gate:       admit.Config{Total: s.Flight},
		Handshakes: admit.RateConfig{Total: s.Handshakes, Name: s.HandshakesEach, Lend: s.Handshakes / 2},
		Backends: upstream.Options{Forbidden: prefixes(s.Forbidden), Trusted: prefixes(s.Trusted), Seed: binary.LittleEndian.Uint64(p.kept.key[:8]),
			Changed: func(s upstream.State) { offer(p.health, s) }},
		Changed: func(c gateway.Change) { offer(p.changes, c) },
		Banned:  p.refused, Refusing: p.refusing,
		Where: where, Bot: bot, BotRates: p.bots.Rates(), Rules: gateway.Rules{Shadow: s.Rules == string(site.Shadow), TakeBack: float64(s.TakeBack) / 100},
		TakenBack: func(at site.ID, r suspect.Report) { offer(p.takenBack, takenBack{at, r}) },
		Used:      kernel.CPU, Waited: kernel.Waited, Processors: runtime.GOMAXPROCS(0), Samples: s.Records.Samples, SamplesAll: s.Records.SamplesAll,
	}
	if w := p.dropping.Wall; w != nil {
		config.Came = w.Came
	}
	if p.edge, err = gateway.New(config); err != nil {
		return p, err
	}
	if err := p.bind(ctx); err != nil {
		return p, err
	}
	if p.certificates, err = p.openCertificates(); err != nil {
		return p, err
	}
	n, err := p.follow()
	if err != nil {
		o.Log.Warn("some sites are not served as their documents stand", "err", err, "hint", "docs/gateway.md has what a site's document says; sites: names files or folders of them")
	}
	o.Log.Info("sites", "served", p.edge.Directory().Len(), "read", n)
	if err := p.kept.load(p.edge); err != nil {
		o.Log.Warn("stages of before the restart are not known", "err", err)
	}
	if p.joined, err = p.openJoined(ctx); err != nil {
		return p, err
	}
	if err := p.openRecords(); err != nil {
		return p, err
	}
	if err := p.kept.loadCosts(p.edge); err != nil {
		o.Log.Warn("what attacks before the restart took is not known", "err", err)
	}
	p.renew()
	p.certificates.Refresh(o.Now())
	if err := p.listen(); err != nil {
		return p, err
	}
	if err := p.openSieves(ctx); err != nil {
		return p, err
	}
	if err := p.startWall(); err != nil {
		return p, err
	}
	return p, p.openGuard(ctx)
}

// takenBack is a rule that a site's visitors refuted.
type takenBack struct {
	site site.ID
	suspect.Report
}

// offer hands something on, unless whoever takes it is far behind: the log misses a line then, and nothing waits for it.
func offer[T any](to chan T, x T) {
	select {
	case to <- x:
	default:
	}
}

// refused passes on that a site refuses an address from now on.
func (p *Process) refused(b gateway.Ban) {
	offer(p.bans, b)
	if p.dropping.Wall != nil {
		offer(p.dropping.bans, b)
	}
	p.refusing(b.Site, b.Address)
}

// refusing passes on that an address that a site refuses asks it for something.
func (p *Process) refusing(at site.ID, from netip.Addr) {
	if len(p.sieves) > 0 {
		offer(p.ousted, refusedAt{at, from})
	}
}

// follow serves the sites as their documents stand.
func (p *Process) follow() (changed int, err error) {
	changed, err = p.sites.follow(p.put)
	p.faults.Store(lines(err))
	return changed, err
}

// put serves sites, and lets each do by itself what its document allows.
func (p *Process) put(changed []site.Site, gone []site.ID) error {
	if err := p.edge.Put(changed, gone); err != nil {
		return err
	}
	p.certificates.Follow(p.edge.Directory())
	for i := range changed {
		p.mandate(&changed[i])
	}
	p.joined.followed()
	return nil
}

func (p *Process) mandate(s *site.Site) {
	until := evenkeel.MomentOf(p.o.Now()).Add(p.o.Settings.Lease)
	if err := p.edge.Mandate(s.ID, gateway.MandateOf(s, until)); err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
		p.o.Log.Error("a site may do nothing by itself", "site", s.ID, "err", err)
	}
}

// renew lets every site go on doing what its document allows.
func (p *Process) renew() {
	for _, s := range p.edge.Directory().All() {
		p.mandate(s)
	}
}

// Ready says where it takes connections.
func (p *Process) Ready() (r Ready) {
	r.Sites = p.edge.Directory().Len()
	for _, d := range p.doors {
		at := d.door.Addr().String()
		switch d.kind {
		case secure:
			r.Listen = append(r.Listen, at)
			r.SYN = d.door.SavesSYN()
		case plain:
			r.Plain = append(r.Plain, at)
		case open:
			r.Clear = append(r.Clear, at)
		}
	}
	for _, s := range p.sieves {
		r.Sieve = append(r.Sieve, s.Addr().String())
		r.SYN = s.SavesSYN()
	}
	for _, g := range p.guards {
		r.Guard = append(r.Guard, g.on.Addr().String())
	}
	return r
}

// Run serves until ctx ends, and closes what Open took; then it takes no more connections, and lets what is in flight come to its end for a while.
func (p *Process) Run(ctx context.Context) error {
	g, within := errgroup.WithContext(ctx)
	linked, unlink := context.WithCancel(context.WithoutCancel(ctx)) // until the edge has said goodbye
	defer unlink()
	g.Go(func() error {
		defer unlink()
		return p.edge.Run(within)
	})
	g.Go(func() error { return collect(within) })
	g.Go(func() error { return p.certificates.Run(within) })
	joined := make(chan struct{})
	g.Go(func() error {
		defer close(joined)
		p.awaitFleet(within)
		return nil
	})
	serve := func(serve func() error) {
		g.Go(func() error {
			<-joined
			return serve()
		})
	}
	serve(func() error { return p.serve(within) })
	for _, s := range p.sieves {
		serve(func() error { return serveSieve(within, s) })
	}
	for i := range p.guards {
		serve(func() error { return p.guards[i].serve(within, p.guard) })
	}
	for _, c := range p.logs {
		g.Go(func() error { return serveLog(within, c, p.guard) })
	}
	g.Go(func() error { return p.socket.Serve(within, p.socketHandler(), askTakes, p.o.Log) })
	g.Go(func() error { return p.atlas.Run(within, p.tell) })
	if len(p.o.Settings.Bots) > 0 {
		g.Go(func() error { return p.bots.Run(within, p.tell) })
	}
	if p.link != nil {
		g.Go(func() error { return p.link.Run(linked, p.heard) })
	}
	g.Go(func() error { return p.loop(within) })
	if p.joined != nil {
		g.Go(func() error { return p.joined.run(within) })
		g.Go(func() error { return p.joined.hold(within) })
	}
	g.Go(func() error { return p.runWall(within) })
	if len(p.sieves) > 0 {
		g.Go(func() error { return p.runOusting(within) })
	}
	ended, told := make(chan struct{}), make(chan error, 1)
	go func() { told <- p.tellCounts(ctx, ended) }()
	err := g.Wait()
	if w := p.dropping.Wall; w != nil {
		err = errors.Join(err, w.Close())
	}
	close(ended)
	err = errors.Join(err, <-told)
	if err == nil || errors.Is(err, context.Canceled) {
		err = ctx.Err()
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	err = errors.Join(err, p.kept.save(p.edge), p.kept.saveCosts(p.edge))
	if p.joined != nil {
		err = errors.Join(err, p.joined.close())
	}
	return err
}

// How often things are seen to.
const (
	readEvery    = 2 * time.Second
	renewEvery   = 20 // times of readEvery: well within the shortest lease
	refreshEvery = 30 // likewise: certificates' files
	saveEvery    = time.Second
	calmSaves    = 60 // seconds, where nothing changed
	mostRefused  = 5  // addresses of which the log has a line each, within a second
)

// loop reads documents that change, keeps state, and writes the log.
func (p *Process) loop(ctx context.Context) error {
	read, save := time.NewTicker(readEvery), time.NewTicker(saveEvery)
	defer read.Stop()
	defer save.Stop()
	says := ""
	changed, calm, reads := false, 0, 0
	fleet := fleetWatch{}
	uncosted := 0           // times of saveEvery since attacks were kept
	refused, untold := 0, 0 // addresses within this second, and of them those of which there is no line
	follow := func() reloaded {
		n, err := p.follow()
		if text := errText(err); text != says {
			if says = text; err != nil {
				p.o.Log.Warn("some sites are not served as their documents stand", "err", err)
			} else {
				p.o.Log.Info("all sites are served as their documents stand")
			}
		}
		if n > 0 {
			p.o.Log.Info("sites", "served", p.edge.Directory().Len(), "changed", n)
		}
		return reloaded{n, p.edge.Directory().Len(), err}
	}
	for {
		select {
		case <-ctx.Done():
			p.o.Log.Info("ending: no more connections are taken, and what is in flight has its time", "at_most", endsWithin)
			return nil
		case c := <-p.changes:
			changed = true
			p.joined.changed(&c)
			p.o.Log.Warn("stage", "site", c.Site, "tenant", c.Tenant, "from", c.Turn.From, "to", c.Turn.Stage, "why", c.Turn.Why())
		case b := <-p.bans:
			changed = true
			if refused++; refused > mostRefused {
				untold++
				continue
			}
			p.o.Log.Warn("an address is refused", "site", b.Site, "until", b.Until, "why", b.Why)
		case b := <-p.takenBack:
			p.o.Log.Warn("a rule is taken back: too many of those whom it asked showed a browser", "site", b.site, "until", b.Until, "rule", b.Why, "came", b.Beside())
		case s := <-p.health:
			if says := s.Words(); says != "" {
				p.o.Log.Warn("backends", "site", s.Site, "all_down", s.Dead, "state", says)
			} else {
				p.o.Log.Info("backends", "site", s.Site, "all_down", false, "state", "All are well.")
			}
		case <-p.touched:
			changed = true
		case back := <-p.reload:
			back <- follow()
		case <-read.C:
			follow()
			if reads%refreshEvery == 0 {
				p.certificates.Refresh(p.o.Now())
			}
			if reads++; reads%renewEvery == 0 {
				p.renew()
			}
		case <-save.C:
			for _, d := range p.doors {
				d.door.SetHot(p.edge.Hot())
			}
			if untold > 0 {
				p.o.Log.Warn("addresses are refused", "further", untold, "hint", "evenkeel gateway status counts them")
			}
			refused, untold = 0, 0
			if p.link != nil {
				p.watchFleet(&fleet)
			}
			if uncosted++; uncosted >= keepCostsEach {
				uncosted = 0
				if err := p.kept.saveCosts(p.edge); err != nil {
					p.o.Log.Error("what attacks took is not kept", "err", err)
				}
			}
			if calm++; !changed && calm < calmSaves {
				continue
			}
			changed, calm = false, 0
			if err := p.kept.save(p.edge); err != nil {
				p.o.Log.Error("the state is not kept", "err", err)
			}
		}
	}
}

// lines are those of an error, none where there is none.
func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Close lets go of everything that Open took.
func (p *Process) Close() error {
	var all []error
	for _, d := range p.doors {
		shut := d.inner.Close
		if d.door != nil {
			shut = d.door.Close
		}
		if err := shut(); !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	for _, s := range p.sieves {
		all = append(all, s.Close())
	}
	for _, g := range p.guards {
		if err := g.on.Close(); !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	for _, c := range p.logs {
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			all = append(all, err)
		}
	}
	if p.link != nil {
		p.link.Close()
	}
	if p.socket != nil {
		all = append(all, p.socket.Close())
	}
	if p.joined != nil {
		all = append(all, p.joined.close())
	}
	if p.dropping.Wall != nil {
		all = append(all, p.dropping.Wall.Close())
	}
	return errors.Join(all...)
}
