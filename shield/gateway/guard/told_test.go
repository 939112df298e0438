package guard

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestALineOfNginxSaysHowTheApplicationAnswered(t *testing.T) {
	for _, c := range []struct {
		line string
		want Outcome
		say  bool
		ok   bool
	}{
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 200 5321 0.120 0.012", Outcome{Host: "shop.example", Status: 200, Bytes: 5321, Took: 12 * time.Millisecond}, true, true},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 502 166 2.001 -", Outcome{Host: "shop.example", Status: 502, Bytes: 166, Took: 2001 * time.Millisecond}, true, true},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 200 9 1.500 1.000, 0.500", Outcome{Host: "shop.example", Status: 200, Bytes: 9, Took: 500 * time.Millisecond}, true, true},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 499 0 4.000 -", Outcome{Host: "shop.example", Status: 504, Took: 4 * time.Second}, true, true},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 499 0 0.300 -", Outcome{}, false, true},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 499 7 2.000 0.010", Outcome{Host: "shop.example", Status: 200, Bytes: 7, Took: 10 * time.Millisecond}, true, true},
		{"", Outcome{}, false, false},
		{"<191>Nov 29 01:43:22 nginx: shop.example 200 5321 0.120 0.012", Outcome{}, false, false},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 2 5321 0.120 0.012", Outcome{}, false, false},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 200 -1 0.120 0.012", Outcome{}, false, false},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 200 1 NaN 0.012", Outcome{}, false, false},
		{"<191>Nov 29 01:43:22 evenkeel: shop.example 200 1 0.120 -4", Outcome{}, false, false},
	} {
		o, say, err := parseLine(c.line)
		if (err == nil) != c.ok || say != c.say || say && o != c.want {
			t.Errorf("%q is %+v, %v, %v; expected %+v, %v", c.line, o, say, err, c.want, c.say)
		}
	}
}

func FuzzLinesOfNginx(f *testing.F) {
	f.Add("<191>Nov 29 01:43:22 evenkeel: shop.example 200 9 1.500 1.000, 0.500")
	f.Fuzz(func(t *testing.T, line string) {
		o, say, err := parseLine(line)
		if say && (err != nil || o.Host == "" || o.Status < 100 || o.Status > 599 || o.Bytes < 0 || o.Took < 0) {
			t.Errorf("%q is %+v, %v", line, o, err)
		}
	})
}

// TestNginxTellsHowTheApplicationAnswered sends a request through Debian's nginx with the configuration that is shipped, and one that the guard refuses.
func TestNginxTellsHowTheApplicationAnswered(t *testing.T) {
	heard := make(chan Outcome, 16)
	b := newBench(t)
	g := b.guard(func(c *Config) { c.Told = func(o Outcome) { heard <- o } })
	at, stop := serve(t, g)
	defer stop()
	port, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- g.ServeLog(port) }()
	edge := nginx(t, patient, at, application(t), "127.0.0.1:8404", port.LocalAddr().String())
	if a := visit(t, "GET", edge, "/guarded/x", ""); a.status == 200 {
		t.Fatalf("what the guard refuses is answered by the application: %+v", a)
	}
	if a := visit(t, "GET", edge, "/open/x", ""); a.status != 200 {
		t.Fatalf("the visitor got %+v", a)
	}
	select {
	case o := <-heard: // the first that is told is not the one that was refused
		if o.Host != "shop.example" || o.Status != 200 || o.Bytes == 0 || len(heard) != 0 {
			t.Errorf("the guard heard %+v and %d more", o, len(heard))
		}
	case <-time.After(time.Minute):
		t.Error("the guard heard nothing")
	}
	port.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOnlyTrustedGatewaysTellHowApplicationsAnswered(t *testing.T) {
	b := newBench(t)
	g := b.guard(func(c *Config) {
		c.Trusted = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		c.Told = func(o Outcome) { t.Errorf("a stranger told %+v", o) }
	})
	port, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- g.ServeLog(port) }()
	from, err := net.Dial("udp", port.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	if _, err := from.Write([]byte("<191>Nov 29 01:43:22 evenkeel: shop.example 500 5321 0.120 0.012")); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); g.Counts()[Stranger]+g.Counts()[Told] == 0; {
		if time.Now().After(end) {
			t.Fatal("the line never came")
		}
	}
	port.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
