package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
	abuse "github.com/evenkeel/evenkeel/watch/intake/report"
	reports "github.com/evenkeel/evenkeel/watch/intake/report/door"
)

// clerk takes abuse reports in, by HTTP and by mail, and tells reporters what came of them. What
// rules may know of a report goes into the log, like all telemetry; whom to tell is kept in the
// books, and no tenant reads it.
type clerk struct {
	log      reports.LogDesk
	kept     *sqlite.Reporters
	casesOf  func(context.Context, docket.Query) ([]docket.Row, error)
	folder   func(context.Context, evenkeel.CaseID) (docket.Folder, error)
	holder   func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool)
	ready    func(context.Context) error // once all is heard that was in the log
	mail     *reporterMail               // nil: reporters get none
	mute     bool                        // another process sends them: whoever is to be told waits
	verifier string
	doubt    float64
	// remembers is for how long what is settled is kept.
	remembers time.Duration
	now       func() evenkeel.Moment
	slog      *slog.Logger
	attacks   bool          // those who were attacked are kept, for the herald
	kick      chan struct{} // somebody is to be thanked; holds one, more are the same

	// Of the loop alone: letters that told what came of a case, and those that could not leave.
	told  map[string]bool
	again map[string]putOff
}

// putOff is until when a letter waits that could not leave.
type putOff struct {
	failed int
	until  evenkeel.Moment
}

var (
	_ reports.Desk  = (*clerk)(nil)
	_ inbox.Reports = (*clerk)(nil)
)

// holderIn tells who is known to have held an asset at a moment.
func holderIn(known *inventory.Registry) func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool) {
	return func(a evenkeel.AssetID, at evenkeel.Moment) (evenkeel.TenantID, bool) {
		held, ok := known.Snapshot().TenancyAt(a, at)
		if !ok {
			return "", false
		}
		return held.Tenant, true
	}
}

// openClerk makes the clerk of a process.
func openClerk(h *house, key secret) (*clerk, error) {
	c := &h.parts.Config
	k := &clerk{
		log: reports.LogDesk{Log: durable{h.intake}, Key: key, Now: h.now}, kept: h.books.Reporters(), casesOf: h.books.Cases, folder: h.books.Folder,
		told: map[string]bool{}, again: map[string]putOff{}, ready: h.state.caughtUp, verifier: c.Inbox.Verifier, doubt: c.Reports.Doubt, remembers: c.Retention.Reports, now: h.now, slog: h.parts.Log, kick: make(chan struct{}, 1),
	}
	k.holder = holderIn(h.watcher.registry)
	answers := c.Reports.Answer && c.Courier.Mail.Server != ""
	if k.mute = answers && !h.parts.does(RoleCourier); answers && !k.mute {
		by, err := mailServer(&c.Courier.Mail, h.now)
		if err != nil {
			return nil, err
		}
		k.mail = &reporterMail{by: by, operator: c.Courier.Operator, domain: h.mailDomain()}
	}
	return k, nil
}

// handler returns the handler of POST /v1/reports.
func (k *clerk) handler(c *config.Reports, now func() time.Time) (http.Handler, error) {
	var all []reports.Reporter
	for _, x := range c.Reporters {
		one := reports.Reporter{Name: x.Name, Minute: x.Minute, Tokens: make([][sha256.Size]byte, 1)}
		if _, err := hex.Decode(one.Tokens[0][:], []byte(x.TokenSHA256)); err != nil {
			return nil, err
		}
		if x.TokenFile != "" {
			text, err := tokenIn(x.Name, x.TokenFile)
			if err != nil {
				return nil, err
			}
			one.Tokens[0] = sha256.Sum256([]byte(text))
		}
		all = append(all, one)
	}
	opt := reports.Options{AuthServer: k.verifier, Now: now}
	for _, p := range c.Proxies {
		opt.Proxies = append(opt.Proxies, p.Prefix)
	}
	d, err := reports.New(k, all, opt)
	if err != nil {
		return nil, err
	}
	return d.Handler(), nil
}

// Take takes reports that came by HTTP. Strangers get no mails: they name whatever address they like.
func (k *clerk) Take(ctx context.Context, from string, all []*abuse.Report) error {
	kept := docket.Reported{Receipt: reports.Receipt(from, all)}
	for _, r := range all {
		kept.Reporter, kept.Contact = "claimed "+r.Reporter.Domain, ""
		if from != "" {
			kept.Reporter = "token " + from
			if address := r.Reporter.Contact.Address(); deliverable(address) {
				kept.Contact = address
			}
		}
	}
	return k.take(ctx, kept, all, false)
}

