package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// caseAct is what all that a person does about a case has in common.
type caseAct struct {
	toServe
	Case string `arg:"" help:"${case_id}"`
	Says string `arg:"" name:"reason" help:"Why, in a sentence: it is kept, and the tenant may read it."`
}

func (c *caseAct) act(kind docket.ActKind) docket.Act {
	return docket.Act{Kind: kind, Case: evenkeel.CaseID(c.Case), Says: c.Says}
}

// points are the answers to the criteria of the family, in their order.
type points struct {
	Point []string `sep:"none" placeholder:"WHOM:WORDS" help:"The answer to the next criterion of the family: for: (it speaks for the tenant), against: or open: (it cannot be told), and what you found. Once for each; without any the refusal lists what is asked."`
}

// reasons is a sentence with the answers.
func (c *points) reasons(says string) (string, error) {
	r := docket.Reasons{Reason: says}
	for i, p := range c.Point {
		whom, note, cut := strings.Cut(p, ":")
		speaks := docket.Speaks(strings.TrimSpace(whom))
		if !cut || speaks.Says() == "" {
			return "", evenkeel.Invalid("--point %q, the answer to criterion %d; expected for:, against: or open:, and words", p, i+1)
		}
		r.Points = append(r.Points, docket.Point{Speaks: speaks, Note: strings.TrimSpace(note)})
	}
	return r.Text(), nil
}

const helpPoints = `
Each criterion of the family is answered, in their order and by --point: for whom it speaks, and what you found. The
strongest innocent explanation is the last, where none of the policy's asks it. Without answers nothing is done, and what is
asked is printed.`

// ofDecision is what a person does about one decision of the case.
type ofDecision struct {
	caseAct
	Decision string `placeholder:"ID" help:"Which decision, by its id or its first 6 characters or more; without it the only one that can be meant."`
}

func (c *ofDecision) decide(ctx context.Context, p *process, kind docket.ActKind, m evenkeel.Measure) error {
	a := c.act(kind)
	a.Decision, a.Measure = evenkeel.DecisionID(c.Decision), m
	return c.send(ctx, p, a)
}

type caseApproveCmd struct {
	ofDecision
	points
	Measure evenkeel.Measure `placeholder:"MEASURE" help:"Which measure takes effect, at most the one that was wanted; without it what the decision is shown as."`
}

// Help is the long help.
func (*caseApproveCmd) Help() string {
	return `A decision that is proposed or held takes effect, and the tenant is told. Without --measure that is what the decision is shown
as: of "throttle, proposed (wanted isolate)" the throttle. Only where it is shown as none, what was wanted takes effect: of
"none, proposed (wanted isolate)" the isolation. More than is shown, up to what was wanted, or less takes effect where
--measure names it. What was approved is printed, and what else was wanted.
` + helpPoints + `

Examples:
  evenkeel case approve --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "What is asked?"
  evenkeel case approve --data ./evenkeel-data --by anna --measure throttle --point "against: Two families, and the pool's name is in the flow." \
    --point "open: Nobody answered." --point "for: A node of a peer-to-peer network, but its ports are not there." c-mrd7ybxxgc4sflmrmg7qmjq2wi "Enough for now."`
}

// Run approves.
func (c *caseApproveCmd) Run(ctx context.Context, p *process) (err error) {
	if c.Says, err = c.reasons(c.Says); err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	return c.decide(ctx, p, docket.ActApprove, c.Measure)
}

type caseRefuseCmd struct {
	ofDecision
}

// Help is the long help.
func (*caseRefuseCmd) Help() string {
	return `A decision that is proposed or held does not take effect.

Example:
  evenkeel case refuse --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "Known customer, known job."`
}

// Run refuses.
func (c *caseRefuseCmd) Run(ctx context.Context, p *process) error {
	return c.decide(ctx, p, docket.ActRefuse, evenkeel.MeasureNone)
}

type caseLowerCmd struct {
	ofDecision
	Measure evenkeel.Measure `required:"" placeholder:"MEASURE" help:"The milder measure that comes in its place."`
}

// Help is the long help.
func (*caseLowerCmd) Help() string {
	return `A milder measure comes in the place of one in force: a lower rung of the ladder that the policy has for the family (evenkeel
policy show prints it), what the measure steps down to, or notify, which is possible from each. One that is not possible is
answered with those that are.

Examples:
  evenkeel case lower --data ./evenkeel-data --by anna --measure notify c-mrd7ybxxgc4sflmrmg7qmjq2wi "They are looking into it."
  evenkeel case lower --data ./evenkeel-data --by anna --measure limit c-mrd7ybxxgc4sflmrmg7qmjq2wi "The flood has gone down."

The second is for floods: under mining there is no limit.`
}

