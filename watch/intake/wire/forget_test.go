package wire

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// A host that starts a container with another name every second keeps those of the last minutes.
func TestOfGuestsThatWentNothingIsKept(t *testing.T) {
	m := meter(t, "", "192.0.2.10=vm-1")
	b := evenkeel.NewBatch("test", 0)
	for i := range 5000 {
		m.Count(b, evenkeel.AssetID(fmt.Sprintf("ct-%d", i)), begin+evenkeel.Moment(i)*second, &Counts{PacketsOut: 1})
		if most := int((silence+minute)/second) + 2; len(m.guests) > most {
			t.Fatalf("after %d s %d guests are kept; expected at most %d", i, len(m.guests), most)
		}
		b.Reset("test", 0)
	}
	at := begin + 5000*second
	for i := range 2000 {
		m.Packet(b, at, udp(self, host(i), 4000, 53, 60))
		at += second
	}
	if len(m.guests) != 1 {
		t.Errorf("besides the one that sends %d guests are kept", len(m.guests)-1)
	}
}

// What is told of a guest does not depend on whether it was forgotten meanwhile.
func TestThatAGuestWasForgottenDoesNotShow(t *testing.T) {
	whole := t
	rapid.Check(t, func(t *rapid.T) {
		forgets, keeps := meter(whole, ""), meter(whole, "")
		at := begin
		for range rapid.IntRange(1, 30).Draw(t, "seconds") {
			at += evenkeel.Moment(rapid.SampledFrom([]int{1, 1, 30, 61, 119, 299, 301, 400, 1000}).Draw(t, "later")) * second
			var c Counts
			c.PacketsOut = 10
			c.Hosts.Add(rapid.Uint64().Draw(t, "host"))
			c.Talks[0] = Destination{Address: host(rapid.IntRange(1, 3).Draw(t, "to")), Port: 3333, Protocol: 6, Packets: 3, Bytes: 600}
			asset := evenkeel.AssetID(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "guest"))
			x, y := evenkeel.NewBatch("test", 0), evenkeel.NewBatch("test", 0)
			keeps.forgot = at // it was looked just now
			if forgets.Count(x, asset, at, &c) != keeps.Count(y, asset, at, &c) || !reflect.DeepEqual(x.Records, y.Records) {
				t.Fatalf("%d s after the beginning %s is told otherwise", (at-begin)/second, asset)
			}
		}
		if len(keeps.guests) < len(forgets.guests) {
			t.Fatal("the wrong one forgets")
		}
	})
}
