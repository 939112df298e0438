package watch

import "github.com/evenkeel/evenkeel"

func (lr *laidRule) episodeIn(rec []byte) episode {
	return episode(rec[lr.episode : lr.episode+episodeBytes])
}

// provisional weighs a rule at once, when a record has come in, and publishes the first
// time that its condition holds in an episode.
func (e *Engine) provisional(f *floor, lr *laidRule, at place, s state, when evenkeel.Moment) {
	ep, beat := lr.episodeIn(s.rec), f.beatOf(when)
	ep.lapse(beat, lr.quiet)
	if ep.has(episodeProvisional | episodeFinal) {
		return
	}
	l := look{f: f, lr: lr, at: at, state: s, when: when}
	if e.fires(l) {
		ep.hold(beat, episodeProvisional)
		e.publish(l, ep)
	}
}

// final weighs the rules of a subject when one of its beats has closed.
func (e *Engine) final(t task, s state) {
	f := e.floors[t.kind]
	end := f.endOf(t.beat)
	for i := range f.windows {
		if w := &f.windows[i]; w.burst != 0 {
			w.raise(s, end)
		}
	}
	for i := range f.rules {
		lr := &f.rules[i]
		ep := lr.episodeIn(s.rec)
		ep.lapse(t.beat, lr.quiet)
		l := look{f: f, lr: lr, at: t.place(), state: s, when: end, final: true}
		if !e.fires(l) {
			continue
		}
		told := ep.has(episodeFinal)
		ep.hold(t.beat, episodeFinal)
		if !told {
			e.publish(l, ep)
		}
	}
}
