// Package sketch holds summaries of many values in few bytes that can be merged.
//
// In and out: values go into a Histogram (Add), and other histograms (Merge); quantiles come
// out. Hashes of values go into Bits (Add, Union); how many different ones there were comes
// out. A histogram has a compact stored form. Hashes of keys go into a CountMin (how often each came), a Top (which came
// most), a HyperLogLog (how many different ones, however many) and, with the time, into a Sliding or a
// SlidingMin (how many within the last seconds).
//
// Reading order: histogram.go, encode.go (its stored form); bits.go; countmin.go, top.go, hyperloglog.go, sliding.go.
//
// What must always hold: the order of Add and Merge does not show in histograms, in Bits and in a HyperLogLog, in the
// bytes either; the numbers are the same on every architecture; the upper bound of a quantile is never below
// it; a CountMin and a Top never say less than the truth, nor do merged ones, and what they say too much is bounded as
// they state; all but histograms have one size, whatever comes, and allocate nothing when something does; what
// comes is hashed under a secret key, so that nobody aims at another's counters; bytes from elsewhere give an error or a valid
// summary.
//
// What is not here: exact windows over time (watch/window), hashes of values (the caller's), and
// summaries with more than a few per cent of precision.
package sketch
