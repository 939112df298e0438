// Package otlp reads OpenTelemetry metrics: an ExportMetricsServiceRequest, as protobuf or
// as JSON, becomes usage records.
//
// In and out: Decoder.Protobuf and Decoder.JSON take one request's bytes and append to an
// evenkeel.Batch what a rule can use: CPU, network and disk of an asset. What became no
// record is counted in an intake.Tally by reason.
//
// Reading order: otlp.go (the decoder), semconv.go (which metrics, units, attribute names
// and words we know, old and new), sink.go (from a point to a record; shared by both
// encodings), shares.go (shares of a CPU that are percent and do not say so), protobuf.go,
// json.go (how each encoding is walked).
//
// What must always hold: both encodings of a request give the same records. A request that
// is damaged is one error and adds nothing; a bad point inside a good request is counted
// and the others are kept. CPU busy is 1 − idle − iowait, so where an asset's metric tells
// its idle state, its busy states are left out, and where it does not, its iowait is: the
// busy states say it all. A CPU state that we do not know is refused, never taken for busy. A
// share above 1 takes all points of its metric in the request with it: the smaller ones are
// percent, too, and would make idle machines look busy.
// No memory is kept of the request's bytes.
//
// What is not here: transport and compression, counter resets and rates (watch), and the
// standards themselves: opentelemetry-proto metrics v1 and the semantic conventions for
// system and container metrics.
package otlp
