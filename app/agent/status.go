package agent

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// Status is how a host stands. Fields may be added; none is renamed.
type Status struct {
	Running bool     `json:"running"` // an agent runs; else this is what the book says
	Host    string   `json:"host,omitempty"`
	Control []string `json:"control,omitempty"`
	Version string   `json:"version,omitempty"`
	Process int      `json:"process,omitempty"`
	// Began is when the agent was started.
	Began   evenkeel.Moment      `json:"began,omitempty"`
	Traffic string               `json:"traffic,omitempty"` // by what packets are held back
	Unseen  string               `json:"unseen,omitempty"`  // why nothing that passes ports is seen
	Stratum string               `json:"stratum,omitempty"` // why the first payload of conversations is looked at; "": it is not
	Can     []evenkeel.Measure   `json:"can,omitempty"`
	Link    *hostlink.Link       `json:"link,omitempty"`
	Buffer  *hostlink.Fill       `json:"buffer,omitempty"`
	Orders  []Standing           `json:"orders"`
	Canary  evenkeel.AssetID     `json:"canary,omitempty"` // the guest by which it is shown that data is reached
	Shown   []canary.Showed      `json:"shown,omitempty"`  // what was, last, since the start
	Guests  []Holding            `json:"guests,omitempty"`
	Nobodys []hostlink.BlindPort `json:"nobodys,omitempty"` // interfaces that are nobody's, and why
	Blind   []hostlink.BlindPort `json:"blind,omitempty"`   // ports that are a guest's and are not seen, and why
	// Book is the folder of the book of orders.
	Book string `json:"book"`
}

// Standing is one order in the book, and how it stands.
type Standing struct {
	Order    evenkeel.OrderID    `json:"order"`
	Decision evenkeel.DecisionID `json:"decision"`
	Tenant   evenkeel.TenantID   `json:"tenant"`
	Measure  evenkeel.Measure    `json:"measure"`
	Params   map[string]string   `json:"params,omitempty"`
	Assets   []evenkeel.AssetID  `json:"assets"`
	Until    evenkeel.Moment     `json:"until"`
	Left     float64             `json:"left_seconds"`
	State    string              `json:"state"`            // carried, waits, refused, NotInForce, or unknown where no agent runs
	Effect   string              `json:"effect,omitempty"` // as it was read back just now
	Why      string              `json:"why,omitempty"`    // it is not, or not all of it is
}

// NotInForce is the state of an order that its hand was not able to put in force at any guest. It is tried again.
const NotInForce = "not in force"

// Holding is a guest of this host, and the ports at which it hangs.
type Holding struct {
	Asset evenkeel.AssetID `json:"asset"`
	Off   bool             `json:"off,omitempty"`
	Ports []HeldPort       `json:"ports"`
}

// HeldPort is the port of a guest, and by which hooks of the kernel it is seen.
type HeldPort struct {
	Name  string   `json:"name"`
	Index int      `json:"index"`
	Out   string   `json:"out,omitempty"` // what the guest sends; "": it is not seen
	In    string   `json:"in,omitempty"`  // what it is sent
	Notes []string `json:"notes,omitempty"`
}

// standings are what a book says in the form of a status.
func standings(all []host.Standing) []Standing {
	out := make([]Standing, len(all))
	for i, s := range all {
		out[i] = Standing{
			Order: s.Order.ID, Decision: s.Order.Decision, Tenant: s.Order.Tenant, Measure: s.Order.Measure, Params: s.Order.Params,
			Assets: s.Order.Assets, Until: s.Order.Until, Left: s.Left.Round(time.Millisecond).Seconds(), State: "unknown", Effect: s.Effect, Why: s.Why,
		}
		switch {
		case s.State != 0:
			out[i].State = s.State.String()
		case s.Why != "":
			out[i].State = NotInForce
		}
	}
	return out
}

