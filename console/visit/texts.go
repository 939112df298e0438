package visit

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/evidence"
)

// texts are all that the page says in one language. %[n]s is the nth value. Every field is
// filled in every language; a test compares them.
type texts struct {
	Tag, Name, Skip string // of the language, in itself; the link over the head of the page
	Clock           string // how a moment is written, as package time has it
	Blank, Comma    string
	Stop            string // of a sentence
	In, Ago, When   string
	JustNow         string
	Seconds         plural
	Minutes         plural
	Hours           plural
	Days            plural

	// Links that open nothing, and faults of ours.
	NothingTitle, Nothing string
	LaterTitle, Later     string
	// The same, and those further down, where nobody is known to read answers by mail.
	NothingUnread, LaterUnread, OnlyShowsUnread, NotTakenUnread string
	ForeignTitle, Foreign                                       string

	// What happened.
	TitleAsked, TitleDone, TitleHeld, TitleSeen, TitleClosed, TitleBurst string
	TitleOrdered, TitleUnfit, TitlePaper                                 string // of a measure that nobody has confirmed, that nobody carries out, that is on paper
	WhatHappened                                                         string
	PointByPoint, SpeaksFor, SpeaksAgainst, CannotTell                   string // above what was answered point by point; how each answer begins
	ClosedBecause                                                        string // 1 a person's words
	LeadReported                                                         string // 1 what others report about
	TitleReported, Address                                               string
	LeadAsked, LeadDone, LeadHeld, LeadSeen, LeadClosed, LeadBurst       string // 1 machines, 2 what, 3 from, 4 until, 5 what it does
	LeadDecided                                                          string // the same, of what is not known to be carried out
	LeadNext, AnswerStops                                                string // the same as LeadHeld, of what is announced beside something else; what an answer does to it
	Amounts                                                              string // what is limited, in numbers
	LeadOrdered, LeadUnfit, LeadPaper                                    string // what follows on LeadDecided
	StillDone                                                            string // of a closed case; 1 what, 2 machines, 3 until
	StillWorks, Always                                                   string
	FetchTitle, FetchElse                                                string                      // how to fetch data; what to do where a way does not work
	Fetch                                                                map[evenkeel.Measure]string // under the highest measure
	FetchBy                                                              map[evenkeel.Measure]string // the same, where it is known which ways stay open; 1 those
	Ways                                                                 map[string]string           // to the data
	Between                                                              string                      // ways in a list
	KeptUntil, KeptPaused                                                string                      // 1 until when; 1 since when it does not run, 2 what is left
	KeptMeanwhile                                                        string                      // the same, without why
	WaysShown, WaysUnsure                                                string                      // 1 when ways were shown to be open; that they are not
	Withheld, WithheldTitle, WithheldKeeps                               string                      // 1 the order, 2 whose, 3 until when; what goes on meanwhile
	GivenBack                                                            string                      // 1 the order, 2 whose
	AnswerNow, AddNow, WriteNow                                          string
	Account, Machine                                                     string
	Machines, Count                                                      plural
	Families                                                             map[string]string
	Measures                                                             map[evenkeel.Measure]phrase
	Outcomes                                                             map[evenkeel.Outcome]string
	AtSite                                                               siteWords

	// What was seen.
	SeenTitle, SeenNone, SeenFrom string // 1 from, 2 until
	SeenAbout, SeenPrincipal      string // 1 asset; 1 principal
	Trace                         string // title of a picture; 1 of what
	Fact, Measured, Threshold     string
	ForYou                        string // of what speaks for the tenant
	MoreSeen                      plural // of a link to what is not shown
	NewerSeen                     string
	Unknown                       string
	RuleWords                     string
	Quote                         string // a sentence in another language
	// Known translates what the built-in policy says, Gloss says what a built-in rule's term
	// measures. nil: the operator's sentences are read as they are.
	Known func(english string) (string, bool)
	Gloss func(family, term string) (string, bool)
	Plot  evidence.Words

	// What was done.
	DoneTitle, DoneNone                    string
	OnWhat, Since, Until, By, Clause       string
	ByMachine, ByMachineYet, ByPerson      string
	Ended                                  string
	Carried, Confirmed, Unconfirmed, Unfit string // 1 when
	OnPaper                                string
	Begins, BeginsUnless                   string // 1 when

	// When a person answers.
	OweTitle, Owe, OweStep, Late, LateOpen, NotYet, NotYetUnknown, AskBy, AskPast, NobodyWaits, Decided, Object, Objected string
	AppealOpen, AppealLate                                                                                                string // 1 what it is against, 2 by when
	AppealBy, AppealDone                                                                                                  string // 1 by when; 1 when
	SoloObject, SoloOpen, SoloBy, SoloHint                                                                                string // the same as Object, AppealOpen, AppealBy and AppealHint, where one person works here
	AppealLast, AppealKept                                                                                                string
	AppealNoMore                                                                                                          string // 1 what it was against
	Calls                                                                                                                 string // where anybody can be called
	AskBefore                                                                                                             string // the same as AskBy, where something is announced until then
	Stopped, StoppedSo                                                                                                    string // 1 what was announced
	MoreUsed, DownSaid, DoneSaid                                                                                          string // 1 when

	// What was said.
	SaidTitle, SaidNone, YouSaid, YouSaidBy, Numbered     string // 1 when, 2 by whom
	YouMailed, StrangerMailed                             string // 1 when
	ProductionDown, AllAnswered                           string
	Kinds                                                 map[string]string
	Statement                                             map[evenkeel.DecisionState]string // 1 noun of the measure, 2 machines
	Replaced                                              string                            // 1 when
	Reminded, WayCut                                      string                            // as Statement
	ContactPassed, ContactsChanged                        string
	ContactsUntil                                         string // 1 when
	Reason, Check, CheckNotice, CheckPolicy, CheckState   string
	AllowedTitle, Allowed, AllowedAny, AskedOpen, AskedNo string
	AskedYes                                              string // 1 what may run
	AllMachines, SomeMachines, MadeBy                     string

	// How to answer.
	SpeakTitle, SpeakIntro, OnlyShows                            string
	AnswerTitle, AnswerHint, AnswerLabel, DownLabel, DoneLabel   string
	SendAnswer                                                   string
	MessageTitle, MessageHint, MessageLabel, SendMessage         string
	BurstTitle, BurstHint, MachinesLabel, FromLabel, UntilLabel  string
	FromHint, ZoneLabel, ZoneHint, PrincipalLabel, PrincipalHint string
	ForLabel, SendBurst, LengthHint                              string
	AppealTitle, AppealHint, ContestLabel, AppealLabel           string
	Contest                                                      string // 1 what, 2 of which machines, 3 since when
	SendAppeal, NoAppeal, WrongDecision, AppealWaits             string
	ExtendTitle, ExtendHint, ExtendLabel, ExtendTextHint         string // the hint: 1 until when
	SendExtend, NoMore                                           string
	DownTitle, DownHint, SendDown                                string
	AnsweredTitle, AnsweredHint, SendAnswered                    string
	UrgentLabel, UrgentHint                                      string

	// Who came while the case is open.
	NewcomersTitle, Newcomer                         string // of the latter: 1 the role, 2 the address, masked
	VouchIntro, NewcomerLabel, VouchLabel, VouchHint string
	SendVouch, ReceiptVouch, NoNewcomer, VouchAgain  string
	VouchShow, VouchNew, VouchFormer, VouchUnknown   string // why the visitor cannot, and what to do
	PassedBy, PassedByUs                             string // 1 who, 2 when, 3 by which contact

	// Who looked at the case.
	LooksTitle, LooksNone, Looks string // 1 how often, 2 how many people
	LooksTimes, LooksPeople      plural

	ReceiptAppeal                                                 string // 1 when, 2 its number
	ReceiptNumber, ReceiptMore                                    string // 1 the number; 1 until when
	ReceiptTitle, Receipt, ReceiptBy, ReceiptClosed, ReceiptAllow string
	TroubleTitle, NotTaken, NotTakenNow, NoForm, TooBig, NoWords  string
	TroubleOf                                                     string // 1 the page's title
	TooLong                                                       string // 1 by how much
	WrongMachines, WrongTime, WrongZone, WrongFrom, WrongUntil    string
	WrongPrincipal, FieldsWrong, Busy                             string

	// At the foot.
	Foot, FootShow string // 1 until when, 2 as whom
}

// phrase is a measure as a thing and as what it does.
type phrase struct{ Noun, Does string }
