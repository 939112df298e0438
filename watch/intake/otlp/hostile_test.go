package otlp

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/easyproto"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

func protobufOf(md pmetric.Metrics) []byte {
	body, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err != nil {
		panic(err)
	}
	return body
}

func jsonOf(md pmetric.Metrics) []byte {
	body, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
	if err != nil {
		panic(err)
	}
	return body
}

func TestADamagedBodyIsOneErrorAndAddsNothing(t *testing.T) {
	good := hostRequest(4, 10)
	proto, text := protobufOf(good), string(jsonOf(good))
	for _, c := range []struct {
		name, body string
		json       bool
		want       string // part of the error
	}{
		{"a truncated protobuf", string(proto[:len(proto)-3]), false, "expected a protobuf field"},
		{"text instead of protobuf", "hello, world", false, "expected a protobuf field"},
		{"JSON instead of protobuf", text, false, "expected a protobuf field"},
		{"a varint without end", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", false, "expected a protobuf field"},
		{"a message longer than the body", "\x0a\xff\xff\xff\xff\x0f", false, "expected a protobuf field"},
		{"a number where a resource belongs", "\x08\x01", false, "resource 1, resource_metrics (field 1) is not a message"},
		{
			"a damaged point", string(proto[:0]) + damagedPoint(), false,
			"resource 1, scope 1, metric 1, point 1, time_unix_nano (field 3) is not 64 bits",
		},
		{"truncated JSON", text[:len(text)-4], true, "the text ends; expected"},
		{"a JSON array", "[]", true, "expected an object with resourceMetrics"},
		{"JSON of null", "null", true, "expected an object with resourceMetrics"},
		{"no text at all", "", true, "expected an object with resourceMetrics"},
		{"protobuf instead of JSON", string(proto), true, "expected an object with resourceMetrics"},
		{"two requests on one line", text + text, true, "expected the end of the text"},
		{"a time that is no number", strings.Replace(text, `"1790000000000000000"`, `"soon"`, 1), true, `"soon"; expected a whole number`},
		{"a value that is no number", strings.Replace(text, `"asDouble":0.05`, `"asDouble":{}`, 1), true, "expected a number"},
		{"deep nesting in JSON", `{"x":` + strings.Repeat("[", 1<<20), true, "nested deeper than 128"},
		{"deep nesting of attributes in JSON", nestedJSON(200), true, "nested deeper than 128"},
		{"a body that is too long", strings.Repeat(" ", 5<<20), true, "body has 5242880 bytes; expected at most 4194304"},
		{"a protobuf that is too long", strings.Repeat("\x00", 5<<20), false, "body has 5242880 bytes; expected at most 4194304"},
		{"resources twice", `{"resourceMetrics":[{"resource":{},"resource":{}}]}`, true, "a second resource; expected one"},
		{"scopes twice", `{"resourceMetrics":[{"scopeMetrics":[],"scopeMetrics":[]}]}`, true, "given twice"},
		{"points twice", `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[]},"sum":{"dataPoints":[]}}]}]}]}`, true, "dataPoints are given twice"},
		{"garbage in points that nobody wants", `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x","gauge":{"dataPoints":[x]}}]}]}]}`, true, "expected a value"},
		{"more points than a request may have", string(protobufOf(hostRequest(1, 101))), false, "more than 100 points in one request"},
		{"more points than a JSON request may have", string(jsonOf(hostRequest(1, 101))), true, "more than 100 points in one request"},
	} {
		d := Decoder{Limits: intake.Limits{Points: 100}}
		b := evenkeel.NewBatch("c", 0)
		tally := intake.Tally{}
		if err := d.Protobuf(b, protobufOf(hostRequest(1, 1)), 0, &tally); err != nil {
			t.Fatal(err)
		}
		decode, before := d.Protobuf, tally
		if c.json {
			decode = d.JSON
		}
		err := decode(b, []byte(c.body), 0, &tally)
		switch {
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: got %v, want %q in it", c.name, err, c.want)
		case evenkeel.KindOf(err) != evenkeel.KindInvalid:
			t.Errorf("%s: kind %v", c.name, evenkeel.KindOf(err))
		case len(b.Records) != 1 || tally != before:
			t.Errorf("%s: left %d records and %v", c.name, len(b.Records), &tally)
		}
	}
}

// damagedPoint is a request whose second field of a point has the wrong type.
func damagedPoint() string {
	var m easyproto.Marshaler
	mm := m.MessageMarshaler()
	metric := mm.AppendMessage(1).AppendMessage(2).AppendMessage(2)
	metric.AppendString(1, "system.cpu.utilization")
	metric.AppendMessage(5).AppendMessage(1).AppendUint64(3, 5)
	return string(m.Marshal(nil))
}

func nestedJSON(levels int) string {
	return `{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":` +
		strings.Repeat(`{"arrayValue":{"values":[`, levels) + strings.Repeat("]}}", levels) + `}]}}]}`
}

func TestABadPointIsCountedAndItsNeighboursStay(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(rm pmetric.ResourceMetrics, m pmetric.Metric, p pmetric.NumberDataPoint)
		want  string
	}{
		{"not a number", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetDoubleValue(math.NaN())
		}, "accepted 3, not_a_number 1"},
		{"infinite", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetDoubleValue(math.Inf(-1))
		}, "accepted 3, not_a_number 1"},
		{"negative", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) { p.SetIntValue(-4) }, "accepted 3, negative 1"},
		{"a share of 105 percent is rounded", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetDoubleValue(1.05)
		}, "accepted 4"},
		{"a share in percent without saying so", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetIntValue(93)
		}, "accepted 0, out_of_range 4"},
		{"a time in 1970", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetTimestamp(1_790_000_000)
		}, "accepted 3, bad_time 1"},
		{"a time in 2100", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetTimestamp(4_102_444_800e9)
		}, "accepted 3, too_new 1"},
		{"a time in 2300", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetTimestamp(math.MaxUint64)
		}, "accepted 3, bad_time 1"},
		{"a time eight days ago", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetTimestamp(pcommon.Timestamp(testNow - 8*24*3600e9))
		}, "accepted 3, too_old 1"},
		{"a point without a value", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			at, attrs := p.Timestamp(), pcommon.NewMap()
			p.Attributes().CopyTo(attrs)
			pmetric.NewNumberDataPoint().CopyTo(p)
			attrs.CopyTo(p.Attributes())
			p.SetTimestamp(at)
		}, "accepted 3, not_a_number 1"},
		{"a point that says it has no value", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
		}, "accepted 3, no_value 1"},
		{"a CPU state that nobody knows", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.Attributes().PutStr("state", "total")
		}, "accepted 3, unknown_state 1"},
		{"more attributes than a point may have", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			for i := range 65 {
				p.Attributes().PutEmpty(fmt.Sprint(i))
			}
		}, "accepted 3, too_many_attributes 1"},
		{"a long attribute", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.Attributes().PutStr("x", strings.Repeat("x", 5000))
		}, "accepted 3, too_long 1"},
		{"an attribute that nests too deep", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			v := p.Attributes().PutEmpty("x")
			for range 17 {
				v = v.SetEmptySlice().AppendEmpty()
			}
		}, "accepted 3, too_deep 1"},
		{"an asset in the point that is no id", func(_ pmetric.ResourceMetrics, _ pmetric.Metric, p pmetric.NumberDataPoint) {
			p.Attributes().PutStr("evenkeel.asset", "a\x00")
		}, "accepted 3, bad_asset 1"},
		{"a resource without a name", func(rm pmetric.ResourceMetrics, _ pmetric.Metric, _ pmetric.NumberDataPoint) {
			rm.Resource().Attributes().Clear()
		}, "accepted 2, no_asset 2"},
		{"a unit that nobody knows", func(_ pmetric.ResourceMetrics, m pmetric.Metric, _ pmetric.NumberDataPoint) {
			m.SetUnit("furlong")
		}, "accepted 2, wrong_unit 2"},
		{"a metric that nobody knows", func(_ pmetric.ResourceMetrics, m pmetric.Metric, _ pmetric.NumberDataPoint) {
			m.SetName("system.paging.faults")
		}, "accepted 2, unknown_metric 2"},
		{"percent that says so", func(_ pmetric.ResourceMetrics, m pmetric.Metric, p pmetric.NumberDataPoint) {
			m.SetUnit("%")
			p.SetDoubleValue(97)
		}, "accepted 4"},
		{"a histogram of a known name", func(_ pmetric.ResourceMetrics, m pmetric.Metric, _ pmetric.NumberDataPoint) {
			m.SetEmptyHistogram().DataPoints().AppendEmpty()
		}, "accepted 2, wrong_type 1"},
		{"a counter of no temporality", func(_ pmetric.ResourceMetrics, m pmetric.Metric, _ pmetric.NumberDataPoint) {
			m.SetName("system.cpu.time")
			m.SetUnit("s")
			m.SetEmptySum().DataPoints().AppendEmpty()
		}, "accepted 2, no_temporality 1"},
	} {
		md := hostRequest(1, 2)
		hostRequest(1, 2).ResourceMetrics().MoveAndAppendTo(md.ResourceMetrics())
		rm := md.ResourceMetrics().At(0)
		m := rm.ScopeMetrics().At(0).Metrics().At(0)
		c.spoil(rm, m, m.Gauge().DataPoints().At(0))
		for _, form := range []string{"protobuf", "JSON"} {
			b, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
			d := Decoder{}
			var err error
			if form == "protobuf" {
				err = d.Protobuf(b, protobufOf(md), testNow, &tally)
			} else {
				err = d.JSON(b, jsonOf(md), testNow, &tally)
			}
			if err != nil || tally.String() != c.want || len(b.Records) != tally.Accepted {
				t.Errorf("%s (%s): got %v, %v and %d records, want %s", c.name, form, &tally, err, len(b.Records), c.want)
			}
		}
	}
}

