package wall_test

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
	"github.com/evenkeel/evenkeel/shield/gateway/wall"
)

// yard is a wall with its own time, before a hand in memory.
type yard struct {
	*wall.Wall
	t    testing.TB
	hand *wall.Memory
	now  evenkeel.Moment
}

var edge = netip.MustParseAddrPort("192.0.2.1:443")

func newYard(t testing.TB, set func(*wall.Config)) *yard {
	y := &yard{t: t, now: evenkeel.Moment(1_795_000_000e9)}
	y.hand = wall.NewMemory(func() time.Duration { return time.Duration(y.now) })
	c := wall.Config{Hand: y.hand, Key: [16]byte{1}, Never: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}
	if set != nil {
		set(&c)
	}
	y.Wall = wall.New(c)
	if err := y.Guards([]netip.AddrPort{edge}); err != nil {
		t.Fatal(err)
	}
	return y
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// visit is one by a machine with one program.
func visit(a netip.Addr) suspect.Visit {
	return suspect.Visit{Address: a, SYN: 0x1111 << 48, Hello: 0xaaaa << 48, Proven: true}
}

func ban(t evenkeel.TenantID, a netip.Addr, until evenkeel.Moment) gateway.Ban {
	return gateway.Ban{Site: "shop", Tenant: t, Proven: true, Ban: suspect.Ban{Address: a, Until: until, Failures: 8}}
}

// fails has an address visit a tenant's site and be refused there.
func (y *yard) fails(t evenkeel.TenantID, a netip.Addr) wall.Reason {
	y.t.Helper()
	y.Came(t, visit(a), y.now)
	r, err := y.Refused([]gateway.Ban{ban(t, a, y.now.Add(suspect.BanFor))}, y.now)
	if err != nil || len(r) != 1 {
		y.t.Fatalf("%+v, %v", r, err)
	}
	if dropped := y.hand.Meets(a, edge); dropped != (r[0].Why == wall.Down || r[0].Why == wall.Again) {
		y.t.Fatalf("%s is dropped: %v; it is said to be: %s", a, dropped, r[0].Why)
	}
	return r[0].Why
}

func TestWhoeverMayBeSomebodyElseIsNotDropped(t *testing.T) {
	a := addr("198.51.100.7")
	came := func(t evenkeel.TenantID, change func(*suspect.Visit)) func(*yard) {
		return func(y *yard) {
			v := visit(a)
			change(&v)
			y.Came(t, v, y.now)
		}
	}
	for _, c := range []struct {
		says string
		a    netip.Addr
		was  func(*yard)
		want wall.Reason
	}{
		{"nothing else is known", a, nil, wall.Down},
		{"it visited the same tenant before", a, came("shop", func(*suspect.Visit) {}), wall.Down},
		{"a pass came from it", a, came("shop", func(v *suspect.Visit) { v.Pass = true }), wall.Trusted},
		{"a pass came from it at another tenant's site", a, came("blog", func(v *suspect.Visit) { v.Pass = true }), wall.Trusted},
		{"a verified bot came from it", a, came("shop", func(v *suspect.Visit) { v.Bot = true }), wall.Trusted},
		{"a machine with another SYN came from it", a, came("shop", func(v *suspect.Visit) { v.SYN = 0x2222 << 48 }), wall.Machines},
		{"a program with another hello came from it", a, came("shop", func(v *suspect.Visit) { v.Hello = 0xbbbb << 48 }), wall.Machines},
		{"it visits another tenant", a, came("blog", func(*suspect.Visit) {}), wall.Elsewhere},
		{"it failed at the other tenant's site as well", a, func(y *yard) {
			y.fails("blog", a)
			if _, err := y.Pardon(addr("198.51.100.99")); err != nil {
				y.t.Fatal(err)
			}
		}, wall.Again},
		{"it failed at the one and visits a third", a, func(y *yard) {
			came("mail", func(*suspect.Visit) {})(y)
			if why := y.fails("blog", a); why != wall.Elsewhere {
				y.t.Error(why)
			}
		}, wall.Elsewhere},
		{"the operator's own", addr("203.0.113.9"), nil, wall.Kept},
		{"a private address", addr("10.1.2.3"), nil, wall.Kept},
		{"inside a carrier", addr("100.64.0.9"), nil, wall.Kept},
		{"loopback", addr("127.0.0.1"), nil, wall.Kept},
		{"loopback of IPv6", addr("::1"), nil, wall.Kept},
		{"link-local of IPv6", addr("fe80::1"), nil, wall.Kept},
		{"a translator", addr("64:ff9b::102:304"), nil, wall.Kept},
		{"IPv4 that is written in IPv6", addr("::ffff:198.51.100.7"), nil, wall.Kept},
		{"the edge itself", edge.Addr(), nil, wall.Kept},
		{"many are known to share it", addr("198.18.0.1"), nil, wall.Relay},
		{"an address of IPv6", addr("2001:db8::7"), nil, wall.Down},
	} {
		t.Run(c.says, func(t *testing.T) {
			y := newYard(t, func(c *wall.Config) { c.Shared = func(a netip.Addr) bool { return a == addr("198.18.0.1") } })
			if c.was != nil {
				c.was(y)
			}
			y.now = y.now.Add(30 * time.Minute)
			if c.want == wall.Again {
				y.now = y.now.Add(-30 * time.Minute)
			}
			if why := y.fails("shop", c.a); why != c.want {
				t.Errorf("%s; expected %s", why, c.want)
			}
		})
	}
}

func TestWhatIsNotKnownSpeaksForWhoFailed(t *testing.T) {
	y := newYard(t, nil)
	a := addr("198.51.100.7")
	v := visit(a)
	v.SYN = 0
	y.Came("shop", v, y.now)
	x := ban("shop", a, y.now.Add(time.Minute))
	for _, c := range []struct {
		says string
		set  func(b *gateway.Ban)
		want wall.Reason
	}{
		{"no SYN is known", func(*gateway.Ban) {}, wall.NoSYN},
		{"nobody completed a handshake", func(b *gateway.Ban) { b.Proven = false }, wall.Unproven},
		{"it has no end", func(b *gateway.Ban) { b.Until = 0 }, wall.NoEnd},
		{"its end is past", func(b *gateway.Ban) { b.Until = y.now }, wall.NoEnd},
	} {
		b := x
		c.set(&b)
		if r, err := y.Refused([]gateway.Ban{b}, y.now); err != nil || r[0].Why != c.want {
			t.Errorf("%s: %+v, %v; expected %s", c.says, r, err, c.want)
		}
	}
}

func TestWhatWasSeenIsForgottenAfterTwoHours(t *testing.T) {
	y := newYard(t, nil)
	a := addr("198.51.100.7")
	y.Came("blog", visit(a), y.now)
	for _, want := range []wall.Reason{wall.Elsewhere, wall.Elsewhere, wall.Down} {
		y.now = y.now.Add(59 * time.Minute)
		if want == wall.Down {
			y.now = y.now.Add(5 * time.Minute)
		}
		y.Came("shop", visit(addr("192.0.2.200")), y.now)
		if why := y.fails("shop", a); why != want {
			t.Errorf("%s; expected %s", why, want)
		}
	}
}

func TestWhoIsDroppedIsLetInAgainByItselfAndByPardon(t *testing.T) {
	y := newYard(t, nil)
	a, b := addr("198.51.100.7"), addr("198.51.100.8")
	for _, x := range []netip.Addr{a, b} {
		if why := y.fails("shop", x); why != wall.Down {
			t.Fatal(why)
		}
	}
	if was, err := y.Pardon(netip.AddrFrom16(a.As16())); err != nil || !was || y.hand.Meets(a, edge) || !y.hand.Meets(b, edge) {
		t.Errorf("pardoned: %v, %v", was, err)
	}
	if was, err := y.Pardon(a); err != nil || was {
		t.Errorf("pardoned twice: %v, %v", was, err)
	}
	if y.hand.Meets(b, netip.AddrPortFrom(edge.Addr(), 22)) {
		t.Error("ssh is dropped")
	}
	y.now = y.now.Add(wall.MostFor)
	if y.hand.Meets(b, edge) {
		t.Error("it is dropped after its end")
	}
	if err := y.Sweep(y.now); err != nil || len(y.Holds(y.now)) != 0 {
		t.Error(y.Holds(y.now), err)
	}
	if s, err := y.Standing(y.now); err != nil || s.Held != 0 || s.Packets == 0 || s.Counts[wall.Down] != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestANetworkOfWhichManyFailIsLetGo(t *testing.T) {
	for _, first := range []string{"198.51.100.1", "2001:db8:7::1"} {
		y := newYard(t, nil)
		a := addr(first)
		for range wall.MostInNetwork {
			if why := y.fails("shop", a); why != wall.Down {
				t.Fatal(why)
			}
			a = a.Next()
		}
		if why := y.fails("shop", addr("198.51.101.1")); why != wall.Down {
			t.Error("its neighbour:", why)
		}
		if why := y.fails("shop", a); why != wall.Neighbours {
			t.Error(why)
		}
		if held := y.Holds(y.now); len(held) != 1 || held[0].Address != addr("198.51.101.1") || y.hand.Meets(addr(first), edge) {
			t.Errorf("%v are held", held)
		}
		y.now = y.now.Add(wall.CrowdedFor - time.Second)
		if why := y.fails("shop", a); why != wall.Neighbours {
			t.Error(why)
		}
		y.now = y.now.Add(time.Second)
		if why := y.fails("shop", a); why != wall.Down {
			t.Error(why)
		}
	}
}

func TestWhereVeryManyFailTheBreakerFreesAll(t *testing.T) {
	y := newYard(t, nil)
	a, n, tooFast := netip.AddrFrom4([4]byte{20, 0, 0, 1}), 0, 0
	for y.hand.Meets(a, edge) || n == 0 {
		for range 500 {
			b := a.As4()
			b[1], b[2], b[3] = 20+byte(n>>16), byte(n>>8), byte(n)
			n += 17 // so that no network has many
			why := y.fails("shop", netip.AddrFrom4(b))
			if why == wall.TooFast {
				tooFast++
			}
			if why == wall.Stopped {
				break
			}
		}
		if n == 500*17 {
			a = netip.AddrFrom4([4]byte{20, 20, 0, 0})
		}
		if y.now = y.now.Add(time.Second); n > 17*2*wall.MostInMinute {
			t.Fatal("the breaker does not act")
		}
	}
	if n/17 < wall.MostInMinute || len(y.Holds(y.now)) > 0 || tooFast > 0 {
		t.Errorf("after %d addresses %d are held; %d came too fast", n/17, len(y.Holds(y.now)), tooFast)
	}
	if s, _ := y.Standing(y.now); s.Stopped <= y.now {
		t.Errorf("%+v", s)
	}
	if why := y.fails("shop", addr("198.51.100.7")); why != wall.Stopped {
		t.Error(why)
	}
	y.now = y.now.Add(wall.BrokenFor)
	if why := y.fails("shop", addr("198.51.100.7")); why != wall.Down {
		t.Error(why)
	}
}

func TestARestartTakesUpWhatIsThere(t *testing.T) {
	y := newYard(t, nil)
	for _, a := range []string{"198.51.100.7", "198.51.101.8", "2001:db8::9"} {
		y.fails("shop", addr(a))
	}
	kept := y.Holds(y.now)
	z := newYard(t, func(c *wall.Config) { c.Never = append(c.Never, netip.MustParsePrefix("198.51.101.0/24")) })
	z.now = y.now.Add(5 * time.Minute)
	if n, err := z.Take(append(kept, wall.Held{Address: addr("198.51.100.70"), Until: y.now}, wall.Held{Address: addr("198.51.100.71"), Until: z.now.Add(24 * time.Hour)}), z.now); err != nil || n != 3 {
		t.Errorf("%d are taken up, %v", n, err)
	}
	for _, h := range z.Holds(z.now) {
		if h.Until > z.now.Add(wall.MostFor) {
			t.Errorf("%+v ends too late", h)
		}
	}
	z.now = kept[0].Until
	if z.hand.Meets(kept[0].Address, edge) {
		t.Error("it ends later than it did before the restart")
	}
}

// broken is a hand that does not take anything.
type broken struct{ *wall.Memory }

func (broken) Drop([]wall.Drop) error { return errors.New("no buffer space available") }

func TestWhatTheKernelRefusesIsNotSaidToBeDropped(t *testing.T) {
	y := newYard(t, func(c *wall.Config) { c.Hand = broken{c.Hand.(*wall.Memory)} })
	a := addr("198.51.100.7")
	y.Came("shop", visit(a), y.now)
	if r, err := y.Refused([]gateway.Ban{ban("shop", a, y.now.Add(time.Minute))}, y.now); err == nil || r[0].Why != wall.Broken || len(y.Holds(y.now)) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEachReasonHasItsWords(t *testing.T) {
	seen := map[string]bool{}
	for r := range wall.Reasons {
		if w := r.String(); w == "" || w == "invalid" || seen[w] {
			t.Errorf("%d is %q", r, w)
		}
		seen[r.String()] = true
	}
	if wall.Reasons.String() != "invalid" {
		t.Error(wall.Reasons.String())
	}
}

// TestWhateverComesWhatIsDroppedIsBoundedProvenAndEnds draws visits, refusals, pardons and time.
func TestWhateverComesWhatIsDroppedIsBoundedProvenAndEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := newYard(panics{}, nil)
		type facts struct {
			syn     uint64
			tenants []evenkeel.TenantID
			several bool
		}
		seen := map[netip.Addr]*facts{}
		draw := func() netip.Addr {
			return rapid.SampledFrom([]netip.Addr{
				addr("198.51.100.1"), addr("198.51.100.2"), addr("10.0.0.1"), addr("203.0.113.4"), addr("fe80::1"), addr("2001:db8::1"), addr("2001:db8::2"), addr("127.0.0.1"), edge.Addr(),
			}).Draw(t, "address")
		}
		tenants := rapid.SampledFrom([]evenkeel.TenantID{"a", "b"})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a, tenant := draw(), tenants.Draw(t, "tenant")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				v := visit(a)
				v.SYN = uint64(rapid.IntRange(0, 2).Draw(t, "syn")) << 60
				v.Pass = rapid.IntRange(0, 9).Draw(t, "pass") == 0
				y.Came(tenant, v, y.now)
				f := seen[a]
				if f == nil {
					f = &facts{}
					seen[a] = f
				}
				f.several = f.several || v.Pass || v.SYN != 0 && f.syn != 0 && v.SYN != f.syn
				if v.SYN != 0 {
					f.syn = v.SYN
				}
				if !slices.Contains(f.tenants, tenant) {
					f.tenants = append(f.tenants, tenant)
				}
			case 2:
				b := ban(tenant, a, y.now.Add(time.Duration(rapid.IntRange(-10, 3600).Draw(t, "for"))*time.Second))
				b.Proven = rapid.Bool().Draw(t, "proven")
				r, err := y.Refused([]gateway.Ban{b}, y.now)
				if err != nil {
					t.Fatal(err)
				}
				f := seen[a]
				if r[0].Why == wall.Down && (!b.Proven || f == nil || f.several || f.syn == 0 || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a == addr("203.0.113.4") || a == edge.Addr()) {
					t.Fatalf("%s is dropped; known of it: %+v", a, f)
				}
			default:
				y.now = y.now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "passes")) * time.Second) // within the hour, mostly: what is forgotten is another test's
				if err := y.Sweep(y.now); err != nil {
					t.Fatal(err)
				}
			}
			held, err := y.hand.Holds()
			if err != nil {
				t.Fatal(err)
			}
			book := y.Holds(y.now)
			if len(held) != len(book) {
				t.Fatalf("the hand holds %v, the book %v", held, book)
			}
			for i, d := range held {
				if d.For <= 0 || d.For > wall.MostFor || book[i].Address != d.Address || book[i].Until != y.now.Add(d.For) {
					t.Fatalf("%v; the book says %v", d, book[i])
				}
			}
		}
	})
}

