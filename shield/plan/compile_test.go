package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

const (
	start = evenkeel.Moment(1_000_000_000_000)
	hour  = 3600e9
)

func prefixes(all ...string) (out []netip.Prefix) {
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func guest(name evenkeel.AssetID, indices ...int) Guest {
	g := Guest{Asset: name, Cgroup: "machine/" + string(name), CPUs: 2}
	for _, i := range indices {
		g.Ports = append(g.Ports, Port{Name: fmt.Sprintf("tap%d", i), Index: i})
	}
	return g
}

// world has three guests, one that is off, and one without a port.
func world() *World {
	off := guest("off", 9)
	off.Off = true
	return &World{
		Guests:   []Guest{guest("vm-1", 1), guest("vm-2", 2, 3), guest("vm-3", 4), off, guest("unplugged")},
		DataPath: prefixes("192.0.2.0/28"),
		Guard:    Guard{Management: prefixes("198.51.100.1/32"), Gateways: prefixes("10.0.0.1/32", "fe80::1/128"), Interfaces: []string{"eth0"}},
		Can:      Can{Traffic: true, PerDestination: true, CPU: true},
	}
}

// keepMore adds so many networks that are kept, of IPv6 where n is below zero.
func keepMore(n int) func(*World, *evenkeel.Order) {
	return func(w *World, _ *evenkeel.Order) {
		for i := range max(n, -n) {
			p := fmt.Sprintf("203.0.113.%d/32", 2*i)
			if n < 0 {
				p = fmt.Sprintf("2001:db8:%x::/48", 2*i)
			}
			w.Guard.Operator = append(w.Guard.Operator, netip.MustParsePrefix(p))
		}
	}
}

func order(name string, m evenkeel.Measure, params string, assets ...evenkeel.AssetID) evenkeel.Order {
	d := evenkeel.DecisionID(name)
	o := evenkeel.Order{ID: evenkeel.NewOrderID(d, false), Decision: d, Measure: m, Assets: assets, From: start, Until: start + hour}
	for _, p := range strings.Fields(params) {
		k, v, _ := strings.Cut(p, "=")
		if o.Params == nil {
			o.Params = map[string]string{}
		}
		o.Params[k] = v
	}
	return o
}

const (
	limit    = evenkeel.MeasureLimit
	dropFlow = evenkeel.MeasureDropFlow
	throttle = evenkeel.MeasureThrottle
	isolate  = evenkeel.MeasureIsolate
	suspend  = evenkeel.MeasureSuspend
)

func TestWhatBecomesOfAnOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     evenkeel.Order
		alter func(*World, *evenkeel.Order)
		state Outcome
		why   string
	}{
		{"a limit is carried", order("d", limit, "syn_rate=200", "vm-1"), nil, Carried, ""},
		{"a throttle is carried", order("d", throttle, "cpu=20%", "vm-1"), nil, Carried, ""},
		{"isolation is carried where there is a data path", order("d", isolate, "", "vm-1"), nil, Carried, ""},
		{"D: nobody is isolated without a data path", order("d", isolate, "", "vm-1"), func(w *World, _ *evenkeel.Order) { w.DataPath = nil }, Refused, NoDataPath},
		{"D: nobody is paused without a data path", order("d", suspend, "", "vm-1"), func(w *World, _ *evenkeel.Order) { w.DataPath, w.Can.Machine = nil, true }, Refused, NoDataPath},
		{"nobody is isolated where more is kept than hands carry", order("d", isolate, "", "vm-1"), keepMore(MostKept - 1), Refused, "18 networks of IPv4 and 1 of IPv6 are never touched"},
		{"and who is limited there is limited", order("d", limit, "rate=1", "vm-1"), keepMore(MostKept - 1), Carried, ""},
		{"as many as hands carry", order("d", isolate, "", "vm-1"), keepMore(MostKept - 3), Carried, ""},
		{"of IPv6 too", order("d", isolate, "", "vm-1"), keepMore(-MostKept), Refused, "3 networks of IPv4 and 17 of IPv6 are never touched"},
		{"nobody is paused without a machine driver", order("d", suspend, "", "vm-1"), nil, Refused, "no machine driver"},
		{"nobody is paused without a domain", order("d", suspend, "", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Can.Machine = true }, Refused, `"vm-1": it has no domain`},
		{"a domain is paused", order("d", suspend, "", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Can.Machine, w.Guests[0].Domain = true, "one" }, Carried, ""},
		{"an asset that is not held", order("d", limit, "rate=1", "elsewhere"), nil, Refused, `"elsewhere": ` + NotHeld},
		{"of several assets those that are held are carried", order("d", limit, "rate=1", "elsewhere", "vm-1", "far"), nil, Carried, `"elsewhere" and 1 more: ` + NotHeld},
		{"a guest that is off", order("d", limit, "rate=1", "off"), nil, Waits, IsOff},
		{"a throttle waits too", order("d", throttle, "cpu=1%", "off"), nil, Waits, IsOff},
		{"a port that is not there", order("d", limit, "rate=1", "unplugged"), nil, Waits, NoPort},
		{"an end that has come", order("d", limit, "rate=1", "vm-1"), func(_ *World, o *evenkeel.Order) { o.Until = start }, Over, "its end has come"},
		{"a lift", order("d", limit, "", "vm-1"), func(_ *World, o *evenkeel.Order) { o.Lift = true }, Over, "it lifts"},
		{"an unknown parameter", order("d", limit, "speed=1", "vm-1"), nil, Refused, `no parameter "speed"`},
		{"a rate out of bounds", order("d", limit, "rate=0", "vm-1"), nil, Refused, `rate is "0"; expected a number from 1 to 100000000`},
		{"a measure of another place", order("d", evenkeel.MeasureFreeze, "", "vm-1"), nil, Refused, "a host does not freeze"},
		{"visitors, where there is no edge", order("d", evenkeel.MeasureShut, "", "vm-1"), nil, Refused, "stands before no site that it could shut"},
		{"data is withheld elsewhere", order("d", evenkeel.MeasureNone, "", "vm-1"), func(_ *World, o *evenkeel.Order) { o.Data = evenkeel.DataWithheld }, Refused, "withholds no data"},
		{"no asset", order("d", limit, "rate=1"), nil, Refused, "names no asset"},
		{"a flow to what is kept", order("d", dropFlow, "flows=udp/10.0.0.1/53", "vm-1"), nil, Refused, "udp/10.0.0.1/53 is never cut off: it is of gateways"},
		{"one of several flows is to what is kept", order("d", dropFlow, "flows=udp/10.0.0.1/53,tcp/8.8.8.8/1", "vm-1"), nil, Carried, "udp/10.0.0.1/53 is never cut off: it is of gateways"},
		{"a flow to what is kept, beside limits", order("d", dropFlow, "flows=udp/10.0.0.1/53 rate=5", "vm-1"), nil, Carried, "udp/10.0.0.1/53 is never cut off: it is of gateways"},
		{"a flow on the data path", order("d", dropFlow, "flows=tcp/192.0.2.3/443", "vm-1"), nil, Refused, "the data path"},
		{"a port of the host's own", order("d", limit, "rate=1", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Guests[0].Ports[0].Name = "eth0" }, Refused, "its port eth0 is an interface of the host"},
		{"a port that two guests have", order("d", limit, "rate=1", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Guests[0].Ports[0].Index = 4 }, Refused, "another guest has it too"},
		{"an asset that two guests are", order("d", limit, "rate=1", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Guests[1].Asset = "vm-1" }, Refused, "two guests"},
		{"no hands for traffic", order("d", limit, "rate=1", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Can.Traffic = false }, Refused, "nothing that could limit"},
		{"no hands for CPUs", order("d", throttle, "cpu=20", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Can.CPU = false }, Refused, "nothing that could throttle"},
		{"CPUs that nobody counted", order("d", throttle, "cpu=20", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Guests[0].CPUs = 0 }, Refused, "how many CPUs"},
		{"no cgroup", order("d", throttle, "cpu=20", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Guests[0].Cgroup = "" }, Refused, "no cgroup and no domain"},
		{"limits per destination are not to be had", order("d", limit, "rate_to=9", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Can.PerDestination = false }, Refused, "cannot limit per destination"},
		{"and what is left of them is carried", order("d", limit, "rate_to=9 rate=99", "vm-1"), func(w *World, _ *evenkeel.Order) { w.Can.PerDestination = false }, Carried, "the port is limited"},
		{"a ruleset that is full", order("d", limit, "rate=9 syn_rate=9", "vm-2"), func(w *World, _ *evenkeel.Order) { w.Most = 3 }, Refused, "full: 0 of 3 elements are taken, and this order needs 4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world()
			if c.alter != nil {
				c.alter(w, &c.o)
			}
			r, fates := Compile([]evenkeel.Order{c.o}, w, start)
			if f := fates[0]; f.Order != c.o.ID || f.State != c.state || (c.why == "") != (f.Why == "") || !strings.Contains(f.Why, c.why) {
				t.Errorf("got %v: %q; expected %v: %q", f.State, f.Why, c.state, c.why)
			}
			if (r.Size() > 0) != (c.state == Carried) {
				t.Errorf("the ruleset has %d elements", r.Size())
			}
		})
	}
}

