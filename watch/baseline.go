package watch

import (
	"encoding/binary"
	"math"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/sketch"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/window"
)

// baselines are what is usual in each cohort: of every burst that is over, the peak of the
// window's count and of its sum.
type baselines struct {
	cohorts map[cohortKey]*cohort
}

type cohortKey struct {
	window uint64 // digest of the definition
	group  string
}

type cohort struct {
	counts, sums sketch.Histogram
}

// mostCohorts bounds how many groups a rule's expression can make.
const mostCohorts = 4096

// enough is how many bursts beyond a quantile must have been seen, on average, before the
// quantile is stated.
const enough = 10

func (b *baselines) init() { b.cohorts = map[cohortKey]*cohort{} }

// cohortOf returns the cohort of the subject whose facts are in the rule's slots: nil where
// nothing was learnt of it yet, unless make says to make it; not ok where a fact that tells it
// is unknown.
func (e *Engine) cohortOf(lr *laidRule, w *rule.Window, make bool) (c *cohort, ok bool) {
	group, ok := w.Cohort.Of(lr.slots)
	if !ok {
		return nil, false
	}
	key := cohortKey{w.Digest, group}
	c = e.base.cohorts[key]
	if c == nil && make && len(e.base.cohorts) < mostCohorts {
		c = &cohort{}
		e.base.cohorts[key] = c
	}
	return c, true
}

func (l look) fillCohort(w *rule.Window, c *cohort, ok bool) {
	for f := rule.FeatureCohortN; f < rule.Features; f++ {
		if w.Slot(f) < 0 {
			continue
		}
		q, sums := f.Quantile()
		var v ternary.Value
		switch {
		case !ok:
			v = noCohort
		case c == nil:
			v = fewBursts
		case q == 0:
			v = ternary.Int(int64(c.counts.N()))
		case sums:
			v = quantile(&c.sums, q)
		default:
			v = quantile(&c.counts, q)
		}
		l.lr.set(w, f, v)
	}
}

func quantile(h *sketch.Histogram, q float64) ternary.Value {
	if float64(float64(h.N())*(1-q)) < enough-1e-6 {
		return fewBursts
	}
	_, hi := h.Quantile(q)
	return ternary.Int(int64(min(hi, math.MaxInt64)))
}

// A burst in progress: the peaks of its count and of its sum.
type burst []byte

func (b burst) peaks() (count, sum uint32) {
	return binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
}

// going says whether there is a burst: its count began at 1.
func (b burst) going() bool {
	count, _ := b.peaks()
	return count > 0
}

func (b burst) raise(count, sum uint64) {
	c, s := b.peaks()
	binary.LittleEndian.PutUint32(b, max(c, uint32(min(count, math.MaxUint32))))
	binary.LittleEndian.PutUint32(b[4:], max(s, uint32(min(sum, math.MaxUint32))))
}

func (w *laidWindow) burstIn(rec []byte) burst {
	return burst(rec[w.burst : w.burst+burstBytes])
}

// track begins a burst where a record was the first in its window, and plans the look at
// whether it is over.
func (e *Engine) track(f *floor, at place, rec []byte, beat uint32, fed uint64) {
	for i := range f.windows {
		w := &f.windows[i]
		if w.burst == 0 || fed&(1<<i) == 0 {
			continue
		}
		b := w.burstIn(rec)
		if !b.going() {
			b.raise(1, 0)
			e.schedule(e.clock, f, at, beat+uint32(w.For/f.beat), taskBurst)
		}
	}
}

// raise notes the count and the sum of the windows of a closed beat.
func (w *laidWindow) raise(s state, end evenkeel.Moment) uint64 {
	p := window.PaneOf(end, w.Pane)
	if p == 0 {
		return 0
	}
	sum := w.sum.Read(w.in(s), p-1)
	w.burstIn(s.rec).raise(sum.Count, sum.Amount)
	return sum.Count
}

// burstOver enters the bursts of a subject that have ended into its own history and its
// cohort's, and plans another look for those that go on. A burst that a rule is saying
// something about is not learnt: what is being questioned must not become usual.
func (e *Engine) burstOver(t task, s state) {
	f := e.floors[t.floor]
	end := f.endOf(t.beat)
	for i := range f.windows {
		w := &f.windows[i]
		if w.burst == 0 {
			continue
		}
		b := w.burstIn(s.rec)
		count, sum := b.peaks()
		if count == 0 {
			continue
		}
		if w.raise(s, end) > 0 {
			again := t.beat + uint32(w.For/f.beat)
			if newest, ok := head(s.rec).newest(); ok {
				again = max(t.beat+1, newest+uint32(w.For/f.beat))
			}
			e.schedule(e.clock, f, t.place(), again, taskBurst)
			continue
		}
		clear(b)
		if !f.questioned(s.rec, 1<<i) {
			e.learn(f, w, t, s, end, count, sum)
		}
	}
}

// questioned says whether a live rule that watches any of the windows is saying something
// final. A rule in shadow changes nothing, and what is said provisionally depends on the
// order of arrival.
func (f *floor) questioned(rec []byte, windows uint64) bool {
	for i := range f.rules {
		lr := &f.rules[i]
		if lr.mask&windows != 0 && lr.Mode == evenkeel.ModeLive && lr.episodeIn(rec).questioned() {
			return true
		}
	}
	return false
}

func (e *Engine) learn(f *floor, w *laidWindow, t task, s state, end evenkeel.Moment, count, sum uint32) {
	window.Peak{}.Close(s.rec[w.burst+burstBytes:], count, end)
	if w.Cohort == nil {
		return
	}
	for i := range f.rules {
		lr := &f.rules[i]
		for j := range lr.Rule.Windows {
			rw := &lr.Rule.Windows[j]
			if rw.Digest != w.Digest {
				continue
			}
			known := e.factsOf(look{f: f, lr: lr, at: t.place(), state: s, when: end})
			known.tell(lr, rw.Cohort.Facts(), end)
			if c, _ := e.cohortOf(lr, rw, true); c != nil {
				c.counts.Add(uint64(count))
				if sum > 0 { // else nobody told it
					c.sums.Add(uint64(sum))
				}
			}
			return // one entry, however many rules share the window
		}
	}
}
