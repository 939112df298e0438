package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Kernel is the programs at the ports of this host; instrument/port/live opens it. Whoever sees by the
// same programs hands it here too.
type Kernel interface {
	Attach(p port.Place, g port.Guest, ns *os.File) (port.Attached, error)
	Ports() []port.Attached
	Set(s port.Slot, r port.Rules) error
	SetGuard(g port.Guard) error
	Rules(s port.Slot) (port.Rules, error)
	Totals(s port.Slot) (port.Counts, error)
}

// Programs carry rules for packets by programs in the kernel (eBPF), at the port itself. Their ends are in
// the kernel too. Of several limits of one kind the strictest stands with its end there; the one that
// holds after it is put there by the next Swap, so without an agent it is let go of early.
type Programs struct{ kernel Kernel }

// NewPrograms takes the programs of this host.
func NewPrograms(k Kernel) *Programs { return &Programs{k} }

// Name is eBPF.
func (p *Programs) Name() string { return "eBPF" }

// Can is all of traffic.
func (p *Programs) Can() plan.Can { return plan.Can{Traffic: true, PerDestination: true} }

// Swap puts what holds at each port there, where it is not there already. A port at which no programs hang gets
// them. What fails at one port is an error, and stops nothing at the others.
func (p *Programs) Swap(ctx context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	guard := port.Guard{Prefixes: r.Kept(), Floor: r.Floor().Rate}
	if err := p.kernel.SetGuard(guard); err != nil {
		return fmt.Errorf("put the addresses that are never cut off into the kernel: %w", err)
	}
	slots := map[int]port.Slot{}
	for _, a := range p.kernel.Ports() {
		slots[a.Place.Index] = a.Slot
	}
	var failed error
	for _, x := range r.Ports() {
		slot, there := slots[x.Port.Index]
		if !there {
			a, err := p.kernel.Attach(port.Place{Name: x.Port.Name, Index: x.Port.Index, MAC: x.Port.MAC}, port.Guest{Own: x.Port.Own}, nil)
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			slot = a.Slot
		}
		failed = errors.Join(failed, p.set(slot, rulesOf(&x, r.Kept(), now)))
		delete(slots, x.Port.Index)
	}
	for _, slot := range slots { // where nothing holds any more
		failed = errors.Join(failed, p.set(slot, port.Rules{}))
	}
	return failed
}

// set changes rules where they are others, and leaves samples as whoever sees wants them. Rules that stand keep
// their buckets.
func (p *Programs) set(s port.Slot, want port.Rules) error {
	is, err := p.kernel.Rules(s)
	if err != nil {
		return err
	}
	want.Sample = is.Sample
	if alike(is, want) {
		return nil
	}
	return p.kernel.Set(s, want)
}

// alike says whether two rules do the same; drops stand in any order.
func alike(a, b port.Rules) bool {
	for _, x := range []*port.Rules{&a, &b} {
		x.Drops = slices.Clone(x.Drops)
		slices.SortFunc(x.Drops, func(c, d port.Drop) int {
			return strings.Compare(fmt.Sprint(c.To, c.Protocol, c.Until), fmt.Sprint(d.To, d.Protocol, d.Until))
		})
		x.Isolate.Allow = slices.Clone(x.Isolate.Allow)
		slices.SortFunc(x.Isolate.Allow, netip.Prefix.Compare)
		if len(x.Drops) == 0 {
			x.Drops = nil
		}
		if len(x.Isolate.Allow) == 0 || x.Isolate.Until == 0 {
			x.Isolate.Allow = nil
		}
	}
	return reflect.DeepEqual(a, b)
}

// kindsOf are the kinds of limit, as the programs call them.
var kindsOf = map[plan.Kind]port.Kind{plan.SYNs: port.SYNs, plan.Flows: port.Flows, plan.Packets: port.Packets, plan.Bits: port.Bits}

// rulesOf is what holds at a port now, as the programs take it.
func rulesOf(x *plan.PortRules, kept []netip.Prefix, now evenkeel.Moment) (out port.Rules) {
	for _, l := range x.Limits {
		at := &out.Limit[kindsOf[l.Kind]]
		if l.To {
			at = &out.To[kindsOf[l.Kind]]
		}
		if l.Until > now && !at.IsSet() { // the strictest comes first
			*at = port.Limit{PerSecond: l.Most.Rate, Burst: l.Most.Burst, Until: uint64(l.Until)}
		}
	}
	for _, d := range x.Drops {
		if d.Until > now {
			out.Drops = append(out.Drops, port.Drop{Protocol: d.Flow.Proto, To: netip.AddrPortFrom(d.Flow.To, d.Flow.Port), Until: uint64(d.Until)})
		}
	}
	if x.Isolated > now {
		out.Isolate = port.Isolation{Allow: kept, Until: uint64(x.Isolated)}
	}
	return out
}

// Look reads the rules at a guest's ports back.
func (p *Programs) Look(_ context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (Seen, error) {
	out := Seen{Dropped: map[int]plan.Drops{}}
	var says []string
	attached, any := p.kernel.Ports(), false
	for _, x := range r.Ports() {
		if x.Asset != a {
			continue
		}
		any = true
		i := slices.IndexFunc(attached, func(at port.Attached) bool { return at.Place.Index == x.Port.Index })
		if i < 0 {
			return Seen{Amiss: "no programs hang at " + x.Port.Name}, nil
		}
		slot := attached[i].Slot
		is, err := p.kernel.Rules(slot)
		if err != nil {
			return Seen{}, err
		}
		want := rulesOf(&x, r.Kept(), now)
		want.Sample = is.Sample
		if !alike(is, want) {
			return Seen{Amiss: "what stands at " + x.Port.Name + " is not what was put there"}, nil
		}
		seen, err := p.kernel.Totals(slot)
		if err != nil {
			return Seen{}, err
		}
		out.Dropped[x.Port.Index] = plan.Drops{
			plan.ByLimit: seen.Limited(), plan.ByDrop: seen.Refused[port.ByFlow],
			plan.ByIsolate: seen.Refused[port.ByIsolation] + seen.Refused[port.ByIsolationIn],
		}
		says = append(says, worded(x.Port.Name, &want))
	}
	if !any {
		return Seen{Amiss: "nothing is ordered at its ports"}, nil
	}
	out.Says = strings.Join(says, "; ")
	return out, nil
}

// worded is what stands at a port, in a few words.
func worded(name string, r *port.Rules) string {
	var parts []string
	for k := range port.Kinds {
		if l := r.Limit[k]; l.IsSet() {
			parts = append(parts, fmt.Sprintf("%s %d", port.Kind(k), l.PerSecond))
		}
		if l := r.To[k]; l.IsSet() {
			parts = append(parts, fmt.Sprintf("%s_to %d", port.Kind(k), l.PerSecond))
		}
	}
	if n := len(r.Drops); n > 0 {
		parts = append(parts, fmt.Sprintf("%d flows dropped", n))
	}
	if r.Isolate.Until > 0 {
		parts = append(parts, "isolated but for the data path")
	}
	return name + ": " + strings.Join(parts, ", ")
}
