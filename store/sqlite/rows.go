package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// together is of how many cases is asked at a time what stands in them.
const together = 500

// rowsWith are cases with what stands in them. It asks about many at once: a question costs
// more than its answer.
func rowsWith(ctx context.Context, s *session, found []evenkeel.Case) ([]docket.Row, error) {
	out := make([]docket.Row, len(found))
	for i, c := range found {
		out[i] = docket.Row{Case: c, Cleared: docket.ClearedBefore(&c)}
	}
	for rows := range slices.Chunk(out, together) {
		ids := make([]evenkeel.CaseID, len(rows))
		for i := range rows {
			ids[i] = rows[i].Case.ID
		}
		list, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		for _, fill := range []func(context.Context, *session, []docket.Row, string) error{fillStanding, fillWithheld, fillUntold, fillDue, fillUrgent, fillAsked, fillCleared} {
			if err := fill(ctx, s, rows, string(list)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// rowOf is a case with what stands in it.
func rowOf(ctx context.Context, s *session, c evenkeel.Case) (docket.Row, error) {
	rows, err := rowsWith(ctx, s, []evenkeel.Case{c})
	if err != nil {
		return docket.Row{Case: c}, err
	}
	return rows[0], nil
}

// The queries below take the ids of cases as a list in JSON, and answer by places in it. Their
// CROSS JOIN says to go along that list, whatever SQLite thinks of it.

// standing is the condition of a decision that stands, as the index of those has it: only in
// these words is it used.
const standing = "d.mode = 'live' AND (d.state = 'proposed' OR d.state = 'held' OR d.state = 'in_force')"

// fillStanding says what stands in cases, live, and what of it is carried out.
func fillStanding(ctx context.Context, s *session, of []docket.Row, ids string) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		var n int
		var state, measure, wanted string
		var order docket.Dispatch
		var receipt sql.RawBytes
		if err := rows.Scan(&n, &state, &measure, &wanted, &order.Failed, &receipt); err != nil {
			return err
		}
		switch r := &of[n]; state {
		case "proposed":
			r.Proposed++
		case "held":
			m, err := evenkeel.ParseMeasure(measure)
			r.Held, r.Coming = r.Held+1, max(r.Coming, m)
			return err
		default:
			m, err := evenkeel.ParseMeasure(measure)
			if receipt != nil && err == nil {
				err = unkept(json.Unmarshal(receipt, &order.Receipt))
			}
			r.Count(m, &order)
			w, werr := evenkeel.ParseMeasure(wanted)
			r.Wanted = max(r.Wanted, w)
			return cmp.Or(err, werr)
		}
		return nil
	}, `SELECT j.key, d.state, d.measure, CASE d.state WHEN 'in_force' THEN coalesce(d.body ->> '$.wanted', 'none') ELSE 'none' END, coalesce(o.failed, 0), o.receipt
		FROM json_each(?) j CROSS JOIN decisions d ON d.case_id = j.value AND `+standing+`
		LEFT JOIN orders o ON d.state = 'in_force' AND o.n = (SELECT max(n) FROM orders WHERE decision = d.id AND lift IS NULL)`, ids)
}

// untold are the notices of live decisions that are in force or held which reached nobody: as
// docket.Dispatch.Untold has it. Of the receipt of an appeal nobody has to hear to know why, and of a reminder in turn all contacts do that come after.
const untold = `SELECT j.key, d.state, d.measure
	FROM json_each(?) j CROSS JOIN decisions d ON d.case_id = j.value AND ` + standing + ` AND d.state <> 'proposed'
	CROSS JOIN notices n ON n.decision = d.id AND n.case_id = d.case_id AND n.body ->> '$.receipt' IS NULL AND n.body ->> '$.turn' IS NULL AND (n.attempts > 0 OR n.over_at <> 0)
	WHERE NOT EXISTS (SELECT 1 FROM deliveries x WHERE x.notice = n.id AND NOT coalesce(x.body ->> '$.refused', 0)
		AND x.body ->> '$.channel' <> '` + docket.ChannelEndpoint + `'
		AND (x.body ->> '$.channel' <> '` + docket.ChannelPaper + `' OR n.over_at <> 0 AND n.failed = 0)
		AND NOT EXISTS (SELECT 1 FROM deliveries y WHERE y.notice = n.id AND y.n > x.n AND y.body ->> '$.refused'
			AND y.body ->> '$.channel' = x.body ->> '$.channel' AND y.body ->> '$.to' = x.body ->> '$.to'))`

// fillUntold says of how much that stands in cases nobody was told.
func fillUntold(ctx context.Context, s *session, of []docket.Row, ids string) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		var n int
		var state, measure string
		if err := rows.Scan(&n, &state, &measure); err != nil {
			return err
		}
		m, err := evenkeel.ParseMeasure(measure)
		is := evenkeel.Held
		if state == evenkeel.InForce.String() {
			is = evenkeel.InForce
		}
		of[n].CountUntold(m, is)
		return err
	}, untold, ids)
}

