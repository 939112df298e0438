package watch

import "github.com/evenkeel/evenkeel"

func (lr *laidRule) episodeIn(rec []byte) episode {
	return episode(rec[lr.episode : lr.episode+lr.episodeSize()])
}

// episodeSize is how many bytes an episode of the rule takes.
func (lr *laidRule) episodeSize() int {
	if lr.classed {
		return episodeBytes + classBytes
	}
	return episodeBytes
}

// provisional weighs a rule at once, when a record has come in.
func (e *Engine) provisional(f *floor, lr *laidRule, at place, s state, when evenkeel.Moment) {
	e.tell(look{f: f, lr: lr, at: at, state: s, when: when}, f.beatOf(when))
}

// final weighs the rules of a subject when one of its beats has closed.
func (e *Engine) final(t task, s state) {
	f := e.floors[t.floor]
	end := f.endOf(t.beat)
	for i := range f.windows {
		if w := &f.windows[i]; w.burst != 0 && w.burstIn(s.rec).going() {
			w.raise(s, end)
		}
	}
	for i := range f.rules {
		e.tell(look{f: f, lr: &f.rules[i], at: t.place(), state: s, when: end, final: true}, t.beat)
	}
}

// tell publishes what a look sees if that was not told in this episode yet. Whether a final
// finding is told depends on closed panes alone, never on what was told provisionally.
func (e *Engine) tell(l look, beat uint32) {
	ep := l.lr.episodeIn(l.state.rec)
	ep.lapse(beat, l.lr.quiet)
	if !e.holds(l) {
		return
	}
	due := l.final && ep.questioned() && l.lr.retellDue(l.at, ep.lastHeld(), beat)
	ep.hold(l.revision(), beat)
	start, isNew := ep.tell(l.revision(), l.lr.aspects(), beat)
	switch {
	case isNew:
		e.publish(l, start)
	case due:
		e.retell(l, start)
	}
}
