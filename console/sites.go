package console

import (
	"cmp"
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/charts"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/instrument/plot"
	"github.com/evenkeel/evenkeel/judge/availability"
)

// Sites is what came to tenants' sites at the edge, and what is promised of it.
type Sites struct {
	Record   availability.Record
	Promises *availability.Promises
	// Refund is what is left of what a tenant paid that left, by the document; nil: money is not known here.
	Refund func(evenkeel.TenantID) *availability.Refund
}

// The bounds of the pages of sites.
const (
	maxTenantsOfSites = 25 // whose figures one page computes
	maxSiteRows       = 50 // sites, outages, attacks and statements that one page lists of each
)

// sitesView is the page over all tenants.
type sitesView struct {
	Tenants  []tenantSites
	Promised bool // there is a document
	Next     string
	Asked    string // the tenant that was looked for
	Told     []toldView
	Silences []availability.Silence // of 33 days, the latest first
}

// tenantSites is one line: a tenant, or one of its sites.
type tenantSites struct {
	Tenant evenkeel.TenantID
	Name   string
	Site   evenkeel.AssetID
	Href   string
	Here   bool
	Plan   string
	Target string   // "" nothing is promised
	Shares []string // as availability.Spans; "" where nobody came
	Left   string   // of the error budget; "" where nothing is promised
	Over   bool     // nothing is left
	Burns  []burnView
	Hot    bool
	Credit int
	Missed uint64 // in 30 days
	Wanted uint64
	Why    string // most of what was missed
	Excuse uint64
	Cost   costView
}

// burnView is how fast the budget burns.
type burnView struct {
	Over, Rate, Alert string
	Hot               bool
}

// costView is what it cost to absorb what came, in words.
type costView struct {
	Visits, Passed, Wanted, Served, Asked, Solved, Refused, Turned uint64
	Bytes, Edge, Backend, Saved                                    string
	Stages                                                         []heldStage // those that held for any time
}

type heldStage struct{ Stage, For string }

func costOf(c *availability.Counts) costView {
	seconds := func(p evenkeel.Part) string {
		return sheet.Length(time.Duration(min(c.Of(p), 1<<42)) * time.Millisecond)
	}
	v := costView{
		c.Of(evenkeel.PartVisits), c.Of(evenkeel.PartPassed), c.Wanted(), c.Served(), c.Of(evenkeel.PartAsked), c.Of(evenkeel.PartSolved), c.Of(evenkeel.PartRefused), c.Of(evenkeel.PartTurned),
		plot.Number(float64(c.Of(evenkeel.PartSiteBytes)), "bytes"), seconds(evenkeel.PartEdgeTime), seconds(evenkeel.PartBackendTime), seconds(evenkeel.PartSavedTime), nil,
	}
	for s := availability.Stage(1); s < availability.Stages; s++ {
		if n := c.Seconds(s); n > 0 {
			v.Stages = append(v.Stages, heldStage{s.String(), sheet.Length(time.Duration(min(n, 1<<30)) * time.Second)})
		}
	}
	return v
}

// toldView is a month or a refund that was told.
type toldView struct {
	Tenant   evenkeel.TenantID
	Name     string
	Href     string
	Month    string // "": a refund
	Share    string
	Credit   int
	Amount   string
	Revision int
	At       evenkeel.Moment
}

func (s *Server) toldOf(ctx context.Context, t evenkeel.TenantID, most int) (out []toldView, err error) {
	all, err := s.parts.Sites.Record.Events(ctx, t, most)
	for i := range all {
		e := &all[i]
		v := toldView{Tenant: e.Tenant, Name: s.nameOf(e.Tenant), Href: siteHref(e.Tenant, "", ""), Revision: e.Revision, At: e.At}
		var data struct {
			Share    string `json:"availability"`
			Credit   int    `json:"credit_percent"`
			Amount   string `json:"amount"`
			Currency string `json:"currency"`
		}
		if json.Unmarshal(e.Data, &data) != nil {
			continue // of a later form
		}
		v.Amount = strings.TrimSpace(data.Amount + " " + data.Currency)
		if e.Kind == availability.KindMonth {
			v.Month, v.Share, v.Credit = e.About, data.Share, data.Credit
		}
		out = append(out, v)
	}
	return out, err
}

func (s *Server) nameOf(t evenkeel.TenantID) string {
	if t == "" {
		return ""
	}
	return cmp.Or(s.parts.Tenants.Profile(t).Name, string(t))
}

