package testhost

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel/lab/internal/kernel"
)

// Frames are IPv4 packets that are made and sent as whole frames, without a connection.
type Frames struct {
	UDP     bool
	Source  netip.Addr
	Sources int        // spoofed: that many, one after the other, from 11.0.0.0 on, at most 10⁶; 0: only Source
	Target  netip.Addr // the first
	Targets int        // that many, one after the other; at least 1
	Ports   []uint16   // each of them at each target
	Payload int        // bytes, at most 1400
	Rate    int        // packets a second, at most 10⁶
	Count   int        // packets, at most 10⁸
}

// Flood is SYNs at one port, as many a second for so long, from the guest's own address or from spoofed ones.
func (g *Guest) Flood(to netip.AddrPort, rate, sources int, lasts time.Duration) Frames {
	return Frames{
		Source: g.Addr, Sources: sources, Target: to.Addr(), Targets: 1, Ports: []uint16{to.Port()},
		Rate: rate, Count: int(float64(rate) * lasts.Seconds()),
	}
}

// UDPFlood is packets of so many bytes of payload at one port.
func (g *Guest) UDPFlood(to netip.AddrPort, rate, payload int, lasts time.Duration) Frames {
	f := g.Flood(to, rate, 0, lasts)
	f.UDP, f.Payload = true, payload
	return f
}

// Scan is one SYN to each port of so many addresses from the first on.
func (g *Guest) Scan(first netip.Addr, addresses int, ports []uint16, rate int) Frames {
	return Frames{Source: g.Addr, Target: first, Targets: addresses, Ports: ports, Rate: rate, Count: addresses * len(ports)}
}

func (f Frames) job() job { return job{Frames: &f} }

func (f *Frames) check() error {
	if !f.Source.Is4() || !f.Target.Is4() || f.Targets < 1 || f.Targets > 1<<16 || len(f.Ports) < 1 || f.Payload < 0 || f.Payload > 1400 ||
		f.Rate < 1 || f.Rate > 1e6 || f.Count < 1 || f.Count > 1e8 || f.Sources < 0 || f.Sources > 1e6 {
		return fmt.Errorf("send frames: %+v is out of its bounds", *f)
	}
	return nil
}

// spoofed is public, as private sources leak from lawful networks, and no rule takes them for forged.
var spoofed = netip.MustParseAddr("11.0.0.0").As4()

// batch is how many frames one call of the kernel takes.
const batch = 64

func (f *Frames) run(j job, ready func(), stop <-chan struct{}) (r Report, err error) {
	if err := f.check(); err != nil {
		return r, err
	}
	s, err := kernel.OpenSender(j.Link, batch)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	frames := make([][]byte, batch)
	for i := range frames {
		frames[i] = f.frame(j.Near, j.Far)
	}
	ready()
	r.From = now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	// What a full link did not take in time is sent for so long after the end, and no longer.
	end := r.From.Add(time.Duration(float64(f.Count)/float64(f.Rate)*1e9) + 2*time.Second)
	for r.Sent < f.Count && now().Before(end) {
		due := min(f.Count, int(now().Sub(r.From).Seconds()*float64(f.Rate)), r.Sent+16*batch) // bounded, so that a stop is seen soon
		for r.Sent < due {
			n := min(batch, due-r.Sent)
			for i := range n {
				f.fill(frames[i], r.Sent+i, rand.Uint32())
			}
			sent, err := s.Send(frames[:n])
			if err != nil {
				return r, err
			}
			r.Sent += sent
			if sent == 0 {
				break
			}
		}
		select {
		case <-stop:
			r.Until = now()
			return r, nil
		case <-tick.C:
		}
	}
	r.Until = now()
	return r, nil
}

const (
	etherLen = 14
	ipLen    = 20
)

// frame is one with everything that is the same in all.
func (f *Frames) frame(near, far []byte) []byte {
	l4 := 20
	if f.UDP {
		l4 = 8 + f.Payload
	}
	b := make([]byte, etherLen+ipLen+l4)
	copy(b, far)
	copy(b[6:], near)
	b[12] = 8 // IPv4
	ip := b[etherLen:]
	ip[0] = 0x45
	binary.BigEndian.PutUint16(ip[2:], uint16(ipLen+l4))
	ip[8] = 64
	ip[9] = 6
	t := ip[ipLen:]
	if f.UDP {
		ip[9] = 17
		binary.BigEndian.PutUint16(t[4:], uint16(l4))
	} else {
		t[12], t[13] = 5<<4, 2 // SYN
		binary.BigEndian.PutUint16(t[14:], 64240)
	}
	return b
}

// fill makes it the i-th, with a random port and sequence number.
func (f *Frames) fill(b []byte, i int, lot uint32) {
	ip := b[etherLen:]
	t := ip[ipLen:]
	src := f.Source.As4()
	if f.Sources > 0 {
		src = offset(spoofed, i%f.Sources)
	}
	copy(ip[12:], src[:])
	dst := offset(f.Target.As4(), i/len(f.Ports)%f.Targets)
	copy(ip[16:], dst[:])
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], ^sum(0, ip[:ipLen]))
	binary.BigEndian.PutUint16(t, uint16(1024+lot%60000))
	binary.BigEndian.PutUint16(t[2:], f.Ports[i%len(f.Ports)])
	if f.UDP {
		return // its checksum is optional (RFC 768)
	}
	binary.BigEndian.PutUint32(t[4:], lot)
	binary.BigEndian.PutUint16(t[16:], 0)
	binary.BigEndian.PutUint16(t[16:], ^sum(sum32(uint32(6+len(t)), ip[12:20]), t))
}

func offset(a [4]byte, n int) [4]byte {
	binary.BigEndian.PutUint32(a[:], binary.BigEndian.Uint32(a[:])+uint32(n))
	return a
}

// sum is the sum of RFC 1071 over an even number of bytes.
func sum(from uint32, b []byte) uint16 {
	n := sum32(from, b)
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}

func sum32(n uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		n += uint32(binary.BigEndian.Uint16(b))
	}
	return n
}
