// Package story plays a written story through the rooms in one goroutine.
//
// In and out: a story is a text file (a txtar archive): a script of what machines and
// tenants do, rules, recorded lines, and the transcript that is wanted. Parse reads it,
// Play returns the transcript of what happened, Script.Differs the difference to what is wanted.
// Findings returns the bare findings, for the fixtures of rules.
//
// Reading order: script.go (a story and its sections), line.go (one line of a script),
// verbs.go (the table of verbs), stage.go (from lines to deliveries: what arrives when),
// books.go, machines.go and meters.go (what the verbs say), recorded.go (lines of
// telemetry), value.go (durations, shares, ranges), play.go (through the rooms),
// transcript.go and fold.go (what a person reads), builtin.go (the stories that come with
// the program).
//
// What must always hold: the same text gives the same transcript, byte for byte, on every
// machine; nothing depends on the wall clock or on chance: wobble and disorder are derived
// from names and times. Every mistake in a story is told with file and line and what was
// expected. A record delivered twice, or in other batches, changes no finding.
//
// What is not here: files (their text is handed in), the language of rules (watch/rule),
// and what the rooms do with a record.
package story
