package streams_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/instrument/hello"
	"github.com/evenkeel/evenkeel/instrument/hello/streams"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/packet/capture"
)

var be = binary.BigEndian

// message is a small ClientHello for a name, of TLS 1.2.
func message(name string) []byte {
	sni := slices.Concat([]byte{0, 0}, be.AppendUint16(nil, uint16(len(name)+5)), be.AppendUint16(nil, uint16(len(name)+3)), []byte{0}, be.AppendUint16(nil, uint16(len(name))), []byte(name))
	body := slices.Concat([]byte{3, 3}, make([]byte, 32), []byte{0, 0, 2, 0x13, 0x01, 1, 0}, be.AppendUint16(nil, uint16(len(sni))), sni)
	return slices.Concat([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body)
}

func record(m []byte) []byte {
	return slices.Concat([]byte{22, 3, 1}, be.AppendUint16(nil, uint16(len(m))), m)
}

// segment is a packet of TCP, to port 443 or back.
func segment(link capture.Link, back bool, flags byte, seq uint32, data []byte) capture.Packet {
	from, to := []byte{192, 0, 2, 1, 0xc0, 1}, []byte{198, 51, 100, 7, 1, 187}
	if back {
		from, to = to, from
	}
	ip := slices.Concat([]byte{0x45, 0}, be.AppendUint16(nil, uint16(40+len(data))), []byte{0, 0, 0, 0, 64, packet.TCP, 0, 0}, from[:4], to[:4])
	tcp := slices.Concat(from[4:], to[4:], be.AppendUint32(nil, seq), []byte{0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0}, data)
	b := slices.Concat(ip, tcp)
	switch link {
	case capture.Ethernet: // padded, as short frames are
		b = slices.Concat(make([]byte, 12), []byte{8, 0}, b, make([]byte, 6))
	case capture.SLL:
		b = slices.Concat(make([]byte, 14), []byte{8, 0}, b)
	case capture.SLL2:
		b = slices.Concat([]byte{8, 0}, make([]byte, 18), b)
	case capture.Loop:
		b = slices.Concat([]byte{0, 0, 0, 2}, b)
	}
	return capture.Packet{Data: b, Wire: len(b), Link: link}
}

type hit struct {
	name string
	nth  int
	from string
	err  error
}

// follow returns what a finder tells of packets.
func follow(packets ...capture.Packet) (out []hit) {
	f := streams.New(func(f *streams.Found) {
		out = append(out, hit{string(f.Hello.ServerName), f.Nth, f.Source.String(), f.Err})
	})
	for _, p := range packets {
		f.Packet(&p)
	}
	f.End()
	return out
}

const (
	client = "192.0.2.1:49153"
	server = "198.51.100.7:443"
)

func TestEachLinkIsFollowed(t *testing.T) {
	for _, link := range []capture.Link{capture.Ethernet, capture.SLL, capture.SLL2, capture.Loop, capture.Raw} {
		got := follow(segment(link, false, packet.SYN, 99, nil), segment(link, false, packet.ACK, 100, record(message("a.example"))))
		if !slices.Equal(got, []hit{{"a.example", 1, client, nil}}) {
			t.Errorf("%s: %v", link, got)
		}
	}
}

// Segments in any order, more than once and over one another, with a number that runs over, are one hello.
func TestSegmentsInAnyOrderAreOneHello(t *testing.T) {
	wire := record(message("a.example"))
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.SampledFrom([]uint32{0, 100, 1<<32 - 20}).Draw(t, "first")
		var packets []capture.Packet
		for at := 0; at < len(wire); {
			n := rapid.IntRange(1, len(wire)-at).Draw(t, "bytes")
			packets = append(packets, segment(capture.Raw, false, packet.ACK, first+uint32(at), wire[at:at+n]))
			at += max(1, n-rapid.IntRange(0, 5).Draw(t, "over"))
		}
		packets = rapid.Permutation(packets).Draw(t, "order")
		got := follow(append([]capture.Packet{segment(capture.Raw, false, packet.SYN, first-1, nil)}, packets...)...)
		if !slices.Equal(got, []hit{{"a.example", 1, client, nil}}) {
			t.Fatal(got)
		}
	})
}

