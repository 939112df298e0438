package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// aSwitch is a switch that was pulled some minutes after the start, and asked about by the first of
// some persons, of whom the others were drawn and agreed: two let it go.
func aSwitch(kind docket.SwitchKind, key string, pulled int, words ...evenkeel.PersonID) docket.Switch {
	s := docket.Switch{Scope: docket.Scope{Kind: kind, Key: key}, Pulled: at(pulled), By: "ada", Why: "Stop."}
	for i, by := range words {
		w := &docket.Word{By: by, At: at(pulled + 1 + i), Why: "Mended."}
		if i == 0 {
			s.First = w
			s.Review = &docket.Review{ID: "r-1", Tenant: docket.House, About: docket.AboutRelease, Switch: s.Scope.String(), Opened: w.At, By: by, State: docket.ReviewDrawn, Since: w.At}
		} else {
			s.Second = w
			s.Review.Draws = append(s.Review.Draws, docket.Draw{Round: i, Drawn: by, At: at(pulled + i)})
			s.Review.State = docket.ReviewAgreed
		}
		s.Review.Verdicts = append(s.Review.Verdicts, docket.Verdict{Person: by, At: w.At, Grant: true, Argument: w.Why})
	}
	return s
}

// asked is a switch about which a second person was drawn, some minutes after the start, who is waited for.
func asked(s docket.Switch, by, drawn evenkeel.PersonID, minutes int) docket.Switch {
	o := aSwitch(s.Kind, s.Key, 0, by)
	s.Review = o.Review
	s.Review.Draws = []docket.Draw{{Round: 1, Drawn: drawn, At: at(minutes)}}
	return s
}

// byRule is a decision that rests on a finding of a rule.
func byRule(d evenkeel.Decision, rule string) evenkeel.Decision {
	d.Grounds.Basis = append(d.Grounds.Basis, evenkeel.Basis{Finding: "f-1", Revision: evenkeel.Final, Rule: rule, Version: 2, Terms: []evenkeel.Term{}})
	return d
}

// inOrder are the ids of decisions, sorted.
func inOrder(decisions ...evenkeel.Decision) []evenkeel.DecisionID {
	return slices.Sorted(slices.Values(ids(decisions, decisionID)))
}

func (s *scene) governor(a docket.Asked) (g docket.Governor) {
	s.t.Helper()
	s.transact(func(tx docket.Tx) (err error) {
		g, err = tx.Governor(a)
		return err
	})
	return g
}

