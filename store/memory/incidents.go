package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// incidents are when the platform was hurt, and what tenants are told of it.
type incidents struct {
	all   map[docket.IncidentID]docket.Incident
	notes []docket.SentNote // in the order of their writing
}

// Incident returns an incident.
func (x *tx) Incident(id docket.IncidentID) (docket.Incident, error) {
	i, known := x.incidents.all[id]
	if !known {
		return i, notFound("incident", string(id))
	}
	return ofItsOwn(i), nil
}

// ofItsOwn is an incident whose lists are its own.
func ofItsOwn(i docket.Incident) docket.Incident {
	i.Touched, i.Known, i.Unknown, i.Updates = slices.Clone(i.Touched), slices.Clone(i.Known), slices.Clone(i.Unknown), slices.Clone(i.Updates)
	return i
}

// checkIncidents says what speaks against new incidents and notes.
func (c *checker) checkIncidents() error {
	new := map[docket.IncidentID]*docket.Incident{}
	for n := range c.in.Incidents {
		i := &c.in.Incidents[n]
		if err := i.Check(); err != nil {
			return err
		}
		was, known := c.incidents.all[i.ID]
		if before := new[i.ID]; before != nil {
			was, known = *before, true
		}
		if known {
			if err := i.Supersedes(&was); err != nil {
				return err
			}
		}
		new[i.ID] = i
	}
	for n := range c.in.Notes {
		x := &c.in.Notes[n]
		if err := x.Check(); err != nil {
			return err
		}
		if _, known := c.incidents.all[x.Incident]; !known && new[x.Incident] == nil {
			return evenkeel.Invalid("note %s of incident %q; expected one that is kept", x.ID, x.Incident)
		}
	}
	return nil
}

func (s *state) keepIncidents(c *docket.Changes) {
	if s.incidents.all == nil {
		s.incidents.all = map[docket.IncidentID]docket.Incident{}
	}
	for _, i := range c.Incidents {
		s.incidents.all[i.ID] = ofItsOwn(i)
	}
	for _, n := range c.Notes {
		if s.incidents.at(n.ID) < 0 {
			s.incidents.notes = append(s.incidents.notes, docket.SentNote{Note: n})
		}
	}
}

func (k *incidents) at(id docket.NoteID) int {
	return slices.IndexFunc(k.notes, func(n docket.SentNote) bool { return n.Note.ID == id })
}

// RecentIncidents returns incidents, the newest first.
func (b *Books) RecentIncidents(ctx context.Context, since evenkeel.Moment, most int) (out []docket.Incident, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, i := range b.kept.incidents.all {
		if i.Began >= since || i.Over == 0 {
			out = append(out, ofItsOwn(i))
		}
	}
	slices.SortFunc(out, func(a, b docket.Incident) int { return cmp.Compare(b.Began, a.Began) })
	return out[:min(len(out), max(most, 0))], nil
}

// BriefIncidents returns incidents without who is touched, the newest first.
func (b *Books) BriefIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error) {
	out, err := b.RecentIncidents(ctx, since, most)
	for i := range out {
		out[i].Touched = nil
	}
	return out, err
}

// PendingNotes returns notes that are due.
func (b *Books) PendingNotes(ctx context.Context, now evenkeel.Moment, most int) (out []docket.SentNote, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, n := range b.kept.incidents.notes {
		if n.Over == 0 && n.Next <= now {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b docket.SentNote) int { return cmp.Compare(a.Next, b.Next) })
	out = out[:min(len(out), max(most, 0))]
	slices.SortFunc(out, func(x, y docket.SentNote) int {
		return cmp.Compare(b.kept.incidents.at(x.Note.ID), b.kept.incidents.at(y.Note.ID))
	})
	return out, nil
}

// NotesOf returns the notes of an incident.
func (b *Books) NotesOf(ctx context.Context, i docket.IncidentID) (out []docket.SentNote, err error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, n := range b.kept.incidents.notes {
		if n.Note.Incident == i {
			out = append(out, n)
		}
	}
	return out, nil
}

// NoteBecame keeps what became of a note.
func (b *Books) NoteBecame(ctx context.Context, n docket.SentNote) error {
	return b.change(ctx, func() error {
		at := b.kept.incidents.at(n.Note.ID)
		if at < 0 {
			return notFound("note", string(n.Note.ID))
		}
		was := &b.kept.incidents.notes[at]
		n.Note, n.Deliveries = was.Note, slices.Clone(n.Deliveries)
		if err := n.Supersedes(was); err != nil {
			return err
		}
		*was = n
		return nil
	})
}
