// Package replay runs recorded telemetry through the rooms as fast as it can, in event-time
// order, enforcing nothing.
//
// In and out: names of files, rules and an inventory in; findings out, one call of emit
// each, and a Summary. Records may be in any order within files and across them.
//
// Reading order: replay.go.
//
// What must always hold: the order of files and lines changes nothing in what comes out.
// The inventory is read whole before the first record is watched, so that every finding is
// attributed that can be; facts still count by the time that they are dated. A malformed
// line costs itself only.
//
// What is not here: the command line (cmd/evenkeel), reading lines (lab/feed), sorting
// (lab/sorted), detection (watch).
package replay
