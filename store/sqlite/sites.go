package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/availability"
)

// Sites keeps what came to sites of tenants beside the books, in the same file: an availability.Record.
type Sites struct{ db *DB }

// Sites returns what came to sites.
func (db *DB) Sites() *Sites { return &Sites{db} }

// atOnce is how many slots one transaction changes: the judge waits for it.
const atOnce = 500

// older says whether the file, which is only read, is of a form without them.
func (s *Sites) older(ctx context.Context, session *session) (bool, error) {
	if s.db.turn != nil {
		return false, nil
	}
	f, err := formOf(ctx, session)
	return f.version < sitesSince, err
}

func (s *Sites) read(ctx context.Context, doing string, f func(context.Context, *session) error) error {
	return told(doing, s.db.read(ctx, doing, func(ctx context.Context, session *session) error {
		if older, err := s.older(ctx, session); older || err != nil {
			return err
		}
		return f(ctx, session)
	}))
}

func (s *Sites) write(ctx context.Context, doing string, f func(*session) error) error {
	return s.db.write(ctx, doing, func(session *session) error { return told(doing, f(session)) })
}

// Mark is how far the log was read.
func (s *Sites) Mark(ctx context.Context) (m availability.Mark, err error) {
	err = s.read(ctx, "read how far sites are counted", func(ctx context.Context, session *session) error {
		m, err = markOf(ctx, session)
		return err
	})
	return m, err
}

func markOf(ctx context.Context, session *session) (m availability.Mark, err error) {
	var position, arrived, folded int64
	_, err = session.one(ctx, []any{&position, &arrived, &folded}, "SELECT position, arrived, folded FROM site_mark WHERE one = 1")
	return availability.Mark{Position: uint64(position), Arrived: evenkeel.Moment(arrived), Folded: evenkeel.Moment(folded)}, err
}

func setMark(ctx context.Context, session *session, m availability.Mark) error {
	return session.exec(ctx, "INSERT OR REPLACE INTO site_mark (one, position, arrived, folded) VALUES (1, ?, ?, ?)",
		int64(min(m.Position, math.MaxInt64)), int64(m.Arrived), int64(m.Folded))
}

// Keep counts readings, some slots a transaction, and then moves the mark.
func (s *Sites) Keep(ctx context.Context, readings []availability.Reading, position uint64, arrived evenkeel.Moment) (all availability.Tally, err error) {
	const doing = "count what came to sites"
	for in := availability.Sorted(readings); len(in) > 0; {
		var t availability.Tally
		rest := in
		err := s.write(ctx, doing, func(session *session) error {
			t, rest = availability.Tally{}, in
			m, err := markOf(ctx, session)
			for n := 0; n < atOnce && len(rest) > 0 && err == nil; n++ {
				like := availability.Alike(rest)
				err = keepSlot(ctx, session, rest[:like], m.LateBefore(arrived), &t)
				rest = rest[like:]
			}
			return err
		})
		if err != nil {
			return all, err
		}
		all.Add(t)
		in = rest
	}
	return all, s.write(ctx, doing, func(session *session) error {
		for _, h := range availability.ToldBy(readings) {
			err := session.exec(ctx, "INSERT INTO site_told (at, minutes) VALUES (?1, ?2) ON CONFLICT (at) DO UPDATE SET minutes = minutes | ?2", int64(h.At), int64(h.Minutes))
			if err != nil {
				return err
			}
		}
		m, err := markOf(ctx, session)
		if err != nil {
			return err
		}
		m.Position, m.Arrived = max(m.Position, position), max(m.Arrived, arrived)
		return setMark(ctx, session, m)
	})
}

// keepSlot counts the readings of one slot.
func keepSlot(ctx context.Context, session *session, in []availability.Reading, folded evenkeel.Moment, t *availability.Tally) error {
	at, site, tenant := availability.SlotOf(in[0].Since), string(in[0].Site), string(in[0].Tenant)
	if at < folded {
		t.Late += len(in)
		return nil
	}
	slot, err := slotAt(ctx, session, at, site, tenant)
	if err != nil {
		return err
	}
	before := t.Counted
	for i := range in {
		if in[i].Late {
			t.Late++
		} else if slot.Add(&in[i]) {
			t.Count(&in[i])
		} else {
			t.Twice++
		}
	}
	if t.Counted == before {
		return nil
	}
	err = session.exec(ctx, "INSERT OR REPLACE INTO site_slots (at, site, tenant, body) VALUES (?, ?, ?, ?)", int64(at), site, tenant, slot.Append(nil))
	if err != nil {
		return err
	}
	return noteSite(ctx, session, tenant, site, at)
}

func noteSite(ctx context.Context, session *session, tenant, site string, at evenkeel.Moment) error {
	return session.exec(ctx, `INSERT INTO sites (tenant, site, first, last) VALUES (?1, ?2, ?3, ?3)
		ON CONFLICT (tenant, site) DO UPDATE SET first = min(first, ?3), last = max(last, ?3) WHERE ?3 < first OR ?3 > last`, tenant, site, int64(at))
}

