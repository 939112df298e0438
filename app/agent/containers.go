package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/shield/host"
)

// The bounds of a look: so many processes are asked of one container, which are as many as Linux numbers by default, so that none
// hides behind others; so many groups lie in it; a list of processes has so many bytes; and so many networks are open at
// once. What is beyond is told as not looked at: whoever owns a group may make as many in it as it likes.
const (
	mostProcesses = 32768
	mostGroups    = 1024
	mostListed    = 1 << 20
	mostOpen      = 256
	mostTries     = 3 // where processes end while they are looked at
)

// looksSoon is how often it is looked after guestsAgain, once a port came: runtimes make the port before a process of the container.
const looksSoon = 4

// containers looks which containers there are, again and again.
type containers struct {
	set      Settings
	patterns []groupPattern
	know     func(*Told) error
	now      func() evenkeel.Moment
	boot     string // which one this is
	log      *slog.Logger
	kick     chan struct{}
	last     *Told
	odd      []string          // that was logged
	half     map[string]string // the same
}

// newContainers returns what looks for containers (settings: containers) and hands what it finds to know.
func newContainers(set Settings, know func(*Told) error, now func() evenkeel.Moment, boot string, log *slog.Logger) *containers {
	if set.Cgroups != "" {
		set.Cgroups = host.Hierarchy(set.Cgroups)
	}
	c := &containers{set: set, know: know, now: now, boot: boot, log: log, kick: make(chan struct{}, 1)} // 1: more of them are one
	for i := range set.Containers {
		if p, err := set.Containers[i].pattern(); err == nil { // Parse refuses the others
			c.patterns = append(c.patterns, p)
		}
	}
	return c
}

// Kick has it look at once, as where a port came.
func (c *containers) Kick() {
	select {
	case c.kick <- struct{}{}:
	default: // it is about to
	}
}

// first is what is there before anything is done; nil where the settings name no containers. It is called before Run. Where
// they cannot be seen that is an error: whoever opened the book without them would let go of what stands at them.
func (c *containers) first() (*Told, error) {
	if len(c.patterns) == 0 || c.set.Cgroups == "" {
		return nil, nil
	}
	c.last = c.remembered()
	t, err := c.look()
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "see which containers this host has", Err: err,
			Hint: "start it again: what stands goes on meanwhile; where that does not help, see whether cgroups of the settings is right",
		}
	}
	c.last = t
	c.name(t)
	c.remember(t)
	return t, nil
}

// Run looks until ctx ends; at once returns nil where the settings name no containers. What was known stays known while nothing can be seen.
func (c *containers) Run(ctx context.Context) error {
	if len(c.patterns) == 0 || c.set.Cgroups == "" {
		return nil
	}
	failed, soon := false, 0
	for {
		began := c.now()
		t, err := c.look()
		took := time.Duration(c.now() - began)
		if err == nil && !t.same(c.last) {
			if err = c.know(t); err == nil {
				c.last = t
				c.name(t)
				c.remember(t)
			}
		}
		switch {
		case err != nil && !failed:
			c.log.Warn("which containers there are is not known; what is known of them stays", "err", err)
		case err == nil && failed:
			c.log.Info("it is known again which containers there are")
		}
		failed = err != nil
		wait := min(max(guestsEvery, 20*took), guestsRest) // of thousands, a twentieth of a CPU
		if soon > 0 {
			soon--
			wait = guestsAgain
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-c.kick:
			soon = looksSoon
		case <-timer.C:
		}
		timer.Stop()
	}
}

// name logs what was left out, once.
func (c *containers) name(t *Told) {
	for _, odd := range t.Odd {
		if !slices.Contains(c.odd, odd) {
			c.log.Warn("a container is left out", "why", odd)
		}
	}
	c.odd = t.Odd
	for asset, why := range t.Half {
		if c.half[asset] != why {
			c.log.Warn("a container is not looked at whole; the ports that it was known to have stay its own", "asset", asset, "why", why)
		}
	}
	c.half = t.Half
}

// look finds all control groups that fit, and which ports lead to their processes. Only the kernel is asked, by what the host
// sees: nothing that lies in a container is read. Of a container that could not be looked at whole what was known stays.
func (c *containers) look() (*Told, error) {
	if _, err := os.Stat(c.set.Cgroups); err != nil {
		return nil, err
	}
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return nil, err
	}
	l := &looking{root: c.set.Cgroups, own: own}
	for i := range c.patterns {
		p := &c.patterns[i]
		p.find(l.folders, func(group, asset string) {
			l.found = append(l.found, container{asset: asset, group: group, cpus: p.cpus})
		})
	}
	if l.failed != nil {
		return nil, l.failed
	}
	if len(l.found) > whose.MostGuests {
		return nil, evenkeel.Invalid("%d control groups fit the patterns of containers; expected at most %d", len(l.found), whose.MostGuests)
	}
	defer l.close()
	for i := range l.found {
		l.into(i)
	}
	l.resolve()
	if l.failed != nil {
		return nil, l.failed
	}
	keep(l.found, c.last)
	return contain(l.found, c.now()), nil
}

// looking is one look.
type looking struct {
	root   string // of the hierarchy
	own    string // the network of this process, which is the host's
	found  []container
	failed error
	// What is open stays so until its ports are known: what has gone meanwhile gives its number to nobody.
	open []*os.File
	of   []int // which container
}

