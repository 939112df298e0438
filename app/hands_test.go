package app

import (
	"net/netip"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
)

// What is declared of a receiver and was never shown does not count as shown.
func TestWhatAReceiverDeclaresIsNotProven(t *testing.T) {
	c := config.Receiver{
		URL: "http://127.0.0.1:1/orders", Name: "node", SecretFile: good(t, t.TempDir()), Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}},
		Measures: []config.Carried{{Measure: evenkeel.MeasureThrottle}, {Measure: evenkeel.MeasureIsolate}}, Keeps: []string{"console"}, Destroys: []string{"memory"},
	}
	h, err := openHands(t.TempDir(), &c, nil, atStart)
	if err != nil {
		t.Fatal(err)
	}
	if m := h.means(true); !m.Declared || m.Proven || m.Finishes || len(m.Measures) != 2 || len(m.Keeps) != 1 || len(m.Destroys) != 1 {
		t.Errorf("%+v; expected what the settings say, and nothing proven", m)
	}
	c.Keeps = nil
	if h, err = openHands(t.TempDir(), &c, nil, atStart); err != nil || h.means(true).Declared {
		t.Errorf("%v: nothing is kept open, and it counts as declared", err)
	}
	c.URL = ""
	if h, err = openHands(t.TempDir(), &c, nil, atStart); err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if all, none := h.means(false), h.means(true); len(all.Measures) < 5 || !all.Proven || none.Measures == nil || len(none.Measures) != 0 {
		t.Errorf("on paper %+v, and %+v once tenants are told; expected all, and none", all, none)
	}
}