// Had says whether reports with a receipt were taken, by this process or one before it.
func (k *clerk) Had(ctx context.Context, receipt string) (bool, error) {
	return k.kept.Had(ctx, receipt)
}

// Report takes a mail, where it is one of a report.
func (k *clerk) Report(ctx context.Context, raw []byte, null bool) error {
	m, err := reports.Read(raw, k.verifier)
	if err != nil {
		return err
	}
	if err := reports.Plausible(m.Reports, k.now()); err != nil {
		return err
	}
	_, domain, _ := strings.Cut(m.From, "@")
	kept := docket.Reported{Receipt: reports.Receipt("", m.Reports), Reporter: "claimed " + domain, Thread: m.ID}
	if m.Reports[0].Authentication.DMARC == "pass" { // which is about the domain that From names
		kept.Reporter = "mail " + domain
	}
	if m.Answerable && !null && deliverable(m.From) {
		kept.Contact = m.From
	}
	return k.take(ctx, kept, m.Reports, true)
}

// deliverable says whether mails may be sent to what somebody says is their address.
func deliverable(address string) bool {
	return strings.Count(address, "@") == 1 && len(address) <= 254 && !strings.ContainsAny(address, " \t\r\n<>,;\"")
}

// known says whether we know who reports: by a token, or by a mail whose sender was verified. What
// anybody may claim is a reason to look; it leads to no word of ours to others.
func known(reporter string) bool { return reporter != "" && !strings.HasPrefix(reporter, "claimed ") }

// take has what rules may know written into the log, and then down whom to tell. A report of
// somebody who is doubted goes into the log only where another one reported the same lately.
func (k *clerk) take(ctx context.Context, like docket.Reported, all []*abuse.Report, thank bool) error {
	like.Came = k.now()
	doubted, err := k.doubted(ctx, like.Reporter)
	if err != nil {
		return err
	}
	var rows []docket.Reported
	var heard []*abuse.Report
	var attacked []docket.Attacked
	for _, r := range all {
		row := like
		row.Asset, row.At, row.Class, row.Doubted = r.Source.Asset(), r.At, r.Class.String(), doubted
		if row.Asset == "" {
			continue
		}
		rows = append(rows, row)
		vouched := !doubted
		if doubted {
			if vouched, err = k.kept.Vouched(ctx, row.Asset, row.Reporter, like.Came.Add(-vouchedFor)); err != nil {
				return err
			}
		}
		if vouched {
			heard = append(heard, r)
			if x, ok := attackedOf(&row, r); ok && k.attacks && known(like.Reporter) {
				attacked = append(attacked, x)
			}
		}
	}
	if len(rows) == 0 {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the report names no address and no domain, or blots them out; expected what somebody here may hold",
			Hint: "a person has to read it: where it is about an account, see whose it is",
		}
	}
	if err := k.log.Take(ctx, like.Reporter, heard); err != nil {
		return unavailable("take a report in", err)
	}
	if err := k.kept.KeepAttacked(ctx, attacked); err != nil {
		return unavailable("keep who was attacked", err)
	}
	if err := k.kept.Keep(ctx, thank && (k.mail != nil || k.mute), rows); err != nil {
		return unavailable("keep whom to tell what comes of a report", err)
	}
	select {
	case k.kick <- struct{}{}:
	default:
	}
	return nil
}

func unavailable(doing string, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Err: err, Hint: "nothing: it comes again"}
}

// vouchedFor is for how long the report of somebody who is not doubted lets those of others count.
const vouchedFor = 24 * time.Hour

// doubted says whether it is as good as sure that a reporter is rarely right.
func (k *clerk) doubted(ctx context.Context, reporter string) (bool, error) {
	p, err := k.kept.Precision(ctx, reporter)
	if err != nil || k.doubt == 0 {
		return false, err
	}
	return (&abuse.Precision{Confirmed: p.Confirmed, False: p.False}).Below(k.doubt), nil
}

// How often the clerk looks, how much it does at once, and how long it waits for what comes of a report.
const (
	looksEvery = 2 * time.Second
	atATime    = 200
	triedFor   = 3 * 24 * time.Hour  // a mail that nobody takes now
	openFor    = 30 * 24 * time.Hour // a report that came to no case
	mostTold   = 1 << 16             // letters that are remembered as told, or as to be tried again
)

// waits says whether a mail that could not leave is not tried again yet.
func (k *clerk) waits(key string) bool { return k.now() < k.again[key].until }

