package visit

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/announcement"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// visitor is who came by a link that opens something, and all that the link may show.
type visitor struct {
	token   string
	claim   link.Claim // its contact without a mark
	contact string     // that with it
	tenant  evenkeel.TenantID
	now     evenkeel.Moment
	folder  docket.Folder   // of the link's case, without what a tenant may not see
	asked   []docket.Folder // of the tenant's announcements that a person was asked about, newest first
	ways    func(d *evenkeel.Decision) Ways
	calls   bool            // somebody can be called
	flags   []evenkeel.Flag // that say what the tenant may run, and are not over
	looks   looks
	came    newcomers
}

// errNothing is why a link opens nothing that is not about its signature.
var errNothing = errors.New("the link is about no case of its tenant")

// mostAsked is how many announcements are shown.
const mostAsked = 6

// visitor opens the link of a request. Whatever is wrong with it (it is cut short, forged, over, or
// about nothing) is told to nobody; an error of the books is KindUnavailable or KindInternal.
func (s *server) visitor(r *http.Request) (*visitor, error) {
	token, now := r.PathValue("token"), s.parts.Now()
	if len(token) > link.MaxToken {
		return nil, link.ErrMalformed
	}
	claim, err := s.parts.Links.Open(token, now)
	if err != nil {
		return nil, err
	}
	if _, err := claim.For(link.Show); err != nil {
		return nil, err
	}
	whole := claim.Contact
	claim.Contact = redact.Role(whole)
	v := &visitor{token: token, claim: claim, contact: whole, tenant: evenkeel.TenantID(claim.Tenant), now: evenkeel.MomentOf(now), ways: s.parts.Ways, calls: s.parts.Calls}
	return v, s.look(r.Context(), v)
}

// look reads what the visitor may see. Whose a case is, the books say; the link only claims it.
func (s *server) look(ctx context.Context, v *visitor) error {
	f, err := s.parts.Books.Folder(ctx, evenkeel.CaseID(v.claim.Case))
	switch {
	case evenkeel.KindOf(err) == evenkeel.KindNotFound:
		return errNothing
	case err != nil:
		return reading(err)
	case f.Case.Tenant != v.tenant || v.tenant == "":
		return errNothing
	}
	v.folder, v.asked, v.looks = seen(f, v.tenant), nil, looksOf(f.Entries)
	rows, err := s.parts.Books.Cases(ctx, docket.Query{Tenant: v.tenant, Family: docket.Announcements, Closed: true, Max: mostAsked})
	if err != nil {
		return reading(err)
	}
	for _, row := range rows {
		if row.Case.ID == f.Case.ID {
			continue
		}
		of, err := s.parts.Books.Folder(ctx, row.Case.ID)
		if err != nil {
			return reading(err)
		}
		if of.Case.Tenant == v.tenant {
			v.asked = append(v.asked, seen(of, v.tenant))
		}
	}
	flags, err := s.parts.Books.Flags(ctx, v.tenant)
	if err != nil {
		return reading(err)
	}
	v.flags = announced(flags, v)
	return s.meet(ctx, v)
}

func reading(err error) error {
	kind := evenkeel.KindOf(err)
	if kind != evenkeel.KindUnavailable {
		kind = evenkeel.KindInternal
	}
	return &evenkeel.Error{Kind: kind, Says: "read the books for a visitor", Hint: evenkeel.HintOf(err), Err: err}
}

// seen is a folder without what its tenant may not see: what is in shadow, what is about anybody
// else, and all of the timeline that is not the tenant's own words.
func seen(f docket.Folder, t evenkeel.TenantID) docket.Folder {
	return docket.Folder{
		Row:       docket.Row{Case: f.Case},
		Entries:   kept(f.Entries, func(e *evenkeel.Entry) bool { return e.Kind == evenkeel.EntrySaid || closing(e, &f.Case) }),
		Decisions: kept(f.Decisions, func(d *evenkeel.Decision) bool { return d.Mode == evenkeel.ModeLive && d.Tenant == t }),
		Clocks:    kept(f.Clocks, shown),
		Findings: kept(f.Findings, func(x *evenkeel.Finding) bool {
			return x.Mode == evenkeel.ModeLive && x.Subject.Tenant == t
		}),
		Notices:    kept(f.Notices, func(n *evenkeel.Notice) bool { return n.Tenant == t }),
		Orders:     kept(f.Orders, func(o *evenkeel.Order) bool { return o.Tenant == t }),
		Dispatches: f.Dispatches, // looked up by the decisions above, never listed, as are Orders
		Reviews:    kept(f.Reviews, func(r *docket.Review) bool { return r.About == docket.AboutHold }),
		Elsewhere:  f.Elsewhere, // of both only what a lawful order lets be told
	}
}

