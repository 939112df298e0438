package otlp

import (
	"encoding/binary"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

var testKey = siphash.Key{1, 2, 3}

type fataler interface{ Fatalf(string, ...any) }

func decodeProtobuf(t fataler, md pmetric.Metrics, now evenkeel.Moment) (*evenkeel.Batch, intake.Tally) {
	body, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err != nil {
		t.Fatalf("marshal protobuf: %v", err)
	}
	b, tally := evenkeel.NewBatch("collector", 0), intake.Tally{}
	if err := (&Decoder{Key: testKey}).Protobuf(b, body, now, &tally); err != nil {
		t.Fatalf("decode: %v", err)
	}
	clear(body) // nothing may alias it
	return b, tally
}

func decodeJSON(t fataler, md pmetric.Metrics, now evenkeel.Moment) (*evenkeel.Batch, intake.Tally) {
	body, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
	if err != nil {
		t.Fatalf("marshal JSON: %v", err)
	}
	b, tally := evenkeel.NewBatch("collector", 0), intake.Tally{}
	if err := (&Decoder{Key: testKey}).JSON(b, body, now, &tally); err != nil {
		t.Fatalf("decode %s: %v", body, err)
	}
	clear(body)
	return b, tally
}

func usages(b *evenkeel.Batch) []evenkeel.Usage {
	var us []evenkeel.Usage
	for i := range b.Records {
		us = append(us, b.Usage(&b.Records[i]))
	}
	return us
}

func TestBothEncodingsMeanWhatPdataSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		md := drawRequest(t)
		now := rapid.SampledFrom([]evenkeel.Moment{0, testNow}).Draw(t, "now")
		want := naive(md, now)
		fromProtobuf, counts := decodeProtobuf(t, md, now)
		fromJSON, countsJSON := decodeJSON(t, md, now)
		if !reflect.DeepEqual(usages(fromProtobuf), usages(fromJSON)) {
			t.Fatalf("protobuf gives %+v\nJSON gives %+v", usages(fromProtobuf), usages(fromJSON))
		}
		if counts.String() != countsJSON.String() {
			t.Fatalf("protobuf counts %v, JSON counts %v", &counts, &countsJSON)
		}
		compare(t, usages(fromProtobuf), &counts, want)
	})
}

// compare checks records and counts against what was expected; ids and lines by what they
// must tell apart.
func compare(t *rapid.T, got []evenkeel.Usage, counts *intake.Tally, want []expected) {
	wanted := intake.Tally{}
	lines, ids := map[string]uint64{}, map[string]uint64{}
	for _, w := range want {
		if w.refused {
			wanted.Count(w.why)
			continue
		}
		wanted.Accepted++
		if len(got) == 0 {
			t.Fatalf("a record is missing: %+v", w)
		}
		g := got[0]
		got = got[1:]
		id := w.line + w.usage.At.String()
		if was, ok := lines[w.line]; ok && was != g.Line {
			t.Fatalf("one line has two numbers: %q", w.line)
		}
		if was, ok := ids[id]; ok && was != g.ID {
			t.Fatalf("one point has two ids: %q", id)
		}
		lines[w.line], ids[id] = g.Line, g.ID
		g.Line, g.ID = 0, 0
		if g != w.usage {
			t.Fatalf("got %+v\nwant %+v", g, w.usage)
		}
	}
	if len(got) > 0 {
		t.Fatalf("too many records: %+v", got)
	}
	for _, m := range []map[string]uint64{lines, ids} {
		distinct := map[uint64]bool{}
		for _, v := range m {
			distinct[v] = true
		}
		if len(distinct) != len(m) {
			t.Fatalf("two lines or ids are one: %v", m)
		}
	}
	if counts.String() != wanted.String() {
		t.Fatalf("counted %v, want %v", counts, &wanted)
	}
}

// split makes one request per point.
func split(md pmetric.Metrics) []pmetric.Metrics {
	var all []pmetric.Metrics
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				points, sum, _ := pointsOf(m)
				for _, p := range points.All() {
					one := pmetric.NewMetrics()
					r := one.ResourceMetrics().AppendEmpty()
					rm.Resource().CopyTo(r.Resource())
					s := r.ScopeMetrics().AppendEmpty()
					sm.Scope().CopyTo(s.Scope())
					n := s.Metrics().AppendEmpty()
					n.SetName(m.Name())
					n.SetUnit(m.Unit())
					if sum {
						n.SetEmptySum().SetAggregationTemporality(m.Sum().AggregationTemporality())
						p.CopyTo(n.Sum().DataPoints().AppendEmpty())
					} else {
						p.CopyTo(n.SetEmptyGauge().DataPoints().AppendEmpty())
					}
					all = append(all, one)
				}
			}
		}
	}
	return all
}

