package policy

import (
	"cmp"
	"time"

	"github.com/evenkeel/evenkeel"
)

// LeastRetrieval is how long data can be fetched at least once a contract ends.
const LeastRetrieval = 30 * day

// What no document makes longer, or shorter, since each of these clocks is a promise to the tenant (N, R5): a person
// decides within a day of its first words; a decision can be appealed for half a year; and whoever appeals is answered
// in two weeks.
const (
	MostOurAnswer    = day
	LeastAppeal      = 183 * day
	MostAppealAnswer = 14 * day
)

// What a document that is live promises at least (N, R4, R24): the tenant has an hour to answer; whoever is on call is called
// within an hour of its first words and the second level within two; and what was cleared is for a person for thirty
// days. A document in shadow calls nobody and restricts nobody: it may be one of what not to do.
const (
	LeastTenantAnswer = time.Hour
	MostPage          = time.Hour
	MostSecondLevel   = 2 * time.Hour
	LeastLatch        = 30 * day
)

// LeastHearing is how long a tenant is heard at least before its machines are cut off because of what they compute:
// that hurts nobody else meanwhile.
const LeastHearing = 15 * time.Minute

// LeastContacts is how long contacts are told at least that are none any more, where they were changed
// while a case is open: whoever was put out of reach overnight can say so the next day.
const LeastContacts = day

// LeastTurn is the shortest time in which every contact is tried: the first ones at once, all at half of it.
const LeastTurn = 10 * time.Minute

// WithDefaults fills in what a document leaves out: a page after a quarter of an hour, the
// second level after half an hour, or a quarter and a half of our own time where that is
// shorter; three days for an appeal, one where the tenant is cut off; thirty days to fetch
// data; seven in which contacts from before are told on. Who has one of a pair only is given the other so that the two agree.
func (c Clocks) WithDefaults() Clocks {
	if c.Page == 0 {
		c.Page = min(15*time.Minute, c.OurAnswer/4)
		if c.SecondLevel != 0 {
			c.Page = min(c.Page, c.SecondLevel)
		}
	}
	if c.SecondLevel == 0 {
		c.SecondLevel = max(c.Page, min(30*time.Minute, c.OurAnswer/2))
	}
	if c.AppealAnswer == 0 {
		c.AppealAnswer = max(72*time.Hour, c.AppealDown)
	}
	if c.AppealDown == 0 {
		c.AppealDown = min(24*time.Hour, c.AppealAnswer)
	}
	if c.Contacts == 0 {
		c.Contacts = 7 * day
	}
	if c.Retrieval == 0 {
		c.Retrieval = LeastRetrieval
	}
	return c
}

// AnswerTo is how long the tenant has to answer to what was found: the shortest time of the terms that are met,
// of which one without a time of its own has TenantAnswer.
func (c *Clocks) AnswerTo(terms []evenkeel.Term) time.Duration {
	least := time.Duration(0)
	for i := range terms {
		if t := &terms[i]; t.Weight > 0 && t.Says != "" {
			own, has := c.Answers[t.Name]
			if !has {
				own = c.TenantAnswer
			}
			if least == 0 || own < least {
				least = own
			}
		}
	}
	return cmp.Or(least, c.TenantAnswer)
}