// Run lowers.
func (c *caseLowerCmd) Run(ctx context.Context, p *process) error {
	return c.decide(ctx, p, docket.ActLower, c.Measure)
}

type caseLiftCmd struct {
	ofDecision
}

// Help is the long help.
func (*caseLiftCmd) Help() string {
	return `A measure in force ends now. The case stays open.

Example:
  evenkeel case lift --data ./evenkeel-data --by anna c-mrd7ybxxgc4sflmrmg7qmjq2wi "The machine was rebuilt."`
}

// Run lifts.
func (c *caseLiftCmd) Run(ctx context.Context, p *process) error {
	return c.decide(ctx, p, docket.ActLift, evenkeel.MeasureNone)
}

type caseClearCmd struct {
	caseAct
	points
	Outcome string        `enum:"false_positive,policy_mismatch" default:"false_positive" help:"What was found is not what it looked like (${default}), or it is so and allowed here (policy_mismatch)."`
	Flag    grantFlags    `embed:"" prefix:"flag-"`
	NoFlag  docket.NoFlag `placeholder:"REASON" help:"Why there is no flag: once (it will not happen again), gone (the machines are), rule_at_fault (it is being changed), tenant_wishes."`
}

// Help is the long help.
func (*caseClearCmd) Help() string {
	return `Closes a case in the tenant's favour: what stands ends, and the same behaviour stays clear by a flag. Without a flag a
reason for none is needed, else the next shift would find the same again and know nothing of it.
` + helpPoints + `

Examples:
  evenkeel case clear --data ./evenkeel-data --by anna --flag-principal deploy --flag-count 12 --flag-until 90d \
    --point "for: …" c-mrd7ybxxgc4sflmrmg7qmjq2wi "A batch job: the answer names the script."
  evenkeel case clear --data ./evenkeel-data --by anna --no-flag gone --point "for: …" c-mrd7ybxxgc4sflmrmg7qmjq2wi "They deleted the machines."`
}

// Run clears.
func (c *caseClearCmd) Run(ctx context.Context, p *process) error {
	a, err := c.clearance(evenkeel.MomentOf(p.now()))
	if err != nil {
		return fmt.Errorf("clear case %s: %w", shown(c.Case), cmp.Or(c.closed(ctx), err))
	}
	return c.send(ctx, p, a)
}

// closed says that the case is closed, or nil: whoever would clear it needs to know that before what their flags lack.
func (c *caseAct) closed(ctx context.Context) error {
	books, err := app.Open(c.Data)
	if err != nil {
		return nil // sending says so
	}
	defer books.Close()
	id, err := wholeCase(ctx, books, evenkeel.CaseID(c.Case), "")
	if err != nil {
		return nil
	}
	f, err := books.Folder(ctx, id)
	if err != nil || f.Case.State != evenkeel.CaseClosed {
		return nil
	}
	return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("it was closed at %s as %s", at(f.Case.Since), f.Case.Outcome)}
}

func (c *caseClearCmd) clearance(now evenkeel.Moment) (a docket.Act, err error) {
	if c.Says, err = c.reasons(c.Says); err != nil {
		return a, err
	}
	a = c.act(docket.ActClear)
	if a.Outcome, err = evenkeel.ParseOutcome(c.Outcome); err != nil {
		return a, err
	}
	switch {
	case c.NoFlag != docket.NoFlagMissing && c.Flag.any():
		return a, evenkeel.Invalid("a flag and --no-flag are both given; expected one of them")
	case c.NoFlag != docket.NoFlagMissing:
		a.NoFlag = c.NoFlag
	case c.Flag.any():
		a.Grant, err = c.Flag.grant("flag-", now)
	default:
		err = &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "neither a flag nor a reason for none; expected --flag-… (what it covers, and until when) or --no-flag",
			Hint: "evenkeel help case clear shows both",
		}
	}
	return a, err
}

type caseCloseCmd struct {
	caseAct
	points
	Outcome string `required:"" placeholder:"OUTCOME" enum:"confirmed,victim,inconclusive" help:"confirmed (abuse), victim (the machine was taken over) or inconclusive (what is in force ends)."`
}

// Help is the long help.
func (*caseCloseCmd) Help() string {
	return `Closes a case that was not cleared. To close one in the tenant's favour, clear it: that leaves a flag.
` + helpPoints + `

Example:
  evenkeel case close --data ./evenkeel-data --by anna --outcome victim --point "for: …" c-mrd7ybxxgc4sflmrmg7qmjq2wi "sshd was replaced."`
}

// Run closes.
func (c *caseCloseCmd) Run(ctx context.Context, p *process) (err error) {
	if c.Says, err = c.reasons(c.Says); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	a := c.act(docket.ActClose)
	if a.Outcome, err = evenkeel.ParseOutcome(c.Outcome); err != nil {
		return err
	}
	return c.send(ctx, p, a)
}
