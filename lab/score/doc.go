// Package score holds the shipped rules against recorded data that nobody here wrote.
//
// In and out: rules and a folder of recorded sets in; figures out, and the demands that
// they do not meet (MiningFigures.Violations, BurstFigures.Violations, WireFigures.Violations). The way is the operator's own: convert, then
// replay.
//
// Reading order: corpus.go (where the recorded sets lie), mining.go (machines that mine and
// machines that do not), burst.go (lawful arrivals, and bursts put among them), lawful.go
// (arrivals made up to published quantiles, for where the recorded ones are missing), wire.go,
// wireflows.go and wireport.go (captures and flows through the ports of guests).
//
// What must always hold: both sides of a comparison have the same inventory, so that a rule
// cannot pass by reading the books; a rule that says nothing, one that reads only the
// inventory and one that reads only the CPU each fail; what is drawn by lot is seeded; no
// record of the sets is copied into the project.
//
// What is not here: the rules (watch/rule/builtin), tuning.
package score
