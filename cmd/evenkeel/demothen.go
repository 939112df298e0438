package main

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// fact is something that happened to Raisup in 2019.
type fact struct {
	at    evenkeel.Moment // where it stands in the film
	clock string          // its time as it is known: ≈ was worked out from spans that were told, "" is not known
	says  string
}

// filmed is the story that stands on the right: its hours are those of the facts.
const filmed = "raisup-three-days"

// facts of 2019 are told as the people involved told them; [post] marks what the provider's
// report of 4 June 2019 adds. One time of day was published, 09:49 UTC. The others follow
// from it by the spans: re-enabled three to four hours before it, locked about twelve hours
// before that, denied nearly 29 hours after the customer's reply.
var facts = []fact{
	{hour(29, 17, 30), "", "A company of two runs its job, as every two or three months: some 500,000 database rows, on several machines in parallel."},
	{hour(29, 17, 49), "≈ 18:00", "The mining detector goes by CPU load, the way machines were made, and facts of the account. The customer is on credit and has no payment history, so the main safety is not triggered: missing data counts as guilt."},
	{hour(29, 17, 59), "≈ 18:00", "The whole account is locked and every machine powered off. A ticket is opened on the customer's behalf."},
	{hour(29, 18, 24), "", "The only programmer is abroad, on the first day of his holiday."},
	{hour(30, 6, 0), "≈ 06:00", "After about 12 hours a first agent re-enables the account, and does not mark the high CPU use as approved. The power-off has wiped the Redis that held the job's progress in memory: the job starts again."},
	{hour(30, 9, 49), "09:49", "The account is locked again, by the same detector [post]."},
	{hour(30, 18, 0), "", "Four messages in 30 hours get an automatic refusal."},
	{hour(31, 15, 0), "≈ 15:00", "Nearly 29 hours after the customer's reply a different agent fails to see the false positive, and denies access for good [post], with a template that gives no reason."},
	{hour(31, 18, 0), "later", "A public outcry undoes it."},
}

func hour(day, hour, minute int) evenkeel.Moment {
	return evenkeel.MomentOf(time.Date(2019, time.May, day, hour, minute, 0, 0, time.UTC))
}

// opening stands above the film: what is seen, and the words without which it cannot be read.
var opening = []string{
	"May 2019: a cloud's detector takes a batch job for mining, and locks a company of two. \"" + then + "\" is what happened; \"" + with + "\" is what these rules and this policy make of records of the same three days, as their transcript has it. Times are UTC.",
	"notify: the tenant is asked, and nothing is limited. A flag is a clearance with a scope and an end.",
}

// sourceThen and sourceWith stand below the film: where its sides come from.
const (
	sourceThen = "Then: Raisup and DigitalOcean, 29 to 31 May 2019, as the people involved told it; [post] marks what the provider's report of 4 June 2019 adds. Of the times 09:49 UTC was published; ≈ is worked out from the spans that were told."
	sourceWith = "With Evenkeel: the story " + filmed + ", records of 22 machines in two runs of the job and what two people do, through rules, policy and judge. When people answer and decide is written in the script: assumed, not measured. Each line is of its transcript (evenkeel rehearse " + filmed + "), each figure is counted in the books that it left."
)

// The rows of the table that compares, and what stands in them for 2019.
const (
	rowLocked = iota
	rowLost
	rowMessages
	rowReasons
	rowWho
	rowSecond
	rowEnd
	rowShadow // only where a policy is watched in shadow
	rowCount
)

var compared = [rowCount]struct{ name, then string }{
	rowLocked:   {"time locked", "about 12 hours, then from 09:49 UTC [post] until the outcry, more than a day later"},
	rowLost:     {"memory lost", "the job's progress, which Redis held: the power-off wiped it"},
	rowMessages: {"unanswered", "four messages in 30 hours got an automatic refusal"},
	rowReasons:  {"reasons given", "none: a template"},
	rowWho:      {"who decided", "a detector, twice; single agents, the last of whom denied for good"},
	rowSecond:   {"second lock", "three to four hours after the first was undone, by the same detector [post]"},
	rowEnd:      {"how it ended", "access denied for good, until a public outcry undid it"},
	rowShadow:   {"in shadow", "it took effect"},
}
