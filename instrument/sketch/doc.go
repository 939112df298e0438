// Package sketch holds summaries of many values in few bytes that can be merged.
//
// In and out: values go into a Histogram (Add), and other histograms (Merge); quantiles come
// out. Hashes of values go into Bits (Add, Union); how many different ones there were comes
// out. A histogram has a compact stored form.
//
// Reading order: histogram.go, encode.go (its stored form); bits.go.
//
// What must always hold: the order of Add and Merge does not show, in the bytes either; the
// numbers are the same on every architecture; the upper bound of a quantile is never below
// it; bytes from elsewhere give an error or a valid summary.
//
// What is not here: windows over time (watch/window), hashes of values (the caller's), and
// summaries with more than a few per cent of precision.
package sketch
