package courier

import (
	"strings"

	"github.com/evenkeel/evenkeel"
)

// phrases are the words of one language. Those with places for others say in a comment what goes
// in; %s is filled by fill, %d by a number.
type phrases struct {
	lang string // BCP 47

	// Times, numbers and lists.
	clock                         string // a layout of package time, for UTC
	within, lasting, ahead, left  string // a moment, how long after another: to act, to last, until it comes, to last on
	days, hours, minutes, seconds [2]string
	gap                           string            // between two units
	ways                          map[string]string // to the data, as whoever carries measures out declares them
	comma, semicolon, and, more   string            // between items; between the named and the number of the others
	colon, aside                  string
	quote                         string // a sentence of somebody else
	unknown                       string

	// Whom and what.
	resources [2]string // their number
	some      string    // a number phrase, some names
	others    [2]string // how many names were left out
	account   string

	measures [evenkeel.MeasureDeny + 1]measureWords
	states   [evenkeel.Refused + 1]stateWords
	outcomes [evenkeel.OutcomeCovered + 1]outcomeWords

	told    toldWords
	lead    leadWords
	titles  titleWords
	rows    rowWords
	ground  groundWords
	answers answerWords
	foot    footWords
	help    helpWords

	// known translates sentences that come with the program, from their English: what policies
	// keep, and their clauses. gloss says what a term of a built-in rule measures. nil in English.
	known func(english string) (string, bool)
	gloss func(family, term string) (string, bool)
}

// measureWords are the forms of one measure. Each takes the assets, but for name.
type measureWords struct {
	name string // alone
	is   string // it takes effect
	will string // it is announced
	the  string // it, as the subject of a sentence
}

// stateWords are one state's. short takes the measure's name and the assets' number, for the
// subject of a mail; says takes the measure as a subject.
type stateWords struct {
	name, short, says string
}

// outcomeWords are those of how a case was closed. says ends the first line, for those that have
// none of their own.
type outcomeWords struct{ name, says string }

// leadWords are those of the first lines.
type leadWords struct {
	until    string // what is done, its end
	from     string // what will be done, its beginning
	fromThen string // the same, where something is done already
	amounts  string // what it limits, in numbers
	nothing  string // of a notice alone
	itself   string // of a notice beside which others end or stand
	keeps    string // the list of what keeps working
	willKeep string // the same, of what is announced
	ways     string // the ways to the data that were shown to be open, as a list; when

	// Of the ways to the data, where it is not shown that one is open; and of a lawful order by which none is.
	unsure                        string
	lastShown, neverShown         string // when one was last
	askFast                       string // how a person is called
	withheld                      string // the order's reference, its authority, its end
	withheldOnly                  string // that nothing else is taken by it
	meanwhile                     string // what goes on, in the place of the list
	givenBack                     string // the reference, the authority
	withheldShort, givenBackShort string // the subjects
	letGo                         string // after a measure's end

	remindShort string // the subject of a reminder, what it reminds of
	remind      string // the sentence before what it reminds of
	remindNext  string // the same, where it goes to the contacts of the next role
	cutShort    string // the subject where a way to the data is cut, what that is under
	cut         string // the sentences before what that is under, by when a person finds out why

	contactsShort string // the subject where contacts were changed, what holds
	contacts      string // that they were
	contactsThen  string // until when those from before are told, what to do
	contactsCame  string // who came
	contactsGone  string // who is none any more

	appealedShort, upheldShort string // the subjects where an appeal was decided, and in vain; what holds
	appealed                   string // that a person decided on it, when it was made
	upheld, soloUpheld         string // the same, where it stays as it was
	ofReceipt                  string // when an appeal was made, the number of its receipt
	upheldUntil                string // a measure that stays, as the subject, its end

	confirmedShort string // the subject where one who came was confirmed, what holds
	confirmedBy    string // who was, and by which contact
	confirmedByUs  string // who was, by a person of the operator
	// What follows from either.
	confirmedThen, confirmedThenUs string

	untaken  string // of a measure that is not taken
	reason   string // a reason that no person gave
	said     string // a person's reason
	innocent string // what was seen is no verdict

	insteadShort string // the subject of what came in the place of others: its name, theirs, the number
	overNow      string // one of those, as the subject of a sentence, ended
	neverBegan   string // one of those, as the subject, that was announced only
	letGoBefore  string // what was done about those
	unfeltBefore string // what holds where none of them was carried out
	stands       string // another measure goes on, as the subject

	creditShort string // the subject of what was made good, the amount
	credit      string // it: the assets, the amount, for how long
	creditHow   string // what the tenant has to do for it

	clearedShort string // the subject of what was closed in the tenant's favour, the number
	cleared      string // it was not what it looked like, the assets
	permitted    string // it is so, and is allowed, the assets
	free         string // what holds from then on
	allowed      string // that, and that the same may be done, its end

	paperShort string // the subject of what nobody carries out, the measure's name and the number
	paper      string // it, the measure as a subject, its end
	paperAhead string // the same of what is announced
	paperState string // it, in a row

	undoneShort string // the subject of what could not be carried out, the measure's name and the number
	undone      string // it, the measure as a subject
	undoneState string // it, in a row
	unfelt      string // what holds then
	neverLifted string // it, once it is lifted
	neverLapsed string // it, once its time is up
	neverState  string // either, in a row
	then        string // one sentence and another
	goesOn      string // that, and that the case is open
	afterShort  string // the subject of what was carried out after all, the measure's name and the number
	after       string // it, what is done until when

	heardShort    string // the subject of the receipt of an answer, its number
	heard         string // it, when, the number
	heardBy       string // by when a person decides
	heardStops    string // what was announced, as the subject, waits for that
	unheldShort   string // the subject where what was announced waits for a person by itself, the measure's name and the number
	mayBegin      string // what may become of it
	sooner        string // that what began was announced for later, when
	receivedShort string // the subject of the receipt of an appeal, its number
	received      string // it, when, the number, the measure as a subject
	decides       string // by when a person decides on it
	soloDecides   string // the same, where one person works here
	lastOne       string // that it is the last one
	keptUntil     string // what holds until then

	closedShort string // the subject of what was closed otherwise, the number
	closedBy    string // a person closed it, the assets, how
	closed      string // it was closed, the assets, how
	unlimited   string // what holds then, where no measure was
	stays       string // a measure that goes on, what keeps working
}

