package wire

import (
	"net/netip"
	"reflect"
	"testing"
)

// TestTwoPortsOfAGuestAreOne: every number is there for a reason, so one that Add forgets is found.
func TestTwoPortsOfAGuestAreOne(t *testing.T) {
	var a, b Counts
	fill := func(c *Counts, n uint64) {
		v := reflect.ValueOf(c).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Uint64 {
				f.SetUint(n)
			}
		}
		for i := range c.ReflectedOut {
			c.ReflectedOut[i], c.ReflectedIn[i] = n, 2*n
		}
	}
	to := func(last byte, packets uint64) Destination {
		return Destination{Address: netip.AddrFrom4([4]byte{203, 0, 113, last}), Port: 80, Protocol: 6, Packets: packets}
	}
	fill(&a, 10)
	fill(&b, 5)
	a.ServicePort, b.ServicePort = 22, 22
	a.Victim, b.Victim = to(1, 7), to(2, 9)
	a.Top, b.Top = [TopDestinations]Destination{to(1, 7), to(3, 2)}, [TopDestinations]Destination{to(2, 9), to(4, 1)}
	a.Hosts.Add(1)
	b.Hosts.Add(1 << 60)
	a.Talks[0], b.Talks[0], b.Talks[1] = to(6, 3), to(5, 2), to(6, 4)
	a.Add(&b)
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Uint64 && f.Uint() != 15 {
			t.Errorf("%s is %d; want 15", v.Type().Field(i).Name, f.Uint())
		}
	}
	if a.ReflectedOut[3] != 15 || a.ReflectedIn[3] != 30 || a.Hosts.Set() != 2 || a.Talks != [MostTalks]Destination{to(6, 7), to(5, 2)} || a.Victim != to(2, 9) {
		t.Errorf("%+v", a)
	}
	if want := [TopDestinations]Destination{to(2, 9), to(1, 7), to(3, 2), to(4, 1)}; a.Top != want {
		t.Errorf("top %v; want %v", a.Top, want)
	}
	a.ServicePort, a.ServiceSyns = 22, 3
	b.ServicePort, b.ServiceSyns = 23, 4
	if a.Add(&b); a.ServicePort != 23 || a.ServiceSyns != 4 {
		t.Errorf("most asked for port %d, %d times", a.ServicePort, a.ServiceSyns)
	}
}
