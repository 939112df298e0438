package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel/stream/hostlink"
)

var (
	descHosts   = describe("hosts", "Hosts that may connect, by how they are: here, or silent.", "state")
	descBlind   = describe("hosts_blind_ports", "Ports of guests, and guests without one, that hosts say they cannot see.")
	descLost    = describe("hosts_lost_records", "Records that the buffers of hosts had no room for, since their agents were started.")
	descDoubted = describe("hosts_refused_records", "Records of hosts that were not believed, since the start, by why: not held, or claimed by another host.", "why")
)

// Describe names what Collect tells.
func (x *hosts) Describe(out chan<- *prometheus.Desc) {
	out <- descHosts
	out <- descBlind
	out <- descLost
	out <- descDoubted
}

// Collect tells how the hosts are now.
func (x *hosts) Collect(out chan<- prometheus.Metric) {
	if x.link == nil {
		return
	}
	var here, silent, blind, lost float64
	for _, p := range x.link.Hosts() {
		switch {
		case p.Revoked != 0:
			continue
		case p.Here:
			here++
		default:
			silent++
		}
		blind += float64(len(p.Status.Blind))
		lost += float64(p.Status.Buffer.DroppedRecords)
	}
	out <- prometheus.MustNewConstMetric(descHosts, prometheus.GaugeValue, here, "here")
	out <- prometheus.MustNewConstMetric(descHosts, prometheus.GaugeValue, silent, "silent")
	out <- prometheus.MustNewConstMetric(descBlind, prometheus.GaugeValue, blind)
	out <- prometheus.MustNewConstMetric(descLost, prometheus.GaugeValue, lost)
	sums := x.doubts.sums()
	out <- prometheus.MustNewConstMetric(descDoubted, prometheus.CounterValue, float64(sums[hostlink.NotHeld]), "not held")
	out <- prometheus.MustNewConstMetric(descDoubted, prometheus.CounterValue, float64(sums[hostlink.Claimed]), "claimed")
}

// listenFor says in the log when a host falls silent, and when it is heard again, until ctx ends. Those that were not heard
// since the start are silent once they had the time to come, and it is told when they enrolled.
func (x *hosts) listenFor(ctx context.Context) error {
	tick := time.NewTicker(hostlink.Silence)
	defer tick.Stop()
	was := map[string]bool{}
	for {
		select {
		case <-tick.C:
			x.tellSilent(was)
		case <-ctx.Done():
			return nil
		}
	}
}

// tellSilent tells what is news, and notes it.
func (x *hosts) tellSilent(was map[string]bool) {
	for _, p := range x.link.Hosts() {
		silent := !p.Here && p.Revoked == 0
		switch {
		case silent && !was[p.ID] && p.Last.IsZero():
			x.log.Warn("a host has enrolled and was not heard since this process was started: what its guests send is not seen, and orders about them wait",
				"host", p.ID, "enrolled", p.Enrolled.Time(),
				"hint", "start evenkeel host run there, or evenkeel gateway run where it is an edge, or see why it does not reach this machine; evenkeel fleet revoke shuts out one that is gone")
		case silent && !was[p.ID]:
			x.log.Warn("a host is silent: what its guests send is not seen, and orders about them wait", "host", p.ID, "last", p.Last,
				"hint", "see whether evenkeel host run, or evenkeel gateway run of an edge, runs there and reaches this machine; evenkeel fleet revoke shuts out one that is gone")
		case !silent && was[p.ID] && p.Here:
			x.log.Info("a host is heard again", "host", p.ID)
		}
		was[p.ID] = silent
	}
}