// slotAt is a slot, which is new where nothing is kept of it. One that is damaged is begun anew: nothing else would be
// counted there ever again.
func slotAt(ctx context.Context, session *session, at evenkeel.Moment, site, tenant string) (*availability.Slot, error) {
	var body []byte
	found, err := session.one(ctx, []any{&body}, "SELECT body FROM site_slots WHERE at = ? AND site = ? AND tenant = ?", int64(at), site, tenant)
	if err != nil || !found {
		return &availability.Slot{At: at}, err
	}
	slot, err := availability.UnpackSlot(at, body)
	if err != nil {
		return &availability.Slot{At: at}, nil //nolint:nilerr // said above
	}
	return slot, nil
}

// Fold moves slots that began before a moment into days.
func (s *Sites) Fold(ctx context.Context, before evenkeel.Moment, zone *time.Location, holder availability.Holder, most int) (more bool, err error) {
	err = s.write(ctx, "fold what came to sites into days", func(session *session) error {
		type row struct {
			at           evenkeel.Moment
			site, tenant string
			body         []byte
		}
		var rows []row
		err := session.each(ctx, func(r *sql.Rows) error {
			var x row
			err := r.Scan(&x.at, &x.site, &x.tenant, &x.body)
			rows = append(rows, x)
			return err
		}, "SELECT at, site, tenant, body FROM site_slots WHERE at < ? ORDER BY at, site, tenant LIMIT ?", int64(before), most)
		if err != nil {
			return err
		}
		days := map[dayKey]*availability.Day{}
		for _, x := range rows {
			slot, err := availability.UnpackSlot(x.at, x.body)
			if err == nil { // else what is damaged is not known
				err = slot.Spread(evenkeel.TenantID(x.tenant), evenkeel.AssetID(x.site), zone, holder, func(t evenkeel.TenantID, at evenkeel.Moment) (*availability.Day, error) {
					return dayAt(ctx, session, days, dayKey{string(t), x.site, at})
				})
				if err != nil {
					return err
				}
			}
			if err := session.exec(ctx, "DELETE FROM site_slots WHERE at = ? AND site = ? AND tenant = ?", int64(x.at), x.site, x.tenant); err != nil {
				return err
			}
		}
		for k, d := range days {
			err := session.exec(ctx, "INSERT OR REPLACE INTO site_days (tenant, site, at, body) VALUES (?, ?, ?, ?)", k.tenant, k.site, int64(k.at), d.Append(nil))
			if err == nil {
				err = noteSite(ctx, session, k.tenant, k.site, availability.SlotOf(k.at))
			}
			if err != nil {
				return err
			}
		}
		m, err := markOf(ctx, session)
		if err != nil {
			return err
		}
		more = len(rows) == most
		m.Folded = max(m.Folded, before) // of all that is from before, since some of it may be folded by now
		return setMark(ctx, session, m)
	})
	return more, err
}

type dayKey struct {
	tenant, site string
	at           evenkeel.Moment
}

func dayAt(ctx context.Context, session *session, days map[dayKey]*availability.Day, k dayKey) (*availability.Day, error) {
	if d := days[k]; d != nil {
		return d, nil
	}
	var body []byte
	found, err := session.one(ctx, []any{&body}, "SELECT body FROM site_days WHERE tenant = ? AND site = ? AND at = ?", k.tenant, k.site, int64(k.at))
	if err != nil {
		return nil, err
	}
	d := &availability.Day{At: k.at}
	if found {
		if whole, err := availability.UnpackDay(k.at, body); err == nil { // else what is damaged is not known
			d = whole
		}
	}
	days[k] = d
	return d, nil
}

// Forget takes days away that began before a moment, and sites of which nothing is left.
func (s *Sites) Forget(ctx context.Context, before evenkeel.Moment) error {
	return s.write(ctx, "forget what came to sites", func(session *session) error {
		err := session.exec(ctx, "DELETE FROM site_days WHERE at < ?", int64(before))
		if err == nil {
			err = session.exec(ctx, "DELETE FROM sites WHERE last < ?", int64(before))
		}
		if err == nil {
			err = session.exec(ctx, "DELETE FROM site_told WHERE at < ?", int64(before))
		}
		return err
	})
}

// Sites are the sites of one tenant, or of all.
func (s *Sites) Sites(ctx context.Context, q availability.Of) (all []availability.Held, err error) {
	err = s.read(ctx, "read which sites are counted", func(ctx context.Context, session *session) error {
		all = nil
		return session.each(ctx, func(r *sql.Rows) error {
			var h availability.Held
			err := r.Scan(&h.Tenant, &h.Site, &h.First, &h.Last)
			all = append(all, h)
			return err
		}, "SELECT tenant, site, first, last FROM sites WHERE (?1 = '' OR tenant = ?1) AND (tenant, site) > (?2, ?3) ORDER BY tenant, site LIMIT ?4",
			string(q.Tenant), string(q.After.Tenant), string(q.After.Site), q.Most)
	})
	return all, err
}