func TestAnOrderAfterItsLiftIsOverInAnySequence(t *testing.T) {
	o := order("d", limit, "rate=1", "vm-1")
	l := o
	l.ID, l.Lift = evenkeel.NewOrderID("d", true), true
	other := order("e", limit, "rate=5", "vm-1")
	for _, all := range [][]evenkeel.Order{{o, l, other}, {l, other, o}} {
		r, _ := Compile(all, world(), start)
		if got := r.At(1).Limit(Packets, false, start); got != 5 {
			t.Errorf("the limit is %d; expected that of the other decision", got)
		}
	}
}

func TestOfSeveralOrdersTheStrictestHoldsUntilItsEnd(t *testing.T) {
	soon, late, dull := order("soon", limit, "syn_rate=200", "vm-1"), order("late", limit, "syn_rate=500", "vm-1"), order("dull", limit, "syn_rate=500", "vm-1")
	late.Until += hour
	dull.Until -= hour / 2
	r, _ := Compile([]evenkeel.Order{late, soon, dull}, world(), start)
	if n := len(r.At(1).Limits); n != 2 {
		t.Errorf("%d limits; expected the one that is the strictest now and the one that follows", n)
	}
	for at, want := range map[evenkeel.Moment]uint64{start: 200, start + hour - 1: 200, start + hour: 500, start + 2*hour: 0} {
		if got := r.At(1).Limit(SYNs, false, at); got != want {
			t.Errorf("at %d the limit is %d; expected %d", at, got, want)
		}
	}
	if got := r.Next(start); got != start+hour {
		t.Errorf("the next end is %d; expected %d", got, start+hour)
	}
}

