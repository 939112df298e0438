package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// BenchmarkObeyAtTwentyThousandSites is what an edge of 20,000 sites takes to be told its mandates, and to look at what is ordered: 100 orders.
func BenchmarkObeyAtTwentyThousandSites(b *testing.B) {
	w := newWorld(b, nil, document("first", ""))
	one, err := site.Parse("test", []byte(document("one", "")))
	if err != nil {
		b.Fatal(err)
	}
	all := make([]site.Site, 20_000)
	at := &plan.World{Can: w.edge.Hand().Can()}
	for i := range all {
		s := one[0]
		s.ID, s.Asset, s.Names = site.ID(fmt.Sprintf("s%d", i)), evenkeel.AssetID(fmt.Sprintf("s%d.example", i)), []string{fmt.Sprintf("s%d.example", i)}
		all[i] = s
		at.Guests = append(at.Guests, plan.Guest{Asset: s.Asset})
	}
	if err := w.edge.Put(all, nil); err != nil {
		b.Fatal(err)
	}
	w.grant()
	var orders []evenkeel.Order
	for i := range 100 {
		o := orderOf(evenkeel.DecisionID(fmt.Sprintf("d-%d", i)), evenkeel.MeasureShut, nil)
		o.Assets = []evenkeel.AssetID{at.Guests[i*199].Asset}
		orders = append(orders, o)
	}
	b.Run("mandates", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			m := mandate.Mandates{Until: momentOf(w.now.Add(time.Hour + time.Duration(i))), Highest: evenkeel.MeasureShut - evenkeel.Measure(i%2)}
			if t, err := w.edge.Bind(m); err != nil || t.Sites != 20_001 {
				b.Fatal(t, err)
			}
		}
	})
	b.Run("orders", func(b *testing.B) {
		h := w.edge.Hand()
		for b.Loop() {
			r, _ := plan.Compile(orders, at, boot)
			if err := h.Swap(b.Context(), r, boot); err != nil {
				b.Fatal(err)
			}
			for _, o := range orders {
				if seen, _ := h.Look(b.Context(), r, boot, o.Assets[0]); seen.Amiss != "" {
					b.Fatal(seen)
				}
			}
		}
	})
}
