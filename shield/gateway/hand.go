package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// hand carries out what is ordered about the visitors of sites.
type hand struct{ e *Edge }

var _ host.Hand = hand{}

// Hand is the edge as what carries orders out: a challenge lets a site's edge ask its visitors, up to waiting, until it ends; what is
// shut shows its own page until then, or may be shown while visitors press; and where a challenge was ended nobody is asked.
func (e *Edge) Hand() host.Hand { return hand{e} }

// Name is what receipts call it.
func (hand) Name() string { return "edge" }

// Can says that it is about whoever comes.
func (hand) Can() plan.Can { return plan.Can{Ingress: true} }

// Swap holds all sites to the gates of a ruleset. It waits for nobody and does not fail.
func (h hand) Swap(_ context.Context, r *plan.Ruleset, now evenkeel.Moment) error {
	h.e.bound.Lock()
	defer h.e.bound.Unlock()
	wall := h.e.now()
	for _, d := range *h.e.domains.Load() {
		s := d.site.Load()
		if s == nil {
			continue
		}
		g := gate{Gate: r.Gate(s.Asset, now)}
		if g.Until != 0 {
			g.until = wall.Add(g.Until.Sub(now))
		}
		if d.bounds.gate.Gate == g.Gate && d.bounds.gate.until.Sub(g.until).Abs() < time.Second {
			continue
		}
		if d.bounds.gate.Update != g.Update {
			d.news.Store(&g.Update)
			d.pages.Store(nil)
		}
		d.bounds.gate = g
		shut := evenkeel.Moment(0)
		if g.Measure == evenkeel.MeasureShut && !g.Pressed {
			shut = g.until
		}
		d.shut.Store(int64(shut))
		h.e.bind(d)
	}
	return nil
}

// Look says what holds at the sites of an asset.
func (h hand) Look(_ context.Context, r *plan.Ruleset, now evenkeel.Moment, a evenkeel.AssetID) (host.Seen, error) {
	want, found := r.Gate(a, now), false
	seen := host.Seen{}
	h.e.bound.Lock()
	defer h.e.bound.Unlock()
	for _, d := range *h.e.domains.Load() {
		s := d.site.Load()
		if s == nil || s.Asset != a {
			continue
		}
		found = true
		if d.bounds.gate.Gate != want {
			seen.Amiss = fmt.Sprintf("site %s goes by another order", s.ID)
		}
		if seen.Says != "" {
			seen.Says += ", "
		}
		seen.Says += h.says(d)
	}
	if !found {
		seen.Amiss = "no site of it is served here"
	}
	return seen, nil
}

// says is what is seen at a site now.
func (h hand) says(d *domain) string {
	now := h.e.now()
	if until := d.shuts(now); until != 0 {
		return "shows its own page"
	}
	at, turn := d.at(), d.last.Load()
	text := "visitors may be asked, and are not: observe"
	switch {
	case d.bounds.gate.Measure == evenkeel.MeasureNone && d.bounds.gate.until > now:
		text = "nobody is asked"
	case at > stage.Observe:
		text = "at " + at.String()
	}
	if turn != nil && at > stage.Observe {
		text += fmt.Sprintf("; of %d requests in the last second %d went on", turn.Offered, turn.Passed)
	}
	return text
}