type titleWords struct{ seen, favour, answer, done, appeal string }

// rowWords name the rows of the statement of reasons. end is when a measure ended.
type rowWords struct {
	measure, state, outcome, assets, from, until, end, decided, clause, source, policy, caseID, decision, notice, receipt, written string
}

// groundWords say who decided and from what.
type groundWords struct {
	machine, person          string
	ourselves, reports, both string // where what was seen comes from
	since                    string // a moment, how long before the notice that was
	measured                 string // the same, and until when the numbers were taken
	numbers                  string // value, threshold
	compared                 string // the same, of what speaks for the tenant
	value                    string // value
	what                     string // what a term measures, its numbers
}

// answerWords say how to answer.
type answerWords struct {
	subject    string // what happened, the case
	before     string // by when we ask for an answer
	stops      string // what an answer does to what is announced
	personBy   string // by when a person decides
	personAny  string // the same, where no answer is asked for: it may have come
	open       string // what the link is called
	reply      string // an address: no link
	replyToo   string // an address: beside the link
	helps      string // what to write
	still      string // after an end
	upheldMore string // once an appeal was decided in vain, where nothing is asked
	undecided  string // after an end, where a person is asked about more
	further    string // once an appeal was taken in
	heardMore  string // once an answer was
	secure     string // what to do after others had got in
	show       string // what the link to pass on is called
	byMail     string // to a machine: who can answer, and how
	looks      string // that the page says who looked
	safe       string // what links cannot do, and what we never ask for
	appeal     string // a moment
	// soloAppeal is the same, where one person works here.
	soloAppeal string
	noAppeal   string // once persons have decided on as many appeals as they do
}

// footWords are the last ones. sign takes the operator; byLink is in the place of auto where nobody is known to read answers by mail.
type footWords struct{ sign, auto, byLink, ledger, ledgerWhy, tooLong string }

// languages are the phrases that there are; the first is spoken to whoever speaks none.
var languages = []*phrases{&english, &chinese}

// speak returns the phrases for a language tag: by its first part, whatever the case.
func speak(tag string) *phrases {
	first, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	for _, p := range languages {
		own, _, _ := strings.Cut(p.lang, "-")
		if strings.EqualFold(first, own) {
			return p
		}
	}
	return languages[0]
}

// theirs returns a sentence of rules or policies in this language: translated where it comes
// with the program, else quoted, with the language that it is in.
func (p *phrases) theirs(s, lang string) saying {
	s = clean(s)
	if p.known != nil {
		if own, ok := p.known(s); ok {
			return saying{Text: own}
		}
	}
	if p.speaks(lang) {
		return saying{Text: s}
	}
	return saying{Text: fill(p.quote, s), Lang: lang}
}

func (p *phrases) speaks(lang string) bool {
	return strings.EqualFold(firstOf(lang), firstOf(p.lang))
}

func firstOf(tag string) string {
	first, _, _ := strings.Cut(tag, "-")
	return first
}