func TestOneRequestNamesABoundedNumberOfAssets(t *testing.T) {
	md := hostRequest(1, 50)
	for i, p := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().All() {
		p.Attributes().PutStr("evenkeel.asset", fmt.Sprint("vm-", i))
		p.Attributes().PutStr("state", "idle")
	}
	d, b, tally := Decoder{Limits: intake.Limits{Assets: 20}}, evenkeel.NewBatch("c", 0), intake.Tally{}
	if err := d.Protobuf(b, protobufOf(md), 0, &tally); err != nil || tally.String() != "accepted 20, too_many_assets 30" {
		t.Errorf("got %v (%v)", &tally, err)
	}
}

func TestAMillionAttributesCostTheirPointOnly(t *testing.T) {
	var m easyproto.Marshaler
	sm := m.MessageMarshaler().AppendMessage(1).AppendMessage(2)
	for i := range 2 {
		metric := sm.AppendMessage(2)
		metric.AppendString(1, "system.cpu.utilization")
		point := metric.AppendMessage(5).AppendMessage(1)
		point.AppendFixed64(3, uint64(testNow))
		point.AppendDouble(4, 0.5)
		asset := point.AppendMessage(7)
		asset.AppendString(1, "host.id")
		asset.AppendMessage(2).AppendString(1, "vm-1")
		for j := 0; i == 0 && j < 1_000_000; j++ {
			point.AppendMessage(7).AppendString(1, "a")
		}
	}
	d, b, tally := Decoder{Limits: intake.Limits{Body: 16 << 20}}, evenkeel.NewBatch("c", 0), intake.Tally{}
	if err := d.Protobuf(b, m.Marshal(nil), testNow, &tally); err != nil || tally.String() != "accepted 1, too_many_attributes 1" {
		t.Errorf("got %v (%v)", &tally, err)
	}
}

