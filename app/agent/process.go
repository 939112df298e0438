package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/fleet"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// What is in the data directory of a host, beside the book of orders.
const (
	dirOrders  = "orders"
	dirLink    = "link"       // the enrolment, the key of this host, the buffer
	fileKey    = "key"        // of the identities of records
	fileSocket = "agent.sock" // for the directory's owner alone
	tableName  = "evenkeel"   // of nftables, where there are no programs
)

// Options are what a Process goes by.
type Options struct {
	Settings Settings
	Version  string
	Now      func() time.Time
	Log      *slog.Logger
	// Keeper is the command of who lifts quotas and pauses when the agent is dead, evenkeel host keep-leases; none: a
	// supervisor runs it.
	Keeper []string
}

// keeperEvery is how often it is seen to that a keeper runs.
const keeperEvery = 5 * time.Second

// Process is the agent on a host: it sees what passes the ports of guests, holds what is ordered there, and
// speaks with control.
type Process struct {
	o       Options
	hands   *hands
	link    *hostlink.Agent
	host    *Host
	guests  *guests
	groups  *containers
	facts   *facts
	beside  *beside
	socket  *ownsocket.Socket
	began   evenkeel.Moment
	version string
}

// Ready is what a process says of itself once it runs.
type Ready struct {
	Host    string
	Control []string // addresses
	Ports   int      // of guests
	Guests  int
	Traffic string // by what packets are held back: eBPF, nftables, or nothing
}

// OpenProcess takes the host: its book, its ports, and the buffer of records. Measures that the book names are in force
// when it returns; those that stand already go on as they are. KindNotFound says that this host has not enrolled,
// KindConflict that another agent runs. Whoever opens it has to Run or Close it.
func OpenProcess(ctx context.Context, o Options) (p *Process, err error) {
	collectEarly()
	p = &Process{o: o, began: evenkeel.MomentOf(o.Now()), version: o.Version}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
			p = nil
		}
	}()
	dir := o.Settings.Data
	if p.link, err = openLink(o, p.about, p.answer); err != nil {
		return p, err
	}
	key, err := keyIn(dir)
	if err != nil {
		return p, err
	}
	if p.hands, err = openHands(o); err != nil {
		return p, err
	}
	places, err := listPorts()
	if err != nil {
		return p, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "see which ports this host has", Err: err}
	}
	for _, says := range o.Settings.unfit(places) {
		o.Log.Warn("a pattern of ports finds no guest now", "why", says, "hint", "ip -details link names each interface and its kind")
	}
	moment := func() evenkeel.Moment { return evenkeel.MomentOf(o.Now()) }
	both := &tellers{know: func(t *Told) error { return p.host.Know(t) }}
	p.guests = newGuests(o.Settings, both.fromLibvirt, moment, o.Log)
	p.groups = newContainers(o.Settings, both.fromGroups, moment, p.hands.clock.BootID, o.Log)
	if both.groups, err = p.groups.first(); err != nil {
		return p, err
	}
	both.libvirt = p.guests.first(ctx)
	follows := links{list: listPorts, watch: watchPorts, log: o.Log, known: byIndex(places)}
	p.host, err = Open(ctx, Parts{
		Settings: o.Settings, Kernel: p.hands.programs, Traffic: p.hands.Traffic, CPU: p.hands.CPU, Machine: p.hands.Machine,
		Places: places, Told: both.libvirt.beside(both.groups), Watch: p.asking(follows.follow), Clock: p.hands.clock, Name: p.link.Host(), Key: key, Log: o.Log,
		Deliver: p.link.Publish, Said: p.said, Changed: p.link.Tell,
	})
	if err != nil {
		return p, err
	}
	p.facts = newFacts(factParts{
		Settings: o.Settings, World: p.host.World, Told: p.guests.Told, Now: o.Now, Name: p.link.Host(), Key: key, Deliver: p.link.Publish, Log: o.Log,
	})
	p.beside = newBeside(dir, o.Now, o.Log)
	p.socket, err = ownsocket.Listen(dir, fileSocket, "one evenkeel host run runs on a host")
	return p, err
}

// openLink opens the buffer and the enrolment of this host.
func openLink(o Options, about func() hostlink.About, answer func(context.Context, []byte) []byte) (*hostlink.Agent, error) {
	a, err := hostlink.OpenAgent(hostlink.AgentOptions{
		Dir: filepath.Join(o.Settings.Data, dirLink), Merge: Merge, About: about, Answer: answer, Now: o.Now, Logger: o.Log,
	})
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		err = &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "this host has not enrolled in " + o.Settings.Data,
			Hint: "ask control for a token (evenkeel fleet invite), and hand it to evenkeel host enrol",
		}
	}
	return a, err
}

// hands are what carries orders out on this host, and what they need closed.
type hands struct {
	host.Hands
	programs Kernel // nil: none
	blind    string // why there are none
	clock    host.Clock
	close    io.Closer
	virt     *Hypervisor // nil: the settings name none
}

// openHands takes what this host has. What it has not is logged, with what that means.
func openHands(o Options) (h *hands, err error) {
	h = &hands{}
	if h.clock, err = host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(o.Now()) }); err != nil {
		return nil, err
	}
	if h.programs, h.close, h.blind, err = openPrograms(o.Settings.Pins, o.Settings.Payload.Stratum != ""); err != nil {
		return nil, err
	}
	if h.programs != nil {
		h.Traffic = host.NewPrograms(h.programs)
	} else {
		o.Log.Warn("nothing that passes ports is seen: this kernel does not take the programs", "why", h.blind)
		tables, err := host.NewTables(tableName)
		if err != nil {
			o.Log.Warn("packets are not held back either: this kernel has no tables for it", "why", err)
		} else {
			h.Traffic = tables
		}
	}
	if l := o.Settings.Libvirt; l.Socket != "" {
		h.virt = NewHypervisor(l.Socket, l.URI, h.clock)
	}
	leased, err := OpenLeased(o.Settings, h.virt, h.clock)
	if err != nil {
		o.Log.Warn("no guest can be throttled by its control group", "why", err, "hint", evenkeel.HintOf(err))
	}
	h.CPU, h.Machine = leased.CPU(), leased.Machine()
	return h, nil
}

