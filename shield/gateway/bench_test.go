package gateway_test

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// BenchmarkJudge is what a verdict takes: in calm, with a pass at an attacked site, of who is asked there, and of who waits.
func BenchmarkJudge(b *testing.B) {
	calm := newWorld(b, nil, document("shop", ""))
	calm.usual("shop.example", 2*time.Minute)
	proof := attacked(b, stage.Proof)
	holder := person("shop.example", 5000)
	proof.solves(holder, proof.visits(holder, "/").Answer.Body, "/")
	for _, c := range []struct {
		name string
		w    *world
		v    *visitor
	}{{"calm", calm, person("shop.example", 1)}, {"a holder of a pass", proof, holder}, {"who is asked", proof, person("shop.example", 6000)}} {
		b.Run(c.name, func(b *testing.B) {
			ask, dst := c.v.ask(c.v.request("GET", "/article/7")), make([]byte, 0, 16<<10)
			b.ReportAllocs()
			for b.Loop() {
				c.w.now = c.w.now.Add(100 * time.Millisecond) // so that a pass is not used too often
				c.w.edge.Judge(ask, dst)
			}
		})
	}
}

// TestAVerdictInCalmAllocatesNothing holds what every visit of every site pays.
func TestAVerdictInCalmAllocatesNothing(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) {
		c.Where = func(netip.Addr) suspect.Place { return suspect.Place{AS: 64496, Country: [2]byte{'D', 'E'}} }
		c.Bot, c.BotRates = func(netip.Addr, string) int { return 0 }, []int{1}
		c.Samples, c.SamplesAll = 16, 100
	}, document("shop", ""))
	w.usual("shop.example", time.Minute)
	v := person("shop.example", 1)
	ask, dst := v.ask(v.request("GET", "/article/7")), make([]byte, 0, 16<<10)
	n := testing.AllocsPerRun(200, func() {
		if !w.edge.Judge(ask, dst).Forward {
			t.Error("somebody is held back in calm")
		}
		w.edge.Told("shop.example", 200, time.Millisecond, 100)
	})
	if n > 0.5 { // the batch of visits grows now and then
		t.Errorf("a verdict allocates %.1f times", n)
	}
}

// BenchmarkPut has one site more served, among 20,000.
func BenchmarkPut(b *testing.B) {
	w := newWorld(b, nil, document("shop", ""))
	var all []site.Site
	for i := range 20_000 {
		sites, err := site.Parse("bench", []byte(document("s"+strconv.Itoa(i), "")))
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, sites...)
	}
	if err := w.edge.Put(all, nil); err != nil {
		b.Fatal(err)
	}
	one, _ := site.Parse("bench", []byte(document("one", "")))
	for b.Loop() {
		if err := w.edge.Put(one, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLook is the second of 1,000 sites that are visited, 20 times each.
func BenchmarkLook(b *testing.B) {
	var documents []string
	for i := range 1000 {
		documents = append(documents, document("s"+strconv.Itoa(i), ""))
	}
	w := newWorld(b, nil, documents...)
	var asks []*gateway.Ask
	for i := range 1000 {
		for n := range 2 {
			v := person(fmt.Sprintf("s%d.example", i), i*2+n)
			asks = append(asks, v.ask(httptest.NewRequest("GET", "https://"+v.host+"/", nil)))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		w.second(func(int) {
			for _, a := range asks {
				w.edge.Judge(a, nil)
			}
		})
	}
}

// BenchmarkCounts is what telling takes in a second of 20,000 sites that were visited within the hour: of calm ones, each of which is told once a minute.
func BenchmarkCounts(b *testing.B) {
	many := 20_000
	if testing.Short() {
		many = 200
	}
	var documents []site.Site
	for i := range many {
		sites, err := site.Parse("bench", []byte(document("s"+strconv.Itoa(i), "")))
		if err != nil {
			b.Fatal(err)
		}
		documents = append(documents, sites...)
	}
	w := newWorld(b, func(c *gateway.Config) { c.Samples, c.SamplesAll = 16, 200 }, document("shop", ""))
	if err := w.edge.Put(documents, nil); err != nil {
		b.Fatal(err)
	}
	w.second(func(tenth int) {
		for i := 0; tenth == 0 && i < many; i++ {
			w.visits(person(fmt.Sprintf("s%d.example", i), i), "/")
		}
	})
	told := 0
	b.ReportAllocs()
	for b.Loop() {
		w.now = w.now.Add(time.Second)
		told += len(w.edge.Counts(momentOf(w.now)))
	}
	b.ReportMetric(float64(told)/float64(b.N), "sites/second")
}
