package agent

import (
	"fmt"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

func TestAGuestWithTwoPortsIsOne(t *testing.T) {
	var all []port.Reading
	for i, packets := range []uint64{1, 20, 300, 4000, 50000} {
		all = append(all, port.Reading{Slot: port.Slot(i), Counts: port.Counts{PacketsOut: packets}})
	}
	guests := []string{"vm-2", "vm-1", "", "vm-2", "vm-3"}
	var got []string
	of := func(s port.Slot) (string, bool) { return guests[s], s != 3 } // one of two ports hears nothing
	eachGuest(all, of, func(asset string, c *wire.Counts) {
		got = append(got, fmt.Sprintf("%s %d %t", asset, c.PacketsOut, c.Deaf))
	})
	if want := "[vm-1 20 false vm-2 4001 true vm-3 50000 false]"; fmt.Sprint(got) != want {
		t.Errorf("it is %v; expected %s", got, want)
	}
}
