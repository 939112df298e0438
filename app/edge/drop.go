package edge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/wall"
)

// Drop is how addresses that failed repeatedly are dropped in the kernel.
type Drop struct {
	Way       string    `yaml:"way"`
	Interface string    `yaml:"interface"`
	Never     []Network `yaml:"never"`
}

// The words of drop.way.
const (
	wayOff      = "off"
	wayNftables = "nftables"
	wayXDP      = "xdp"
)

func (d *Drop) check(want func(bool, string, ...any)) {
	want(slices.Contains([]string{wayOff, wayNftables, wayXDP}, d.Way), "drop.way is %.40q; expected off, nftables or xdp", d.Way)
	want(len(d.Interface) < 16 && !strings.ContainsAny(d.Interface, "/ \t\n"), "drop.interface is %.40q; expected the name of an interface, such as eth0", d.Interface)
	want(d.Way != wayXDP || d.Interface != "", "drop.way is xdp and drop.interface is empty; expected the interface at which visitors come in, such as eth0")
}

// dropping is the wall of a process, and how it stands with it.
type dropping struct {
	*wall.Wall                  // nil: nothing is dropped
	why        string           // nothing is
	bans       chan gateway.Ban // addresses that were refused at sites
	pardons    chan struct{}    // somebody was let in by hand
	path       string           // where what is dropped is kept
	guards     []netip.AddrPort
}

// openWall makes the wall that settings ask for. Where the kernel or its rights do not let it, the gateway goes on without, and says so.
func (p *Process) openWall() {
	s, d := &p.o.Settings, &p.dropping
	d.bans, d.pardons, d.path = make(chan gateway.Ban, 4096), make(chan struct{}, 1), filepath.Join(s.Data, fileDropped)
	if s.Drop.Way == wayOff {
		return
	}
	var hand wall.Hand
	var err error
	if s.Drop.Way == wayXDP {
		hand, err = wall.NewProgram(s.Drop.Interface)
	} else {
		hand, err = wall.NewTables(tableOf(s.Data), s.Drop.Interface)
	}
	if err != nil {
		d.why = err.Error()
		hint := "evenkeel gateway config print says what drop needs"
		if e, ok := errors.AsType[*evenkeel.Error](err); ok && e.Hint != "" {
			hint = e.Hint
		}
		p.o.Log.Warn("nothing is dropped in the kernel: the process refuses addresses by itself", "err", err, "hint", hint)
		return
	}
	d.Wall = wall.New(wall.Config{
		Hand: hand, Key: p.kept.key, Never: slices.Concat(prefixes(s.Drop.Never), prefixes(s.Trusted), prefixes(s.Guard.Trusted)),
		Shared: func(a netip.Addr) bool { return p.atlas.Of(a).Range.Shared() },
	})
}

// tableOf names the table of nftables of a data directory: one gateway runs on each.
func tableOf(dir string) string {
	return fmt.Sprintf("evenkeel_edge_%x", sha256.Sum256([]byte(dir)))[:22]
}

// startWall says where the edge listens, and takes up what was dropped before a restart.
func (p *Process) startWall() error {
	d := &p.dropping
	if d.Wall == nil {
		return nil
	}
	if err := p.guardTargets(); err != nil {
		p.o.Log.Warn("the kernel does not know yet at which addresses visitors come in: nothing is dropped there, and it is tried again", "err", err)
	}
	f, err := os.Open(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer f.Close()
		var n int
		if n, err = d.Load(f, p.now()); n > 0 {
			p.o.Log.Info("addresses are dropped in the kernel as before the restart", "addresses", n)
		}
	}
	if err != nil {
		p.o.Log.Warn("what was dropped before the restart is let in", "err", kernel.FileError("read", d.path, err))
	}
	return nil
}

func (p *Process) now() evenkeel.Moment { return evenkeel.MomentOf(p.o.Now()) }

// guardTargets says to the wall at which addresses visitors come in. Addresses of the machine may come and go.
func (p *Process) guardTargets() error {
	var at []net.Addr
	for _, d := range p.doors {
		at = append(at, d.inner.Addr())
	}
	for _, s := range p.sieves {
		at = append(at, s.Addr())
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("ask for the addresses of this machine: %w", err)
	}
	targets := targetsOf(at, own)
	if slices.Equal(targets, p.dropping.guards) {
		return nil
	}
	if err := p.dropping.Guards(targets); err != nil {
		return err
	}
	p.dropping.guards = targets
	return nil
}

