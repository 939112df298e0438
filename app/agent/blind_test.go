package agent

import (
	"testing"

	"github.com/evenkeel/evenkeel/shield/plan"
)

// A guest that is plugged in past the host is named: nobody should take it for one that sends nothing.
func TestAGuestWithoutAnInterfaceOfTheHostIsToldAsUnseen(t *testing.T) {
	p := &Process{host: &Host{blind: map[int]string{7: "it has no room for programs"}}, hands: &hands{}}
	w := plan.World{Guests: []plan.Guest{
		{Asset: "vm-1", Ports: []plan.Port{{Name: "tap-1", Index: 6}}},
		{Asset: "vm-2", Ports: []plan.Port{{Name: "tap-2", Index: 7}}},
		{Asset: "vm-3"}, {Asset: "vm-4", Off: true},
	}}
	got := p.blind(&w)
	if len(got) != 2 || got[0].Port != "tap-2" || got[0].Why != "it has no room for programs" || got[1].Port != "vm-3" || got[1].Why != portless {
		t.Errorf("%+v", got)
	}
}
