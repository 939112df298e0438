package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
)

// some draws from a few values, so that orders and packets meet.
var (
	somewhere = rapid.SampledFrom([]string{"203.0.113.7", "203.0.113.8", "2001:db8::7", "10.0.0.1", "192.0.2.3", "198.51.100.1"})
	somebody  = rapid.SampledFrom([]evenkeel.AssetID{"vm-1", "vm-2", "vm-3", "off", "unplugged", "elsewhere"})
	someOrder = rapid.Custom(func(t *rapid.T) evenkeel.Order {
		name := fmt.Sprintf("d-%d", rapid.IntRange(0, 30).Draw(t, "name"))
		m := rapid.SampledFrom([]evenkeel.Measure{limit, limit, dropFlow, throttle, isolate, suspend}).Draw(t, "measure")
		params := ""
		switch m {
		case limit:
			for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"rate", "rate_to", "syn_rate", "syn_rate_to", "new_flows", "new_flows_to", "bit_rate"}), 0, 3, rapid.ID).Draw(t, "limits") {
				params += fmt.Sprintf("%s=%d ", k, rapid.SampledFrom([]int{0, 1, 5, 64_000, 70_000}).Draw(t, k))
			}
		case dropFlow:
			params = fmt.Sprintf("flows=%s/%s/%d", rapid.SampledFrom([]string{"tcp", "udp"}).Draw(t, "proto"), somewhere.Draw(t, "to"), rapid.IntRange(0, 2).Draw(t, "port"))
		case throttle:
			params = fmt.Sprintf("cpu=%d%%", rapid.IntRange(1, 100).Draw(t, "share"))
		}
		o := order(name, m, params, rapid.SliceOfN(somebody, 1, 3).Draw(t, "assets")...)
		o.From = start + evenkeel.Moment(rapid.IntRange(0, 3).Draw(t, "from"))
		o.Until = start + evenkeel.Moment(rapid.IntRange(-1, 5).Draw(t, "until"))*1e9
		o.Lift = rapid.IntRange(0, 9).Draw(t, "lift") == 0
		return o
	})
	someOrders = rapid.SliceOfN(someOrder, 0, 12)
	// someNeed is what a guest needs to keep its address: out, or what is answered.
	someNeed = rapid.Custom(func(t *rapid.T) Packet {
		p := rapid.SampledFrom([]Packet{
			{Link: ARP},
			{Src: addr("fe80::2"), Dst: addr("ff02::1:ff00:1"), Proto: packet.ICMPv6, ICMP: 135, Ported: true},
			{Src: addr("0.0.0.0"), Dst: Broadcast, Proto: packet.UDP, SrcPort: 68, DstPort: 67, Ported: true},
			{Src: addr("fe80::2"), Dst: AllServers, Proto: packet.UDP, SrcPort: 546, DstPort: 547, Ported: true},
		}).Draw(t, "need")
		p.Port, p.Size = rapid.IntRange(1, 4).Draw(t, "at"), 60
		if p.ToGuest = rapid.IntRange(0, 3).Draw(t, "in") == 0; p.ToGuest {
			p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
		}
		return p
	})
	somePacket = rapid.Custom(func(t *rapid.T) Packet {
		if rapid.IntRange(0, 7).Draw(t, "needed") == 0 {
			return someNeed.Draw(t, "need")
		}
		p := tcp(somewhere.Draw(t, "to"), uint16(rapid.IntRange(0, 2).Draw(t, "port")), rapid.Bool().Draw(t, "syn"))
		p.Port = rapid.IntRange(1, 4).Draw(t, "at")
		p.Ported = rapid.IntRange(0, 5).Draw(t, "fragment") > 0
		p.Size = rapid.SampledFrom([]int{60, 1500, 65_000}).Draw(t, "size")
		if rapid.Bool().Draw(t, "udp") {
			p.Proto, p.SYN = packet.UDP, false
		}
		if rapid.IntRange(0, 3).Draw(t, "in") == 0 {
			p.Src, p.Dst, p.ToGuest = p.Dst, p.Src, true
		}
		return p
	})
)

// machine is a world that can do everything.
func machine() *World {
	w := world()
	w.Can.Machine = true
	for i := range w.Guests {
		w.Guests[i].Domain = string(w.Guests[i].Asset)
	}
	return w
}

