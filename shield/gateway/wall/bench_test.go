package wall_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway"
)

// BenchmarkCame is what each visit costs.
func BenchmarkCame(b *testing.B) {
	y := newYard(b, nil)
	v := visit(addr("198.51.100.7"))
	b.ReportAllocs()
	for b.Loop() {
		y.Came("shop", v, y.now)
	}
}

// BenchmarkRefused is what each address costs that a site refuses, the kernel apart.
func BenchmarkRefused(b *testing.B) {
	y, n := newYard(b, nil), uint32(0)
	for b.Loop() {
		a := netip.AddrFrom4([4]byte{20 + byte(n>>14), byte(n >> 6), byte(n << 2), 1})
		n++
		v := visit(a)
		y.Came("shop", v, y.now)
		if _, err := y.Refused([]gateway.Ban{ban("shop", a, y.now.Add(time.Minute))}, y.now); err != nil {
			b.Fatal(err)
		}
		if y.now = y.now.Add(10 * time.Millisecond); n%1000 == 0 {
			if err := y.Sweep(y.now); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestAVisitAllocatesNothing(t *testing.T) {
	y := newYard(t, nil)
	v, tenant := visit(addr("198.51.100.7")), evenkeel.TenantID("shop")
	if n := testing.AllocsPerRun(1000, func() { y.Came(tenant, v, y.now) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
