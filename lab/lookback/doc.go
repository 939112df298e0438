// Package lookback runs the engine and the judge over what an operator's own Prometheus
// remembers, changes nothing anywhere, and reports what they would have made of it.
//
// In and out: a history, rules, dockets and an inventory go in (Options); a Report comes out of
// Run: suspects and why, busy machines that were left alone and why, and whom the rule of 2019
// would have locked. Report.Text and Report.HTML write it down for people; as JSON it is for
// programs.
//
// Reading order: report.go (what is told), lookback.go (how it comes about), rule2019.go (the
// stand-in for the detector of 2019), witness.go (what policies made of each finding), trace.go
// (how busy each machine was), near.go (how near a rule was), finds.go (what is
// kept of findings), gather.go (from what was seen to the report), says.go (sentences), text.go and html.go.
//
// What must always hold: nothing is written but the report. Where nobody gave an inventory, all
// facts are unknown, the report says so first, and it calls no machine left alone. A limit costs
// terms and entries of lists, never a count. The stand-in of 2019 has books of its own:
// nothing of it reaches what Evenkeel would have done. What could not be judged is told before
// what was found.
//
// What is not here: how a Prometheus is asked (lab/lookback/prometheus), how records become
// findings (watch) and decisions (judge), in which order (lab/replay), how charts are drawn
// (instrument/plot), arguments and files (cmd/evenkeel).
package lookback
