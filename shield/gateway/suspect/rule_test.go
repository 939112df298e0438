package suspect_test

import (
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

var kinds = func() (all []suspect.Kind) {
	for k := suspect.AddressClient; k <= suspect.Country; k++ {
		all = append(all, k)
	}
	return all
}()

func drawVisit(t *rapid.T) suspect.Visit {
	few := func(name string) uint64 { return rapid.SampledFrom([]uint64{0, 1, 2}).Draw(t, name) }
	v := suspect.Visit{AS: uint32(few("as")), Hello: few("hello"), HTTP: few("http"), SYN: few("syn"), Class: suspect.Class(few("class")), Cost: uint32(few("cost")),
		Pass: rapid.Bool().Draw(t, "pass"), Bot: rapid.Bool().Draw(t, "bot"), Proven: rapid.Bool().Draw(t, "proven")}
	v.Address = rapid.SampledFrom([]netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("::ffff:192.0.2.1"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::1"), netip.MustParseAddr("fe80::1%eth0")}).Draw(t, "address")
	v.Country = rapid.SampledFrom([][2]byte{{}, {'D', 'E'}, {'J', 'P'}}).Draw(t, "country")
	return v
}

// TestWhatARuleMayDo holds what must never happen, for any rules whoever wrote them.
func TestWhatARuleMayDo(t *testing.T) {
	full := suspect.Visit{Address: netip.MustParseAddr("2001:db8::7"), AS: 1, Country: [2]byte{'D', 'E'}, Hello: 2, HTTP: 3, SYN: 4, Class: 5}
	for _, k := range kinds {
		key, ok := suspect.KeyOf(&full, k)
		x := suspect.Judge(noon, &full, []suspect.Rule{{Key: key, Action: suspect.Refuse, Until: noon + 1}})
		if want := map[bool]suspect.Action{true: suspect.Refuse, false: suspect.Challenge}[k == suspect.Address]; !ok || x.Action != want {
			t.Errorf("by %s alone a visit meets %s; expected %s", k, x.Action, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var rules []suspect.Rule
		visit := drawVisit(t)
		for range rapid.SampledFrom([]int{1, 2, 5, 9}).Draw(t, "rules") {
			v := visit
			if rapid.Bool().Draw(t, "another") {
				v = drawVisit(t)
			}
			key, ok := suspect.KeyOf(&v, rapid.SampledFrom(kinds).Draw(t, "kind"))
			if !ok {
				continue
			}
			if !key.Matches(&v) {
				t.Fatalf("%s does not match the visit it is of: %+v", key, v)
			}
			rules = append(rules, suspect.Rule{Key: key, Action: rapid.SampledFrom([]suspect.Action{suspect.Let, suspect.Challenge, suspect.Refuse}).Draw(t, "action"), Shadow: rapid.Bool().Draw(t, "shadow"),
				Until: noon.Add(rapid.SampledFrom([]time.Duration{-1, 0, 1, 1}).Draw(t, "until"))})
		}
		v := visit
		x := suspect.Judge(noon, &v, rules)
		if (v.Pass || v.Bot) && (x.Action != suspect.Let || x.Shadow != suspect.Let) {
			t.Fatalf("a known visitor meets %+v", x)
		}
		if x.Action == suspect.Let {
			return
		}
		r := rules[x.Rule]
		if r.Shadow || noon >= r.Until || !r.Key.Matches(&v) || x.Action > r.Action {
			t.Fatalf("%+v by %+v", x, r)
		}
		if x.Action == suspect.Refuse && r.Key.Kind != suspect.Address {
			t.Fatalf("%s refuses", r.Key)
		}
	})
}

// TestAKeyMatchesWhatIsCountedWithIt: keys that are equal are counted as one, and those that differ are not.
func TestAKeyMatchesWhatIsCountedWithIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawVisit(t), drawVisit(t)
		for _, k := range kinds {
			key, ok := suspect.KeyOf(&a, k)
			other, too := suspect.KeyOf(&b, k)
			x, y := suspect.HashOf(&a, k), suspect.HashOf(&b, k)
			if ok != (x != 0) || too != (y != 0) {
				t.Fatalf("%s: of %+v the key is %v and its hash %x", k, a, ok, x)
			}
			if ok && too && ((key == other) != (x == y) || key.Matches(&b) != (key == other)) {
				t.Fatalf("%s: %s and %s have the hashes %x and %x, and match: %v", k, key, other, x, y, key.Matches(&b))
			}
		}
	})
}

func TestEstimateAndOutcomeStandBesideEachOther(t *testing.T) {
	hello := suspect.Rule{Key: suspect.Key{Kind: suspect.Hello, Hello: 7}, Action: suspect.Challenge, Until: noon.Add(time.Minute), Estimate: suspect.Estimate{Requests: 12, Returning: 0.01}}
	shadow := suspect.Rule{Key: suspect.Key{Kind: suspect.AS, AS: 9}, Action: suspect.Challenge, Shadow: true, Until: noon.Add(time.Minute)}
	s := suspect.NewSet([]suspect.Rule{hello, shadow})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 300 {
				x := s.Judge(noon, &suspect.Visit{Hello: 7, AS: 9, Pass: i%3 == 0})
				if i%3 == 1 {
					s.Solved(x.Rule)
				}
			}
		})
	}
	all.Wait()
	s.Solved(-1)
	s.Solved(2)
	if o := s.Outcome(0); o != (suspect.Outcome{Hit: 800, Returning: 400, Solved: 400}) || o.Innocent() < 0.66 || o.Innocent() > 0.67 {
		t.Errorf("%+v", o)
	}
	if says := s.Beside(0); !strings.Contains(says, "expected to meet 12.0 requests a second and 1.00 %") || !strings.Contains(says, "asked 800, of whom 400 showed a browser, and let 400 through") {
		t.Error(says)
	}
	if says := s.Beside(1); !strings.Contains(says, "would have asked 800") {
		t.Error(says)
	}

	next := s.Next(noon.Add(time.Second), []suspect.Rule{shadow})
	if len(next.Rules()) != 2 || next.Outcome(0).Hit != 800 || next.Outcome(1).Hit != 800 {
		t.Errorf("what goes on is counted anew: %+v", next.Rules())
	}
	if last := next.Next(noon.Add(time.Minute), nil); len(last.Rules()) != 0 {
		t.Errorf("after their end there are %+v", last.Rules())
	}
}

