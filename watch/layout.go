package watch

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/window"
)

// A floor is what is kept for each subject of one kind: the rules about it that have the same
// finest pane, and where in a subject's bytes each of their windows lies. Windows of equal
// definition are kept once. Rules of another grain have a floor of their own, so that adding
// one changes nothing in what the others find, nor in the ids.
type floor struct {
	index    uint8 // among the engine's floors
	kind     evenkeel.SubjectKind
	beat     time.Duration // the finest pane: how often panes close
	wide     uint32        // the widest pane, in beats
	memory   uint32        // seconds of silence after which nothing of a subject matters
	size     int           // bytes of a subject
	rareSize int           // bytes of its rare windows
	rules    []laidRule
	windows  []laidWindow
	byKind   [evenkeel.KindRequest + 1][]int // windows by kind of record
	meters   uint32                          // whose readings any window takes, by number
}

type laidRule struct {
	*rule.Rule
	mask    uint64 // windows that it watches
	windows []int
	episode int    // offset
	quiet   uint32 // beats
	retell  uint32 // beats
	asks    bool   // it reads facts or a cohort
	classed bool   // it has several terms about reports, and each is told

	// Scratch for one verdict.
	slots   []ternary.Value
	verdict rule.Verdict
	panes   []evenkeel.Reading
}

type laidWindow struct {
	*rule.Window
	at, size int // offset and bytes, of the subject's or of its rare windows
	rare     bool
	mean     window.Mean
	sum      window.Sum
	distinct window.Distinct
	firsts   window.Firsts // instead of distinct, where the rule asks what is new
	mark     window.Mark
	top      window.Top
	burst    int // offset of the burst's state in the subject where history or a cohort is kept, else 0
}

// nothing is what a rare window reads where no record ever came.
var nothing [rule.MaxState * 8]byte

// in returns the window's bytes.
func (w *laidWindow) in(s state) []byte {
	switch {
	case !w.rare:
		return s.rec[w.at : w.at+w.size]
	case s.rare == nil:
		return nothing[:w.size]
	}
	return s.rare[w.at : w.at+w.size]
}

// Bytes are kept in units of 1 KiB, so that a pane of 32 bits holds 4 TiB.
const kibibyte = 1024

// A burst in progress: the peaks of its count and of its sum so far, then its history.
const burstBytes = 8

// peakBytes is what the history takes.
var peakBytes = window.Peak{}.Size()

// forgetAfter is how long history is kept for a silent subject.
const forgetAfter = 90 * 24 * time.Hour

// layOut compiles rules into floors, ordered by kind and grain. It refuses windows whose
// panes do not fit together.
func layOut(rules []*rule.Rule, lateness time.Duration) ([]*floor, error) {
	type ground struct {
		kind evenkeel.SubjectKind
		beat time.Duration
	}
	groups := map[ground][]*rule.Rule{}
	for _, r := range rules {
		g := ground{r.Subject, grain(r)}
		groups[g] = append(groups[g], r)
	}
	order := slices.SortedFunc(maps.Keys(groups), func(a, b ground) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.beat, b.beat))
	})
	if len(order) > math.MaxUint8 {
		return nil, evenkeel.Invalid("rules of %d different grains; expected at most %d", len(order), math.MaxUint8)
	}
	var floors []*floor
	for i, g := range order {
		f := &floor{index: uint8(i), kind: g.kind, beat: g.beat, wide: 1, size: headerBytes}
		if err := f.build(groups[g], lateness); err != nil {
			return nil, err
		}
		floors = append(floors, f)
	}
	return floors, nil
}

// grain is a rule's finest pane; a minute where it has no panes.
func grain(r *rule.Rule) time.Duration {
	finest := time.Duration(0)
	for i := range r.Windows {
		if p := r.Windows[i].Pane; p > 0 && (finest == 0 || p < finest) {
			finest = p
		}
	}
	return cmp.Or(finest, time.Minute)
}

func (f *floor) build(rules []*rule.Rule, lateness time.Duration) error {
	seen := map[uint64]int{}
	for _, r := range rules {
		lr := laidRule{Rule: r, slots: make([]ternary.Value, r.Slots()), episode: f.size, asks: len(r.Facts()) > 0}
		reports := 0
		for i := range r.Terms {
			if r.Terms[i].Family == evenkeel.EvidenceReport && r.Terms[i].Weight > 0 {
				reports++
			}
		}
		lr.classed = reports > 1
		f.size += lr.episodeSize()
		lr.quiet = uint32((r.Quiet + f.beat - 1) / f.beat)
		lr.retell = uint32((retellAfter(r) + f.beat - 1) / f.beat)
		for i := range r.Windows {
			w := &r.Windows[i]
			at, ok := seen[w.Digest]
			if !ok {
				at = len(f.windows)
				seen[w.Digest] = at
				if err := f.lay(r, w, lateness); err != nil {
					return err
				}
			}
			lr.windows = append(lr.windows, at)
			lr.mask |= 1 << at
			lr.asks = lr.asks || w.Cohort != nil
		}
		f.rules = append(f.rules, lr)
	}
	if len(f.windows) > 64 {
		return evenkeel.Invalid("rules about a subject of kind %s have %d different windows with panes from %v; expected at most 64", f.kind, len(f.windows), f.beat)
	}
	return nil
}

