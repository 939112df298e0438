package otlp

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// expected is what one point should become, from the structs of pdata. It is written for
// plainness, and shares nothing with the decoder but the words of the outcome.
type expected struct {
	usage   evenkeel.Usage // without ID and Line
	line    string         // equal for the points of one line only
	why     intake.Reason
	refused bool
}

func naive(md pmetric.Metrics, now evenkeel.Moment) []expected {
	var all []expected
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				for range otherPoints(m) {
					all = append(all, refusal(naiveWrongType(m.Name())))
				}
				points, counter, form := pointsOf(m)
				for _, p := range points.All() {
					all = append(all, naivePoint(rm.Resource().Attributes(), m, p, counter, form, now))
				}
			}
		}
	}
	naiveShares(md, all)
	// An idle state anywhere makes the busy states of the same asset and metric redundant;
	// without one, waiting is.
	idle := map[string]bool{}
	of := func(e expected) string { return string(e.usage.Asset) + "\x00" + strings.Split(e.line, "\x00")[1] }
	for _, e := range all {
		if !e.refused && e.usage.Part == evenkeel.PartIdle {
			idle[of(e)] = true
		}
	}
	for i, e := range all {
		switch part := e.usage.Part; {
		case e.refused:
		case (part == evenkeel.PartUser || part == evenkeel.PartBusy) && idle[of(e)], part == evenkeel.PartIOWait && !idle[of(e)]:
			all[i] = refusal(intake.Redundant)
		}
	}
	return all
}

// naiveShares refuses the shares of an asset, name and unit of which one in the request is above
// 1.05, whatever else is wrong with that one.
func naiveShares(md pmetric.Metrics, all []expected) {
	above := map[string]bool{}
	for pass := range 2 {
		i := 0
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					i += otherPoints(m)
					points, _, _ := pointsOf(m)
					for _, p := range points.All() {
						key := string(naiveAsset(rm.Resource().Attributes())) + " " + m.Name() + " " + m.Unit()
						scale, known := map[string]float64{"": 1, "1": 1, "%": 100}[m.Unit()]
						v := p.DoubleValue()
						if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
							v = float64(p.IntValue())
						}
						switch {
						case naiveMeter(m.Name()) != evenkeel.MeterCPUFraction || !known:
						case pass == 1:
							if above[key] && !all[i].refused {
								all[i] = refusal(intake.OutOfRange)
							}
						case v/scale > 1.05 && !math.IsInf(v, 1) && !p.Flags().NoRecordedValue():
							above[key] = true
						}
						i++
					}
				}
			}
		}
	}
}

func refusal(why intake.Reason) expected { return expected{why: why, refused: true} }

func pointsOf(m pmetric.Metric) (points pmetric.NumberDataPointSlice, sum bool, form evenkeel.Form) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints(), false, evenkeel.FormGauge
	case pmetric.MetricTypeSum:
		switch m.Sum().AggregationTemporality() {
		case pmetric.AggregationTemporalityCumulative:
			form = evenkeel.FormCumulative
		case pmetric.AggregationTemporalityDelta:
			form = evenkeel.FormDelta
		}
		return m.Sum().DataPoints(), true, form
	}
	return pmetric.NewNumberDataPointSlice(), false, 0
}

func otherPoints(m pmetric.Metric) int {
	switch m.Type() {
	case pmetric.MetricTypeHistogram:
		return m.Histogram().DataPoints().Len()
	case pmetric.MetricTypeSummary:
		return m.Summary().DataPoints().Len()
	}
	return 0
}

func naiveWrongType(name string) intake.Reason {
	if naiveMeter(name) == 0 {
		return intake.UnknownMetric
	}
	return intake.WrongType
}

func naiveMeter(name string) evenkeel.Meter {
	switch name {
	case "system.cpu.utilization", "container.cpu.utilization":
		return evenkeel.MeterCPUFraction
	case "system.cpu.time", "container.cpu.time":
		return evenkeel.MeterCPUTime
	case "container.cpu.usage":
		return evenkeel.MeterCPUCores
	case "system.network.io":
		return evenkeel.MeterNetwork
	case "system.disk.io":
		return evenkeel.MeterDisk
	}
	return 0
}

// naiveAsset is the first text or whole number under the first name that there is.
func naiveAsset(all ...pcommon.Map) evenkeel.AssetID {
	for _, name := range []string{"evenkeel.asset", "host.id", "container.id", "k8s.pod.uid", "host.name"} {
		for _, attrs := range all {
			v, ok := attrs.Get(name)
			if ok && (v.Type() == pcommon.ValueTypeStr || v.Type() == pcommon.ValueTypeInt) && v.AsString() != "" {
				return evenkeel.AssetID(v.AsString())
			}
		}
	}
	return ""
}