// siteHref is the page of a tenant, or of one of its sites, over a span.
func siteHref(t evenkeel.TenantID, site evenkeel.AssetID, span string) string {
	q := url.Values{"tenant": {string(t)}}
	if site != "" {
		q.Set("site", string(site))
	}
	if span != "" {
		q.Set("span", span)
	}
	return "/sites/of?" + q.Encode()
}

// line is what figures say in words.
func (s *Server) line(f *availability.Figures) tenantSites {
	v := tenantSites{Tenant: f.Tenant, Name: s.nameOf(f.Tenant), Site: f.Site, Href: siteHref(f.Tenant, f.Site, ""), Plan: f.Plan.Name, Credit: f.Credit, Cost: costOf(&f.Cost)}
	for i := range f.Windows {
		share := ""
		if n, ok := f.Windows[i].Share(); ok {
			share = n.Percent() + "\u00a0%"
		}
		v.Shares = append(v.Shares, share)
	}
	w := &f.Windows[1]
	v.Missed, v.Wanted, v.Excuse = w.Missed, w.Wanted, w.Excused
	v.Why = w.Missing.Most().String()
	if f.Plan.Target == 0 {
		return v
	}
	v.Target = f.Plan.Target.Percent() + "\u00a0%"
	if n, ok := f.Budget.Left(); ok {
		v.Left, v.Over = permille(n), n <= 0
		if n < 0 {
			v.Left = "−" + permille(-n)
		}
	}
	for _, b := range f.Burns {
		if b.Known {
			v.Burns = append(v.Burns, burnView{sheet.Length(b.Over), strconv.FormatFloat(b.Rate, 'f', 1, 64), strconv.FormatFloat(b.Alert, 'f', -1, 64), b.Hot})
			v.Hot = v.Hot || b.Hot
		}
	}
	return v
}

// sites shows how available the sites of all tenants were.
func (s *Server) sites(v *visit) error {
	q := v.r.URL.Query()
	d := sitesView{Promised: s.parts.Sites.Promises.Digest != "", Asked: q.Get("tenant")}
	after := availability.Held{Tenant: evenkeel.TenantID(q.Get("after")), Site: afterAll}
	if d.Asked != "" {
		http.Redirect(v.w, v.r, siteHref(evenkeel.TenantID(d.Asked), "", ""), http.StatusSeeOther)
		return nil
	}
	if q.Get("after") == "" {
		after.Site = ""
	}
	look, err := s.parts.Sites.Promises.LookNow(v.ctx(), s.parts.Sites.Record, v.now)
	if err != nil {
		return err
	}
	for len(d.Tenants) < maxTenantsOfSites {
		held, err := s.parts.Sites.Record.Sites(v.ctx(), availability.Of{After: after, Most: 1})
		if err != nil {
			return err
		}
		if len(held) == 0 {
			break
		}
		after = availability.Held{Tenant: held[0].Tenant, Site: afterAll}
		all, sites, err := s.parts.Sites.Promises.TenantFigures(v.ctx(), look, held[0].Tenant)
		if err != nil {
			return err
		}
		if len(sites) > 0 {
			d.Tenants = append(d.Tenants, s.line(&all))
		}
		if len(d.Tenants) == maxTenantsOfSites {
			d.Next = "/sites?" + url.Values{"after": {string(held[0].Tenant)}}.Encode()
		}
	}
	slices.Reverse(look.Silences)
	d.Silences = look.Silences[:min(len(look.Silences), maxSiteRows)]
	if d.Told, err = s.toldOf(v.ctx(), "", maxSiteRows); err != nil {
		return err
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "Sites"}, "sites", &d)
}

// afterAll is a site that is after all: no id has such bytes.
const afterAll = "\xff\xff"

// siteView is the page of a tenant, and of one of its sites.
type siteView struct {
	All     tenantSites
	Sites   []tenantSites
	Site    evenkeel.AssetID
	Spans   []spanLink
	Plots   []template.HTML
	Tongue  string // of the plots
	Outages []outageView
	Attacks []attackView
	Cut     bool // there is more than is shown
	Told    []toldView
	Clauses []clauseView
	Refund  *availability.Refund
	None    bool // nothing is known of it
	Stop    *stopView
	Back    string // where its form is sent
}

type spanLink struct {
	Long, Href string
	Here       bool
}

