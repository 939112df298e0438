//go:build linux

package kernel

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf/link"

	"github.com/evenkeel/evenkeel/instrument/port"
)

// adopt takes over the ports whose links are pinned and whose interfaces are there, and removes the rest.
func (k *Kernel) adopt(dir string) error {
	if k.dir == "" {
		return nil
	}
	if err := k.removeOthers(dir); err != nil {
		return err
	}
	drops, err := k.allDrops()
	if err != nil {
		return fmt.Errorf("read the tables of flows: %w", err)
	}
	k.adoptFlowBits(drops)
	for i := range k.ports {
		if k.ports[i].Taken != 0 {
			k.adoptPort(port.Slot(i), drops[uint32(i)])
			delete(drops, uint32(i))
		}
	}
	for slot, entries := range drops {
		k.left(fmt.Sprintf("slot %d", slot), "it has flows to be dropped and no port")
		for d := range entries {
			if err := k.remove(port.Slot(slot), d); err != nil {
				return err
			}
		}
	}
	return k.removeLinks()
}

func (k *Kernel) left(name, why string) {
	k.leftovers = append(k.leftovers, port.Leftover{Name: name, Why: why})
}

// removeOthers removes what lies in the folder under the name of another layout. Only what begins as our names do is
// touched: the folder is the operator's.
func (k *Kernel) removeOthers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the folder of pins: %w", err)
	}
	for _, e := range entries {
		if e.Name() == version || !strings.HasPrefix(e.Name(), "evenkeel-port-") {
			continue
		}
		k.left(e.Name(), "another version of this program left it")
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("remove what another version left: %w", err)
		}
	}
	return nil
}

// allDrops reads the tables of flows, by slot.
func (k *Kernel) allDrops() (map[uint32]map[dropKey]ekEkDrop, error) {
	out := map[uint32]map[dropKey]ekEkDrop{}
	add := func(slot uint32, d dropKey, v ekEkDrop) {
		if out[slot] == nil {
			out[slot] = map[dropKey]ekEkDrop{}
		}
		out[slot][d] = v
	}
	var v ekEkDrop
	var four ekEkFlow4
	i := k.objects.EkFlows4.Iterate()
	for i.Next(&four, &v) {
		to := netip.AddrPortFrom(address(familyV4, [2]uint64{0, uint64(four.To)}), four.Port)
		add(four.Slot, dropKey{to, four.Protocol, four.Kind}, v)
	}
	var six ekEkFlow6
	j := k.objects.EkFlows6.Iterate()
	for j.Next(&six, &v) {
		add(six.Slot, dropKey{netip.AddrPortFrom(address(familyV6, six.To), six.Port), six.Protocol, six.Kind}, v)
	}
	return out, errors.Join(i.Err(), j.Err())
}

// adoptPort takes over one port, or lets go of it.
func (k *Kernel) adoptPort(s port.Slot, drops map[dropKey]ekEkDrop) {
	p := &k.ports[s]
	name, _, _ := bytes.Cut(p.Name[:], []byte{0})
	a := &attachment{drops: map[dropKey]uint64{}}
	a.Slot = s
	a.Place = port.Place{Name: string(name), Index: int(p.Index), MAC: [6]byte(p.Mac[:6]), Space: p.Space}
	k.taken[s] = a
	k.last[s], k.talked[s] = &totals{}, &talks{}
	generation := k.inForce(s).Generation
	for d, v := range drops {
		// What a process that was killed had begun to enter, or to remove, is taken back.
		switch {
		case int32(generation-v.First) < 0:
			k.remove(s, d)
			continue
		case v.Gone != 0 && int32(generation-v.Gone) >= 0:
			k.remove(s, d)
			continue
		case v.Gone != 0:
			v.Gone = 0
			k.enter(s, d, v)
		}
		a.drops[d] = v.Until
	}
	a.guest, a.rules = decode(k.inForce(s))
	a.rules.Drops = listDrops(a.drops)
	if why := k.adoptLinks(a); why != "" {
		k.left(a.Place.Name, why)
		if err := k.release(a); err != nil {
			k.left(a.Place.Name, err.Error())
		}
		return
	}
	if seen := make([]ekEkSeen, k.cpus); k.objects.EkCounts.Lookup(uint32(s), &seen) == nil {
		*k.last[s] = sum(seen)
	}
	talksOf(p, k.talked[s])
}

// adoptLinks says why a port cannot be taken over; nothing where it can.
func (k *Kernel) adoptLinks(a *attachment) (why string) {
	for _, way := range []string{"out", "in"} {
		l, err := link.LoadPinnedLink(k.pin(a.Slot, way), nil)
		if errors.Is(err, os.ErrNotExist) && way == "in" && why == "" {
			if k.adoptFilter(a); a.filter {
				continue
			}
			a.Notes = append(a.Notes, "what the guest is sent is not seen")
			continue
		}
		if err != nil {
			why = cmp.Or(why, fmt.Sprintf("it has no link: %v", err))
			continue
		}
		a.links = append(a.links, l)
		hook, index, err := whereOf(l)
		switch {
		case err != nil:
			why = cmp.Or(why, fmt.Sprintf("its link says nothing: %v", err))
		case index != uint32(a.Place.Index):
			why = cmp.Or(why, "its interface is gone")
		case way == "out":
			a.Out = hook
		default:
			a.In = hook
		}
		if why == "" {
			k.renew(a, l, way, hook)
		}
	}
	return why
}

// renew lets our program run at a link, in place of that of the process before, which may have been an older version: the
// tables are the same.
func (k *Kernel) renew(a *attachment, l link.Link, way, hook string) {
	program := k.objects.EkTcOut
	switch {
	case way == "in":
		program = k.objects.EkTcIn
	case hook == "xdp":
		program = k.objects.EkXdpOut
	}
	if err := l.Update(program); err != nil {
		a.Notes = append(a.Notes, fmt.Sprintf("what is %s of it is seen by the program of the agent before: %v", map[string]string{"in": "sent to the guest", "out": "sent by the guest"}[way], err))
	}
}

// whereOf says at which hook of which interface a link is; number 0 where the interface is gone.
func whereOf(l link.Link) (hook string, index uint32, err error) {
	info, err := l.Info()
	if err != nil {
		return "", 0, err
	}
	if t := info.TCX(); t != nil {
		return "tcx", t.Ifindex, nil
	}
	if x := info.XDP(); x != nil {
		return "xdp", x.Ifindex, nil
	}
	return "", 0, fmt.Errorf("it is of type %d", info.Type)
}

// removeLinks removes pins of links that belong to no port.
func (k *Kernel) removeLinks() error {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return fmt.Errorf("look into the folder of pins: %w", err)
	}
	known := map[string]bool{}
	for s := range k.taken {
		known[filepath.Base(k.pin(s, "out"))], known[filepath.Base(k.pin(s, "in"))] = true, true
		known[filepath.Base(k.filterPin(k.taken[s]))] = true
	}
	for _, name := range pinned {
		known[name] = true
	}
	for _, e := range entries {
		if known[e.Name()] {
			continue
		}
		k.left(e.Name(), "no port belongs to it")
		if err := os.RemoveAll(filepath.Join(k.dir, e.Name())); err != nil {
			return fmt.Errorf("remove what belongs to no port: %w", err)
		}
	}
	return nil
}
