package watch

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/packet"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/window"
)

// A look is where a rule is weighed: a subject's bytes as of a moment. A final look reads
// closed panes only, those wholly before the moment; a provisional one reads what is there.
type look struct {
	f     *floor
	lr    *laidRule
	at    place
	state state
	when  evenkeel.Moment
	final bool
}

func (l look) revision() evenkeel.Revision {
	if l.final {
		return evenkeel.Final
	}
	return evenkeel.Provisional
}

// holds weighs a rule and says whether it fires; or whether it may, once it is known whose
// the asset is. It asks for facts, which cost a look-up, only when the windows leave it
// possible that the rule fires: an unknown fact never meets a term.
func (e *Engine) holds(l look) bool {
	e.tally.Evaluated++
	lr := l.lr
	for _, fs := range lr.Facts() {
		lr.slots[fs.Slot] = notAsked
	}
	for i, at := range lr.windows {
		l.fill(&lr.Rule.Windows[i], &l.f.windows[at])
	}
	lr.Weigh(lr.slots, &lr.verdict)
	if !lr.verdict.MayFire || lr.verdict.Fires && !lr.asks {
		return lr.verdict.Fires
	}
	subject := e.inform(l)
	lr.Weigh(lr.slots, &lr.verdict)
	return lr.verdict.Fires || lr.verdict.MayFire && l.f.kind == evenkeel.SubjectAsset && subject.holding == nil
}

var (
	notAsked  = ternary.Unknown("not asked yet")
	untold    = ternary.Unknown("no event told it")
	noPanes   = ternary.Unknown("no records in the window")
	noBurst   = ternary.Unknown("no earlier burst")
	fewBursts = ternary.Unknown("too few bursts seen in the cohort")
	noCohort  = ternary.Unknown("a fact that tells the cohort is unknown")
	notSeen   = ternary.Unknown("never seen")
	learning  = ternary.Unknown("still learning what is usual")
)

// set writes a feature's value where the rule reads it.
func (lr *laidRule) set(w *rule.Window, f rule.Feature, v ternary.Value) {
	if i := w.Slot(f); i >= 0 {
		lr.slots[i] = v
	}
}

// end is the last pane that a look reads of a window: of a final one the last that has closed,
// else the one of the moment, or a newer one that a record is in already.
func (l look) end(lw *laidWindow) window.Pane {
	p := window.PaneOf(l.when, lw.Pane)
	if l.final {
		return max(p, 1) - 1
	}
	newest := window.Pane(0)
	switch state := lw.in(l.state); lw.Kind {
	case rule.Mean:
		newest, _ = lw.mean.Newest(state)
	case rule.Sum:
		newest, _ = lw.sum.Newest(state)
	case rule.Top:
		newest, _ = lw.top.Newest(state)
	}
	return max(p, newest)
}

// fill reads a window into the rule's slots. w names the slots; lw, an equal definition,
// knows where the bytes are.
func (l look) fill(w *rule.Window, lw *laidWindow) {
	state := lw.in(l.state)
	switch w.Kind {
	case rule.Mean:
		l.fillMean(w, lw.mean.Read(state, l.end(lw)))
	case rule.Sum:
		l.fillSum(w, lw, lw.sum.Read(state, l.end(lw)))
	case rule.Distinct:
		l.fillDistinct(w, lw, state)
	case rule.Top:
		l.fillTop(w, lw, state)
	case rule.Mark:
		l.fillMark(w, lw.mark.Read(state, l.moment()))
	}
}

// fillMark says of a window that nothing marked that it was not seen; how often and how long
// ago is then unknown.
func (l look) fillMark(w *rule.Window, s window.MarkStats) {
	count, ago := notSeen, notSeen
	if s.Within {
		count = ternary.Int(int64(s.Count))
		ago = ternary.Duration(l.when.Sub(l.marked(s)))
	}
	l.lr.set(w, rule.FeatureSeen, ternary.Bool(s.Within))
	l.lr.set(w, rule.FeatureCount, count)
	l.lr.set(w, rule.FeatureAgo, ago)
}

// marked is when the last mark was, to the second.
func (l look) marked(s window.MarkStats) evenkeel.Moment {
	return evenkeel.Moment(seconds(l.moment()))*evenkeel.Moment(time.Second) - evenkeel.Moment(s.Ago)
}

func (l look) fillMean(w *rule.Window, s window.Stats) {
	lr := l.lr
	lr.set(w, rule.FeaturePanes, ternary.Int(int64(s.Panes)))
	if s.Panes == 0 {
		for _, f := range [...]rule.Feature{rule.FeatureMean, rule.FeatureStddev, rule.FeatureMin, rule.FeatureMax, rule.FeatureCov} {
			lr.set(w, f, noPanes)
		}
		return
	}
	lr.set(w, rule.FeatureMean, ternary.Double(s.Mean))
	lr.set(w, rule.FeatureStddev, ternary.Double(s.Stddev))
	lr.set(w, rule.FeatureMin, ternary.Double(s.Min))
	lr.set(w, rule.FeatureMax, ternary.Double(s.Max))
	if w.Slot(rule.FeatureCov) >= 0 {
		lr.set(w, rule.FeatureCov, ternary.Double(s.Stddev/s.Mean))
	}
}

