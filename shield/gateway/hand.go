package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
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

// Ordered is what is ordered about the visitors of a site. The zero value: nothing.
type Ordered struct {
	Measure evenkeel.Measure // MeasureNone: a person ended a challenge, and nobody is asked until then
	Pressed bool             // shut: only while visitors press
	By      evenkeel.DecisionID
	Until   evenkeel.Moment // by the wall clock
}

// Ordered is what is ordered about the visitors of a site; of several orders the one that holds.
func (e *Edge) Ordered(id site.ID) (Ordered, error) {
	d, err := e.of(id)
	if err != nil {
		return Ordered{}, err
	}
	return e.ordered(d, e.now()), nil
}

func (e *Edge) ordered(d *domain, now evenkeel.Moment) Ordered {
	e.bound.Lock()
	defer e.bound.Unlock()
	if g := &d.bounds.gate; g.until > now {
		return Ordered{g.Measure, g.Pressed, g.By, g.until}
	}
	return Ordered{}
}

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
			d.news.Store(&answer.Update{At: wall.Add(g.From.Sub(now)), Text: g.Update})
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
	want := r.Gate(a, now)
	seen := host.Seen{}
	h.e.bound.Lock()
	defer h.e.bound.Unlock()
	at := h.e.sitesOf(a)
	for _, d := range at {
		if d.bounds.gate.Gate != want {
			seen.Amiss = fmt.Sprintf("site %s goes by another order", d.id)
		}
		if seen.Says != "" {
			seen.Says += ", "
		}
		seen.Says += h.says(d)
	}
	if len(at) == 0 {
		seen.Amiss = "no site of it is served here"
	}
	return seen, nil
}

// sitesOf are the sites of an asset that are served now. bound is locked.
func (e *Edge) sitesOf(a evenkeel.AssetID) []*domain {
	if all := e.domains.Load(); e.index.of != all {
		e.index.of, e.index.by = all, make(map[evenkeel.AssetID][]*domain, len(*all))
		for _, d := range *all {
			if s := d.site.Load(); s != nil {
				e.index.by[s.Asset] = append(e.index.by[s.Asset], d)
			}
		}
	}
	return e.index.by[a]
}

// says is what is seen at a site now: its stage, since when, and what came of those who came.
func (h hand) says(d *domain) string {
	now := h.e.now()
	if until := d.shuts(now); until != 0 {
		return "shows its own page"
	}
	at, turn := d.at(), d.last.Load()
	since := ""
	if c := d.changed.Load(); c != nil && c.At != 0 && c.Turn.Stage == at {
		since = " since " + c.At.Time().Format(time.TimeOnly) + " UTC"
	}
	switch {
	case d.bounds.gate.Measure == evenkeel.MeasureNone && d.bounds.gate.until > now:
		return "nobody is asked"
	case at == stage.Observe:
		return "nobody is asked now: observe" + since
	}
	text := "at " + at.String() + since
	if turn != nil {
		text += fmt.Sprintf("; of %d requests in the last second %d went on; in the last ten %.0f visitors were asked, and %.0f solved it", turn.Offered, turn.Passed, turn.Asked, turn.Solved)
	}
	return text
}