// panics is for worlds inside properties.
type panics struct{ testing.TB }

func (panics) Fatal(args ...any) { panic(args) }

// TestVisitsAndRefusalsMayMeet has many goroutines use it, as requests, the loop and the socket of a process do.
func TestVisitsAndRefusalsMayMeet(t *testing.T) {
	y := newYard(t, nil)
	now := y.now
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 200 {
				a := netip.AddrFrom4([4]byte{198, 18, byte(g), byte(i % 8)})
				y.Came("shop", visit(a), now.Add(time.Duration(i)*time.Minute))
				if _, err := y.Refused([]gateway.Ban{ban("shop", a, now.Add(time.Hour))}, now); err != nil {
					t.Error(err)
				}
				if _, err := y.Pardon(a); err != nil {
					t.Error(err)
				}
				y.Holds(now)
			}
		})
	}
	all.Wait()
}

// FuzzLoad reads what is no file of ours, or a damaged one.
func FuzzLoad(f *testing.F) {
	y := newYard(f, nil)
	for _, a := range []string{"198.51.100.7", "2001:db8::9"} {
		y.fails("shop", addr(a))
	}
	var b bytes.Buffer
	if err := y.Save(&b, y.now); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("EKWL"))
	f.Fuzz(func(t *testing.T, data []byte) {
		z := newYard(t, nil)
		n, err := z.Load(bytes.NewReader(data), z.now)
		held := z.Holds(z.now)
		if len(held) != n || err != nil && n > 0 {
			t.Errorf("%d are taken up, %v; %v are held", n, err, held)
		}
		for _, h := range held {
			if h.Until <= z.now || h.Until > z.now.Add(wall.MostFor) || h.Address.IsPrivate() || h.Address.Is4In6() {
				t.Errorf("%+v is held", h)
			}
		}
	})
}

func TestWhatIsKeptIsReadAgain(t *testing.T) {
	y := newYard(t, nil)
	for _, a := range []string{"198.51.100.7", "2001:db8::9"} {
		y.fails("shop", addr(a))
	}
	var b bytes.Buffer
	if err := y.Save(&b, y.now); err != nil {
		t.Fatal(err)
	}
	z := newYard(t, nil)
	z.now = y.now
	if n, err := z.Load(bytes.NewReader(b.Bytes()), z.now); err != nil || n != 2 || !slices.Equal(z.Holds(z.now), y.Holds(y.now)) {
		t.Errorf("%d, %v: %v; expected %v", n, err, z.Holds(z.now), y.Holds(y.now))
	}
	for i := range b.Len() {
		bad := bytes.Clone(b.Bytes())
		bad[i] ^= 0x40
		if n, err := newYard(t, nil).Load(bytes.NewReader(bad), y.now); err == nil {
			t.Errorf("with byte %d changed %d are taken up", i, n)
		}
	}
}
