package memory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// keep keeps what was put and checked.
func (x *tx) keep() {
	for t, k := range x.keys {
		of := x.of(t)
		of.key, of.made = k, true
	}
	if x.put == nil {
		return
	}
	c := x.put
	for _, key := range c.Taken {
		x.taken[key] = struct{}{}
		if _, _, ok := docket.ParseUpheldKey(key); ok {
			x.upheld = append(x.upheld, key)
		}
	}
	for i := range c.Cases {
		x.keepCase(&c.Cases[i])
	}
	if c.Runs != nil {
		x.of(c.Tenant).runs = slices.Clone(c.Runs)
	}
	x.keepReviews(c)
	for _, e := range c.Entries {
		f := x.files[e.Case]
		f.entries = append(f.entries, e)
		x.keepActed(&e, &f.is)
	}
	for i := range c.Decisions {
		x.keepAgreed(&c.Decisions[i])
		x.keepDecision(&c.Decisions[i])
	}
	for _, k := range c.Clocks {
		x.keepClock(k)
	}
	for i := range c.Flags {
		x.keepGranted(&c.Flags[i])
		x.keepFlag(&c.Flags[i])
	}
	for i := range c.Findings {
		if key := docket.FindingKey(&c.Findings[i]); x.findings[key].ID == "" {
			x.findings[key] = c.Findings[i]
		}
	}
	x.keepOutbox(c)
	x.keepPages(c)
	x.keepDispatches(c)
	x.keepGovernor(c)
	x.keepLearned(c)
	x.keepStages(c)
	x.keepAudits(c)
	x.keepReaches(c)
	x.keepIncidents(c)
	for _, line := range x.lines {
		x.state.lines, x.hashes = append(x.state.lines, line), append(x.hashes, line.Hashes...)
	}
}

func (s *state) keepCase(c *evenkeel.Case) {
	if f := s.files[c.ID]; f != nil {
		f.is = *c
		return
	}
	f := &file{is: *c, nth: map[evenkeel.DecisionID]int{}}
	s.files[c.ID] = f
	t := s.of(c.Tenant)
	t.cases = put(t.cases, f, func(a, b *file) int { return compareCases(&a.is, &b.is) })
}

// compareCases is the order of lists: those opened last first, then by id.
func compareCases(a, b *evenkeel.Case) int {
	return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.ID, b.ID))
}

// keepNamed keeps which assets a decision names, until it is over; was is how it was kept.
func (s *state) keepNamed(was, d *evenkeel.Decision) {
	if was != nil {
		for _, a := range was.Assets {
			if delete(s.naming[a], d.ID); len(s.naming[a]) == 0 {
				delete(s.naming, a)
			}
		}
	}
	if d.State.Over() || d.Mode != evenkeel.ModeLive {
		return
	}
	for _, a := range d.Assets {
		if s.naming[a] == nil {
			s.naming[a] = map[evenkeel.DecisionID]evenkeel.CaseID{}
		}
		s.naming[a][d.ID] = d.Case
	}
}

func (s *state) keepDecision(d *evenkeel.Decision) {
	f := s.files[d.Case]
	if i, ok := f.nth[d.ID]; ok {
		s.keepNamed(&f.decisions[i], d)
		f.decisions[i] = *d
		return
	}
	s.keepNamed(nil, d)
	f.nth[d.ID], s.decided[d.ID] = len(f.decisions), f
	f.decisions = append(f.decisions, *d)
}

func (s *state) keepClock(k docket.Clock) {
	f := s.files[k.Case]
	before, ran := f.firstDue()
	same := func(o docket.Clock) bool { return o.Kind == k.Kind && o.Decision == k.Decision }
	f.running, f.ended = slices.DeleteFunc(f.running, same), slices.DeleteFunc(f.ended, same)
	if k.Ended == 0 {
		f.running = put(f.running, k, docket.CompareClocks)
	} else {
		f.ended = append(f.ended, k)
	}
	after, runs := f.firstDue()
	if ran == runs && before.Due == after.Due {
		return
	}
	if ran {
		if i, ok := slices.BinarySearchFunc(s.due, dueCase{before.Due, k.Case}, compareDue); ok {
			s.due = slices.Delete(s.due, i, i+1)
		}
	}
	if runs {
		s.due = put(s.due, dueCase{after.Due, k.Case}, compareDue)
	}
}

// firstDue is the clock of a case that runs out first; false where none runs.
func (f *file) firstDue() (docket.Clock, bool) {
	for _, k := range f.running {
		if k.Paused == "" {
			return k, true
		}
	}
	return docket.Clock{}, false
}

func (s *state) keepFlag(f *evenkeel.Flag) {
	t := s.of(f.Tenant)
	s.flagged[f.ID] = f.Tenant
	t.flags = put(t.flags, *f, func(a, b evenkeel.Flag) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
}

// alike says whether two decisions say the same.
func alike(a, b *evenkeel.Decision) bool {
	x, ex := json.Marshal(a)
	y, ey := json.Marshal(b)
	return ex == nil && ey == nil && bytes.Equal(x, y)
}
