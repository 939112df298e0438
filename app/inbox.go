package app

import (
	"context"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// How many mails are kept: those that were heard until newer ones take their room, those that nobody
// can place until a person removes them.
const (
	dirHeard    = "mail-heard"
	dirUnplaced = "mail-unplaced"
	mostHeard   = 2000
	mostKept    = 512 << 20 // bytes of each
)

// mails are the ways by which mails come in.
type mails struct {
	desk     *inbox.Desk
	unplaced *inbox.Folder
	runs     []func(context.Context) error
	open     []net.Listener
}

// openMails makes the desk and listens where mail servers hand mails in; nil where no mail comes in.
func openMails(ctx context.Context, h *house, at *Addresses) (*mails, error) {
	c := &h.parts.Config.Inbox
	if !c.Hears() || !h.parts.does(RoleCourier) {
		return nil, nil
	}
	key, err := keyIn(h.dir)
	if err != nil {
		return nil, err
	}
	post := &postbox{house: h, marks: marksUnder(key)}
	var reports inbox.Reports
	if h.parts.Config.Reports.Mail {
		reports = h.clerk
	}
	unplaced := inbox.NewFolder(h.path(dirUnplaced), mostHeard, mostKept, false)
	desk, err := inbox.NewDesk(inbox.Parts{
		Reports: reports,
		Books:   post, Ears: post, Domain: h.mailDomain(), Verifier: c.Verifier, Lookup: net.DefaultResolver.LookupTXT,
		Heard:    h.heard,
		Unplaced: unplaced,
	}, inbox.Options{Limits: inbox.Limits{Bytes: int(c.Size)}, Log: h.parts.Log})
	if err != nil {
		return nil, err
	}
	m := &mails{desk: desk, unplaced: unplaced}
	m.runs = append(m.runs, (&vigil{over: "mails that nobody can place", look: overMails(unplaced), call: h.judge.Unplaced, now: h.now, log: h.parts.Log}).Run)
	for _, d := range []struct {
		key, at string
		lmtp    bool
		chosen  *string
	}{{"inbox.lmtp", c.LMTP, true, &at.LMTP}, {"inbox.smtp", c.SMTP, false, &at.SMTP}} {
		if d.at == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.at)
		if err != nil {
			m.close()
			return nil, taken(d.key, d.at, err)
		}
		*d.chosen, m.open = l.Addr().String(), append(m.open, l)
		s := &inbox.Server{LMTP: d.lmtp, Name: h.mailDomain(), Recipients: c.Recipients, Taker: desk, Log: h.parts.Log}
		m.runs = append(m.runs, func(ctx context.Context) error { return s.Serve(ctx, l) })
	}
	if b := &c.IMAP; b.Server != "" {
		box := &inbox.Mailbox{Taker: desk, Every: b.Every, Log: h.parts.Log, Account: inbox.Account{
			Addr: b.Server, Security: b.TLS, User: b.User, SecretFile: b.PasswordFile, Folder: b.Folder, Move: b.Move,
		}}
		m.runs = append(m.runs, box.Run)
	}
	return m, registerAll(h.reg, (*inTray)(m))
}

// close gives up the addresses of what was not run.
func (m *mails) close() {
	if m == nil {
		return
	}
	for _, l := range m.open {
		_ = l.Close() // nobody was let in
	}
}

// mailDomain is that of the Message-IDs of notices, by which answers are known.
func (h *house) mailDomain() string {
	if d := h.parts.Config.Courier.Domain; d != "" {
		return d
	}
	return domainOf(h.parts.Config.Console.URL)
}

// inTray tells what became of mails.
type inTray mails

var (
	descMails    = describe("inbox_mails_total", "Mails that came in, by what became of them.", "fate")
	descUnplaced = describe("inbox_unplaced", "Mails that nobody can place, and that wait for a person.")
)

// Describe names what Collect tells.
func (*inTray) Describe(out chan<- *prometheus.Desc) { out <- descMails; out <- descUnplaced }

// Collect tells how it is now.
func (t *inTray) Collect(out chan<- prometheus.Metric) {
	for fate, n := range t.desk.Tally() {
		out <- prometheus.MustNewConstMetric(descMails, prometheus.CounterValue, float64(n), fate)
	}
	if w, err := t.unplaced.Waiting(); err == nil {
		out <- prometheus.MustNewConstMetric(descUnplaced, prometheus.GaugeValue, float64(w.Mails))
	}
}

// postbox is what the desk of mails knows of the books, and hands on to the judge.
type postbox struct {
	*house
	marks redact.Key
}

var (
	_ inbox.Books = (*postbox)(nil)
	_ inbox.Ears  = (*postbox)(nil)
)

// The bounds of what mails may ask for: by the address alone a case is found among all that are open, so many read at
// once; and in one case so many mails are heard in an hour, as through a link.
const (
	lookedAtOnce = 5000
	mostMailed   = 20
	mailedFor    = time.Hour
	catchesUp    = 10 * time.Second
)

// current waits until contacts are those that the log tells of: before, one may pass for a stranger.
func (p *postbox) current(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, catchesUp)
	defer cancel()
	if err := p.state.caughtUp(waiting); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "take in a mail while the log is read again", Err: err, Hint: "nothing: it comes again"}
	}
	return nil
}

// sent returns a notice, its case and what became of it.
func (p *postbox) sent(ctx context.Context, id evenkeel.NoticeID) (s docket.SentNotice, err error) {
	if err := p.current(ctx); err != nil {
		return s, err
	}
	err = p.books.Transact(ctx, func(tx docket.Tx) (err error) {
		s, err = tx.Notice(id)
		return err
	})
	return s, err
}

