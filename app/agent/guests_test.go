package agent

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/hypervisor/hypervisortest"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

func mac(last byte) [6]byte { return [6]byte{0x52, 0x54, 0, 0, 0, last} }

func domain(name string, state hypervisor.State, port string, card byte) hypervisor.Domain {
	return hypervisor.Domain{
		Name: name, UUID: "00000000-0000-4000-8000-00000000000" + name[len(name)-1:], State: state, CPUs: 4, Used: time.Minute,
		Cards: []hypervisor.Card{{Port: port, MAC: mac(card)}},
	}
}

const withLibvirt = `
guests:
  vm-1: {domain: one, cpus: 2}
  vm-9: {macs: ["52:54:00:00:00:09"]}
  vm-5: {domain: 00000000-0000-4000-8000-000000000005}
libvirt: {socket: /run/libvirt/libvirt-sock, asset: "vm-{name}"}
`

func parsed(t testing.TB, text string) Settings {
	t.Helper()
	s, err := Parse("host.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADomainIsTheGuestThatTheSettingsName(t *testing.T) {
	s := parsed(t, withLibvirt)
	domains := []hypervisor.Domain{
		domain("one", hypervisor.Running, "vnet0", 1),
		domain("1", hypervisor.Running, "vnet1", 2),     // would be vm-1 too, and is not
		domain("nine", hypervisor.Paused, "vnet2", 9),   // by its card
		domain("five5", hypervisor.Running, "vnet3", 3), // by its UUID
		domain("off7", hypervisor.Off, "vnet0", 7),      // its port is another's now
	}
	got := s.Tell(domains, 5)
	want := []whose.Guest{
		{Asset: "vm-1", Domain: "one", CPUs: 4, MACs: [][6]byte{mac(1)}},
		{Asset: "vm-5", Domain: "five5", CPUs: 4, MACs: [][6]byte{mac(3)}},
		{Asset: "vm-9", Domain: "nine", CPUs: 4, MACs: [][6]byte{mac(9)}},
		{Asset: "vm-off7", Domain: "off7", CPUs: 4, MACs: [][6]byte{mac(7)}, Off: true},
	}
	claims := []whose.Claim{{Port: "vnet0", Asset: "vm-1", By: "libvirt"}, {Port: "vnet2", Asset: "vm-9", By: "libvirt"}, {Port: "vnet3", Asset: "vm-5", By: "libvirt"}}
	if !reflect.DeepEqual(got.Guests, want) || !reflect.DeepEqual(got.Claims, claims) || len(got.Odd) != 0 || got.At != 5 || len(got.Used) != 3 || got.Used["vm-1"] != time.Minute {
		t.Errorf("got %+v; want %+v and %+v", got, want, claims)
	}
	book, err := s.book(nil, got)
	if err != nil {
		t.Fatal(err)
	}
	w, _ := s.World(book, []port.Place{{Name: "vnet0", Index: 7}, {Name: "vnet8", Index: 8, MAC: [6]byte{0xfe, 0x54, 0, 0, 0, 3}}})
	guests := []plan.Guest{
		{Asset: "vm-1", Domain: "one", CPUs: 2, Ports: []plan.Port{{Name: "vnet0", Index: 7}}}, // the settings say 2
		{Asset: "vm-5", Domain: "five5", CPUs: 4, Ports: []plan.Port{{Name: "vnet8", Index: 8, MAC: [6]byte{0xfe, 0x54, 0, 0, 0, 3}}}},
		{Asset: "vm-9", Domain: "nine", CPUs: 4},
		{Asset: "vm-off7", Domain: "off7", CPUs: 4, Off: true},
	}
	if !reflect.DeepEqual(w.Guests, guests) {
		t.Errorf("guests %+v; want %+v", w.Guests, guests)
	}
}

func TestADomainThatCouldBeTwoGuestsIsNone(t *testing.T) {
	s := parsed(t, `
guests: {vm-a: {domain: x}, vm-b: {domain: x}}
libvirt: {asset: "{uuid}"}
`)
	twin := domain("n1", hypervisor.Running, "vnet1", 1)
	other := twin
	other.Name = "m1" // of the same UUID
	got := s.Tell([]hypervisor.Domain{domain("x", hypervisor.Running, "vnet0", 0), twin, other}, 0)
	if len(got.Guests) != 0 || len(got.Claims) != 0 || len(got.Odd) != 2 || !strings.Contains(got.Odd[0], "m1, n1 would all be") || !strings.Contains(got.Odd[1], "vm-a or vm-b") {
		t.Errorf("got %+v", got)
	}
	if got := s.Tell([]hypervisor.Domain{{Name: "x\x01", UUID: "x\x01"}}, 0); len(got.Guests) != 0 || len(got.Odd) != 1 {
		t.Errorf("a name with a control character: %+v", got)
	}
}

func TestTheSequenceOfDomainsDoesNotShow(t *testing.T) {
	s := parsed(t, withLibvirt)
	names := []string{"one", "1", "2", "nine", "five5", "x"}
	rapid.Check(t, func(t *rapid.T) {
		var all []hypervisor.Domain
		for range rapid.IntRange(0, 6).Draw(t, "domains") {
			all = append(all, domain(rapid.SampledFrom(names).Draw(t, "name"), hypervisor.State(rapid.IntRange(0, 3).Draw(t, "state")),
				rapid.SampledFrom([]string{"", "vnet0", "vnet1"}).Draw(t, "port"), rapid.SampledFrom([]byte{1, 2, 9}).Draw(t, "card")))
		}
		a, b := s.Tell(all, 0), s.Tell(rapid.Permutation(all).Draw(t, "turned"), 0)
		if !a.same(b) {
			t.Fatalf("%+v; turned %+v", a, b)
		}
		for i, g := range a.Guests {
			if i > 0 && a.Guests[i-1].Asset >= g.Asset {
				t.Fatalf("%s is there twice", g.Asset)
			}
		}
		if _, err := s.book(nil, a); err != nil {
			t.Fatal(err)
		}
	})
}

// machineOf is a host without programs, whose ports the test tells.
func machineOf(t testing.TB, s Settings, told *Told) *Host {
	t.Helper()
	s.Data = t.TempDir()
	clock, err := host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), Parts{Settings: s, Told: told, Clock: clock, Name: "host-1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestAPortThatBecomesSomebodysIsInTheWorld(t *testing.T) {
	s := parsed(t, withLibvirt)
	h := machineOf(t, s, nil)
	h.follow(port.Event{Kind: port.Appeared, Place: port.Place{Name: "vnet0", Index: 7}})
	at := func() (all []string) {
		for _, g := range h.World().Guests {
			for _, p := range g.Ports {
				all = append(all, string(g.Asset)+" at "+p.Name)
			}
		}
		return all
	}
	if got := at(); got != nil || len(h.Unknown()) != 1 {
		t.Fatalf("before anybody says so, %v", got)
	}
	<-h.kick
	for _, x := range []struct {
		domains []hypervisor.Domain
		want    []string
	}{
		{[]hypervisor.Domain{domain("one", hypervisor.Running, "vnet0", 1)}, []string{"vm-1 at vnet0"}},
		{[]hypervisor.Domain{domain("one", hypervisor.Off, "", 1)}, nil},                                      // turned off; it has no card that could be at vnet0
		{[]hypervisor.Domain{domain("other", hypervisor.Running, "vnet0", 2)}, []string{"vm-other at vnet0"}}, // somebody else came
		{[]hypervisor.Domain{domain("one", hypervisor.Running, "vnet0", 8)}, []string{"vm-1 at vnet0"}},       // rebuilt, with another card
	} {
		if err := h.Know(s.Tell(x.domains, 0)); err != nil {
			t.Fatal(err)
		}
		if got := at(); !slices.Equal(got, x.want) {
			t.Errorf("%v; want %v", got, x.want)
		}
		select {
		case <-h.kick:
		default:
			t.Error("nobody looks at what is ordered")
		}
	}
	// What cannot be taken changes nothing.
	if err := h.Know(&Told{Guests: []whose.Guest{{Asset: "a"}, {Asset: "a"}}}); err == nil || !slices.Equal(at(), []string{"vm-1 at vnet0"}) {
		t.Errorf("%v: %v", err, at())
	}
}

// door forwards to a socket, and can be shut.
type door struct {
	l     net.Listener
	to    string
	mu    sync.Mutex
	conns []net.Conn
	shut  bool
}

func newDoor(t *testing.T, to string) (*door, string) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "door")
	l, err := net.Listen("unix", at)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{l: l, to: to}
	t.Cleanup(func() { d.l.Close(); d.set(true) })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("unix", to)
			d.mu.Lock()
			if err != nil || d.shut {
				in.Close()
				if out != nil {
					out.Close()
				}
			} else {
				d.conns = append(d.conns, in, out)
				go func() { io.Copy(in, out); in.Close() }()
				go func() { io.Copy(out, in); out.Close() }()
			}
			d.mu.Unlock()
		}
	}()
	return d, at
}

