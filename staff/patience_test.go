package staff

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestPatienceIsBounded(t *testing.T) {
	p := newPatience(3)
	for n := range evenkeel.Moment(10) {
		if _, _, ok := p.admit(n, nameTrier("ada"), nameTrier(fmt.Sprint("x", n))); !ok && n < freeTries {
			t.Fatalf("try %d has to wait", n)
		}
	}
	if len(p.of) != 3 || p.order.Len() != 3 {
		t.Errorf("%d and %d are remembered; expected three", len(p.of), p.order.Len())
	}
	if p.of[nameTrier("ada")] == nil || p.of[nameTrier("x0")] != nil {
		t.Error("who tried last is forgotten, or who tried first is not")
	}
}

func TestNobodyWaitsForEver(t *testing.T) {
	for failed := range 10_000 {
		if w := waitAfter(failed); w < waitAfter(failed-1) || w > MaxWait {
			t.Fatalf("after %d failures one waits %s", failed, w)
		}
	}
}

func TestAfterADayItIsForgotten(t *testing.T) {
	p := newPatience(9)
	now := evenkeel.Moment(0).Add(forgotten)
	ada := nameTrier("ada")
	for range 30 {
		if _, w, ok := p.admit(now, ada); !ok {
			now = w.until
		}
	}
	for _, c := range []struct {
		after time.Duration
		free  int
	}{{forgotten - time.Second, 1}, {forgotten, freeTries}} {
		now = p.of[ada].Value.(*tries).last.Add(c.after)
		free := 0
		for ; free < 9; free++ {
			if _, _, ok := p.admit(now, ada); !ok {
				break
			}
		}
		if free != c.free {
			t.Errorf("after %s there are %d free tries; expected %d", c.after, free, c.free)
		}
	}
}

func TestWhoHasToWaitIsNotCountedAnywhere(t *testing.T) {
	p := newPatience(9)
	ada, here := nameTrier("ada"), sourceTrier(netip.MustParseAddr("192.0.2.1"))
	for range freeTries {
		p.admit(1, ada)
	}
	for range 9 {
		if _, _, ok := p.admit(2, ada, here); ok {
			t.Fatal("it is let through")
		}
	}
	if p.of[here] != nil {
		t.Error("the source is counted")
	}
	p.succeeded(ada)
	if _, _, ok := p.admit(3, ada, here); !ok {
		t.Error("who has succeeded has to wait")
	}
}

func TestWhatIsOneSource(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true}, {"192.0.2.1", "192.0.2.2", false}, {"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff:1", true}, {"2001:db8::1", "2001:db8:0:1::1", false}, {"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		if same := sourceTrier(netip.MustParseAddr(c.a)) == sourceTrier(netip.MustParseAddr(c.b)); same != c.same {
			t.Errorf("%s and %s are one: %t", c.a, c.b, same)
		}
	}
}
