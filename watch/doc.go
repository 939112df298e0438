// Package watch sees: observations in, findings out.
//
// In and out: Engine.Observe takes a batch of records and a view of who held what
// (Holder), and gives the findings that the operator's rules make of them. Engine.Snapshot
// copies what the engine knows, Snapshot.WriteTo makes a checkpoint of it, and Restore goes
// on from there, or Adopt where the rules have changed. Nothing is published or decided here,
// and no file is opened.
//
// Reading order: engine.go (the engine and the way of a record through it), layout.go
// (rules compiled into the bytes kept per subject), meter.go (readings into CPU shares and
// bytes), clock.go (event time: when panes close), subject.go (finding a record's state),
// weigh.go (windows and facts into a rule's verdict), episode.go (provisional, final,
// over), baseline.go (a principal's own history and its cohort), publish.go (the finding),
// feed.go (what a source is like, and that it is not what it was), ask.go (what a rule would state of an asset, whether it fires or not),
// held.go (findings that await a tenancy), quota.go (no tenant crowds out another);
// snapshot.go (the copy), checkpoint.go (its stored form), restore.go, restorepart.go,
// restoretime.go and values.go (the way back), adopt.go (under other rules).
//
// What must always hold: the same records in the same order give the same final findings,
// byte for byte, on every architecture; any order of arrival within the lateness gives the
// same statements; the same record twice counts once; a record is attributed by its own
// time; an unknown fact never helps a rule to fire; state holds no pointers, so that a
// snapshot is a copy; a restored engine finds and counts what the one would that never
// stopped.
//
// What is not here: parsing (intake), the windows' arithmetic (window), the rules'
// language (rule), who holds an asset (inventory), what is done about a finding (judge),
// when a checkpoint is made, where it is kept and which place in the log belongs to it (app).
package watch