// Status says how the host stands.
func (p *Process) Status(ctx context.Context) Status {
	link, fill, w := p.link.Link(), p.link.Fill(), p.host.World()
	s := Status{
		Running: true, Host: p.link.Host(), Control: p.link.Addresses(), Version: p.version, Process: os.Getpid(), Began: p.began,
		Traffic: p.Ready().Traffic, Unseen: p.hands.blind, Can: p.host.Means().Measures, Link: &link, Buffer: &fill,
		Orders: standings(p.host.Standing(ctx)), Nobodys: nobodys(p.host.Unknown()), Blind: p.blind(&w), Book: p.book(),
		Canary: evenkeel.AssetID(p.o.Settings.Canary.Asset), Shown: p.host.Shown(), Stratum: p.o.Settings.Payload.Stratum,
	}
	seen := map[int]port.Attached{}
	if p.hands.programs != nil {
		for _, a := range p.hands.programs.Ports() {
			seen[a.Place.Index] = a
		}
	}
	for _, g := range w.Guests {
		h := Holding{Asset: g.Asset, Off: g.Off, Ports: []HeldPort{}}
		for _, x := range g.Ports {
			a := seen[x.Index]
			h.Ports = append(h.Ports, HeldPort{x.Name, x.Index, a.Out, a.In, a.Notes})
		}
		s.Guests = append(s.Guests, h)
	}
	return s
}

func nobodys(all []Unknown) (out []hostlink.BlindPort) {
	for _, u := range all {
		out = append(out, hostlink.BlindPort{Port: u.Place.Name, Why: u.Why})
	}
	return out
}

// portless is why a guest that runs is not seen where no interface of this host leads to it.
const portless = "no interface of this host leads to it: its port is not there yet, or it is plugged in past the host (SR-IOV, vhost-user, OVS-DPDK)"

// unled is why no port leads to a guest: one that could be of several is nobody's.
func unled(a evenkeel.AssetID, unknown []Unknown) string {
	for _, u := range unknown {
		if slices.Contains(u.Could, string(a)) {
			return u.Place.Name + " is there, and is nobody's: " + u.Why
		}
	}
	return portless
}

// blind are the ports of guests that are not seen, and guests that have none, by what the inventory calls them.
func (p *Process) blind(w *plan.World) (out []hostlink.BlindPort) {
	why, unknown := p.host.Blind(), p.host.Unknown()
	for _, g := range w.Guests {
		if len(g.Ports) == 0 && !g.Off {
			out = append(out, hostlink.BlindPort{Port: string(g.Asset), Why: unled(g.Asset, unknown)})
		}
		for _, x := range g.Ports {
			if w := cmp.Or(why[x.Index], p.hands.blind); w != "" {
				out = append(out, hostlink.BlindPort{Port: x.Name, Why: w})
			}
		}
	}
	return out
}

// mostTold bounds how many ports of a kind control is told of.
const mostTold = 64

func atMost(all []hostlink.BlindPort) []hostlink.BlindPort {
	return slices.Clip(all[:min(len(all), mostTold)])
}

// about is what control is told of this host.
func (p *Process) about() hostlink.About {
	a := hostlink.About{Version: p.version, Canary: evenkeel.AssetID(p.o.Settings.Canary.Asset)}
	if p.host == nil { // the link is asked before the host is open
		return a
	}
	w := p.host.World()
	for _, m := range p.host.Means().Measures {
		a.Can = append(a.Can, m.String())
	}
	claimed(&a, &p.o.Settings, &w)
	a.Stands = p.host.Decisions()
	a.Blind, a.Nobodys = atMost(p.blind(&w)), atMost(nobodys(p.host.Unknown()))
	return a
}

// claimed says of which assets this host tells something, and whether it looks at payload.
func claimed(a *hostlink.About, set *Settings, w *plan.World) {
	for _, g := range w.Guests {
		if a.Holds = append(a.Holds, g.Asset); len(g.Ports) == 0 {
			a.Named = append(a.Named, g.Asset)
		}
	}
	if set.Facts.Host != "" {
		a.Watches = append(a.Watches, evenkeel.AssetID(set.Facts.Host))
	}
	for _, r := range set.Facts.Roots {
		a.Watches = append(a.Watches, evenkeel.AssetID(r.Asset))
	}
	a.Stratum = set.Payload.Stratum
}

// book is the folder of the book of orders.
func (p *Process) book() string { return filepath.Join(p.o.Settings.Data, dirOrders) }
