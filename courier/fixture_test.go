package courier

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// written is when the notices of the tests were.
var written = evenkeel.MomentOf(time.Date(2026, 3, 4, 8, 47, 0, 0, time.UTC))

func known(v float64) evenkeel.Reading { return evenkeel.Reading{Value: v, Known: true} }

var (
	pinned = evenkeel.Term{
		Name: "pinned", Family: evenkeel.EvidenceUsage, Value: known(0.9991), Threshold: known(0.995), Weight: 3,
		Says: "The CPU was 99.9 % busy: the mean of 20 one-minute values.",
	}
	fresh = evenkeel.Term{
		Name: "new-machine", Family: evenkeel.EvidenceUsage, Value: known(5400), Threshold: known(604800), Unit: "s", Weight: 1,
		Says: "The machine was created 1 hour 30 minutes ago.",
	}
	stratum = evenkeel.Term{
		Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Value: known(12), Threshold: known(1), Weight: 4,
		Says: "Stratum, the protocol between miners and pools, was recognised in its traffic: 12 flow records, the last one 2 minutes ago.",
	}
	rewritten = evenkeel.Term{
		Name: "authorized-keys-changed", Family: evenkeel.EvidenceProcess, Value: known(1), Threshold: known(1), Weight: 2,
		Says: "The list of keys that may sign in was rewritten, the last time 4 minutes ago.",
	}
	unwalled = evenkeel.Term{
		Name: "firewall-off", Family: evenkeel.EvidenceProcess, Value: known(1), Threshold: known(1), Weight: 2,
		Says: "The firewall of the machine was switched off, the last time 6 minutes ago.",
	}
	syns = evenkeel.Term{
		Name: "syn-flood", Family: evenkeel.EvidenceWire, Value: known(41000), Threshold: known(200), Weight: 4,
		Says: "The machine opened 41,000 connections a second to one address, and finished none.",
	}
	paying = evenkeel.Term{
		Name: "paying-customer", Family: evenkeel.EvidenceUsage, Value: known(21600000), Threshold: known(7776000), Unit: "s", Weight: -2,
		Says: "The tenant has been a customer for 250 days and has paid 1,240 in total.",
	}
)

const (
	clause  = "Machines may not be used to mine crypto-currencies (terms of service, acceptable use)."
	oldHead = "ledger.example.com\n4711\nQmFzZTY0IG9mIGEgcm9vdCB0aGF0IGlzIG5vIHJlYWw=\ntime 2026-03-04T08:46:12Z\n\n" +
		"— ledger.example.com 3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
)

// notice is one about a measure in force.
func notice(m evenkeel.Measure, assets ...evenkeel.AssetID) evenkeel.Notice {
	const d = "d-ujpxgtkyw6krtqg6gjozkcyaxe"
	return evenkeel.Notice{
		ID: evenkeel.NewNoticeID(d, evenkeel.InForce), Case: "c-5ylw5gk4mxs6cc5ckz3i2wnxqe", Decision: d, Tenant: "acme", Family: "mining",
		At: written, State: evenkeel.InForce, Measure: m, Assets: assets,
		From: written, Until: written.Add(4 * time.Hour), Seen: []evenkeel.Term{pinned, fresh, stratum},
		Since: written.Add(-48 * time.Minute), Measured: written.Add(-2 * time.Minute), Clause: clause, Policy: "sha256:5f2b9c", Automatic: true,
		Keeps:    []string{"the machines run on a fifth of their CPU", "network and disks work as before", "data can be read and exported", "backups can be downloaded"},
		AnswerBy: written.Add(24 * time.Hour), PersonBy: written.Add(time.Hour), Appeal: written.Add(183 * 24 * time.Hour), Ledger: oldHead,
	}
}