// play gives verdicts about packets, 50 ms apart.
func play(r *Ruleset, packets []Packet) (all []Verdict) {
	var s Memory
	for i := range packets {
		all = append(all, r.Verdict(&s, &packets[i], start.Add(time.Duration(i)*50*time.Millisecond)))
	}
	return all
}

func TestWhateverTheOrdersTheGuardIsNotTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := machine()
		r, _ := Compile(someOrders.Draw(t, "orders"), w, start)
		packets := rapid.SliceOfN(somePacket, 1, 60).Draw(t, "packets")
		for i, v := range play(r, packets) {
			far := packets[i].Dst
			if packets[i].ToGuest {
				far = packets[i].Src
			}
			if w.keeps(far) != "" && !v.Pass {
				t.Fatalf("%+v is %+v", packets[i], v)
			}
		}
	})
}

func TestUpToTheFloorTheGuardIsNotTouchedEither(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := machine()
		w.Guard.Floor = uint32(rapid.IntRange(1, 50).Draw(t, "floor"))
		r, _ := Compile(someOrders.Draw(t, "orders"), w, start)
		packets := rapid.SliceOfN(somePacket, 1, 60).Draw(t, "packets")
		count := map[int]int{}
		for i, v := range play(r, packets) {
			p := packets[i]
			if far := map[bool]netip.Addr{false: p.Dst, true: p.Src}[p.ToGuest]; w.keeps(far) == "" {
				continue
			}
			if count[p.Port]++; count[p.Port] <= int(w.Guard.Floor) && !v.Pass {
				t.Fatalf("number %d, %+v, is %+v", count[p.Port], p, v)
			}
			if !v.Pass && v.By != ByLimit {
				t.Fatalf("%+v is %+v; expected that nothing but a limit touches it", p, v)
			}
		}
	})
}

func TestWhateverTheOrdersAGuestKeepsItsAddress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strict := order("strict", limit, rapid.SampledFrom([]string{"rate=1", "rate_to=1", "bit_rate=64000"}).Draw(t, "limit"), "vm-1", "vm-2", "vm-3")
		r, _ := Compile(append(someOrders.Draw(t, "orders"), strict), machine(), start)
		packets := rapid.SliceOfN(rapid.OneOf(someNeed, somePacket), 1, Chatter).Draw(t, "packets")
		for i, v := range play(r, packets) {
			if needed(&packets[i]) != 0 && !v.Pass {
				t.Fatalf("%+v is %+v", packets[i], v)
			}
		}
	})
}

func TestAGuestFloodsAsNothingThatItNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 50).Draw(t, "rate")
		r, _ := Compile(append(someOrders.Draw(t, "orders"), order("rate", limit, fmt.Sprintf("rate=%d", rate), "vm-1")), machine(), start)
		p := someNeed.Filter(func(p Packet) bool { return !p.ToGuest }).Draw(t, "packet")
		p.Port = 1
		var s Memory
		step := time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "step"))
		most := float64(rate+Chatter) * (1 + 1000*step.Seconds())
		if n := passed(r, &s, start, step, 1000, func(int) Packet { return p }); float64(n) > most+2 {
			t.Fatalf("%d of a flood passed; expected at most %v", n, most)
		}
	})
}

func TestInAnySequenceAndTwiceTheRulesetIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders := someOrders.Draw(t, "orders")
		w := machine()
		w.Most = rapid.SampledFrom([]int{0, 0, 3, 7}).Draw(t, "most")
		r, fates := Compile(orders, w, start)
		other := rapid.Permutation(append(slices.Clone(orders), orders...)).Draw(t, "other")
		slices.Reverse(w.Guests)
		again, others := Compile(other, w, start)
		if r.Digest() != again.Digest() {
			t.Fatalf("%+v and %+v", r, again)
		}
		if c := Diff(r, again); !c.None() {
			t.Fatalf("the change is %+v", c)
		}
		for i, f := range fates {
			j := slices.IndexFunc(others, func(x Fate) bool { return x.Order == orders[i].ID })
			if others[j].State != f.State || others[j].Why != f.Why {
				t.Fatalf("%+v and %+v", f, others[j])
			}
		}
	})
}

func TestNothingOutlivesItsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		orders := someOrders.Draw(t, "orders")
		r, fates := Compile(orders, machine(), start)
		var last evenkeel.Moment
		carried := map[evenkeel.Moment]bool{}
		for i, f := range fates {
			if f.State == Carried {
				carried[orders[i].Until] = true
				last = max(last, orders[i].Until)
			}
		}
		r.ends(func(u evenkeel.Moment) {
			if u <= start || u > last || !carried[u] && len(orders) == len(distinct(orders)) {
				t.Fatalf("an element ends at %v; orders end at %v", u, carried)
			}
		})
		for _, p := range rapid.SliceOfN(somePacket, 1, 20).Draw(t, "packets") {
			var s Memory
			for range 3 {
				if v := r.Verdict(&s, &p, max(last, start)); !v.Pass {
					t.Fatalf("%+v is %+v after the last end", p, v)
				}
			}
		}
		if next := r.Next(last); next != 0 {
			t.Fatalf("something ends at %v, after the last", next)
		}
	})
}

func distinct(orders []evenkeel.Order) map[evenkeel.OrderID]bool {
	ids := map[evenkeel.OrderID]bool{}
	for _, o := range orders {
		ids[o.ID] = true
	}
	return ids
}

// TestFewerOrdersAreNeverStricter asks of rules, not of buckets: a SYN that is dropped early leaves a
// token to somebody else, and that is meant.
func TestFewerOrdersAreNeverStricter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := slices.DeleteFunc(someOrders.Draw(t, "orders"), func(o evenkeel.Order) bool { return o.Lift })
		// Of two orders with one id the first is meant; without it the other would be.
		seen := map[evenkeel.OrderID]bool{}
		all = slices.DeleteFunc(all, func(o evenkeel.Order) bool { x := seen[o.ID]; seen[o.ID] = true; return x })
		var some []evenkeel.Order
		for _, o := range all {
			if rapid.Bool().Draw(t, "in") {
				some = append(some, o)
			}
		}
		more, _ := Compile(all, machine(), start)
		fewer, _ := Compile(some, machine(), start)
		at := start + evenkeel.Moment(rapid.IntRange(0, 5).Draw(t, "at"))*1e9
		for i := range fewer.Ports() {
			p := &fewer.Ports()[i]
			q := more.At(p.Port.Index)
			for k := SYNs; k <= Bits; k++ {
				for _, to := range []bool{false, true} {
					if x := p.Limit(k, to, at); x > 0 && (q == nil || q.Limit(k, to, at) == 0 || q.Limit(k, to, at) > x) {
						t.Fatalf("%v is %d with fewer orders, and less strict with more", k, x)
					}
				}
			}
		}
		for _, a := range []evenkeel.AssetID{"vm-1", "vm-2", "vm-3"} {
			if x, y := share(fewer, a, at), share(more, a, at); x < y {
				t.Fatalf("%s gets %v with fewer orders and %v with more", a, x, y)
			}
		}
		for _, p := range rapid.SliceOfN(somePacket, 1, 20).Draw(t, "packets") {
			var s, z Memory
			if more.Verdict(&s, &p, at).Pass && !fewer.Verdict(&z, &p, at).Pass {
				t.Fatalf("%+v passes with more orders only", p)
			}
		}
	})
}

func share(r *Ruleset, a evenkeel.AssetID, at evenkeel.Moment) Share {
	for _, q := range r.Quotas() {
		if q.Asset == a && q.Until > at {
			return q.Share
		}
	}
	return Whole
}

func TestABucketLetsThroughWhatItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Bucket{uint64(rapid.IntRange(1, 5000).Draw(t, "rate")), uint64(rapid.IntRange(1, 5000).Draw(t, "burst"))}
		var c Credit
		at, n := int64(start), uint64(0)
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 20_000_000), 1, 200).Draw(t, "gaps") {
			at += int64(gap)
			for range 3 {
				var ok bool
				if c, ok = b.Take(c, 1, at); ok {
					n++
				}
			}
		}
		most := b.Burst + uint64(float64(at-int64(start))/1e9*float64(b.Rate)*1.001) + 1
		if n > most {
			t.Fatalf("%d passed; expected at most %d", n, most)
		}
	})
}
