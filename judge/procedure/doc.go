// Package procedure says whether and when a wanted measure may be done, what follows from
// what people say and decide, and what follows when nobody does; pure.
//
// In and out: what is known of a tenant (docket.Dossier) comes in, with a proposal about a
// finding (Gate), with an act of a tenant or of a person of the operator (Hear), or with a
// moment until which clocks run (Due). Intentions go out, a Ruling or an Effect; the judge
// carries them out in one transaction.
//
// Reading order: ruling.go (what goes out), gate.go (the order of questions about a finding)
// with latch.go, rung.go, means.go and standing.go (the questions); hear.go (acts) with
// speak.go, grant.go, closing.go and choose.go (what each kind does) and alone.go (what one
// person may let take effect); due.go and missed.go (clocks) with track.go (those without which
// a case would be forgotten) and ladder.go (who is called before our time is missed); appeal.go,
// renew.go, extend.go and retrieval.go (more of what people do, and of what runs for it);
// unheard.go (of whom nobody told); leave.go (assets that are not the tenant's any more); account.go
// (what would be account-wide); live.go and assets.go (words that all of them use).
//
// What must always hold: a machine never skips a rung, never goes above what a proposal
// allows, and names only assets that the finding names. After a clearance, and after a person
// said no, only a person takes a measure; and what a person approves without naming a measure
// is never more than the decision shows. Once the tenant has spoken a machine goes no
// further until a person has decided, unless others are hurt meanwhile, or a person found it
// to be so before; and when we miss our own clock, measures only become less, save for what
// hurts others, which is limited still, and for what a person found before. Speaking again
// never moves that clock. While a case is open, a clock of a person's runs as long as somebody
// waits or something is proposed, and one until it closes by itself where nothing stands. What
// is allowed is dated by the finding, the act or the clock, never by when somebody looked.
//
// What is not here: which measure is wanted and how far a machine may go alone
// (judge/policy), the making of decisions, entries, orders and notices (judge), the values
// themselves (judge/docket). Flags are not read here: whether one covers a finding is the
// policy's to say, in one place.
package procedure
