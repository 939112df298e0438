package promwrite

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// nameLabel holds the metric's name, ownLabel an asset's own name, and targetLabel is the
// address that Prometheus scraped, which it adds by itself.
const (
	nameLabel   = "__name__"
	ownLabel    = "evenkeel_asset"
	targetLabel = "instance"
)

// DefaultLabels returns the labels that name an asset where the operator says nothing else,
// the one that wins first.
func DefaultLabels() []string { return []string{ownLabel, targetLabel} }

// series is what we know of a metric by its name. All are counters.
type series struct {
	meter evenkeel.Meter
	part  evenkeel.Part
	// mode and device are the labels that tell a state of a CPU, and a device; "" for none.
	mode, device string
	outside      func(device string) bool // devices whose bytes are counted elsewhere
	// nested says that the target tells of others: its address does not name the asset.
	nested bool
}

// known are the metrics that a rule can use: those of node_exporter, and the CPU time of
// cAdvisor.
var known = map[string]*series{
	"node_cpu_seconds_total": {meter: evenkeel.MeterCPUTime, mode: "mode"},

	"node_network_receive_bytes_total":  {meter: evenkeel.MeterNetwork, part: evenkeel.PartReceive, device: "device", outside: innerInterface},
	"node_network_transmit_bytes_total": {meter: evenkeel.MeterNetwork, part: evenkeel.PartTransmit, device: "device", outside: innerInterface},

	"node_disk_read_bytes_total":    {meter: evenkeel.MeterDisk, part: evenkeel.PartRead, device: "device", outside: stackedDisk},
	"node_disk_written_bytes_total": {meter: evenkeel.MeterDisk, part: evenkeel.PartWrite, device: "device", outside: stackedDisk},

	"container_cpu_usage_seconds_total": {meter: evenkeel.MeterCPUTime, nested: true},
}

// innerInterfaces and stackedDisks are what the names of devices begin with whose bytes never
// leave the machine, or pass another device as well.
var (
	innerInterfaces = []string{"docker", "br-", "veth", "virbr"}
	stackedDisks    = []string{"dm-", "md", "loop", "ram", "zram"}
)

func innerInterface(device string) bool { return device == "lo" || beginsWith(device, innerInterfaces) }
func stackedDisk(device string) bool    { return beginsWith(device, stackedDisks) }

func beginsWith(s string, any []string) bool {
	for _, p := range any {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// role is what a series says by its labels.
type role struct {
	part   evenkeel.Part
	perCPU bool
	why    intake.Reason // why its samples are not taken
	none   bool          // they are not
}

func not(why intake.Reason) role { return role{why: why, none: true} }

// roleOf finds out what a series tells of its meter.
func (s *series) roleOf(labels []intake.Attribute) role {
	r := role{part: s.part}
	if s.mode != "" {
		r = not(intake.UnknownState)
	}
	numbered := false
	for i := range labels {
		switch l := &labels[i]; {
		case l.Key == "cpu" && s.meter == evenkeel.MeterCPUTime:
			numbered = true
			if s.nested && l.Text != "total" {
				// A container's time on one CPU of its host is no share of the container's.
				return not(intake.UnknownMetric)
			}
		case l.Key == s.mode && s.mode != "":
			r = cpuMode(l.Text)
		case l.Key == s.device && s.device != "" && s.outside(l.Text):
			return not(intake.Redundant)
		}
	}
	r.perCPU = numbered && !s.nested
	return r
}

// busyModes are the other modes of the systems on which node_exporter runs.
var busyModes = []string{"user", "system", "nice", "irq", "softirq", "steal", "guest", "guest_nice", "interrupt", "spin"}

// cpuMode reads a mode of node_cpu_seconds_total. Every system of which node_exporter tells
// modes has idle among them, so the busy ones say nothing new.
func cpuMode(mode string) role {
	switch mode {
	case "idle":
		return role{part: evenkeel.PartIdle}
	case "iowait":
		return role{part: evenkeel.PartIOWait}
	}
	if slices.Contains(busyModes, mode) {
		return not(intake.Redundant)
	}
	return not(intake.UnknownState)
}

// assetOf looks for the asset among the labels of a series.
func (s *series) assetOf(labels []intake.Attribute, names []string) string {
	for _, name := range names {
		if name == targetLabel && s.nested {
			continue
		}
		for i := range labels {
			if labels[i].Key != name || labels[i].Text == "" {
				continue
			}
			if name == targetLabel {
				return withoutPort(labels[i].Text)
			}
			return labels[i].Text
		}
	}
	return ""
}

// withoutPort returns the host of a target's address: "db-1:9100" is "db-1", "[::1]:9100" is
// "::1". What has no port is left as it is.
func withoutPort(target string) string {
	i := strings.LastIndexByte(target, ':')
	if i < 0 {
		return target
	}
	host, port := target[:i], target[i+1:]
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || host == "" {
		return target
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}
	if strings.Contains(host, ":") { // an IPv6 address without a port, such as fe80::1
		if _, err := netip.ParseAddr(target); err == nil {
			return target
		}
	}
	return host
}