var governors = []promise{
	{"a switch is pulled by one, and who is waited for about its release is kept", func(t *testing.T, s *scene) {
		rule, all := aSwitch(docket.SwitchRule, "mining", 0), aSwitch(docket.SwitchGlobal, "", 1)
		drawn := func(minutes int) bool {
			return must(t, func(ctx context.Context) (bool, error) { return s.books.Drawn(ctx, at(minutes)) })
		}
		s.put(docket.Changes{Switches: []docket.Switch{rule, all}})
		same(t, "what is pulled", s.governor(docket.Asked{}).Switches, []docket.Switch{all, rule})
		same(t, "nobody is waited for", drawn(99), false)
		rule = asked(rule, "ada", "ben", 5)
		s.put(docket.Changes{Switches: []docket.Switch{rule}})
		same(t, "while it is asked", s.governor(docket.Asked{}).Switches, []docket.Switch{all, rule})
		same(t, "somebody is waited for", []bool{drawn(4), drawn(5), drawn(6)}, []bool{false, true, true})
		over := *rule.Review
		over.State, rule.Review = docket.ReviewUnseconded, &over
		s.put(docket.Changes{Switches: []docket.Switch{rule}})
		same(t, "after nobody answered", drawn(99), false)
		same(t, "the board", must(t, s.books.Board).Switches, []docket.Switch{all, rule})
	}},
	{"R5: nobody releases a switch alone, twice, undrawn, or what was not pulled", func(t *testing.T, s *scene) {
		one := func(x docket.Switch) docket.Changes { return docket.Changes{Switches: []docket.Switch{x}} }
		both := func(change func(*docket.Switch)) docket.Changes {
			x := aSwitch(docket.SwitchTenant, "raisup", 0, "ada", "ben")
			change(&x)
			return one(x)
		}
		s.refused(one(aSwitch(docket.SwitchTenant, "raisup", 0, "ada", "ben")), evenkeel.KindConflict)
		s.put(one(aSwitch(docket.SwitchTenant, "raisup", 0)))
		s.refused(one(aSwitch(docket.SwitchTenant, "raisup", 3)), evenkeel.KindConflict)
		s.refused(one(aSwitch(docket.SwitchTenant, "raisup", 0, "ada")), evenkeel.KindInvalid)
		s.refused(one(aSwitch(docket.SwitchTenant, "raisup", 0, "ada", "ada")), evenkeel.KindInvalid)
		s.refused(both(func(x *docket.Switch) { x.Review.Draws = nil }), evenkeel.KindInvalid)
		s.refused(both(func(x *docket.Switch) { x.Review.Verdicts = x.Review.Verdicts[:1] }), evenkeel.KindInvalid)
		s.refused(both(func(x *docket.Switch) { x.Review.Verdicts[1].Grant = false }), evenkeel.KindInvalid)
		s.refused(both(func(x *docket.Switch) { x.First = nil }), evenkeel.KindInvalid)
		s.refused(both(func(x *docket.Switch) { x.Review = nil }), evenkeel.KindInvalid)
		s.refused(one(aSwitch(docket.SwitchGlobal, "all", 0)), evenkeel.KindInvalid)
		s.refused(one(aSwitch(docket.SwitchMeasure, "notify", 0)), evenkeel.KindInvalid)
		s.refused(one(aSwitch(0, "x", 0)), evenkeel.KindInvalid)
	}},
	{"budgets, breakers and first times are those that are asked for", func(t *testing.T, s *scene) {
		b := docket.Breaker{Rule: "mining", Hits: []docket.Hit{{Tenant: "raisup", Established: true, At: at(1)}}, Tripped: at(2), Why: "4 of 4.", Reset: &docket.Word{By: "ada", At: at(0), Why: "Mended."}}
		s.put(docket.Changes{
			Budgets:  []docket.Budget{{Key: "b", Full: at(1)}, {Key: "a", Full: at(2)}, {Key: "c", Full: at(3)}},
			Breakers: []docket.Breaker{b, {Rule: "flood"}}, Debuts: []docket.Debut{{Of: "rule mining v1", At: at(1)}, {Of: "policy p", At: at(2)}},
		})
		s.put(docket.Changes{Budgets: []docket.Budget{{Key: "b", Full: at(9)}}, Debuts: []docket.Debut{{Of: "rule mining v1", At: at(7)}}})
		same(t, "the governor", s.governor(docket.Asked{Rule: "mining", Budgets: []string{"b", "a", "z"}, Debuts: []string{"rule mining v1", "rule mining v2"}}), docket.Governor{
			Budgets: []docket.Budget{{Key: "a", Full: at(2)}, {Key: "b", Full: at(9)}}, Breaker: b, Debuts: []docket.Debut{{Of: "rule mining v1", At: at(1)}},
		})
		same(t, "what nobody kept", s.governor(docket.Asked{Rule: "other"}), docket.Governor{})
		same(t, "the board", must(t, s.books.Board).Breakers, []docket.Breaker{{Rule: "flood"}, b})
		same(t, "budgets of the board", must(t, s.books.Board).Budgets, []docket.Budget{{Key: "a", Full: at(2)}, {Key: "b", Full: at(9)}, {Key: "c", Full: at(3)}})
		s.refused(docket.Changes{Budgets: []docket.Budget{{}}}, evenkeel.KindInvalid)
		s.refused(docket.Changes{Breakers: []docket.Breaker{{}}}, evenkeel.KindInvalid)
		s.refused(docket.Changes{Debuts: []docket.Debut{{}}}, evenkeel.KindInvalid)
	}},
	{"what a source sends holds the rules that use it, until it is over or accepted", func(t *testing.T, s *scene) {
		f := docket.Feed{Source: "agents", Input: "cpu-fraction", Since: at(1), At: at(2), Says: "It was 1.", Rules: []string{"mining", "pool"}}
		other := docket.Feed{Source: "flows", Input: "flow-out", Since: at(1), At: at(2), Says: "It was 2.", Rules: []string{"flood"}}
		s.put(docket.Changes{Feeds: []docket.Feed{f, other}})
		same(t, "of a rule", s.governor(docket.Asked{Rule: "pool"}).Feeds, []docket.Feed{f})
		same(t, "of a source", s.governor(docket.Asked{Source: "flows"}).Feeds, []docket.Feed{other})
		same(t, "of neither", s.governor(docket.Asked{}).Feeds, nil)
		same(t, "the board", must(t, s.books.Board).Feeds, []docket.Feed{f, other})
		over, took := f, other
		over.Over, took.Took = at(3), &docket.Word{By: "ada", At: at(3), Why: "It is right."}
		s.put(docket.Changes{Feeds: []docket.Feed{over, took}})
		same(t, "of a rule, once it is over", s.governor(docket.Asked{Rule: "pool"}).Feeds, nil)
		same(t, "of a source, once it is accepted", s.governor(docket.Asked{Source: "flows"}).Feeds, nil)
		same(t, "the board then", must(t, s.books.Board).Feeds, nil)
		s.refused(docket.Changes{Feeds: []docket.Feed{f}}, evenkeel.KindConflict)
		s.refused(docket.Changes{Feeds: []docket.Feed{other}}, evenkeel.KindConflict)
		s.refused(docket.Changes{Feeds: []docket.Feed{{}}}, evenkeel.KindInvalid)
		again := f
		again.Since = at(4)
		s.put(docket.Changes{Feeds: []docket.Feed{again}})
		same(t, "what drifts again", s.governor(docket.Asked{Rule: "mining"}).Feeds, []docket.Feed{again})
	}},
	{"what stands by a rule is what machines enforce or hold, until it is over", func(t *testing.T, s *scene) {
		c, o := aCase("raisup", "mining", 0), aCase("shop", "mining", 0)
		both, held, person, asked, shadow := byRule(byRule(aDecision(c, 1, evenkeel.InForce), "mining"), "pool"), byRule(aDecision(c, 2, evenkeel.Held), "mining"),
			byRule(aDecision(c, 3, evenkeel.InForce), "mining"), byRule(aDecision(c, 4, evenkeel.InForce), "mining"), byRule(aDecision(c, 5, evenkeel.Proposed), "mining")
		person.Actor.Person, asked.Measure, shadow.Mode = "ada", evenkeel.MeasureNotify, evenkeel.ModeShadow
		other := byRule(aDecision(o, 1, evenkeel.InForce), "mining")
		s.put(docket.Changes{Cases: []evenkeel.Case{c, o}, Decisions: []evenkeel.Decision{both, held, person, asked, shadow, other}})
		stands := func(q docket.Standing) []evenkeel.DecisionID {
			return ids(must(t, func(ctx context.Context) ([]evenkeel.Decision, error) { return s.books.Stands(ctx, q) }), decisionID)
		}
		same(t, "of mining", stands(docket.Standing{Rule: "mining"}), inOrder(both, held, other))
		same(t, "of pool", stands(docket.Standing{Rule: "pool"}), []evenkeel.DecisionID{both.ID})
		same(t, "of one tenant", stands(docket.Standing{Tenant: "shop"}), []evenkeel.DecisionID{other.ID})
		same(t, "of one tenant by another rule", stands(docket.Standing{Tenant: "shop", Rule: "pool"}), []evenkeel.DecisionID{})
		both.State, both.At = evenkeel.Lifted, at(9)
		s.put(docket.Changes{Decisions: []evenkeel.Decision{both}})
		same(t, "of all, once one is over", stands(docket.Standing{}), inOrder(held, other))
	}},
}

