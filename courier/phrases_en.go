package courier

import "github.com/evenkeel/evenkeel"

var english = phrases{
	lang:    "en",
	clock:   "2 January 2006, 15:04 UTC",
	within:  "%s (within %s)",
	lasting: "%s (for %s)",
	ahead:   "%s (in %s)",
	days:    [2]string{"%d day", "%d days"}, hours: [2]string{"%d hour", "%d hours"},
	minutes: [2]string{"%d minute", "%d minutes"}, seconds: [2]string{"%d second", "%d seconds"},
	gap: " ", comma: ", ", semicolon: "; ", and: " and ", more: "%s and %s",
	colon: ": ", aside: "(%s)",
	quote: "“%s”", unknown: "not known",

	resources: [2]string{"%d resource", "%d resources"},
	some:      "%s (%s)",
	others:    [2]string{"%d other", "%d others"},
	account:   "your account",

	measures: [...]measureWords{
		evenkeel.MeasureNone: {
			"Record only", "What we saw on %s was recorded, and nothing was done",
			"What we saw on %s will be recorded, and nothing will be done", "The record about %s",
		},
		evenkeel.MeasureNotify: {
			"Question", "We saw something on %s that we need to ask you about.",
			"We will ask you about something that we saw on %s", "The question about %s",
		},
		evenkeel.MeasureChallenge: {
			"Check of visitors", "Visitors of %s pass a short check before they are let in",
			"Visitors of %s will pass a short check before they are let in", "The check of visitors of %s",
		},
		evenkeel.MeasureShut: {
			"Notice page", "Visitors of %s see a notice page",
			"Visitors of %s will see a notice page", "The notice page in place of %s",
		},
		evenkeel.MeasureLimit: {
			"Limit on outgoing traffic", "Outgoing traffic of %s is limited",
			"Outgoing traffic of %s will be limited", "The limit on outgoing traffic of %s",
		},
		evenkeel.MeasureDropFlow: {
			"Block of one kind of outgoing traffic", "One kind of outgoing traffic of %s is blocked",
			"One kind of outgoing traffic of %s will be blocked", "The block of one kind of outgoing traffic of %s",
		},
		evenkeel.MeasureThrottle: {
			"CPU limit", "The CPU of %s is limited",
			"The CPU of %s will be limited", "The CPU limit on %s",
		},
		evenkeel.MeasureFreeze: {
			"Hold on changes", "New changes to %s are held back",
			"New changes to %s will be held back", "The hold on changes to %s",
		},
		evenkeel.MeasureIsolate: {
			"Network isolation", "The network of %s is isolated",
			"The network of %s will be isolated", "The network isolation of %s",
		},
		evenkeel.MeasureSuspend: {
			"Pause", "The operation of %s is paused",
			"The operation of %s will be paused", "The pause of %s",
		},
		evenkeel.MeasureDeny: {
			"End of contract", "The contract for %s ends once you have retrieved your data",
			"The contract for %s will end once you have retrieved your data", "The end of the contract for %s",
		},
	},
	states: [...]stateWords{
		{"not known", "%s: %s", "%s is in a state that we cannot name here."},
		evenkeel.Proposed:   {"proposed; a person decides", "%s proposed: %s", "%s was proposed and waits for a person's decision."},
		evenkeel.Held:       {"announced; not in force yet", "%s announced: %s", "%s was announced."},
		evenkeel.InForce:    {"in force", "%s: %s", "%s is in force."},
		evenkeel.Lapsed:     {"ended by itself", "%s ended: %s", "%s has ended by itself, because its time was up."},
		evenkeel.Lifted:     {"lifted", "%s lifted: %s", "%s was lifted."},
		evenkeel.Superseded: {"replaced", "%s replaced: %s", "%s was replaced by another decision, of which you are told separately."},
		evenkeel.Suppressed: {"not taken, because a clearance covers it", "%s not taken: %s", "%s does not go ahead, because a clearance covers what was seen."},
		evenkeel.Refused:    {"not taken", "%s not taken: %s", "%s does not go ahead."},
	},
	outcomes: [...]outcomeWords{
		evenkeel.OutcomeConfirmed:      {"confirmed", "what was seen is so, and the terms do not allow it."},
		evenkeel.OutcomeVictim:         {"somebody else had got in", "somebody else had got in there and did it, not you."},
		evenkeel.OutcomePolicyMismatch: {"allowed, in your favour", ""},
		evenkeel.OutcomeFalsePositive:  {"not what it looked like, in your favour", ""},
		evenkeel.OutcomeInconclusive:   {"not found out", "what it was has not been found out."},
		evenkeel.OutcomeCovered:        {"covered by a clearance", "a clearance covers it."},
	},

	lead: leadWords{
		until:    "%s until %s.",
		from:     "%s from %s on, unless a person decides otherwise before. Nothing has been done so far.",
		nothing:  "Nothing was limited, changed or switched off. Everything works as before.",
		keeps:    "What keeps working: %s.",
		willKeep: "What will keep working: %s.",
		letGo:    "Our systems have been told to let go of everything that it limited. If something is still not as before, tell us.",
		untaken:  "Nothing was limited, changed or switched off by it.",
		reason:   "The reason: %s",
		said:     "The person who decided writes: %s",
		innocent: "This is what was measured. It is not a verdict: there may be a good reason for it, and you know best which.",

		clearedShort: "Closed in your favour: %s",
		cleared:      "A person looked at what we saw on %s and closed it in your favour: it was not what it looked like. We are sorry for the trouble.",
		permitted:    "A person looked at what we saw on %s and closed it in your favour: you may do this.",
		free:         "Nothing is held against you, and nothing is limited any more.",
		allowed:      "%s The same is not asked about again and leads to no measure until %s, as far as the person has written down. Your page shows how far.",

		undoneShort:  "%s could not be carried out: %s",
		undone:       "%s, of which we wrote to you, could not be carried out.",
		undoneState:  "decided; could not be carried out",
		unfelt:       "As far as we know, nothing of yours is limited by it.",
		closedUndone: "%s %s",
		goesOn:       "%s The case goes on, and you can answer as before.",
		afterShort:   "%s carried out after all: %s",
		after:        "%s We wrote to you that this could not be carried out; it has been carried out after all.",

		closedShort: "Case closed: %s",
		closedBy:    "A person looked at what we saw on %s and closed the case: %s",
		closed:      "The case about what we saw on %s was closed: %s",
		unlimited:   "Nothing is limited because of it.",
		stays:       "What was decided stays until its end: %s %s",
	},
	titles: titleWords{
		seen: "What we saw", favour: "What speaks for you", answer: "How to answer", done: "The decision", appeal: "If you disagree",
	},
	rows: rowWords{
		measure: "Measure", state: "State", outcome: "Case closed as", assets: "Concerns", from: "From", until: "Until", end: "Ended",
		decided: "Decided by", clause: "Ground in the terms", source: "What was seen comes from",
		policy: "Policy", caseID: "Case", decision: "Decision", notice: "Notice", written: "Written",
	},
	ground: groundWords{
		machine:   "a machine, under the policy named below; no person took part",
		person:    "a person",
		ourselves: "our own measurements and records, by automatic rules",
		reports:   "reports of others",
		both:      "our own measurements and records, by automatic rules, and reports of others",
		since:     "Since %s, which was %s before this notice was written:",
		numbers:   "measured: %s; held against: %s",
		value:     "measured: %s",
		what:      "%s: %s",
	},
	answers: answerWords{
		subject:  "%s (case %s)",
		before:   "Please answer by %s.",
		personBy: "If you answer at once, a person decides by %s at the latest.",
		open:     "Read the evidence and answer",
		reply:    "Answer by replying to this mail, or write to %s.",
		replyToo: "You can also reply to this mail, or write to %s.",
		helps:    "It helps us if you say what runs there and what it is for, whether you knew of it, and whether something of yours is down now.",
		still:    "There is nothing that you have to do. If something is not right, write to us: a person reads it.",
		secure:   "Whoever got in once can get in again: change the passwords and keys there, or build it anew from an image or a backup that you trust. If you need help or something is not right, write to us: a person reads it.",
		show:     "A link to pass on: whoever has it can read, and cannot answer for you",
		safe:     "Opening a link changes nothing, and no answer by link or mail can change your contacts or your account. We never ask for a password.",
		appeal:   "Until %s you can ask for this decision to be looked at again, in the same ways. It costs nothing, and a person reads it.",
	},
	foot: footWords{
		sign:      "%s",
		auto:      "This mail was sent by a program. Answers to it are read by people.",
		ledger:    "Head of the ledger before this decision",
		ledgerWhy: "Keep these lines as they are: with them anyone can check later that the record of decisions was not changed.",
		tooLong:   "It is too long for a mail; ask us for it.",
	},
}
