// Package story plays a written story through the rooms in one goroutine.
//
// In and out: a story is a text file (a txtar archive): a script of what machines, tenants
// and people of the operator do, rules, policies, recorded lines, and the transcript that is
// wanted. Parse reads it, Play returns the transcript of what was found and decided, Show tells
// it while it happens, Script.Differs the difference to what is wanted. Findings returns the bare findings, for
// the fixtures of rules. The books that decisions are kept in are handed in (Parts).
//
// Reading order: script.go (a story and its sections), line.go (one line of a script),
// verbs.go (the table of verbs), stage.go (from lines to deliveries: what arrives when),
// books.go, machines.go, meters.go, acts.go, look.go and more.go (what the verbs say), selector.go (what a flag
// covers), recorded.go (lines of telemetry), value.go (durations, shares, ranges), play.go
// (through the rooms), desk.go (to the judge and back), perform.go (what an act means),
// event.go, says.go, told.go and fold.go (what is told), transcript.go and sum.go (how it is written),
// paced.go (for who
// watches it go on), builtin.go (the stories that come with the program), rows.go (which rows they show).
//
// What must always hold: the same text gives the same transcript, byte for byte, on every
// machine; nothing depends on the wall clock or on chance: wobble and disorder are derived
// from names and times. Every mistake in a story is told with file and line and what was
// expected. A record or an act delivered twice, or in other batches, changes no finding and
// no decision. What is due happens at its own time, however far the clock jumps.
//
// What is not here: files (their text is handed in), the language of rules (watch/rule) and
// of policies (judge/policy), and what the rooms do with a record or an act.
package story
