package sieve

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/door"
)

// visiting names, in the environment of this program run as the benchmarks' visitors, the address to visit and how.
const visiting, visitingHow = "EVENKEEL_SIEVE_VISIT", "EVENKEEL_SIEVE_VISIT_HOW"

func TestMain(m *testing.M) {
	if at := os.Getenv(visiting); at != "" {
		visit(at, os.Getenv(visitingHow))
		return
	}
	os.Exit(m.Run())
}

// visit loads what listens at an address for two seconds after a while, and writes how much came of it then, and in all.
func visit(at, how string) {
	to, err := net.ResolveTCPAddr("tcp", at)
	if err != nil {
		panic(err)
	}
	var done atomic.Int64
	var n atomic.Uint32
	hello := recorded(&tls.Config{ServerName: "a.example", NextProtos: []string{"http/1.1"}})
	connect := func() *net.TCPConn {
		i := n.Add(1)
		c, err := net.DialTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i)|1)}, to)
		if err != nil {
			return nil
		}
		return c
	}
	config := &tls.Config{ServerName: "a.example", InsecureSkipVerify: true, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}
	once := map[string]func(c *net.TCPConn){
		"refused": func(c *net.TCPConn) {
			c.Write(hello)
			if n, _ := c.Read(make([]byte, 64)); n == 7 {
				done.Add(1)
			}
		},
		"conns": func(c *net.TCPConn) {
			t := tls.Client(c, config)
			io.WriteString(t, "GET /short HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
			if n, _ := t.Read(make([]byte, 512)); n > 0 {
				done.Add(1)
			}
		},
		"bulk": func(c *net.TCPConn) {
			t := tls.Client(c, config)
			io.WriteString(t, "GET /file/bulk HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
			b := make([]byte, 64<<10)
			for {
				n, err := t.Read(b)
				done.Add(int64(n))
				if err != nil {
					return
				}
			}
		},
	}[how]
	workers := 16
	if how == "bulk" {
		workers = 4
	}
	for range workers {
		go func() {
			for {
				if c := connect(); c != nil {
					once(c)
					c.SetLinger(0)
					c.Close()
				}
			}
		}()
	}
	<-time.After(300 * time.Millisecond)
	from, began := done.Load(), time.Now()
	<-time.After(2 * time.Second)
	to2, took := done.Load(), time.Since(began)
	fmt.Println(float64(to2-from)/took.Seconds(), to2)
}

// visited runs visitors; what came of them in a second, and in all.
func visited(b *testing.B, at net.Addr, how string) (each, all float64) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), visiting+"="+at.String(), visitingHow+"="+how)
	out, err := c.Output()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := fmt.Sscan(string(out), &each, &all); err != nil || all == 0 {
		b.Fatalf("%s: %s, %v", how, out, err)
	}
	return each, all
}

// ownTime is what this process used of the processor so far, which is the sieve.
func ownTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// timeOf is the same of another process; see proc(5), in hundredths of a second.
func timeOf(b *testing.B, pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err1 != nil || err2 != nil {
		b.Fatal(err1, err2)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkSieve compares the sieve with HAProxy in TCP mode, without and with splicing, before the same nginx, by turns: bulk over TLS, and new connections with a
// full handshake and one request each; and the sieve's refusals. An iteration is one turn of each; what is told is the median of all turns.
// Everything is on this machine, and so shares its processors. Of the processor what the proxy alone used is told, too.
func BenchmarkSieve(b *testing.B) {
	n := nginx(b, netip.MustParseAddrPort("127.0.0.1:1"))
	f, err := os.Create(filepath.Join(n.dir, "bulk"))
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	io.Copy(w, bulk())
	if w.Flush() != nil || f.Close() != nil {
		b.Fatal("the file was not written")
	}
	haproxy := func(with string) *program {
		dir, at := folder(b), free(b)
		return run(b, at, dir, fmt.Sprintf(`global
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  %s
listen pass
  bind %s backlog 4096
  server nginx %s send-proxy-v2
`, with, at, n.at), "haproxy", "-db", "-f", filepath.Join(dir, "haproxy.conf"))
	}
	roomy := func(c *Config) {
		c.Door.Limits = door.Limits{PerPrefix: 20_000, PerTenant: 20_000, ReadersPerPrefix: 20_000}
	}
	h, spliced := haproxy(""), haproxy("option splice-auto")
	s := open(b, roomy, n.at)
	refusing := open(b, func(c *Config) {
		roomy(c)
		c.Door.Decide = func(*door.Visitor) door.Decision { return door.Decision{Do: door.Refuse} }
	}, n.at)
	own := func() time.Duration { return ownTime(b) }
	other := func(p *program) func() time.Duration { return func() time.Duration { return timeOf(b, p.pid) } }
	turns := []struct {
		who, how string
		at       net.Addr
		used     func() time.Duration
	}{
		{"sieve", "bulk", s.Addr(), own},
		{"haproxy", "bulk", net.TCPAddrFromAddrPort(h.at), other(h)},
		{"haproxy-splice", "bulk", net.TCPAddrFromAddrPort(spliced.at), other(spliced)},
		{"sieve", "conns", s.Addr(), own},
		{"haproxy", "conns", net.TCPAddrFromAddrPort(h.at), other(h)},
		{"haproxy-splice", "conns", net.TCPAddrFromAddrPort(spliced.at), other(spliced)},
		{"sieve", "refused", refusing.Addr(), own},
	}
	rates, costs := make([][]float64, len(turns)), make([][]float64, len(turns))
	var bulk, conns, refused []float64 // ratios within a turn, so that what else the machine does is shared
	for b.Loop() {
		m := make([]float64, len(turns))
		for i, t := range turns {
			before := t.used()
			each, all := visited(b, t.at, t.how)
			m[i] = each
			rates[i] = append(rates[i], each)
			costs[i] = append(costs[i], float64((t.used()-before).Microseconds())/all)
		}
		bulk, conns, refused = append(bulk, m[0]/max(m[1], m[2])), append(conns, m[3]/max(m[4], m[5])), append(refused, m[6]/m[3])
	}
	for i, t := range turns {
		m := median(rates[i])
		if t.how == "bulk" {
			b.ReportMetric(m*8/1e9, t.who+"-Gbit/s")
			b.ReportMetric(median(costs[i])*1e9/1e3, t.who+"-cpu-ms/GB")
			continue
		}
		b.ReportMetric(m, t.who+"-"+t.how+"/s")
		b.ReportMetric(median(costs[i]), t.who+"-cpu-µs/"+t.how)
	}
	b.ReportMetric(median(bulk), "bulk-sieve/haproxy")
	b.ReportMetric(median(conns), "conns-sieve/haproxy")
	b.ReportMetric(median(refused), "refused/conns")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMemory tells what a connection takes on which nothing moves, of a thousand; the other ends of the sockets, which are this process's too, are
// counted with it.
func BenchmarkMemory(b *testing.B) {
	const conns = 1000
	used := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapInuse + m.StackInuse)
	}
	hello := recorded(&tls.Config{ServerName: "a.example"})
	for b.Loop() {
		g := standIn(b)
		s := open(b, func(c *Config) {
			c.Door.Limits = door.Limits{PerPrefix: conns, PerTenant: conns, ReadersPerPrefix: conns}
		}, g.at)
		before := used()
		for range conns {
			dial(b, s.Addr(), "127.0.0.1").Write(hello)
			g.next(b)
		}
		b.ReportMetric((used()-before)/conns, "B/conn")
	}
	b.ReportMetric(0, "ns/op")
}
