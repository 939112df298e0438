// Package prometheus asks a Prometheus for what it remembers, and makes the records of it that
// its remote write, or OTLP, would have made.
//
// In and out: a server's address and a stretch of time go in (New, History); batches of usage
// records come out (History.Read), not in the order of time.
//
// Reading order: server.go (one question and its answer), fault.go (what went wrong, and what to
// do), matrix.go (how an answer is read), metric.go (what may be asked for), history.go (which
// questions), chunk.go (how much at once), thin.go (how many samples are taken), translate.go (what
// was OpenTelemetry's becomes OTLP again).
//
// What must always hold: nothing but questions is sent. A sample counts at the time at which it
// was scraped, and only there: samples are asked for as they are (selector[span]) and not through
// query_range, which repeats the last one over a gap, and an idle counter that is repeated looks
// like a CPU that is pinned. What an answer may hold is bounded; one that is
// too large is asked for in smaller parts. No error and no report holds a password or a token.
//
// What is not here: what metrics, states and labels mean (watch/intake/promwrite, and watch/intake/otlp
// for those that were OpenTelemetry's), sorting (lab/sorted), what is made of the records (lab/lookback).
package prometheus