// Close lets go of programs and tables; what stands goes on standing.
func (h *hands) Close() error {
	if h == nil {
		return nil
	}
	var err error
	if h.virt != nil {
		err = h.virt.Close()
	}
	if h.close != nil {
		err = errors.Join(err, h.close.Close())
	}
	return err
}

// keyIn reads the key of the identities of records in a data directory, or makes it: what was sent before a restart is known
// again after it.
func keyIn(dir string) (key siphash.Key, err error) {
	path := filepath.Join(dir, fileKey)
	b, err := os.ReadFile(path)
	switch {
	case err == nil && len(b) == len(key):
		return siphash.Key(b), nil
	case err == nil:
		return key, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read " + path + ": it is no key; expected 16 bytes", Hint: "remove it: what was sent already may then count twice",
		}
	case !errors.Is(err, fs.ErrNotExist):
		return key, kernel.FileError("read", path, err)
	}
	_, _ = rand.Read(key[:]) // it never fails
	if err := whole.Write(path, key[:], 0o600); err != nil {
		return key, kernel.FileError("write", path, err)
	}
	return key, nil
}

// kept sees to it that a keeper runs, where this host has measures that no kernel ends.
func (p *Process) kept(ctx context.Context) error {
	_, none := os.Stat(filepath.Join(p.o.Settings.Data, quotaLeases)) // by settings before these
	if len(p.o.Keeper) == 0 || p.hands.CPU == nil && p.hands.Machine == nil && none != nil {
		return nil
	}
	tick := time.NewTicker(keeperEvery)
	defer tick.Stop()
	for {
		if started, err := StartKeeper(ctx, p.o); err != nil && ctx.Err() == nil {
			p.o.Log.Error("whoever lifts quotas and pauses when this agent is dead does not run; it is tried again", "err", err, "hint", evenkeel.HintOf(err))
		} else if started {
			p.o.Log.Info("somebody lifts quotas and pauses also when this agent is dead")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// asking is a way to follow interfaces that has libvirt asked, and containers looked for, where one comes: they may tell
// whose that is.
func (p *Process) asking(follow func(context.Context, func(port.Event)) error) func(context.Context, func(port.Event)) error {
	return func(ctx context.Context, f func(port.Event)) error {
		return follow(ctx, func(e port.Event) {
			f(e)
			if e.Kind != port.Gone {
				p.guests.Kick()
				p.groups.Kick()
			}
		})
	}
}

// answer answers what control asks of this host: to show that data is reached.
func (p *Process) answer(ctx context.Context, question []byte) []byte {
	return fleet.Answer(ctx, question, p.host)
}

// said reports what became of an order after its receipt.
func (p *Process) said(r evenkeel.Receipt) {
	if strings.HasPrefix(string(r.Order), canary.Name) {
		return // it was ordered here
	}
	if err := p.link.Report(r); err != nil {
		p.o.Log.Error("control is not told what became of an order", "order", r.Order, "state", r.State, "err", err)
	}
}

// Ready says how it stands.
func (p *Process) Ready() Ready {
	w := p.host.World()
	r := Ready{Host: p.link.Host(), Control: p.link.Addresses(), Guests: len(w.Guests), Traffic: "nothing"}
	for _, g := range w.Guests {
		r.Ports += len(g.Ports)
	}
	if p.hands.Traffic != nil {
		r.Traffic = p.hands.Traffic.Name()
	}
	return r
}

// Run sees, holds and speaks until ctx ends. What stands then goes on standing until its end.
func (p *Process) Run(ctx context.Context) error {
	defer func() {
		if err := p.Close(); err != nil {
			p.o.Log.Warn("what this agent held was not closed whole", "err", err)
		}
	}()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.host.Run(ctx) })
	g.Go(func() error { return p.link.Run(ctx, p.apply) })
	g.Go(func() error { return p.guests.Run(ctx) })
	g.Go(func() error { return p.groups.Run(ctx) })
	g.Go(func() error { return p.facts.Run(ctx) })
	g.Go(func() error { return p.kept(ctx) })
	g.Go(func() error { return p.beside.run(ctx) })
	g.Go(func() error { return p.socket.Serve(ctx, p.door(), askTakes, p.o.Log) })
	err := g.Wait()
	p.socket = nil // it is gone
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Close gives everything back. What stands goes on standing until its end.
func (p *Process) Close() error {
	var all []error
	if p.socket != nil {
		all, p.socket = append(all, p.socket.Close()), nil
	}
	if p.host != nil && p.host.Backend != nil {
		all, p.host = append(all, p.host.Close()), nil
	}
	all, p.hands = append(all, p.hands.Close()), nil
	if p.link != nil {
		all, p.link = append(all, p.link.Close()), nil
	}
	return errors.Join(all...)
}

// Enrol brings the key of this host to control with a token, once, and keeps what the token said. See hostlink.Enrol.
func Enrol(ctx context.Context, s Settings, token string, now func() time.Time) (hostlink.Enrolment, error) {
	t, err := hostlink.ParseToken(token)
	if err != nil {
		return hostlink.Enrolment{}, err
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return hostlink.Enrolment{}, kernel.FileError("make", s.Data, err)
	}
	return hostlink.Enrol(ctx, filepath.Join(s.Data, dirLink), t, now)
}
