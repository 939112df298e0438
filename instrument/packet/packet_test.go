package packet

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// What packets are built of.

func ethernet(kind uint16, rest ...[]byte) []byte {
	return slices.Concat(append([][]byte{make([]byte, 12), be16(kind)}, rest...)...)
}

func be16(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }

func tag(id, kind uint16) []byte { return slices.Concat(be16(id), be16(kind)) }

func ip4(proto uint8, part uint16, options, payload []byte) []byte {
	b := make([]byte, 20)
	b[0] = 4<<4 | byte(5+len(options)/4)
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(options)+len(payload)))
	binary.BigEndian.PutUint16(b[6:], part)
	b[8], b[9] = 64, proto
	copy(b[12:], []byte{192, 0, 2, 1, 198, 51, 100, 7})
	return slices.Concat(b, options, payload)
}

func ip6(next uint8, payload []byte) []byte {
	b := make([]byte, 40)
	b[0], b[6] = 6<<4, next
	binary.BigEndian.PutUint16(b[4:], uint16(len(payload)))
	copy(b[8:], netip.MustParseAddr("2001:db8::1").AsSlice())
	copy(b[24:], netip.MustParseAddr("2001:db8::7").AsSlice())
	return append(b, payload...)
}

func tcp(flags uint8, payload string) []byte {
	b := make([]byte, 20)
	copy(b, slices.Concat(be16(40000), be16(443)))
	b[12], b[13] = 5<<4, flags
	return append(b, payload...)
}

func udp(payload string) []byte {
	return slices.Concat(be16(40000), be16(53), be16(uint16(8+len(payload))), be16(0), []byte(payload))
}

// chained is an extension header of IPv6 that is followed by next.
func chained(next uint8, more int) []byte {
	b := make([]byte, 8+8*more)
	b[0], b[1] = next, byte(more)
	return b
}

