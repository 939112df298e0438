package crowd

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
	"github.com/evenkeel/evenkeel/lab/edge/shop"
	"github.com/evenkeel/evenkeel/lab/internal/kernel"
)

// Play is how a plan is done.
type Play struct {
	Town  Town
	Front []netip.AddrPort // where the sites are: of IPv4, of IPv6, or both
	CAs   *x509.CertPool
	Begin time.Time
	Limit time.Duration // how long a visitor waits
	Now   func() time.Time
}

// Run asks for all that was drawn, and comes back when all of it is answered or given up.
func (p *Play) Run(ctx context.Context) ([]Entry, error) {
	plan, err := p.Town.Visits()
	if err != nil {
		return nil, err
	}
	ledger := NewLedger(plan.Asks)
	jars := make([]*browser.Jar, len(plan.People))
	for i, who := range plan.People {
		jars[i] = &browser.Jar{}
		if who.Known {
			jars[i].Set(shop.Session, "regular")
		}
	}
	var all sync.WaitGroup
	first := 0
	for i, v := range plan.Visits {
		if err := p.until(ctx, v.Asks[0].Due); err != nil {
			all.Wait()
			return nil, err
		}
		from := first
		first += len(v.Asks)
		all.Go(func() { p.visit(ctx, plan, i, jars[v.Person], func(k int, e Entry) { ledger.Enter(from+k, e) }) })
	}
	all.Wait()
	return ledger.Close()
}

// until waits for a time since the town began.
func (p *Play) until(ctx context.Context, due time.Duration) error {
	t := time.NewTimer(p.Begin.Add(due).Sub(p.Now()))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *Play) visit(ctx context.Context, plan *Plan, number int, jar *browser.Jar, enter func(int, Entry)) {
	v := plan.Visits[number]
	who := plan.People[v.Person]
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	w := &browser.Window{
		Client: browser.Client{Kind: kinds[who.Kind].kind, From: who.From, To: p.front(who.From), CAs: p.CAs},
		Host:   p.Town.Hosts[who.Site], Jar: jar, Now: p.Now,
	}
	var pages sync.WaitGroup
	for k, a := range v.Asks {
		if a.Page != k {
			continue
		}
		p.until(ctx, a.Due) // where the context ended, the request says so
		pages.Go(func() { p.page(ctx, w, v.Asks, k, Entry{Visit: number, Site: who.Site}, enter) })
	}
	pages.Wait()
}

// front is where somebody with such an address goes.
func (p *Play) front(from netip.Addr) netip.AddrPort {
	for _, f := range p.Front {
		if f.Addr().Is4() == from.Is4() {
			return f
		}
	}
	return p.Front[0]
}

// page asks for a page and what it loads.
func (p *Play) page(ctx context.Context, w *browser.Window, asks []Ask, k int, e Entry, enter func(int, Entry)) {
	a := asks[k]
	e.Due, e.Page = a.Due, true
	due := p.Begin.Add(a.Due)
	e.Sent = p.Now().Sub(due)
	patience, stop := context.WithDeadline(ctx, due.Add(p.Limit))
	got, err := w.Document(ctx, patience, a.Path)
	stop()
	e.Took = p.Now().Sub(due)
	e.Asked, e.Waited, e.Asking = got.Asked, got.Waited, got.Answered
	e.Status, e.Outcome = judge(w.Host, a.Path, got.Response, err)
	if e.Outcome == Refused && e.Asked > 0 {
		e.Outcome = Asked
	}
	enter(k, e)
	var loads sync.WaitGroup
	for i, a := range asks {
		if a.Page != k || i == k {
			continue
		}
		loads.Go(func() { p.load(ctx, w, a, e, func(e Entry) { enter(i, e) }) })
	}
	loads.Wait()
}

// load asks for something that a page loads, once that is there.
func (p *Play) load(ctx context.Context, w *browser.Window, a Ask, page Entry, enter func(Entry)) {
	e := Entry{Visit: page.Visit, Site: page.Site, Due: a.Due, Asking: page.Asking}
	if page.Outcome != Answered {
		e.Outcome, e.Took = Unmade, p.Limit
		enter(e)
		return
	}
	p.until(ctx, a.Due)
	due := p.Begin.Add(a.Due)
	patience, stop := context.WithDeadline(ctx, due.Add(p.Limit))
	defer stop()
	got, err := w.Fetch(ctx, patience, browser.Request{Path: a.Path, Asset: true})
	e.Took = p.Now().Sub(due)
	e.Status, e.Outcome = judge(w.Host, a.Path, got, err)
	enter(e)
}

// judge says what came of a request, and with which status.
func judge(host, path string, r *browser.Response, err error) (int, Outcome) {
	if err != nil {
		return 0, broken(err)
	}
	switch {
	case r.Status == 200 && shop.Right(host, path, r.Body):
		return r.Status, Answered
	case r.Status == 403, r.Status == 429, r.Status == 451:
		return r.Status, Refused
	case r.Status >= 500:
		return r.Status, Overloaded
	}
	return r.Status, Wrong
}

// broken says what came of a request that was not answered.
func broken(err error) Outcome {
	var reset browser.ErrReset
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "i/o timeout"):
		return Unanswered
	case kernel.SentAway(err), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, browser.ErrGoAway), errors.As(err, &op) && op.Op == "remote error": // an alert of TLS
		return Refused
	case errors.As(err, &reset):
		if reset.Code == http2.ErrCodeRefusedStream || reset.Code == http2.ErrCodeEnhanceYourCalm {
			return Refused
		}
		return Failed
	case errors.Is(err, browser.ErrAsked):
		return Asked
	}
	return Failed
}