func TestPointsKeepTheirIDsInWhateverRequestTheyCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		md := drawRequest(t)
		whole, tally := decodeProtobuf(t, md, testNow)
		parts := map[uint64]evenkeel.Usage{}
		busy := 0
		for _, one := range rapid.Permutation(split(md)).Draw(t, "order") {
			b, _ := decodeJSON(t, one, testNow)
			for _, u := range usages(b) {
				parts[u.ID] = u
			}
		}
		for _, u := range usages(whole) {
			if u.Part == evenkeel.PartIOWait {
				continue // alone it says nothing: it counts beside an idle state only
			}
			if got, ok := parts[u.ID]; !ok || got.Line != u.Line || got.At != u.At {
				t.Fatalf("alone, %+v became %+v", u, got)
			}
		}
		for _, u := range usages(whole) {
			delete(parts, u.ID)
		}
		// What is left are busy states: alone they cannot know of an idle state elsewhere. Nor
		// can shares know of one above 1.
		beyond, _ := tally.Of(intake.OutOfRange)
		for _, u := range parts {
			if u.Meter == evenkeel.MeterCPUFraction && beyond > 0 {
				continue
			}
			if busy++; u.Part != evenkeel.PartUser && u.Part != evenkeel.PartBusy {
				t.Fatalf("only alone there is %+v", u)
			}
		}
		if n, _ := tally.Of(intake.Redundant); busy > n {
			t.Fatalf("%d busy states were left out of the whole, %d are left over", n, busy)
		}
	})
}

func TestMergedRequestsHaveTheIDsOfTheirParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawRequest(t), drawRequest(t)
		ids := func(md pmetric.Metrics) []uint64 {
			batch, _ := decodeProtobuf(t, md, testNow)
			var all []uint64
			for _, u := range usages(batch) {
				// Whether these count hangs on an idle state or a share above 1, which may be in the other.
				if u.Meter != evenkeel.MeterCPUFraction && u.Part != evenkeel.PartUser && u.Part != evenkeel.PartBusy && u.Part != evenkeel.PartIOWait {
					all = append(all, u.ID)
				}
			}
			return all
		}
		want := append(ids(a), ids(b)...)
		both := pmetric.NewMetrics()
		b.ResourceMetrics().CopyTo(both.ResourceMetrics())
		a.ResourceMetrics().MoveAndAppendTo(both.ResourceMetrics())
		got := ids(both)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}

func TestADecoderMayBeUsedAgainAfterAnything(t *testing.T) {
	d := Decoder{Key: testKey}
	rapid.Check(t, func(t *rapid.T) {
		md := drawRequest(t)
		body, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
		if err != nil {
			t.Fatal(err)
		}
		b, tally := evenkeel.NewBatch("collector", 0), intake.Tally{}
		if rapid.Bool().Draw(t, "damage first") && len(body) > 0 {
			_ = d.Protobuf(b, body[:rapid.IntRange(0, len(body)).Draw(t, "cut")], testNow, &tally)
			_ = d.JSON(b, body, testNow, &tally)
		}
		b, tally = evenkeel.NewBatch("collector", 0), intake.Tally{}
		if err := d.Protobuf(b, body, testNow, &tally); err != nil {
			t.Fatal(err)
		}
		want, wantTally := decodeProtobuf(t, md, testNow)
		if !reflect.DeepEqual(usages(b), usages(want)) || tally != wantTally {
			t.Fatalf("used before: %+v\nnew: %+v", usages(b), usages(want))
		}
	})
}

func TestTheSourceIsPartOfTheIDButNotOfTheLine(t *testing.T) {
	md := hostRequest(1, 1)
	body, _ := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	first, second, other := evenkeel.NewBatch("a", 0), evenkeel.NewBatch("b", 0), evenkeel.NewBatch("a", 0)
	var tally intake.Tally
	for b, key := range map[*evenkeel.Batch]siphash.Key{first: testKey, second: testKey, other: {9}} {
		if err := (&Decoder{Key: key}).Protobuf(b, body, testNow, &tally); err != nil {
			t.Fatal(err)
		}
	}
	f, s, o := first.Records[0], second.Records[0], other.Records[0]
	if f.ID == s.ID || f.Line != s.Line {
		t.Errorf("two sources: ids %x %x, lines %x %x", f.ID, s.ID, f.Line, s.Line)
	}
	if f.ID == o.ID || f.Line == o.Line {
		t.Error("another key gives the same identity")
	}
}