func (d *door) set(shut bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut = shut; shut {
		for _, c := range d.conns {
			c.Close()
		}
		d.conns = nil
	}
}

// sayings is a log that a test waits for.
type sayings struct{ got chan string }

func (s *sayings) Write(b []byte) (int, error) {
	s.got <- string(b)
	return len(b), nil
}

// R15, R16: what libvirt says of its guests is known, stays known while it is silent, and is followed when it is back.
func TestGuestsAreKnownAsLibvirtHasThem(t *testing.T) {
	socket := hypervisortest.Libvirt(t)
	through, at := newDoor(t, socket)
	s := parsed(t, `
guests: {vm-1: {domain: one}}
libvirt: {socket: `+at+`, uri: "test:///default", asset: "vm-{name}"}
`)
	s.Data = t.TempDir()
	// The guests of libvirt's test driver are there for as long as somebody is connected.
	keep, err := hypervisor.Open(t.Context(), socket, s.Libvirt.URI, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	virsh := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "virsh", append([]string{"-c", "test+unix:///default?socket=" + socket}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("virsh %v: %v\n%s", args, err, out)
		}
	}
	log := &sayings{got: make(chan string, 64)} // more than there is to say
	told := make(chan *Told, 64)
	g := newGuests(s, func(t *Told) error { told <- t; return nil }, func() evenkeel.Moment { return 7 }, slog.New(slog.NewTextHandler(log, nil)))
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	defer func() {
		end()
		if err := <-done; err != context.Canceled {
			t.Errorf("it ended with %v", err)
		}
	}()
	until := func(what string, is func(*Told) bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case x := <-told:
				if is(x) {
					return
				}
			case <-late:
				t.Fatalf("%s is not told; last %+v", what, g.Told())
			}
		}
	}
	says := func(want string) {
		t.Helper()
		select {
		case line := <-log.got:
			if !strings.Contains(line, want) {
				t.Fatalf("it says %q; want %q", line, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("nobody says that %s", want)
		}
	}
	until("the guest of the test driver", func(x *Told) bool {
		return len(x.Guests) == 1 && x.Guests[0].Asset == "vm-test" && x.Guests[0].CPUs == 2 && !x.Guests[0].Off && x.At == 7
	})
	file := filepath.Join(t.TempDir(), "one.xml")
	if err := os.WriteFile(file, []byte(`<domain type='test'><name>one</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>
		<devices><interface type='ethernet'><mac address='52:54:00:00:00:01'/><target dev='ekv7'/></interface></devices></domain>`), 0o600); err != nil {
		t.Fatal(err)
	}
	virsh("define", file)
	virsh("start", "one")
	g.Kick()
	until("a guest that was started", func(x *Told) bool {
		return slices.Contains(x.Claims, whose.Claim{Port: "ekv7", Asset: "vm-1", By: "libvirt"}) && len(x.Guests) == 2
	})
	through.set(true)
	says("what is known of them stays")
	if x := g.Told(); len(x.Guests) != 2 || len(x.Claims) != 2 {
		t.Errorf("while libvirt is silent, %+v is known", x)
	}
	virsh("destroy", "one")
	through.set(false)
	g.Kick()
	until("a guest that was turned off", func(x *Told) bool {
		return len(x.Guests) == 2 && x.Guests[0].Asset == "vm-1" && x.Guests[0].Off && len(x.Claims) == 1
	})
	says("says again which guests")
	select {
	case line := <-log.got:
		t.Errorf("more is said: %s", line)
	default:
	}
}
