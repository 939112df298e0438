package flood

import (
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/hello"
)

// against is an attack on a local server, from this machine's own addresses.
func against(letter, at string, rate float64, lasts time.Duration) Attack {
	return Attack{
		Letter: letter, Seed: 3, Host: "example.com", Front: []netip.AddrPort{netip.MustParseAddrPort(at)}, From: netip.MustParsePrefix("127.0.0.0/9"), Carrier: []netip.Addr{netip.MustParseAddr("127.200.0.1")},
		Begin: time.Now().Add(20 * time.Millisecond), Lasts: lasts, Rate: rate, Now: time.Now,
	}
}

func TestEachAttackIsMadeAtItsPace(t *testing.T) {
	for _, p := range Profiles() {
		t.Run(p.Letter, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			paths, from := map[string]int{}, map[string]int{}
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				host, _, _ := net.SplitHostPort(r.RemoteAddr)
				mu.Lock()
				defer mu.Unlock()
				paths[r.URL.String()]++
				from[host]++
			}))
			s.EnableHTTP2 = true
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			defer s.Close()
			rate, unit := 100.0, 1
			if p.Way == Frames {
				rate, unit = 2000, burst
			}
			a := against(p.Letter, s.Listener.Addr().String(), rate, 300*time.Millisecond)
			a.CAs = x509.NewCertPool()
			a.CAs.AddCert(s.Certificate())
			r, err := a.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			for _, n := range r.Seconds {
				sum += n
			}
			if want := int(rate * 0.3); r.Wanted < want-unit || r.Wanted > want || r.Made != r.Wanted || sum != r.Made || r.Answered+r.Refused+r.Failed != r.Made {
				t.Errorf("of %d at its pace the report is %+v", want, r)
			}
			mu.Lock()
			defer mu.Unlock()
			switch p.Way {
			case Requests:
				if r.Answered < r.Made*9/10 || len(paths) < r.Made*9/10 {
					t.Errorf("%d of %d were answered, %d paths asked for", r.Answered, r.Made, len(paths))
				}
				if want := min(p.Persons, r.Made); p.Carrier && len(from) != 1 || !p.Carrier && (len(from) < want*8/10 || len(from) > want) {
					t.Errorf("they came from %d addresses; expected %d", len(from), want)
				}
			case Slow:
				if paths["/search?q=slow"] != 0 || paths["/search"] == 0 {
					t.Errorf("%v were asked for; expected heads of bodies only", paths)
				}
			case Handshakes:
				if len(paths) != 0 {
					t.Errorf("%v were asked for; expected nothing", paths)
				}
			}
		})
	}
}

func TestAServerThatNeverAnswersIsAttackedNoLess(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := against("a", l.Addr().String(), 200, 300*time.Millisecond)
	r, err := a.Run(t.Context())
	if err != nil || r.Made != r.Wanted || r.Made < 58 || r.Failed != r.Made {
		t.Errorf("%v, %+v; expected 60 that failed", err, r)
	}
}

func TestNamesThatNobodyHasDifferAndAreHellos(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	names := make(chan string, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			head := make([]byte, 5)
			io.ReadFull(conn, head)
			body := make([]byte, int(head[3])<<8+int(head[4]))
			io.ReadFull(conn, body)
			h, err := hello.Parse(body, hello.TCP)
			if err != nil {
				t.Error(err)
			}
			names <- string(h.ServerName)
			conn.Close()
		}
	}()
	a := against("g", l.Addr().String(), 200, 200*time.Millisecond)
	r, err := a.Run(t.Context())
	if err != nil || r.Refused != r.Made {
		t.Errorf("%v, %+v", err, r)
	}
	seen := map[string]bool{}
	for range r.Made {
		n := <-names
		if !strings.HasSuffix(n, ".example.com") || len(n) != len(unknown)+len("example.com") || seen[n] {
			t.Errorf("%q is asked for", n)
		}
		seen[n] = true
	}
}

func TestWhatIsNoAttackHereIsSaid(t *testing.T) {
	for letter, says := range map[string]string{"k": "pass no edge", "z": "from a to j"} {
		if _, err := Named(letter); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", letter, err)
		}
		a := against(letter, "127.0.0.1:1", 1, time.Second)
		if _, err := a.Run(t.Context()); err == nil {
			t.Errorf("%s is carried out", letter)
		}
	}
}
