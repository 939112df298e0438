package plan

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// thousand is a host of a thousand guests, each with an order to limit it and every second one more.
func thousand() (*World, []evenkeel.Order) {
	w := world()
	w.Guests = nil
	var orders []evenkeel.Order
	for i := range 1000 {
		a := evenkeel.AssetID(fmt.Sprintf("vm-%d", i))
		w.Guests = append(w.Guests, guest(a, i+1))
		m, params := limit, "rate=10000 syn_rate=200 new_flows=500"
		if i%2 == 0 {
			m, params = dropFlow, "flows=tcp/203.0.113.7/80,udp/198.51.100.9/0"
		}
		orders = append(orders, order(fmt.Sprintf("d-%d", i), m, params, a))
	}
	return w, orders
}

func BenchmarkCompileAThousandOrders(b *testing.B) {
	w, orders := thousand()
	b.ReportAllocs()
	for b.Loop() {
		if r, _ := Compile(orders, w, start); len(r.Ports()) != 1000 {
			b.Fatal(len(r.Ports()))
		}
	}
}

func BenchmarkDiffOfAThousandPorts(b *testing.B) {
	w, orders := thousand()
	one, _ := Compile(orders, w, start)
	two, _ := Compile(orders[1:], w, start)
	b.ReportAllocs()
	for b.Loop() {
		if c := Diff(one, two); len(c.Gone) != 1 {
			b.Fatal(c)
		}
	}
}

func BenchmarkVerdict(b *testing.B) {
	w, orders := thousand()
	r, _ := Compile(orders, w, start)
	var s Memory
	p := tcp("203.0.113.7", 80, true)
	p.Port = 502
	at := start
	b.ReportAllocs()
	for b.Loop() {
		at += 1000
		r.Verdict(&s, &p, at)
	}
}

func TestAVerdictAllocatesNothing(t *testing.T) {
	w, orders := thousand()
	r, _ := Compile(orders, w, start)
	var s Memory
	p := udp("203.0.113.9", 80)
	p.Port = 502
	r.Verdict(&s, &p, start)
	if n := testing.AllocsPerRun(100, func() { r.Verdict(&s, &p, start) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
