package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/availability"
)

type availabilityCmd struct {
	fromBooks
	Tenant string `arg:"" optional:"" help:"Only this tenant, site by site, with outages and attacks."`
	SLA    string `name:"sla" type:"existingfile" placeholder:"FILE" help:"The document of promises, as settings name it in sla. Without it nothing is promised and times are UTC."`
	Now    string `placeholder:"TIME" help:"As of then, such as 2026-12-01T00:00:00Z; now where it is not said."`
	JSON   bool   `name:"json" help:"Print each tenant as a line of JSON."`
	Events bool   `help:"Print what was told of months and refunds as CloudEvents, the latest first, as JSON."`
	Check  bool   `help:"Only read the document of promises, and say whether it is well."`
}

// Help is the long help.
func (*availabilityCmd) Help() string {
	return `Counted are requests at the edge of visitors whom nothing tells from those who always come: how many were wanted, and how many
of them were served within a second. Minutes that nobody visited are neither up nor down. Where no edge told anything, what would
have come is estimated from the hour before, and counts as missed, but for what the document rules out under silences. The month is that of the document's
time zone, and so far; the other windows end now.

Examples:
  evenkeel availability --data ./evenkeel-data --sla sla.yaml
  evenkeel availability acme --data ./evenkeel-data --sla sla.yaml
  evenkeel availability --data ./evenkeel-data --sla sla.yaml --json
  evenkeel availability --sla sla.yaml --check
  evenkeel availability --data ./evenkeel-data --events > events.jsonl`
}

// mostEvents is how many events are printed.
const mostEvents = 100_000

// Run prints.
func (c *availabilityCmd) Run(ctx context.Context, p *process) error {
	promises := availability.Unpromised()
	if c.SLA != "" {
		text, err := os.ReadFile(c.SLA)
		if err == nil {
			promises, err = availability.Parse(c.SLA, text)
		}
		if err != nil {
			return err
		}
	}
	if c.Check {
		if c.SLA == "" {
			return evenkeel.Invalid("--check without a document; expected --sla FILE")
		}
		fmt.Fprintf(p.stdout, "%s: well, %s, %s\n", c.SLA, promises.Name, promises.Digest)
		return nil
	}
	now := evenkeel.MomentOf(p.now())
	if c.Now != "" {
		var err error
		if now, err = evenkeel.ParseMoment(c.Now); err != nil {
			return err
		}
	}
	return c.reading(func(books *app.Books) error {
		if c.Events {
			return c.events(ctx, p, books.Sites())
		}
		return c.figures(ctx, p, books.Sites(), promises, now)
	})
}

func (c *availabilityCmd) events(ctx context.Context, p *process, r availability.Record) error {
	all, err := r.Events(ctx, evenkeel.TenantID(c.Tenant), mostEvents)
	for i := range all {
		err = errors.Join(err, p.line(app.PromiseEventOf(&all[i])))
	}
	return err
}

func (c *availabilityCmd) figures(ctx context.Context, p *process, r availability.Record, promises *availability.Promises, now evenkeel.Moment) error {
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	if !c.JSON {
		fmt.Fprintln(table, "TENANT\tSITE\tPLAN\tPROMISED\tMONTH\t30D\t7D\t24H\tBUDGET\tWANTED\tMISSED\tEDGE CPU\tBACKEND\tSAVED")
	}
	any := false
	tell := func(all availability.Figures, sites []availability.Figures) error {
		any = true
		if c.JSON {
			return p.line(figuresLineOf(&all, sites))
		}
		row(table, &all)
		if c.Tenant == "" {
			return nil
		}
		for i := range sites {
			row(table, &sites[i])
		}
		if err := table.Flush(); err != nil {
			return err
		}
		for i := range sites {
			outages(p, &sites[i])
		}
		return nil
	}
	look, err := promises.LookNow(ctx, r, now)
	if err != nil {
		return err
	}
	err = app.TenantsOf(ctx, r, evenkeel.TenantID(c.Tenant), func(t evenkeel.TenantID) error {
		all, sites, err := promises.TenantFigures(ctx, look, t)
		if err != nil || len(sites) == 0 {
			return err
		}
		return tell(all, sites)
	})
	if err == nil {
		err = table.Flush()
	}
	if err != nil || c.JSON {
		return err
	}
	if !any {
		fmt.Fprintln(p.stdout, "none: no edge told of a site in the last month")
	}
	silences(p, look)
	return nil
}

// silences writes of which minutes no edge told anything.
func silences(p *process, look *availability.Look) {
	for i := range look.Silences {
		s := &look.Silences[i]
		counts := "estimated, and counted as missed"
		if s.Because != "" {
			counts = "not counted: " + shown(s.Because)
		}
		fmt.Fprintf(p.stdout, "silence   no edge told anything from %s for %s; %s\n", at(s.From), s.For(), counts)
	}
}

