package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// Reasons of refusals and of waiting that others look for.
const (
	NotHeld    = "this host does not hold it"
	IsOff      = "it is off; the measure waits for it"
	NoPort     = "its port is not there; the measure waits for it"
	NoDataPath = "no data path is declared here, so nothing may be cut off (D)"
)

// Compile makes one ruleset of orders, and says what becomes of each, in the order in which they came; an
// order that is there twice has the same fate twice. The result depends on nothing but what is passed,
// and not on the sequence of orders or guests.
func Compile(orders []evenkeel.Order, w *World, now evenkeel.Moment) (*Ruleset, []Fate) {
	c := newCompiler(orders, w, now)
	sorted := make([]*evenkeel.Order, len(orders))
	for i := range orders {
		sorted[i] = &orders[i]
	}
	slices.SortStableFunc(sorted, compareOrders)
	fates := make(map[evenkeel.OrderID]Fate, len(orders))
	for _, o := range sorted {
		if _, again := fates[o.ID]; !again {
			fates[o.ID] = c.take(o)
		}
	}
	out := make([]Fate, len(orders))
	for i := range orders {
		out[i] = fates[orders[i].ID]
	}
	return c.ruleset(), out
}

// compareOrders puts who came first first, so that a full ruleset refuses what came last. What follows the
// id matters only where two different orders have the same one.
func compareOrders(a, b *evenkeel.Order) int {
	if c := cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)); c != 0 {
		return c
	}
	if c := cmp.Or(
		cmp.Compare(a.Until, b.Until), boolCompare(a.Lift, b.Lift), cmp.Compare(a.Measure, b.Measure), slices.Compare(a.Assets, b.Assets),
	); c != 0 {
		return c
	}
	return cmp.Compare(fmt.Sprint(a.Params), fmt.Sprint(b.Params))
}

// compiler gathers what orders want of each guest.
type compiler struct {
	w      *World
	now    evenkeel.Moment
	lifted map[evenkeel.DecisionID]bool
	wishes map[evenkeel.AssetID]*wish
	shared map[int]bool // indices of ports that two guests name
	size   int          // elements that were asked for

	kept    []netip.Prefix
	tooMany string // that more is kept than an isolation can carry
}

// ingress says whether a measure is about whoever comes to an asset.
func ingress(m evenkeel.Measure) bool {
	return m == evenkeel.MeasureChallenge || m == evenkeel.MeasureShut
}

// wish is what is wanted of one guest, before the strictest is found.
type wish struct {
	guest    *Guest
	twice    bool // two guests have this asset
	isolated evenkeel.Moment
	paused   evenkeel.Moment
	drops    map[Flow]evenkeel.Moment
	limits   []Limit
	quotas   []Quota
	gates    []Gate
}

// empty says that nothing is wanted of it.
func (x *wish) empty() bool {
	return x.isolated == 0 && x.paused == 0 && x.drops == nil && x.limits == nil && x.quotas == nil && x.gates == nil
}

func newCompiler(orders []evenkeel.Order, w *World, now evenkeel.Moment) *compiler {
	c := &compiler{
		w: w, now: now, lifted: map[evenkeel.DecisionID]bool{}, shared: map[int]bool{},
		wishes: make(map[evenkeel.AssetID]*wish, len(w.Guests)),
	}
	c.kept = w.kept()
	c.tooMany = tooMany(c.kept)
	for i := range orders {
		if orders[i].Lift {
			c.lifted[orders[i].Decision] = true
		}
	}
	seen := map[int]bool{}
	for i := range w.Guests {
		g := &w.Guests[i]
		for _, p := range g.Ports {
			c.shared[p.Index] = seen[p.Index]
			seen[p.Index] = true
		}
		if x := c.wishes[g.Asset]; x != nil {
			x.twice = true
			continue
		}
		c.wishes[g.Asset] = &wish{guest: g}
	}
	return c
}

// take says what becomes of an order, and gathers what of it is carried.
func (c *compiler) take(o *evenkeel.Order) Fate {
	switch {
	case o.Lift:
		c.spare(o)
		return whole(o, Over, "it lifts")
	case c.lifted[o.Decision]:
		return whole(o, Over, "its lift came")
	case o.Until <= c.now:
		return whole(o, Over, "its end has come")
	case o.Data != "":
		return whole(o, Refused, "a host withholds no data: who keeps the exports does")
	case len(o.Assets) == 0:
		return whole(o, Refused, "it names no asset")
	}
	if why := c.cannot(o.Measure); why != "" {
		return whole(o, Refused, why)
	}
	params, err := ParseParams(o.Measure, o.Params)
	if err != nil {
		return whole(o, Refused, err.Error())
	}
	note := ""
	params.Flows = slices.DeleteFunc(params.Flows, func(f Flow) bool {
		l := c.w.keeps(f.To)
		if l != "" && note == "" {
			note = fmt.Sprintf("%s is never cut off: it is of %s", f, l)
		}
		return l != ""
	})
	if note != "" && len(params.Flows) == 0 && len(params.Limits) == 0 {
		return whole(o, Refused, note)
	}
	if !c.w.Can.PerDestination {
		n := len(params.Limits)
		params.Limits = slices.DeleteFunc(params.Limits, func(r Rate) bool { return r.To })
		switch {
		case n > 0 && len(params.Limits) == 0 && len(params.Flows) == 0:
			return whole(o, Refused, "this host cannot limit per destination")
		case n > len(params.Limits):
			note = join(note, "this host cannot limit per destination: the port is limited")
		}
	}
	return c.place(o, &params, note)
}

