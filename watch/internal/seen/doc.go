// Package seen remembers which identities were seen within a horizon of event time.
//
// In and out: the identity of a record (a 64-bit hash) and the record's time go in; out
// comes whether it is fresh. The watermark moves the horizon on.
//
// Reading order: seen.go (generations), ids.go (one generation's set), image.go (a copy,
// written and read back).
//
// What must always hold: an id that was remembered stays so while its record's time is at
// or after watermark − horizon, and is gone once it is two horizons before the watermark;
// one that came more than a horizon ahead of the watermark's generation stays until the
// newest such record is that old. Ids are compared in full, so a fresh one is never taken
// for seen. Memory is used again and does not grow in a steady state. What an image reads is
// not written any more.
//
// What is not here: what makes two records the same (intake), what a duplicate means
// (watch). Records far ahead of the watermark are to be refused at intake: here they would
// hold on to memory.
package seen
