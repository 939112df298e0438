package wall_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/wall"
)

// scene is a hand, and how it is watched.
type scene struct {
	t    *testing.T
	hand wall.Hand
	// arrives says whether TCP from an address of the other side gets to an address and port here, within a time.
	arrives func(from netip.Addr, to netip.AddrPort, within time.Duration) bool
	pass    func(time.Duration)
	again   func() wall.Hand                                    // another hand of the same kind, as a process makes it at its start
	killed  func(targets []netip.AddrPort, drops []wall.Drop)   // a process that puts these in force, and is ended by SIGKILL; nil: there are none
	outlive bool                                                // what a killed process put in force stays until its end
	loses   func(from netip.Addr, to netip.AddrPort) func() int // packets that get through until it is called; nil: not asked
}

// Where the hands of a scene drop: an edge with two addresses, and who comes.
var (
	web, web6     = netip.MustParseAddrPort("192.0.2.1:443"), netip.MustParseAddrPort("[2001:db8::1]:443")
	ssh           = netip.MustParseAddrPort("192.0.2.1:22")
	elsewhere     = netip.MustParseAddrPort("192.0.2.9:443") // of this machine too, and not the edge's
	bad, good     = netip.MustParseAddr("192.0.2.66"), netip.MustParseAddr("192.0.2.67")
	bad6, good6   = netip.MustParseAddr("2001:db8::66"), netip.MustParseAddr("2001:db8::67")
	targetsOfEdge = []netip.AddrPort{web, web6}
)

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// What is to arrive has time, on a busy machine too; what is not is waited for briefly, and the counters say that it came.
const (
	soon    = 50 * time.Millisecond
	patient = 10 * time.Second
)

// sees wants packets from an address to get through, or not.
func (s *scene) sees(what string, from netip.Addr, to netip.AddrPort, want bool) {
	s.t.Helper()
	within := soon
	if want {
		within = patient
	}
	if got := s.arrives(from, to, within); got != want {
		s.t.Errorf("%s: from %s to %s arrives: %v; expected %v", what, from, to, got, want)
	}
}

// holds wants these addresses to be in force, each for its time at most.
func (s *scene) holds(want ...wall.Drop) {
	s.t.Helper()
	got, err := s.hand.Holds()
	s.must(err)
	slices.SortFunc(want, func(a, b wall.Drop) int { return a.Address.Compare(b.Address) })
	same := slices.EqualFunc(got, want, func(a, b wall.Drop) bool {
		return a.Address == b.Address && a.For > 0 && a.For <= b.For+20*time.Millisecond && a.For > b.For-5*time.Second
	})
	if !same {
		s.t.Errorf("%v are in force; expected %v", got, want)
	}
}

const (
	exactly    = "what is dropped is exactly what was asked"
	counted    = "what is dropped is counted"
	killedEnds = "L: what a killed process put in force ends by itself, and the next one finds nothing of it"
)

