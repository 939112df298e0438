package rota

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// hours is a stretch of some days of a week. One that does not end after it begins ends on the
// day after: it belongs to the day on which it begins.
type hours struct {
	days        [7]bool // from Monday
	from, until clock
}

// on is the stretch that begins on a day.
func (h *hours) on(d day, loc *time.Location) stretch {
	end := d
	if h.until <= h.from {
		end++
	}
	return stretch{d.moment(h.from, loc), end.moment(h.until, loc)}
}

// week is when somebody works, or a desk is staffed. Without rows that is always.
type week struct {
	loc  *time.Location
	rows []hours
}

// covers says whether a moment is in one of the stretches. Those of the days beside are asked too:
// the one before for nights, the one after where clocks go back over midnight.
func (w *week) covers(at evenkeel.Moment) bool {
	if len(w.rows) == 0 {
		return true
	}
	today := dateOf(at, w.loc)
	for d := today - 1; d <= today+1; d++ {
		for i := range w.rows {
			if h := &w.rows[i]; h.days[d.weekday()] && h.on(d, w.loc).covers(at) {
				return true
			}
		}
	}
	return false
}

// edges are the moments in a span at which what covers says may change.
func (w *week) edges(of stretch, add func(evenkeel.Moment)) {
	if len(w.rows) == 0 {
		return
	}
	for d, last := dateOf(of.from, w.loc)-2, dateOf(of.until, w.loc)+2; d <= last; d++ {
		for i := range w.rows {
			if h := &w.rows[i]; h.days[d.weekday()] {
				s := h.on(d, w.loc)
				add(s.from)
				add(s.until)
			}
		}
	}
}

// stretch is a half-open interval.
type stretch struct{ from, until evenkeel.Moment }

func (s stretch) covers(at evenkeel.Moment) bool { return s.from <= at && at < s.until }

// stretches are in order and do not touch.
type stretches []stretch

// joined puts stretches in order, and makes one of those that touch.
func joined(all []stretch) (out stretches) {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	for _, s := range all {
		if n := len(out); n > 0 && s.from <= out[n-1].until {
			out[n-1].until = max(out[n-1].until, s.until)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (s stretches) cover(at evenkeel.Moment) bool {
	i, j := 0, len(s)
	for i < j { // the first that ends after at
		if m := int(uint(i+j) >> 1); s[m].until <= at {
			i = m + 1
		} else {
			j = m
		}
	}
	return i < len(s) && s[i].from <= at
}