func naivePoint(resource pcommon.Map, m pmetric.Metric, p pmetric.NumberDataPoint, sum bool, form evenkeel.Form,
	now evenkeel.Moment,
) expected {
	u := evenkeel.Usage{Meter: naiveMeter(m.Name()), Form: form, At: evenkeel.Moment(p.Timestamp())}
	counter := u.Meter == evenkeel.MeterCPUTime || u.Meter == evenkeel.MeterNetwork || u.Meter == evenkeel.MeterDisk
	scale := map[string]float64{"": 1, "1": 1, "s": 1, "ns": 1e9, "%": 100, "By": 1, "{cpu}": 1}[m.Unit()]
	unitOK := m.Unit() == "" || map[evenkeel.Meter][]string{
		evenkeel.MeterCPUFraction: {"1", "%"}, evenkeel.MeterCPUTime: {"s", "ns"}, evenkeel.MeterCPUCores: {"{cpu}", "1"},
		evenkeel.MeterNetwork: {"By"}, evenkeel.MeterDisk: {"By"},
	}[u.Meter] != nil && slices.Contains(map[evenkeel.Meter][]string{
		evenkeel.MeterCPUFraction: {"1", "%"}, evenkeel.MeterCPUTime: {"s", "ns"}, evenkeel.MeterCPUCores: {"{cpu}", "1"},
		evenkeel.MeterNetwork: {"By"}, evenkeel.MeterDisk: {"By"},
	}[u.Meter], m.Unit())
	switch {
	case u.Meter == 0:
		return refusal(intake.UnknownMetric)
	case counter && !sum:
		return refusal(intake.WrongType)
	case !unitOK:
		return refusal(intake.WrongUnit)
	case counter && form == 0:
		return refusal(intake.NoTemporality)
	case p.Flags().NoRecordedValue():
		return refusal(intake.NoValue)
	case p.ValueType() == pmetric.NumberDataPointValueTypeEmpty && naiveAsset(p.Attributes(), resource) != "":
		return refusal(intake.NotANumber)
	}
	if u.Value = p.DoubleValue(); p.ValueType() == pmetric.NumberDataPointValueTypeInt {
		u.Value = float64(p.IntValue())
	}
	u.Value = u.Value/scale + 0
	if counter {
		if p.StartTimestamp() <= p.Timestamp() && intake.Sane(evenkeel.Moment(p.StartTimestamp())) {
			u.Since = evenkeel.Moment(p.StartTimestamp())
		}
	} else {
		u.Form = evenkeel.FormGauge
	}
	if why, ok := naiveRoles(&u, p.Attributes()); !ok {
		return refusal(why)
	}
	if u.Asset = naiveAsset(p.Attributes(), resource); u.Asset == "" {
		return refusal(intake.NoAsset)
	}
	switch {
	case math.IsNaN(u.Value) || math.IsInf(u.Value, 0):
		return refusal(intake.NotANumber)
	case u.Value < 0:
		return refusal(intake.Negative)
	case u.Meter == evenkeel.MeterCPUFraction && u.Value > 1.05:
		return refusal(intake.OutOfRange)
	case u.At < intake.Earliest || u.At >= intake.Latest:
		return refusal(intake.BadTime)
	case now != 0 && u.At < now-7*24*3600e9:
		return refusal(intake.TooOld)
	case now != 0 && u.At > now+600e9:
		return refusal(intake.TooNew)
	}
	if evenkeel.CheckID("asset", string(u.Asset)) != nil {
		return refusal(intake.BadAsset)
	}
	return expected{usage: u, line: fmt.Sprintf("%s\x00%s\x00%s\x00%s", u.Asset, m.Name(), canonical(resource), canonical(p.Attributes()))}
}

func naiveRoles(u *evenkeel.Usage, attrs pcommon.Map) (intake.Reason, bool) {
	for k, v := range attrs.All() {
		words := map[string]evenkeel.Part{}
		switch u.Meter {
		case evenkeel.MeterNetwork:
			words = map[string]evenkeel.Part{"transmit": evenkeel.PartTransmit, "receive": evenkeel.PartReceive}
			if k != "direction" && k != "network.io.direction" {
				continue
			}
		case evenkeel.MeterDisk:
			words = map[string]evenkeel.Part{"read": evenkeel.PartRead, "write": evenkeel.PartWrite}
			if k != "direction" && k != "disk.io.direction" {
				continue
			}
		default:
			if k == "cpu" || k == "cpu.logical_number" || k == "system.cpu.logical_number" {
				u.PerCPU = true
			}
			if k != "state" && k != "cpu.mode" && k != "system.cpu.state" {
				continue
			}
			for _, busy := range []string{"system", "kernel", "nice", "interrupt", "softirq", "steal"} {
				words[busy] = evenkeel.PartBusy
			}
			words["idle"], words["wait"], words["iowait"] = evenkeel.PartIdle, evenkeel.PartIOWait, evenkeel.PartIOWait
			words["user"] = evenkeel.PartUser
		}
		part, ok := words[v.Str()]
		if !ok {
			return intake.UnknownState, false
		}
		u.Part = part
	}
	return 0, true
}

// canonical writes attributes in the order of their keys, values with their types.
func canonical(m pcommon.Map) string {
	var parts []string
	for k, v := range m.All() {
		parts = append(parts, fmt.Sprintf("%q %s %s", k, v.Type(), canonicalValue(v)))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func canonicalValue(v pcommon.Value) string {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		return "{" + canonical(v.Map()) + "}"
	case pcommon.ValueTypeSlice:
		s := "["
		for _, e := range v.Slice().All() {
			s += e.Type().String() + canonicalValue(e) + ";"
		}
		return s + "]"
	case pcommon.ValueTypeDouble:
		return fmt.Sprintf("%x", math.Float64bits(v.Double()))
	}
	return fmt.Sprintf("%q", v.AsString())
}
