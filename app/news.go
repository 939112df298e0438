package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// news has the pages of sites that an incident touches show what a person sent of it. It reads the books alone: what was sent is sealed there.
type news struct {
	books interface {
		RecentIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error)
		BriefIncidents(ctx context.Context, since evenkeel.Moment, most int) ([]docket.Incident, error)
	}
	edges func() map[string][]evenkeel.AssetID // that are here, with the assets that each serves
	ask   func(ctx context.Context, host string, question []byte) ([]byte, error)
	now   func() evenkeel.Moment
	log   *slog.Logger

	told map[string]toldNews // by edge
}

// toldNews is what an edge took last.
type toldNews struct {
	mandate.News
	at evenkeel.Moment
}

const (
	newsEvery  = 2 * time.Second    // is looked whether a person sent something
	newsAnew   = 30 * time.Second   // is an edge told again what did not change
	newsOf     = 7 * 24 * time.Hour // an incident that began before, and is over, has no news
	newsWithin = 64                 // incidents, the newest, are looked at
)

// Run tells until ctx ends. An edge that comes, and one for which something changed, is told within newsEvery.
func (n *news) Run(ctx context.Context) error {
	return rounds(ctx, newsEvery, nil, n.round, func(err error) {
		n.log.Warn("edges are not told what is new at sites that an incident touches; it is tried again, and they show what they were told last until that ends", "err", err, "hint", evenkeel.HintOf(err))
	})
}

// round tells those for whom it is time.
func (n *news) round(ctx context.Context) error {
	edges := n.edges()
	maps.DeleteFunc(n.told, func(e string, _ toldNews) bool { _, here := edges[e]; return !here })
	if len(edges) == 0 {
		return nil
	}
	now := n.now()
	sent, err := n.sent(ctx, now)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(edges))
	says := map[string]*mandate.News{}
	due := slices.DeleteFunc(names, func(edge string) bool {
		x := saysAt(sent, edges[edge])
		says[edge] = &x
		was, ok := n.told[edge]
		return ok && now.Sub(was.at) < newsAnew && reflect.DeepEqual(was.News, x)
	})
	took, err := tellEach(ctx, due, func(ctx context.Context, edge string) error { return n.tell(ctx, edge, says[edge]) })
	for _, edge := range took {
		n.told[edge] = toldNews{*says[edge], now}
	}
	return err
}

// tell tells one edge.
func (n *news) tell(ctx context.Context, edge string, says *mandate.News) error {
	questions, err := says.Questions()
	if err != nil {
		return err
	}
	shown := 0
	for _, q := range questions {
		answer, err := n.ask(ctx, edge, q)
		if err != nil {
			return err
		}
		t, err := mandate.ParseTaken(answer)
		if err == nil && t.Why != "" {
			err = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "edge " + edge + " does not take what is new at its sites: " + t.Why, Hint: "see its log"}
		}
		if err != nil {
			return err
		}
		shown += t.Sites
	}
	if shown == 0 && len(says.Sites) > 0 {
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("edge %s shows what is new at none of the %d sites that it said it serves", edge, len(says.Sites)),
			Hint: "an edge of an earlier version cannot: update it",
		}
	}
	return nil
}

// sent are incidents of which a person's last word stands: until they say that it is over, or for docket.NewsFor; the last said first.
func (n *news) sent(ctx context.Context, now evenkeel.Moment) ([]docket.Incident, error) {
	silent := func(i docket.Incident) bool {
		last := len(i.Updates) - 1
		return i.Dropped != nil || last < 0 || i.Updates[last].Phase == docket.PhaseOver || i.Updates[last].At.Add(docket.NewsFor) <= now
	}
	all, err := n.books.BriefIncidents(ctx, now.Add(-newsOf), newsWithin)
	if err != nil || !slices.ContainsFunc(all, func(i docket.Incident) bool { return !silent(i) }) {
		return nil, err // mostly: who is touched need not be read
	}
	if all, err = n.books.RecentIncidents(ctx, now.Add(-newsOf), newsWithin); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, silent)
	slices.SortStableFunc(all, func(a, b docket.Incident) int {
		return cmp.Compare(b.Updates[len(b.Updates)-1].At, a.Updates[len(a.Updates)-1].At)
	})
	return all, nil
}

// saysAt is what of that is new at the sites that one edge serves; of a site that several touch what was said last.
func saysAt(sent []docket.Incident, serves []evenkeel.AssetID) mandate.News {
	n := mandate.News{Texts: []mandate.Text{}, Sites: map[evenkeel.AssetID]int{}}
	if len(sent) == 0 {
		return n
	}
	here := make(map[evenkeel.AssetID]bool, len(serves))
	for _, a := range serves {
		here[a] = true
	}
	for k := range sent {
		u, of := &sent[k].Updates[len(sent[k].Updates)-1], -1
		for _, t := range sent[k].Touched {
			if _, told := n.Sites[t.Site]; told || !here[t.Site] || len(n.Sites) == mandate.MostSites {
				continue
			}
			if of < 0 {
				if len(n.Texts) == mandate.MostTexts {
					return n
				}
				of = len(n.Texts)
				n.Texts = append(n.Texts, mandate.Text{
					At: u.At, Until: u.At.Add(docket.NewsFor), Back: u.Back,
					Says: map[string]string{"en": mandate.Plain(u.Text.English), "zh-Hans": mandate.Plain(u.Text.Chinese)},
				})
			}
			n.Sites[t.Site] = of
		}
	}
	return n
}

// serving are the hosts that are here and stand before sites, and the assets of these sites.
func (x *hosts) serving() map[string][]evenkeel.AssetID {
	all := map[string][]evenkeel.AssetID{}
	for _, p := range x.link.Hosts() {
		if p.Here && slices.Contains(p.Status.Can, evenkeel.MeasureChallenge.String()) {
			all[p.ID] = p.Status.Holds
		}
	}
	return all
}

// news is what h tells edges of incidents.
func (h *house) news() *news {
	return &news{books: h.books, edges: h.hosts.serving, ask: h.hosts.link.Ask, now: h.now, log: h.parts.Log, told: map[string]toldNews{}}
}