// folders are the groups in a group of the host's. One that cannot be read although it is there is no reason to say that nothing is in it.
func (l *looking) folders(group string) (names []string) {
	all, err := os.ReadDir(filepath.Join(l.root, group))
	if err != nil && !kernel.Went(err) {
		l.failed = cmp.Or(l.failed, err)
	}
	for _, e := range all {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// into opens the network namespaces of a container's processes, and of those in groups below its own, the upper first.
func (l *looking) into(i int) {
	c := &l.found[i]
	seen := map[string]bool{l.own: true}
	processes, todo := 0, []string{filepath.Join(l.root, c.group)}
	for at := 0; at < len(todo); at++ {
		below, all := inside(todo[at], mostGroups-len(todo))
		if !all {
			c.half = cmp.Or(c.half, fmt.Sprintf("it has more than %d control groups, or they cannot be read", mostGroups))
		}
		todo = append(todo, below...)
		list := filepath.Join(todo[at], "cgroup.procs")
		ids, all := listed(list)
		if !all {
			c.half = cmp.Or(c.half, "which processes it has cannot be read")
		}
		if most := mostProcesses - processes; len(ids) > most {
			c.half = cmp.Or(c.half, fmt.Sprintf("it has more than %d processes", mostProcesses))
			ids = ids[:most]
		}
		processes += len(ids)
		l.networks(i, list, ids, seen)
	}
}

// inside are the groups in a group of a container, at most so many; all says that there are no others.
func inside(group string, most int) (names []string, all bool) {
	f, err := os.Open(group)
	if err != nil {
		return nil, kernel.Went(err)
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(256)
		for _, e := range entries {
			if !e.IsDir() {
				continue
			}
			if len(names) >= most {
				return names, false
			}
			names = append(names, filepath.Join(group, e.Name()))
		}
		if err != nil {
			return names, errors.Is(err, io.EOF) || kernel.Went(err)
		}
	}
}

// networks opens the networks of processes of a group, each that was not seen once.
func (l *looking) networks(i int, list string, ids []string, seen map[string]bool) {
	for tries := 0; len(ids) > 0; {
		opened := map[string]*os.File{} // by process
		spaces := map[string]string{}
		n := 0
		for ; n < len(ids) && len(opened) < mostOpen; n++ {
			space, f := l.network(i, ids[n], seen)
			if f != nil {
				opened[ids[n]], spaces[ids[n]], seen[space] = f, space, true
			}
		}
		looked := ids[:n]
		ids = ids[n:]
		if len(opened) == 0 {
			continue
		}
		// Whoever has ended gives its number to another process. Still in the list after its namespace was opened, it is the one.
		again, _ := listed(list)
		still := make(map[string]bool, len(again))
		for _, id := range again {
			still[id] = true
		}
		ended := false
		for _, id := range looked {
			f := opened[id]
			switch {
			case f == nil:
			case still[id]:
				l.open, l.of = append(l.open, f), append(l.of, i)
			default:
				_ = f.Close()
				delete(seen, spaces[id])
				ended = true
			}
		}
		if ended { // another that was passed over may have the same network
			if tries++; tries < mostTries {
				ids = slices.Concat(looked, ids)
			} else {
				l.found[i].half = cmp.Or(l.found[i].half, "its processes end while they are looked at")
			}
		}
		if len(l.open) >= mostOpen {
			l.resolve()
		}
	}
}

// network opens the network of a process; nil where it was seen, or the process has ended.
func (l *looking) network(i int, id string, seen map[string]bool) (space string, f *os.File) {
	name := "/proc/" + id + "/ns/net"
	space, err := os.Readlink(name)
	if err == nil && seen[space] {
		return "", nil
	}
	if err == nil {
		f, err = os.Open(name)
	}
	if err == nil {
		space, err = os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
	}
	if err != nil && !kernel.Went(err) {
		l.found[i].half = cmp.Or(l.found[i].half, err.Error())
	}
	if f != nil && (err != nil || seen[space]) {
		_ = f.Close()
		return "", nil
	}
	return space, f
}

// resolve asks which ports lead into what is open, and closes that.
func (l *looking) resolve() {
	defer l.close()
	if len(l.open) == 0 || l.failed != nil {
		return
	}
	ports, err := portsInto(l.open)
	if err != nil {
		l.failed = err
		return
	}
	for k, names := range ports {
		c := &l.found[l.of[k]]
		c.ports = append(c.ports, names...)
	}
}

func (l *looking) close() {
	for _, f := range l.open {
		_ = f.Close() // it was read
	}
	l.open, l.of = l.open[:0], l.of[:0]
}

// listed are the processes of a group, as cgroup.procs has them; 0 is one that this process cannot see. all says that there are
// no others. Those of a group of threads are in the list of a group above it.
func listed(name string) (ids []string, all bool) {
	f, err := os.Open(name)
	if err != nil {
		return nil, kernel.Went(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostListed+1))
	if err != nil {
		return nil, kernel.Went(err) || kernel.Threads(err)
	}
	for id := range strings.FieldsSeq(string(text[:min(len(text), mostListed)])) {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil && n > 0 {
			ids = append(ids, id)
		}
	}
	return ids, len(text) <= mostListed
}

// tellers joins what libvirt and the control groups say, for whoever has to know it.
type tellers struct {
	know func(*Told) error

	mu              sync.Mutex
	libvirt, groups *Told
}

func (t *tellers) fromLibvirt(told *Told) error { return t.take(told, nil) }

func (t *tellers) fromGroups(told *Told) error { return t.take(nil, told) }

// take hands on what both say, one of them anew. On an error the one before counts.
func (t *tellers) take(libvirt, groups *Told) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if libvirt == nil {
		libvirt = t.libvirt
	}
	if groups == nil {
		groups = t.groups
	}
	if err := t.know(libvirt.beside(groups)); err != nil {
		return err
	}
	t.libvirt, t.groups = libvirt, groups
	return nil
}
