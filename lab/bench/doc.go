// Package bench measures the house on real parts: the figures of docs/performance.md.
//
// In and out: nothing but benchmarks and the assertions that keep them honest; `make bench`
// runs them.
//
// Reading order: engine_test.go.
//
// What must always hold: a benchmark says what it stood up (how many keys, which
// distribution, which rules), and measures ratios in one run, since machines differ.
//
// What is not here: the benchmarks of single parts, which stand beside those.
package bench
