// Package promwrite reads Prometheus remote write 1.0: a WriteRequest, unpacked, becomes usage
// records.
//
// In and out: Decoder.Request takes one request's protobuf and appends to an evenkeel.Batch
// what a rule can use of node_exporter's and cAdvisor's metrics. Decoder.Series does the same
// with one series that a Prometheus was asked for. What became no record is counted in an
// intake.Tally by reason.
//
// Reading order: promwrite.go (the decoder), series.go (which metrics and labels we know, and
// which label names the asset), sink.go (from a sample to a record), protobuf.go (how a
// request is walked), history.go (series that were asked for).
//
// What must always hold: a request that is damaged is one error and adds nothing; a bad sample
// inside a good request is counted and the others are kept. The record of a sample does not
// depend on what else is in its request: a Prometheus spreads the series of one machine over
// several. So of the CPU states only idle and iowait are taken, which say together what is
// busy. No memory is kept of the request's bytes.
//
// What is not here: transport and compression (watch/intake/receive), counter resets and rates
// (watch), remote write 2.0, histograms, exemplars and metadata.
package promwrite
