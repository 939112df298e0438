package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/instrument/xarf"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/store/sqlite"
	abuse "github.com/evenkeel/evenkeel/watch/intake/report"
)

// herald tells those who were attacked from a tenant's machine, where the policy has it done: whom a
// report names, once the case stands as the policy asks, with what was measured here and nothing else.
// Whom it writes to is in the settings; nothing is looked up and nothing guessed.
type herald struct {
	kept   *sqlite.Reporters
	cases  caseFinder
	policy *policy.Policy
	enter  func(context.Context, docket.Outward, evenkeel.Moment) error // into the timeline
	ready  func(context.Context) error
	by     page.Mailer // nil: nothing leaves, and all wait
	who    heraldry
	now    func() evenkeel.Moment
	slog   *slog.Logger
	said   evenkeel.Moment // when it was said last that somebody waits; of the loop alone
}

// heraldry is who writes, and to whom.
type heraldry struct {
	xarf.Reporter
	domain  string // of Message-IDs
	perHour int
	to      []config.AbuseContact // the longest networks first
}

// caseFinder finds cases by whose an asset was.
type caseFinder struct {
	holder  func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool)
	casesOf func(context.Context, docket.Query) ([]docket.Row, error)
	folder  func(context.Context, evenkeel.CaseID) (docket.Folder, error)
}

// openHerald makes the herald of a process, beside its clerk.
func openHerald(h *house) (*herald, error) {
	c := &h.parts.Config
	k := h.clerk
	out := &herald{
		kept: k.kept, cases: caseFinder{k.holder, k.casesOf, k.folder}, policy: h.parts.Policies.Force, enter: h.judge.Outward,
		ready: h.state.caughtUp, who: heraldryOf(c, h.mailDomain()), now: h.now, slog: h.parts.Log,
	}
	if err := untellable(c, out.policy); err != nil {
		return nil, err
	}
	k.attacks = out.tells()
	if c.Courier.Mail.Server != "" && h.parts.does(RoleCourier) {
		by, err := mailServer(&c.Courier.Mail, h.now)
		if err != nil {
			return nil, err
		}
		out.by = by
	}
	return out, nil
}

// untellable says what settings lack where the policy has those told who were attacked, or nil: what is
// promised and cannot be done would wait for ever.
func untellable(c *config.Document, force *policy.Policy) error {
	if force == nil || !force.TellsAttacked() {
		return nil
	}
	var lacks []string
	for _, x := range []struct{ key, is string }{
		{"courier.mail.server", c.Courier.Mail.Server}, {"courier.mail.from", c.Courier.Mail.From}, {"courier.operator", c.Courier.Operator},
	} {
		if x.is == "" {
			lacks = append(lacks, x.key)
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s: not set, and policy %s has those told by mail who were attacked (tell_attacked)", strings.Join(lacks, ", "), force.ID()),
		Hint: "set " + strings.Join(lacks, " and ") + ", or take tell_attacked out of the policy",
	}
}

func heraldryOf(c *config.Document, domain string) heraldry {
	contact := cmp.Or(c.Courier.Mail.ReplyTo, c.Courier.Mail.From)
	_, at, _ := strings.Cut(contact, "@")
	w := heraldry{
		Reporter: xarf.Reporter{Org: abuse.Clip(c.Courier.Operator, xarf.MaxOrg/4), Contact: contact, Domain: at},
		domain:   domain, perHour: c.Reports.Attacked.Hour, to: slices.Clone(c.Reports.Attacked.Contacts),
	}
	slices.SortStableFunc(w.to, func(a, b config.AbuseContact) int { return b.Network.Bits() - a.Network.Bits() })
	return w
}

// contact is who answers for an address: the one of the longest network that holds it.
func (w *heraldry) contact(victim netip.Addr) (c config.AbuseContact, ok bool) {
	i := slices.IndexFunc(w.to, func(c config.AbuseContact) bool { return c.Network.Contains(victim) })
	if i < 0 {
		return c, false
	}
	return w.to[i], true
}

// tells says whether the policy has anybody told; else nobody is kept who was attacked.
func (h *herald) tells() bool { return h.policy.TellsAttacked() }

// attackedOf is whom a report says that an asset attacked, where that can be written to others.
func attackedOf(row *docket.Reported, r *abuse.Report) (x docket.Attacked, ok bool) {
	x = docket.Attacked{
		Receipt: row.Receipt, Asset: row.Asset, Victim: r.Target.Addr, VictimPort: r.Target.Port, SourcePort: r.Source.Port,
		Kind: r.Class.Type, Protocol: r.Target.Protocol, At: r.At, Until: r.Ended(), Came: row.Came,
	}
	source, err := netip.ParseAddr(string(row.Asset))
	return x, err == nil && r.Class.Category == "connection" && slices.Contains(xarf.Kinds, x.Kind) && slices.Contains(xarf.Protocols, x.Protocol) &&
		(x.SourcePort != 0 || x.Protocol == "icmp") && xarf.Public(source) && xarf.Public(x.Victim) && x.Victim != source
}

// Run tells until ctx ends.
func (h *herald) Run(ctx context.Context) error {
	return rounds(ctx, looksEvery, nil, func(ctx context.Context) error {
		if h.ready(ctx) != nil { // the end came first
			return nil
		}
		return h.round(ctx)
	}, func(err error) {
		h.slog.Warn("those who were attacked cannot be told; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written"))
	})
}

// round looks at those who are due. What is wrong with one of them holds up no other.
func (h *herald) round(ctx context.Context) (faults error) {
	all, err := h.kept.Attacked(ctx, h.now(), atATime)
	if err != nil {
		return err
	}
	for i := range all {
		if err := h.look(ctx, &all[i]); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			faults = cmp.Or(faults, err)
			all[i].Tries++
			_ = h.kept.AttackedLater(ctx, &all[i], h.now().Add(h.pause(&all[i]))) // else it comes again at once
		}
	}
	return faults
}

