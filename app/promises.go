package app

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/console"
	notices "github.com/evenkeel/evenkeel/courier/webhook"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/judge/credit"
)

// promisesOf reads what is promised of availability; where the settings name no file, nothing is.
func promisesOf(c *config.Document) (*availability.Promises, error) {
	if c.SLA == "" {
		return availability.Unpromised(), nil
	}
	info, err := os.Stat(c.SLA)
	if err != nil {
		return nil, fileError("read", c.SLA, err)
	}
	if info.Size() > availability.MaxDocument {
		return nil, evenkeel.Invalid("read %s: it has %d bytes, the limit is %d", c.SLA, info.Size(), availability.MaxDocument)
	}
	text, err := os.ReadFile(c.SLA)
	if err != nil {
		return nil, fileError("read", c.SLA, err)
	}
	return availability.Parse(c.SLA, text)
}

// openSites makes what counts what comes to sites, under the operator's promises.
func (h *house) openSites() error {
	p, err := promisesOf(&h.parts.Config)
	if err == nil {
		h.sites, err = newSitebook(h, p)
	}
	return err
}

// sitesShown is what the console shows of sites.
func (h *house) sitesShown(known *inventory.Registry) console.Sites {
	p := h.sites.promises
	return console.Sites{Record: h.books.Sites(), Promises: p, Refund: func(t evenkeel.TenantID) *availability.Refund {
		return p.RefundOf(t, moneyOf(known.Snapshot(), p.Currency, t, p.Of(t).Left))
	}}
}

// settle brings the books to the disk, with what came to sites.
func (h *house) settle(ctx context.Context) error {
	return cmp.Or(h.sites.write(ctx), h.books.Settle(ctx))
}

// The time of a month's statement: so long after its end it is made, so often it is looked whether late readings changed
// it, and so much longer than those count.
const (
	monthAfter = time.Hour
	monthEvery = 30 * time.Minute
	monthSpare = 3 * time.Hour
	// sitesAtOnce is how many sites are asked for at a time.
	sitesAtOnce = 1000
)

// reckoner makes what months come to, and what who left gets back, and tells whoever bills.
type reckoner struct {
	record   availability.Record
	promises *availability.Promises
	known    func() *inventory.Snapshot
	settled  func(context.Context) error // waits until the log was read again after a start
	write    func(context.Context) error // has written what was taken
	to       notices.Poster              // nil: nobody bills
	now      func() evenkeel.Moment
	slog     *slog.Logger

	// Of the loop alone.
	made  evenkeel.Moment // when months were looked at last
	again map[string]putOff
	asked map[string]bool // of what is not known, what was said already
}

// openReckoner makes the loop.
func openReckoner(h *house) (*reckoner, error) {
	r := &reckoner{
		record: h.books.Sites(), promises: h.sites.promises, known: h.sites.holders, settled: h.state.caughtUp, write: h.sites.write,
		now: h.now, slog: h.parts.Log, again: map[string]putOff{}, asked: map[string]bool{},
	}
	w := &h.parts.Config.Billing.Webhook
	if w.URL == "" || !h.parts.does(RoleCourier) {
		return r, nil
	}
	var err error
	r.to, err = billing(w, h.now)
	return r, err
}

// Run reckons until ctx ends. Right after a start what was in the log is read again first: a month of which a part is
// missing would be told as another than it was.
func (r *reckoner) Run(ctx context.Context) error {
	if err := r.settled(ctx); err != nil {
		return nil //nolint:nilerr // the work ends
	}
	return rounds(ctx, looksEvery, nil, r.round, func(err error) {
		r.slog.Warn("what months come to cannot be told; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written, and billing.webhook be reached"))
	})
}

func (r *reckoner) round(ctx context.Context) error {
	if r.promises.Mode != availability.Bill {
		return nil
	}
	now := r.now()
	if r.made == 0 || now.Sub(r.made) >= monthEvery {
		if err := r.reckon(ctx, now); err != nil {
			return err
		}
		r.made = now
	}
	if r.to == nil {
		return nil
	}
	return r.tell(ctx)
}