// spare has nobody asked at the sites of a challenge that was lifted, until its end: what was ended does not begin again by
// itself.
func (c *compiler) spare(o *evenkeel.Order) {
	if o.Measure != evenkeel.MeasureChallenge || o.Until <= c.now || !c.w.Can.Ingress {
		return
	}
	for _, a := range o.Assets {
		if x := c.wishes[a]; x != nil && c.size < c.w.most() {
			c.size++
			x.gates = append(x.gates, Gate{Asset: a, By: o.Decision, From: o.From, Until: o.Until})
		}
	}
}

// cannot says why this host does not do a measure at any guest, or "".
func (c *compiler) cannot(m evenkeel.Measure) string {
	traffic, path := c.w.Can.Traffic, len(c.w.DataPath) > 0
	switch {
	case (m == evenkeel.MeasureLimit || m == evenkeel.MeasureDropFlow || m == evenkeel.MeasureIsolate) && !traffic:
		return "this host has nothing that could " + m.String()
	case m == evenkeel.MeasureThrottle && !c.w.Can.CPU:
		return "this host has nothing that could throttle"
	case m == evenkeel.MeasureSuspend && !c.w.Can.Machine:
		return "this host has no machine driver that could suspend"
	case ingress(m) && !c.w.Can.Ingress:
		return "this host stands before no site that it could " + m.String()
	case (m == evenkeel.MeasureIsolate || m == evenkeel.MeasureSuspend) && !path:
		return NoDataPath
	case m == evenkeel.MeasureIsolate && c.tooMany != "":
		return c.tooMany
	}
	switch m {
	case evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend,
		evenkeel.MeasureChallenge, evenkeel.MeasureShut:
		return ""
	}
	return "a host does not " + m.String()
}

// place puts an order on each of its guests, or on none where the ruleset has no room for all of it.
func (c *compiler) place(o *evenkeel.Order, p *Params, note string) Fate {
	f := Fate{Order: o.ID, Parts: make([]Part, 0, len(o.Assets))}
	size := 0
	for _, a := range o.Assets {
		part := c.part(a, o.Measure)
		if part.State == Carried {
			part.Why = note
			size += elements(o.Measure, p, c.wishes[a].guest)
		}
		f.Parts = append(f.Parts, part)
	}
	if c.size+size > c.w.most() {
		return whole(o, Refused, fmt.Sprintf("the ruleset is full: %d of %d elements are taken, and this order needs %d", c.size, c.w.most(), size))
	}
	c.size += size
	for _, part := range f.Parts {
		if part.State == Carried {
			c.wishes[part.Asset].add(o, p)
		}
	}
	f.settle()
	return f
}

// part says what becomes of a measure at one asset.
func (c *compiler) part(a evenkeel.AssetID, m evenkeel.Measure) Part {
	x := c.wishes[a]
	refused := func(why string) Part { return Part{a, Refused, why} }
	if x == nil {
		return refused(NotHeld)
	}
	g := x.guest
	traffic := m == evenkeel.MeasureLimit || m == evenkeel.MeasureDropFlow || m == evenkeel.MeasureIsolate
	switch own := c.w.Guard.own(g.Ports); {
	case x.twice:
		return refused("two guests of this host have its name")
	case g.Off:
		return Part{a, Waits, IsOff}
	case traffic && own != "":
		return refused("its port " + own + " is an interface of the host itself")
	case traffic && len(g.Ports) == 0:
		return Part{a, Waits, NoPort}
	case traffic && slices.ContainsFunc(g.Ports, func(p Port) bool { return p.Index <= 0 || c.shared[p.Index] }):
		return refused("its port is not known for sure: another guest has it too, or it has no index")
	case m == evenkeel.MeasureThrottle && g.Cgroup == "" && g.Domain == "":
		return refused("it has no cgroup and no domain that could be throttled")
	case m == evenkeel.MeasureThrottle && g.CPUs <= 0:
		return refused("how many CPUs it has is not known")
	case m == evenkeel.MeasureSuspend && g.Domain == "":
		return refused("it has no domain that could be paused")
	}
	return Part{a, Carried, ""}
}

