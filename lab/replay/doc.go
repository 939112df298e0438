// Package replay runs recorded telemetry through the rooms as fast as it can, in event-time
// order, enforcing nothing.
//
// In and out: names of files, rules, an inventory, what people did and a docket in; findings
// out, one call of emit each, then what was decided about each, and a Summary. Records and
// acts may be in any order within files and across them. Without a docket nothing is decided.
//
// Reading order: replay.go (records), timeline.go (acts, clocks and findings in one order),
// tally.go (what became of them).
//
// What must always hold: the order of files and lines changes nothing in what comes out.
// The inventory is read whole before the first record is watched, so that every finding is
// attributed that can be; facts still count by the time that they are dated. Time passes up
// to the last record or act and no further. A malformed line costs itself only, and so does an
// act that may not be done.
//
// What is not here: the command line (cmd/evenkeel), reading lines (lab/feed), sorting
// (lab/sorted), detection (watch), decisions (judge), the books (store).
package replay