func TestWhatStreamsBeginWithIsTold(t *testing.T) {
	a, b := record(message("a.example")), record(message("b.example"))
	syn := segment(capture.Raw, false, packet.SYN, 99, nil)
	at := func(seq uint32, data ...[]byte) capture.Packet {
		return segment(capture.Raw, false, packet.ACK, seq, slices.Concat(data...))
	}
	answer := segment(capture.Raw, true, packet.ACK, 7, record([]byte{2, 0, 0, 1, 0}))
	change := []byte{20, 3, 3, 0, 1, 1}
	end := uint32(100 + len(a))
	for name, c := range map[string]struct {
		packets []capture.Packet
		want    []hit
	}{
		"the server's side is no hello":              {[]capture.Packet{syn, at(100, a), answer}, []hit{{"a.example", 1, client, nil}}},
		"a capture that begins late":                 {[]capture.Packet{at(100, a), answer}, []hit{{"a.example", 1, client, nil}}},
		"data with the SYN":                          {[]capture.Packet{segment(capture.Raw, false, packet.SYN, 99, a)}, []hit{{"a.example", 1, client, nil}}},
		"a keep-alive before":                        {[]capture.Packet{syn, at(99, []byte{0}), at(100, a)}, []hit{{"a.example", 1, client, nil}}},
		"a second hello, behind a change of ciphers": {[]capture.Packet{syn, at(100, a), answer, at(end, change, b)}, []hit{{"a.example", 1, client, nil}, {"b.example", 2, client, nil}}},
		"the same, cut in the change":                {[]capture.Packet{syn, at(100, a), at(end, change[:2]), at(end+2, change[2:], b)}, []hit{{"a.example", 1, client, nil}, {"b.example", 2, client, nil}}},
		"a second hello without one":                 {[]capture.Packet{syn, at(100, a, b)}, []hit{{"a.example", 1, client, nil}, {"b.example", 2, client, nil}}},
		"data behind the hello":                      {[]capture.Packet{syn, at(100, a, []byte{23, 3, 3, 0, 9})}, []hit{{"a.example", 1, client, nil}}},
		"a bare ACK whose padding counts as data":    {[]capture.Packet{syn, at(100, []byte{0, 0}), at(100, a)}, []hit{{"a.example", 1, client, nil}}},
		"HTTP":                                        {[]capture.Packet{syn, at(100, []byte("GET / HTTP/1.1\r\n")), at(116, a)}, []hit{{"", 1, client, hello.ErrHTTP}}},
		"a hello that never ends":                     {[]capture.Packet{syn, at(100, a[:30])}, []hit{{"", 1, client, hello.ErrMore}}},
		"a stream that begins anew":                   {[]capture.Packet{syn, at(100, a), segment(capture.Raw, false, packet.SYN, 5000, nil), at(5001, b)}, []hit{{"a.example", 1, client, nil}, {"b.example", 1, client, nil}}},
		"the SYN once more":                           {[]capture.Packet{syn, at(100, a[:30]), syn, at(130, a[30:])}, []hit{{"a.example", 1, client, nil}}},
		"nothing but a handshake of TCP":              {[]capture.Packet{syn}, nil},
		"a server that speaks first where none opens": {[]capture.Packet{answer, at(100, a)}, []hit{{"", 1, server, hello.ErrNotHello}}},
	} {
		if got := follow(c.packets...); !slices.EqualFunc(got, c.want, func(a, b hit) bool {
			return a.name == b.name && a.nth == b.nth && a.from == b.from && errors.Is(a.err, b.err)
		}) {
			t.Errorf("%s: %v; expected %v", name, got, c.want)
		}
	}
}

func TestStreamsAreBoundedAndCounted(t *testing.T) {
	found := 0
	f := streams.New(func(*streams.Found) { found++ })
	p := segment(capture.Raw, false, packet.ACK, 100, record(message("a.example")))
	for i := range streams.MostStreams + 3 {
		be.PutUint32(p.Data[12:], uint32(i))
		f.Packet(&p)
	}
	if found != streams.MostStreams || f.Left() != 3 {
		t.Errorf("%d found, %d left; expected %d and 3", found, f.Left(), streams.MostStreams)
	}
}

func FuzzPacket(f *testing.F) {
	add := func(p ...capture.Packet) {
		var b []byte
		for _, p := range p {
			b = append(be.AppendUint16(b, uint16(len(p.Data))), p.Data...)
		}
		f.Add(b, uint16(p[0].Link))
	}
	a := record(message("a.example"))
	add(segment(capture.Ethernet, false, packet.SYN, 99, nil), segment(capture.Ethernet, false, packet.ACK, 100, a))
	add(segment(capture.Raw, false, packet.ACK, 130, a[30:]), segment(capture.Raw, false, packet.ACK, 100, a[:30]))
	udp := segment(capture.Raw, false, 0, 0, nil).Data[:28]
	udp[9] = packet.UDP
	quic := append(bytes.Clone(udp), 0xc0, 0, 0, 0, 1, 1, 7, 0, 0, 4, 1, 2, 3, 4)
	be.PutUint16(quic[2:], uint16(len(quic)))
	be.PutUint16(quic[24:], uint16(len(quic)-20))
	add(capture.Packet{Data: quic, Link: capture.Raw})
	f.Fuzz(func(t *testing.T, b []byte, link uint16) {
		finder := streams.New(func(f *streams.Found) {
			if f.Err == nil && len(f.Hello.JA4()) != 36 {
				t.Fatalf("JA4 %q", f.Hello.JA4())
			}
		})
		for len(b) >= 2 {
			n := min(int(be.Uint16(b)), len(b)-2)
			p := capture.Packet{Data: b[2 : 2+n], Wire: n, Link: capture.Link(link)}
			b = b[2+n:]
			finder.Packet(&p)
		}
		finder.End()
	})
}
