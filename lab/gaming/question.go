package gaming

// Question is what is asked of a policy: how much the best play of a kind gains.
type Question struct {
	Name    string
	From    []Play          // from which Best climbs
	Allowed func(Play) bool // nil: every play
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
		{"mining on pinned CPUs that shows on the wire", from(Play{}), func(p Play) bool { return !p.Hidden && !p.Slack }},
		{"mining that hides on the wire or stays below the rule", from(Play{Hidden: true}), func(p Play) bool { return p.Hidden || p.Slack }},
		{"a flood", from(Play{Flood: true}), nil},
	}
}

// manyAppeals is how often a day an account appeals that wants to tire people out.
const manyAppeals = 24

// Scripts are the plays that were told of abusers, or feared, each alone, and all of a kind at once.
func Scripts(accounts int) []Play {
	out := []Play{
		{}, {Standing: Unknown}, {Answer: true}, {Appeals: manyAppeals}, {Standing: Bought, Announce: true}, {Turns: true}, {Slack: true}, {Hidden: true},
		{Hidden: true, Slack: true}, {Standing: Unknown, Announce: true, Answer: true, Appeals: manyAppeals, Turns: true},
		{Flood: true}, {Flood: true, Standing: Unknown}, {Flood: true, Answer: true}, {Flood: true, Standing: Bought, Announce: true},
		{Flood: true, Standing: Unknown, Answer: true, Appeals: manyAppeals},
	}
	for i := range out {
		out[i].Accounts = accounts
	}
	return out
}

// All is what the accounts of a play would gain if nobody did anything.
func (w World) All(p Play) float64 {
	seconds := w.For.Seconds() * machines * float64(p.Accounts)
	if p.Turns {
		seconds /= machines
	}
	if p.Flood {
		return seconds * pps
	}
	return seconds / 3600 * vcpus
}
