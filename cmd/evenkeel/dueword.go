package main

import "github.com/evenkeel/evenkeel/judge/docket"

// dueWords say what happens when a clock runs out, for whoever reads a list. Programs read the kind's
// own word, such as our_answer, with --json.
var dueWords = map[docket.ClockKind]string{
	docket.ClockLease: "the measure ends", docket.ClockHearing: "it takes effect", docket.ClockTenantAnswer: "the tenant's answer", docket.ClockOurAnswer: "our answer",
	docket.ClockAppeal: "the time to appeal ends", docket.ClockJoined: "the tenant is told what joined", docket.ClockReview: "a look at it", docket.ClockQuiet: "it closes by itself",
	docket.ClockSecond: "the second person's verdict", docket.ClockPage: "who is on call is called", docket.ClockSecondLevel: "the second level is called",
	docket.ClockAppealAnswer: "the decision on the appeal", docket.ClockUrgent: "the lead is called", docket.ClockUnheard: "a look whether the tenant was told",
	docket.ClockDesk: "a look whether we are at work", docket.ClockRetrieval: "the time to fetch data ends", docket.ClockReminder: "the tenant is reminded",
	docket.ClockCredit: "the answer to a credit", docket.ClockWay: "a look at a way to the data",
	docket.ClockWithheld: "the end of a lawful order", docket.ClockLot: "what a lot opened is cleared, or it is said why not",
}

// dueWord says what a clock is about.
func dueWord(k docket.ClockKind) string {
	if w := dueWords[k]; w != "" {
		return w
	}
	return k.String()
}
