package pagetest

import (
	"context"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier/page"
)

// Phone is a channel in memory: it shows each page once. Safe for concurrent use.
type Phone struct {
	Label string // its name; phone

	mu      sync.Mutex
	ids     []string
	shown   []string
	refuses bool
	hangs   bool
	asked   int
}

var _ page.Channel = (*Phone)(nil)

// Name returns the label.
func (p *Phone) Name() string {
	if p.Label == "" {
		return "phone"
	}
	return p.Label
}

// Send shows a page.
func (p *Phone) Send(ctx context.Context, pg *page.Page) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.hangs {
		p.mu.Unlock()
		<-ctx.Done()
		p.mu.Lock()
	}
	if err := ctx.Err(); err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "show a page", Err: err, Hint: "look at the phone"}
	}
	if p.refuses {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the phone is off", Hint: "switch it on"}
	}
	if !slices.Contains(p.ids, pg.ID) {
		p.ids, p.shown = append(p.ids, pg.ID), append(p.shown, pg.Title+"\n"+pg.Text())
	}
	return "shown", nil
}

// Shown returns what was shown.
func (p *Phone) Shown() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.shown)
}

// Asked returns how often it was asked to show something.
func (p *Phone) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Refuse makes it refuse, or take again.
func (p *Phone) Refuse(refuses bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuses = refuses
}

// Hang makes it not answer, or answer again.
func (p *Phone) Hang(hangs bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangs = hangs
}
