package procedure

import (
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Shut says until when a site is shut where a person has that done at once, whatever was found of it, and what
// follows: lower measures on the same site give way, and one that shuts it already; and the tenant, who is told, has its time to answer. It is about one site, under a family of harm edge,
// and ends by itself. What it takes to be carried out holds for persons as for machines.
//
// KindInvalid: the act is not what is expected. KindDenied: nobody may do it with these means.
func Shut(d *docket.Dossier, a *docket.Act, fam *policy.Family, m Means) (until evenkeel.Moment, e Effect, err error) {
	until = a.Until
	if until == 0 {
		until = a.At.Add(docket.ShutFor)
		if l := leaseIn(fam, evenkeel.MeasureShut); l > 0 {
			until = a.At.Add(min(max(l, docket.LeastShut), docket.MostShut))
		}
	}
	control := func(r rune) bool { return !unicode.IsPrint(r) }
	switch lacks := m.Lacks(evenkeel.MeasureShut); {
	case a.By == "" || strings.TrimSpace(a.Says) == "":
		return 0, e, evenkeel.Invalid("by %q because of %q; expected the person who does it, and a sentence that says why", a.By, a.Says)
	case len(a.Assets) != 1 || a.Assets[0] == "":
		return 0, e, evenkeel.Invalid("it names %d sites; expected one", len(a.Assets))
	case fam == nil || fam.Harm != policy.HarmEdge:
		return 0, e, failure(evenkeel.KindConflict, "give a family of the policy harm: edge", "the policy has no family of cases about sites")
	case until < a.At.Add(docket.LeastShut) || until > a.At.Add(docket.MostShut):
		return 0, e, failure(evenkeel.KindInvalid, "say it again before that is over, where it is needed longer", "it is to end at %s; expected a minute to a day after %s", until, a.At)
	case len(a.Update) > docket.MostUpdate || strings.ContainsFunc(a.Update, control):
		return 0, e, evenkeel.Invalid("what the page is to say that is new has %d bytes; expected at most %d, in one line of characters that are seen", len(a.Update), docket.MostUpdate)
	case lacks != "":
		return 0, e, failure(evenkeel.KindDenied, "evenkeel gateway stop does it at the edge by hand; for an order let an edge show its canary (docs/gateway.md)", "no site can be shut from here: %s", lacks)
	}
	e.At, e.Decided = a.At, true
	for _, x := range replaced(d.Decisions, fam, evenkeel.MeasureShut, a.Assets) {
		e.Turns = append(e.Turns, Turn{Decision: x.ID, To: evenkeel.Superseded, At: a.At, Why: "A person shut the site."})
	}
	if c := openCase(d); (c == nil || c.State == evenkeel.CaseOpen) && !runs(d, docket.ClockTenantAnswer) && !runs(d, docket.ClockOurAnswer) && !runs(d, docket.ClockReview) {
		e.Start = append(e.Start, docket.Clock{
			Kind: docket.ClockTenantAnswer, Started: a.At, Due: a.At.Add(fam.Clocks.AnswerTo(nil)), Breach: "A person has to look.",
		})
	}
	return until, e, nil
}
