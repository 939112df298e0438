package judge_test

import (
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What stands here is L, what is left of us once nobody is there any more, and G, what somebody who plays
// the rules gets out of us by words.

// obeyed is what receivers hold by the orders alone that were written until now, as if none came any more.
func (m *machine) obeyed() map[evenkeel.DecisionID]evenkeel.Order {
	out := map[evenkeel.DecisionID]evenkeel.Order{}
	for _, o := range m.orders {
		if o.Lift {
			delete(out, o.Decision)
		} else {
			out[o.Decision] = o
		}
	}
	return out
}

// holdsGone is L: if the control plane died now, receivers would hold what the books say and nothing else, and
// let go of each by its own end: of what a machine entered when the longest lease of it is over at the latest.
func (m *machine) holdsGone() {
	for id, o := range m.obeyed() {
		x := m.decisions[id]
		if x.State != evenkeel.InForce || o.Measure != x.Measure || !slices.Equal(o.Assets, x.Assets) || o.Until != x.Until || o.Until <= o.From {
			m.t.Fatalf("L: receivers hold %s of %v from %s until %s by their orders; the books say %s of %v, %s, until %s", o.Measure, o.Assets, o.From, o.Until, x.Measure, x.Assets, x.State, x.Until)
		}
		if !x.Actor.Automatic() {
			continue
		}
		left := o.Until.Sub(max(m.now, o.From))
		if most := harm[x.Family].lease[o.Measure]; most > 0 && left > most {
			m.t.Fatalf("L: if nobody is there any more, %s by a machine goes on for %s; expected at most its lease of %s", o.Measure, left, most)
		}
		m.left = max(m.left, left)
	}
}

// mostLeases is how many ends of leases there are at most until all is over that nobody finds any more: what
// is held begins, and ends; what stood once more ends.
const mostLeases = 8

// letsGo is L: with nothing found, said or done any more everything ends by itself, in the books and at receivers.
func (m *machine) letsGo() {
	for range mostLeases {
		m.sweep("sweep")
		last := m.now
		for _, o := range m.obeyed() {
			last = max(last, o.Until)
		}
		for k, c := range m.clocks {
			if k.k == docket.ClockHearing && c.Paused == "" {
				last = max(last, c.Due)
			}
		}
		if last == m.now {
			break
		}
		m.now = last
	}
	for _, o := range m.obeyed() {
		m.t.Fatalf("L: nothing comes any more, and receivers hold %s of %v until %s; it is %s", o.Measure, o.Assets, o.Until, m.now)
	}
	m.seen["all let go of"]++
}

// abuses has a tenant flood us with words within minutes, at whatever time of the day it is.
func (m *machine) abuses(name string) {
	a := m.newAct("message")
	if !m.of(&a) {
		return
	}
	c := m.cases[a.Case]
	for range m.draw("words", 3, 9) {
		switch word := pick(m, "word", []string{"appeal", "message", "down", "answer", "appeal", "answered", "extend", "announce"}); word {
		case "announce":
			w := m.newAct(word)
			w.Tenant = c.Tenant
			w.Burst = &evenkeel.Burst{From: m.now, Until: m.now.Add(14 * day), Count: int64(pick(m, "count", []int{4, 20, 100}))}
			m.abuse(w)
		default:
			w := m.newAct(word)
			w.Case = c.ID
			if word == "appeal" {
				w.Decision = m.aDecision(c.ID, func(x *evenkeel.Decision) bool {
					return x.Measure != evenkeel.MeasureNone && x.Mode == evenkeel.ModeLive
				})
			}
			m.abuse(w)
		}
		m.now = m.now.Add(time.Duration(m.draw("minutes later", 0, 3)) * time.Minute)
	}
	m.seen[name]++
}

// abuse says one of many words.
func (m *machine) abuse(a docket.Act) {
	a.ID += " " + m.now.String() + " " + string(a.Decision) + " " + string(rune('a'+len(m.history)%26))
	m.told(a)
}

// checkWords is G: words call nobody but where production is down or something was not appealed yet, once each; they
// bring one receipt at most; and who speaks again does not lose its place, nor win another.
func (m *machine) checkWords(c *docket.Changes) {
	a, calls, may, receipts := m.act, 0, 0, 0
	for _, k := range c.Clocks {
		old, ran := m.clocks[clockKey{k.Case, k.Kind, k.Decision}]
		if ran && old.Due <= a.At {
			return // a clock ran out before: what it calls for is its own
		}
		more := k.Kind == docket.ClockUrgent && ran && k.About != old.About // all was answered, and now production is down
		if !ran && k.Ended == 0 && (k.Kind == docket.ClockAppealAnswer || k.Kind == docket.ClockUrgent) || more {
			may++
		}
	}
	for i := range c.Pages {
		if c.Pages[i].At == a.At {
			calls++
		}
	}
	for i := range c.Notices {
		if c.Notices[i].Receipt != "" {
			receipts++
		}
	}
	if calls > may || receipts > 1 {
		m.t.Fatalf("G: by %s of the tenant %d people are called and %d receipts written; expected %d and one at most", a.Kind, calls, receipts, may)
	}
	m.seen["word of a tenant"]++
	m.seen["people called by a word"] += calls
	for i := range c.Cases {
		x, old := &c.Cases[i], m.cases[c.Cases[i].ID]
		if old != nil && old.Waiting != 0 && x.State != evenkeel.CaseClosed && x.Waiting != old.Waiting {
			m.t.Fatalf("G: by %s the tenant, who waits since %s, waits since %s", a.Kind, old.Waiting, x.Waiting)
		}
	}
}
