// Package watch sees: observations in, findings out.
//
// In and out: Engine.Observe takes a batch of records and a view of who held what
// (Holder), and gives the findings that the operator's rules make of them. Nothing is
// published, stored or decided here.
//
// Reading order: engine.go (the engine and the way of a record through it), layout.go
// (rules compiled into the bytes kept per subject), meter.go (readings into CPU shares and
// bytes), clock.go (event time: when panes close), subject.go (finding a record's state),
// weigh.go (windows and facts into a rule's verdict), episode.go (provisional, final,
// over), baseline.go (a principal's own history and its cohort), publish.go (the finding),
// held.go (findings that await a tenancy), quota.go (no tenant crowds out another).
//
// What must always hold: the same records in the same order give the same final findings,
// byte for byte, on every architecture; any order of arrival within the lateness gives the
// same statements; the same record twice counts once; a record is attributed by its own
// time; an unknown fact never helps a rule to fire; state holds no pointers, so that a
// checkpoint is a copy.
//
// What is not here: parsing (intake), the windows' arithmetic (window), the rules'
// language (rule), who holds an asset (inventory), what is done about a finding (judge).
package watch
