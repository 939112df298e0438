package sqlite

import (
	"context"
	"errors"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// incidentsSince is the form since which it is kept when the platform itself was hurt.
const incidentsSince = 29

// Incident returns an incident.
func (x *tx) Incident(id docket.IncidentID) (docket.Incident, error) {
	all, err := values[docket.Incident](context.Background(), x.session, "SELECT body FROM incidents WHERE id = ?", string(id))
	if err == nil && len(all) == 0 {
		return docket.Incident{}, notFound("incident", string(id))
	}
	if err != nil {
		return docket.Incident{}, told("read incident "+string(id), err)
	}
	return all[0], nil
}

// keepIncidents keeps incidents and puts notes where they leave from, each once.
func (x *tx) keepIncidents(ctx context.Context, c *docket.Changes) error {
	err := keepEach(c.Incidents, "incident", func(i *docket.Incident) string { return string(i.ID) }, func(i *docket.Incident, body string) error {
		if err := i.Check(); err != nil {
			return err
		}
		was, err := x.Incident(i.ID)
		switch {
		case evenkeel.KindOf(err) == evenkeel.KindNotFound:
		case err != nil:
			return err
		default:
			if err := i.Supersedes(&was); err != nil {
				return err
			}
		}
		return x.exec(ctx, "INSERT INTO incidents (id, began, over, sent, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET over = ?3, sent = ?4, body = ?5",
			string(i.ID), int64(i.Began), int64(i.Over), len(i.Updates), body)
	})
	if err != nil {
		return err
	}
	for i := range c.Notes {
		n := docket.SentNote{Note: c.Notes[i]}
		if err := n.Note.Check(); err != nil {
			return err
		}
		if _, err := x.Incident(n.Note.Incident); err != nil {
			if evenkeel.KindOf(err) == evenkeel.KindNotFound {
				err = evenkeel.Invalid("note %s of incident %q; expected one that is kept", n.Note.ID, n.Note.Incident)
			}
			return err
		}
		b, err := body(&n)
		if err == nil {
			err = x.exec(ctx, "INSERT INTO notes (id, incident, tenant, next_at, over_at, body) VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT (id) DO NOTHING",
				string(n.Note.ID), string(n.Note.Incident), string(n.Note.Tenant), b)
		}
		if err != nil {
			return told("keep note "+string(n.Note.ID), err)
		}
	}
	return nil
}

// listed reads values; of an older form, which is only read, none.
func listed[T any](ctx context.Context, db *DB, doing, query string, args ...any) (out []T, err error) {
	err = db.read(ctx, doing, func(ctx context.Context, s *session) error {
		f, err := formOf(ctx, s)
		if err != nil || f.version < incidentsSince {
			return err
		}
		out, err = values[T](ctx, s, query, args...)
		return err
	})
	return out, err
}

// RecentIncidents returns incidents, the newest first.
func (db *DB) RecentIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error) {
	return listed[docket.Incident](ctx, db, "read when the platform was hurt", "SELECT body FROM incidents WHERE began >= ?1 OR over = 0 ORDER BY began DESC LIMIT ?2", int64(since), maxOf(most))
}

// briefly is an incident of which who is touched is passed over, which is most of it: to have SQLite take it out takes longer than to read all.
type briefly struct {
	docket.Incident
	Touched passed `json:"touched"`
}

type passed struct{}

// UnmarshalJSON passes over it.
func (*passed) UnmarshalJSON([]byte) error { return nil }

// BriefIncidents returns incidents without who is touched, the newest first.
func (db *DB) BriefIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error) {
	all, err := listed[briefly](ctx, db, "read when the platform was hurt", "SELECT body FROM incidents WHERE began >= ?1 OR over = 0 ORDER BY began DESC LIMIT ?2", int64(since), maxOf(most))
	var out []docket.Incident
	for i := range all {
		out = append(out, all[i].Incident)
	}
	return out, err
}

// PendingNotes returns notes that are due.
func (db *DB) PendingNotes(ctx context.Context, now evenkeel.Moment, most int) ([]docket.SentNote, error) {
	return listed[docket.SentNote](ctx, db, "look which notes wait", `SELECT body FROM notes WHERE n IN (
		SELECT n FROM notes WHERE over_at = 0 AND next_at <= ?1 ORDER BY next_at, n LIMIT ?2) ORDER BY n`, int64(now), maxOf(most))
}

// NotesOf returns the notes of an incident.
func (db *DB) NotesOf(ctx context.Context, i docket.IncidentID) ([]docket.SentNote, error) {
	return listed[docket.SentNote](ctx, db, "read the notes of incident "+string(i), "SELECT body FROM notes WHERE incident = ? ORDER BY n", string(i))
}

// NoteBecame keeps what became of a note.
func (db *DB) NoteBecame(ctx context.Context, n docket.SentNote) error {
	doing := "keep what became of note " + string(n.Note.ID)
	return db.write(ctx, doing, func(s *session) error {
		all, err := values[docket.SentNote](context.Background(), s, "SELECT body FROM notes WHERE id = ?", string(n.Note.ID))
		switch {
		case err != nil:
			return told(doing, err)
		case len(all) == 0:
			return notFound("note", string(n.Note.ID))
		}
		n.Note = all[0].Note
		err = n.Supersedes(&all[0])
		b, failed := body(&n)
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		return told(doing, s.exec(context.Background(), "UPDATE notes SET next_at = ?, over_at = ?, body = ? WHERE id = ?", int64(n.Next), int64(n.Over), b, string(n.Note.ID)))
	})
}