// Notice says whose a notice is.
func (p *postbox) Notice(ctx context.Context, id evenkeel.NoticeID) (inbox.Place, error) {
	s, err := p.sent(ctx, id)
	return inbox.Place{Tenant: s.Case.Tenant, Case: s.Case.ID}, err
}

// Case says whose a case is.
func (p *postbox) Case(ctx context.Context, id evenkeel.CaseID) (inbox.Place, error) {
	if err := p.current(ctx); err != nil {
		return inbox.Place{}, err
	}
	f, err := p.books.Folder(ctx, id)
	return inbox.Place{Tenant: f.Case.Tenant, Case: f.Case.ID}, err
}

// Open returns open cases of tenants that have an address among their contacts, at most two: with more
// the mail has no place in any case.
func (p *postbox) Open(ctx context.Context, address string) (out []inbox.Place, err error) {
	if err := p.current(ctx); err != nil {
		return nil, err
	}
	known := p.watcher.registry.Snapshot()
	for after := evenkeel.CaseID(""); ; {
		some, err := p.books.OpenAfter(ctx, after, lookedAtOnce)
		if err != nil {
			return nil, err
		}
		for _, c := range some {
			_, contacts := known.Reach(c.Tenant)
			if _, is := courier.Called(contacts, address); is {
				if out = append(out, inbox.Place{Tenant: c.Tenant, Case: c.ID}); len(out) == 2 {
					return out, nil
				}
			}
			after = c.ID
		}
		if len(some) < lookedAtOnce {
			return out, nil
		}
	}
}

// Role says who an address is to a tenant in a case.
func (p *postbox) Role(ctx context.Context, at inbox.Place, address string) (role string, known bool, err error) {
	_, contacts := p.watcher.registry.Snapshot().Reach(at.Tenant)
	r, err := p.books.ReachOf(ctx, at.Case)
	if err != nil {
		return "", false, err
	}
	role, known = courier.CalledIn(&courier.Waiting{Before: r.Before, Confirmed: r.Passed(), Former: r.Tells(p.now())}, contacts, address)
	return role, known, nil
}

// Room says whether one more mail is heard in a case now.
func (p *postbox) Room(ctx context.Context, at inbox.Place, id string) error {
	_, err := p.room(ctx, at, id, p.now())
	return err
}

func (p *postbox) room(ctx context.Context, at inbox.Place, id string, now evenkeel.Moment) (heard bool, err error) {
	f, err := p.books.Folder(ctx, at.Case)
	if err != nil {
		return false, err
	}
	lately := 0
	for i := range f.Entries {
		switch e := &f.Entries[i]; {
		case e.Ref == id:
			return true, nil
		case strings.HasPrefix(e.Ref, "mail-") && now.Sub(e.At) < mailedFor:
			lately++
		}
	}
	if lately >= mostMailed {
		return false, &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "hear more mails in case " + string(at.Case), Hint: "nothing: what comes beyond 20 in an hour is heard later, as it comes again",
		}
	}
	return false, nil
}

// Say has what a mail says done as an act of its tenant.
func (p *postbox) Say(ctx context.Context, s inbox.Said) error {
	now := p.now()
	heard, err := p.room(ctx, s.Place, s.ID, now) // again: many may come at once
	if heard || err != nil {
		return err
	}
	a := docket.Act{ID: s.ID, Kind: docket.ActMessage, At: now, Tenant: s.Place.Tenant, Case: s.Place.Case, Says: s.Words + "\n\n[" + s.Known + "]"}
	if s.Answer {
		a.Kind, a.Letter = docket.ActAnswer, true
	}
	if strings.Contains(s.Role, evenkeel.FormerContact) { // an address proves nobody, but whoever was put out of reach is heard
		a.Contact = s.Role
	}
	_, err = p.do(ctx, a)
	return err
}

// Bounce writes down that a notice came back. One that is not known to have left yet comes again: the
// answer of the server may be on its way to the books. Where the tenant spoke in the case since
// the notice was written, somebody was told, whatever comes back: else whoever wants no measure would
// only have to say that it did not arrive.
func (p *postbox) Bounce(ctx context.Context, b inbox.Bounce) (news bool, err error) {
	s, err := p.sent(ctx, b.Notice)
	if err != nil {
		return false, err
	}
	mark := p.marks.Mark(string(b.Notice), b.To)
	took, about := 0, docket.Delivery{}
	for _, x := range s.Dispatch.Deliveries {
		if x.Channel == "mail" && redact.MarkOf(x.To) == mark {
			if slices.ContainsFunc(s.Dispatch.Deliveries, func(y docket.Delivery) bool { return y.Refused && y.Channel == x.Channel && y.To == x.To }) {
				return false, nil // it is known
			}
			took, about = took+1, x
		}
	}
	switch {
	case took == 0 && s.Dispatch.Over == 0:
		return false, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "note that notice " + string(b.Notice) + " came back before it is known to have left", Hint: "nothing: it comes again"}
	case took == 0, s.Case.Spoke >= s.Notice.At:
		return false, nil
	}
	about.Refused, about.At, about.Says = true, p.now(), strings.TrimSpace("it came back: "+b.Status+" "+b.Says)
	return true, p.judge.Told(ctx, about, p.now())
}

// heardIn is the folder of mails that were heard.
func heardIn(dir string) *inbox.Folder { return inbox.NewFolder(dir, mostHeard, mostKept, true) }
