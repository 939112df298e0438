package otlp

import (
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

const testNow evenkeel.Moment = 1_790_000_000 * 1e9

var drawnNames = []string{
	"system.cpu.utilization", "system.cpu.time", "container.cpu.time", "container.cpu.usage", "container.cpu.utilization",
	"system.network.io", "system.disk.io", "system.memory.usage",
}

// drawRequest draws a request: mostly good, with something of everything.
func drawRequest(t *rapid.T) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for range rapid.IntRange(0, 3).Draw(t, "resources") {
		rm := md.ResourceMetrics().AppendEmpty()
		drawAttributes(t, rm.Resource().Attributes(), []string{"host.id", "host.name", "evenkeel.asset", "k8s.pod.uid", "service.name", "list"})
		for range rapid.IntRange(0, 2).Draw(t, "scopes") {
			sm := rm.ScopeMetrics().AppendEmpty()
			sm.Scope().SetName(rapid.SampledFrom([]string{"", "hostmetrics", "mine"}).Draw(t, "scope"))
			for range rapid.IntRange(0, 4).Draw(t, "metrics") {
				drawMetric(t, sm.Metrics().AppendEmpty())
			}
		}
	}
	return md
}

func drawMetric(t *rapid.T, m pmetric.Metric) {
	name := rapid.SampledFrom(drawnNames).Draw(t, "name")
	m.SetName(name)
	good := map[evenkeel.Meter]string{
		evenkeel.MeterCPUFraction: "1", evenkeel.MeterCPUTime: "s", evenkeel.MeterCPUCores: "{cpu}",
		evenkeel.MeterNetwork: "By", evenkeel.MeterDisk: "By",
	}[naiveMeter(name)]
	m.SetUnit(rapid.SampledFrom([]string{good, good, good, "", "%", "ns", "furlong"}).Draw(t, "unit"))
	var points pmetric.NumberDataPointSlice
	counter := strings.HasSuffix(name, "time") || strings.HasSuffix(name, "io")
	switch kind := rapid.IntRange(0, 9).Draw(t, "type"); {
	case kind == 0:
		h := m.SetEmptyHistogram()
		for range rapid.IntRange(0, 2).Draw(t, "points") {
			h.DataPoints().AppendEmpty().SetCount(3)
		}
		return
	case kind == 1 || kind < 8 && !counter:
		points = m.SetEmptyGauge().DataPoints()
	default:
		s := m.SetEmptySum()
		s.SetIsMonotonic(true)
		s.SetAggregationTemporality(rapid.SampledFrom([]pmetric.AggregationTemporality{
			pmetric.AggregationTemporalityCumulative, pmetric.AggregationTemporalityCumulative,
			pmetric.AggregationTemporalityDelta, pmetric.AggregationTemporalityUnspecified,
		}).Draw(t, "temporality"))
		points = s.DataPoints()
	}
	for range rapid.IntRange(0, 6).Draw(t, "points") {
		drawPoint(t, name, points.AppendEmpty())
	}
}

func drawPoint(t *rapid.T, name string, p pmetric.NumberDataPoint) {
	drawAttributes(t, p.Attributes(), []string{"device", "host.name", "evenkeel.asset", "cpu", "cpu.logical_number"})
	words, keys := []string{"transmit", "receive"}, []string{"direction", "network.io.direction"}
	switch {
	case strings.Contains(name, "cpu"):
		words = []string{"idle", "wait", "iowait", "user", "system", "steal", "nice", "softirq", "interrupt", "kernel", "nonsense"}
		keys = []string{"state", "cpu.mode", "system.cpu.state"}
	case strings.Contains(name, "disk"):
		words, keys = []string{"read", "write", "transmit"}, []string{"direction", "disk.io.direction"}
	}
	if rapid.IntRange(0, 3).Draw(t, "has state") > 0 {
		p.Attributes().PutStr(rapid.SampledFrom(keys).Draw(t, "state key"), rapid.SampledFrom(words).Draw(t, "state"))
	}
	second := rapid.IntRange(0, 100).Draw(t, "time")
	p.SetTimestamp(pcommon.Timestamp(testNow) - pcommon.Timestamp(second)*1e9)
	if rapid.IntRange(0, 19).Draw(t, "odd time") == 0 {
		p.SetTimestamp(pcommon.Timestamp(rapid.SampledFrom([]uint64{
			0, 1e9, uint64(intake.Latest), math.MaxUint64, uint64(testNow + 601e9), uint64(testNow - 8*24*3600e9),
		}).Draw(t, "which")))
	}
	if rapid.Bool().Draw(t, "start") {
		p.SetStartTimestamp(p.Timestamp() - pcommon.Timestamp(rapid.IntRange(-5, 100).Draw(t, "since"))*1e9)
	}
	kind := rapid.IntRange(0, 12).Draw(t, "value")
	if strings.HasSuffix(name, "utilization") && kind < 3 && rapid.IntRange(0, 3).Draw(t, "tame") > 0 {
		kind = 4 // one share above 1 spoils all of its metric
	}
	switch kind {
	case 0:
		p.SetIntValue(rapid.Int64().Draw(t, "int"))
	case 1:
		p.SetDoubleValue(rapid.Float64().Draw(t, "double"))
	case 2:
		p.SetDoubleValue(rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1.06, math.Copysign(0, -1)}).Draw(t, "odd"))
	case 3: // no value
	default:
		p.SetDoubleValue(rapid.Float64Range(0, 1).Draw(t, "share"))
	}
	if rapid.IntRange(0, 19).Draw(t, "flag") == 0 {
		p.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	}
}

func drawAttributes(t *rapid.T, m pcommon.Map, keys []string) {
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 3, rapid.ID).Draw(t, "keys") {
		if rapid.IntRange(0, 5).Draw(t, "plain") > 0 {
			m.PutStr(key, rapid.SampledFrom([]string{"a", "b", "vm-1", "é\n\"", ""}).Draw(t, "text"))
			if key == "evenkeel.asset" || strings.HasPrefix(key, "host") || key == "k8s.pod.uid" {
				m.PutStr(key, rapid.SampledFrom([]string{"vm-1", "vm-2", "", "日本"}).Draw(t, "asset"))
			}
			continue
		}
		drawValue(t, m.PutEmpty(key), 0)
	}
}

func drawValue(t *rapid.T, v pcommon.Value, depth int) {
	switch rapid.IntRange(0, 6-depth).Draw(t, "kind") {
	case 0:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case 1:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case 2:
		v.SetDouble(rapid.Float64Range(-1e9, 1e9).Draw(t, "double"))
	case 3:
		v.SetEmptyBytes().FromRaw(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes"))
	case 4:
		v.SetStr(rapid.StringN(0, 5, -1).Draw(t, "text"))
	case 5:
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			drawValue(t, v.SetEmptySlice().AppendEmpty(), depth+1)
		}
	case 6:
		drawValue(t, v.SetEmptyMap().PutEmpty("inner"), depth+1)
	}
}