// shown says whether a tenant sees a clock: one that runs; of what it can fetch, also that it does
// not run; and that a person has decided on an appeal, or that its time is over (a clearance ends that before,
// and then nothing is said of it).
func shown(c *docket.Clock) bool {
	return c.Ended == 0 && (c.Paused == "" || c.Kind == docket.ClockRetrieval) || c.Kind == docket.ClockAppealAnswer || c.Kind == docket.ClockAppeal && c.Ended == c.Due
}

func kept[T any](all []T, keep func(*T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return !keep(&x) })
}

// announced are the flags that a policy or a person granted for announcements, or a person when
// this case was cleared, and that are not over. One announcement is a flag for each of several families: they are shown as one.
func announced(flags []evenkeel.Flag, v *visitor) []evenkeel.Flag {
	asked := map[evenkeel.CaseID]bool{v.folder.Case.ID: true}
	for _, f := range v.asked {
		asked[f.Case.ID] = true
	}
	var out []evenkeel.Flag
	for _, f := range flags {
		switch {
		case f.Tenant != v.tenant || f.Revoked != 0 || f.Until <= v.now:
		case f.By.Person != "" && !asked[f.Case]:
		case slices.ContainsFunc(out, func(o evenkeel.Flag) bool { return sameGrant(&o, &f) }):
		default:
			out = append(out, f)
		}
	}
	return out
}

func sameGrant(a, b *evenkeel.Flag) bool {
	return a.From == b.From && a.Until == b.Until && a.Envelope == b.Envelope && a.Case == b.Case &&
		a.Selector.Principal == b.Selector.Principal && a.Selector.Image == b.Selector.Image &&
		a.Selector.StartScript == b.Selector.StartScript && slices.Equal(a.Selector.Assets, b.Selector.Assets)
}

// speaks says whether the link may be spoken through.
func (v *visitor) speaks() bool { return v.claim.Purpose.Covers(link.Speak) }

// clock returns the running clock of a kind that is due first, or nil.
func clockOf(f *docket.Folder, k docket.ClockKind) *docket.Clock {
	var out *docket.Clock
	for i := range f.Clocks {
		if c := &f.Clocks[i]; c.Kind == k && c.Ended == 0 && c.Paused == "" && (out == nil || c.Due < out.Due) {
			out = c
		}
	}
	return out
}

// refuse answers a request whose link opens nothing, or whose case could not be read.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if kind := evenkeel.KindOf(err); isOurs(err) {
		s.parts.Log.ErrorContext(r.Context(), "show a page to a tenant", "err", err, "hint", evenkeel.HintOf(err))
		w.Header().Set("Retry-After", "30")
		write(w, kind.HTTPStatus(), s.parts.Brand, s.laterPage(r))
		return
	}
	write(w, http.StatusNotFound, s.parts.Brand, bothPages(func(t *texts) (string, string) { return t.NothingTitle, s.byMail(t.Nothing, t.NothingUnread) }, nil))
}

// laterPage says that a fault of ours keeps something from being shown.
func (s *server) laterPage(r *http.Request) sheet.Page {
	return bothPages(func(t *texts) (string, string) { return t.LaterTitle, s.byMail(t.Later, t.LaterUnread) }, r)
}

// onlyShows is said to whoever has a link that only shows.
func (s *server) onlyShows(t *texts) string { return s.byMail(t.OnlyShows, t.OnlyShowsUnread) }

// byMail is what leads to an answer by mail where somebody reads those, else what does not.
func (s *server) byMail(read, unread string) string {
	if s.parts.Mail {
		return read
	}
	return unread
}

// brokenLink answers whoever comes without a link, or with more than one.
func (s *server) brokenLink(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, errNothing) }

// isOurs says whether an error is a fault of ours and not of the link.
func isOurs(err error) bool {
	var e *evenkeel.Error
	return errors.As(err, &e) && !errors.Is(err, errNothing)
}

// linkID is how an act that comes by this link begins its identity: the case, and the contact as
// whom it speaks, escaped so that no two are the same.
func (v *visitor) linkID() string {
	return announcement.ByLink + v.claim.Case + " " + strings.ReplaceAll(strings.ReplaceAll(v.claim.Contact, "%", "%25"), " ", "%20") + " "
}

// closing says whether an entry is a person's closing of the case as it stands: whoever closes
// one writes the reason to the tenant.
func closing(e *evenkeel.Entry, c *evenkeel.Case) bool {
	closes := e.State == docket.ActClear.String() || e.State == docket.ActClose.String()
	return e.Kind == evenkeel.EntryActed && closes && c.State == evenkeel.CaseClosed && e.At == c.Since
}