func TestAThrottleTwiceIsNotATwentyFifth(t *testing.T) {
	a, b, c := order("a", throttle, "cpu=20%", "vm-1"), order("b", throttle, "cpu=20%", "vm-1"), order("c", throttle, "cpu=50%", "vm-1")
	c.Until += hour
	r, _ := Compile([]evenkeel.Order{a, b, c}, world(), start)
	q := r.Quotas()
	if len(q) != 2 || q[0].Share != 2000 || q[1].Share != 5000 || q[1].Until != c.Until || q[0].CPUs != 2 || q[0].Cgroup != "machine/vm-1" {
		t.Errorf("got %+v; expected a fifth, then a half", q)
	}
}

func TestAGuestThatIsPluggedInElsewhereKeepsItsMeasure(t *testing.T) {
	orders := []evenkeel.Order{order("a", limit, "rate=7", "vm-1"), order("b", isolate, "", "vm-3")}
	w := world()
	before, _ := Compile(orders, w, start)
	w.Guests[0].Ports = []Port{{Name: "vnet77", Index: 77}}
	after, _ := Compile(orders, w, start)
	if after.At(1) != nil || after.At(77).Limit(Packets, false, start) != 7 || after.Size() != before.Size() {
		t.Errorf("got %+v; expected the limit at the new port alone", after.Ports())
	}
	c := Diff(before, after)
	if !slices.Equal(c.Put, []int{77}) || !slices.Equal(c.Gone, []int{1}) || c.Kept || c.Quotas || c.Pauses || c.None() {
		t.Errorf("the change is %+v; expected one port put and one gone", c)
	}
}

