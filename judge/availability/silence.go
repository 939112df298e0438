package availability

import (
	"cmp"
	"context"
	"maps"
	"math/bits"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Silence is a stretch of whole minutes of which no edge told anything, of no site: nobody served, or nobody could tell.
type Silence struct {
	From    evenkeel.Moment `json:"from"`
	Until   evenkeel.Moment `json:"until"`
	Because string          `json:"because,omitempty"` // why it does not count, by the document; "": it counts

	began evenkeel.Moment // the end of the minute that was told last
}

// For is how long it was.
func (s *Silence) For() time.Duration { return s.Until.Sub(s.From) }

// The bounds of silences.
const (
	// MaxSilence is how much of one counts: beyond, edges were given up rather than lost.
	MaxSilence = 24 * time.Hour
	// silentFor is how long one that has not ended yet lasts before it counts: edges tell once a minute, and late where control does
	// not listen.
	silentFor = 10 * time.Minute
	// expectedBy is how much of the time before a silence says what would have come in it.
	expectedBy = time.Hour
	// visitedFor is in how much of the time before a silence somebody came to a site: who held it until then holds it no more.
	visitedFor = 5 * time.Minute
)

// ToldHour is in which minutes of an hour an edge was there to tell anything, a bit for each.
type ToldHour struct {
	At      evenkeel.Moment // when it began
	Minutes uint64
}

const anHour = evenkeel.Moment(time.Hour)

// ToldBy are the minutes that intervals of readings touch, in order.
func ToldBy(in []Reading) (out []ToldHour) {
	hours := map[evenkeel.Moment]uint64{}
	for i := range in {
		for m := floor(in[i].Since, aMinute); m < in[i].At; m += aMinute {
			hour := floor(m, anHour)
			hours[hour] |= 1 << (m.Sub(hour) / time.Minute)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(hours)) {
		out = append(out, ToldHour{at, hours[at]})
	}
	return out
}

// SilencesOf are the silences in [from, until), in order, cut to these: minutes that are not in hours, behind one that is. Hours are in
// order, and reach from MaxSilence before from to that long after until, where it is known by now.
func SilencesOf(hours []ToldHour, from, until evenkeel.Moment) (out []Silence) {
	add := func(last, next evenkeel.Moment) { // the minutes told beside one; next is 0 where none is
		s := Silence{From: last + aMinute, Until: next, began: last + aMinute}
		if next == 0 {
			if s.Until = until; s.For() < silentFor {
				return
			}
		}
		s.Until = min(s.Until, s.From.Add(MaxSilence))
		if s.From, s.Until = max(s.From, from), min(s.Until, floor(until, aMinute)); s.From < s.Until {
			out = append(out, s)
		}
	}
	last := evenkeel.Moment(0)
	for _, h := range hours {
		for left := h.Minutes; left != 0; left &= left - 1 {
			at := h.At + evenkeel.Moment(bits.TrailingZeros64(left))*aMinute
			if last != 0 && at > last+aMinute {
				add(last, at)
			}
			last = at
		}
	}
	if last != 0 {
		add(last, 0)
	}
	return out
}

// Look is what promises see of a record in a stretch of time.
type Look struct {
	record      Record
	from, until evenkeel.Moment
	Silences    []Silence // in [from, until), with those that do not count
	all         []Silence // and in the day before
}

// Look looks at a record in [from, until); until is not in the future.
func (p *Promises) Look(ctx context.Context, r Record, from, until evenkeel.Moment) (*Look, error) {
	l := &Look{record: r, from: from, until: until}
	hours, err := r.ToldHours(ctx, from.Add(-2*MaxSilence), until.Add(MaxSilence))
	if err != nil {
		return nil, err
	}
	for _, s := range SilencesOf(hours, from.Add(-MaxSilence), until) {
		for _, cut := range p.cut(s) {
			l.all = append(l.all, cut)
			if cut.From = max(cut.From, from); cut.From < cut.Until {
				l.Silences = append(l.Silences, cut)
			}
		}
	}
	return l, nil
}

// LookNow looks as far back as figures do.
func (p *Promises) LookNow(ctx context.Context, r Record, now evenkeel.Moment) (*Look, error) {
	return p.Look(ctx, r, now.Add(-MaxAge), now)
}

// cut cuts a silence where a ruling begins or ends.
func (p *Promises) cut(s Silence) (out []Silence) {
	at := []evenkeel.Moment{s.From, s.Until}
	for _, r := range p.rulings {
		for _, m := range [2]evenkeel.Moment{floor(r.From, aMinute), floor(r.Until+aMinute-1, aMinute)} {
			if s.From < m && m < s.Until {
				at = append(at, m)
			}
		}
	}
	slices.SortFunc(at, cmp.Compare[evenkeel.Moment])
	at = slices.Compact(at)
	for i := range len(at) - 1 {
		part := Silence{From: at[i], Until: at[i+1], began: s.began}
		if r := p.ruled(part.Until - 1); r != nil {
			part.Because = r.Because
		}
		out = append(out, part)
	}
	return out
}

// History is what is known of a tenant's site, with what would have come to it in silences.
func (l *Look) History(ctx context.Context, t evenkeel.TenantID, site evenkeel.AssetID) (*History, error) {
	from := l.from
	for i := range l.all {
		from = min(from, l.all[i].began.Add(-expectedBy))
	}
	h, err := l.record.History(ctx, t, site, from, l.until)
	if err != nil {
		return nil, err
	}
	for i := range l.all {
		if s := &l.all[i]; s.Because == "" {
			h.expect(s, l.all[:i])
		}
	}
	return h, nil
}

// expect adds what would have come in a silence: in each minute as much as was wanted in the mean minute of the hour before. Of earlier
// silences, those in that hour count as they were estimated, and minutes that are ruled out are left out. Nothing is expected of a site to
// which nobody came in the last minutes before.
func (h *History) expect(s *Silence, earlier []Silence) {
	begin := s.began.Add(-expectedBy)
	var before, lately Counts
	for i, c := range h.Bins(begin, s.began, time.Minute) {
		before.Add(&c)
		if time.Duration(i)*time.Minute >= expectedBy-visitedFor {
			lately.Add(&c)
		}
	}
	minutes := uint64(expectedBy / time.Minute)
	for _, e := range earlier {
		if out := min(e.Until, s.began).Sub(max(e.From, begin)); out > 0 && e.Because != "" {
			minutes -= uint64(out / time.Minute)
		}
	}
	hourly := before.Wanted()
	if lately.Wanted() == 0 || hourly > MaxCount || minutes == 0 {
		return
	}
	var put uint64
	for i, n := uint64(0), uint64(s.For()/time.Minute); i < n; i++ {
		upto := (i+1)*(hourly/minutes) + (i+1)*(hourly%minutes)/minutes // so that parts of a request add up
		p := piece{at: s.From + evenkeel.Moment(i)*aMinute, silent: true}
		p.counts[columnOf(evenkeel.PartWanted)] = upto - put
		put = upto
		h.pieces = append(h.pieces, p)
	}
	h.sorted = false
}
