package main

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// caseWords is what all that a tenant says about a case has in common, where somebody passes it on.
type caseWords struct {
	toServe
	Contact string `placeholder:"ROLE" help:"Which contact of the tenant said it, by its role such as owner; no address."`
	Case    string `arg:"" help:"${case_id}"`
	Says    string `arg:"" name:"words" help:"What the tenant said, in its own words."`
}

func (c *caseWords) pass(ctx context.Context, p *process, kind docket.ActKind, x string) error {
	return c.send(ctx, p, docket.Act{Kind: kind, Case: evenkeel.CaseID(c.Case), Says: c.Says, Contact: c.Contact, Decision: evenkeel.DecisionID(x)})
}

type caseAnswerCmd struct{ caseWords }

// Help is the long help.
func (*caseAnswerCmd) Help() string {
	return `Passes on what the tenant answered to our question, by telephone or mail. From then on the clock on our answer runs. The
timeline names who passed it on, and with --contact who said it.

Examples:
  evenkeel case answer --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "It is our quarterly batch job."
  evenkeel case answer --data ./evenkeel-data --by anna --contact developer c-mrd7ybxxgc4sflmrmg7qmjq2wi "It is a test."`
}

// Run answers.
func (c *caseAnswerCmd) Run(ctx context.Context, p *process) error {
	return c.pass(ctx, p, docket.ActAnswer, "")
}

type caseAppealCmd struct {
	caseWords
	Decision string `placeholder:"ID" help:"Against which decision, by its id or its first 6 characters or more; without it against the highest in force, or else what was in force last."`
}

// Help is the long help.
func (*caseAppealCmd) Help() string {
	return `Passes on that the tenant appeals against a measure that is or was in force, also of a closed case: as long as the policy lets
it (evenkeel policy show), half a year where it says nothing else. A receipt with a number comes back at once, for the tenant. A
person who did not take the decision decides on it; until somebody has, more words against the same decision are kept, move
nothing back and call nobody again.

Example:
  evenkeel case appeal --data ./evenkeel-data --by anna --contact owner c-mrd7ybxxgc4sflmrmg7qmjq2wi "It is our own test network."`
}

// Run appeals.
func (c *caseAppealCmd) Run(ctx context.Context, p *process) error {
	return c.pass(ctx, p, docket.ActAppeal, c.Decision)
}

type caseExtendCmd struct{ caseWords }

// Help is the long help.
func (*caseExtendCmd) Help() string {
	return `Passes on that the tenant asks for more time to answer, and why. It has as much again as it had, once; a second request is
refused. What is held goes on being held.

Example:
  evenkeel case extend --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "Whoever knows is on a plane until the evening."`
}

// Run asks for time.
func (c *caseExtendCmd) Run(ctx context.Context, p *process) error {
	return c.pass(ctx, p, docket.ActExtend, "")
}

type caseDownCmd struct{ caseWords }

// Help is the long help.
func (*caseDownCmd) Help() string {
	return `Passes on that production is down, whoever of the tenant says so. The case comes to the front and whoever is on call is called,
once until a person has decided; where nobody has in our time to answer, the lead is called.

Example:
  evenkeel case down --data ./evenkeel-data --by anna --contact developer c-mrd7ybxxgc4sflmrmg7qmjq2wi "30,000 users cannot log in."`
}

// Run calls.
func (c *caseDownCmd) Run(ctx context.Context, p *process) error {
	return c.pass(ctx, p, docket.ActDown, "")
}

type caseAnsweredCmd struct{ caseWords }

// Help is the long help.
func (*caseAnsweredCmd) Help() string {
	return `Passes on that all questions are answered, whoever of the tenant says so. The tenant's time to answer ends, the case comes to
the front and whoever is on call is called, once until a person has decided.

Example:
  evenkeel case answered --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "The audit log was the last that was asked for."`
}

// Run calls.
func (c *caseAnsweredCmd) Run(ctx context.Context, p *process) error {
	return c.pass(ctx, p, docket.ActAnswered, "")
}

