package agent

import (
	"testing"

	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// A guest that is plugged in past the host is named: nobody should take it for one that sends nothing.
func TestAGuestWithoutAnInterfaceOfTheHostIsToldAsUnseen(t *testing.T) {
	p := &Process{host: &Host{blind: map[int]string{7: "it has no room for programs"}}, hands: &hands{}}
	w := plan.World{Guests: []plan.Guest{
		{Asset: "vm-1", Ports: []plan.Port{{Name: "tap-1", Index: 6}}},
		{Asset: "vm-2", Ports: []plan.Port{{Name: "tap-2", Index: 7}}},
		{Asset: "vm-3"}, {Asset: "vm-4", Off: true}, {Asset: "vm-5"},
	}}
	p.host.unknown = []Unknown{{Place: port.Place{Name: "vg1"}, Why: "two say so", Could: []string{"vm-5", "vm-6"}}}
	got := p.blind(&w)
	if len(got) != 3 || got[2].Port != "vm-5" || got[2].Why != "vg1 is there, and is nobody's: two say so" || got[0].Port != "tap-2" || got[0].Why != "it has no room for programs" || got[1].Port != "vm-3" || got[1].Why != portless {
		t.Errorf("%+v", got)
	}
}
