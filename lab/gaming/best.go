package gaming

import (
	"context"
	"fmt"
)

// Tried is a play, and what it gained.
type Tried struct {
	Play Play `json:"play"`
	Gain Gain `json:"gain"`
}

// Best climbs from each of the plays of a question: of all that differ from it in one choice the
// best is gone on with, until none is better. It returns the best found, and how many plays were
// tried.
func (w World) Best(ctx context.Context, ask Question) (best Tried, tried int, err error) {
	known := map[Play]Gain{}
	gain := func(p Play) (Gain, error) {
		g, ok := known[p]
		if !ok {
			if g, err = w.Gain(ctx, p); err != nil {
				return g, fmt.Errorf("play %s: %w", p, err)
			}
			known[p] = g
			if w.Tried != nil {
				w.Tried(len(known))
			}
		}
		return g, nil
	}
	for _, p := range ask.From {
		g, err := gain(p)
		if err != nil {
			return best, len(known), err
		}
		for better := true; better; {
			better = false
			for _, q := range beside(p) {
				if ask.Allowed != nil && !ask.Allowed(q) {
					continue
				}
				h, err := gain(q)
				if err != nil {
					return best, len(known), err
				}
				if ask.Aim.Worth(h, q) > ask.Aim.Worth(g, p) {
					p, g, better = q, h, true
				}
			}
		}
		if best.Play.Accounts == 0 || ask.Aim.Worth(g, p) > ask.Aim.Worth(best.Gain, best.Play) {
			best = Tried{p, g}
		}
	}
	return best, len(known), nil
}

// beside are the plays that differ in one choice. How many accounts there are is not one: more of
// them always gain more, so the gain is that of so many.
func beside(p Play) (out []Play) {
	for _, change := range []func(*Play){
		func(q *Play) { q.Hidden = !q.Hidden }, func(q *Play) { q.Slack = !q.Slack }, func(q *Play) { q.Turns = !q.Turns },
		func(q *Play) { q.Registers = !q.Registers }, func(q *Play) { q.Insists = Leaves }, func(q *Play) { q.Insists = Appeals }, func(q *Play) { q.Insists = Writes },
		func(q *Play) { q.Announce = !q.Announce }, func(q *Play) { q.Answer = !q.Answer },
		func(q *Play) { q.Breaks = !q.Breaks }, func(q *Play) { q.Deaf = !q.Deaf },
		func(q *Play) { q.Appeals = manyAppeals - q.Appeals },
		func(q *Play) { q.Standing = Fresh }, func(q *Play) { q.Standing = Unknown }, func(q *Play) { q.Standing = Bought },
	} {
		q := p
		if change(&q); q.Appeals == 0 {
			q.Insists = Leaves // who never says anything does not go on
		}
		if q != p {
			out = append(out, q)
		}
	}
	return out
}
