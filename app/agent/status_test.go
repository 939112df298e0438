package agent

import (
	"reflect"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

func TestControlIsToldWhatAHostHasAndWhyItLooksAtPayload(t *testing.T) {
	s, err := Parse("host.yaml", []byte("facts: {host: hv-1, roots: [{asset: vm-3, path: /srv/vm-3}]}\npayload: {stratum: \"miners on free trials\"}"))
	if err != nil {
		t.Fatal(err)
	}
	w := plan.World{Guests: []plan.Guest{{Asset: "vm-1", Ports: []plan.Port{{Name: "tap1", Index: 7}}}, {Asset: "vm-2"}}}
	var got hostlink.About
	claimed(&got, &s, &w)
	want := hostlink.About{
		Holds: []evenkeel.AssetID{"vm-1", "vm-2"}, Named: []evenkeel.AssetID{"vm-2"}, Watches: []evenkeel.AssetID{"hv-1", "vm-3"}, Stratum: "miners on free trials",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; expected %+v", got, want)
	}
	claimed(&got, &Settings{}, &plan.World{})
	if s := Default(); s.Payload.Stratum != "" || got.Stratum != "" {
		t.Error("payload is looked at though nobody said why")
	}
}