// elements counts what an order adds at a guest, at most.
func elements(m evenkeel.Measure, p *Params, g *Guest) int {
	switch m {
	case evenkeel.MeasureLimit:
		return len(g.Ports) * len(p.Limits)
	case evenkeel.MeasureDropFlow:
		return len(g.Ports) * (len(p.Flows) + len(p.Limits))
	case evenkeel.MeasureIsolate:
		return 2 * len(g.Ports) // it, and the limit of what stays open
	}
	return 1
}

// join puts two notes of one part beside each other.
func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func (x *wish) add(o *evenkeel.Order, p *Params) {
	switch o.Measure {
	case evenkeel.MeasureLimit, evenkeel.MeasureDropFlow:
		for _, r := range p.Limits {
			x.limits = append(x.limits, Limit{r.Kind, r.To, bucketOf(r.Kind, r.Most), o.Until})
		}
		for _, f := range p.Flows {
			if x.drops == nil {
				x.drops = map[Flow]evenkeel.Moment{}
			}
			x.drops[f] = max(x.drops[f], o.Until)
		}
	case evenkeel.MeasureThrottle:
		g := x.guest
		x.quotas = append(x.quotas, Quota{g.Asset, g.Cgroup, g.Domain, g.CPUs, p.Share, o.Until})
	case evenkeel.MeasureIsolate:
		x.isolated = max(x.isolated, o.Until)
		x.limits = append(x.limits, Limit{Packets, false, bucketOf(Packets, IsolatedRate), o.Until})
	case evenkeel.MeasureSuspend:
		x.paused = max(x.paused, o.Until)
	case evenkeel.MeasureChallenge, evenkeel.MeasureShut:
		x.gates = append(x.gates, Gate{Asset: x.guest.Asset, Measure: o.Measure, Pressed: p.Pressed, Update: p.Update, By: o.Decision, From: o.From, Until: o.Until})
	}
}

// ruleset makes it of what was gathered.
func (c *compiler) ruleset() *Ruleset {
	r := &Ruleset{kept: c.kept}
	if f := c.w.Guard.Floor; f > 0 {
		r.floor = bucketOf(Packets, uint64(f))
	}
	var wanted []evenkeel.AssetID // of thousands of guests
	for a, x := range c.wishes {
		if !x.empty() {
			wanted = append(wanted, a)
		}
	}
	slices.Sort(wanted)
	for _, a := range wanted {
		x := c.wishes[a]
		r.gates = append(r.gates, x.opened()...)
		if x.paused != 0 {
			r.pauses = append(r.pauses, Pause{a, x.guest.Domain, x.paused})
		}
		r.quotas = append(r.quotas, x.shares()...)
		rules := PortRules{Asset: a, Isolated: x.isolated, Limits: x.strictest()}
		for _, f := range slices.SortedFunc(maps.Keys(x.drops), compareFlows) {
			rules.Drops = append(rules.Drops, Drop{f, x.drops[f]})
		}
		if rules.Isolated == 0 && rules.Limits == nil && rules.Drops == nil {
			continue
		}
		for _, p := range x.guest.Ports {
			rules.Port = p
			r.ports = append(r.ports, rules)
		}
	}
	slices.SortFunc(r.ports, func(a, b PortRules) int { return cmp.Compare(a.Port.Index, b.Port.Index) })
	return r.sealed()
}

// strictest leaves of the limits of one kind those that are the strictest at some moment.
func (x *wish) strictest() (out []Limit) {
	slices.SortFunc(x.limits, func(a, b Limit) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), boolCompare(b.To, a.To), cmp.Compare(a.Most.Rate, b.Most.Rate), cmp.Compare(b.Until, a.Until))
	})
	for _, l := range x.limits {
		if n := len(out); n == 0 || out[n-1].Kind != l.Kind || out[n-1].To != l.To || out[n-1].Until < l.Until {
			out = append(out, l)
		}
	}
	return out
}

// opened sorts gates: what shuts in any case first, and then whatever was ordered last. So a challenge that takes the place of one
// that is let go holds, and one that was let go alone spares the site.
func (x *wish) opened() []Gate {
	shuts := func(g Gate) bool { return g.Measure == evenkeel.MeasureShut && !g.Pressed }
	slices.SortFunc(x.gates, func(a, b Gate) int {
		return cmp.Or(boolCompare(shuts(b), shuts(a)), cmp.Compare(b.From, a.From), cmp.Compare(b.Measure, a.Measure), cmp.Compare(b.Until, a.Until), cmp.Compare(a.By, b.By))
	})
	return x.gates
}

// shares does so with quotas.
func (x *wish) shares() (out []Quota) {
	slices.SortFunc(x.quotas, func(a, b Quota) int { return cmp.Or(cmp.Compare(a.Share, b.Share), cmp.Compare(b.Until, a.Until)) })
	for _, q := range x.quotas {
		if n := len(out); n == 0 || out[n-1].Until < q.Until {
			out = append(out, q)
		}
	}
	return out
}