// reckon makes the statements of the last month and the refunds that are due.
func (r *reckoner) reckon(ctx context.Context, now evenkeel.Moment) error {
	if err := r.write(ctx); err != nil {
		return err
	}
	begun, _ := r.promises.Month(now)
	if since := now.Sub(begun); since >= monthAfter && (r.made == 0 || since <= r.promises.Late+monthSpare) {
		from, until := r.promises.Month(begun - 1)
		if err := r.month(ctx, from, until, now); err != nil {
			return err
		}
	}
	for _, t := range r.promises.Leavers() {
		if err := r.refund(ctx, t, now); err != nil {
			return err
		}
	}
	return nil
}

// month states what a month came to for each tenant.
func (r *reckoner) month(ctx context.Context, from, until, now evenkeel.Moment) error {
	known := r.known()
	return EachTenant(ctx, r.record, r.promises, "", from, until, func(t evenkeel.TenantID, w availability.Window, sites []availability.SiteMonth) error {
		if t == "" {
			return nil // nobody is owed anything for what nobody held
		}
		s := r.promises.StatementOf(t, w, sites, moneyOf(known, r.promises.Currency, t, until).Price)
		if s.Unknown != "" {
			r.ask(t, s.Unknown)
			return nil
		}
		about := from.Time().In(r.promises.Zone).Format("2006-01")
		last, err := r.record.Latest(ctx, availability.KindMonth, t, about)
		if err != nil || last == nil && !s.Owes() {
			return err
		}
		return r.put(ctx, last, availability.KindMonth, t, about, s, now)
	})
}

func (r *reckoner) put(ctx context.Context, last *availability.Event, kind string, t evenkeel.TenantID, about string, data any, now evenkeel.Moment) error {
	e, err := availability.Revise(last, kind, t, about, data, now)
	if err != nil || e == nil {
		return err
	}
	return r.record.Tell(ctx, e)
}

// refund says what a tenant gets back that left.
func (r *reckoner) refund(ctx context.Context, t evenkeel.TenantID, now evenkeel.Moment) error {
	left := r.promises.Of(t).Left
	if left > now {
		return nil
	}
	f := r.promises.RefundOf(t, moneyOf(r.known(), r.promises.Currency, t, left))
	for _, what := range f.Unknown {
		r.ask(t, what)
	}
	if len(f.Unknown) > 0 {
		return nil
	}
	const about = "unused balance"
	last, err := r.record.Latest(ctx, availability.KindRefund, t, about)
	if err != nil {
		return err
	}
	return r.put(ctx, last, availability.KindRefund, t, about, f, now)
}

// ask tells a person what is not known, once.
func (r *reckoner) ask(t evenkeel.TenantID, what string) {
	if key := string(t) + " " + what; !r.asked[key] {
		r.asked[key] = true
		r.slog.Warn("an amount is owed that is not known", "tenant", t, "unknown", what, "hint", "write it into the document of settings sla, as docs/availability.md says")
	}
}