// turned is a notice about what became of a measure two hours later.
func turned(n evenkeel.Notice, s evenkeel.DecisionState) evenkeel.Notice {
	n.ID, n.State = evenkeel.NewNoticeID(n.Decision, s), s
	if s.Over() {
		n.At, n.AnswerBy, n.PersonBy = written.Add(2*time.Hour), 0, 0
	}
	return n
}

// closed is the notice that the case of another was closed, by a person.
func closed(n evenkeel.Notice, o evenkeel.Outcome, at evenkeel.Moment) evenkeel.Notice {
	n.ID, n.At, n.Outcome, n.Automatic, n.AnswerBy = evenkeel.NewClosingID(n.Case, at), at, o, false, 0
	if n.PersonBy != 0 {
		n.PersonBy = at.Add(time.Hour)
	}
	return n
}

// appealed is the receipt of an appeal against what a notice told.
func appealed(n evenkeel.Notice, at, due evenkeel.Moment) evenkeel.Notice {
	n.Receipt, n.At, n.AnswerBy, n.PersonBy = "R-0A1B2C3D4E", at, 0, due
	n.ID = evenkeel.NewReceiptID(n.Decision, n.Receipt)
	return n
}

// heardOf is the receipt of an answer after a notice: what was announced by it is a person's since.
func heardOf(n evenkeel.Notice) evenkeel.Notice {
	n.ID, n.Receipt, n.Heard, n.AnswerBy = evenkeel.NewHeardID(n.Case, 1), "R-0A1B2C3D4E", true, 0
	n.At = written.Add(10 * time.Minute)
	if n.PersonBy = n.At.Add(time.Hour); n.State == evenkeel.Held {
		n.State = evenkeel.Proposed
	}
	return n
}

// besides is a notice that also tells of another measure on the same assets: that it goes on, or
// ended by this.
func besides(n evenkeel.Notice, s evenkeel.DecisionState, m evenkeel.Measure, undone bool) evenkeel.Notice {
	n.Beside = []evenkeel.Beside{{Measure: m, Assets: n.Assets, State: s, Undone: undone}}
	return n
}

// points is a reason as the console writes it.
const points = "The same image and script as in March, and the network shows the database, no pool.\n\nPoint by point:\n" +
	"1. Does a pool or a known miner speak with the machine?\n   Speaks for the tenant. Only the database.\n" +
	"2. Does the tenant say what runs there?\n   Speaks for the tenant. The nightly export, as in March."

var keptUnderIsolation = []string{
	"the machines keep running with their memory and disks", "console and rescue work", "data can be read and exported", "backups can be downloaded",
}

