package agent

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
)

// The placeholders of libvirt.asset.
const (
	placeName = "{name}"
	placeUUID = "{uuid}"
)

// byLibvirt is who claims ports.
const byLibvirt = "libvirt"

// Told is what virtualisation on this host says of guests.
type Told struct {
	At     evenkeel.Moment // when it said so
	Claims []whose.Claim
	Guests []whose.Guest            // by asset
	Used   map[string]time.Duration // of CPU since the guest was started, by asset
	Odd    []string                 // guests that were left out, and why
	Half   map[string]string        // why guests could not be looked at whole, by asset: they may have more ports
}

// same says whether two say the same of who is where. What was used, and when it was asked, does not count.
func (t *Told) same(other *Told) bool {
	return t != nil && other != nil && reflect.DeepEqual(t.Claims, other.Claims) && reflect.DeepEqual(t.Guests, other.Guests) &&
		slices.Equal(t.Odd, other.Odd) && maps.Equal(t.Half, other.Half)
}

// Tell takes the list of libvirt's guests. A domain is the guest of the settings that names it, then the one that has
// one of its cards, then what libvirt.asset makes of it. Where two would be one guest, the one that the settings name
// is it; of two of a rank none is, and that is told, as is one that could be two guests: a wrong guest is worse than none.
func (s *Settings) Tell(domains []hypervisor.Domain, at evenkeel.Moment) *Told {
	type taken struct {
		rank    int // 0: named, 1: by a card, 2: by its own name
		domains []*hypervisor.Domain
	}
	out := &Told{At: at, Used: map[string]time.Duration{}}
	by := map[string]taken{}
	for i := range domains {
		d := &domains[i]
		assets, rank := s.assetsOf(d)
		if len(assets) != 1 {
			out.Odd = append(out.Odd, fmt.Sprintf("%s could be %s: name it, as domain of one guest", d.Name, strings.Join(assets, " or ")))
			continue
		}
		if err := evenkeel.CheckID("a guest", assets[0]); err != nil {
			out.Odd = append(out.Odd, fmt.Sprintf("%.60q cannot be called so: %v", d.Name, err))
			continue
		}
		t, there := by[assets[0]]
		switch {
		case !there || rank < t.rank:
			t = taken{rank, []*hypervisor.Domain{d}}
		case rank == t.rank:
			t.domains = append(t.domains, d)
		}
		by[assets[0]] = t
	}
	for asset, t := range by {
		if len(t.domains) > 1 {
			names := []string{}
			for _, d := range t.domains {
				names = append(names, d.Name)
			}
			slices.Sort(names)
			out.Odd = append(out.Odd, fmt.Sprintf("%s would all be %s: name one of them, as its domain", strings.Join(names, ", "), asset))
			continue
		}
		d := t.domains[0]
		g := whose.Guest{Asset: asset, Domain: d.Name, CPUs: d.CPUs, Off: d.State == hypervisor.Off}
		for _, c := range d.Cards {
			if c.MAC != [6]byte{} {
				g.MACs = append(g.MACs, c.MAC)
			}
			if c.Port != "" && !g.Off { // one that is off has the name, and somebody else may have the port
				out.Claims = append(out.Claims, whose.Claim{Port: c.Port, Asset: asset, By: byLibvirt})
			}
		}
		out.Guests = append(out.Guests, g)
		if !g.Off {
			out.Used[asset] = d.Used
		}
	}
	slices.SortFunc(out.Guests, func(a, b whose.Guest) int { return strings.Compare(a.Asset, b.Asset) })
	slices.SortFunc(out.Claims, func(a, b whose.Claim) int {
		return cmp.Or(strings.Compare(a.Port, b.Port), strings.Compare(a.Asset, b.Asset))
	})
	slices.Sort(out.Odd)
	return out
}

// assetsOf are the guests that a domain could be, sorted, and how that is known.
func (s *Settings) assetsOf(d *hypervisor.Domain) (assets []string, rank int) {
	var card []string
	for asset, g := range s.Guests {
		if g.Domain != "" {
			if g.Domain == d.Name || strings.EqualFold(g.Domain, d.UUID) {
				assets = append(assets, asset)
			}
			continue // whoever names another domain is not this one
		}
		if slices.ContainsFunc(d.Cards, func(c hypervisor.Card) bool { return slices.Contains(g.cards(), c.MAC) }) {
			card = append(card, asset)
		}
	}
	if len(assets) == 0 {
		assets, rank = card, 1
	}
	if len(assets) > 0 {
		slices.Sort(assets)
		return assets, rank
	}
	return []string{strings.NewReplacer(placeName, d.Name, placeUUID, d.UUID).Replace(s.Libvirt.Asset)}, 2
}

// with adds what was told to the guests of the settings, which win where they say something.
func (t *Told) with(guests []whose.Guest) []whose.Guest {
	if t == nil {
		return guests
	}
	at := map[string]int{}
	for i, g := range guests {
		at[g.Asset] = i
	}
	for _, g := range t.Guests {
		i, known := at[g.Asset]
		if !known {
			guests = append(guests, g)
			continue
		}
		own := &guests[i]
		if g.Domain != "" { // the settings may have it by its UUID
			own.Domain = g.Domain
		}
		own.Cgroup = cmp.Or(own.Cgroup, g.Cgroup)
		own.CPUs = cmp.Or(own.CPUs, g.CPUs)
		own.Off = g.Off
		own.MACs = append(own.MACs, g.MACs...)
	}
	return guests
}

// Know takes what is told of guests in the place of what was told before: the ports are theirs from now on, and what
// is ordered follows. On an error what was known stays.
func (h *Host) Know(t *Told) error {
	book, err := h.parts.Settings.book(h.parts.Claims, t)
	if err != nil {
		return fmt.Errorf("what is told of the guests: %w", err)
	}
	under := h.underMeasures(book)
	h.mu.Lock()
	was := h.book
	book = h.leave(book, under)
	h.book, h.half = book, t.halves()
	var other []port.Place // somebody else's than before
	for _, p := range h.places {
		before, _ := was.Of(p)
		if now, _ := book.Of(p); now != before {
			other = append(other, p)
		}
	}
	h.stale = true
	h.mu.Unlock()
	for _, p := range other {
		h.see(p)
	}
	h.look()
	return nil
}
