package agent

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/hypervisor"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// thousand are guests of libvirt with a port each, and the ports.
func thousand() (domains []hypervisor.Domain, places []port.Place) {
	for i := range 1000 {
		m := [6]byte{0x52, 0x54, 0, 0, byte(i >> 8), byte(i)}
		name := fmt.Sprintf("vnet%d", i)
		domains = append(domains, hypervisor.Domain{
			Name: fmt.Sprintf("vm-%d", i), UUID: fmt.Sprintf("u-%d", i), State: hypervisor.Running, CPUs: 2, Cards: []hypervisor.Card{{Port: name, MAC: m}},
		})
		m[0] = 0xfe
		places = append(places, port.Place{Name: name, Index: i + 10, Kind: "tun", MAC: m})
	}
	return domains, places
}

// BenchmarkAThousandGuestsBecomeKnown is what a change that libvirt tells costs on a host of a thousand guests.
func BenchmarkAThousandGuestsBecomeKnown(b *testing.B) {
	s := Default()
	domains, places := thousand()
	for b.Loop() {
		book, err := s.book(nil, s.Tell(domains, 0))
		if err != nil {
			b.Fatal(err)
		}
		if w, unknown := s.World(book, places); len(w.Guests) != 1000 || len(unknown) != 0 {
			b.Fatalf("%d guests, %d unknown", len(w.Guests), len(unknown))
		}
	}
}

// BenchmarkAPortOfAThousandComes is what one more port costs, until somebody asks for the world.
func BenchmarkAPortOfAThousandComes(b *testing.B) {
	s := Default()
	domains, places := thousand()
	h := machineOf(b, s, s.Tell(domains, 0))
	for _, p := range places {
		h.follow(port.Event{Kind: port.Appeared, Place: p})
	}
	for b.Loop() {
		h.follow(port.Event{Kind: port.Appeared, Place: places[7]})
	}
	if w := h.World(); len(w.Guests) != 1000 || len(w.Guests[7].Ports) != 1 {
		b.Fatalf("there are %d guests", len(w.Guests))
	}
}

// BenchmarkUseOfAThousandGuests is what a reading of their control groups costs, of files in a folder.
func BenchmarkUseOfAThousandGuests(b *testing.B) {
	root := b.TempDir()
	var w plan.World
	for i := range 1000 {
		name := fmt.Sprintf("vm-%d", i)
		used(b, root, name, time.Second, 4096)
		w.Guests = append(w.Guests, plan.Guest{Asset: evenkeel.AssetID(name), Cgroup: name})
	}
	f := newFacts(factParts{
		Settings: parsed(b, "cgroups: "+root+"\nfacts: {cgroups: true}"), World: func() plan.World { return w }, Name: "host-1", Log: slog.New(slog.DiscardHandler),
		Deliver: func(*evenkeel.Batch) error { return nil },
	})
	for b.Loop() {
		if err := f.read(noon); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAPacketIsKept is what a sampled packet of a thousand loud guests costs the agent.
func BenchmarkAPacketIsKept(b *testing.B) {
	e := newEvidence(256)
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("vm-%d", i))
	}
	s := port.Sample{Bytes: 60, Data: make([]byte, 54)}
	i := 0
	for b.Loop() {
		e.add(names[i%1000], &s, noon)
		i++
	}
}