// scenes are the notices whose letters are kept under testdata, by file.
func scenes() map[string]evenkeel.Notice {
	notify := notice(evenkeel.MeasureNotify, "worker-1", "worker-2", "worker-3", "worker-4", "worker-5", "worker-6", "worker-7", "worker-8", "worker-9", "worker-10")
	notify.Seen, notify.Keeps = []evenkeel.Term{pinned, fresh, paying}, []string{"everything works as before"}
	notify.Until = written.Add(7 * 24 * time.Hour)

	throttle := notice(evenkeel.MeasureThrottle, "m-1", "m-2")
	throttle.Params = map[string]string{"cpu": "20%"}

	isolate := notice(evenkeel.MeasureIsolate, "m-3")
	isolate.Keeps = keptUnderIsolation
	held := turned(isolate, evenkeel.Held)
	held.From, held.AnswerBy = written.Add(30*time.Minute), written.Add(30*time.Minute)
	held.Until = held.From.Add(4 * time.Hour)

	flooded := notice(evenkeel.MeasureChallenge, "shop.example")
	flooded.Family, flooded.Until = "edge", written.Add(time.Hour)
	flooded.Clause = "Where others flood a site, its visitors are asked for a sign that they are people, or see its own page, as far as its settings let the edge go; in an emergency a person has it show that page for a day at most (terms of service, protection of sites)."
	flooded.Since, flooded.Measured, flooded.Seen = written.Add(-3*time.Second), written, []evenkeel.Term{{
		Name: "asks", Family: evenkeel.EvidenceWire, Value: known(4800), Threshold: known(1), Weight: 4,
		Says: "Of 8,600 requests within 10 seconds its edge let 1,520 on to the site, asked 4,800 for a sign that they come from people, refused 0 and told 0 to wait; that took 1.6 seconds of its processors, and kept 2 minutes 20 seconds of work from the site, as it estimates.",
	}}
	flooded.Keeps = []string{"the site answers", "visitors who were here before and those who pass are let in", "data can be read and exported"}

	page := notice(evenkeel.MeasureShut, "shop.example") // by the edge, while visitors press, and by a person until its end
	page.Family, page.Until, page.Clause, page.Since, page.Measured, page.Params = flooded.Family, flooded.Until, flooded.Clause, flooded.Since, flooded.Measured, map[string]string{"when": "pressed"}
	page.Seen = append(flooded.Seen[:1:1], evenkeel.Term{
		Name: "own-page", Family: evenkeel.EvidenceWire, Conclusive: true, Value: known(2), Threshold: known(2), Weight: 4,
		Says: "For 2 of 10 seconds its visitors saw the site's own page; 56,000 requests came.",
	})
	page.Keeps = []string{"the site's own page is shown with what is known", "the machines behind it keep running", "data can be read and exported"}
	stopped := page
	stopped.Params, stopped.Seen, stopped.Since, stopped.Automatic, stopped.PassOn = nil, nil, 0, false, true
	stopped.Says = "It shows orders of other people. We have told your programmer."
	harmed := closed(turned(flooded, evenkeel.Lapsed), evenkeel.OutcomeVictim, written.Add(3*time.Hour))
	harmed.Help, harmed.Says = true, "A flood from 9,000 addresses, which the check held off."

	lapsed := turned(throttle, evenkeel.Lapsed)
	lapsed.At = lapsed.Until

	lifted := turned(throttle, evenkeel.Lifted)
	lifted.Automatic = false
	lifted.Says = "You run a rendering job on these machines, and what we took for Stratum is its job queue. We are sorry for the four hours of slow CPU, which are credited to you."
	cleared := turned(notify, evenkeel.Lifted)
	cleared.Automatic, cleared.Outcome = false, evenkeel.OutcomeFalsePositive
	cleared.Says, cleared.Allowed = points, cleared.At.Add(90*24*time.Hour)

	credited := lifted
	credited.ID, credited.Outcome, credited.Automatic, credited.Says = "n-cr-1", evenkeel.OutcomeFalsePositive, false, "The four hours should not have been."
	credited.Credit = evenkeel.Credit{Amount: "12.50 EUR", Minutes: 480, Assets: 2}

	refused := turned(held, evenkeel.Refused)
	refused.Automatic = false
	refused.Says = "The miner was part of a course that you teach, and it was stopped."
	// How a case ended: with what was seen, at the end of a measure and under one that goes on.
	mismatch := turned(notify, evenkeel.Lifted)
	mismatch.Automatic, mismatch.Outcome, mismatch.Says = false, evenkeel.OutcomePolicyMismatch, "Mining is allowed under your contract."
	confirmed := closed(throttle, evenkeel.OutcomeConfirmed, written.Add(2*time.Hour))
	confirmed.Says = "The pool's account is in your name, and you wrote that the miner is yours."
	victim := closed(turned(throttle, evenkeel.Lapsed), evenkeel.OutcomeVictim, written.Add(30*time.Hour))
	victim.Help = true
	victim.Says = "Somebody got in by a password of the mail server, as its log shows, and started the miner."
	inconclusive := closed(turned(notify, evenkeel.Lapsed), evenkeel.OutcomeInconclusive, written.Add(37*24*time.Hour))
	inconclusive.Automatic, inconclusive.Says = true, ""
	help := notice(evenkeel.MeasureNotify, "vps-1")
	help.Family, help.Help, help.Until = "compromise", true, written.Add(7*24*time.Hour)
	help.Clause = "Whoever rents a machine keeps strangers out of it, and we help where one got in (terms of service, security)."
	help.Seen, help.Keeps = []evenkeel.Term{rewritten, unwalled}, []string{"everything works as before"}
	helpLimit := notice(evenkeel.MeasureLimit, "vps-1")
	helpLimit.Params = map[string]string{"rate": "10000", "syn_rate": "200", "new_flows": "500", "syn_rate_to": "50", "new_flows_to": "100"}
	helpLimit.Family, helpLimit.Help, helpLimit.PassOn = "flood", true, true
	helpLimit.Clause = "Machines may not send floods, scans or amplified traffic at others (terms of service, network)."
	helpLimit.Seen, helpLimit.Keeps = []evenkeel.Term{syns}, []string{"traffic below the limit passes", "services on the machine keep answering", "console and rescue work", "data can be read and exported"}
	undone := throttle
	undone.ID, undone.Undone, undone.Ledger = evenkeel.NewUndoneID(undone.Decision, true), true, ""
	undone.At, undone.PersonBy = written.Add(10*time.Minute), written.Add(70*time.Minute)
	confirmedUndone := confirmed
	confirmedUndone.Undone = true
	lowered := besides(notice(evenkeel.MeasureNotify, "m-1", "m-2"), evenkeel.Superseded, evenkeel.MeasureThrottle, false)
	lowered.Keeps, lowered.AnswerBy = []string{"everything works as before"}, 0
	liftedUndone := lifted
	liftedUndone.Undone, liftedUndone.Says = true, "The job is allowed, and nothing was limited in fact."
	after := undone
	after.ID, after.Undone = evenkeel.NewUndoneID(after.Decision, false), false
	after.At, after.PersonBy = written.Add(90*time.Minute), written.Add(150*time.Minute)
	received := appealed(isolate, written.Add(3*time.Hour), written.Add(27*time.Hour))
	late := appealed(turned(throttle, evenkeel.Lapsed), written.Add(40*24*time.Hour), written.Add(43*24*time.Hour))
	late.Automatic = false
	last := received
	last.LastAppeal = true
	upheld := isolate
	upheld.LastAppeal, upheld.Appeal, upheld.Automatic, upheld.Says = true, 0, false, "The flow records name a pool, and nothing that was said explains it."
	upheld.Appealed, upheld.Upheld = written.Add(-3*time.Hour), true
	stays := notify // a question that a person put anew, since the appeal against it was in vain
	stays.Automatic, stays.AnswerBy, stays.Says = false, 0, upheld.Says
	stays.Appealed, stays.Upheld = written.Add(-time.Hour), true
	staysSolo, granted := stays, lifted
	staysSolo.Solo, granted.Appealed = true, written.Add(-time.Hour)
	clearedOn := cleared // an appeal was open
	clearedOn.Appealed, clearedOn.AppealReceipt, clearedOn.Appeal = written.Add(time.Hour), "R-0A1B2C3D4E", 0
	cutOff := isolate
	cutOff.ID, cutOff.Cut, cutOff.At, cutOff.PersonBy = evenkeel.NewCutID(isolate.Decision, written.Add(10*time.Minute)), true, written.Add(10*time.Minute), written.Add(70*time.Minute)
	alone, heardAlone := lowered, received // of an operator that is one person
	alone.Solo, heardAlone.Solo = true, true
	relisted := held
	relisted.ID, relisted.At = evenkeel.NewContactsID(held.Decision, written.Add(5*time.Minute)), written.Add(5*time.Minute)
	relisted.Contacts = evenkeel.Contacts{Added: []string{"owner"}, Gone: []string{"owner", "billing"}, Until: written.Add(7*24*time.Hour + 5*time.Minute)}
	ahead := besides(isolate, evenkeel.Superseded, evenkeel.MeasureThrottle, false) // in the place of a limit that was announced
	ahead.Beside[0].From = written.Add(30 * time.Minute)
	asked := notify // of some machines, while a limit of others is announced
	asked.Beside = []evenkeel.Beside{{Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"worker-1", "worker-2"}, State: evenkeel.Held, From: written.Add(15 * time.Minute)}}
	asked.AnswerBy = asked.Beside[0].From
	unheld := besides(turned(held, evenkeel.Proposed), evenkeel.InForce, evenkeel.MeasureThrottle, false) // a switch was pulled meanwhile
	unheld.At, unheld.AnswerBy, unheld.PersonBy, unheld.Appeal = held.From, 0, held.From.Add(time.Hour), 0
	sooner := throttle // approved before the time that was announced
	sooner.Automatic, sooner.Announced, sooner.Says = false, written.Add(13*time.Minute), "The pool is known, and the neighbours wait."
	lifts := turned(notify, evenkeel.Lifted) // a question, while a person decides about what was announced
	lifts.Automatic, lifts.Undecided, lifts.Says = false, true, "We have asked enough."
	limitStays := throttle // as the judge writes it: see TestWhatStaysOnAppealHasNotEnded
	limitStays.At, limitStays.From, limitStays.AnswerBy = written.Add(time.Hour), written.Add(time.Hour), 0
	limitStays.PersonBy, limitStays.Automatic, limitStays.Says = limitStays.At.Add(time.Hour), false, upheld.Says
	limitStays.Appealed, limitStays.Upheld = written.Add(15*time.Minute), true
	return map[string]evenkeel.Notice{
		"upheld-limit": limitStays, "cleared-on-appeal": clearedOn, "unheld": unheld, "throttle-sooner": sooner, "question-lifted": lifts,
		"relisted": relisted, "asked-beside-held": asked, "heard": heardOf(held), "heard-stands": heardOf(throttle),
		"lowered-solo": alone, "appealed-solo": heardAlone,
		"cut": cutOff, "appealed": received, "appealed-after": late, "appealed-last": last, "upheld-last": upheld,
		"upheld": stays, "upheld-solo": staysSolo, "lifted-on-appeal": granted,
		"lowered": lowered, "lowered-undone": besides(lowered, evenkeel.Superseded, evenkeel.MeasureThrottle, true), "lifted-undone": liftedUndone,
		"stepped-down":    besides(throttle, evenkeel.Superseded, evenkeel.MeasureIsolate, false),
		"isolate-instead": besides(isolate, evenkeel.Superseded, evenkeel.MeasureThrottle, false),
		"isolate-ahead":   ahead,
		"held-above":      besides(held, evenkeel.InForce, evenkeel.MeasureThrottle, false),
		"undone":          undone, "undone-after": after, "confirmed-undone": confirmedUndone,
		"policy-mismatch": mismatch, "confirmed": confirmed, "victim": victim, "inconclusive": inconclusive,
		"help": help, "help-limit": helpLimit,
		"notify": notify, "throttle": throttle, "isolate-held": held, "isolate": isolate,
		"lapsed": lapsed, "flooded": flooded, "flooded-page": page, "flooded-stopped": stopped, "flooded-harmed": harmed, "lifted": lifted, "cleared": cleared, "credited": credited, "refused": refused,
	}
}

var (
	office = Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com", ReplyTo: "abuse@example.com"}
	doors  = Links{
		Speak: "https://abuse.example.com/t/AmsxAsDtutgGBmMtN2txMgZyYWlzdXAFb3duZXI00E8CKWqv8URg84O4ymEP1",
		Show:  "https://abuse.example.com/t/AmsxAcDtutgGBmMtN2txMgZyYWlzdXAFb3duZXI00E8CKWqv8URg84O4ymEP1",
	}
)