// handPromises are what every hand must do.
var handPromises = []struct {
	says  string
	holds func(s *scene)
}{
	{"before it is said where the edge listens nothing is dropped", func(s *scene) {
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}}))
		s.sees("no targets", bad, web, true)
		s.must(s.hand.Guards(targetsOfEdge))
		s.sees("with targets", bad, web, false)
	}},
	{exactly, func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		s.sees("nothing in force", bad, web, true)
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}, {bad6, time.Minute}}))
		s.holds(wall.Drop{Address: bad, For: time.Minute}, wall.Drop{Address: bad6, For: time.Minute})
		s.sees("the address", bad, web, false)
		s.sees("its neighbour", good, web, true)
		s.sees("the address to ssh", bad, ssh, true)
		s.sees("the address to another of the machine", bad, elsewhere, true)
		s.sees("IPv6", bad6, web6, false)
		s.sees("its neighbour in IPv6", good6, web6, true)
		s.must(s.hand.Guards([]netip.AddrPort{ssh}))
		s.sees("after the edge listens elsewhere", bad, web, true)
		s.sees("where it listens now", bad, ssh, false)
	}},
	{"what is freed gets through at once, and who is not held is no error", func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}, {good, time.Minute}}))
		s.must(s.hand.Free([]netip.Addr{bad, bad6}))
		s.sees("freed", bad, web, true)
		s.sees("the other", good, web, false)
		s.must(s.hand.Free([]netip.Addr{bad}))
		s.holds(wall.Drop{Address: good, For: time.Minute})
	}},
	{"L: each address ends by itself, when nobody calls again", func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		s.must(s.hand.Drop([]wall.Drop{{bad, 300 * time.Millisecond}, {good, time.Minute}, {bad6, time.Microsecond}}))
		s.sees("before its end", bad, web, false)
		s.pass(400 * time.Millisecond)
		s.sees("after its end", bad, web, true)
		s.sees("the other", good, web, false)
		s.holds(wall.Drop{Address: good, For: time.Minute})
		s.must(s.hand.Free([]netip.Addr{bad, bad6}))
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}}))
		s.sees("dropped again", bad, web, false)
	}},
	{"of two ends the last one holds", func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		s.must(s.hand.Drop([]wall.Drop{{bad, 300 * time.Millisecond}}))
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}}))
		s.pass(400 * time.Millisecond)
		s.sees("with a later end", bad, web, false)
		s.must(s.hand.Drop([]wall.Drop{{bad, 300 * time.Millisecond}}))
		s.pass(400 * time.Millisecond)
		s.sees("with a sooner end", bad, web, true)
	}},
	{counted, func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}, {bad6, time.Minute}}))
		var was uint64
		for _, x := range []struct {
			from  netip.Addr
			to    netip.AddrPort
			moves bool
		}{{good, web, false}, {bad, ssh, false}, {bad, web, true}, {bad6, web6, true}} {
			s.arrives(x.from, x.to, soon)
			n, err := s.hand.Dropped()
			s.must(err)
			if moved := n > was; moved != x.moves {
				s.t.Errorf("from %s to %s: the counter moves: %v; expected %v", x.from, x.to, moved, x.moves)
			}
			was = n
		}
	}},
	{"what is bad is refused, and changes nothing", func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		for what, x := range map[string]wall.Drop{
			"without end": {good, 0}, "too long": {good, wall.MostFor + 1}, "no address": {netip.Addr{}, time.Minute},
			"with a zone": {netip.MustParseAddr("fe80::1%lo"), time.Minute}, "IPv4 in IPv6": {netip.MustParseAddr("::ffff:192.0.2.67"), time.Minute},
		} {
			if err := s.hand.Drop([]wall.Drop{{bad, time.Minute}, x}); err == nil {
				s.t.Errorf("%s: it is taken", what)
			}
		}
		for _, to := range []string{"0.0.0.0:443", "[::]:443", "192.0.2.1:0"} {
			if err := s.hand.Guards([]netip.AddrPort{netip.MustParseAddrPort(to)}); err == nil {
				s.t.Errorf("%s: it is taken", to)
			}
		}
		s.holds()
		s.sees("after what is bad", bad, web, true)
	}},
	{"as many as may be fit, and not one more", func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		all := make([]wall.Drop, 0, wall.Most)
		for i := range uint32(wall.Most) {
			all = append(all, wall.Drop{Address: netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 20<<24+i))), For: time.Minute})
		}
		all[0].Address = bad
		s.must(s.hand.Drop(all))
		if got, err := s.hand.Holds(); err != nil || len(got) != wall.Most {
			s.t.Fatalf("%d are in force, %v", len(got), err)
		}
		if err := s.hand.Drop([]wall.Drop{{good, time.Minute}}); err == nil {
			s.t.Error("one more is taken")
		}
		s.sees("one of many", bad, web, false)
		s.sees("one more", good, web, true)
		free := make([]netip.Addr, len(all))
		for i := range all {
			free[i] = all[i].Address
		}
		s.must(s.hand.Free(free))
		s.holds()
		s.sees("all are freed", bad, web, true)
	}},
	{"after it is closed nothing is dropped", func(s *scene) {
		s.must(s.hand.Guards(targetsOfEdge))
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}}))
		s.must(s.hand.Close())
		s.sees("closed", bad, web, true)
		s.hand = s.again()
		s.holds()
	}},
	{"a change has no moment without what stays", func(s *scene) {
		if s.loses == nil {
			return
		}
		s.must(s.hand.Guards(targetsOfEdge))
		s.must(s.hand.Drop([]wall.Drop{{bad, time.Minute}}))
		lost := s.loses(bad, web)
		for i := range 10 {
			s.must(s.hand.Drop([]wall.Drop{{good, time.Minute}, {bad, time.Minute + time.Duration(i)*time.Second}}))
			s.must(s.hand.Free([]netip.Addr{good}))
			s.must(s.hand.Guards(append([]netip.AddrPort{ssh}, targetsOfEdge...)))
			s.must(s.hand.Guards(targetsOfEdge))
		}
		if n := lost(); n > 0 {
			s.t.Errorf("%d packets got through meanwhile", n)
		}
	}},
	{killedEnds, func(s *scene) {
		if s.killed == nil {
			return
		}
		s.must(s.hand.Close())
		s.killed(targetsOfEdge, []wall.Drop{{bad, time.Second}})
		if s.outlive {
			s.sees("right after it was killed", bad, web, false)
			s.pass(time.Second)
		}
		s.sees("after its end", bad, web, true)
		s.killed(targetsOfEdge, []wall.Drop{{bad, time.Minute}})
		s.sees("killed once more", bad, web, !s.outlive)
		s.hand = s.again()
		s.sees("another process has begun", bad, web, true)
		s.holds()
	}},
}

// keeps holds a kind of hand to all of them.
func keeps(t *testing.T, open func(t *testing.T) *scene, only ...string) {
	for _, p := range handPromises {
		if len(only) > 0 && !slices.Contains(only, p.says) {
			continue
		}
		t.Run(p.says, func(t *testing.T) {
			s := open(t)
			s.t = t
			p.holds(s)
			s.must(s.hand.Close())
		})
	}
}

func TestAHandInMemoryKeepsTheContract(t *testing.T) {
	keeps(t, func(*testing.T) *scene {
		now := time.Hour
		s := &scene{pass: func(d time.Duration) { now += d }}
		s.again = func() wall.Hand {
			m := wall.NewMemory(func() time.Duration { return now })
			s.arrives = func(from netip.Addr, to netip.AddrPort, _ time.Duration) bool { return !m.Meets(from, to) }
			return m
		}
		s.hand = s.again()
		return s
	})
}
