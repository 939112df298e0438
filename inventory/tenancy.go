package inventory

import "github.com/evenkeel/evenkeel"

// tenancy is who held an asset in [from, until).
type tenancy struct {
	from, until evenkeel.Moment
	tenant      evenkeel.TenantID
	kind        evenkeel.AssetKind
	implied     bool // opened by a create, not yet said by a tenancy event
}

func (t *tenancy) covers(at evenkeel.Moment) bool { return t.from <= at && at < t.until }

// tenancies appends to dst who held the asset, by time, disjoint. The rules, at each
// moment in turn (later From wins from its From on; what nobody holds is nobody's):
//
//  1. A delete by the holder ends the tenancy.
//  2. Of the tenancy event (one per From is kept: the later said, then the larger tenant
//     id) and the creates of this moment one tenant wins: the later said, a create being
//     said when it happens, then the larger tenant id. The winner holds the asset from
//     now on, and whoever held it no longer does, not even after the winner's Until.
//     Where the winner holds it already, a create changes nothing, and a tenancy event
//     opens a new tenancy, unless the tenancy was opened by a create: then the event
//     confirms it and sets its Until, and From stays.
//  3. A delete that ended nothing in step 1 ends what its tenant opened in step 2:
//     machines may live for less than the clock's unit.
//
// Events at or before the floor are left out: others of that time fell out of the bounds,
// and half a story names the wrong tenant.
func (a *asset) tenancies(dst []tenancy) []tenancy {
	grants, lives := a.grants, a.lives
	for len(grants)+len(lives) > 0 {
		now := forever
		if len(grants) > 0 {
			now = grants[0].from
		}
		if len(lives) > 0 {
			now = min(now, lives[0].at)
		}
		var g *grant
		if len(grants) > 0 && grants[0].from == now {
			g, grants = &grants[0], grants[1:]
		}
		n := 0
		for n < len(lives) && lives[n].at == now {
			n++
		}
		if now > a.floor {
			dst = moment(dst, now, g, lives[:n])
		}
		lives = lives[n:]
	}
	return dst
}

// moment takes what happened at one moment.
func moment(dst []tenancy, now evenkeel.Moment, g *grant, lives []step) []tenancy {
	var cur *tenancy // who holds it up to now
	if n := len(dst); n > 0 && dst[n-1].covers(now) {
		cur = &dst[n-1]
	}
	var ended evenkeel.TenantID
	for i := range lives {
		if cur != nil && lives[i].action == evenkeel.ActionDelete && lives[i].tenant == cur.tenant {
			cur.until, ended, cur = now, cur.tenant, nil
		}
	}
	next, opens := winner(now, g, lives)
	switch {
	case !opens:
		return dst
	case cur == nil:
	case cur.tenant == next.tenant && next.implied:
		return dst
	case cur.tenant == next.tenant && cur.implied:
		cur.until, cur.kind, cur.implied = next.until, next.kind, false
		return dst
	default:
		cur.until = now
	}
	for i := range lives {
		if lives[i].action == evenkeel.ActionDelete && lives[i].tenant == next.tenant && ended != next.tenant {
			return dst
		}
	}
	return append(dst, next)
}

// winner returns the tenancy that begins now, if one does.
func winner(now evenkeel.Moment, g *grant, lives []step) (t tenancy, ok bool) {
	var said evenkeel.Moment
	if g != nil {
		t = tenancy{from: now, until: g.until, tenant: g.tenant, kind: g.kind}
		said, ok = g.at, true
	}
	granted := t
	for i := range lives {
		s := &lives[i]
		if s.action != evenkeel.ActionCreate {
			continue
		}
		if !ok || s.at > said || (s.at == said && s.tenant > t.tenant) {
			t = tenancy{from: now, until: forever, tenant: s.tenant, implied: true}
			said, ok = s.at, true
		}
	}
	if g != nil && t.tenant == g.tenant {
		return granted, true
	}
	return t, ok
}
