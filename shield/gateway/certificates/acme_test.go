package certificates

import (
	"testing"
	"time"
)

func TestANameGetsItsCertificateWhenItIsFirstAskedFor(t *testing.T) {
	e := atEdge(t, nil)
	e.store.Follow(directory(t, byACME("a", "a.example", "www.a.example")))
	began := time.Now()
	c := e.must("a.example")
	t.Logf("%s", time.Since(began))
	if err := c.VerifyHostname("a.example"); err != nil {
		t.Error(err)
	}
	orders, requests := e.orders.Load(), e.requests.Load()
	if orders != 1 {
		t.Errorf("%d orders; expected 1", orders)
	}
	if again := e.must("A.example"); !again.Equal(c) || e.requests.Load() != requests {
		t.Error("the second client costs a request, or gets another certificate")
	}
	for _, name := range []string{"b.example", "deep.a.example", "example", "192.0.2.1", ""} {
		if _, err := e.shake(name); err == nil {
			t.Errorf("%q is shaken hands with", name)
		}
	}
	if e.requests.Load() != requests {
		t.Errorf("%d requests for names that nobody has; expected none", e.requests.Load()-requests)
	}
}
