package sqlite

import (
	"context"
	"database/sql"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Reporters keeps what is known of those who report abuse beside the books, in the same file.
type Reporters struct{ db *DB }

// Reporters returns those who report abuse.
func (db *DB) Reporters() *Reporters { return &Reporters{db} }

// reportedSince is the form since which they are kept.
const reportedSince = 12

const selectReported = "SELECT receipt, asset, at, came, reporter, contact, thread, class, doubted, coalesce(case_id, '') FROM reported"

func readReported(r *sql.Rows) (x docket.Reported, err error) {
	var at, came int64
	err = r.Scan(&x.Receipt, &x.Asset, &at, &came, &x.Reporter, &x.Contact, &x.Thread, &x.Class, &x.Doubted, &x.Case)
	x.At, x.Came = evenkeel.Moment(at), evenkeel.Moment(came)
	return x, err
}

// Keep adds reports; one of a receipt and an asset that is kept stays as it is. thank says whether
// the reporters are still to be thanked.
func (s *Reporters) Keep(ctx context.Context, thank bool, all []docket.Reported) error {
	return s.db.write(ctx, "keep reports", func(session *session) error {
		for i := range all {
			x := &all[i]
			err := session.exec(ctx, "INSERT OR IGNORE INTO reported (receipt, asset, at, came, reporter, contact, thread, class, doubted, thanked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				x.Receipt, string(x.Asset), int64(x.At), int64(x.Came), x.Reporter, x.Contact, x.Thread, x.Class, x.Doubted, !thank || x.Contact == "")
			if err != nil {
				return told("keep a report", err)
			}
		}
		return nil
	})
}

// Had says whether reports with a receipt are kept.
func (s *Reporters) Had(ctx context.Context, receipt string) (had bool, err error) {
	err = s.db.read(ctx, "read reports", func(ctx context.Context, session *session) error {
		_, err := session.one(ctx, []any{&had}, "SELECT EXISTS (SELECT 1 FROM reported WHERE receipt = ?)", receipt)
		return err
	})
	return had, told("read reports", err)
}

func (s *Reporters) several(ctx context.Context, query string, args ...any) (all []docket.Reported, err error) {
	err = s.db.read(ctx, "read reports", func(ctx context.Context, session *session) error {
		all = nil
		return session.each(ctx, func(r *sql.Rows) error {
			x, err := readReported(r)
			all = append(all, x)
			return err
		}, query, args...)
	})
	return all, told("read reports", err)
}

// Unthanked returns reports whose reporters are to be thanked, the oldest first, one of each
// receipt.
func (s *Reporters) Unthanked(ctx context.Context, most int) ([]docket.Reported, error) {
	return s.several(ctx, selectReported+" WHERE thanked = 0 GROUP BY came, receipt ORDER BY came, receipt LIMIT ?", most)
}

// About returns what was reported of an asset by those who are not doubted, of a time from since on and come
// by until, the newest first, at most so many. Who reported it is not in it.
func (s *Reporters) About(ctx context.Context, asset evenkeel.AssetID, since, until evenkeel.Moment, most int) ([]docket.Reported, error) {
	all, err := s.several(ctx, selectReported+" WHERE asset = ? AND came <= ? AND at >= ? AND doubted = 0 ORDER BY came DESC, receipt LIMIT ?", string(asset), int64(until), int64(since), most)
	for i := range all {
		x := &all[i]
		*x = docket.Reported{Asset: x.Asset, At: x.At, Came: x.Came, Class: x.Class}
	}
	return all, err
}

// Lately returns what was reported of an asset, of a time from since on, the newest first, at most so many: with who
// reported it and whether they are doubted, for staff, and without where they may be written to.
func (s *Reporters) Lately(ctx context.Context, asset evenkeel.AssetID, since evenkeel.Moment, most int) ([]docket.Reported, error) {
	all, err := s.several(ctx, selectReported+" WHERE asset = ? AND at >= ? ORDER BY came DESC, receipt LIMIT ?", string(asset), int64(since), most)
	for i := range all {
		all[i].Contact, all[i].Thread = "", ""
	}
	return all, err
}

// Thanked notes that nobody is to be thanked for a receipt any more.
func (s *Reporters) Thanked(ctx context.Context, receipt string) error {
	return s.db.write(ctx, "note that a reporter was thanked", func(session *session) error {
		return session.exec(ctx, "UPDATE reported SET thanked = 1 WHERE receipt = ?", receipt)
	})
}

// Unsettled returns reports about which something is to be done, the oldest first, from behind one
// on; the zero value is before all.
func (s *Reporters) Unsettled(ctx context.Context, after docket.Reported, most int) ([]docket.Reported, error) {
	return s.several(ctx, selectReported+" WHERE settled = 0 AND (came, receipt, asset) > (?, ?, ?) ORDER BY came, receipt, asset LIMIT ?",
		int64(after.Came), after.Receipt, string(after.Asset), most)
}

// Place notes which case a report came to.
func (s *Reporters) Place(ctx context.Context, x docket.Reported) error {
	return s.db.write(ctx, "note which case a report came to", func(session *session) error {
		return told("note which case a report came to",
			session.exec(ctx, "UPDATE reported SET case_id = nullif(?, '') WHERE receipt = ? AND asset = ?", string(x.Case), x.Receipt, string(x.Asset)))
	})
}

// Settle notes that nothing more is to be done about a report, and forgets whom to write to. Where
// it came to a case, the outcome counts for its reporter, once for each case.
func (s *Reporters) Settle(ctx context.Context, x docket.Reported, o evenkeel.Outcome, at evenkeel.Moment) error {
	return s.db.write(ctx, "settle a report", func(session *session) error {
		err := session.exec(ctx, "UPDATE reported SET settled = ?, thanked = 1, contact = '' WHERE receipt = ? AND asset = ?", int64(at), x.Receipt, string(x.Asset))
		if err == nil && x.Case != "" {
			err = count(ctx, session, &x, o)
		}
		return told("settle a report", err)
	})
}

func count(ctx context.Context, session *session, x *docket.Reported, o evenkeel.Outcome) error {
	return session.exec(ctx, "INSERT OR IGNORE INTO reporter_cases (reporter, case_id, outcome) VALUES (?, ?, ?)", x.Reporter, string(x.Case), o.String())
}

// Count counts the outcome of a report's case for its reporter, who is still to be told of it.
func (s *Reporters) Count(ctx context.Context, x docket.Reported, o evenkeel.Outcome) error {
	return s.db.write(ctx, "count a report", func(session *session) error { return told("count a report", count(ctx, session, &x, o)) })
}

// Forget takes away what was settled before a moment. What counts for reporters stays.
func (s *Reporters) Forget(ctx context.Context, before evenkeel.Moment) error {
	return s.db.write(ctx, "forget old reports", func(session *session) error {
		err := session.exec(ctx, "DELETE FROM reported WHERE settled <> 0 AND settled < ?", int64(before))
		if err == nil {
			err = session.exec(ctx, "DELETE FROM attacked WHERE settled <> 0 AND settled < ?", int64(before))
		}
		return told("forget old reports", err)
	})
}

// Vouched says whether somebody who is not doubted, other than a reporter, reported an asset since
// a moment.
func (s *Reporters) Vouched(ctx context.Context, asset evenkeel.AssetID, but string, since evenkeel.Moment) (yes bool, err error) {
	err = s.db.read(ctx, "read reports", func(ctx context.Context, session *session) error {
		var n int
		_, err := session.one(ctx, []any{&n}, "SELECT EXISTS (SELECT 1 FROM reported WHERE asset = ? AND came >= ? AND doubted = 0 AND reporter <> ?)", string(asset), int64(since), but)
		yes = n > 0
		return err
	})
	return yes, told("read reports", err)
}

const selectPrecision = `SELECT reporter,
		count(CASE WHEN outcome IN ('confirmed', 'victim') THEN 1 END), count(CASE WHEN outcome = 'false_positive' THEN 1 END),
		count(CASE WHEN outcome NOT IN ('confirmed', 'victim', 'false_positive') THEN 1 END)
	FROM reporter_cases`

// Precision returns how often a reporter was right.
func (s *Reporters) Precision(ctx context.Context, reporter string) (p docket.Precision, err error) {
	p.Reporter = reporter
	err = s.db.read(ctx, "read how often a reporter was right", func(ctx context.Context, session *session) error {
		var name string
		_, err := session.one(ctx, []any{&name, &p.Confirmed, &p.False, &p.Other}, selectPrecision+" WHERE reporter = ? GROUP BY reporter", reporter)
		return err
	})
	return p, told("read how often a reporter was right", err)
}

// All returns how often each reporter was right, those of whom most is known first (then by name),
// at most so many.
func (s *Reporters) All(ctx context.Context, most int) (all []docket.Precision, err error) {
	err = s.db.read(ctx, "read how often reporters were right", func(ctx context.Context, session *session) error {
		all = nil
		if s.db.turn == nil { // the file is only read, and may be of an older form
			if f, err := formOf(ctx, session); err != nil || f.version < reportedSince {
				return err
			}
		}
		return session.each(ctx, func(r *sql.Rows) error {
			var p docket.Precision
			err := r.Scan(&p.Reporter, &p.Confirmed, &p.False, &p.Other, &p.Open)
			all = append(all, p)
			return err
		}, `WITH counted (reporter, confirmed, false_positive, other) AS (`+selectPrecision+` GROUP BY reporter),
			waiting (reporter, n) AS (SELECT reporter, count(*) FROM reported WHERE settled = 0 GROUP BY reporter)
			SELECT coalesce(c.reporter, w.reporter), coalesce(confirmed, 0), coalesce(false_positive, 0), coalesce(other, 0), coalesce(n, 0)
			FROM counted c FULL JOIN waiting w ON w.reporter = c.reporter
			ORDER BY coalesce(confirmed, 0) + coalesce(false_positive, 0) + coalesce(other, 0) DESC, 1 LIMIT ?`, most)
	})
	return all, told("read how often reporters were right", err)
}
