package courier

import (
	"maps"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
)

// done is the statement of reasons in rows: which restriction, where and for how long; who
// decided, on which ground, from what source.
func (t *telling) done() section {
	n, w := t.n, &t.p.rows
	m, state := t.words()
	s := section{Title: t.p.titles.done}
	var rows []row
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, row{name, saying{Text: value}})
		}
	}
	if !t.orders() {
		add(w.measure, m.name)
	}
	switch {
	case t.never():
		state.name = fill(t.p.lead.neverState, state.name)
	case n.Undone:
		state.name = t.p.lead.undoneState
	case t.onPaper():
		state.name = t.p.lead.paperState
	}
	add(w.state, state.name)
	add(w.outcome, t.outcome().name)
	add(w.assets, t.names())
	if n.Measure.Enforced() || t.orders() {
		t.times(add)
	}
	add(w.decided, t.who())
	rows = append(rows, row{w.clause, t.clause()})
	add(w.source, t.source())
	add(w.policy, clean(n.Policy))
	add(w.caseID, clean(string(n.Case)))
	add(w.decision, clean(string(n.Decision)))
	add(w.notice, clean(string(n.ID)))
	add(w.receipt, clean(n.Receipt))
	add(w.written, t.p.at(n.At))
	s.Blocks = []block{{Rows: rows}}
	return s
}

// amounts says what a measure limits that is in force or announced, and that somebody carries out, in numbers.
func (t *telling) amounts() string {
	n := t.n
	if n.State != evenkeel.InForce && n.State != evenkeel.Held || n.Outcome.Cleared() || n.Undone || t.head.OnPaper || n.Heard || t.received() || t.credits() {
		return ""
	}
	numbers := maps.Clone(n.Params)
	delete(numbers, "when") // which the measure's own words say
	en, zh := phrasebook.Amounts(numbers)
	if t.p.speaks("zh") {
		en = zh
	}
	if len(en) == 0 {
		return ""
	}
	return fill(t.p.lead.amounts, clean(strings.Join(en, t.p.semicolon)))
}

// times says from when until when, in the words of what is, will be, or was.
func (t *telling) times(add func(name, value string)) {
	n, w := t.n, &t.p.rows
	if t.never() { // it never began
		return
	}
	switch n.State {
	case evenkeel.Lapsed, evenkeel.Lifted:
		add(w.from, t.p.at(n.From))
		switch {
		case !t.closing() && !t.received():
			add(w.end, t.p.at(n.At))
		case n.State == evenkeel.Lapsed: // it was over before the case was closed
			add(w.end, t.p.at(n.Until))
		}
	case evenkeel.Proposed, evenkeel.Refused, evenkeel.Suppressed, evenkeel.Superseded:
	default:
		add(w.from, t.p.at(n.From))
		add(w.until, t.p.until(n.Until, n.From))
	}
}

// clause quotes the terms, once.
func (t *telling) clause() saying {
	c := t.p.theirs(t.n.Clause, t.lang())
	if c.Lang == "" {
		c.Text = fill(t.p.quote, c.Text)
	}
	return c
}

func (t *telling) who() string {
	if t.n.Automatic {
		return t.p.ground.machine
	}
	return t.p.ground.person
}

// source says whether what was seen was measured by the operator or told by others.
func (t *telling) source() string {
	own, reported := false, false
	for _, x := range t.n.Seen {
		if x.Family == evenkeel.EvidenceReport {
			reported = true
		} else {
			own = true
		}
	}
	switch g := &t.p.ground; {
	case own && reported:
		return g.both
	case reported:
		return g.reports
	case own:
		return g.ourselves
	}
	return ""
}

// answer says how to answer, by when, and by when a person does.
func (t *telling) answer() section {
	w := &t.p.answers
	s := section{Title: t.p.titles.answer, Tone: "answer"}
	add := func(says string) { s.Blocks = append(s.Blocks, block{Text: saying{Text: says}}) }
	over := t.n.State.Over() || t.closed()
	switch {
	case t.n.Heard:
		add(w.heardMore)
	case t.received():
		add(w.further)
	case t.n.Outcome == evenkeel.OutcomeVictim && !t.flooded():
		add(w.secure)
	case over && t.n.Undecided:
		add(w.undecided)
	case over:
		add(w.still)
	case t.n.AnswerBy != 0:
		says := fill(w.before, t.p.by(t.n.AnswerBy, t.n.At))
		if t.n.State == evenkeel.Held || len(t.next()) > 0 {
			says = t.p.sentences(says, w.stops)
		}
		add(says)
	}
	upheld := t.n.Upheld && t.n.AnswerBy == 0 && !over // an answer, and no question
	if upheld {
		add(w.upheldMore)
	}
	if t.n.PersonBy != 0 && !t.received() && !t.n.Heard && !t.orders() && !upheld {
		says := w.personBy
		if t.n.AnswerBy == 0 && !over {
			says = w.personAny
		}
		add(fill(says, t.p.by(t.n.PersonBy, t.n.At)))
	}
	if t.links.Speak != "" {
		s.Blocks = append(s.Blocks, block{Text: saying{Text: w.open}, Link: t.links.Speak, Main: true})
	}
	switch reply := clean(t.head.ReplyTo); {
	case t.machine:
		add(w.byMail)
	case reply != "" && t.links.Speak != "":
		add(fill(w.replyToo, reply))
	case reply != "":
		add(fill(w.reply, reply))
	}
	if !over && !t.received() && !t.n.Heard && !t.helps() && !t.orders() && !upheld {
		add(t.helpful())
	}
	switch {
	case !t.n.PassOn || over:
	case t.flooded():
		add(t.p.help.site.passOn)
	default:
		add(t.p.help.passOn)
	}
	if t.links.Show != "" {
		s.Blocks = append(s.Blocks, block{Text: saying{Text: w.show}, Link: t.links.Show})
	}
	if t.links.Speak != "" || t.links.Show != "" {
		s.Blocks = append(s.Blocks, block{Text: saying{Text: w.looks}, Small: true})
	}
	s.Blocks = append(s.Blocks, block{Text: saying{Text: w.safe}, Small: true})
	return s
}

// appeal says until when the decision can be appealed, and who looks at it then.
func (t *telling) appeal() section {
	words := t.p.answers.appeal
	if t.n.Solo {
		words = t.p.answers.soloAppeal
	}
	says := fill(words, t.p.at(t.n.Appeal))
	switch {
	case t.received(), t.n.Outcome.Cleared():
		return section{}
	case t.n.LastAppeal:
		says = t.p.answers.noAppeal
	case t.n.Appeal == 0:
		return section{}
	}
	return section{Title: t.p.titles.appeal, Blocks: []block{{Text: saying{Text: says}}}}
}
