package agent

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
)

// The bounds of a look: so many processes are asked of one container, which are as many as Linux numbers by default, so that none
// hides behind others; so many groups lie in it; and a list of processes has so many bytes.
const (
	mostProcesses = 32768
	mostGroups    = 1024
	mostListed    = 1 << 20
)

// looksSoon is how often it is looked after guestsAgain, once a port came: runtimes make the port before a process of the container.
const looksSoon = 4

// containers looks which containers there are, again and again.
type containers struct {
	set      Settings
	patterns []groupPattern
	know     func(*Told) error
	now      func() evenkeel.Moment
	log      *slog.Logger
	kick     chan struct{}
	last     *Told
	odd      []string // that was logged
}

// newContainers returns what looks for containers (settings: containers) and hands what it finds to know.
func newContainers(set Settings, know func(*Told) error, now func() evenkeel.Moment, log *slog.Logger) *containers {
	c := &containers{set: set, know: know, now: now, log: log, kick: make(chan struct{}, 1)} // 1: more of them are one
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
	t, err := c.look()
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "see which containers this host has", Err: err,
			Hint: "start it again: what stands goes on meanwhile; where that does not help, see whether cgroups of the settings is right",
		}
	}
	c.last = t
	c.name(t)
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
}

// look finds all control groups that fit, and which ports lead to their processes. Only the kernel is asked, by what the host
// sees: nothing that lies in a container is read.
func (c *containers) look() (*Told, error) {
	if _, err := os.Stat(c.set.Cgroups); err != nil {
		return nil, err
	}
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return nil, err
	}
	var found []container
	for i := range c.patterns {
		p := &c.patterns[i]
		p.find(c.folders, func(group, asset string) { found = append(found, container{asset: asset, group: group, cpus: p.cpus}) })
	}
	if len(found) > whose.MostGuests {
		return nil, evenkeel.Invalid("%d control groups fit the patterns of containers; expected at most %d", len(found), whose.MostGuests)
	}
	// All stay open until the ports are known: what has gone meanwhile gives its number to nobody.
	var open []*os.File
	var of []int // which container
	defer func() {
		for _, f := range open {
			_ = f.Close() // it was read
		}
	}()
	for i := range found {
		for _, f := range networks(c.set.Cgroups, found[i].group, own) {
			open, of = append(open, f), append(of, i)
		}
	}
	if len(open) > 0 {
		ports, err := portsInto(open)
		if err != nil {
			return nil, err
		}
		for i, names := range ports {
			found[of[i]].ports = append(found[of[i]].ports, names...)
		}
	}
	return contain(found, c.now()), nil
}

// folders are the groups in a group.
func (c *containers) folders(group string) (names []string) {
	all, err := os.ReadDir(filepath.Join(c.set.Cgroups, group))
	if err != nil {
		return nil // it went
	}
	for _, e := range all {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// networks opens the network namespaces of a group's processes, and of those in groups below it, each once. That of this process,
// own, is left out: it is the host's.
func networks(root, group, own string) (open []*os.File) {
	seen := map[string]bool{own: true}
	processes, groups := 0, 0
	top := filepath.Join(root, group)
	// What cannot be read has gone.
	_ = filepath.WalkDir(top, func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case !e.IsDir():
			return nil
		case groups >= mostGroups || processes >= mostProcesses:
			return fs.SkipAll
		}
		groups++
		list := filepath.Join(at, "cgroup.procs")
		for _, id := range listed(list) {
			if processes++; processes > mostProcesses {
				break
			}
			name := "/proc/" + id + "/ns/net"
			if space, err := os.Readlink(name); err != nil || seen[space] {
				continue
			}
			f, err := os.Open(name)
			if err != nil {
				continue // it ended
			}
			// Whoever has ended gives its number to another process. Still in the list after its namespace was opened, it is the one.
			space, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
			if err != nil || seen[space] || !slices.Contains(listed(list), id) {
				_ = f.Close()
				continue
			}
			seen[space] = true
			open = append(open, f)
		}
		return nil
	})
	return open
}

// listed are the processes of a group, as cgroup.procs has them; 0 is one that this process cannot see.
func listed(name string) (ids []string) {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostListed))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	for id := range strings.FieldsSeq(string(text)) {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil && n > 0 {
			ids = append(ids, id)
		}
	}
	return ids
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
