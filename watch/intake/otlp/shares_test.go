package otlp

import (
	"reflect"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// told is one metric of one machine: its values by state.
type told struct {
	asset, metric, unit string
	values              map[string]float64 // by state; "" for none
}

func toldRequest(all ...told) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, one := range all {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutStr("host.id", one.asset)
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName(one.metric)
		m.SetUnit(one.unit)
		points := m.SetEmptyGauge().DataPoints()
		for _, state := range []string{"", "idle", "user", "wait", "guest", "nonsense"} {
			value, ok := one.values[state]
			if !ok {
				continue
			}
			p := points.AppendEmpty()
			if p.SetDoubleValue(value); state != "" {
				p.Attributes().PutStr("state", state)
			}
			p.SetTimestamp(1_790_000_000e9)
		}
	}
	return md
}

func share(asset string, value float64) told {
	return told{asset, "system.cpu.utilization", "1", map[string]float64{"": value}}
}

func TestAnExporterOfPercentWithoutAUnitAccusesNobody(t *testing.T) {
	parts := map[evenkeel.Part]string{
		evenkeel.PartWhole: "whole", evenkeel.PartIdle: "idle", evenkeel.PartUser: "user", evenkeel.PartIOWait: "iowait",
	}
	both := []func(fataler, pmetric.Metrics, evenkeel.Moment) (*evenkeel.Batch, intake.Tally){decodeProtobuf, decodeJSON}
	for _, c := range []struct {
		name  string
		all   []told
		kept  string // assets, part by part
		tally string
	}{
		{"an idle machine in percent", []told{share("a", .9), share("a", 1.2), share("a", 3), share("a", 5)}, "", "accepted 0, out_of_range 4"},
		{"the one above 1 comes last", []told{share("a", .1), share("a", .9), share("a", 1.06)}, "", "accepted 0, out_of_range 3"},
		{"the one above 1 comes first", []told{share("a", 1.06), share("a", .1), share("a", .9)}, "", "accepted 0, out_of_range 3"},
		{"one machine's words do not speak about another's", []told{share("mine", 1.06), share("yours", .9)}, "yours/whole", "accepted 1, out_of_range 1"},
		{"what clocks and rounding add is no percent", []told{share("a", .9), share("b", 1.05)}, "a/whole b/whole", "accepted 2"},
		{"another name is another metric", []told{
			share("a", 3), {"a", "container.cpu.utilization", "1", map[string]float64{"": .9}}, share("a", .2),
		}, "a/whole", "accepted 1, out_of_range 2"},
		{"another unit is another exporter", []told{
			share("a", 3), {"a", "system.cpu.utilization", "%", map[string]float64{"": 90}}, {"a", "system.cpu.utilization", "", map[string]float64{"": .9}}, share("a", .2),
		}, "a/whole a/whole", "accepted 2, out_of_range 2"},
		{"percent that says so and is above 100", []told{
			{"a", "system.cpu.utilization", "%", map[string]float64{"": 90}}, {"a", "system.cpu.utilization", "%", map[string]float64{"": 106}},
		}, "", "accepted 0, out_of_range 2"},
		{"CPUs in use may be many", []told{{"a", "container.cpu.usage", "{cpu}", map[string]float64{"": 16}}, share("b", .5)}, "a/whole b/whole", "accepted 2"},
		{"states go with their metric, and are not called redundant", []told{
			{"a", "system.cpu.utilization", "1", map[string]float64{"idle": .9, "user": .1, "wait": .1}}, share("a", 2),
		}, "", "accepted 0, out_of_range 4"},
		{"an idle state that is refused makes no other redundant", []told{
			{"a", "system.cpu.utilization", "1", map[string]float64{"idle": 97}}, {"a", "system.cpu.utilization", "1", map[string]float64{"idle": .4}},
			{"a", "system.cpu.utilization", "", map[string]float64{"user": .5, "wait": .5}},
		}, "a/user", "accepted 1, out_of_range 2, redundant 1"},
		{"an idle state that stays goes on making others redundant", []told{
			share("b", 97), {"a", "system.cpu.utilization", "", map[string]float64{"idle": .4, "user": .5, "wait": .1}},
		}, "a/idle a/iowait", "accepted 2, out_of_range 1, redundant 1"},
		{"a state that says nothing new speaks of the unit", []told{
			{"a", "system.cpu.utilization", "1", map[string]float64{"guest": 97, "user": .9}},
		}, "", "accepted 0, out_of_range 1, redundant 1"},
		{"a state that nobody knows speaks of the unit", []told{
			{"a", "system.cpu.utilization", "1", map[string]float64{"nonsense": 97, "user": .9}},
		}, "", "accepted 0, out_of_range 1, unknown_state 1"},
	} {
		for i, decode := range both {
			b, tally := decode(t, toldRequest(c.all...), testNow)
			var kept []string
			for _, u := range usages(b) {
				kept = append(kept, string(u.Asset)+"/"+parts[u.Part])
			}
			if got := strings.Join(kept, " "); got != c.kept || tally.String() != c.tally {
				t.Errorf("%s (%d): kept %q, %v\nwant %q, %s", c.name, i, got, &tally, c.kept, c.tally)
			}
			for at := range b.Records {
				if b.Records[at].Kind != evenkeel.KindUsage {
					t.Errorf("%s (%d): record %d is of kind %d", c.name, i, at, b.Records[at].Kind)
				}
			}
		}
	}
}

