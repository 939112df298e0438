package gateway_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// BenchmarkMemory is what 20,000 sites take, when each was visited, and what a million addresses at one of them take beside.
func BenchmarkMemory(b *testing.B) {
	many, sources := 20_000, 1_000_000
	if testing.Short() {
		many, sources = 200, 10_000
	}
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before := heap()
	w := newWorld(b, nil, document("s0", ""))
	var all []site.Site
	for i := range many {
		one, err := site.Parse("bench", []byte(document("s"+strconv.Itoa(i), "")))
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, one...)
	}
	if err := w.edge.Put(all, nil); err != nil {
		b.Fatal(err)
	}
	all = nil
	sites := heap()
	visit := func(host string, n int) {
		v := person(host, n)
		w.edge.Judge(&gateway.Ask{Request: httptest.NewRequest("GET", "https://"+host+"/", nil), From: v.from, Secure: true, Client: &gateway.Client{Hello: 7, Proven: true}}, nil)
	}
	for n := range 3 {
		for i := range many {
			if visit(fmt.Sprintf("s%d.example", i), n); i%1000 == 0 {
				w.second(nil)
			}
		}
	}
	w.second(nil)
	visited := heap()
	for n := range 130 { // so often that each has a habit
		for i := range many {
			visit(fmt.Sprintf("s%d.example", i), n)
		}
		w.second(nil)
	}
	for range 5 {
		w.second(nil)
	}
	used := heap()
	for i := range sources {
		if visit("s1.example", i); i%20_000 == 0 {
			w.second(nil)
		}
	}
	w.second(nil)
	attacked := heap()
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(sites-before, "MB-sites")
	b.ReportMetric(visited-before, "MB-visited")
	b.ReportMetric(used-before, "MB-used")
	b.ReportMetric(attacked-used, "MB-of-sources")
	runtime.KeepAlive(w)
}