func TestTheShortWayOfAttributesEndsWhereTheLongOneDoes(t *testing.T) {
	field := func(number byte, content []byte) []byte {
		return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(content))), content...)
	}
	rapid.Check(t, func(t *rapid.T) {
		key, text := rapid.StringN(0, 20, 140).Draw(t, "key"), rapid.StringN(0, 20, 140).Draw(t, "text")
		parts := [][]byte{field(1, []byte(key)), field(2, field(1, []byte(text)))}
		if rapid.Bool().Draw(t, "value first") {
			slices.Reverse(parts)
		}
		kv := slices.Concat(parts...)
		var short, long intake.Attribute
		if len(key) < 124 && len(text) < 124 && !shortText(kv, &short) {
			t.Fatalf("%q goes the long way", kv)
		}
		// Whatever is done to it, the short way says no or the same as the long one.
		switch at := rapid.IntRange(0, len(kv)-1).Draw(t, "where"); rapid.IntRange(0, 3).Draw(t, "damage") {
		case 0:
			kv = kv[:at]
		case 1:
			kv[at] = rapid.Byte().Draw(t, "byte")
		case 2:
			kv = append(kv, kv[at:]...)
		}
		if !shortText(kv, &short) {
			return
		}
		if deep, err := (&sink{}).keyValue(kv, &long, 16, &place{}); deep || err != nil || short != long {
			t.Fatalf("%q: short %+v, long %+v (%v)", kv, short, long, err)
		}
	})
}

func TestIdentitiesNeverChange(t *testing.T) {
	b, _ := decodeProtobuf(t, hostRequest(1, 1), testNow)
	if r := b.Records[0]; r.Line != 0x24f81ecde34aa986 || r.ID != 0x5da8294d5174c516 {
		t.Errorf("line %#x, id %#x: what is stored would count twice", r.Line, r.ID)
	}
}

// hostRequest is what a host of some CPUs sends: metrics × points.
func hostRequest(metrics, points int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("host.id", "0b3c5e3a-vm-17")
	rm.Resource().Attributes().PutStr("os.type", "linux")
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("otelcol/hostmetricsreceiver/cpu")
	states := []string{"idle", "iowait"}
	for i := range metrics {
		m := sm.Metrics().AppendEmpty()
		m.SetName([]string{"system.cpu.utilization", "system.cpu.time"}[i%2])
		m.SetUnit([]string{"1", "s"}[i%2])
		var ps pmetric.NumberDataPointSlice
		if i%2 == 0 {
			ps = m.SetEmptyGauge().DataPoints()
		} else {
			m.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			ps = m.Sum().DataPoints()
		}
		for j := range points {
			p := ps.AppendEmpty()
			p.Attributes().PutStr("cpu", "cpu"+string(rune('0'+j/2%10)))
			p.Attributes().PutStr("state", states[j%2])
			p.SetTimestamp(1_790_000_000e9)
			p.SetStartTimestamp(1_780_000_000e9)
			p.SetDoubleValue(float64(j%20) / 20)
		}
	}
	return md
}

