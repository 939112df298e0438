package sqlite

import (
	"context"
	"database/sql"
	"net/netip"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// outwardSince is the form since which it is kept whom reports say that an asset attacked, and what
// billing took.
const outwardSince = 14

// MostAttacked is how many addresses are kept that one asset is said to have attacked and that are
// not settled: others can report as many as they like.
const MostAttacked = 64

// KeepAttacked keeps whom reports say that assets attacked; what is kept stays as it is.
func (s *Reporters) KeepAttacked(ctx context.Context, all []docket.Attacked) error {
	if len(all) == 0 {
		return nil
	}
	return s.db.write(ctx, "keep who was attacked", func(session *session) error {
		for i := range all {
			x := &all[i]
			err := session.exec(ctx, `INSERT OR IGNORE INTO attacked (receipt, asset, victim, victim_port, source_port, kind, protocol, at, until, came, next)
				SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10 WHERE (SELECT count(*) FROM attacked WHERE asset = ?2 AND settled = 0) < ?11`,
				x.Receipt, string(x.Asset), x.Victim.String(), int(x.VictimPort), int(x.SourcePort), x.Kind, x.Protocol, int64(x.At), int64(x.Until), int64(x.Came), MostAttacked)
			if err != nil {
				return told("keep who was attacked", err)
			}
		}
		return nil
	})
}

// Attacked returns those about whom something may be due, who waited longest first.
func (s *Reporters) Attacked(ctx context.Context, now evenkeel.Moment, most int) (all []docket.Attacked, err error) {
	err = s.db.read(ctx, "read who was attacked", func(ctx context.Context, session *session) error {
		all = nil
		return session.each(ctx, func(r *sql.Rows) error {
			var x docket.Attacked
			var victim string
			var at, until, came, began int64
			err := r.Scan(&x.Receipt, &x.Asset, &victim, &x.VictimPort, &x.SourcePort, &x.Kind, &x.Protocol, &at, &until, &came, &began, &x.Tries)
			if err != nil {
				return err
			}
			x.At, x.Until, x.Came, x.Began = evenkeel.Moment(at), evenkeel.Moment(until), evenkeel.Moment(came), evenkeel.Moment(began)
			x.Victim, err = netip.ParseAddr(victim)
			all = append(all, x)
			return err
		}, `SELECT receipt, asset, victim, victim_port, source_port, kind, protocol, at, until, came, began, tries
			FROM attacked WHERE settled = 0 AND next <= ? ORDER BY next, receipt, asset, victim LIMIT ?`, int64(now), most)
	})
	return all, told("read who was attacked", err)
}

// AttackedLater puts one off. Began and Tries of x are kept with it.
func (s *Reporters) AttackedLater(ctx context.Context, x *docket.Attacked, next evenkeel.Moment) error {
	return s.db.write(ctx, "put off whom to tell", func(session *session) error {
		return session.exec(ctx, "UPDATE attacked SET next = ?, began = ?, tries = ? WHERE receipt = ? AND asset = ? AND victim = ? AND settled = 0",
			int64(next), int64(x.Began), x.Tries, x.Receipt, string(x.Asset), x.Victim.String())
	})
}

// AttackedSettled notes what became of one, in which case, and, where a mail left, to whom.
func (s *Reporters) AttackedSettled(ctx context.Context, x *docket.Attacked, c evenkeel.CaseID, contact string, became docket.Became, at evenkeel.Moment) error {
	return s.db.write(ctx, "settle whom to tell", func(session *session) error {
		return told("settle whom to tell", session.exec(ctx,
			"UPDATE attacked SET case_id = nullif(?, ''), contact = ?, became = ?, settled = ? WHERE receipt = ? AND asset = ? AND victim = ? AND settled = 0",
			string(c), strings.ToLower(contact), string(became), int64(at), x.Receipt, string(x.Asset), x.Victim.String()))
	})
}

// ToldOf says whether a mail left about a case and somebody who was attacked from an asset.
func (s *Reporters) ToldOf(ctx context.Context, c evenkeel.CaseID, x *docket.Attacked) (yes bool, err error) {
	n, err := s.countAttacked(ctx, "case_id = ? AND victim = ? AND asset = ? AND kind = ? AND became = 'told'", string(c), x.Victim.String(), string(x.Asset), x.Kind)
	return n > 0, err
}

// ToldSince counts the mails that left to a contact since a moment.
func (s *Reporters) ToldSince(ctx context.Context, contact string, since evenkeel.Moment) (int, error) {
	return s.countAttacked(ctx, "contact = ? AND settled > ? AND became = 'told'", strings.ToLower(contact), int64(since))
}

// WaitingAttacked counts those of whom it is not settled whether they are told.
func (s *Reporters) WaitingAttacked(ctx context.Context) (int, error) {
	return s.countAttacked(ctx, "settled = 0")
}

func (s *Reporters) countAttacked(ctx context.Context, where string, args ...any) (n int, err error) {
	err = s.db.read(ctx, "read who was told", func(ctx context.Context, session *session) error {
		_, err := session.one(ctx, []any{&n}, "SELECT count(*) FROM attacked WHERE "+where, args...)
		return err
	})
	return n, told("read who was told", err)
}