// targetsOf are the addresses and ports at which listeners take connections: those that listen everywhere do at each address of the machine.
func targetsOf(listeners, own []net.Addr) (out []netip.AddrPort) {
	for _, l := range listeners {
		t, ok := l.(*net.TCPAddr)
		if !ok {
			continue
		}
		at := t.AddrPort()
		if a := at.Addr().Unmap(); !a.IsUnspecified() {
			if a.Zone() == "" {
				out = append(out, netip.AddrPortFrom(a, at.Port()))
			}
			continue
		}
		for _, o := range own {
			n, ok := o.(*net.IPNet)
			if !ok {
				continue
			}
			a, ok := netip.AddrFromSlice(n.IP)
			if a = a.Unmap(); ok && (a.Is4() || !at.Addr().Is4()) && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
				out = append(out, netip.AddrPortFrom(a, at.Port()))
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return slices.Compact(out)
}

// How much the wall takes at once, and how often it says what it does.
const (
	mostBansAtOnce = 1024
	guardsEvery    = 10 // seconds
)

// runWall brings down whom sites refuse, until ctx ends.
func (p *Process) runWall(ctx context.Context) error {
	d := &p.dropping
	if d.Wall == nil {
		return nil
	}
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	changed, told, beats := false, 0, 0
	for {
		select {
		case <-ctx.Done():
			return p.keepWall()
		case <-d.pardons:
			changed = true
		case b := <-d.bans:
			batch := []gateway.Ban{b}
			for len(batch) < mostBansAtOnce && len(d.bans) > 0 {
				batch = append(batch, <-d.bans)
			}
			changed = true
			told = p.dropped(batch, told)
		case <-beat.C:
			told = 0
			if err := d.Sweep(p.now()); err != nil {
				p.o.Log.Warn("addresses whose time is over are not taken out of the kernel, where they have ended", "err", err)
			}
			if beats++; beats%guardsEvery == 0 {
				if err := p.guardTargets(); err != nil {
					p.o.Log.Warn("the kernel does not know at which addresses visitors come in now", "err", err)
				}
			}
			if changed {
				changed = false
				if err := p.keepWall(); err != nil {
					p.o.Log.Warn("what is dropped is not kept over a restart", "err", err)
				}
			}
		}
	}
}

// dropped has the wall weigh addresses, and writes the log: of a few each second.
func (p *Process) dropped(batch []gateway.Ban, told int) int {
	rulings, err := p.dropping.Refused(batch, p.now())
	if err != nil {
		p.o.Log.Warn("the kernel does not drop addresses that were refused", "addresses", len(batch), "err", err)
	}
	for i, r := range rulings {
		switch {
		case r.Why == wall.Stopped && r.Freed > 0:
			p.o.Log.Warn("very many addresses were to be dropped in the kernel: all are let in, and the process refuses them by itself", "freed", r.Freed, "for", wall.BrokenFor,
				"hint", "look whether browsers pass the challenge: where they do, this is an attack from very many addresses, and nothing has to be done")
		case r.Why == wall.Neighbours && r.Freed > 0:
			p.o.Log.Warn("many of one network were to be dropped in the kernel: all of it are let in, as people may share it", "address", r.Address, "freed", r.Freed, "for", wall.CrowdedFor)
		case r.Why == wall.Down && told < mostRefused:
			told++
			p.o.Log.Warn("an address is dropped in the kernel", "address", r.Address, "until", batch[i].Until, "site", batch[i].Site, "why", batch[i].Why)
		}
	}
	return told
}

// keepWall keeps what is dropped.
func (p *Process) keepWall() error {
	var b bytes.Buffer
	if err := p.dropping.Save(&b, p.now()); err != nil {
		return err
	}
	if err := whole.Write(p.dropping.path, b.Bytes(), 0o600); err != nil {
		return kernel.FileError("write", p.dropping.path, err)
	}
	return nil
}

// Dropped is how many addresses the kernel drops.
type Dropped struct {
	Way       string            `json:"way,omitempty"` // by what, and where; "" is by nothing
	Why       string            `json:"why,omitempty"` // by nothing, though it was asked for
	Addresses int               `json:"addresses"`
	Packets   uint64            `json:"packets"`
	Stopped   evenkeel.Moment   `json:"stopped_until,omitempty"` // by the breaker
	Rulings   map[string]uint64 `json:"rulings,omitempty"`       // since the start, by why an address was dropped or not
}

// droppedNow says how the wall stands; nil where none was asked for.
func (p *Process) droppedNow() *Dropped {
	d := &p.dropping
	if d.Wall == nil {
		if d.why == "" {
			return nil
		}
		return &Dropped{Why: d.why}
	}
	s, err := d.Standing(p.now())
	out := &Dropped{Way: s.Way, Addresses: s.Held, Packets: s.Packets, Stopped: s.Stopped, Why: errText(err), Rulings: map[string]uint64{}}
	for why, n := range s.Counts {
		if n > 0 {
			out.Rulings[wall.Reason(why).String()] = n
		}
	}
	return out
}

// pardonInKernel frees an address at once, and says whether it was dropped.
func (p *Process) pardonInKernel(a netip.Addr) (bool, error) {
	if p.dropping.Wall == nil {
		return false, nil
	}
	was, err := p.dropping.Wall.Pardon(a)
	offer(p.dropping.pardons, struct{}{})
	return was, err
}