// tell posts what nobody took yet and is due. One that is not taken holds up no other.
func (r *reckoner) tell(ctx context.Context) (faults error) {
	all, err := r.record.Untold(ctx, atATime+len(r.again))
	if err != nil {
		return err
	}
	for i := range all {
		e := &all[i]
		waits := r.again[e.ID]
		if r.now() < waits.until {
			continue
		}
		body, err := json.Marshal(PromiseEventOf(e))
		if err == nil {
			_, err = r.to.Post(ctx, e.ID, body)
		}
		if err == nil {
			err = r.record.Told(context.WithoutCancel(ctx), e.ID, r.now())
		}
		if err == nil {
			delete(r.again, e.ID)
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		waits.failed++
		waits.until = r.now().Add(backoff.Pause(looksEvery, time.Hour, 0, e.ID, waits.failed))
		r.again[e.ID] = waits
		faults = cmp.Or(faults, err)
		if evenkeel.KindOf(err) == evenkeel.KindUnavailable {
			return faults // nobody is there; each of the others would wait for that too
		}
	}
	return faults
}

// PromiseEvent is what a month came to, or who left gets back, as a CloudEvent 1.0, as docs/schema/availability.schema.json
// and docs/schema/refund.schema.json describe it. Names may be added to it; those that are there stay.
type PromiseEvent struct {
	SpecVersion string            `json:"specversion"`
	ID          string            `json:"id"` // of the subject and its revision: the same however often it is told
	Source      string            `json:"source"`
	Type        string            `json:"type"`
	Time        evenkeel.Moment   `json:"time"`
	Subject     evenkeel.TenantID `json:"subject"`
	ContentType string            `json:"datacontenttype"`
	Data        promiseData       `json:"data"`
}

type promiseData struct {
	About    string          `json:"about"`
	Revision int             `json:"revision"`
	Corrects string          `json:"corrects,omitempty"` // the id of the event in whose place it stands
	Is       json.RawMessage `json:"is"`
}

// PromiseEventOf is an event as it is told.
func PromiseEventOf(e *availability.Event) *PromiseEvent {
	return &PromiseEvent{
		SpecVersion: "1.0", ID: e.ID, Source: "evenkeel", Type: e.Kind, Time: e.At, Subject: e.Tenant, ContentType: "application/json",
		Data: promiseData{e.About, e.Revision, e.Corrects, e.Data},
	}
}

// EachTenant calls f with each tenant's window over all its sites, each under its own excuses, or with one tenant's alone.
func EachTenant(ctx context.Context, record availability.Record, p *availability.Promises, one evenkeel.TenantID, from, until evenkeel.Moment,
	f func(evenkeel.TenantID, availability.Window, []availability.SiteMonth) error,
) error {
	look, err := p.Look(ctx, record, from, until)
	if err != nil {
		return err
	}
	var w availability.Window
	var sites []availability.SiteMonth
	var of *evenkeel.TenantID
	flush := func() error {
		if of == nil {
			return nil
		}
		err := f(*of, w, sites)
		w, sites, of = availability.Window{}, nil, nil
		return err
	}
	for q := (availability.Of{Tenant: one, Most: sitesAtOnce}); ; {
		held, err := record.Sites(ctx, q)
		if err != nil {
			return err
		}
		for i := range held {
			h := &held[i]
			if of != nil && *of != h.Tenant {
				if err := flush(); err != nil {
					return err
				}
			}
			if of == nil {
				of, w = &h.Tenant, availability.Window{From: from, Until: until}
			}
			if h.First >= until || h.Last < from.Add(-24*time.Hour) {
				continue
			}
			history, err := look.History(ctx, h.Tenant, h.Site)
			if err != nil {
				return err
			}
			month, of := p.SiteMonthOf(h.Tenant, h.Site, history, from, until)
			w.Add(&of)
			sites = append(sites, month)
		}
		if len(held) < sitesAtOnce {
			return flush()
		}
		q.After = held[len(held)-1]
	}
}

// TenantsOf calls f with each tenant whose sites are counted, or with the one that is asked for.
func TenantsOf(ctx context.Context, record availability.Record, one evenkeel.TenantID, f func(evenkeel.TenantID) error) error {
	if one != "" {
		return f(one)
	}
	for q := (availability.Of{Most: 1}); ; {
		held, err := record.Sites(ctx, q)
		if err != nil || len(held) == 0 {
			return err
		}
		if err := f(held[0].Tenant); err != nil {
			return err
		}
		q.After = availability.Held{Tenant: held[0].Tenant, Site: beyond}
	}
}

// beyond is a site that is after all: no id has such bytes.
const beyond = "\xff\xff"

// moneyOf is what the inventory knows of a tenant's money at a moment, in a currency.
func moneyOf(known *inventory.Snapshot, currency string, t evenkeel.TenantID, at evenkeel.Moment) availability.Money {
	a := known.AccountAt(t, at)
	in := func(f evenkeel.Fact[float64]) evenkeel.Fact[credit.Millionths] {
		switch n := math.Round(f.Value * 1e6); {
		case !f.Known():
			return evenkeel.UnknownFact[credit.Millionths](f.Unknown)
		case a.Currency != currency:
			return evenkeel.UnknownFact[credit.Millionths]("it is in " + cmp.Or(a.Currency, "no currency") + ", the promises are in " + currency)
		case !(math.Abs(n) < 1e15):
			return evenkeel.UnknownFact[credit.Millionths]("it is beyond all reason")
		default:
			return evenkeel.KnownFact(credit.Millionths(n), f.Seen)
		}
	}
	return availability.Money{Since: a.Since, Paid: in(a.Paid), Price: in(a.RunRate)}
}
