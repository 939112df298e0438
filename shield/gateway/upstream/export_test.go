package upstream

import "context"

// CheckAll checks each backend once.
func (p *Pool) CheckAll(ctx context.Context) {
	for _, b := range p.backends {
		p.check(ctx, b)
	}
}
