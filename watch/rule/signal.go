package rule

import (
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

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
	SignalPortPacketsOut
	SignalPortBytesOut
	SignalPortPacketsIn
	SignalPortBytesIn
	SignalPortSynsOut
	SignalPortSynAcksIn
	SignalPortResetsIn
	SignalPortSmallOut
	SignalPortUDPOut
	SignalPortUDPIn
	SignalPortFragmentsOut
	SignalPortMalformedOut
	SignalPortSpoofedOut
	SignalPortFlowsOut
	SignalPortHosts
	SignalPortServices
	SignalPortTopPackets
	SignalPortTopBytes
	SignalPortTopSyns
	SignalPortServiceSyns
	SignalPortMailFlows
	SignalPortLoginFlows
	SignalPortVictims
	SignalPortReflectedOut
	SignalPortReflectedIn
	SignalPortMining
	SignalPortLimited
	SignalPortDropped
	SignalPortICMPOut
	SignalPortEchoesIn
	SignalPortProbed
	SignalRequest
	SignalSiteVisits
	SignalSitePassed
	SignalSiteFailed
	SignalSiteWanted
	SignalSiteServed
	SignalSiteAsked
	SignalSiteSolved
	SignalSiteRefused
	SignalSiteTurned
	SignalSiteEdgeTime
	SignalSiteBackendTime
	SignalSiteSavedTime
	SignalSiteSiteBytes
	SignalSiteAtFilter
	SignalSiteAtCookie
	SignalSiteAtProof
	SignalSiteAtQueue
	SignalSiteAtPage
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
	cpuMeters = []evenkeel.Meter{evenkeel.MeterCPUFraction, evenkeel.MeterCPUTime, evenkeel.MeterCPUCores}
	network   = []evenkeel.Meter{evenkeel.MeterNetwork}
	disk      = []evenkeel.Meter{evenkeel.MeterDisk}
	port      = []evenkeel.Meter{evenkeel.MeterPort}
	site      = []evenkeel.Meter{evenkeel.MeterSite}

	reflectedOut = []evenkeel.Meter{evenkeel.MeterReflectedOut}
	reflectedIn  = []evenkeel.Meter{evenkeel.MeterReflectedIn}

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
	SignalPortPacketsOut: {"port.packets.out", "packets that left the asset's port",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartPacketsOut), "packets", assetOnly},
	SignalPortBytesOut: {"port.bytes.out", "bytes that left its port, on the wire",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartBytesOut), "bytes", assetOnly},
	SignalPortPacketsIn: {"port.packets.in", "packets that came to its port",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartPacketsIn), "packets", assetOnly},
	SignalPortBytesIn: {"port.bytes.in", "bytes that came to its port, on the wire",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartBytesIn), "bytes", assetOnly},
	SignalPortSynsOut: {"port.syns.out", "TCP connections that it asked for, packet by packet (SYN without ACK)",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartSynsOut), "packets", assetOnly},
	SignalPortSynAcksIn: {"port.synacks.in", "answers that accept one (SYN with ACK)",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartSynAcksIn), "packets", assetOnly},
	SignalPortResetsIn: {"port.resets.in", "answers that refuse or break one off (RST)",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartResetsIn), "packets", assetOnly},
	SignalPortSmallOut: {"port.small.out", "packets of at most 128 bytes that left",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartSmallOut), "packets", assetOnly},
	SignalPortUDPOut: {"port.udp.out", "packets of UDP that left",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartUDPOut), "packets", assetOnly},
	SignalPortUDPIn: {"port.udp.in", "packets of UDP that came",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartUDPIn), "packets", assetOnly},
	SignalPortFragmentsOut: {"port.fragments.out", "fragments that left",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartFragmentsOut), "packets", assetOnly},
	SignalPortMalformedOut: {"port.malformed.out", "packets that left and contradict themselves",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartMalformedOut), "packets", assetOnly},
	SignalPortSpoofedOut: {"port.spoofed.out", "packets that left from public addresses that are not its own",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartSpoofedOut), "packets", assetOnly},
	SignalPortFlowsOut: {"port.flows.out", "flows that it began: SYNs, and first packets of UDP",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartFlowsOut), "flows", assetOnly},
	SignalPortHosts: {"port.hosts", "public addresses that it sent a SYN to, and to which it had sent none for a minute or two",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartHosts), "addresses", assetOnly},
	SignalPortServices: {"port.services", "pairs of such an address and a port, counted the same way",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartServices), "services", assetOnly},
	SignalPortTopPackets: {"port.top.packets", "packets to the address that got most in a second, added up over seconds",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartTopPackets), "packets", assetOnly},
	SignalPortTopBytes: {"port.top.bytes", "bytes to the same address",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartTopBytes), "bytes", assetOnly},
	SignalPortTopSyns: {"port.top.syns", "SYNs to the same address",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartTopSyns), "packets", assetOnly},
	SignalPortServiceSyns: {"port.service.syns", "SYNs to the destination port that got most in a second, added up over seconds",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartServiceSyns), "packets", assetOnly},
	SignalPortMailFlows: {"port.mail.flows", "connections to mail servers that it began: ports 25, 465 and 587",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartMailFlows), "flows", assetOnly},
	SignalPortLoginFlows: {"port.login.flows", "connections that it began to ports 22, 23, 3389 and 5900 of public addresses",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartLoginFlows), "flows", assetOnly},
	SignalPortVictims: {"port.victims", "public addresses that got UDP from a service of the asset that amplifies, and had got none for a minute or two",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartVictims), "addresses", assetOnly},
	SignalPortReflectedOut: {"port.reflected.out", "bytes of UDP that left from ports whose services amplify: " + reflectionPorts,
		Sum, evenkeel.KindUsage, reflectedOut, nil, "bytes", assetOnly},
	SignalPortReflectedIn: {"port.reflected.in", "bytes of UDP that came to these ports",
		Sum, evenkeel.KindUsage, reflectedIn, nil, "bytes", assetOnly},
	SignalPortMining: {"port.mining", "how much its steadiest connection looks like a miner's, told every five minutes",
		Mean, evenkeel.KindUsage, port, only(evenkeel.PartMining), "fraction", assetOnly},
	SignalPortLimited: {"port.limited", "packets that a measure held back by a limit",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartLimited), "packets", assetOnly},
	SignalPortDropped: {"port.dropped", "packets that a measure dropped",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartDropped), "packets", assetOnly},
	SignalPortICMPOut: {"port.icmp.out", "packets of ICMP and ICMPv6 that left",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartICMPOut), "packets", assetOnly},
	SignalPortEchoesIn: {"port.echoes.in", "answers to pings that came",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartEchoesIn), "packets", assetOnly},
	SignalPortProbed: {"port.probed", "public addresses that got the first packet of a UDP flow or a ping from it, and had got none for a minute or two",
		Sum, evenkeel.KindUsage, port, only(evenkeel.PartProbed), "addresses", assetOnly},
	SignalRequest: {"request", "one request of many to a site, as its edge treated it",
		Sum, evenkeel.KindRequest, nil, nil, "events", assetOnly},
	SignalSiteVisits: {"site.visits", "requests that came to the site",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartVisits), "requests", assetOnly},
	SignalSitePassed: {"site.passed", "requests that went on to the site's backends",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartPassed), "requests", assetOnly},
	SignalSiteFailed: {"site.failed", "of these, answered with 5xx or not at all",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartFailed), "requests", assetOnly},
	SignalSiteWanted: {"site.wanted", "requests of visitors whom nothing tells from those who always come",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartWanted), "requests", assetOnly},
	SignalSiteServed: {"site.served", "of these, answered within a second, and not for want of the site or the edge",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartServed), "requests", assetOnly},
	SignalSiteAsked: {"site.asked", "requests whose visitor was asked for something before going on",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartAsked), "requests", assetOnly},
	SignalSiteSolved: {"site.solved", "visitors who did what they were asked",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartSolved), "visitors", assetOnly},
	SignalSiteRefused: {"site.refused", "requests refused for what their visitor did, or because a program cannot be asked",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartRefused), "requests", assetOnly},
	SignalSiteTurned: {"site.turned", "requests told to wait or to come again, for want of a place",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartTurned), "requests", assetOnly},
	SignalSiteEdgeTime: {"site.edge.time", "milliseconds of processor time that the edge spent on them",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartEdgeTime), "milliseconds", assetOnly},
	SignalSiteBackendTime: {"site.backend.time", "milliseconds for which a backend was busy with them",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartBackendTime), "milliseconds", assetOnly},
	SignalSiteSavedTime: {"site.saved.time", "milliseconds for which a backend would have been busy with what did not go on, as the edge estimates",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartSavedTime), "milliseconds", assetOnly},
	SignalSiteSiteBytes: {"site.bytes", "bytes sent to visitors",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartSiteBytes), "bytes", assetOnly},
	SignalSiteAtFilter: {"site.at.filter", "seconds at the stage filter",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartAtFilter), "seconds", assetOnly},
	SignalSiteAtCookie: {"site.at.cookie", "seconds at the stage cookie",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartAtCookie), "seconds", assetOnly},
	SignalSiteAtProof: {"site.at.proof", "seconds at the stage proof",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartAtProof), "seconds", assetOnly},
	SignalSiteAtQueue: {"site.at.queue", "seconds at the stage queue",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartAtQueue), "seconds", assetOnly},
	SignalSiteAtPage: {"site.at.page", "seconds at the stage page",
		Sum, evenkeel.KindUsage, site, only(evenkeel.PartAtPage), "seconds", assetOnly},
}

// only is one part of a meter.
func only(p evenkeel.Part) []evenkeel.Part { return []evenkeel.Part{p} }

// reflectionPorts names the ports of services that amplify.
var reflectionPorts = func() string {
	var all []string
	for _, p := range evenkeel.ReflectionPorts {
		all = append(all, strconv.Itoa(int(p)))
	}
	return strings.Join(all, ", ")
}()

// String returns the word that `of` uses.
func (s Signal) String() string {
	if int(s) >= len(signals) || s == 0 {
		return "invalid"
	}
	return signals[s].name
}

// Record returns the kind of record that a signal is made of.
func (s Signal) Record() evenkeel.RecordKind { return signals[s].record }

// Meters returns whose readings a signal is made of; none where it is made of events.
func (s Signal) Meters() []evenkeel.Meter { return signals[s].meters }

// Bytes says whether the signal is of a meter that adds up bytes.
func (s Signal) Bytes() bool { return !s.Event() && signals[s].unit == "bytes" }

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
