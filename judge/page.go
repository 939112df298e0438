package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// Rota answers who is called, and whether anybody is at work. Its answers are part of what a
// decision depends on, as policy is: the same rota gives the same answers about a moment.
type Rota interface {
	// OnCall returns who is on call at a level, from 1, at a moment, in the order of calling.
	OnCall(level int, at evenkeel.Moment) []evenkeel.PersonID
	// Lead returns who leads at a moment.
	Lead(at evenkeel.Moment) []evenkeel.PersonID
	// Staffed says whether anybody is at work at a moment.
	Staffed(at evenkeel.Moment) bool
}

// pages turns calls into pages, each with an entry that says whom it is for. Where nobody is
// on call that is an entry too, and the page goes to the lead: silence is what a page is
// against. Without a rota it is for nobody by name, and whoever sends knows where to.
func pages(rota Rota, of *evenkeel.Case, calls []procedure.Call, note func(evenkeel.Entry)) (out []docket.Page) {
	for _, c := range calls {
		p := docket.Page{
			ID: docket.NewPageID(of.ID, c.Level, c.At, c.About), Case: of.ID, Tenant: of.Tenant, Family: of.Family,
			Level: c.Level, At: c.At, Why: withoutAddresses(c.Why), Due: c.Due,
		}
		says, state := fmt.Sprintf("Level %d is called.", c.Level), "paged"
		if rota != nil {
			var nobody bool
			p.For, nobody = called(rota, c.Level, c.At)
			may, level := impartial(rota, &c)
			switch {
			case len(c.Not) > 0 && c.Level < docket.LevelLead && level == docket.LevelLead:
				p.For = bounded(rota.Lead(c.At))
				p.Why += " Nobody who is on call may decide on it: find somebody who may."
				says, state = fmt.Sprintf("Nobody who may decide on it is on call: the lead is called, %s.", persons(p.For)), "nobody_on_call"
				if len(p.For) == 0 {
					says = "Nobody who may decide on it is on call, and there is no lead."
				}
			case len(c.Not) > 0 && level > c.Level:
				p.For = may
				says = fmt.Sprintf("Nobody on call at level %d may decide on it: level %d is called, %s.", c.Level, level, persons(may))
			case len(c.Not) > 0 && c.Level < docket.LevelLead:
				p.For = may
				says = fmt.Sprintf("Level %d is called: %s.", c.Level, persons(may))
			case nobody && len(p.For) > 0:
				says, state = fmt.Sprintf("Nobody was on call at level %d: the lead is called, %s.", c.Level, persons(p.For)), "nobody_on_call"
			case nobody:
				says, state = fmt.Sprintf("Nobody was on call at level %d, and there is no lead.", c.Level), "nobody_on_call"
			default:
				says = fmt.Sprintf("Level %d is called: %s.", c.Level, persons(p.For))
			}
		}
		note(evenkeel.Entry{At: c.At, Kind: evenkeel.EntryClock, Says: says + " " + p.Why, Ref: string(p.ID), State: state})
		out = append(out, p)
	}
	return out
}

// called returns who is called at a level, and whether nobody was on call there.
func called(rota Rota, level int, at evenkeel.Moment) (who []evenkeel.PersonID, nobody bool) {
	if level < docket.LevelLead {
		who = bounded(rota.OnCall(level, at))
	}
	if nobody = len(who) == 0 && level < docket.LevelLead; len(who) == 0 {
		who = bounded(rota.Lead(at))
	}
	return who, nobody || len(who) == 0
}

// impartially completes who may not decide on what people are called for, an appeal: whoever closed the case is one
// of them. Where one person works here, they hear what they decided.
func (w *draft) impartially(calls []procedure.Call) error {
	for i := range calls {
		c := &calls[i]
		if c.About != docket.ActAppeal.String() || w.parts.Rota == nil {
			continue
		}
		if alone, err := w.solo(); alone || err != nil {
			c.Not = nil
			return err
		}
		for level := c.Level; level < docket.LevelLead; level++ {
			for _, p := range bounded(w.parts.Rota.OnCall(level, c.At)) {
				if closed, err := w.tx.Taken(closedBy(w.dossier.Case.ID, p)); err != nil {
					return err
				} else if closed {
					c.Not = append(c.Not, p)
				}
			}
		}
	}
	return nil
}

// impartial returns who of those on call may decide on what is called for, and at which level: the first
// from the call's up at which anybody may. The lead's, with nobody, where none of them may.
func impartial(rota Rota, c *procedure.Call) (who []evenkeel.PersonID, level int) {
	for level = c.Level; level < docket.LevelLead; level++ {
		who = slices.DeleteFunc(bounded(rota.OnCall(level, c.At)), func(p evenkeel.PersonID) bool { return slices.Contains(c.Not, p) })
		if len(who) > 0 {
			return who, level
		}
	}
	return nil, docket.LevelLead
}

// bounded is a list of people, each once, in its order.
func bounded(all []evenkeel.PersonID) (out []evenkeel.PersonID) {
	for _, p := range all {
		if p != "" && !slices.Contains(out, p) && len(out) < docket.MaxPaged {
			out = append(out, p)
		}
	}
	return out
}

func persons(who []evenkeel.PersonID) string {
	out := make([]string, len(who))
	for i, p := range who {
		out[i] = string(p)
	}
	return strings.Join(out, ", ")
}
