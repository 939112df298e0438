package watch

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/window"
)

// retellEvery is how often what goes on is told again. With the lateness, a beat and the way to
// the judge it has to stay below the ten minutes within which the judge counts a thing as found
// still (stillMeasured in judge/procedure): else who never pauses would be let go. A rule whose
// finest pane is longer is told again once a pane, which is too late for that.
const retellEvery = 5 * time.Minute

// retellSoon is how often where a rule looks back no further than that: what it sees may begin again within a minute after a
// person ended a measure, and be over before the stretch is.
const retellSoon = time.Minute

// retellAfter is how often what a rule found is told again while it goes on.
func retellAfter(r *rule.Rule) time.Duration {
	for i := range r.Windows {
		if w := &r.Windows[i]; w.Kind == rule.Mark || w.For > retellSoon {
			return retellEvery
		}
	}
	return retellSoon
}

// retellDue says whether a beat in which the condition holds is the first such in its stretch of
// time. Where a stretch begins differs from partition to partition, so that a fleet of machines
// is not told again all at once; and it depends on closed panes and on names alone, so that the
// order of arrival decides nothing and no state is kept for it.
func (lr *laidRule) retellDue(at place, last, beat uint32) bool {
	shift := uint32(at.part) * lr.retell / evenkeel.Partitions
	return (beat+shift)/lr.retell > (last+shift)/lr.retell
}

// retell tells a finding again whose condition goes on, where what it rests on was seen again in
// the last stretch of time: a mark that lies hours back still makes its rule hold, and shows
// nothing that goes on. What nobody is known to hold is not told again; it is held already.
func (e *Engine) retell(l look, start uint32) {
	seen := l.seenLast()
	if !l.lr.verdict.Fires || seen <= l.when.Add(-time.Duration(l.lr.retell)*l.f.beat) {
		return
	}
	subject, hold := e.subjectOf(l)
	if subject.Kind == evenkeel.SubjectAsset && hold == nil {
		return
	}
	n := l.found(subject, start)
	n.Again, n.Until = true, min(seen, l.when)
	n.From = min(n.From, n.Until)
	e.put(l, n, hold)
}

// seenLast is when a record last came that a met term rests on, to the pane; 0: none did.
func (l look) seenLast() (at evenkeel.Moment) {
	lr := l.lr
	for i := range lr.Terms {
		t := &lr.Terms[i]
		if t.Weight <= 0 || lr.verdict.Met[i] != ternary.True {
			continue
		}
		for _, w := range t.Watches {
			at = max(at, l.newest(&l.f.windows[lr.windows[w]]))
		}
	}
	return at
}

// newest is the end of the last closed pane of a window that holds a record, or the moment of a
// mark. What a rule asks of values that are new says nothing about what goes on.
func (l look) newest(lw *laidWindow) evenkeel.Moment {
	state := lw.in(l.state)
	switch lw.Kind {
	case rule.Mark:
		if s := lw.mark.Read(state, l.moment()); s.Within {
			return l.marked(s)
		}
		return 0
	case rule.Distinct:
		return l.newestValue(lw, state)
	case rule.Mean:
		l.lr.panes = lw.mean.Series(l.lr.panes[:0], state, l.end(lw))
	case rule.Sum:
		l.lr.panes = lw.sum.Series(l.lr.panes[:0], state, l.end(lw))
	}
	p := l.end(lw)
	for i := len(l.lr.panes) - 1; i >= 0; i-- {
		if l.lr.panes[i].Known {
			return (p + 1).Start(lw.Pane)
		}
		if p == 0 {
			break
		}
		p--
	}
	return 0
}

// newestValue is the end of the last closed pane in which a value was told apart.
func (l look) newestValue(lw *laidWindow, state []byte) evenkeel.Moment {
	if lw.Recent > 0 {
		return 0
	}
	end, d := l.end(lw), lw.distinct
	for d.Panes = 1; d.Panes <= lw.distinct.Panes; d.Panes++ {
		if d.Read(state, end).N > 0 {
			return (end + 2 - window.Pane(d.Panes)).Start(lw.Pane)
		}
	}
	return 0
}
