//go:build !race

package answer

import (
	"testing"
	"time"
)

// flood is what those get who are many.
var flood = []struct {
	name   string
	most   float64 // allocations
	answer func(p *Pages, dst []byte, v Visitor) Answer
}{
	{"refusal", 0, func(p *Pages, dst []byte, v Visitor) Answer {
		return p.Refusal(dst, v, Refusal{RayOf(0x5a17c03de), Rate, noon.Add(20 * time.Minute)}, noon)
	}},
	{"waiting room", 0, func(p *Pages, dst []byte, v Visitor) Answer {
		return p.Waiting(dst, v, Queue{Place: 214, Wait: 150 * time.Second})
	}},
	{"challenge", 0, func(p *Pages, dst []byte, v Visitor) Answer {
		return p.Challenge(dst, v, Challenge{workToken, 14, Patience{waitToken, 5, "/cart?item=7"}})
	}},
	{"cookie", 2, func(p *Pages, dst []byte, v Visitor) Answer {
		return p.Cookie(dst, v, Patience{waitToken, 1, "/cart?item=7"})
	}},
	{"maintenance", 0, func(p *Pages, dst []byte, v Visitor) Answer { return p.Maintenance(dst, v, ready, noon) }},
	{"unknown", 0, func(p *Pages, dst []byte, v Visitor) Answer { return p.Unknown(dst, v, false) }},
}

var ready = Prepare(broken)

// takers are who is answered: with the page, the page compressed, and no page.
var takers = []struct {
	name string
	v    Visitor
}{
	{"page", visitor(German)},
	{"compressed", Visitor{Reader: Person, Askable: true, Lang: German, Gzip: true, Host: "shop.example"}},
	{"problem", Visitor{Reader: Program, Lang: German}},
	{"line", Visitor{Reader: Text, Lang: German}},
}

// TestWhatAFloodGetsAllocatesNothing, and putting it into a header neither. A refusal takes 2 µs, of which the test allows for ten times as
// many: it runs beside others. The benchmark has the figure.
func TestWhatAFloodGetsAllocatesNothing(t *testing.T) {
	p := pages(t)
	dst := make([]byte, 0, MostPage)
	h := map[string][]string{}
	for _, c := range flood {
		for _, taker := range takers {
			if n := testing.AllocsPerRun(200, func() {
				a := c.answer(p, dst, taker.v)
				a.Put(h)
			}); n > c.most {
				t.Errorf("%s, %s: %v allocations; expected at most %v", c.name, taker.name, n, c.most)
			}
			least := time.Hour
			for range 200 {
				from := time.Now()
				for range 10 {
					c.answer(p, dst, taker.v)
				}
				least = min(least, time.Since(from)/10)
			}
			if least > 20*time.Microsecond {
				t.Errorf("%s, %s: %v at best", c.name, taker.name, least)
			}
		}
	}
	if n := testing.AllocsPerRun(200, func() { p.VisitorOf(&sets[0].request, "de-CH, de;q=0.9, en;q=0.5", "gzip, br", "shop.example", nil) }); n > 0 {
		t.Errorf("who asks: %v allocations", n)
	}
}

func BenchmarkAnswer(b *testing.B) {
	p := pages(b)
	dst := make([]byte, 0, MostPage)
	for _, c := range flood {
		for _, taker := range takers {
			b.Run(c.name+"/"+taker.name, func(b *testing.B) {
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					a := c.answer(p, dst, taker.v)
					n = len(a.Body)
				}
				b.ReportMetric(float64(n), "bytes")
			})
		}
	}
	b.Run("who asks", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.VisitorOf(&sets[0].request, "de-CH, de;q=0.9, en;q=0.5", "gzip, br", "shop.example", nil)
		}
	})
}
