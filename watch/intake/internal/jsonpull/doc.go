// Package jsonpull reads JSON in the order in which the caller asks for it.
//
// In and out: one JSON text goes in (RFC 8259, UTF-8); keys, strings, numbers and the way
// back to a marked value come out. It is ours, not encoding/json, because a telemetry line
// must be read without building it: fields come in any order and two spellings, a depth
// must be bounded, repeated keys be seen, and a line of 50 KB cost next to no memory.
//
// Reading order: reader.go (walking), scan.go (tokens).
//
// What must always hold: no panic and no reading twice, whatever the bytes; every byte that
// is walked over or skipped is checked, so that what encoding/json.Valid refuses is refused
// here; the first error stays. Only two things are stricter than encoding/json: the depth,
// and text that is not UTF-8.
//
// What is not here: what any key means.
package jsonpull
