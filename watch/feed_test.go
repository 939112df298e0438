package watch

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

const trafficRule = `
rule: traffic
version: 1
family: flood
mode: live
subject: asset
about: Sends much.
windows:
  net: {of: network.out.bytes, for: 10m, pane: 1m}
terms:
  - {name: much, family: wire, when: 'net.sum > 1000000000', value: net.sum, threshold: 1000000000, weight: 1, says: "It sent {net.sum:bytes}."}
score: 1
tests: {hit: [hit.txtar], miss: [miss.txtar]}
`

// fleetOf gives the batches of minutes, one each: forty machines, whose CPU share is told in a unit.
func fleetOf(from, minutes int, unit float64) (out []*evenkeel.Batch) {
	for m := from; m < from+minutes; m++ {
		b := evenkeel.NewBatch("agents", 0)
		for i := range 40 {
			asset, at := evenkeel.AssetID(fmt.Sprintf("vm-%d", i)), start.Add(time.Duration(m)*time.Minute).Add(time.Duration(i)*time.Second)
			b.AddUsage(evenkeel.Usage{At: at, ID: identity(asset, at), Asset: asset, Meter: evenkeel.MeterCPUFraction, Form: evenkeel.FormGauge, Line: identity(asset, 1), Value: float64(1+(i*7+m)%40) / 80 * unit})
		}
		out = append(out, b)
	}
	return out
}

func drifts(e *Engine, list ...*evenkeel.Batch) (all []Drift) {
	for _, b := range list {
		e.Observe(b, nil)
		all = append(all, e.Drifts()...)
	}
	return all
}

func TestADriftNamesTheRulesThatUseItsInput(t *testing.T) {
	e, err := New(rules(t, pinnedRule, trafficRule, burstRule), Options{Key: [16]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	const day = 25 * 60
	if got := drifts(e, fleetOf(0, day, 1)...); len(got) > 0 {
		t.Fatalf("%+v; expected nothing yet", got)
	}
	got := drifts(e, fleetOf(day, 2, 100)...)
	if len(got) != 1 || got[0].Over || got[0].Source != "agents" || got[0].Input != "cpu-fraction" || !slices.Equal(got[0].Rules, []string{"pinned"}) ||
		got[0].At.Sub(start) > (day+1)*time.Minute || got[0].Says != "The middle one of the values that machines send is about 16; it was about 0.25." {
		t.Fatalf("%+v; expected that the CPU share drifts within a minute, and only the rule that reads it is named", got)
	}
	data, _ := checkpointOf(t, e, nil)
	back := restored(t, data, rules(t, pinnedRule, trafficRule, burstRule), Options{Key: [16]byte{7}})
	other, _, err := Adopt(bytes.NewReader(data), rules(t, showRule), Options{Key: [16]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	rest := fleetOf(day+2, 70, 1)
	over := drifts(e, rest...)
	if len(over) != 1 || !over[0].Over || over[0].Since != got[0].Since {
		t.Fatalf("%+v; expected that it is over once it is an hour as before", over)
	}
	if again := drifts(back, rest...); fmt.Sprint(again) != fmt.Sprint(over) {
		t.Errorf("%+v of the restored engine; expected %+v", again, over)
	}
	other.Attribute(nil) // which comes before
	if anew := drifts(other, rest...); len(anew) != 2 || anew[0].Over || anew[0].Since != got[0].Since || !slices.Equal(anew[0].Rules, []string{"show"}) || !anew[1].Over {
		t.Errorf("%+v under other rules; expected that it is told once more, of the rules that use it now", anew)
	}
}

func TestADriftIsTheSameInAnyBatches(t *testing.T) {
	of := func(join int) (all []Drift) {
		e, err := New(rules(t, pinnedRule), Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := evenkeel.NewBatch("agents", 0)
		for i, one := range slices.Concat(fleetOf(0, 1500, 1), fleetOf(1500, 20, 100), fleetOf(1520, 80, 1)) {
			for _, r := range one.Records {
				u := one.Usage(&r)
				b.AddUsage(u)
			}
			if i%join == 0 {
				all = append(all, drifts(e, b)...)
				b.Reset("agents", 0)
			}
		}
		return append(all, drifts(e, b)...)
	}
	want := of(1)
	if len(want) != 2 {
		t.Fatalf("%+v; expected one that begins and is over", want)
	}
	if got := of(17); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v in greater batches; expected %+v", got, want)
	}
}