// History is what is known of a tenant's site in [from, until).
func (s *Sites) History(ctx context.Context, t evenkeel.TenantID, site evenkeel.AssetID, from, until evenkeel.Moment) (h *availability.History, err error) {
	h = new(availability.History)
	err = s.read(ctx, "read what came to a site", func(ctx context.Context, session *session) error {
		h = new(availability.History)
		err := session.each(ctx, func(r *sql.Rows) error {
			var at evenkeel.Moment
			var body []byte
			if err := r.Scan(&at, &body); err != nil {
				return err
			}
			if d, err := availability.UnpackDay(at, body); err == nil { // else it is not known
				h.AddDay(d)
			}
			return nil
		}, "SELECT at, body FROM site_days WHERE tenant = ? AND site = ? AND at > ? AND at < ?", string(t), string(site), int64(from.Add(-26*time.Hour)), int64(until))
		if err != nil {
			return err
		}
		// Slots are kept by their time, few of which are open: each is asked for.
		return session.each(ctx, func(r *sql.Rows) error {
			var at evenkeel.Moment
			var body []byte
			if err := r.Scan(&at, &body); err != nil {
				return err
			}
			if slot, err := availability.UnpackSlot(at, body); err == nil {
				h.AddSlot(slot)
			}
			return nil
		}, `WITH RECURSIVE quarter (at) AS (
				SELECT min(at) FROM site_slots WHERE at > ?3
				UNION ALL SELECT (SELECT min(s.at) FROM site_slots s WHERE s.at > quarter.at) FROM quarter WHERE quarter.at IS NOT NULL)
			SELECT s.at, s.body FROM quarter q JOIN site_slots s ON s.at = q.at AND s.site = ?2 AND s.tenant = ?1 WHERE q.at < ?4`,
			string(t), string(site), int64(from.Add(-availability.Quarter)), int64(until))
	})
	return h, err
}

// ToldHours are the hours in [from, until) in which edges told anything.
func (s *Sites) ToldHours(ctx context.Context, from, until evenkeel.Moment) (all []availability.ToldHour, err error) {
	const doing = "read when edges told of sites"
	err = told(doing, s.db.read(ctx, doing, func(ctx context.Context, session *session) error {
		all = nil
		if f, err := formOf(ctx, session); err != nil || f.version < silencesSince {
			return err
		}
		return session.each(ctx, func(r *sql.Rows) error {
			var h availability.ToldHour
			err := r.Scan(&h.At, &h.Minutes)
			all = append(all, h)
			return err
		}, "SELECT at, minutes FROM site_told WHERE at >= ? AND at < ? ORDER BY at", int64(from), int64(until))
	}))
	return all, err
}

// Latest is the last event about something; nil where there is none.
func (s *Sites) Latest(ctx context.Context, kind string, t evenkeel.TenantID, about string) (e *availability.Event, err error) {
	all, err := s.events(ctx, "WHERE kind = ? AND tenant = ? AND about = ? ORDER BY revision DESC LIMIT 1", kind, string(t), about)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// Events are those of one tenant, or of all, the latest first.
func (s *Sites) Events(ctx context.Context, t evenkeel.TenantID, most int) ([]availability.Event, error) {
	return s.events(ctx, "WHERE ?1 = '' OR tenant = ?1 ORDER BY at DESC, id LIMIT ?2", string(t), most)
}

// Untold are events that nobody took yet, the oldest first.
func (s *Sites) Untold(ctx context.Context, most int) ([]availability.Event, error) {
	return s.events(ctx, "WHERE told = 0 ORDER BY at, id LIMIT ?", most)
}

func (s *Sites) events(ctx context.Context, where string, args ...any) (all []availability.Event, err error) {
	err = s.read(ctx, "read what is told of sites", func(ctx context.Context, session *session) error {
		all, err = values[availability.Event](ctx, session, "SELECT body FROM site_events "+where, args...)
		return err
	})
	return all, err
}

// Tell keeps an event that is to be told; one of the same id changes nothing.
func (s *Sites) Tell(ctx context.Context, e *availability.Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.write(ctx, "keep what is told of sites", func(session *session) error {
		return session.exec(ctx, "INSERT OR IGNORE INTO site_events (id, kind, tenant, about, revision, at, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
			e.ID, e.Kind, string(e.Tenant), e.About, e.Revision, int64(e.At), string(text))
	})
}

// Told notes that an event was taken; a second time changes nothing.
func (s *Sites) Told(ctx context.Context, id string, at evenkeel.Moment) error {
	return s.write(ctx, "note what was told of sites", func(session *session) error {
		return session.exec(ctx, "UPDATE site_events SET told = ? WHERE id = ? AND told = 0", int64(max(at, 1)), id)
	})
}

// Erase takes away all that is kept of a tenant.
func (s *Sites) Erase(ctx context.Context, t evenkeel.TenantID) error {
	return s.write(ctx, "erase what came to sites", func(session *session) error {
		for _, table := range []string{"site_slots", "site_days", "sites", "site_events"} {
			if err := session.exec(ctx, "DELETE FROM "+table+" WHERE tenant = ?", string(t)); err != nil {
				return err
			}
		}
		return nil
	})
}
