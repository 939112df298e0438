package testhost

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Answer is somebody who takes connections and datagrams at some ports, whatever address of its place they come to. A connection
// gets an answer to the first that it says, and what it says from then on is read and forgotten.
type Answer struct {
	Addr  netip.Addr // of datagrams: they are answered from there; invalid: no datagrams
	Ports []uint16   // at most 16
	TCP   bool
	Bytes int // of an answer; at most 1400 for datagrams, 2²⁰ for connections; 0: none
}

func (a Answer) job() job { return job{Answer: &a} }

func (a *Answer) run(ready func(), stop <-chan struct{}) (r Report, err error) {
	if len(a.Ports) < 1 || len(a.Ports) > 16 || a.Bytes < 0 || a.Bytes > 1<<20 || a.Addr.IsValid() && a.Bytes > 1400 {
		return r, fmt.Errorf("answer: %+v is out of its bounds", *a)
	}
	r.From = now()
	answer := bytes.Repeat([]byte("a"), a.Bytes)
	var all sync.WaitGroup
	var open []io.Closer
	defer func() {
		for _, c := range open {
			err = errors.Join(err, c.Close())
		}
		all.Wait()
	}()
	for _, port := range a.Ports {
		if a.TCP {
			l, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
			if err != nil {
				return r, err
			}
			open = append(open, l)
			all.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return // closed
					}
					go hear(c, answer)
				}
			})
		}
		if a.Addr.IsValid() {
			c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a.Addr, port)))
			if err != nil {
				return r, err
			}
			open = append(open, c)
			all.Go(func() {
				b := make([]byte, 1500)
				for {
					_, from, err := c.ReadFromUDPAddrPort(b)
					if errors.Is(err, net.ErrClosed) {
						return
					}
					if err == nil && len(answer) > 0 {
						c.WriteToUDPAddrPort(answer, from) // one that is refused is as good as lost
					}
				}
			})
		}
	}
	ready()
	<-stop
	r.Until = now()
	return r, nil
}

// hear ends with the connection, or with the process.
func hear(c net.Conn, answer []byte) {
	defer c.Close()
	b := make([]byte, 64<<10)
	if _, err := c.Read(b); err != nil {
		return
	}
	c.Write(answer)
	io.CopyBuffer(struct{ io.Writer }{io.Discard}, c, b)
}

// Talk is connections, or datagrams, to many addresses at a steady rate. Each connection says something, waits for an answer, if
// one is due, and ends.
type Talk struct {
	To     []netip.AddrPort // the first of each kind of peers, of which one after the other is talked to; at most 16
	Peers  int              // of each kind, one after the other; at most 2¹⁴
	UDP    bool
	Bytes  int           // to each; at most 1400 for datagrams, 2⁴⁰ for connections
	Answer int           // bytes of an answer that are waited for
	Rate   int           // a second, at most 2,000
	Lasts  time.Duration // at most 10 minutes; connections that are open then end
}

// SpeedTest is one bulk upload, as fast as it goes.
func SpeedTest(lasts time.Duration) Talk {
	return Talk{To: peers(5201), Peers: 1, Bytes: 1 << 40, Rate: 1, Lasts: lasts}
}

// Crawler fetches so many pages a second, each of another address.
func Crawler(rate, page int, lasts time.Duration) Talk {
	return Talk{To: peers(80), Peers: 1 << 14, Bytes: 300, Answer: page, Rate: rate, Lasts: lasts}
}

// Relay delivers so many mails a second, each to another address.
func Relay(rate int, lasts time.Duration) Talk {
	return Talk{To: peers(25), Peers: 1 << 14, Bytes: 8000, Answer: 100, Rate: rate, Lasts: lasts}
}

// Torrent is connections, or datagrams, to so many peers a second, of which a third answers, a third refuses or knows no such
// port, and a third says nothing. Those who answer do at the ports 51413 to 51417.
func Torrent(udp bool, rate int, lasts time.Duration) Talk {
	var to []netip.AddrPort
	for i := range uint16(5) { // ports are of each peer's own choice
		to = append(to, peers(51413 + i)[0], peers(52413 + i)[0], netip.AddrPortFrom(Silent.Addr(), 51413+i))
	}
	return Talk{To: to, Peers: 1 << 14, UDP: udp, Bytes: 100, Rate: rate, Lasts: lasts}
}

func peers(port uint16) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(Peers.Addr(), port)}
}

// Amplified is requests of 40 bytes that come from the internet to a port of a guest, and say to come from Victim.
func (g *Guest) Amplified(port uint16, rate int, lasts time.Duration) Frames {
	return Frames{
		UDP: true, Source: Victim, Target: g.Addr, Targets: 1, Ports: []uint16{port}, Payload: 40, Rate: rate,
		Count: int(float64(rate) * lasts.Seconds()),
	}
}

func (t Talk) job() job { return job{Talk: &t} }

func (t *Talk) run(ready func(), stop <-chan struct{}) (Report, error) {
	if len(t.To) < 1 || len(t.To) > 16 || t.Peers < 1 || t.Peers > 1<<14 || t.Bytes < 1 || t.Bytes > 1<<40 || t.UDP && t.Bytes > 1400 ||
		t.Answer < 0 || t.Answer > 1<<20 || t.Rate < 1 || t.Rate > 2000 || t.Lasts <= 0 || t.Lasts > 10*time.Minute {
		return Report{}, fmt.Errorf("talk: %+v is out of its bounds", *t)
	}
	r := Report{From: now()}
	end := r.From.Add(t.Lasts)
	var mu sync.Mutex
	var all sync.WaitGroup
	ready()
	timer := time.NewTimer(0)
	defer timer.Stop()
	total := int(float64(t.Rate) * t.Lasts.Seconds())
	if t.Peers == 1 && len(t.To) == 1 {
		total = 1
	}
	said := make([]byte, 64<<10)
	done := false
	for i := 0; i < total && !done; i++ {
		timer.Reset(r.From.Add(time.Duration(i) * time.Second / time.Duration(t.Rate)).Sub(now()))
		select {
		case <-stop:
			done = true
			continue
		case <-timer.C:
		}
		all.Go(func() {
			n, answered := t.one(i, end, said, stop)
			mu.Lock()
			defer mu.Unlock()
			r.Sent++
			r.Bytes += n
			if answered {
				r.Answered++
			}
		})
	}
	all.Wait()
	r.Until = now()
	return r, nil
}

// one talks to one peer.
func (t *Talk) one(i int, end time.Time, said []byte, stop <-chan struct{}) (sent int, answered bool) {
	first := t.To[i%len(t.To)]
	to := netip.AddrPortFrom(netip.AddrFrom4(offset(first.Addr().As4(), i/len(t.To)%t.Peers)), first.Port())
	network := "tcp4"
	if t.UDP {
		network = "udp4"
	}
	d := net.Dialer{Deadline: end}
	c, err := d.Dial(network, to.String())
	if err != nil {
		return 0, false
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-stop:
		case <-over:
		}
		c.Close()
	}()
	c.SetDeadline(end)
	for sent < t.Bytes {
		n, err := c.Write(said[:min(len(said), t.Bytes-sent)])
		sent += n
		if err != nil {
			return sent, false
		}
	}
	if t.Answer > 0 {
		n, _ := io.CopyN(io.Discard, c, int64(t.Answer))
		return sent, n == int64(t.Answer)
	}
	return sent, !t.UDP
}
