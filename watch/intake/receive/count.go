package receive

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel/watch/intake"
)

// format is a way in, as counters call it.
type format uint8

const (
	formatOTLPHTTP format = iota
	formatOTLPGRPC
	formatWrite
	formatEvents

	formats int = iota
)

var formatWords = [formats]string{
	formatOTLPHTTP: "otlp_http", formatOTLPGRPC: "otlp_grpc", formatWrite: "remote_write", formatEvents: "cloudevents",
}

// String returns the word of the counters.
func (f format) String() string { return formatWords[f] }

// counts are the counters of one format. No label names a tenant, an asset or an address.
type counts struct {
	requests prometheus.Counter
	refused  [causes]prometheus.Counter
	accepted prometheus.Counter
	left     []prometheus.Counter // points that became no record, by intake.Reason
	wire     prometheus.Counter
	unpacked prometheus.Counter
	seconds  prometheus.Observer
}

// register makes the counters of all formats.
func (d *Door) register(reg prometheus.Registerer) error {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "evenkeel", Subsystem: "intake", Name: name, Help: help,
		}, append([]string{"format"}, labels...))
	}
	requests := counter("requests_total", "Requests that came.")
	refused := counter("requests_refused_total", "Requests that were not taken as a whole, by reason.", "reason")
	accepted := counter("points_total", "Points and events that became records and are durable.")
	pointsRefused := counter("points_refused_total", "Points and events that the sender should change, by reason.", "reason")
	pointsIgnored := counter("points_ignored_total", "Points, and fields of events, that say nothing that a rule can use, by reason.", "reason")
	wire := counter("body_bytes_total", "Bytes of bodies as they were sent.")
	unpacked := counter("unpacked_bytes_total", "Bytes of bodies after decompression.")
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "evenkeel", Subsystem: "intake", Name: "request_seconds", Help: "Time from a request's headers to its answer.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"format"})
	for _, c := range []prometheus.Collector{requests, refused, accepted, pointsRefused, pointsIgnored, wire, unpacked, seconds} {
		if err := reg.Register(c); err != nil {
			return err
		}
	}
	for i := range d.counts {
		name, c := format(i).String(), &d.counts[i]
		c.requests, c.accepted = requests.WithLabelValues(name), accepted.WithLabelValues(name)
		c.wire, c.unpacked = wire.WithLabelValues(name), unpacked.WithLabelValues(name)
		c.seconds = seconds.WithLabelValues(name)
		for why := range c.refused {
			c.refused[why] = refused.WithLabelValues(name, cause(why).String())
		}
		for _, r := range intake.Reasons() {
			into := pointsIgnored
			if r.Refuses() {
				into = pointsRefused
			}
			c.left = append(c.left, into.WithLabelValues(name, r.String()))
		}
	}
	return nil
}

// visit counts a request and, where it was taken, what became of its points: those of a
// request that was not taken will come again.
func (c *counts) visit(v *visit, f *refusal, took time.Duration) {
	c.requests.Inc()
	c.wire.Add(float64(len(v.wire)))
	c.unpacked.Add(float64(v.size))
	c.seconds.Observe(took.Seconds())
	if f != nil {
		c.refused[f.cause].Inc()
		return
	}
	c.accepted.Add(float64(v.tally.Accepted))
	for i, counter := range c.left {
		if n, _ := v.tally.Of(intake.Reason(i)); n > 0 {
			counter.Add(float64(n))
		}
	}
}
