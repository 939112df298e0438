package prometheus

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/promwrite"
)

// Metric is a metric that is asked for. Meter, and Part where labels do not tell it, say what it
// is a reading of.
type Metric struct {
	promwrite.Metric
	otlp, unit string // what OpenTelemetry calls it; "" where it comes from an exporter of Prometheus's own
	counter    bool
}

// Metrics returns all that can be asked for: what remote write knows, and what is left of
// OpenTelemetry's metrics when a Prometheus keeps them.
func Metrics() []Metric {
	var all []Metric
	for _, m := range promwrite.Metrics() {
		all = append(all, Metric{Metric: m})
	}
	return append(all, translated()...)
}

// Own says whether the metric is one of Prometheus's own exporters.
func (m Metric) Own() bool { return m.otlp == "" }

// states takes the states that say together what is busy, under any of their names. A label that
// is not there is empty.
const states = `state=~"|idle|wait|iowait",cpu_mode=~"|idle|wait|iowait",system_cpu_state=~"|idle|wait|iowait"`

// translated are the metrics of the table of watch/intake/otlp under the names that OpenTelemetry's
// rules for Prometheus give them: dots become underscores, the unit and _total are added. Left out
// is container.cpu.utilization, whose meaning depends on who sent it.
func translated() []Metric {
	time := func(name, otlp, which string, nested bool) Metric {
		return Metric{promwrite.Metric{Name: name, Meter: evenkeel.MeterCPUTime, Select: which, Nested: nested}, otlp, "s", true}
	}
	bytes := func(name, otlp string, meter evenkeel.Meter, which string) Metric {
		return Metric{promwrite.Metric{Name: name, Meter: meter, Select: which}, otlp, "By", true}
	}
	return []Metric{
		time("system_cpu_time_seconds_total", "system.cpu.time", states, false),
		{promwrite.Metric{Name: "system_cpu_utilization_ratio", Meter: evenkeel.MeterCPUFraction, Select: states}, "system.cpu.utilization", "1", false},
		bytes("system_network_io_bytes_total", "system.network.io", evenkeel.MeterNetwork,
			devices(evenkeel.MeterNetwork, "device")+","+devices(evenkeel.MeterNetwork, "network_interface_name")),
		bytes("system_disk_io_bytes_total", "system.disk.io", evenkeel.MeterDisk,
			devices(evenkeel.MeterDisk, "device")+","+devices(evenkeel.MeterDisk, "system_device")),
		time("container_cpu_time_seconds_total", "container.cpu.time", "", true),
		{promwrite.Metric{Name: "container_cpu_usage", Meter: evenkeel.MeterCPUCores, Nested: true}, "container.cpu.usage", "{cpu}", false},
	}
}

// devices leaves out the devices that remote write leaves out of a meter, by a label of another name.
func devices(of evenkeel.Meter, label string) string {
	all := promwrite.Metrics()
	i := slices.IndexFunc(all, func(m promwrite.Metric) bool { return m.Meter == of })
	_, which, _ := strings.Cut(all[i].Select, "!~")
	return label + "!~" + which
}

// labels are those that name the asset of a series, the first one that is present wins: those that
// were given, or else the ones that remote write or OTLP goes by. A container is never named by its
// target.
func (m Metric) labels(given []string) []string {
	names := slices.Clone(given)
	switch {
	case len(names) > 0:
	case m.Own():
		return promwrite.DefaultLabels()
	default:
		for _, attribute := range intake.DefaultAssetAttributes() {
			names = append(names, underscored(attribute))
		}
		names = append(names, targetLabel)
	}
	if m.Nested && !m.Own() {
		names = slices.DeleteFunc(names, func(name string) bool { return name == targetLabel })
	}
	return names
}

func underscored(name string) string { return strings.ReplaceAll(name, ".", "_") }

// groups cuts targets into matchers of some each. What came by OTLP may have no target.
func (m Metric) groups(targets []string) []string {
	all := groups(targetLabel, targets)
	if !m.Own() && len(targets) > 0 {
		all = append(all, targetLabel+`=""`)
	}
	return all
}