func (h *herald) pause(x *docket.Attacked) time.Duration {
	return backoff.Pause(looksEvery, time.Hour, 0, x.Receipt+x.Victim.String(), x.Tries)
}

// look does what is due about one.
func (h *herald) look(ctx context.Context, x *docket.Attacked) error {
	f, m, err := h.ripe(ctx, x)
	age := h.now().Sub(x.Came)
	switch {
	case err != nil:
		return err
	case age > openFor && (f == nil || x.Began == 0): // or it waited for too long to be news
		return h.kept.AttackedSettled(ctx, x, "", "", docket.BecameNothing, h.now())
	case f == nil: // seldom, where nothing came of it for long
		return h.kept.AttackedLater(ctx, x, h.now().Add(min(max(age/20, looksEvery), 10*time.Minute)))
	}
	c := f.Case.ID
	same, err := h.kept.ToldOf(ctx, c, x)
	if err != nil {
		return err
	}
	if same {
		return h.kept.AttackedSettled(ctx, x, c, "", docket.BecameSame, h.now())
	}
	return h.tell(ctx, x, c, &m)
}

// mostCasesOf bounds how many cases of a tenant are looked into for one who was attacked.
const mostCasesOf = 64

// ripe finds a case of whoever held the asset of which the policy has those told who were attacked, and
// in which something was measured at that time; nil where there is none now.
func (h *herald) ripe(ctx context.Context, x *docket.Attacked) (*docket.Folder, Measured, error) {
	tenant, held := h.cases.holder(x.Asset, x.At)
	source, err := netip.ParseAddr(string(x.Asset))
	if !held || err != nil {
		return nil, Measured{}, nil
	}
	rows, err := h.cases.casesOf(ctx, docket.Query{Tenant: tenant, Closed: true})
	if err != nil {
		return nil, Measured{}, fmt.Errorf("look for the case of an attack: %w", err)
	}
	seen := 0
	for i := range rows {
		c := &rows[i].Case
		fam, ok := h.policy.Family(c.Family)
		if !ok || fam.TellAttacked == policy.TellNever || !slices.Contains(c.Assets, x.Asset) || seen == mostCasesOf {
			continue
		}
		seen++
		f, err := h.cases.folder(ctx, c.ID)
		if err != nil {
			return nil, Measured{}, fmt.Errorf("look into the case of an attack: %w", err)
		}
		if !fam.Tells(&f.Case, f.Decisions, x.Asset) {
			continue
		}
		if m, err := Accuse(&f, x.Asset, source, x.At.Add(-nearBy), x.Until.Add(nearBy)); err == nil {
			return &f, m, nil
		}
	}
	return nil, Measured{}, nil
}

// nearBy is how far the times of a report and of what was measured here may be apart: clocks of others
// are wrong, and reports round.
const nearBy = time.Hour

// tell writes to the contact of an address, once, and puts down what became of it.
func (h *herald) tell(ctx context.Context, x *docket.Attacked, c evenkeel.CaseID, m *Measured) error {
	now := h.now()
	report, id, err := h.report(x, c, m)
	if err != nil { // which other settings may mend
		h.slog.Error("somebody who was attacked cannot be told; they are kept", "case", c, "err", err, "hint", "see courier.operator, courier.mail.from and reply_to")
		x.Tries++
		return h.kept.AttackedLater(ctx, x, now.Add(h.pause(x)))
	}
	out := docket.Outward{Case: c, Report: id, Victim: x.Victim}
	to, known := h.who.contact(x.Victim)
	if !known {
		out.Became = docket.BecameNoContact
		return h.settle(ctx, x, &out, "")
	}
	out.Network = to.Network.String()
	sent, err := h.kept.ToldSince(ctx, to.Mail, now.Add(-time.Hour))
	switch {
	case err != nil:
		return err
	case h.by == nil, sent >= h.who.perHour:
		h.waits(c, sent)
		return h.kept.AttackedLater(ctx, x, now.Add(10*time.Minute))
	}
	x.Began = cmp.Or(x.Began, now)
	says, err := h.by.Send(ctx, h.letter(x, id, to.Mail, report, m))
	switch {
	case err == nil:
		out.Became, out.Says = docket.BecameTold, says
	case ctx.Err() != nil:
		return nil // it comes again
	case finally(err), now.Sub(x.Began) >= triedFor:
		out.Became, out.Says = docket.BecameRefused, err.Error()
	default:
		return err
	}
	return h.settle(ctx, x, &out, to.Mail)
}

// waits says that somebody who was attacked waits, where it has not been said for a while: how many do is a
// gauge.
func (h *herald) waits(c evenkeel.CaseID, sent int) {
	if now := h.now(); h.said == 0 || now.Sub(h.said) >= time.Hour {
		h.said = now
		why, hint := fmt.Sprintf("%d mails went to one contact within the hour", sent), "reports.attacked.per_hour lets more go; else nothing: they go later"
		if h.by == nil {
			why, hint = "this process sends no mail", "start it with the role courier"
		}
		h.slog.Warn("those who were attacked are not told yet; they are kept", "case", c, "why", why, "hint", hint)
	}
}

// settle puts down what became of it: in the timeline first, where twice is once.
func (h *herald) settle(ctx context.Context, x *docket.Attacked, out *docket.Outward, contact string) error {
	if err := h.enter(ctx, *out, h.now()); err != nil {
		return err
	}
	return h.kept.AttackedSettled(ctx, x, out.Case, contact, out.Became, h.now())
}
