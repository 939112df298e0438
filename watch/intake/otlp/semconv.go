package otlp

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// series is what we know of a metric by its name.
type series struct {
	meter   evenkeel.Meter
	counter bool               // a sum since a start or since the last reading; else a value at a time
	parts   partition          // what its parts are
	whole   evenkeel.Part      // the part where no attribute names one
	units   map[string]float64 // the known units, and by what a value in them is divided
}

// partition is what an attribute of a metric's points tells apart.
type partition uint8

const (
	partsNone partition = iota
	partsCPU
	partsNetwork
	partsDisk
	partsBlockIO
)

var (
	fractions = map[string]float64{"1": 1, "": 1, "%": 100}
	seconds   = map[string]float64{"s": 1, "": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}
	bytes     = map[string]float64{"By": 1, "": 1}
	cores     = map[string]float64{"{cpu}": 1, "{cpus}": 1, "{core}": 1, "1": 1, "": 1}
	percents  = map[string]float64{"1": 100, "": 100, "%": 100}
)

// known are the metrics that a rule can use.
var known = map[string]*series{
	"system.cpu.utilization":    {meter: evenkeel.MeterCPUFraction, parts: partsCPU, units: fractions},
	"system.cpu.time":           {meter: evenkeel.MeterCPUTime, counter: true, parts: partsCPU, units: seconds},
	"container.cpu.utilization": {meter: evenkeel.MeterCPUFraction, parts: partsCPU, units: fractions},
	"container.cpu.usage":       {meter: evenkeel.MeterCPUCores, parts: partsCPU, units: cores},
	"container.cpu.time":        {meter: evenkeel.MeterCPUTime, counter: true, parts: partsCPU, units: seconds},
	"container.cpu.usage.total": {meter: evenkeel.MeterCPUTime, counter: true, units: seconds},

	"system.network.io":    {meter: evenkeel.MeterNetwork, counter: true, parts: partsNetwork, units: bytes},
	"container.network.io": {meter: evenkeel.MeterNetwork, counter: true, parts: partsNetwork, units: bytes},
	"container.network.io.usage.rx_bytes": {
		meter: evenkeel.MeterNetwork, counter: true, whole: evenkeel.PartReceive, units: bytes,
	},
	"container.network.io.usage.tx_bytes": {
		meter: evenkeel.MeterNetwork, counter: true, whole: evenkeel.PartTransmit, units: bytes,
	},

	"system.disk.io":    {meter: evenkeel.MeterDisk, counter: true, parts: partsDisk, units: bytes},
	"container.disk.io": {meter: evenkeel.MeterDisk, counter: true, parts: partsDisk, units: bytes},
	"container.blockio.io_service_bytes_recursive": {
		meter: evenkeel.MeterDisk, counter: true, parts: partsBlockIO, units: bytes,
	},
}

// Two receivers of the OpenTelemetry Collector send container.cpu.utilization with unit 1
// and mean something else than a share. Taken at its word, one percent of a CPU would look
// like all of it.
var (
	// Percent of one CPU, 100 × the number of CPUs at most
	// (opentelemetry-collector-contrib issue 48524).
	dockerUtilization = &series{meter: evenkeel.MeterCPUCores, units: percents}
	// CPUs in use: the old name of container.cpu.usage.
	kubeletUtilization = &series{meter: evenkeel.MeterCPUCores, units: cores}
)

// lookup returns what we know of a metric, or nil. scope is the name of the instrumentation
// scope that sent it.
func lookup(name, scope string) *series {
	if name == "container.cpu.utilization" {
		switch {
		case strings.HasSuffix(scope, "/dockerstatsreceiver"):
			return dockerUtilization
		case strings.HasSuffix(scope, "/kubeletstatsreceiver"):
			return kubeletUtilization
		}
	}
	return known[name]
}

// names says whether an attribute's key tells the parts of a metric apart, old name or new.
func (p partition) names(key string) bool {
	switch p {
	case partsCPU:
		return key == "state" || key == "cpu.mode" || key == "system.cpu.state"
	case partsNetwork:
		return key == "direction" || key == "network.io.direction"
	case partsDisk:
		return key == "direction" || key == "disk.io.direction"
	case partsBlockIO:
		return key == "operation"
	}
	return false
}

// numbersCPU says whether an attribute's key numbers one CPU, old name or new.
func numbersCPU(key string) bool {
	return key == "cpu" || key == "cpu.logical_number" || key == "system.cpu.logical_number"
}

// A word for a part means the part, or that the point says nothing new, or is not known.
type meaning uint8

const (
	meansPart meaning = iota
	meansNothingNew
	meansUnknown
)

// part reads the word of an attribute that tells parts apart.
func (p partition) part(word string) (evenkeel.Part, meaning) {
	switch p {
	case partsCPU:
		return cpuPart(word)
	case partsNetwork:
		switch word {
		case "transmit":
			return evenkeel.PartTransmit, meansPart
		case "receive":
			return evenkeel.PartReceive, meansPart
		}
	case partsDisk, partsBlockIO:
		switch strings.ToLower(word) {
		case "read":
			return evenkeel.PartRead, meansPart
		case "write":
			return evenkeel.PartWrite, meansPart
		case "sync", "async", "total", "discard":
			// cgroup v1 counts each byte again under these.
			if p == partsBlockIO {
				return 0, meansNothingNew
			}
		}
	}
	return 0, meansUnknown
}

// cpuPart reads a CPU state. Linux counts the time of guests in user and nice already.
func cpuPart(state string) (evenkeel.Part, meaning) {
	switch state {
	case "idle":
		return evenkeel.PartIdle, meansPart
	case "wait", "iowait":
		return evenkeel.PartIOWait, meansPart
	case "user":
		return evenkeel.PartUser, meansPart
	case "system", "kernel", "nice", "interrupt", "irq", "softirq", "steal":
		return evenkeel.PartBusy, meansPart
	case "guest", "guest_nice":
		return 0, meansNothingNew
	}
	return 0, meansUnknown
}