// fillDue says which clocks of cases run out first.
func fillDue(ctx context.Context, s *session, of []docket.Row, ids string) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		var n int
		var word string
		var due evenkeel.Moment
		if err := rows.Scan(&n, &word, (*int64)(&due)); err != nil {
			return err
		}
		kind, err := docket.ParseClockKind(word)
		if r := &of[n]; r.DueKind == 0 || kind < r.DueKind { // of those that run out together
			r.Due, r.DueKind = due, kind
		}
		return err
	}, `SELECT j.key, k.kind, k.due FROM json_each(?) j CROSS JOIN clocks k ON k.case_id = j.value AND k.ended = 0 AND k.paused = 0
		AND `+shownClock+` AND k.due = (SELECT min(k.due) FROM clocks k WHERE k.case_id = j.value AND k.ended = 0 AND k.paused = 0 AND `+shownClock+`)`, ids)
}

// shownClock leaves out the clocks that a row does not show (docket.ClockKind.Shows).
const shownClock = "k.kind NOT IN ('page', 'second_level', 'urgent', 'unheard', 'desk', 'reminder')" +
	" AND NOT (k.kind = 'tenant_answer' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = k.case_id AND c.body ->> '$.waiting' IS NOT NULL))"

// fillUrgent says in which cases somebody said that production is down, or that all was answered,
// and since when; and which were appealed.
func fillUrgent(ctx context.Context, s *session, of []docket.Row, ids string) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		var n int
		var word string
		var body sql.RawBytes
		if err := rows.Scan(&n, &word, &body); err != nil {
			return err
		}
		var k docket.Clock
		err := json.Unmarshal(body, &k)
		if err == nil {
			of[n].CountClock(&k)
		}
		return unkept(err)
	}, `SELECT j.key, k.kind, k.body FROM json_each(?) j CROSS JOIN clocks k ON k.case_id = j.value AND k.ended = 0
		WHERE k.kind IN ('urgent', 'appeal_answer')`, ids)
}

// fillAsked says whose verdict is waited for in cases, of several the newest, which the index has last; nobody's in a file of an older form, which is only read.
func fillAsked(ctx context.Context, s *session, of []docket.Row, ids string) error {
	f, err := formOf(ctx, s)
	if err != nil || f.version < reviewedSince {
		return err
	}
	return s.each(ctx, func(rows *sql.Rows) error {
		var n int
		var body sql.RawBytes
		if err := rows.Scan(&n, &body); err != nil {
			return err
		}
		var r docket.Review
		err := json.Unmarshal(body, &r)
		if err == nil {
			of[n].CountReview(&r)
		}
		return unkept(err)
	}, "SELECT j.key, r.body FROM json_each(?) j CROSS JOIN reviews r INDEXED BY reviews_open ON r.case_id = j.value AND r.over = 0", ids)
}

// fillCleared says whose tenant was cleared before in another case.
func fillCleared(ctx context.Context, s *session, of []docket.Row, ids string) error {
	return s.each(ctx, func(rows *sql.Rows) error {
		var n int
		err := rows.Scan(&n)
		of[n].Cleared = true
		return err
	}, `SELECT j.key FROM json_each(?) j CROSS JOIN cases c ON c.id = j.value
		WHERE EXISTS (SELECT 1 FROM cases o WHERE o.tenant = c.tenant AND o.id <> c.id AND (o.cleared IS NOT NULL OR o.outcome IN ('policy_mismatch', 'false_positive')))`, ids)
}
