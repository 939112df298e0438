package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

// kept are packets as an agent keeps them: a SYN that was dropped, a ping with a tag, an ARP, one that is cut off, and one that is none.
func kept() []agent.Packet {
	at := evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 5000, time.UTC))
	ends := []byte{192, 0, 2, 1, 198, 51, 100, 7}
	ip := func(protocol byte, total byte, rest ...byte) []byte {
		return slices.Concat([]byte{0x45, 0, 0, total, 0, 0, 0, 0, 64, protocol, 0, 0}, ends, rest)
	}
	link := make([]byte, 12)
	syn := slices.Concat(link, []byte{8, 0}, ip(6, 40, 0x9c, 0x40, 1, 187, 0, 0, 0, 0, 0, 0, 0, 0, 5<<4, 2, 0, 0, 0, 0, 0, 0))
	ping := slices.Concat(link, []byte{0x81, 0, 0, 7, 8, 0}, ip(1, 84, 8, 0, 0, 0, 0, 0, 0, 0))
	datagram := slices.Concat(link, []byte{8, 0}, ip(17, 128, 0, 53, 0, 99, 0, 108, 0, 0))
	all := []agent.Packet{
		{Bytes: 60, Data: syn, Dropped: "syn_rate"}, {Bytes: 102, Data: ping}, {Bytes: 60, Data: append(slices.Clone(link), 8, 6)}, {Bytes: 142, Data: datagram}, {Bytes: 1, Data: []byte{1}},
	}
	for i := range all {
		all[i].At, all[i].Asset, all[i].Direction = at.Add(time.Duration(i)*time.Second), "vm-1", "out"
	}
	return all
}

func TestAPacketIsALine(t *testing.T) {
	want := `2026-11-28T12:00:00.000005000Z  out  192.0.2.1:40000 > 198.51.100.7:443  tcp SYN, 60 bytes, dropped by syn_rate
2026-11-28T12:00:01.000005000Z  out  192.0.2.1 > 198.51.100.7  icmp type 8,code 0, vlan 7, 102 bytes
2026-11-28T12:00:02.000005000Z  out  arp, 60 bytes
2026-11-28T12:00:03.000005000Z  out  192.0.2.1:53 > 198.51.100.7:99  udp, 142 bytes
2026-11-28T12:00:04.000005000Z  out  unknown, bad link, 1 byte
`
	var got strings.Builder
	for _, p := range kept() {
		x := headersOf(&p)
		got.WriteString(x.String() + "\n")
	}
	if got.String() != want {
		t.Errorf("it prints\n%s\nexpected\n%s", got.String(), want)
	}
}

func TestPacketsAreThoseOfAGuestOrOfADecision(t *testing.T) {
	config := filepath.Join(t.TempDir(), "host.yaml")
	if err := os.WriteFile(config, []byte("data: "+filepath.Dir(config)), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]hostPacketsCmd{
		"and not both":               {},
		"not both":                   {Asset: "vm-1", Decision: "d-1"},
		"no agent runs":              {Asset: "vm-1"},
		"of d-1 no packets are kept": {Decision: "d-1"},
	} {
		c.Config = config
		p := &process{stdout: bufio.NewWriter(io.Discard), stderr: io.Discard, now: time.Now}
		if err := c.Run(t.Context(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; expected %q", c, err, want)
		}
	}
}

func TestPacketsInACaptureAreReadBackWithTheLengthsThatTheyHad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vm-1.pcap")
	c := hostPacketsCmd{Pcap: path}
	var said bytes.Buffer
	p := &process{stdout: bufio.NewWriter(&said)}
	if err := c.save(p, kept()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if is, err := os.Stat(path); err != nil || is.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", is.Mode(), err)
	}
	r, err := capture.New(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range kept() {
		got, err := r.Next()
		if err != nil || got.At != int64(p.At) || got.Wire != p.Bytes || got.Link != capture.Ethernet || !bytes.Equal(got.Data, p.Data) {
			t.Errorf("packet %d: %+v, %v", i, got, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("behind the last: %v", err)
	}
}