// governing draws changes of what holds machines back, which may be wrong.
func (w *world) governing(r *rapid.T, c *docket.Changes) {
	person := func(what string) evenkeel.PersonID {
		return rapid.SampledFrom([]evenkeel.PersonID{"ada", "ben", "eve"}).Draw(r, what)
	}
	c.Switches = some(r, "switches", 1, func(r *rapid.T) docket.Switch {
		var words []evenkeel.PersonID
		for i := range few(r, "words") % 2 { // two release it where they work, which books in memory do not know
			words = append(words, person(fmt.Sprint("word ", i)))
		}
		s := aSwitch(docket.SwitchTenant, w.name(fmt.Sprint("t-", few(r, "key"))), few(r, "pulled"), words...)
		s.By = person("by")
		return s
	})
	c.Budgets = some(r, "budgets", 2, func(r *rapid.T) docket.Budget {
		return docket.Budget{Key: w.name(fmt.Sprint("b-", few(r, "budget"))), Full: at(few(r, "full"))}
	})
	c.Breakers = some(r, "breakers", 1, func(r *rapid.T) docket.Breaker {
		return docket.Breaker{Rule: w.name(fmt.Sprint("rule-", few(r, "rule"))), Tripped: at(few(r, "tripped"))}
	})
	c.Debuts = some(r, "debuts", 1, func(r *rapid.T) docket.Debut {
		return docket.Debut{Of: w.name(fmt.Sprint("rule-", few(r, "rule"))), At: at(few(r, "at"))}
	})
	c.Feeds = some(r, "feeds", 1, func(r *rapid.T) docket.Feed {
		f := docket.Feed{Source: w.name(fmt.Sprint("s-", few(r, "source"))), Input: "flow-out", Since: at(few(r, "since") + 1), At: at(9), Says: "x", Rules: []string{w.name(fmt.Sprint("rule-", few(r, "rule")))}}
		if rapid.Bool().Draw(r, "over") {
			f.Over = at(10)
		}
		return f
	})
	for i := range c.Decisions {
		if rapid.Bool().Draw(r, "by a rule") {
			c.Decisions[i] = byRule(c.Decisions[i], w.name(fmt.Sprint("rule-", few(r, "rule"))))
		}
	}
}

// compareGovernors asks both what holds machines back.
func (w *world) compareGovernors(r *rapid.T) {
	var a docket.Asked
	a.Rule = w.name(fmt.Sprint("rule-", few(r, "rule")))
	for n := range 3 {
		a.Budgets, a.Debuts = append(a.Budgets, w.name(fmt.Sprint("b-", n))), append(a.Debuts, w.name(fmt.Sprint("rule-", n)))
	}
	w.ask(r, "the governor", func(b Books) (any, error) {
		return inTx(b, func(tx docket.Tx) (any, error) { return tx.Governor(a) })
	})
	w.ask(r, "the board", func(b Books) (any, error) { return b.Board(context.Background()) })
	for _, q := range []docket.Standing{{Rule: a.Rule}, {Tenant: w.tenants()[0]}, {Rule: a.Rule, Tenant: w.tenants()[1]}} {
		w.ask(r, "what stands", func(b Books) (any, error) { return b.Stands(context.Background(), q) })
	}
}
