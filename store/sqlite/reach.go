package sqlite

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// reachSince is the form since which is kept who could be told before contacts were changed.
const reachSince = 17

// confirmedSince is the form since which is kept who is told now, and who of those who came was confirmed.
const confirmedSince = 25

// Reach returns who could be told of a case before its tenant's contacts were changed.
func (x *tx) Reach(c evenkeel.CaseID) (docket.Reach, error) {
	r, err := reachOf(context.Background(), x.session, c)
	return r, told("read who could be told of case "+string(c), err)
}

// ReachOf is Reach outside of a transaction; of an older form there is none.
func (db *DB) ReachOf(ctx context.Context, c evenkeel.CaseID) (r docket.Reach, err error) {
	err = db.read(ctx, "read who could be told of case "+string(c), func(ctx context.Context, s *session) error {
		f, err := formOf(ctx, s)
		if err != nil || f.version < reachSince {
			return err
		}
		r, err = reachOf(ctx, s, c)
		return err
	})
	return r, err
}

func reachOf(ctx context.Context, s *session, c evenkeel.CaseID) (r docket.Reach, err error) {
	f, err := formOf(ctx, s)
	if err != nil {
		return r, err
	}
	query := "SELECT listed, until, kept, before, now, confirmed FROM reach WHERE case_id = ?"
	if f.version < confirmedSince {
		query = "SELECT listed, until, kept, before, '[]', '[]' FROM reach WHERE case_id = ?"
	}
	var before, now, confirmed []byte
	found, err := s.one(ctx, []any{(*int64)(&r.Listed), (*int64)(&r.Until), (*int64)(&r.Kept), &before, &now, &confirmed}, query, string(c))
	if err != nil || !found {
		return docket.Reach{}, err
	}
	r.Case = c
	if err := unkept(cmp.Or(json.Unmarshal(before, &r.Before), json.Unmarshal(now, &r.Now), json.Unmarshal(confirmed, &r.Confirmed))); err != nil {
		return r, err
	}
	if len(r.Now) == 0 {
		r.Now = nil
	}
	if len(r.Confirmed) == 0 {
		r.Confirmed = nil
	}
	return r, nil
}

// keepReaches keeps who could be told before; the database holds to it that this stays.
func (x *tx) keepReaches(ctx context.Context, c *docket.Changes) error {
	for i := range c.Reaches {
		r := &c.Reaches[i]
		err := r.Check()
		before, bad := json.Marshal(r.Before)
		now, worse := json.Marshal(append([]evenkeel.Contact{}, r.Now...))
		confirmed, worst := json.Marshal(append([]docket.Confirmed{}, r.Confirmed...))
		if err = cmp.Or(err, bad, worse, worst); err == nil {
			err = x.exchange(ctx, "who could be told before stays, and is told no shorter",
				"UPDATE OR FAIL reach SET listed = ?2, until = ?3, kept = ?4, before = ?5, now = ?6, confirmed = ?7 WHERE case_id = ?1",
				"INSERT OR FAIL INTO reach (case_id, listed, until, kept, before, now, confirmed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
				string(r.Case), int64(r.Listed), int64(r.Until), int64(r.Kept), string(before), string(now), string(confirmed))
		}
		if err != nil {
			return told("keep the contacts of case "+string(r.Case), err)
		}
	}
	return nil
}
