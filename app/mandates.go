package app

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// mandates tells edges how far they may go by themselves.
type mandates struct {
	books interface {
		docket.Reader
		docket.Boards
	}
	policy *policy.Policy // in force
	rules  []string       // of families of harm edge
	edges  func() []string
	ask    func(ctx context.Context, host string, question []byte) ([]byte, error)
	now    func() evenkeel.Moment
	log    *slog.Logger

	told   map[string]toldMandates // by edge
	warned evenkeel.Moment
}

// toldMandates is what an edge took last.
type toldMandates struct {
	mandate.Mandates
	at evenkeel.Moment
}

const (
	mandatesEvery = 5 * time.Second  // is what edges may do looked at
	mandatesAnew  = 30 * time.Second // is an edge told again what did not change
	mandatesTake  = 10 * time.Second // may an edge take to answer
	mandatesCases = 4096             // of those opened last are looked at; a clearance binds for as long as the latch
)

// Run tells until ctx ends. An edge that comes, and one for which something changed, is told within mandatesEvery.
func (m *mandates) Run(ctx context.Context) error {
	m.told = map[string]toldMandates{}
	tick := time.NewTicker(mandatesEvery)
	defer tick.Stop()
	failed := false
	for {
		if edges := m.edges(); len(edges) > 0 {
			err := m.tell(ctx, edges)
			if err != nil && !failed && ctx.Err() == nil {
				m.log.Warn("edges are not told how far they may go; it is tried again, and they go by what they were told last until that ends", "err", err, "hint", evenkeel.HintOf(err))
			}
			failed = err != nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tell tells those for whom it is time.
func (m *mandates) tell(ctx context.Context, edges []string) error {
	now := m.now()
	says, err := m.say(ctx, now)
	if err != nil {
		return err
	}
	question, err := says.Question()
	if evenkeel.KindOf(err) == evenkeel.KindConflict { // names are long: as with too many, nobody is asked anywhere
		says.Highest, says.Except = evenkeel.MeasureNotify, nil
		m.tooMany()
		question, err = says.Question()
	}
	if err != nil {
		return err
	}
	maps.DeleteFunc(m.told, func(h string, _ toldMandates) bool { return !slices.Contains(edges, h) })
	due := slices.DeleteFunc(slices.Clone(edges), func(edge string) bool {
		was, ok := m.told[edge]
		return ok && now.Sub(was.at) < mandatesAnew && sameMandates(&was.Mandates, &says)
	})
	took, err := tellEach(ctx, due, func(ctx context.Context, edge string) error {
		answer, err := m.ask(ctx, edge, question)
		if err != nil {
			return err
		}
		t, err := mandate.ParseTaken(answer)
		if err == nil && t.Why != "" {
			err = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "edge " + edge + " does not take its mandates: " + t.Why, Hint: "see what evenkeel gateway status says there"}
		}
		return err
	})
	for _, edge := range took {
		m.told[edge] = toldMandates{says, now}
	}
	return err
}

// tellEach tells edges beside one another, each within mandatesTake, so that none keeps others waiting. It says which of them took it, and what one of
// those that did not said.
func tellEach(ctx context.Context, edges []string, tell func(context.Context, string) error) (took []string, err error) {
	done := make([]bool, len(edges))
	var g errgroup.Group
	g.SetLimit(hostsParallel)
	for i, edge := range edges {
		g.Go(func() error {
			within, cancel := context.WithTimeout(ctx, mandatesTake)
			defer cancel()
			err := tell(within, edge)
			done[i] = err == nil
			return err
		})
	}
	err = g.Wait()
	for i, edge := range edges {
		if done[i] {
			took = append(took, edge)
		}
	}
	return took, err
}

// sameMandates says whether two say the same but for their ends.
func sameMandates(a, b *mandate.Mandates) bool {
	return a.Highest == b.Highest && a.Policy == b.Policy && maps.Equal(a.Except, b.Except)
}

// say is what edges may do now.
func (m *mandates) say(ctx context.Context, now evenkeel.Moment) (mandate.Mandates, error) {
	board, err := m.books.Board(ctx)
	if err != nil {
		return mandate.Mandates{}, err
	}
	var cases []docket.Folder
	for _, family := range m.policy.Flooded() {
		rows, err := m.books.Cases(ctx, docket.Query{Family: family, Closed: true, Max: mandatesCases})
		if err != nil {
			return mandate.Mandates{}, err
		}
		for i := range rows {
			if !procedure.Spares(&rows[i].Case, m.policy, board.Switches, now) {
				continue
			}
			f, err := m.books.Folder(ctx, rows[i].Case.ID)
			if err != nil {
				return mandate.Mandates{}, err
			}
			cases = append(cases, f)
		}
	}
	x := procedure.Mandate(m.policy, m.rules, cases, board.Switches, mandate.MostExceptions, now)
	if x.Crowded {
		m.tooMany()
	}
	return mandate.Mandates{Until: x.Until, Highest: x.Highest, Except: x.Except, Policy: x.Policy}, nil
}

// tooMany says, once an hour, that no edge asks anybody for anything.
func (m *mandates) tooMany() {
	if now := m.now(); m.warned == 0 || now.Sub(m.warned) >= time.Hour {
		m.warned = now
		m.log.Error("more sites are to be left alone than edges can be told; no edge asks any visitor for anything", "hint", "release switches of tenants that are not needed any more; to stop floods one by one, order the measure challenge in a case")
	}
}

// edges are the hosts that are here and stand before sites, by id.
func (x *hosts) edges() []string { return slices.Sorted(maps.Keys(x.serving())) }

// mandates are what h tells edges.
func (h *house) mandates() *mandates {
	m := &mandates{
		books: h.books, policy: h.parts.Policies.Force, edges: h.hosts.edges, ask: h.hosts.link.Ask, now: h.now, log: h.parts.Log,
	}
	flooded := m.policy.Flooded()
	for _, r := range h.parts.Rules {
		if slices.Contains(flooded, r.Family) {
			m.rules = append(m.rules, r.ID)
		}
	}
	return m
}