func TestAnAddressIsRefusedOnlyForWhatItDidItself(t *testing.T) {
	d := newDomain(8)
	visit := func(address string) suspect.Visit {
		v := d.visit()
		v.Address, v.Proven = netip.MustParseAddr(address), true
		return v
	}
	w := suspect.NewWatch(key, d.crowd, d.habit)
	fails := func(v suspect.Visit, times int) {
		for range times {
			w.Failed(d.now, &v)
		}
	}
	fails(visit("203.0.113.1"), suspect.FailuresFrom)
	fails(visit("203.0.113.2"), suspect.FailuresFrom-1)
	unproven := visit("203.0.113.3")
	unproven.Proven = false
	fails(unproven, 100)
	known := visit("203.0.113.4")
	fails(known, 100)
	known.Pass = true
	w.Note(d.now, &known)
	for i := range uint64(20) { // many clients
		v := visit("203.0.113.5")
		v.SYN = i
		fails(v, 10)
	}
	bans := w.Down(d.now)
	if len(bans) != 1 || bans[0].Address != netip.MustParseAddr("203.0.113.1") || bans[0].Until != d.now.Add(suspect.BanFor) || !strings.Contains(bans[0].Why, "8 times or more") {
		t.Errorf("to be refused are %+v", bans)
	}
	if late := w.Down(d.now.Add(suspect.FailuresFor)); len(late) > 0 {
		t.Errorf("minutes later, %+v", late)
	}
	// Three addresses whose counter was taken over from others are not taken for those.
	for i := range 5000 {
		v := visit("203.0.113.9")
		v.Address = netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
		fails(v, 1)
	}
	for _, b := range w.Down(d.now) {
		if b.Failures > suspect.FailuresFrom || b.Address != netip.MustParseAddr("203.0.113.1") {
			t.Errorf("%s failed once and is to be refused for %d", b.Address, b.Failures)
		}
	}
}

func TestTheSameVisitsGiveTheSameRules(t *testing.T) {
	plan := func() suspect.Plan {
		d := newDomain(9)
		return d.attacked(3, func() suspect.Visit {
			v := d.person()
			v.Hello = 0xa1 + d.lot.Uint64N(9)
			return d.of(v)
		}, d.visit).plan
	}
	if a, b := plan(), plan(); !reflect.DeepEqual(a, b) || len(a.Rules) == 0 {
		t.Errorf("once %+v, and once %+v", a, b)
	}
}