type caseToldCmd struct {
	toServe
	Contact string `required:"" placeholder:"ROLE" help:"Which contact of the tenant you told, by its role such as owner; no address."`
	How     string `required:"" enum:"phone,post,in_person,messages" placeholder:"WAY" help:"On which way: phone, post, in_person, or messages of another service."`
	When    moment `placeholder:"TIME" help:"When: RFC 3339 or a date; without it now. What was decided later was not told by it."`
	Case    string `arg:"" help:"${case_id}"`
	Says    string `arg:"" name:"reason" help:"What you told them, and how you know who it was, in a sentence."`
}

// Help is the long help.
func (*caseToldCmd) Help() string {
	return `A notice that came back has told nobody, and on whom nobody told nothing above notify is put. Where you told a contact what stands
on another way, say so here: whom, how and when. Its notices are told from then on, by your word, which stands in the timeline
and the ledger. A hearing begins then, and verdicts that waited for it are carried out. What takes two persons takes two as before, and you
are none whom the lot can fall on afterwards. Where they said something, pass it on as an answer instead.

Example:
  evenkeel case told --data ./evenkeel-data --by anna --contact owner --how phone c-mrd7ybxxgc4sflmrmg7qmjq2wi \
    "I read the notice to him at the number of the contract; he named the contract."`
}

// Run tells.
func (c *caseToldCmd) Run(ctx context.Context, p *process) error {
	how, err := docket.ParseHow(c.How)
	if err != nil {
		return err
	}
	return c.send(ctx, p, docket.Act{Kind: docket.ActTold, Case: evenkeel.CaseID(c.Case), Says: c.Says, Contact: c.Contact, Telling: &docket.Telling{How: how, When: c.When.Moment}})
}

type caseConfirmCmd struct {
	toServe
	Contact string `required:"" placeholder:"ROLE" help:"Which contact who came you confirm, by its role such as owner; no address."`
	Listed  moment `placeholder:"TIME" help:"Which list of contacts you read, by its time. Without it nothing is confirmed, and you are told who came and by which list."`
	Case    string `arg:"" help:"${case_id}"`
	Says    string `arg:"" name:"reason" help:"By which second way you checked who it is, in a sentence."`
}

// Help is the long help.
func (*caseConfirmCmd) Help() string {
	return `Contacts that are changed while a case is open are marked as new: they are told all, and take the place of nobody. A contact who was
there before confirms one by the link in its letters. Where none is left who could, you do, once you have asked by a second way: by a number or at
a desk that was known before, never by what came with the change. From then on that contact is known, and can confirm another; it stays so.
All contacts are told, those from before too. It takes the right to grant flags.

Say it once without --listed: you are told who came, with so much of each address that it can be compared, and by which list. Check that one, and say
it again with --listed. Where the list was changed meanwhile nothing is confirmed.

Example:
  evenkeel case confirm --data ./evenkeel-data --by anna --contact owner --listed 2026-03-02T09:40:00Z c-mrd7ybxxgc4sflmrmg7qmjq2wi \
    "I called the number of the contract; she named the invoice of March and the new address."`
}

// Run confirms.
func (c *caseConfirmCmd) Run(ctx context.Context, p *process) error {
	return c.send(ctx, p, docket.Act{Kind: docket.ActConfirm, Case: evenkeel.CaseID(c.Case), Says: c.Says, Confirm: &docket.Confirming{Contact: c.Contact, Listed: c.Listed.Moment}})
}

type caseRenewCmd struct {
	ofDecision
	Until ending `placeholder:"TIME" help:"When it ends now, at most its lease away: RFC 3339, a date, or how long from now, such as 2h; without it as late as its lease allows."`
}

// Help is the long help.
func (*caseRenewCmd) Help() string {
	return `What is in force stands longer, and nothing is decided by it: the tenant still waits, and people are called as before. The step
down at the end of our time to answer is put off, by that time once more and once only. Who needs longer decides: uphold what was
appealed, lower it, lift it, or clear or close the case. A machine's lease that would end is renewed in the same way.

Examples:
  evenkeel case renew --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "I read the answer and ask the network team."
  evenkeel case renew --data ./evenkeel-data --by anna --until 2h c-mrd7ybxxgc4sflmrmg7qmjq2wi "The flood goes on; Ben looks at 12."`
}

