// Package window counts, rates, means, distinct values, first-seen, sequences over *event time*; pure.
//
// In and out: a shape (Mean, Sum, Distinct, Mark, Peak, Firsts) says what a window keeps. Its state
// is Size bytes that the caller owns, all zero when new, without pointers: a copy of the
// bytes is a snapshot. Add puts a record into the pane of its own time and says what became
// of it (Fate); Read says what the window shows up to a pane, which may be the newest (a
// provisional reading) or an older one that just closed (a final one).
//
// Reading order: window.go (panes and fates), ring.go (slots by pane), mean.go (readings),
// sum.go (counts and amounts), distinct.go (different values), mark.go (streaks), peak.go
// (history of bursts), firsts.go (new values).
//
// What must always hold: states hold integers only, so the numbers are the same on every
// architecture; records that arrive in any order inside the lateness that each type names
// leave the same bytes (Firsts: read the same); nothing here removes duplicates: a record added twice counts twice;
// a damaged state may give wrong numbers inside their range and never panics; Add and Read
// do not allocate. The layouts in the type comments are stored in snapshots: they change
// with the snapshot's version only.
//
// What is not here: which record belongs to which window, watermarks and when to read
// (watch); states by key and identities seen (watch/internal); a moment far in the future
// closes all panes before it, so such records are to be refused at intake.
package window
