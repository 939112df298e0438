// Package streamtest holds what every log of batches promises, as tests.
//
// In and out: a function that opens the log of a folder goes in (Run); test results come
// out. Batch makes numbered batches and Collect reads a log into memory, for other tests of
// the same promises.
//
// Reading order: run.go (the promises), batches.go (numbered batches, and reading them
// back).
//
// What must always hold: each promise is tested through the methods that rooms use, so that
// it holds of every log in the same way; no test waits for a length of time: it polls, or is
// told.
//
// What is not here: what only one log promises, such as kill -9, power cuts and full disks
// (the tests of stream).
package streamtest
