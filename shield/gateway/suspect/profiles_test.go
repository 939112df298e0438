package suspect_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

func (m met) tell(t *testing.T, cut float64) {
	t.Helper()
	t.Logf("cut %.1f %% of the attack; %.2f %% of innocents asked; %d rules (%.1f %% of the load, %.2f %% of the usual visitors)",
		m.cut*100, m.asked*100, len(m.plan.Rules), m.plan.Cut*100, m.plan.Returning*100)
	for i, r := range m.set.Rules() {
		if testing.Verbose() {
			report := m.set.Report(i)
			t.Logf("  %s %s %s", r.Does(), r.Why, report.Beside())
		}
	}
	if m.cut < cut || m.asked > 0.05 {
		t.Errorf("expected at least %.0f %% cut, at most 5 %% asked", cut*100)
	}
	if m.most > suspect.MostAsked {
		t.Errorf("a plan asks %.1f %% of the usual visitors", m.most*100)
	}
}

// TestTenThousandAddressesAskOneQuestionEach is profile (a): what happened to the Wellcome Collection on 6 July 2026.
func TestTenThousandAddressesAskOneQuestionEach(t *testing.T) {
	for _, passes := range []float64{0, 0.6} {
		for _, like := range []float64{0, 0.1, 0.3, 1} { // share whose client is exactly a browser's
			t.Run(fmt.Sprintf("%.0f%% of visitors have passes, %.0f%% of attackers a browser", passes*100, like*100), func(t *testing.T) {
				d := newDomain(1)
				d.passes = passes
				m := d.attacked(12, func() suspect.Visit {
					v := d.person()
					if d.lot.Float64() >= like {
						v.Hello, v.HTTP = 0xa1+d.lot.Uint64N(3), 0xb1
					}
					d.asks(&v, "/search", fmt.Sprintf("q=%d", d.lot.IntN(1e6)), 20)
					return v
				}, d.visit)
				// Of those whose client is a browser's in every way no more can be cut than innocents may be asked: that is
				// profile (i), of which nothing is promised.
				m.tell(t, map[float64]float64{0: 0.99, 0.1: 0.9, 0.3: 0.7, 1: 0.4}[like])
			})
		}
	}
}

// TestAFewAddressesHammer is profile (b).
func TestAFewAddressesHammer(t *testing.T) {
	for _, like := range []bool{false, true} {
		t.Run(fmt.Sprintf("like a browser %v", like), func(t *testing.T) {
			d := newDomain(2)
			var few []suspect.Visit
			for range 6 {
				v := d.person()
				if !like {
					v.Hello, v.HTTP = 0xa1, 0xb1
				}
				few = append(few, v)
			}
			m := d.attacked(12, func() suspect.Visit { return d.of(few[d.lot.IntN(len(few))]) }, d.visit)
			m.tell(t, 0.9)
		})
	}
}

// TestClientsThatSwitchAgentsAndAskForWhatIsNotThere is profile (c): random paths and queries from many proxies.
func TestClientsThatSwitchAgentsAndAskForWhatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		name string
		asks func(d *domain, v *suspect.Visit)
	}{
		{"queries that bust caches", func(d *domain, v *suspect.Visit) {
			d.asks(v, "/", fmt.Sprint(d.lot.Uint64N(1e11)), 3)
		}},
		{"random paths", func(d *domain, v *suspect.Visit) {
			d.asks(v, "/"+word(d)+"/"+word(d), word(d)+"="+word(d), 3)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDomain(3)
			var proxies []suspect.Visit
			for range 800 {
				proxies = append(proxies, d.person())
			}
			m := d.attacked(12, func() suspect.Visit {
				v := proxies[d.lot.IntN(len(proxies))]
				v.Hello, v.HTTP = 0xa1+d.lot.Uint64N(40), 0xb1+d.lot.Uint64N(5) // another for each agent
				if d.lot.IntN(3) == 0 {
					v.Hello, v.HTTP = 0xc1, 0xd1
				}
				c.asks(d, &v)
				return v
			}, d.visit)
			m.tell(t, 0.9)
		})
	}
}

func word(d *domain) string {
	b := make([]byte, 5+d.lot.IntN(8))
	for i := range b {
		b[i] = 'a' + byte(d.lot.IntN(26))
	}
	return string(b)
}

// TestOneAmongFiveHundredBehindAnAddress is profile (j).
func TestOneAmongFiveHundredBehindAnAddress(t *testing.T) {
	for _, like := range []bool{false, true} {
		t.Run(fmt.Sprintf("like a browser %v", like), func(t *testing.T) {
			d := newDomain(4)
			carrier := netip.MustParseAddr("100.66.1.1")
			var shared []suspect.Visit
			for range 500 {
				v := d.person()
				v.Address, v.AS, v.Country = carrier, 2900, [2]byte{'Z', 'Z'}
				shared = append(shared, v)
			}
			for range 2000 {
				v := d.of(shared[d.lot.IntN(len(shared))])
				d.habit.Note(&v)
			}
			bad := shared[0]
			bad.SYN = 77
			if !like {
				bad.Hello, bad.HTTP = 0xa1, 0xb1
			}
			behind := 0
			m := d.attacked(12, func() suspect.Visit { return d.of(bad) }, func() suspect.Visit {
				if behind++; behind%2 == 0 { // half of all visitors are behind it
					return d.of(shared[1+d.lot.IntN(len(shared)-1)])
				}
				return d.visit()
			})
			m.tell(t, 0.9)
			for _, r := range m.set.Rules() {
				if r.Key.Prefix.IsValid() && r.Key.Prefix.Contains(carrier) && r.Key.Kind != suspect.AddressClient {
					t.Errorf("a rule names %s", r.Key)
				}
			}
		})
	}
}

func TestWithoutAHabitOnlyAddressesAreNamed(t *testing.T) {
	d := newDomain(5)
	known := d.habit
	d.habit = suspect.NewHabit(key)
	m := d.attacked(5, func() suspect.Visit {
		v := d.person()
		v.Hello = 0xa1
		return d.of(v)
	}, d.visit)
	for _, r := range m.plan.Rules {
		if r.Key.Kind > suspect.Wide || !strings.Contains(r.Why, "nothing is known") {
			t.Errorf("%s", r.Why)
		}
	}
	d.habit = known
	calm := suspect.NewWatch(key, d.crowd, d.habit)
	for range 400 {
		v := d.visit()
		calm.Note(d.now, &v)
	}
	if p := calm.Rules(d.now.Add(10*time.Second), 0.9); len(p.Rules) > 0 || p.Enough {
		t.Errorf("people as usual are named: %+v", p.Rules)
	}
}
