// Package sectiontest opens streams of sections and seals changed ones, for tests.
//
// In and out: Open takes a good stream and gives what its sections hold; Seal makes a stream
// of it again, under good checksums.
//
// Reading order: sectiontest.go has all of it.
//
// What must always hold: what Seal made is what a Writer writes, so a test can show what
// becomes of content that is wrong in itself, and hold to its bytes what is not compressed.
//
// What is not here: anything that a program needs (section).
package sectiontest
