package agent

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// lineSum is what a batch says of one line: the sum over all of it, over how long, and where it begins and ends.
type lineSum struct {
	sum         float64
	over        time.Duration
	from, until evenkeel.Moment
}

// sums are what batches say by asset, meter, part and line; of what does not add up each record is one.
func sums(all ...*evenkeel.Batch) (by map[evenkeel.Usage]lineSum, others map[evenkeel.Usage]int, flows []evenkeel.Flow) {
	by, others = map[evenkeel.Usage]lineSum{}, map[evenkeel.Usage]int{}
	for _, b := range all {
		for i := range b.Records {
			r := &b.Records[i]
			if r.Kind == evenkeel.KindFlow {
				flows = append(flows, b.Flow(r))
				continue
			}
			u := b.Usage(r)
			if u.Form != evenkeel.FormDelta || u.Meter < evenkeel.MeterPort {
				others[u]++
				continue
			}
			key := evenkeel.Usage{Asset: u.Asset, Meter: u.Meter, Part: u.Part, Line: u.Line}
			s, ok := by[key]
			if !ok || u.Since < s.from {
				s.from = u.Since
			}
			s.until = max(s.until, u.At)
			s.sum += u.Value
			s.over += u.At.Sub(u.Since)
			by[key] = s
		}
	}
	return by, others, flows
}

func TestWhatIsMergedSaysTheSame(t *testing.T) {
	second := evenkeel.Moment(time.Second)
	rapid.Check(t, func(t *rapid.T) {
		at := evenkeel.Moment(1e18)
		draw := func(name string) *evenkeel.Batch {
			b := evenkeel.NewBatch("host-1", at)
			for range rapid.IntRange(0, 3).Draw(t, name) {
				at += second * evenkeel.Moment(rapid.IntRange(1, 2).Draw(t, "gap"))
				for range rapid.IntRange(0, 6).Draw(t, "records") {
					asset := evenkeel.AssetID(rapid.SampledFrom([]string{"vm-1", "vm-2"}).Draw(t, "asset"))
					meter := rapid.SampledFrom([]evenkeel.Meter{evenkeel.MeterPort, evenkeel.MeterReflectedOut, evenkeel.MeterSite, evenkeel.MeterCPUTime}).Draw(t, "meter")
					part := rapid.SampledFrom([]evenkeel.Part{evenkeel.PartPacketsOut, evenkeel.PartHosts, evenkeel.PartMining}).Draw(t, "part")
					u := evenkeel.Usage{
						ID: uint64(at) + uint64(len(b.Records)), At: at, Since: at - second, Asset: asset, Meter: meter, Part: part, Form: evenkeel.FormDelta,
						Line: uint64(part), Value: float64(rapid.IntRange(0, 1<<30).Draw(t, "value")), // one line name for two assets, on purpose
					}
					if part == evenkeel.PartMining {
						u.Form, u.Since = evenkeel.FormGauge, 0
					}
					b.AddUsage(u)
					b.AddFlow(evenkeel.Flow{ID: u.ID, At: at, Asset: asset, Remote: "192.0.2.9", Packets: 7})
				}
			}
			return b
		}
		older, newer := draw("older"), draw("newer")
		had, hadOthers, hadFlows := sums(older, newer)
		both, ok := Merge(older, newer)
		if !ok {
			t.Fatal("two small batches are not merged")
		}
		is, others, flows := sums(both)
		if len(is) != len(had) || len(others) != len(hadOthers) || len(flows) != len(hadFlows) {
			t.Fatalf("%d, %d and %d are said; expected %d, %d and %d", len(is), len(others), len(flows), len(had), len(hadOthers), len(hadFlows))
		}
		for key, want := range had {
			if is[key] != want {
				t.Fatalf("of %+v it says %+v; expected %+v", key, is[key], want)
			}
		}
		for u, n := range hadOthers {
			if others[u] != n {
				t.Fatalf("%+v is there %d times; expected %d", u, others[u], n)
			}
		}
		if a, b := len(evenkeel.AppendBatch(nil, both)), len(evenkeel.AppendBatch(nil, older))+len(evenkeel.AppendBatch(nil, newer)); a >= b {
			t.Fatalf("merged it has %d bytes; expected less than %d", a, b)
		}
		last := evenkeel.Moment(0)
		for i := range both.Records {
			r := &both.Records[i]
			if r.At < last || r.Since != 0 && r.At.Sub(r.Since) > mostSpan {
				t.Fatalf("record %d is of %v to %v, after %v", i, r.Since, r.At, last)
			}
			last = r.At
		}
	})
}

func TestSecondsThatTouchBecomeOneReading(t *testing.T) {
	b := func(at int) *evenkeel.Batch {
		b := evenkeel.NewBatch("host-1", 1)
		to := evenkeel.Moment(100+at) * 1e9
		for _, asset := range []evenkeel.AssetID{"vm-1", "vm-2"} {
			b.AddUsage(evenkeel.Usage{ID: uint64(at), At: to, Since: to - 1e9, Asset: asset, Meter: evenkeel.MeterPort, Part: evenkeel.PartPacketsOut, Form: evenkeel.FormDelta, Line: 1, Value: float64(at)})
		}
		return b
	}
	all := b(1)
	for at := 2; at <= 12; at++ {
		var ok bool
		if all, ok = Merge(all, b(at)); !ok {
			t.Fatalf("second %d is not merged", at)
		}
	}
	if len(all.Records) != 4 { // ten seconds and two, of two guests
		t.Errorf("%d records are left; expected 4", len(all.Records))
	}
	first := all.Usage(&all.Records[0])
	if first.Asset != "vm-1" || first.Since != 100e9 || first.At != 110e9 || first.Value != 55 || first.ID != 10 {
		t.Errorf("the first is %+v", first)
	}
	other := b(13)
	other.Source = "host-2"
	if _, ok := Merge(all, other); ok {
		t.Error("two hosts are merged")
	}
	big := evenkeel.NewBatch("host-1", 1)
	for i := range 4000 {
		big.AddFlow(evenkeel.Flow{ID: uint64(i), At: 14e9, Asset: "vm-1", Remote: "192.0.2.9"})
	}
	if _, ok := Merge(all, big); ok {
		t.Error("what is too long is merged")
	}
}
