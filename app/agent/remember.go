package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// fileGuests, in the directory of data, has the guests that libvirt named last.
const fileGuests = "guests.json"

// mostRemembered bounds that file: whose.MostGuests with the longest of names are less.
const mostRemembered = 32 << 20

// remembered is a guest as it is kept. At which port it hung is not: names of ports are given anew to whoever comes.
// Its cards tell it.
type remembered struct {
	Asset  string   `json:"asset"`
	Domain string   `json:"domain"`
	CPUs   int      `json:"cpus,omitempty"`
	MACs   []string `json:"macs,omitempty"`
}

// first is what is known of guests before anything is done on this host, so that a start lets go of nothing: what
// libvirt says, which may be about to start, as this is; where it is silent the guests that it named last, which are known by
// their cards. Nil where libvirt is not asked or nothing is known. It is called before Run, and waits seconds at most.
func (g *guests) first(ctx context.Context) *Told {
	if g.set.Libvirt.Socket == "" {
		return nil
	}
	last, bad := recall(filepath.Join(g.set.Data, fileGuests))
	wait := g.wait[0]
	if bad != nil {
		wait = g.wait[1]
	}
	t, err := g.answered(ctx, wait)
	switch {
	case err == nil:
		g.mu.Lock()
		defer g.mu.Unlock()
		g.told = t
		g.kept(t)
		return t
	case errors.Is(bad, fs.ErrNotExist):
		g.log.Warn("libvirt does not say which guests there are, and never did: what is ordered about guests that only it knows is let go", "err", err)
	case bad != nil:
		g.log.Warn("libvirt does not say which guests there are, and what it said last cannot be read: what is ordered about guests that only it knows is let go",
			"err", errors.Join(err, bad))
	default:
		g.log.Warn("libvirt does not say which guests there are; those that it named last are known by their cards", "guests", len(last.Guests), "err", err)
	}
	return last
}

// answered asks until it is answered, for so long.
func (g *guests) answered(ctx context.Context, wait time.Duration) (*Told, error) {
	ctx, end := context.WithTimeout(ctx, wait)
	defer end()
	var conn *hypervisor.Conn
	for {
		t, err := g.over(ctx, &conn)
		if err == nil {
			conn.Close()
			return t, nil
		}
		timer := time.NewTimer(guestsAgain)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		}
	}
}

// kept says what was left out, and keeps the rest.
func (g *guests) kept(t *Told) {
	for _, odd := range t.Odd {
		g.log.Warn("a guest of libvirt is left out", "why", odd)
	}
	g.keep(t)
}

// keep writes what was told, for a start at which libvirt is silent.
func (g *guests) keep(t *Told) {
	path := filepath.Join(g.set.Data, fileGuests)
	list := []remembered{}
	for _, x := range t.Guests {
		r := remembered{Asset: x.Asset, Domain: x.Domain, CPUs: x.CPUs}
		for _, m := range x.MACs {
			r.MACs = append(r.MACs, net.HardwareAddr(m[:]).String())
		}
		list = append(list, r)
	}
	if err := writeKept(path, list); err != nil {
		g.log.Warn("which guests libvirt names is not kept: a start without it will not know them", "err", err)
	}
}

// recall reads what was kept; nil where nothing can be.
func recall(path string) (*Told, error) {
	b, err := readKept(path)
	if err != nil {
		return nil, err
	}
	return parseRemembered(path, b)
}

// writeKept writes what is kept for the next start.
func writeKept(path string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return whole.Write(path, append(b, '\n'), 0o600)
}

// readKept reads it; of a file that is too large one byte more than may be, which is refused by whoever parses it.
func readKept(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostRemembered+1))
}

func parseRemembered(name string, b []byte) (*Told, error) {
	if len(b) > mostRemembered {
		return nil, evenkeel.Invalid("%s has more than %d bytes", name, mostRemembered)
	}
	var list []remembered
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: expected the guests as an array: %w", name, err)
	}
	t := &Told{}
	for _, r := range list {
		g := whose.Guest{Asset: r.Asset, Domain: r.Domain, CPUs: r.CPUs}
		for _, text := range r.MACs {
			m, err := net.ParseMAC(text)
			if err != nil || len(m) != 6 {
				return nil, evenkeel.Invalid("%s: the address %.40q of a card of %.60q; expected one such as 52:54:00:00:00:07", name, text, r.Asset)
			}
			g.MACs = append(g.MACs, [6]byte(m))
		}
		if err := evenkeel.CheckID(name+": a guest", r.Asset); err != nil {
			return nil, err
		}
		if r.CPUs < 0 {
			return nil, evenkeel.Invalid("%s: %.60q has %d CPUs; expected none or more", name, r.Asset, r.CPUs)
		}
		t.Guests = append(t.Guests, g)
	}
	slices.SortFunc(t.Guests, func(a, b whose.Guest) int { return cmp.Compare(a.Asset, b.Asset) })
	for i := 1; i < len(t.Guests); i++ {
		if t.Guests[i].Asset == t.Guests[i-1].Asset {
			return nil, evenkeel.Invalid("%s: %.60q is there twice; expected each guest once", name, t.Guests[i].Asset)
		}
	}
	return t, nil
}
