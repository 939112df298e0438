package judge

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// gaveWay is an enforced measure that was in force, or announced, until another took its place, and when.
type gaveWay struct {
	evenkeel.Beside
	at evenkeel.Moment
}

// during lets notices know all of what is being carried out, while it is: one is written before
// the rest is done. What it returns ends that.
func (w *draft) during(e *procedure.Effect) func() {
	w.effect = e
	return func() { w.effect = nil }
}

// givesWay keeps, of a measure in whose place another comes, what is to be told with that one; also of one that
// was announced and does not begin.
func (w *draft) givesWay(x *evenkeel.Decision, at evenkeel.Moment) error {
	if x.Mode == evenkeel.ModeLive && x.Measure.Enforced() && (x.State == evenkeel.Held || x.State == evenkeel.Proposed) {
		n, err := noticeIn(w.tx, evenkeel.NewNoticeID(x.ID, evenkeel.Held))
		if n != nil {
			w.gave = append(w.gave, gaveWay{evenkeel.Beside{Measure: x.Measure, Assets: x.Assets, State: evenkeel.Superseded, From: n.From}, at})
		}
		return err
	}
	if !enforcing(x) {
		return nil
	}
	b, err := w.toldOf(x, evenkeel.Superseded)
	w.gave = append(w.gave, gaveWay{b, at})
	return err
}

// beside is what was told of other enforced measures, as it is at a moment, once a decision is in its state.
// A letter that says of a lower one only what that is would say that nothing is limited, of
// what was told as limited a minute ago; and of what still is, in other letters.
func (w *draft) beside(x *evenkeel.Decision, at evenkeel.Moment) (out []evenkeel.Beside, err error) {
	if x.State.Over() || x.State == evenkeel.Suppressed {
		return nil, nil
	}
	for _, g := range w.gave {
		same := g.Measure == x.Measure // it was announced and begins, or stays in a new decision: nothing ended
		if x.State == evenkeel.InForce && g.at == at && procedure.Contains(x.Assets, g.Assets) && !same {
			out = append(out, g.Beside)
		}
	}
	for i := range w.dossier.Decisions {
		y := &w.dossier.Decisions[i]
		to := w.becomes(y.ID)
		switch {
		case y.ID == x.ID, !enforcing(y), y.Until <= at:
			continue
		case to == evenkeel.Superseded && (x.State != evenkeel.InForce || !procedure.Contains(x.Assets, y.Assets)), to == evenkeel.Lapsed, to == evenkeel.Lifted:
			continue // another notice says so
		case to != evenkeel.Superseded:
			to = evenkeel.InForce
		}
		b, err := w.toldOf(y, to)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return together(append(out, w.announced(x, at)...)), nil
}

// earlierThan is for when a decision in force was announced, where it begins before that; 0: it was not, or begins no
// earlier. Whoever was told of an hour counts on it.
func (w *draft) earlierThan(x *evenkeel.Decision) (first evenkeel.Moment) {
	for _, g := range w.gave {
		if x.State == evenkeel.InForce && g.at == x.At && g.Measure == x.Measure && g.From > x.From && (procedure.Contains(x.Assets, g.Assets) || procedure.Contains(g.Assets, x.Assets)) {
			first = earlier(first, g.From)
		}
	}
	return first
}

// announced is what else of the case is held and begins after a moment: whoever is asked about one machine until
// tomorrow has to know what waits for another one until five.
func (w *draft) announced(x *evenkeel.Decision, at evenkeel.Moment) (out []evenkeel.Beside) {
	for i := range w.dossier.Decisions {
		y := &w.dossier.Decisions[i]
		if y.ID != x.ID && y.Mode == evenkeel.ModeLive && y.State == evenkeel.Held && y.Measure.Enforced() && y.From > at && w.becomes(y.ID) == 0 {
			out = append(out, evenkeel.Beside{Measure: y.Measure, Assets: y.Assets, State: y.State, From: y.From})
		}
	}
	return out
}

// together puts what is alike into one, with the assets of all: a letter about the fiftieth
// machine does not go through the others one by one.
func together(all []evenkeel.Beside) (out []evenkeel.Beside) {
	for _, b := range all {
		i := slices.IndexFunc(out, func(o evenkeel.Beside) bool {
			return o.Measure == b.Measure && o.State == b.State && o.Undone == b.Undone && o.From == b.From
		})
		if i < 0 {
			b.Assets = slices.Clone(b.Assets)
			out = append(out, b)
			continue
		}
		out[i].Assets = append(out[i].Assets, b.Assets...)
	}
	for i := range out {
		slices.Sort(out[i].Assets)
		out[i].Assets = slices.Compact(out[i].Assets)
	}
	return out
}

// becomes is the state that a decision is yet brought into by what is being carried out; 0: it
// stays as it is.
func (w *draft) becomes(id evenkeel.DecisionID) evenkeel.DecisionState {
	if w.effect == nil {
		return 0
	}
	for _, t := range w.effect.Turns {
		if t.Decision == id {
			return t.To
		}
	}
	if slices.ContainsFunc(w.effect.Instead, func(i procedure.Instead) bool { return i.Of == id && !i.Beside }) {
		return evenkeel.Superseded
	}
	return 0
}

func (w *draft) toldOf(x *evenkeel.Decision, s evenkeel.DecisionState) (evenkeel.Beside, error) {
	as := *x
	as.State = s // of what is over by now it is said whether it was ever carried out
	undone, err := w.undone(&as)
	return evenkeel.Beside{Measure: x.Measure, Assets: x.Assets, State: s, Undone: undone}, err
}

// undone says whether nobody carries a decision's order out, as far as is known; of one in force, whether nobody does any more.
func (w *draft) undone(x *evenkeel.Decision) (bool, error) {
	if !x.Measure.Enforced() {
		return false, nil
	}
	if w.never == nil {
		ids, err := w.tx.Undone(x.Case)
		if err != nil {
			return false, err
		}
		w.never = map[evenkeel.DecisionID]bool{}
		for _, id := range ids {
			w.never[id] = true
		}
	}
	if w.never[x.ID] || x.State != evenkeel.InForce {
		return w.never[x.ID], nil
	}
	o, err := w.tx.Order(evenkeel.NewOrderID(x.ID, false))
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		return false, nil // it is ordered by what is being put
	}
	return err == nil && o.Dispatch.LetGo(), err
}

// due is when a clock of the case runs out that runs after a moment, once what is being carried
// out is; 0 where none does.
func (w *draft) due(k docket.ClockKind, after evenkeel.Moment) evenkeel.Moment {
	clocks := w.dossier.Clocks
	if w.effect != nil {
		clocks = slices.Concat(w.effect.Start, clocks)
	}
	for _, c := range clocks {
		if c.Kind == k && c.Ended == 0 && c.Due > after {
			return c.Due
		}
	}
	return 0
}

// enforcing says whether an enforced measure is in force that the tenant was told of.
func enforcing(x *evenkeel.Decision) bool {
	return x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce && x.Measure.Enforced()
}
