package door

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// visiting names, in the environment of this program run as the benchmarks' visitor, the address to visit and how.
const visiting, visitingHow = "EVENKEEL_DOOR_VISIT", "EVENKEEL_DOOR_VISIT_HOW"

func TestMain(m *testing.M) {
	if at := os.Getenv(visiting); at != "" {
		visit(at, os.Getenv(visitingHow))
		return
	}
	os.Exit(m.Run())
}

// visit opens connections until its standard input ends, from many addresses of this machine.
func visit(at, how string) {
	over := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(over)
	}()
	address, err := net.ResolveTCPAddr("tcp", at)
	if err != nil {
		panic(err)
	}
	hello := helloOf("a.example")
	var wg sync.WaitGroup
	var n atomic.Uint32
	for range 16 {
		wg.Go(func() {
			b := make([]byte, 64)
			for {
				select {
				case <-over:
					return
				default:
				}
				i := n.Add(1)
				c, err := net.DialTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i)|1)}, address)
				if err != nil {
					continue
				}
				if how == "shake" {
					if err := tls.Client(c, &tls.Config{ServerName: "a.example", InsecureSkipVerify: true, NextProtos: []string{"h2"}}).Handshake(); err == nil {
						c.Read(b) // until the other end closes
					}
				} else {
					c.Write(hello)
					c.Read(b)
				}
				c.SetLinger(0)
				c.Close()
			}
		})
	}
	wg.Wait()
}

// processorTime is what this process used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDoor compares, in one run, what connections cost that are refused with an alert, dropped, and served with a full handshake (keys on X25519 with
// ML-KEM-768, a certificate on P-256). The visitors are another process; what is told of the processor is this one's alone.
func BenchmarkDoor(b *testing.B) {
	phase := func(name, how string, decide func(*Visitor) Decision, counted Outcome) (each float64) {
		door, at := openFor(b, decide)
		defer door.Close()
		visitor := exec.Command(os.Args[0])
		visitor.Env = append(os.Environ(), visiting+"="+at, visitingHow+"="+how)
		in, err := visitor.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := visitor.Start(); err != nil {
			b.Fatal(err)
		}
		count := func() uint64 { return door.Counts().Outcomes[counted] }
		for count() < 100 { // it has begun
			<-time.After(time.Millisecond)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		from, used, began := count(), processorTime(b), time.Now()
		<-time.After(2 * time.Second)
		n, took, cost := count()-from, time.Since(began), processorTime(b)-used
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(n), "B/"+name)
		in.Close()
		visitor.Wait()
		each = float64(cost.Microseconds()) / float64(n)
		b.ReportMetric(float64(n)/took.Seconds(), name+"/s")
		b.ReportMetric(each, "cpu-µs/"+name)
		return each
	}
	for b.Loop() {
		refused := phase("refused", "raw", func(*Visitor) Decision { return Decision{Do: Refuse} }, Refused)
		dropped := phase("dropped", "raw", func(*Visitor) Decision { return Decision{Do: Drop} }, Dropped)
		shaken := phase("shaken", "shake", nil, Served)
		b.ReportMetric(shaken/refused, "shaken/refused")
		b.ReportMetric(shaken/dropped, "shaken/dropped")
	}
	b.ReportMetric(0, "ns/op")
}

// openFor opens a door from which everybody is shown out again.
func openFor(b *testing.B, decide func(*Visitor) Decision) (*Listener, string) {
	var listen net.ListenConfig
	listen.SetMultipathTCP(false)
	listen.KeepAlive = -1 // the door turns it on for those that come in
	inner, err := listen.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	certificate, _ := certificate()
	door, err := New(inner, Config{
		Clock: time.Now, Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate, nil }, Decide: decide,
		Limits: Limits{PerPrefix: 20_000, ReadersPerPrefix: 20_000},
	})
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return door, inner.Addr().String()
}

// BenchmarkMemory tells what a connection takes, of a thousand: while its hello is waited for, with half of it there; and when it rests after one request of
// HTTP/1, what net/http and crypto/tls hold included. The other ends of the sockets are this process's, too.
func BenchmarkMemory(b *testing.B) {
	const conns = 1000
	used := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapInuse + m.StackInuse)
	}
	half := helloOf("a.example")
	half = half[:len(half)/2]
	for b.Loop() {
		for name, begin := range map[string]func(c net.Conn){
			"waited-for": func(c net.Conn) { c.Write(half) },
			"h1": func(c net.Conn) {
				t := tls.Client(c, &tls.Config{ServerName: "a.example", InsecureSkipVerify: true})
				io.WriteString(t, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
				t.Read(make([]byte, 1))
			},
		} {
			s := open(b, http.NotFoundHandler(), func(c *Config) {
				c.Limits = Limits{PerPrefix: conns, Readers: conns, ReadersPerPrefix: conns, IdlePerPrefix: conns, HelloTime: time.Hour}
			})
			before := used()
			for range conns {
				begin(s.dial(b))
			}
			eventually(b, "all connections", func() bool { return s.door.Connections() == conns })
			b.ReportMetric((used()-before)/conns, "B/"+name)
		}
	}
	b.ReportMetric(0, "ns/op")
}