func TestARenamedPortChangesNothing(t *testing.T) {
	orders := []evenkeel.Order{order("a", limit, "rate=7", "vm-1")}
	w := world()
	before, _ := Compile(orders, w, start)
	w.Guests[0].Ports = []Port{{Name: "renamed", Index: 1}}
	after, _ := Compile(orders, w, start)
	if c := Diff(before, after); !c.None() || before.Digest() != after.Digest() {
		t.Errorf("the change is %+v", c)
	}
}

func TestAChangeNamesWhatIsOther(t *testing.T) {
	old := []evenkeel.Order{order("a", limit, "rate=7", "vm-1"), order("b", throttle, "cpu=20%", "vm-1")}
	before, _ := Compile(old, world(), start)
	w := world()
	w.Guard.Floor = 100
	after, _ := Compile([]evenkeel.Order{order("a", limit, "rate=8", "vm-1"), order("c", dropFlow, "flows=tcp/203.0.113.7/80", "vm-3")}, w, start)
	if c := Diff(before, after); !slices.Equal(c.Put, []int{1, 4}) || c.Gone != nil || !c.Kept || !c.Quotas {
		t.Errorf("the change is %+v", c)
	}
	if c := Diff(&Ruleset{}, before); !slices.Equal(c.Put, []int{1}) || !c.Kept {
		t.Errorf("the change from nothing is %+v", c)
	}
	if (&Ruleset{}).Digest() == before.Digest() || (&Ruleset{}).Digest() != (&Ruleset{}).sealed().Digest() {
		t.Error("an empty ruleset has no digest of its own")
	}
}

func TestWhoDoesNotFitIsNamedAndTheEarlierAreCarried(t *testing.T) {
	w := world()
	w.Most = 3
	first, second, third := order("z", limit, "rate=7", "vm-1"), order("y", limit, "rate=7", "vm-2"), order("x", limit, "rate=7", "vm-3")
	second.From++
	third.From += 2
	_, fates := Compile([]evenkeel.Order{third, second, first}, w, start)
	if fates[0].State != Refused || !strings.Contains(fates[0].Why, "full: 3 of 3") || fates[1].State != Carried || fates[2].State != Carried {
		t.Errorf("got %+v; expected that the last one does not fit", fates)
	}
}

func TestAListThatWouldSwitchMeasuresOffIsNamed(t *testing.T) {
	w := world()
	if err := w.Check(); err != nil {
		t.Error(err)
	}
	for says, p := range map[string]string{"0.0.0.0/0": "0.0.0.0/0", "2000::/3": "2000::/3", "10.0.0.0/7": "::ffff:10.0.0.0/103"} {
		w.Guard.Operator = prefixes(p)
		if err := w.Check(); err == nil || !strings.Contains(err.Error(), "the operator's list has "+says) {
			t.Errorf("%s: %v", p, err)
		}
	}
	w.Guard.Operator = []netip.Prefix{{}}
	if err := w.Check(); err == nil || !strings.Contains(err.Error(), "no range of addresses") {
		t.Error(err)
	}
	if r, _ := Compile(nil, w, start); len(r.Kept()) != 4 {
		t.Errorf("%v is kept; expected the four that are valid", r.Kept())
	}
}

func TestAReasonIsSaidOnceHoweverManyItHoldsFor(t *testing.T) {
	o := order("d", limit, "rate=1")
	for i := range evenkeel.MaxCaseAssets {
		o.Assets = append(o.Assets, evenkeel.AssetID(fmt.Sprintf("%s-%d", strings.Repeat("x", 200), i)))
	}
	_, fates := Compile([]evenkeel.Order{o}, world(), start)
	if f := fates[0]; len(f.Why) > 400 || !strings.Contains(f.Why, "and 4095 more: "+NotHeld) {
		t.Errorf("it says %q", f.Why)
	}
}
