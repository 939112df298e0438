package rule

import "github.com/evenkeel/evenkeel"

// Signal is what a window is over: a meter, or events of one kind.
type Signal uint8

// The signals.
const (
	SignalCPUBusy Signal = iota + 1
	SignalNetworkBytes
	SignalNetworkOutBytes
	SignalNetworkInBytes
	SignalDiskBytes
	SignalDiskReadBytes
	SignalDiskWriteBytes
	SignalLifecycle
	SignalFlow
	SignalHostEvent
	SignalPayment
	SignalReport
)

// Kind is the kind of a window: what it keeps of its records.
type Kind uint8

// The kinds of window.
const (
	Mean     Kind = iota + 1 // mean, spread and extremes of a meter that is a fraction
	Sum                      // how many events, how many bytes
	Distinct                 // how many different values of a field
	Mark                     // whether and when it was last seen
	Top                      // where the largest flows went
)

var kinds = [...]string{Mean: "mean", Sum: "sum", Distinct: "distinct", Mark: "mark", Top: "top"}

// String returns the word that the reference uses.
func (k Kind) String() string {
	if int(k) >= len(kinds) || k == 0 {
		return "invalid"
	}
	return kinds[k]
}

// signalRow is what the compiler and the reference know of a signal.
type signalRow struct {
	name   string
	about  string
	kind   Kind // of a window that says nothing else
	record evenkeel.RecordKind
	meters []evenkeel.Meter // usage: any of them
	parts  []evenkeel.Part  // usage: any of them; nil = every part
	unit   string           // of a pane's value
	at     []evenkeel.SubjectKind
}

var (
	cpuMeters   = []evenkeel.Meter{evenkeel.MeterCPUFraction, evenkeel.MeterCPUTime, evenkeel.MeterCPUCores}
	network     = []evenkeel.Meter{evenkeel.MeterNetwork}
	disk        = []evenkeel.Meter{evenkeel.MeterDisk}
	assetOnly   = []evenkeel.SubjectKind{evenkeel.SubjectAsset}
	tenantOnly  = []evenkeel.SubjectKind{evenkeel.SubjectTenant}
	anySubject  = []evenkeel.SubjectKind{evenkeel.SubjectAsset, evenkeel.SubjectTenant, evenkeel.SubjectPrincipal}
	transmitted = []evenkeel.Part{evenkeel.PartTransmit}
	received    = []evenkeel.Part{evenkeel.PartReceive}
	read        = []evenkeel.Part{evenkeel.PartRead}
	written     = []evenkeel.Part{evenkeel.PartWrite}
)

// signals is the one table of signals: names, kinds and which records belong to them.
var signals = [...]signalRow{
	SignalCPUBusy: {"cpu.busy", "share of the asset's CPUs that was wanted: 1 - idle - iowait, 0 to 1",
		Mean, evenkeel.KindUsage, cpuMeters, nil, "fraction", assetOnly},
	SignalNetworkBytes: {"network.bytes", "bytes over the network, both ways",
		Sum, evenkeel.KindUsage, network, nil, "bytes", assetOnly},
	SignalNetworkOutBytes: {"network.out.bytes", "bytes sent over the network",
		Sum, evenkeel.KindUsage, network, transmitted, "bytes", assetOnly},
	SignalNetworkInBytes: {"network.in.bytes", "bytes received over the network",
		Sum, evenkeel.KindUsage, network, received, "bytes", assetOnly},
	SignalDiskBytes: {"disk.bytes", "bytes read from and written to disks",
		Sum, evenkeel.KindUsage, disk, nil, "bytes", assetOnly},
	SignalDiskReadBytes: {"disk.read.bytes", "bytes read from disks",
		Sum, evenkeel.KindUsage, disk, read, "bytes", assetOnly},
	SignalDiskWriteBytes: {"disk.write.bytes", "bytes written to disks",
		Sum, evenkeel.KindUsage, disk, written, "bytes", assetOnly},
	SignalLifecycle: {"lifecycle", "machines created, deleted, resized, started, stopped",
		Sum, evenkeel.KindLifecycle, nil, nil, "events", anySubject},
	SignalFlow: {"flow", "traffic between an asset and a remote end, as a sensor summed it",
		Sum, evenkeel.KindFlow, nil, nil, "events", assetOnly},
	SignalHostEvent: {"hostevent", "what a program or file did on a host, as a sensor recognised it",
		Sum, evenkeel.KindHostEvent, nil, nil, "events", assetOnly},
	SignalPayment: {"payment", "money that came or went",
		Sum, evenkeel.KindPayment, nil, nil, "events", tenantOnly},
	SignalReport: {"report", "what others reported of an address or domain",
		Sum, evenkeel.KindReport, nil, nil, "events", assetOnly},
}

// String returns the word that `of` uses.
func (s Signal) String() string {
	if int(s) >= len(signals) || s == 0 {
		return "invalid"
	}
	return signals[s].name
}

// Record returns the kind of record that a signal is made of.
func (s Signal) Record() evenkeel.RecordKind { return signals[s].record }

// Event says whether the signal is made of events rather than of readings of a meter.
func (s Signal) Event() bool { return signals[s].record != evenkeel.KindUsage }

func signalOf(name string) (Signal, bool) {
	for s := range signals {
		if s > 0 && signals[s].name == name {
			return Signal(s), true
		}
	}
	return 0, false
}

func signalNames() []string {
	var out []string
	for _, row := range signals[1:] {
		out = append(out, row.name)
	}
	return out
}
