// Package gaming lets an abuser play against a policy and says what the best play gains.
//
// In and out: a World (policy, empty books, staff, time) and a Play in, what it gains out: the
// CPU-hours and the packets at others that it had before it was stopped, and the minutes that
// people spent. Best climbs from several plays to the best one that it finds.
//
// Reading order: play.go (what an abuser chooses, and what is gained), world.go (how it goes on),
// account.go (what is known of its accounts), sight.go (what rules find of it), people.go (what
// people decide), broken.go (who breaks its own ways to its data), best.go (the search), question.go (what is asked of every policy).
//
// What must always hold: the judge is the real one, with the policy as it is and books of its
// own; nothing is drawn by lot, so the same world gives the same gain; time is that of the world;
// an act that is refused though nobody decided against it is an error, never a play that gains little.
//
// What is not here: a rule that measures floods: what it would see is assumed, and run.seen says how;
// what is enforced (shield): a measure is taken to do what it says.
package gaming
