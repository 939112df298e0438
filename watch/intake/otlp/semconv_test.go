package otlp

import (
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestWordsForParts(t *testing.T) {
	for _, c := range []struct {
		name, metric, key, word string
		part                    evenkeel.Part
		means                   meaning
	}{
		{"idle", "system.cpu.time", "state", "idle", evenkeel.PartIdle, meansPart},
		{"waiting, in the words of the Collector", "system.cpu.time", "state", "wait", evenkeel.PartIOWait, meansPart},
		{"waiting, in the words of the convention", "system.cpu.time", "cpu.mode", "iowait", evenkeel.PartIOWait, meansPart},
		{"steal is demand", "system.cpu.utilization", "system.cpu.state", "steal", evenkeel.PartBusy, meansPart},
		{"the kernel's part of a container", "container.cpu.time", "cpu.mode", "kernel", evenkeel.PartBusy, meansPart},
		{"user", "container.cpu.usage", "cpu.mode", "user", evenkeel.PartUser, meansPart},
		{"guests are in user already", "system.cpu.time", "state", "guest", 0, meansNothingNew},
		{"nice guests are in nice already", "system.cpu.time", "state", "guest_nice", 0, meansNothingNew},
		{"a state that nobody knows is not busy", "system.cpu.time", "state", "total", 0, meansUnknown},
		{"out", "system.network.io", "network.io.direction", "transmit", evenkeel.PartTransmit, meansPart},
		{"in", "container.network.io", "direction", "receive", evenkeel.PartReceive, meansPart},
		{"a way of disks is none of networks", "system.network.io", "direction", "read", 0, meansUnknown},
		{"a disk is read", "system.disk.io", "disk.io.direction", "read", evenkeel.PartRead, meansPart},
		{"a disk is written", "container.disk.io", "direction", "write", evenkeel.PartWrite, meansPart},
		{"cgroups write words large", "container.blockio.io_service_bytes_recursive", "operation", "Write", evenkeel.PartWrite, meansPart},
		{"cgroups count bytes again", "container.blockio.io_service_bytes_recursive", "operation", "Total", 0, meansNothingNew},
		{"a total of disks is not known", "system.disk.io", "direction", "total", 0, meansUnknown},
	} {
		parts := lookup(c.metric, "").parts
		if !parts.names(c.key) || parts.names("device") {
			t.Errorf("%s: %s is told apart by %s: %v", c.name, c.metric, c.key, parts.names(c.key))
		}
		if part, means := parts.part(c.word); part != c.part || means != c.means {
			t.Errorf("%s: %q means %d (%d), want %d (%d)", c.name, c.word, part, means, c.part, c.means)
		}
	}
}

func TestEveryKnownMetricIsWhole(t *testing.T) {
	for name, s := range known {
		if s.meter == 0 || s.units[""] != 1 {
			t.Errorf("%s: meter %d, units %v; a metric without a unit is in the meter's own", name, s.meter, s.units)
		}
		for unit, divisor := range s.units {
			if divisor < 1 {
				t.Errorf("%s: a value in %q is divided by %v", name, unit, divisor)
			}
		}
		if s.parts != partsNone && s.whole != evenkeel.PartWhole {
			t.Errorf("%s has parts by attribute and by name", name)
		}
	}
	if s := lookup("container.network.io.usage.rx_bytes", ""); s.whole != evenkeel.PartReceive {
		t.Errorf("received bytes are part %d", s.whole)
	}
	if s := lookup("container.network.io.usage.tx_bytes", ""); s.whole != evenkeel.PartTransmit {
		t.Errorf("transmitted bytes are part %d", s.whole)
	}
}
