package staff

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// What the log is told. People and accounts stand in it by their ids; nothing that somebody typed
// to sign in does, since passwords get typed where names belong, and no token, password or code.

// note tells of what was done.
func (d *Desk) note(ctx context.Context, says string, about ...slog.Attr) {
	d.options.Log.LogAttrs(ctx, slog.LevelInfo, says, about...)
}

// warn tells of what somebody should look at.
func (d *Desk) warn(ctx context.Context, says string, about ...slog.Attr) {
	d.options.Log.LogAttrs(ctx, slog.LevelWarn, says, about...)
}

func (d *Desk) entered(ctx context.Context, s *Session, how string, source netip.Addr) {
	d.note(ctx, "somebody has signed in", whom(s.Person.ID), which(s.Account), slog.String("how", how), from(source))
}

func (d *Desk) refused(ctx context.Context, failed int, source netip.Addr) {
	d.warn(ctx, "a try to sign in was refused", slog.Int("failed", failed), from(source))
}

// madeToWait is told once for each try that others have to wait for, however many are turned
// away: they cost nothing, and would fill the log.
func (d *Desk) madeToWait(ctx context.Context, until evenkeel.Moment, source netip.Addr) {
	d.warn(ctx, "who tries to sign in is made to wait", slog.String("until", until.String()), from(source))
}

func whom(p evenkeel.PersonID) slog.Attr { return slog.String("person", string(p)) }
func byWhom(s *Session) slog.Attr        { return slog.String("by", string(s.Person.ID)) }
func which(a roll.AccountID) slog.Attr   { return slog.String("account", string(a)) }
func rolesOf(list []roll.Role) slog.Attr { return slog.String("roles", roll.JoinRoles(list)) }
func linkOf(k roll.PassKind) slog.Attr   { return slog.String("link", k.String()) }

// from is where somebody is, if that is known.
func from(a netip.Addr) slog.Attr {
	switch {
	case !a.IsValid():
		return slog.String("source", "unknown")
	case a.IsLoopback():
		return slog.String("source", "loopback")
	}
	return slog.String("source", a.String())
}