// later puts a mail off that could not leave, longer each time.
func (k *clerk) later(key string) {
	if len(k.again) >= mostTold {
		clear(k.again)
	}
	t := k.again[key]
	t.failed++
	t.until = k.now().Add(backoff.Pause(looksEvery, time.Hour, 0, key, t.failed))
	k.again[key] = t
}

// Run thanks and tells until ctx ends.
func (k *clerk) Run(ctx context.Context) error {
	var after docket.Reported
	return rounds(ctx, looksEvery, k.kick, func(ctx context.Context) error {
		err := k.thank(ctx)
		if k.ready(ctx) == nil { // whoever cannot be thanked now holds up nobody else
			var settling error
			after, settling = k.settle(ctx, after)
			err = cmp.Or(err, settling)
		}
		return err
	}, func(err error) {
		k.slog.Warn("reporters cannot be told what came of their reports; it is tried again", "err", err, "hint", "see whether the books can be written, and the mail server be reached")
	})
}

// thank sends receipts.
func (k *clerk) thank(ctx context.Context) error {
	all, err := k.kept.Unthanked(ctx, atATime)
	var waits error // of one who cannot be reached now; others can
	for i := 0; i < len(all) && err == nil; i++ {
		x := &all[i]
		if k.waits(x.Receipt) || k.mute && k.now().Sub(x.Came) < triedFor {
			continue
		}
		if k.mail != nil && k.now().Sub(x.Came) < triedFor && k.mail.may(x, k.now()) {
			if e := k.mail.send(ctx, x, "receipt "+x.Receipt, thanks(k.mail.operator, x)); e != nil && !finally(e) {
				k.mail.untold(x)
				k.later(x.Receipt)
				waits = e
				continue
			}
		}
		err = k.kept.Thanked(ctx, x.Receipt)
	}
	return cmp.Or(err, waits)
}

// settle looks what came of the next reports, and returns the last one that it looked at.
func (k *clerk) settle(ctx context.Context, after docket.Reported) (docket.Reported, error) {
	all, err := k.kept.Unsettled(ctx, after, atATime)
	if err != nil || len(all) == 0 {
		if err == nil {
			err = k.kept.Forget(ctx, k.now().Add(-max(k.remembers, config.LeastReports)))
		}
		return docket.Reported{}, err
	}
	var waits error
	for _, x := range all {
		if err := k.look(ctx, x); err != nil {
			waits = err
		}
		after = x
	}
	return after, waits
}

// look finds the case that a report came to, and, once that is closed, tells the reporter.
func (k *clerk) look(ctx context.Context, x docket.Reported) error {
	if x.Case == "" {
		var err error
		if x.Case, err = k.caseOf(ctx, &x); err != nil {
			return err
		}
		switch {
		case x.Case == "" && k.now().Sub(x.Came) > openFor:
			return k.kept.Settle(ctx, x, evenkeel.OutcomeNone, k.now())
		case x.Case == "":
			return nil
		}
		if err := k.kept.Place(ctx, x); err != nil {
			return err
		}
	}
	f, err := k.folder(ctx, x.Case)
	if err != nil {
		return fmt.Errorf("look what came of a report: %w", err)
	}
	if f.Case.State != evenkeel.CaseClosed {
		return nil
	}
	if !stands(&f, &x) { // whoever closed it did not have this before them
		x.Case = ""
		if k.now().Sub(x.Came) > openFor {
			return k.kept.Settle(ctx, x, evenkeel.OutcomeNone, k.now())
		}
		return k.kept.Place(ctx, x)
	}
	if k.mute && x.Contact != "" && k.now().Sub(f.Case.Since) < triedFor {
		return k.kept.Count(ctx, x, f.Case.Outcome)
	}
	if k.mail != nil && x.Contact != "" && k.now().Sub(f.Case.Since) < triedFor {
		id := sha256.Sum256([]byte("evenkeel outcome 1\n" + string(x.Case) + "\n" + x.Contact))
		key := "outcome " + hex.EncodeToString(id[:12])
		switch {
		case k.told[key]: // of many reports of one person about one case one letter tells
		case k.waits(key):
			return nil
		default:
			if err := k.mail.send(ctx, &x, key, outcome(k.mail.operator, &x, f.Case.Outcome)); err != nil && !finally(err) {
				k.later(key)
				return err
			}
			if len(k.told) >= mostTold {
				clear(k.told)
			}
			k.told[key] = true
		}
	}
	return k.kept.Settle(ctx, x, f.Case.Outcome, k.now())
}
