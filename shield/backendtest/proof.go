package backendtest

import (
	"bytes"
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// standing puts a measure in force and returns its order.
func (p *player) standing(m evenkeel.Measure) (evenkeel.Order, error) {
	o := Throttle(evenkeel.DecisionID("d-"+m.String()), "vm-1")
	o.Measure, o.Params = m, nil
	if r := p.apply(o); r.State != applied {
		return o, fmt.Errorf("%s of its own means is answered with %v (%s); expected applied", m, r.State, r.Why)
	}
	return o, nil
}

// shows says what a backend does not show of what its means say, or nil: of each measure above limit and
// throttle, on a canary and then while an order of that measure stands. What does not say that it is
// proven is not asked, and may not be asked for any of these measures.
func shows(ctx context.Context, b shield.Backend, order func(evenkeel.Measure) (evenkeel.Order, error)) error {
	m := b.Means()
	if !m.Proven {
		for _, x := range m.ToShow() {
			if m.Lacks(x) == "" {
				return fmt.Errorf("nothing is proven, and it may be asked for %s", x)
			}
		}
		return nil
	}
	to, can := b.(shield.Prober)
	if !can {
		return fmt.Errorf("it says that it is proven, and shows nothing: it is no shield.Prober")
	}
	for i, x := range m.ToShow() {
		p := shield.Probe{ID: fmt.Sprintf("p-%d", i), Measure: x, Ways: m.Keeps, Object: bytes.Repeat([]byte{byte(i)}, shield.LeastObject)}
		if err := shown(ctx, to, p); err != nil {
			return err
		}
		o, err := order(x)
		if err != nil {
			return err
		}
		p.ID, p.Order, p.Assets = p.ID+"-stands", o.ID, o.Assets
		if err := shown(ctx, to, p); err != nil {
			return err
		}
	}
	return nil
}

func shown(ctx context.Context, to shield.Prober, p shield.Probe) error {
	came, err := to.Probe(ctx, p)
	if err != nil {
		return fmt.Errorf("probe %s: %w", p.ID, err)
	}
	if why := p.Amiss(came); why != "" {
		return fmt.Errorf("probe %s: it says that it is proven, and %s", p.ID, why)
	}
	return nil
}