func TestTalliesSpeak(t *testing.T) {
	md := hostRequest(1, 3)
	p := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(0)
	p.SetDoubleValue(-1)
	_, tally := decodeProtobuf(t, md, testNow)
	want := `1 refused: 1 because the value is below zero (first: system.cpu.utilization of asset "0b3c5e3a-vm-17" at 2026-09-21T14:13:20Z, value -1)`
	if got := tally.Says(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := tally.String(); got != "accepted 2, negative 1" {
		t.Errorf("got %s", got)
	}
}

func TestLateFieldsAreUnderstood(t *testing.T) {
	// Every field stands behind what needs it, in snake_case, enumerations by name.
	body := `{"resource_metrics":[{"schema_url":"x","scope_metrics":[{"metrics":[{"sum":{"data_points":[
		{"as_int":"7000000000","attributes":[{"value":{"string_value":"transmit"},"key":"direction"}],"time_unix_nano":1790000000000000000,
		 "start_time_unix_nano":"1780000000000000000"}],"aggregation_temporality":"AGGREGATION_TEMPORALITY_DELTA"},
		"metadata":[],"unit":"By","name":"system.network.io","later":{"x":[1,{"y":null}]}}],"scope":{"name":"s"}}],
		"resource":{"attributes":[{"key":"host.name","value":{"string_value":"vm-1"}}]}}]}`
	b, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
	if err := (&Decoder{}).JSON(b, []byte(body), testNow, &tally); err != nil {
		t.Fatal(err)
	}
	got := usages(b)
	if len(got) != 1 {
		t.Fatalf("got %d records (%v), want 1", len(got), &tally)
	}
	got[0].ID, got[0].Line = 0, 0
	want := evenkeel.Usage{
		At: testNow, Asset: "vm-1", Meter: evenkeel.MeterNetwork, Part: evenkeel.PartTransmit, Form: evenkeel.FormDelta,
		Since: 1_780_000_000e9, Value: 7e9,
	}
	if got[0] != want {
		t.Errorf("got %+v\nwant %+v", got[0], want)
	}
}

func TestTheUtilizationOfContainersMeansWhatItsSenderMeans(t *testing.T) {
	for _, c := range []struct {
		name, scope string
		meter       evenkeel.Meter
		value       float64
	}{
		{"a share by the standard", "mine", evenkeel.MeterCPUFraction, 0.5},
		{"percent of one CPU from docker stats", "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/dockerstatsreceiver", evenkeel.MeterCPUCores, 0.005},
		{"CPUs from the kubelet", "otelcol/kubeletstatsreceiver", evenkeel.MeterCPUCores, 0.5},
	} {
		md := pmetric.NewMetrics()
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("container.id", "c1")
		sm := rm.ScopeMetrics().AppendEmpty()
		sm.Scope().SetName(c.scope)
		m := sm.Metrics().AppendEmpty()
		m.SetName("container.cpu.utilization")
		m.SetUnit("1")
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetDoubleValue(0.5)
		p.SetTimestamp(1_790_000_000e9)
		for _, decode := range []func(fataler, pmetric.Metrics, evenkeel.Moment) (*evenkeel.Batch, intake.Tally){decodeProtobuf, decodeJSON} {
			b, tally := decode(t, md, testNow)
			if got := usages(b); len(got) != 1 || got[0].Meter != c.meter || got[0].Value != c.value {
				t.Errorf("%s: got %+v (%v)", c.name, got, &tally)
			}
		}
	}
}

func TestWaitingCountsOnlyBesideAnIdleState(t *testing.T) {
	type states map[string]float64
	for _, c := range []struct {
		name      string
		told      []states // one a resource, all of one asset
		busy      float64
		redundant int
	}{
		{"without idle, busy is what the busy states add up to", []states{{"user": .5, "system": .1, "wait": .4}}, .6, 1},
		{"iowait is its other name", []states{{"user": .5, "system": .1, "iowait": .4}}, .6, 1},
		{"with idle, busy is what is neither idle nor waiting", []states{{"user": .5, "system": .1, "wait": .25, "idle": .15}}, .6, 2},
		{"idle may be told elsewhere in the request", []states{{"wait": .25}, {"idle": .15}}, .6, 0},
		{"waiting alone says nothing", []states{{"wait": .4}}, 0, 1},
	} {
		md := pmetric.NewMetrics()
		for _, told := range c.told {
			one := hostRequest(1, len(told))
			points := one.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints()
			for i, state := range slices.Sorted(maps.Keys(told)) {
				points.At(i).Attributes().PutStr("state", state)
				points.At(i).Attributes().Remove("cpu")
				points.At(i).SetDoubleValue(told[state])
			}
			one.ResourceMetrics().MoveAndAppendTo(md.ResourceMetrics())
		}
		// Another metric's idle state changes nothing.
		other := hostRequest(2, 1)
		other.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(1).CopyTo(md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().AppendEmpty())
		for _, decode := range []func(fataler, pmetric.Metrics, evenkeel.Moment) (*evenkeel.Batch, intake.Tally){decodeProtobuf, decodeJSON} {
			b, tally := decode(t, md, testNow)
			busy := 0.0
			for _, u := range usages(b) {
				switch {
				case u.Meter != evenkeel.MeterCPUFraction:
				case u.Part == evenkeel.PartIdle:
					busy += 1 - u.Value
				case u.Part == evenkeel.PartIOWait:
					busy -= u.Value
				default:
					busy += u.Value
				}
			}
			if n, _ := tally.Of(intake.Redundant); math.Abs(busy-c.busy) > 1e-9 || n != c.redundant {
				t.Errorf("%s: busy %v, want %v (%v)", c.name, busy, c.busy, &tally)
			}
		}
	}
}

func TestContainersWithoutAStateAreReadWhole(t *testing.T) {
	for _, c := range []struct {
		name, unit string
		meter      evenkeel.Meter
		form       evenkeel.Form
	}{
		{"container.cpu.utilization", "1", evenkeel.MeterCPUFraction, evenkeel.FormGauge},
		{"container.cpu.usage", "{cpu}", evenkeel.MeterCPUCores, evenkeel.FormGauge},
		{"container.cpu.time", "s", evenkeel.MeterCPUTime, evenkeel.FormCumulative},
		{"container.cpu.usage.total", "s", evenkeel.MeterCPUTime, evenkeel.FormCumulative},
	} {
		md := hostRequest(2, 1)
		m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
		m.RemoveIf(func(m pmetric.Metric) bool {
			return (m.Type() == pmetric.MetricTypeSum) != (c.form == evenkeel.FormCumulative)
		})
		m.At(0).SetName(c.name)
		m.At(0).SetUnit(c.unit)
		points, _, _ := pointsOf(m.At(0))
		points.At(0).Attributes().Clear()
		points.At(0).SetDoubleValue(0.5)
		for _, decode := range []func(fataler, pmetric.Metrics, evenkeel.Moment) (*evenkeel.Batch, intake.Tally){decodeProtobuf, decodeJSON} {
			b, tally := decode(t, md, testNow)
			got := usages(b)
			if len(got) != 1 || got[0].Meter != c.meter || got[0].Form != c.form || got[0].Part != evenkeel.PartWhole || got[0].PerCPU || got[0].Value != 0.5 {
				t.Errorf("%s: got %+v (%v)", c.name, got, &tally)
			}
		}
	}
}

func TestAnIntegerNamesAnAssetTheSameInBothEncodings(t *testing.T) {
	for _, n := range []int64{4711, 0, -1, math.MaxInt64} {
		md := hostRequest(1, 2)
		md.ResourceMetrics().At(0).Resource().Attributes().PutInt("host.id", n)
		// Of one name the point's word counts, whatever its type.
		second := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(1).Attributes()
		second.PutInt("host.id", 7)
		second.PutStr("state", "idle")
		fromProtobuf, tally := decodeProtobuf(t, md, testNow)
		fromJSON, _ := decodeJSON(t, md, testNow)
		got := usages(fromProtobuf)
		if len(got) != 2 || string(got[0].Asset) != strconv.FormatInt(n, 10) || got[1].Asset != "7" {
			t.Errorf("%d: got %+v (%v)", n, got, &tally)
		}
		if !reflect.DeepEqual(got, usages(fromJSON)) {
			t.Errorf("%d: JSON gives %+v", n, usages(fromJSON))
		}
	}
}

func TestAssetsAreNamedByTheFirstAttributePresent(t *testing.T) {
	for _, c := range []struct {
		name            string
		assets          []string
		resource, point map[string]string
		want            string
	}{
		{"the resource's only name", nil, map[string]string{"host.name": "h"}, nil, "h"},
		{"an earlier name of the point beats the resource", nil, map[string]string{"host.name": "h"}, map[string]string{"host.id": "i"}, "i"},
		{"a later name of the point does not", nil, map[string]string{"host.id": "i"}, map[string]string{"host.name": "h"}, "i"},
		{"of one name the point's word counts", nil, map[string]string{"host.id": "i"}, map[string]string{"host.id": "j"}, "j"},
		{"an empty name names nothing", nil, map[string]string{"evenkeel.asset": "", "host.name": "h"}, nil, "h"},
		{"the operator's list replaces ours", []string{"vm"}, map[string]string{"host.id": "i", "vm": "v"}, nil, "v"},
		{"no name", nil, map[string]string{"service.name": "s"}, nil, ""},
		{"a name with a control character", nil, map[string]string{"host.id": "a\nb"}, nil, ""},
		{"a name that is too long", nil, map[string]string{"host.id": strings.Repeat("x", 257)}, nil, ""},
	} {
		md := hostRequest(1, 1)
		rm := md.ResourceMetrics().At(0)
		rm.Resource().Attributes().Clear()
		for k, v := range c.resource {
			rm.Resource().Attributes().PutStr(k, v)
		}
		p := rm.ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(0)
		for k, v := range c.point {
			p.Attributes().PutStr(k, v)
		}
		body, _ := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
		b, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
		if err := (&Decoder{Assets: c.assets}).Protobuf(b, body, testNow, &tally); err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(b.Records) == 1 {
			got = string(usages(b)[0].Asset)
		}
		if got != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, &tally, c.want)
		}
	}
}
