package edge

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// clientEnv makes a process of this test's program one that visits a site: where, its host, how many at once, and how many visits each.
const clientEnv = "EVENKEEL_TEST_CLIENT"

type clientOrder struct {
	At, Host     string
	Many, Visits int // 0 visits: without end
	Within       time.Duration
	Secure       bool // over TLS; whose certificate it is, is not asked
}

// visitAsClient visits as a browser of which nobody reads the answer, and writes when it began, then each status; 0 is no answer.
func visitAsClient(text string) {
	var o clientOrder
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(time.Now().UnixNano())
	var all sync.WaitGroup
	for range o.Many {
		all.Go(func() {
			c, scheme := http.Client{Timeout: o.Within, Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: o.Host, InsecureSkipVerify: true}}}, "http"
			if o.Secure {
				scheme = "https"
			}
			for i := 0; o.Visits == 0 || i < o.Visits; i++ {
				q, _ := http.NewRequest("GET", scheme+"://"+o.At+"/", nil)
				q.Host = o.Host
				q.Header.Set("Accept", "text/html")
				code := 0
				if a, err := c.Do(q); err == nil {
					a.Body.Close()
					code = a.StatusCode
				}
				if o.Visits > 0 {
					fmt.Println(code)
				}
			}
		})
	}
	all.Wait()
}

func TestWhatListensEverywhereIsGuardedAtEachAddress(t *testing.T) {
	tcp := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	own := []net.Addr{}
	for _, s := range []string{"127.0.0.1/8", "192.0.2.1/24", "::1/128", "2001:db8::1/64", "fe80::1/64"} {
		ip, n, err := net.ParseCIDR(s)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, &net.IPNet{IP: ip, Mask: n.Mask})
	}
	for _, c := range []struct {
		says string
		at   []net.Addr
		want string
	}{
		{"everywhere", []net.Addr{tcp("[::]:443")}, "192.0.2.1:443 [2001:db8::1]:443"},
		{"everywhere in IPv4", []net.Addr{tcp("0.0.0.0:443"), tcp("[::]:80")}, "192.0.2.1:80 192.0.2.1:443 [2001:db8::1]:80"},
		{"at one address, twice", []net.Addr{tcp("192.0.2.1:443"), tcp("[::ffff:192.0.2.1]:443")}, "192.0.2.1:443"},
		{"at a link", []net.Addr{tcp("[fe80::1%eth0]:443")}, ""},
	} {
		var got []string
		for _, to := range targetsOf(c.at, own) {
			got = append(got, to.String())
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s; expected %s", c.says, text, c.want)
		}
	}
}

func TestSettingsOfDropSayWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`drop: {way: "off"}`:                       "",
		"drop: {way: off}":                         "",
		"drop: {way: nftables}":                    "",
		"drop: {way: xdp, interface: eth0}":        "",
		"drop: {way: xdp}":                         "drop.way is xdp and drop.interface is empty; expected the interface",
		"drop: {way: iptables}":                    `drop.way is "iptables"; expected off, nftables or xdp`,
		"drop: {way: nftables, interface: a/b}":    "expected the name of an interface",
		"drop: {never: [192.0.2.300]}":             "192.0.2.300",
		"drop: {way: nftables, never: [10.0.0.1]}": "",
	} {
		_, err := Parse("g.yaml", []byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; expected %q", text, err, want)
		}
	}
}
