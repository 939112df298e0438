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
		Range: suspect.Range(few("range")), Pass: rapid.Bool().Draw(t, "pass"), Bot: rapid.Bool().Draw(t, "bot"), Proven: rapid.Bool().Draw(t, "proven")}
	v.Address = rapid.SampledFrom([]netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("::ffff:192.0.2.1"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::1"), netip.MustParseAddr("fe80::1%eth0")}).Draw(t, "address")
	v.Country = rapid.SampledFrom([][2]byte{{}, {'D', 'E'}, {'J', 'P'}}).Draw(t, "country")
	return v
}

// TestWhatARuleMayDo holds what must never happen, for any rules whoever wrote them.
func TestWhatARuleMayDo(t *testing.T) {
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
			rules = append(rules, suspect.Rule{Key: key, Shadow: rapid.Bool().Draw(t, "shadow"),
				Until: noon.Add(rapid.SampledFrom([]time.Duration{-1, 0, 1, 1}).Draw(t, "until"))})
		}
		v := visit
		x := suspect.Judge(noon, &v, rules)
		if (v.Pass || v.Bot) && x.Asks() {
			t.Fatalf("a known visitor meets %+v", x)
		}
		for i, r := range rules { // the first that holds is the one that names, and of those in shadow none asks
			holds := noon < r.Until && r.Key.Matches(&v)
			if place := map[bool]int{false: x.Rule, true: x.Shadow}[r.Shadow]; holds && (place < 0 || place > i) || !holds && place == i {
				t.Fatalf("%+v, and the rule %d is %+v", x, i, r)
			}
		}
		if x.Asks() && (rules[x.Rule].Shadow || v.Pass || v.Bot) {
			t.Fatalf("%+v by %+v", x, rules[x.Rule])
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
	hello := suspect.Rule{Key: suspect.Key{Kind: suspect.Hello, Hello: 7}, Until: noon.Add(time.Minute), Estimate: suspect.Estimate{Requests: 12, Returning: 0.01}}
	shadow := suspect.Rule{Key: suspect.Key{Kind: suspect.AS, AS: 9}, Shadow: true, Until: noon.Add(time.Minute)}
	s := suspect.NewSet([]suspect.Rule{hello, shadow})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 300 {
				x := s.Judge(noon, &suspect.Visit{Hello: 7, AS: 9, Pass: i%3 == 0}, func(netip.Addr) bool { return i%6 == 1 })
				if i%3 == 1 {
					s.Asked(x.Rule)
				}
				if i%6 == 1 {
					s.Solved(x.Rule)
				}
			}
		})
	}
	all.Wait()
	for _, none := range []int{-1, 2} {
		s.Asked(none)
		s.Solved(none)
	}
	if o := s.Outcome(0); o != (suspect.Outcome{Hit: 800, Known: 200, Returning: 400, Asked: 400, Solved: 200}) || o.Innocent() != 0.5 || !o.Refuted(0.4) || o.Refuted(0.5) {
		t.Errorf("%+v", o)
	}
	if r := s.Report(0); !strings.Contains(r.Beside(), "expected to meet 12.0 requests a second and 1.00 %") || !strings.Contains(r.Beside(), "held back 800 requests, 200 of them from addresses that came in calm, and let 400 through with a pass; of 400 visitors whom it asked 200 showed") {
		t.Error(r.Beside())
	}
	if r := s.Report(1); !strings.Contains(r.Beside(), "would have held back 800 requests") || !strings.Contains(r.Beside(), "50.00 % are estimated to be people") {
		t.Error(r.Beside())
	}

	next := s.Next(noon.Add(time.Second), []suspect.Rule{shadow})
	if len(next.Rules()) != 2 || next.Outcome(0).Hit != 800 || next.Outcome(1).Hit != 800 {
		t.Errorf("what goes on is counted anew: %+v", next.Rules())
	}
	if o := s.Next(noon.Add(2*time.Second), nil).Outcome(0); o.Rate != 0 {
		t.Errorf("nothing came within a second, and %.1f are named", o.Rate)
	}
	for range 30 {
		next.Judge(noon.Add(2*time.Second), &suspect.Visit{Hello: 7}, nobody)
	}
	if o := next.Next(noon.Add(4*time.Second), nil).Outcome(1); o.Rate != 15 {
		t.Errorf("30 came within two seconds, and %.1f a second are named", o.Rate)
	}
	live := shadow
	live.Shadow = false
	if o := next.Next(noon.Add(time.Second), []suspect.Rule{live}).Outcome(0); o.Hit != 0 {
		t.Errorf("what a rule did in shadow is counted as what it did: %+v", o)
	}
	rest, taken := next.Without(func(r suspect.Rule, o suspect.Outcome) bool { return !r.Shadow && o.Refuted(0.4) })
	if len(rest.Rules()) != 1 || !rest.Rules()[0].Shadow || rest.Outcome(0).Hit != 800 || len(taken) != 1 || taken[0].Outcome.Solved != 200 {
		t.Errorf("left are %+v, and taken back %+v", rest.Rules(), taken)
	}
	if last := next.Next(noon.Add(time.Minute), nil); len(last.Rules()) != 0 {
		t.Errorf("after their end there are %+v", last.Rules())
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