// row writes one line of the table.
func row(w *tabwriter.Writer, f *availability.Figures) {
	site := shown(f.Site)
	if f.Site == "" {
		site = "all"
	}
	promised := "-"
	if f.Plan.Target > 0 {
		promised = f.Plan.Target.Percent() + " %"
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s", shown(f.Tenant), site, f.Plan.Name, promised)
	for i := range f.Windows {
		fmt.Fprintf(w, "\t%s", shareWord(&f.Windows[i]))
	}
	budget := "-"
	if left, ok := f.Budget.Left(); ok && f.Plan.Target > 0 {
		budget = fmt.Sprintf("%d.%d %%", left/10, abs(left%10))
		if left < 0 && left > -10 {
			budget = "-" + budget
		}
	}
	w30 := &f.Windows[1]
	fmt.Fprintf(w, "\t%s\t%d\t%d\t%s\t%s\t%s\n", budget, w30.Wanted, w30.Missed,
		milliseconds(f.Cost.Of(evenkeel.PartEdgeTime)), milliseconds(f.Cost.Of(evenkeel.PartBackendTime)), milliseconds(f.Cost.Of(evenkeel.PartSavedTime)))
}

func abs(n int) int { return max(n, -n) }

func shareWord(w *availability.Window) string {
	if share, ok := w.Share(); ok {
		return share.Percent() + " %"
	}
	return "-"
}

func milliseconds(n uint64) string {
	return (time.Duration(min(n, 1<<40)) * time.Millisecond).Round(time.Second).String()
}

// outages writes those of a site, and attacks on it with what they cost.
func outages(p *process, f *availability.Figures) {
	for _, o := range f.Outages {
		fmt.Fprintf(p.stdout, "outage    %s from %s for %s: %d of %d not served; why: %s; stage: %s", shown(f.Site), at(o.From), o.For(), o.Missed, o.Wanted, o.Why, o.Stage)
		if o.Estimated > 0 {
			fmt.Fprintf(p.stdout, "; %d wanted are an estimate", o.Estimated)
		}
		fmt.Fprintln(p.stdout)
	}
	for i := range f.Attacks {
		a := &f.Attacks[i]
		c := &a.Cost
		fmt.Fprintf(p.stdout, "attack    %s from %s for %s, up to %s: %d came, %d refused, %d asked, %d told to wait; edge CPU %s, backends %s, saved %s, %d bytes\n", shown(f.Site), at(a.From), a.For(), a.Stage,
			c.Of(evenkeel.PartVisits), c.Of(evenkeel.PartRefused), c.Of(evenkeel.PartAsked), c.Of(evenkeel.PartTurned),
			milliseconds(c.Of(evenkeel.PartEdgeTime)), milliseconds(c.Of(evenkeel.PartBackendTime)), milliseconds(c.Of(evenkeel.PartSavedTime)), c.Of(evenkeel.PartSiteBytes))
	}
}

// figuresLine is a tenant as a program reads it.
type figuresLine struct {
	Tenant   evenkeel.TenantID `json:"tenant"`
	Site     evenkeel.AssetID  `json:"site,omitempty"`
	Plan     string            `json:"plan"`
	Promised string            `json:"promised"`
	Windows  map[string]any    `json:"windows"`
	Budget   *int              `json:"budget_left_thousandths"` // null where nothing is promised
	Burns    []burnLine        `json:"burns"`
	Cost     map[string]uint64 `json:"cost"`
	Outages  json.RawMessage   `json:"outages,omitempty"`
	Attacks  []attackLine      `json:"attacks,omitempty"`
	Sites    []figuresLine     `json:"sites,omitempty"`
}

type burnLine struct {
	Over string  `json:"over"`
	Rate float64 `json:"rate"`
	From float64 `json:"alert_from"`
	Hot  bool    `json:"hot"`
}

type attackLine struct {
	From  evenkeel.Moment   `json:"from"`
	Until evenkeel.Moment   `json:"until"`
	Stage string            `json:"stage"`
	Cost  map[string]uint64 `json:"cost"`
}

func figuresLineOf(f *availability.Figures, sites []availability.Figures) (l figuresLine) {
	l = figuresLine{Tenant: f.Tenant, Site: f.Site, Plan: f.Plan.Name, Promised: f.Plan.Target.Percent(), Windows: map[string]any{}, Burns: []burnLine{}, Cost: costOf(&f.Cost)}
	for i, s := range availability.Spans {
		w := &f.Windows[i]
		share := ""
		if n, ok := w.Share(); ok {
			share = n.Percent()
		}
		l.Windows[s.Word] = struct {
			availability.Window
			Share   string            `json:"availability"` // per cent; "" where nobody came
			Clauses map[string]uint64 `json:"excused_by"`
		}{*w, share, w.ByClause()}
	}
	if f.Plan.Target > 0 {
		if left, ok := f.Budget.Left(); ok {
			l.Budget = &left
		}
		for _, b := range f.Burns {
			l.Burns = append(l.Burns, burnLine{b.Over.String(), b.Rate, b.Alert, b.Hot})
		}
	}
	if len(f.Outages) > 0 {
		l.Outages, _ = json.Marshal(f.Outages) // plain values: it cannot fail
	}
	for i := range f.Attacks {
		a := &f.Attacks[i]
		l.Attacks = append(l.Attacks, attackLine{a.From, a.Until, a.Stage.String(), costOf(&a.Cost)})
	}
	for i := range sites {
		l.Sites = append(l.Sites, figuresLineOf(&sites[i], nil))
	}
	return l
}

// costOf are counts by name.
func costOf(c *availability.Counts) map[string]uint64 {
	return map[string]uint64{
		"visits": c.Of(evenkeel.PartVisits), "passed": c.Of(evenkeel.PartPassed), "wanted": c.Of(evenkeel.PartWanted), "served": c.Of(evenkeel.PartServed), "asked": c.Of(evenkeel.PartAsked),
		"solved": c.Of(evenkeel.PartSolved), "refused": c.Of(evenkeel.PartRefused), "turned": c.Of(evenkeel.PartTurned), "bytes": c.Of(evenkeel.PartSiteBytes),
		"edge_ms": c.Of(evenkeel.PartEdgeTime), "backend_ms": c.Of(evenkeel.PartBackendTime), "saved_ms": c.Of(evenkeel.PartSavedTime),
	}
}
