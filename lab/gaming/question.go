package gaming

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Question is what is asked of a policy: how much the best play of a kind gains.
type Question struct {
	Name    string
	Aim     Aim
	From    []Play          // from which Best climbs
	Allowed func(Play) bool // nil: every play
}

// Aim is what a play is for.
type Aim uint8

// The aims.
const (
	ForGain    Aim = iota // CPU-hours, or packets at others where it floods
	ForMinutes            // to wear people out
)

// Worth is what a play is worth to whoever aims at that.
func (a Aim) Worth(g Gain, p Play) float64 {
	if a == ForMinutes {
		return g.Minutes
	}
	return g.Worth(p)
}

// Most is what there is to gain: what the accounts could do if nobody did anything, or all the time
// that people have.
func (a Aim) Most(w World, p Play) float64 {
	if a == ForMinutes {
		return w.Capacity().Minutes()
	}
	return w.All(p)
}

// Questions are those that are asked of every policy, of so many accounts.
func Questions(accounts int) []Question {
	from := func(p Play) []Play {
		p.Accounts = accounts
		q := p
		q.Standing, q.Answer, q.Appeals = Bought, true, manyAppeals
		return []Play{p, q}
	}
	return []Question{
		{"mining on pinned CPUs that shows on the wire", ForGain, from(Play{}), func(p Play) bool { return !p.Hidden && !p.Slack }},
		{"mining that hides on the wire or stays below the rule", ForGain, from(Play{Hidden: true}), func(p Play) bool { return p.Hidden || p.Slack }},
		{"a flood", ForGain, from(Play{Flood: true}), func(p Play) bool { return !p.Hidden && !p.Slack }},
		{"people's time", ForMinutes, from(Play{Flood: true}), func(p Play) bool { return !p.Hidden && !p.Slack }},
		{"people's time, by reports of strangers", ForMinutes, from(Play{Reported: true}), func(p Play) bool { return !p.Hidden && !p.Slack && !p.Turns && !p.Breaks && !p.Announce }},
	}
}

// manyAppeals is how often a day an account appeals that wants to tire people out.
const manyAppeals = 24

// Weekend is the same world from when people leave on a Friday until they come on Monday, with nobody at work
// in between.
func (w World) Weekend() World {
	day := w.Start.Time().Truncate(24 * time.Hour)
	friday := day.AddDate(0, 0, (int(time.Friday-day.Weekday())+7)%7)
	w.Start = evenkeel.MomentOf(friday.Add(time.Duration(w.Closes) * time.Hour))
	w.For, w.Weekends = time.Duration(3*24+w.Opens-w.Closes)*time.Hour, true
	return w
}

// Scripts are the plays that were told of abusers, or feared, each alone, and all of a kind at once.
func Scripts(accounts int) []Play {
	out := []Play{
		{}, {Standing: Unknown}, {Answer: true}, {Appeals: manyAppeals}, {Standing: Bought, Announce: true}, {Turns: true}, {Slack: true}, {Hidden: true},
		{Hidden: true, Slack: true}, {Standing: Unknown, Announce: true, Answer: true, Appeals: manyAppeals, Turns: true},
		{Registers: true, Answer: true}, {Appeals: manyAppeals, Insists: Appeals}, {Appeals: manyAppeals, Insists: Writes},
		{Deaf: true}, {Flood: true, Deaf: true}, {Reported: true, Answer: true}, {Breaks: true}, {Standing: Unknown, Breaks: true, Answer: true}, {Flood: true, Breaks: true},
		{Flood: true}, {Flood: true, Registers: true}, {Flood: true, Standing: Unknown}, {Flood: true, Answer: true}, {Flood: true, Standing: Bought, Announce: true},
		{Flood: true, Standing: Unknown, Answer: true, Appeals: manyAppeals},
	}
	for i := range out {
		out[i].Accounts = accounts
	}
	return out
}

// All is what the machines of a play could do from when their accounts begin, if nobody did anything: whoever
// lets them take turns does half of it by itself.
func (w World) All(p Play) float64 {
	seconds := 0.0
	for i := range p.Accounts {
		seconds += float64(machines*max(0, w.steps()-w.begins(p, i))) * step.Seconds()
	}
	if p.Flood {
		return seconds * pps
	}
	return seconds / 3600 * vcpus
}

// Capacity is the time that people have for cases.
func (w World) Capacity() (all time.Duration) {
	for n := range w.steps() {
		if w.atWork(w.Start.Add(time.Duration(n) * step)) {
			all += time.Duration(w.Persons) * step
		}
	}
	return all
}

// begins is the step in which an account of a play begins.
func (w World) begins(p Play, account int) int {
	if !p.Registers {
		return 0
	}
	return account * w.steps() / p.Accounts
}

func (w World) steps() int { return int((w.For + step - 1) / step) }

func (w World) atWork(at evenkeel.Moment) bool {
	t := at.Time()
	if day := t.Weekday(); w.Weekends && (day == time.Saturday || day == time.Sunday) {
		return false
	}
	h := t.Hour()
	return h >= w.Opens && h < w.Closes
}

// works says whether a machine of an account is at it so many steps after the account began.
func (p Play) works(m, after int) bool {
	return !p.Turns || after/int(time.Hour/step)%machines == m
}
