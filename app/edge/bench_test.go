package edge

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkBesideABareProxy sends requests over TLS by turns through the gateway, in calm, and through a bare httputil.ReverseProxy of the same
// process with the same certificate, to the same backend: what is reported is how many of the bare one's requests a second the gateway
// does, the median of several turns, and by how much its p99 is later where the machine is not busy. Both clients and the backend run beside on the same
// processors.
func BenchmarkBesideABareProxy(b *testing.B) {
	turns, lasts := 15, 400*time.Millisecond
	if testing.Short() {
		turns, lasts = 1, 50*time.Millisecond
	}
	a := newAuthority(b, "shop.example")
	answer := make([]byte, 2<<10)
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(answer) }))
	defer back.Close()
	dir, sites := folder(b, map[string]string{"shop.yaml": document("shop", back.URL, a.line())})
	r := run(b, dir, sites, onTLS)
	pair, err := tls.LoadX509KeyPair(a.chain, a.key)
	if err != nil {
		b.Fatal(err)
	}
	to, _ := url.Parse(back.URL)
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 512}
	bare := httptest.NewUnstartedServer(proxy)
	bare.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	bare.EnableHTTP2 = true
	bare.StartTLS()
	defer bare.Close()
	for _, two := range []bool{false, true} {
		b.Run(map[bool]string{false: "HTTP1", true: "HTTP2"}[two], func(b *testing.B) {
			load := func(at string, clients int, pause time.Duration) (rate float64, p99 time.Duration) {
				var mu sync.Mutex
				var all []time.Duration
				var wg sync.WaitGroup
				end := time.Now().Add(lasts)
				for range clients {
					c := a.client(r, two)
					c.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
						return new(net.Dialer).DialContext(ctx, "tcp", at)
					}
					one := func() time.Duration {
						began := time.Now()
						x, err := c.Get("https://shop.example/")
						if err != nil {
							b.Error(err)
							return 0
						}
						io.Copy(io.Discard, x.Body)
						x.Body.Close()
						return time.Since(began)
					}
					wg.Go(func() {
						defer c.CloseIdleConnections()
						one() // the handshake is not counted
						var mine []time.Duration
						for time.Now().Before(end) {
							mine = append(mine, one())
							if pause > 0 {
								<-time.After(pause)
							}
						}
						mu.Lock()
						all = append(all, mine...)
						mu.Unlock()
					})
				}
				wg.Wait()
				slices.Sort(all)
				return float64(len(all)) / lasts.Seconds(), all[len(all)*99/100]
			}
			var ratios, later, rates []float64
			for range turns {
				ours, _ := load(r.Ready().Listen[0], 16, 0)
				theirs, _ := load(bare.Listener.Addr().String(), 16, 0)
				ratios, rates = append(ratios, ours/theirs), append(rates, ours)
				_, p := load(r.Ready().Listen[0], 2, 2*time.Millisecond)
				_, q := load(bare.Listener.Addr().String(), 2, 2*time.Millisecond)
				later = append(later, float64(p-q)/1e3)
			}
			for b.Loop() {
			}
			b.ReportMetric(0, "ns/op")
			for name, all := range map[string][]float64{"of-bare": ratios, "µs-p99-later": later, "req/s": rates} {
				slices.Sort(all)
				b.ReportMetric(all[len(all)/2], name)
				b.Log(name, fmt.Sprintf("quartiles %.3g to %.3g", all[len(all)/4], all[len(all)*3/4]))
			}
		})
	}
}