type outageView struct {
	availability.Outage
	Site string
	Long string
}

type attackView struct {
	From, Until evenkeel.Moment
	Site        string
	Long, Stage string
	Cost        costView
}

// clauseView is what of a month is not held against the operator.
type clauseView struct {
	Word string
	N    uint64
}

var clauseWords = map[string]string{
	"maintenance": "during maintenance that was announced in time", "backends": "by backends that the tenant runs itself", "beyond_budget": "at the stage that the tenant chose beyond its budget",
}

// sitesOf shows one tenant's sites.
func (s *Server) sitesOf(v *visit) error { return s.showSitesOf(v, http.StatusOK, stopping(v)) }

// showSitesOf shows them, with the form to stop one as it stands.
func (s *Server) showSitesOf(v *visit, status int, stop *stopView) error {
	q := v.r.URL.Query()
	t, site := evenkeel.TenantID(q.Get("tenant")), evenkeel.AssetID(q.Get("site"))
	p, r := s.parts.Sites.Promises, s.parts.Sites.Record
	look, err := p.LookNow(v.ctx(), r, v.now)
	if err != nil {
		return err
	}
	all, sites, err := p.TenantFigures(v.ctx(), look, t)
	if err != nil {
		return err
	}
	d := siteView{Site: site, None: len(sites) == 0, Stop: stop, Back: "/sites/of?" + url.Values{"tenant": {string(t)}}.Encode()}
	if d.None || t == "" { // there is nothing to stop, or nobody to tell
		d.Stop = nil
	}
	if d.None {
		all = availability.Figures{Tenant: t, Plan: p.Of(t).Plan}
		all.Windows = make([]availability.Window, len(availability.Spans))
	}
	d.All = s.line(&all)
	history := new(availability.History)
	var one *availability.History
	for i := range sites {
		f := &sites[i]
		if len(d.Sites) < maxSiteRows {
			line := s.line(f)
			line.Here = f.Site == site
			d.Sites = append(d.Sites, line)
		}
		if site != "" && f.Site != site {
			continue
		}
		h, err := look.History(v.ctx(), t, f.Site)
		if err != nil {
			return err
		}
		history.Join(h)
		one = h
		for _, o := range f.Outages {
			d.Outages = append(d.Outages, outageView{o, string(f.Site), sheet.Length(o.For())})
		}
		for j := range f.Attacks {
			a := &f.Attacks[j]
			d.Attacks = append(d.Attacks, attackView{a.From, a.Until, string(f.Site), sheet.Length(a.For()), a.Stage.String(), costOf(&a.Cost)})
		}
	}
	slices.SortStableFunc(d.Outages, func(a, b outageView) int { return cmp.Compare(b.From, a.From) })
	slices.SortStableFunc(d.Attacks, func(a, b attackView) int { return cmp.Compare(b.From, a.From) })
	d.Cut = max(len(d.Outages), len(d.Attacks), len(sites)) > maxSiteRows
	d.Outages, d.Attacks = d.Outages[:min(len(d.Outages), maxSiteRows)], d.Attacks[:min(len(d.Attacks), maxSiteRows)]
	span := 1
	for i, x := range charts.Spans {
		if x.Word == q.Get("span") {
			span = i
		}
	}
	for i, x := range charts.Spans {
		d.Spans = append(d.Spans, spanLink{x.Says, siteHref(t, site, x.Word), i == span})
	}
	d.Tongue = "en"
	if s.tongue(v.r) == inChinese {
		d.Tongue = "zh-Hans"
	}
	if one != nil {
		d.Plots = charts.Sites(history, v.now, charts.Spans[span], all.Plan.Target, s.tongue(v.r) == inChinese)
	}
	for word, n := range all.Windows[0].ByClause() {
		d.Clauses = append(d.Clauses, clauseView{clauseWords[word], n})
	}
	slices.SortFunc(d.Clauses, func(a, b clauseView) int { return cmp.Compare(a.Word, b.Word) })
	if s.parts.Sites.Refund != nil && p.Of(t).Left != 0 {
		d.Refund = s.parts.Sites.Refund(t)
	}
	if d.Told, err = s.toldOf(v.ctx(), t, maxSiteRows); err != nil {
		return err
	}
	title := "Sites that nobody is known to hold"
	if d.All.Name != "" {
		title = "Sites of " + d.All.Name
	}
	return s.show(v, status, sheet.Page{Title: title}, "sitesof", &d)
}
