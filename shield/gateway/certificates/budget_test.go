package certificates

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

func TestNobodyTakesMoreThanABurstAndWhatFillsAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{Client: rapid.IntRange(1, 5).Draw(t, "client"), Site: rapid.IntRange(1, 5).Draw(t, "site"), All: rapid.IntRange(1, 10).Draw(t, "all")}
		b := newBudgets(limits)
		type taken struct {
			who string
			at  time.Time
		}
		most := map[string]int{"all": limits.All}
		var log []taken
		now := start
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Minute), int64(20*time.Minute)).Draw(t, "pause")))
			client := prefixOf(netip.AddrFrom4([4]byte{10, 0, byte(rapid.IntRange(0, 3).Draw(t, "client")), byte(rapid.IntRange(0, 255).Draw(t, "host"))}))
			of := site.ID(fmt.Sprint("site-", rapid.IntRange(0, 3).Draw(t, "site")))
			before := b.all.used
			if b.take(client, of, now) != "" {
				if b.all.used > before {
					t.Fatal("what is refused takes something")
				}
				continue
			}
			most[client.String()], most[string(of)] = limits.Client, limits.Site
			log = append(log, taken{"all", now}, taken{client.String(), now}, taken{string(of), now})
			if len(b.clients) > 4 || len(b.sites) > 4 {
				t.Fatalf("%d and %d buckets", len(b.clients), len(b.sites))
			}
		}
		for who, most := range most {
			for i := range log {
				n := 0
				latest := log[i].at
				for _, x := range log[i:] {
					if x.who != who {
						continue
					}
					n++
					if x.at.After(latest) {
						latest = x.at
					}
					if allowed := float64(most) * (1 + latest.Sub(log[i].at).Hours() + 0.1); float64(n) > allowed { // 0.1: a clock that was set back fills a little twice
						t.Fatalf("%s takes %d in %s; expected %.1f at most", who, n, latest.Sub(log[i].at), allowed)
					}
				}
			}
		}
	})
}

func TestAClientIsANetworkOfOneCustomer(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.1": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		if got := prefixOf(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s is of %s; expected %s", address, got, want)
		}
	}
	if prefixOf(netip.Addr{}).IsValid() {
		t.Error("nobody has a network")
	}
}