func TestTheFirstShareAboveOneIsTheExample(t *testing.T) {
	const because = `because shares of the metric are above 1: percent without a unit? set the unit to % (all points of the asset's metric in such a request are refused) (first: `
	for _, c := range []struct {
		name string
		all  []told
		want string
	}{
		{"the point itself", []told{share("b", .9), share("b", 3), share("b", 5)},
			`3 refused: 3 ` + because + `system.cpu.utilization of asset "b" at 2026-09-21T14:13:20Z, value 3)`},
		{"a point that says nothing new", []told{{"a", "system.cpu.utilization", "1", map[string]float64{"guest": 97, "user": .9}}},
			`1 refused: 1 ` + because + `system.cpu.utilization of asset "a" at 2026-09-21T14:13:20Z, value 97)`},
	} {
		if _, tally := decodeJSON(t, toldRequest(c.all...), testNow); tally.Says() != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, tally.Says(), c.want)
		}
	}
}

// TestWhatIsWrongWithAPointOfNobodyIsThatItIsOfNobody: whatever its value and time are. What
// would have been left out anyway is left out.
func TestWhatIsWrongWithAPointOfNobodyIsThatItIsOfNobody(t *testing.T) {
	nobody := func(change func(p pmetric.NumberDataPoint)) pmetric.Metrics {
		md := toldRequest(share("", 0.5))
		change(md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(0))
		return md
	}
	for _, c := range []struct {
		name   string
		change func(p pmetric.NumberDataPoint)
		want   string
	}{
		{"a good one", func(pmetric.NumberDataPoint) {}, "accepted 0, no_asset 1"},
		{"a share above 1", func(p pmetric.NumberDataPoint) { p.SetDoubleValue(73) }, "accepted 0, no_asset 1"},
		{"a value below zero", func(p pmetric.NumberDataPoint) { p.SetDoubleValue(-1) }, "accepted 0, no_asset 1"},
		{"no time", func(p pmetric.NumberDataPoint) { p.SetTimestamp(0) }, "accepted 0, no_asset 1"},
		{"no value", func(p pmetric.NumberDataPoint) {
			pmetric.NewNumberDataPoint().CopyTo(p)
		}, "accepted 0, no_asset 1"},
		{"a state that says nothing new", func(p pmetric.NumberDataPoint) { p.Attributes().PutStr("state", "guest") }, "accepted 0, redundant 1"},
		{"no value, as the point says", func(p pmetric.NumberDataPoint) {
			p.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
		}, "accepted 0, no_value 1"},
		{"a name of its own", func(p pmetric.NumberDataPoint) {
			p.SetDoubleValue(73)
			p.Attributes().PutStr("evenkeel.asset", "b")
		}, "accepted 0, out_of_range 1"},
	} {
		if _, tally := decodeJSON(t, nobody(c.change), testNow); tally.String() != c.want {
			t.Errorf("%s: %v, want %s", c.name, &tally, c.want)
		}
		if _, tally := decodeProtobuf(t, nobody(c.change), testNow); tally.String() != c.want {
			t.Errorf("%s, in protobuf: %v, want %s", c.name, &tally, c.want)
		}
	}
}

func TestARequestDoesNotSpoilTheNextNorWhatTheBatchHad(t *testing.T) {
	d, b, tally := Decoder{Key: testKey}, evenkeel.NewBatch("collector", 0), intake.Tally{}
	var want []evenkeel.Usage
	for i, request := range []pmetric.Metrics{toldRequest(share("a", .9)), toldRequest(share("b", .5), share("b", 7)), toldRequest(share("c", .8))} {
		if err := d.Protobuf(b, protobufOf(request), testNow, &tally); err != nil {
			t.Fatal(err)
		}
		if i != 1 {
			alone, _ := decodeJSON(t, request, testNow)
			want = append(want, usages(alone)...)
		}
	}
	if got := usages(b); !reflect.DeepEqual(got, want) || tally.String() != "accepted 2, out_of_range 2" {
		t.Errorf("got %+v (%v)\nwant %+v", got, &tally, want)
	}
}

func TestAnExampleTellsItsTimeAndWhetherThereIsAValue(t *testing.T) {
	point := func(fields string) string {
		return `{"resourceMetrics":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":"a"}}]},"scopeMetrics":[{"metrics":[
			{"name":"system.cpu.utilization","gauge":{"dataPoints":[{` + fields + `}]}}]}]}]}`
	}
	for _, c := range []struct{ name, fields, want string }{
		{"a value that is null", `"timeUnixNano":"1790000000000000000","asDouble":null`,
			`there is no value, or it is not a finite number (first: system.cpu.utilization of asset "a" at 2026-09-21T14:13:20Z, no value)`},
		{"a value that is not a number", `"timeUnixNano":"1790000000000000000","asDouble":"NaN"`, `at 2026-09-21T14:13:20Z, value NaN)`},
		{"no time", `"asDouble":0.5`, `at no time, value 0.5)`},
		{"seconds where nanoseconds belong", `"timeUnixNano":1790000000,"asDouble":0.5`, `at 1970-01-01T00:00:01.79Z, value 0.5)`},
		{"a time beyond all calendars", `"timeUnixNano":"18446744073709551615","asDouble":0.5`, `at 18446744073709551615 ns, value 0.5)`},
		{"the asset that the point names", `"timeUnixNano":"1790000000000000000","asDouble":-1,"attributes":[{"key":"evenkeel.asset","value":{"stringValue":"b"}}]`, `of asset "b" at`},
	} {
		b, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
		if err := (&Decoder{}).JSON(b, []byte(point(c.fields)), testNow, &tally); err != nil || !strings.Contains(tally.Says(), c.want) {
			t.Errorf("%s: got %s (%v), want %s in it", c.name, tally.Says(), err, c.want)
		}
	}
}