func (f *floor) lay(r *rule.Rule, w *rule.Window, lateness time.Duration) (err error) {
	lw := laidWindow{Window: w, rare: f.kind == evenkeel.SubjectAsset && w.Of.Event()}
	if w.Pane > 0 && w.Pane%f.beat != 0 {
		return evenkeel.Invalid("%s: window %s has panes of %v, the finest window of the rule %v; expected a whole multiple",
			r.Source, w.Name, w.Pane, f.beat)
	}
	if f.kind == evenkeel.SubjectAsset && w.Of == rule.SignalLifecycle {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: r.Source + ": window " + w.Name + " counts lifecycle events in a rule about assets",
			Hint: "these events are kept with their tenant, apart from the asset's readings: write a rule about a tenant or a principal, or use asset.age",
		}
	}
	panes, open := 0, 0
	if w.Pane > 0 {
		panes = int(w.For / w.Pane)
		open = int((lateness+w.Pane-1)/w.Pane) + 1
		f.wide = max(f.wide, uint32(w.Pane/f.beat))
	}
	switch w.Kind {
	case rule.Mean:
		lw.mean, err = window.NewMean(w.Pane, panes, open)
		lw.size = lw.mean.Size()
	case rule.Sum:
		lw.sum, err = window.NewSum(w.Pane, panes, open)
		lw.sum.Weighted = !w.Of.Event() || w.Field != rule.FieldNone
		lw.size = lw.sum.Size()
	case rule.Distinct:
		if w.Recent > 0 {
			lw.firsts, err = window.NewFirsts(w.Pane, panes)
			lw.size = lw.firsts.Size()
			break
		}
		lw.distinct, err = window.NewDistinct(w.Pane, panes, open)
		lw.size = lw.distinct.Size()
	case rule.Top:
		lw.top, err = window.NewTop(w.Pane, panes, open)
		lw.size = lw.top.Size()
	case rule.Mark:
		lw.mark, err = window.NewMark(w.For, f.beat, int((lateness+f.beat-1)/f.beat)+1)
		lw.size = lw.mark.Size()
	}
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: r.Source + ": window " + w.Name, Err: err}
	}
	if lw.rare {
		lw.at = f.rareSize
		f.rareSize += lw.size
	} else {
		lw.at = f.size
		f.size += lw.size
	}
	memory := w.For + lateness + time.Hour
	if w.History || w.Cohort != nil {
		lw.burst = f.size
		f.size += burstBytes + peakBytes
		memory = forgetAfter
	}
	f.memory = max(f.memory, uint32(memory/time.Second))
	for _, m := range w.Of.Meters() {
		f.meters |= 1 << m
	}
	f.byKind[w.Of.Record()] = append(f.byKind[w.Of.Record()], len(f.windows))
	f.windows = append(f.windows, lw)
	return nil
}

// takes says whether any window may take the record. Readings of a meter that none is over make
// no state of their asset.
func (f *floor) takes(r *evenkeel.Record) bool {
	if r.Kind == evenkeel.KindUsage {
		return f.meters>>(r.Op&31)&1 == 1
	}
	return int(r.Kind) < len(f.byKind) && len(f.byKind[r.Kind]) > 0
}

// add feeds a record to the windows that take it: which were fed, and whether one refused it
// as late.
func (f *floor) add(t *table, ref uint32, s *state, b *evenkeel.Batch, r *evenkeel.Record, in reading) (fed uint64, late bool) {
	for _, i := range f.byKind[r.Kind] {
		w := &f.windows[i]
		if !w.Match(b, r) {
			continue
		}
		if w.rare && s.rare == nil {
			if s.rare = t.openRare(ref); s.rare == nil {
				continue
			}
		}
		if w.add(w.in(*s), b, r, in) {
			fed |= 1 << i
		} else {
			late = true
		}
	}
	return fed, late
}

func (w *laidWindow) add(state []byte, b *evenkeel.Batch, r *evenkeel.Record, in reading) bool {
	switch w.Kind {
	case rule.Mean:
		return w.mean.Add(state, window.PaneOf(r.At, w.Pane), in.micro, in.weight) != window.Late
	case rule.Sum:
		return w.sum.Add(state, window.PaneOf(r.At, w.Pane), w.amount(b, r, in)) != window.Late
	case rule.Distinct:
		v, told := w.FieldText(b, r)
		if !told {
			return true
		}
		if w.Recent > 0 {
			w.firsts.Add(state, window.PaneOf(r.At, w.Pane), hash32(v))
			return true
		}
		return w.distinct.Add(state, window.PaneOf(r.At, w.Pane), hash32(v)) != window.Late
	case rule.Top:
		n, _ := w.FieldNumber(b, r)
		end, told := w.End(b, r)
		return !told || w.top.Add(state, window.PaneOf(r.At, w.Pane), end, uint32(min(max(n, 0), math.MaxUint32))) != window.Late
	case rule.Mark:
		w.mark.Add(state, r.At)
	}
	return true
}

// amount is what a sum window adds up for a record; what nobody told counts nothing.
func (w *laidWindow) amount(b *evenkeel.Batch, r *evenkeel.Record, in reading) uint32 {
	if !w.Of.Event() {
		return in.amount
	}
	n, ok := w.FieldNumber(b, r)
	if !ok || n < 0 {
		return 0
	}
	if w.Field == rule.FieldBytes {
		n = (n + kibibyte/2) / kibibyte
	}
	return uint32(min(n, math.MaxUint32))
}

// unit is what one of a window's amounts stands for.
func (w *laidWindow) unit() int64 {
	if w.Of.Bytes() || w.Field == rule.FieldBytes {
		return kibibyte
	}
	return 1
}

// hash32 is FNV-1a. Distinct values are of one subject's own making, so a collision that
// somebody makes hides only their own.
func hash32(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