func TestHeadersAreToldAsTheyLieOnTheWire(t *testing.T) {
	four := func(h Headers) Headers {
		h.Source, h.Destination, h.EtherType = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.7"), typeIPv4
		return h
	}
	six := func(h Headers) Headers {
		h.Source, h.Destination, h.EtherType = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::7"), typeIPv6
		return h
	}
	syn := Headers{Protocol: TCP, SourcePort: 40000, DestinationPort: 443, Flags: SYN}
	dns := Headers{Protocol: UDP, SourcePort: 40000, DestinationPort: 53, Payload: 3}
	with := func(h Headers, change func(*Headers)) Headers { change(&h); return h }
	cases := []struct {
		name  string
		frame []byte
		want  Headers
	}{
		{"a SYN over IPv4", ethernet(typeIPv4, ip4(TCP, 0x4000, nil, tcp(SYN, ""))), four(syn)},
		{"one padded to the least length of Ethernet", ethernet(typeIPv4, ip4(TCP, 0, nil, tcp(SYN, "")), make([]byte, 6)), four(syn)},
		{"options of IPv4", ethernet(typeIPv4, ip4(UDP, 0, make([]byte, 8), udp("abc"))), four(dns)},
		{"a tag", ethernet(typeVLAN, tag(0xe005, typeIPv4), ip4(TCP, 0, nil, tcp(SYN, ""))),
			four(with(syn, func(h *Headers) { h.Tags, h.VLAN = 1, [2]uint16{5, 0} }))},
		{"two tags", ethernet(typeQinQ, tag(7, typeVLAN), tag(8, typeIPv6), ip6(UDP, udp("abc"))),
			six(with(dns, func(h *Headers) { h.Tags, h.VLAN = 2, [2]uint16{7, 8} }))},
		{"three tags are beyond what is read", ethernet(typeQinQ, tag(7, typeVLAN), tag(8, typeVLAN), tag(9, typeIPv4), ip4(TCP, 0, nil, tcp(SYN, ""))),
			Headers{EtherType: typeVLAN, Tags: 2, VLAN: [2]uint16{7, 8}, Fault: BadChain}},
		{"extension headers of IPv6", ethernet(typeIPv6, ip6(hopByHop, slices.Concat(chained(destOptions, 1), chained(TCP, 0), tcp(SYN|ECE|CWR, "")))),
			six(with(syn, func(h *Headers) { h.Flags = SYN | ECE | CWR }))},
		{"a chain of extension headers without an end", ethernet(typeIPv6, ip6(destOptions, slices.Concat(slices.Repeat(chained(destOptions, 0), 12), chained(TCP, 0), tcp(SYN, "")))),
			six(Headers{Protocol: destOptions, Fault: BadChain})},
		{"an extension header longer than its packet", ethernet(typeIPv6, ip6(destOptions, []byte{TCP, 9, 0, 0, 0, 0, 0, 0})),
			six(Headers{Protocol: destOptions, Fault: BadChain})},
		{"a first fragment", ethernet(typeIPv4, ip4(UDP, 0x2000, nil, udp("abc"))), four(with(dns, func(h *Headers) { h.Fragment = true }))},
		{"a later fragment has no ports", ethernet(typeIPv4, ip4(UDP, 0x2001, nil, udp("abc"))),
			four(Headers{Protocol: UDP, Payload: 11, Fragment: true, Later: true})},
		{"a later fragment of IPv6", ethernet(typeIPv6, ip6(fragment, slices.Concat([]byte{UDP, 0, 0, 9, 0, 0, 0, 0}, udp("abc")))),
			six(Headers{Protocol: UDP, Payload: 11, Fragment: true, Later: true})},
		{"an echo", ethernet(typeIPv4, ip4(ICMP, 0, nil, []byte{8, 0, 0, 0, 1, 2})), four(Headers{Protocol: ICMP, Type: 8, Payload: 2})},
		{"GRE with a key", ethernet(typeIPv4, ip4(GRE, 0, nil, slices.Concat(be16(0x2000), be16(typeIPv6), make([]byte, 4), ip6(UDP, udp(""))))),
			four(Headers{Protocol: GRE, Tunnel: true, Payload: 56, InnerProtocol: UDP,
				InnerSource: netip.MustParseAddr("2001:db8::1"), InnerDestination: netip.MustParseAddr("2001:db8::7")})},
		{"IP in IP", ethernet(typeIPv4, ip4(IPIP, 0, nil, ip4(TCP, 0, nil, tcp(SYN, "")))),
			four(Headers{Protocol: IPIP, Tunnel: true, Payload: 40, InnerProtocol: TCP,
				InnerSource: netip.MustParseAddr("192.0.2.1"), InnerDestination: netip.MustParseAddr("198.51.100.7")})},
		{"what is not IP", ethernet(0x0806, make([]byte, 28)), Headers{EtherType: 0x0806, Fault: NotIP}},
		{"a TCP header that is too short", ethernet(typeIPv4, ip4(TCP, 0, nil, []byte{156, 64, 1, 187, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, SYN, 0, 0, 0, 0, 0, 0})),
			four(Headers{Protocol: TCP, SourcePort: 40000, DestinationPort: 443, Payload: 20, Fault: BadHeader})},
		{"a TCP header longer than its packet", ethernet(typeIPv4, ip4(TCP, 0, nil, []byte{156, 64, 1, 187, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, SYN, 0, 0, 0, 0, 0, 0})),
			four(Headers{Protocol: TCP, SourcePort: 40000, DestinationPort: 443, Payload: 20, Fault: BadHeader})},
		{"a packet that says it is longer than its frame", ethernet(typeIPv4, ip4(TCP, 0, nil, tcp(SYN, ""))[:39]), Headers{EtherType: typeIPv4, Fault: BadIP}},
		{"IPv6 that is called IPv4", ethernet(typeIPv4, ip6(UDP, udp(""))), Headers{EtherType: typeIPv4, Fault: BadIP}},
		{"half a link header", make([]byte, 9), Headers{Fault: BadLink}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.want.Length = len(c.frame)
			if got := Ethernet(c.frame, len(c.frame)); got != c.want {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// What a capture left out is no fault of whoever sent the packet.
func TestAPacketThatWasCutShortByTheCaptureIsNotMalformed(t *testing.T) {
	for name, frame := range map[string][]byte{
		"IPv4": ethernet(typeIPv4, ip4(TCP, 0, make([]byte, 4), tcp(SYN, "hello"))),
		"IPv6": ethernet(typeVLAN, tag(5, typeIPv6), ip6(hopByHop, slices.Concat(chained(TCP, 0), tcp(SYN, "hello")))),
		"UDP":  ethernet(typeIPv4, ip4(UDP, 0, nil, udp("hello"))),
		"GRE":  ethernet(typeIPv4, ip4(GRE, 0, nil, slices.Concat(be16(0x2000), be16(typeIPv4), make([]byte, 4), ip4(UDP, 0, nil, udp(""))))),
	} {
		whole := Ethernet(frame, len(frame))
		for n := range len(frame) {
			h := Ethernet(frame[:n], len(frame))
			if h.Fault.Malformed() {
				t.Fatalf("%s, %d of %d bytes: %v", name, n, len(frame), h.Fault)
			}
			if h.Length != len(frame) {
				t.Fatalf("%s: length %d", name, h.Length)
			}
			if h.Fault == Sound && (h.Protocol != whole.Protocol || h.DestinationPort != whole.DestinationPort || h.Flags != whole.Flags) {
				t.Fatalf("%s, %d of %d bytes are told as if they were all: %+v", name, n, len(frame), h)
			}
		}
	}
}

func TestHandshakesAreToldApart(t *testing.T) {
	for flags, want := range map[uint8][3]bool{
		SYN: {true, false, false}, SYN | ECE | CWR: {true, false, false}, SYN | ACK: {false, true, false},
		RST | ACK: {false, false, true}, ACK: {}, SYN | FIN: {}, SYN | RST: {false, false, true}, PSH | ACK: {},
	} {
		h := Headers{Protocol: TCP, Flags: flags}
		if got := [3]bool{h.Opens(), h.Accepts(), h.Refuses()}; got != want {
			t.Errorf("flags %#x: %v, want %v", flags, got, want)
		}
	}
	h := Headers{Protocol: UDP, Flags: SYN}
	if h.Opens() {
		t.Error("a datagram opens a connection")
	}
}

func TestLinksWithoutEthernetAreRead(t *testing.T) {
	p := ip4(TCP, 0, nil, tcp(SYN, ""))
	cooked := slices.Concat(make([]byte, 14), be16(typeIPv4), p)
	for name, h := range map[string]Headers{
		"raw": IP(p, len(p)), "cooked": Typed(cooked, 16, len(cooked)), "loopback": Link(append(make([]byte, 4), p...), typeIPv4, 4, len(p)+4),
	} {
		if !h.Opens() || h.DestinationPort != 443 || h.Fault != Sound {
			t.Errorf("%s: %+v", name, h)
		}
	}
	if h := IP(nil, 20); h.Fault != Cut {
		t.Errorf("nothing captured: %v", h.Fault)
	}
	if h := IP([]byte{0x70}, 20); h.Fault != BadIP {
		t.Errorf("version 7: %v", h.Fault)
	}
	if h := Typed(cooked[:10], 16, 10); h.Fault != BadLink {
		t.Errorf("a link header cut on the wire: %v", h.Fault)
	}
}

func TestReadingAPacketAllocatesNothing(t *testing.T) {
	frame := ethernet(typeVLAN, tag(5, typeIPv6), ip6(hopByHop, slices.Concat(chained(TCP, 0), tcp(SYN, "hello"))))
	if n := testing.AllocsPerRun(100, func() { sink = Ethernet(frame, len(frame)) }); n != 0 {
		t.Errorf("%v allocations for each packet", n)
	}
}

var sink Headers

func BenchmarkEthernet(b *testing.B) {
	frame := ethernet(typeIPv4, ip4(TCP, 0x4000, nil, tcp(SYN, "hello")))
	b.ReportAllocs()
	for b.Loop() {
		sink = Ethernet(frame, len(frame))
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add(ethernet(typeIPv4, ip4(TCP, 0, nil, tcp(SYN, "hello"))), 0)
	f.Add(ethernet(typeQinQ, tag(7, typeVLAN), tag(8, typeIPv6), ip6(hopByHop, slices.Concat(chained(fragment, 0), chained(UDP, 0), udp("x")))), 9)
	f.Add(ethernet(typeIPv4, ip4(GRE, 0, nil, slices.Concat(be16(0xb000), be16(typeIPv4), make([]byte, 12), ip4(UDP, 0, nil, udp(""))))), 1)
	f.Fuzz(func(t *testing.T, frame []byte, more int) {
		wire := len(frame) + more&0xffff
		for _, h := range []Headers{Ethernet(frame, wire), IP(frame, wire), Typed(frame, 16, wire), Link(frame, typeIPv6, 4, wire)} {
			if h.Length != wire || h.Payload < 0 || h.Payload > wire || h.Tags > 2 {
				t.Fatalf("%+v of %d bytes, %d on the wire", h, len(frame), wire)
			}
			if h.Source.IsValid() != h.Destination.IsValid() || h.Source.Is4() != h.Destination.Is4() {
				t.Fatalf("one address of two: %+v", h)
			}
			if h.Fault == NotIP && h.Source.IsValid() || h.Fault == Sound && !h.Source.IsValid() {
				t.Fatalf("%v, and addresses %v", h.Fault, h.Source)
			}
			if h.Later && h.SourcePort != 0 || h.Flags != 0 && h.Protocol != TCP {
				t.Fatalf("a header that is not there: %+v", h)
			}
		}
	})
}
