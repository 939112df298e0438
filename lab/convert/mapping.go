package convert

import (
	"maps"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// metric is one of the metrics that are written.
type metric uint8

const (
	metricCPU metric = iota
	metricNetwork
	metricNetworkDelta
	metricDisk
	metricDiskDelta
	metrics int = iota
)

// target is what a column can mean.
type target struct {
	name  string
	cpu   bool
	at    metric // of bytes: the cumulative one
	key   string // of the attribute that tells parts apart; "" none
	value string
}

// targets are all meanings by name. The words of CPU states are the Collector's.
var targets = func() map[string]target {
	m := map[string]target{"cpu.busy": {name: "cpu.busy", cpu: true}}
	for name, state := range map[string]string{
		"cpu.idle": "idle", "cpu.iowait": "wait", "cpu.user": "user", "cpu.system": "system", "cpu.nice": "nice",
		"cpu.irq": "interrupt", "cpu.softirq": "softirq", "cpu.steal": "steal",
	} {
		m[name] = target{name: name, cpu: true, key: "state", value: state}
	}
	m["network.out"] = target{name: "network.out", at: metricNetwork, key: "direction", value: "transmit"}
	m["network.in"] = target{name: "network.in", at: metricNetwork, key: "direction", value: "receive"}
	m["disk.read"] = target{name: "disk.read", at: metricDisk, key: "direction", value: "read"}
	m["disk.write"] = target{name: "disk.write", at: metricDisk, key: "direction", value: "write"}
	return m
}()

func targetNames() string { return strings.Join(slices.Sorted(maps.Keys(targets)), ", ") }

// unit is what a column's numbers are.
type unit string

const (
	unitFraction unit = "fraction" // of one CPU or of all, 0 to 1
	unitPercent  unit = "percent"  // the same, 0 to 100
	unitCounter  unit = "counter"  // bytes since some start
	unitDelta    unit = "delta"    // bytes since the asset's row before
)

// column is a column of a table and what it means.
type column struct {
	name   string
	target target
	unit   unit
}

// parseColumn reads COL=TARGET:UNIT. COL may contain "=".
func parseColumn(s string) (column, error) {
	invalid := func(why string) (column, error) {
		return column{}, evenkeel.Invalid("--map %q: %s; expected COL=TARGET:UNIT, such as cpu_idle=cpu.idle:percent", s, why)
	}
	eq := strings.LastIndexByte(s, '=')
	if eq <= 0 {
		return invalid("no column is named before =")
	}
	name, u, ok := strings.Cut(s[eq+1:], ":")
	if !ok {
		return invalid("no unit follows the target")
	}
	t, ok := targets[name]
	if !ok {
		return invalid("the targets are " + targetNames())
	}
	c := column{name: s[:eq], target: t, unit: unit(u)}
	switch c.unit {
	case unitFraction, unitPercent:
		if !t.cpu {
			return invalid("bytes are counter or delta")
		}
	case unitCounter, unitDelta:
		if t.cpu {
			return invalid("CPU is fraction or percent")
		}
	default:
		return invalid("the units are fraction, percent, counter, delta")
	}
	return c, nil
}

func parseColumns(maps []string) ([]column, error) {
	var out []column
	for _, m := range maps {
		c, err := parseColumn(m)
		if err != nil {
			return nil, err
		}
		for _, o := range out {
			if o.target == c.target {
				return nil, evenkeel.Invalid("--map names %s twice, as column %q and %q", c.target.name, o.name, c.name)
			}
		}
		out = append(out, c)
	}
	return out, nil
}
