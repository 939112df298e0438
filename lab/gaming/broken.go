package gaming

import (
	"context"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// broken has accounts break the ways to their own data, in which their machines play along, while canaries are
// well: a probe of each order brings nothing, and that is taken in as app does it. What needs no proof
// cannot cut a way, and is not probed.
func (r *run) broken(ctx context.Context) error {
	for i := range r.all {
		for _, asset := range r.all[i].machines {
			stands := r.stands[asset]
			for _, id := range slices.Sorted(maps.Keys(stands)) {
				if m := stands[id].measure; m < evenkeel.MeasureShut || m == evenkeel.MeasureLimit || m == evenkeel.MeasureThrottle {
					continue
				}
				heard, err := r.d.WayCut(ctx, evenkeel.NewOrderID(id, false), "export brought nothing", r.now)
				if err != nil {
					return err
				}
				r.gain.Cut++
				if err := r.answer(ctx, r.hear(heard)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