// fillSum: a window without records knows nothing. That nothing came in may mean that nobody
// measures it.
func (l look) fillSum(w *rule.Window, lw *laidWindow, s window.SumStats) {
	lr, unit := l.lr, lw.unit()
	lr.set(w, rule.FeaturePanes, ternary.Int(int64(s.Panes)))
	count, total, rate, peak := noPanes, noPanes, noPanes, noPanes
	switch {
	case s.Count == 0:
	case w.Of.Event():
		count, peak = ternary.Int(int64(s.Count)), ternary.Int(int64(s.Max))
		rate = ternary.Double(float64(s.Count) / w.For.Seconds())
		total = ternary.Int(int64(s.Amount) * unit)
		if s.Amount == 0 {
			total = untold // what nobody told is not zero
		}
	default:
		total, peak = ternary.Int(int64(s.Amount)*unit), l.peak(w, lw)
		rate = ternary.Double(float64(int64(s.Amount)*unit) / (time.Duration(s.Panes) * w.Pane).Seconds())
	}
	lr.set(w, rule.FeatureCount, count)
	lr.set(w, rule.FeatureSum, total)
	lr.set(w, rule.FeatureRate, rate)
	lr.set(w, rule.FeaturePeak, peak)
	if w.History {
		l.fillOwn(w, window.Peak{}.Read(l.state.rec[lw.burst+burstBytes:]))
	}
	for f := rule.FeatureCohortN; f < rule.Features; f++ {
		lr.set(w, f, notAsked)
	}
}

// peak is the largest pane of a meter.
func (l look) peak(w *rule.Window, lw *laidWindow) ternary.Value {
	if w.Slot(rule.FeaturePeak) < 0 {
		return notAsked
	}
	l.lr.panes = lw.sum.Amounts(l.lr.panes[:0], lw.in(l.state), l.end(lw))
	most := 0.0
	for _, v := range l.lr.panes {
		most = max(most, v.Value)
	}
	return ternary.Int(int64(most) * lw.unit())
}

func (l look) fillOwn(w *rule.Window, p window.PeakStats) {
	most, bursts, age := noBurst, noBurst, noBurst
	if p.Bursts > 0 {
		most, bursts = ternary.Int(int64(p.Largest)), ternary.Int(int64(p.Bursts))
		age = ternary.Duration(l.when.Sub(p.First))
	}
	l.lr.set(w, rule.FeatureOwnMax, most)
	l.lr.set(w, rule.FeatureOwnBursts, bursts)
	l.lr.set(w, rule.FeatureOwnAge, age)
}

func (l look) fillDistinct(w *rule.Window, lw *laidWindow, state []byte) {
	end := l.end(lw)
	if w.Recent == 0 {
		l.lr.set(w, rule.FeatureDistinct, some(lw.distinct.Read(state, end).N))
		return
	}
	s := lw.firsts.Read(state, end, int(w.Recent/w.Pane))
	l.lr.set(w, rule.FeatureDistinct, some(s.N))
	if s.Full || s.Age < int(w.Learn/w.Pane) {
		l.lr.set(w, rule.FeatureNew, learning)
		return
	}
	l.lr.set(w, rule.FeatureNew, ternary.Int(int64(s.New)))
}

// fillTop makes words of where the largest flow went, where a term says it.
func (l look) fillTop(w *rule.Window, lw *laidWindow, state []byte) {
	if w.Slot(rule.FeatureMost) < 0 {
		return
	}
	to := noPanes
	if aims := l.aims(lw, state, 1); len(aims) > 0 {
		to = ternary.String(aims[0].String())
	}
	l.lr.set(w, rule.FeatureMost, to)
}

// aims is where the largest flows of a window went, the largest first.
func (l look) aims(lw *laidWindow, state []byte, most int) (out []evenkeel.Aim) {
	for _, s := range lw.top.Read(nil, state, l.end(lw), most) {
		out = append(out, evenkeel.Aim{Protocol: packet.Name(s.Protocol), Address: s.Address, Port: s.Port, Most: int64(s.Amount)})
	}
	return out
}

// some is a count of what was seen; of nothing, it is not known whether anybody looks.
func some(n int) ternary.Value {
	if n == 0 {
		return noPanes
	}
	return ternary.Int(int64(n))
}

// inform asks the inventory and the baselines for what a rule's terms read, and returns what
// is known of the subject.
func (e *Engine) inform(l look) *subjectFacts {
	lr, known := l.lr, e.factsOf(l)
	known.tell(lr, lr.Facts(), l.when)
	for i := range lr.Rule.Windows {
		if w := &lr.Rule.Windows[i]; w.Cohort != nil {
			known.tell(lr, w.Cohort.Facts(), l.when)
			c, ok := e.cohortOf(lr, w, false)
			l.fillCohort(w, c, ok)
		}
	}
	return known
}
