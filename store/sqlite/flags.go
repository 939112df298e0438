package sqlite

import (
	"cmp"
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func (x *tx) keepFlags(ctx context.Context, c *docket.Changes) error {
	return keepEach(c.Flags, "flag", func(f *evenkeel.Flag) string { return string(f.ID) }, func(f *evenkeel.Flag, body string) error {
		return x.exchange(ctx, "it stays as it was granted, and once it is revoked that",
			`UPDATE OR FAIL flags SET case_id = nullif(?4, ''), revoked = ?7, body = ?8
				WHERE id = ?1 AND tenant = ?2 AND family = ?3 AND from_at = ?5 AND until_at = ?6 AND (revoked = 0 OR ?7 <> 0)`,
			"INSERT OR FAIL INTO flags (id, tenant, family, case_id, from_at, until_at, revoked, body) VALUES (?1, ?2, ?3, nullif(?4, ''), ?5, ?6, ?7, ?8)",
			string(f.ID), string(f.Tenant), f.Family, string(f.Case), int64(f.From), int64(f.Until), int64(f.Revoked), body)
	})
}

// dossierFlags are those of a dossier: of the tenant and the family those that end last.
func dossierFlags(ctx context.Context, s *session, t evenkeel.TenantID, family string) ([]evenkeel.Flag, error) {
	out, err := values[evenkeel.Flag](ctx, s, `SELECT body FROM flags WHERE tenant = ? AND family = ?
		ORDER BY until_at DESC, from_at DESC, id DESC LIMIT `+maxFlags, string(t), family)
	slices.SortFunc(out, func(a, b evenkeel.Flag) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	return out, err
}

// listFlags are those of a tenant and a family, revoked ones too.
func listFlags(ctx context.Context, s *session, t evenkeel.TenantID, family string) ([]evenkeel.Flag, error) {
	return values[evenkeel.Flag](ctx, s, "SELECT body FROM flags WHERE tenant = ? AND family = ? ORDER BY from_at, id", string(t), family)
}

// Flags returns flags by tenant, From and ID.
func (db *DB) Flags(ctx context.Context, t evenkeel.TenantID) (out []evenkeel.Flag, err error) {
	err = db.read(ctx, "list flags", func(ctx context.Context, s *session) (err error) {
		if t == "" {
			out, err = values[evenkeel.Flag](ctx, s, "SELECT body FROM flags ORDER BY tenant, from_at, id")
		} else {
			out, err = values[evenkeel.Flag](ctx, s, "SELECT body FROM flags WHERE tenant = ? ORDER BY from_at, id", string(t))
		}
		return err
	})
	return out, err
}