func FuzzProtobuf(f *testing.F) {
	f.Add(protobufOf(hostRequest(3, 4)))
	f.Add([]byte(damagedPoint()))
	f.Add(protobufOf(toldRequest(share("a", .9), share("b", 3))))
	f.Add([]byte("\x0a\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzed(t, (&Decoder{Limits: intake.Limits{Points: 1000}}).Protobuf, body)
	})
}

func FuzzJSON(f *testing.F) {
	f.Add(jsonOf(hostRequest(3, 4)))
	f.Add([]byte(nestedJSON(3)))
	f.Add(jsonOf(toldRequest(share("a", .9), share("b", 3))))
	f.Add([]byte(`{"resource_metrics":[{"scope_metrics":[{"metrics":[{"sum":null,"name":"a"}]}],"resource":null}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzed(t, (&Decoder{Limits: intake.Limits{Points: 1000}}).JSON, body)
		if b, tally := evenkeel.NewBatch("c", 0), (intake.Tally{}); (&Decoder{}).JSON(b, body, 0, &tally) == nil && !json.Valid(body) {
			t.Fatalf("%q is no JSON, and was accepted", body)
		}
	})
}

func fuzzed(t *testing.T, decode func(*evenkeel.Batch, []byte, evenkeel.Moment, *intake.Tally) error, body []byte) {
	b, tally := evenkeel.NewBatch("c", 0), intake.Tally{}
	err := decode(b, body, testNow, &tally)
	if err != nil && (len(b.Records) > 0 || tally != (intake.Tally{}) || evenkeel.KindOf(err) != evenkeel.KindInvalid) {
		t.Fatalf("after %v: %d records, %v", err, len(b.Records), &tally)
	}
	if err == nil && tally.Accepted != len(b.Records) {
		t.Fatalf("%d records, %v", len(b.Records), &tally)
	}
	for i := range b.Records {
		u := b.Usage(&b.Records[i])
		if evenkeel.CheckID("asset", string(u.Asset)) != nil || !(u.Value >= 0) || math.IsInf(u.Value, 0) ||
			u.Meter == evenkeel.MeterCPUFraction && u.Value > 1.05 || !intake.Sane(u.At) || u.Meter == 0 || u.Form == 0 || u.Since > u.At {
			t.Fatalf("a record that cannot be: %+v", u)
		}
	}
	if _, err := evenkeel.DecodeBatch(evenkeel.AppendBatch(nil, b)); err != nil {
		t.Fatalf("the stored form: %v", err)
	}
}