// Run renews.
func (c *caseRenewCmd) Run(ctx context.Context, p *process) error {
	now := evenkeel.MomentOf(p.now())
	a := c.act(docket.ActRenew)
	a.Decision, a.Until = evenkeel.DecisionID(c.Decision), c.Until.after(now)
	if a.Until != 0 && a.Until <= now {
		return fmt.Errorf("renew in case %s: %w", shown(c.Case), evenkeel.Invalid("--until is %v; expected a time after now", a.Until))
	}
	return c.send(ctx, p, a)
}

type caseShutCmd struct {
	toServe
	Until  ending `name:"for" placeholder:"TIME" help:"How long, such as 30m, or until when; a minute to a day. Without it as long as the policy has shut last, or an hour."`
	Update string `placeholder:"TEXT" help:"What its page says that is new, in one line: what visitors should know."`
	Site   string `arg:"" help:"The site, by its asset as in its document, such as shop.example."`
	Says   string `arg:"" name:"reason" help:"Why, in a sentence that the tenant reads."`
}

// Help is the long help.
func (*caseShutCmd) Help() string {
	return `The emergency stop of one site: from within seconds on every edge that serves it answers 503 with the site's own page, which says since
when, what is new (--update), and when to look again. Nothing has to have been found. It is one order with an end, which edges keep to though
control is gone; the tenant is told by whom, why and until when, and may appeal; a case is opened where there is none. Said again it takes the place
of what was said before, with its end and its text. To end it sooner: evenkeel case lift.

An edge that is to carry it out has shown by its canary that data is reached meanwhile (docs/gateway.md). Where control cannot be reached, evenkeel gateway
stop does the same at the edge itself, without a case and a notice.

Examples:
  evenkeel case shut --data ./evenkeel-data --by anna --for 30m --update "We are mending the database; orders are safe." shop.example \
    "Its checkout books twice; its owner asked on the phone to stop it."
  evenkeel case shut --data ./evenkeel-data --by anna blog.example "It serves malware to its visitors; the owner is called."`
}

// Run shuts.
func (c *caseShutCmd) Run(ctx context.Context, p *process) error {
	a := docket.Act{Kind: docket.ActShut, Assets: []evenkeel.AssetID{evenkeel.AssetID(c.Site)}, Until: c.Until.after(evenkeel.MomentOf(p.now())), Update: c.Update, Says: c.Says}
	return c.send(ctx, p, a)
}

type caseUpholdCmd struct {
	ofDecision
	points
}

// Help is the long help.
func (*caseUpholdCmd) Help() string {
	return `Finds on an appeal that what was decided stays, with the reason that the tenant reads. It takes a person who did not take the
decision, and did not close the case that the appeal opened again: anybody else is refused. To find for the tenant, lower, lift
or clear. What is in force stays to the end that it had.

A template is refused: the reason has eight words or more and each point three; they name a fact of the case (a term, a finding, or an
entry such as #3), answer what the tenant said (three words of it, or its entry), and are not those that another tenant got.

Where no appeal is open and a way to the tenant's data is cut under a measure, it says that you looked and that it is not the measure
which cuts it: the measure stands, and somebody looks again a day later where the way is cut still. That takes no answers to criteria.
` + helpPoints + `

Example:
  evenkeel case uphold --data ./evenkeel-data --by ben --point "against: …" c-mrd7ybxxgc4sflmrmg7qmjq2wi "You write in #14 that nothing mines. The flows name a pool from #3 on, and the appeal says nothing of it."`
}

// Run upholds.
func (c *caseUpholdCmd) Run(ctx context.Context, p *process) (err error) {
	if c.Says, err = c.reasons(c.Says); err != nil {
		return fmt.Errorf("uphold: %w", err)
	}
	return c.decide(ctx, p, docket.ActUphold, evenkeel.MeasureNone)
}
