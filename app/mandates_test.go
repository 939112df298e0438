package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/store/memory"
)

// TestEdgesAreToldHowFarTheyMayGo: each one that is here, soon after it came and now and then, and one that does not answer keeps no other
// one waiting.
func TestEdgesAreToldHowFarTheyMayGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		force, err := builtin.Policy("default")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		clock := func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
		var mu sync.Mutex
		told := map[string][]mandate.Mandates{}
		here := []string{"edge-1", "dead"}
		m := &mandates{
			books: memory.New(rand.Reader), policy: force, rules: []string{"site-flood"}, now: clock, log: slog.New(slog.DiscardHandler),
			edges: func() []string { mu.Lock(); defer mu.Unlock(); return here },
			ask: func(ctx context.Context, edge string, question []byte) ([]byte, error) {
				if edge == "dead" {
					<-ctx.Done()
					return nil, errors.New("no answer")
				}
				x, is, err := mandate.Parse(question)
				if !is || err != nil {
					t.Errorf("%s is asked %q: %v", edge, question, err)
				}
				mu.Lock()
				defer mu.Unlock()
				told[edge] = append(told[edge], x)
				return json.Marshal(mandate.Taken{Sites: 1})
			},
		}
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.Run(ctx) }()
		count := func(edge string) int { mu.Lock(); defer mu.Unlock(); return len(told[edge]) }
		time.Sleep(time.Second) // of the bubble: no time passes
		if n := count("edge-1"); n != 1 {
			t.Errorf("an edge that is here was told %d times within a second", n)
		}
		time.Sleep(time.Minute)
		mu.Lock()
		here = append(here, "edge-2")
		mu.Unlock()
		time.Sleep(mandatesEvery + mandatesTake + time.Second)
		if n := count("edge-2"); n != 1 {
			t.Errorf("an edge that came was told %d times", n)
		}
		time.Sleep(4 * time.Minute)
		if n, most := count("edge-1"), int(time.Since(began)/mandatesAnew)+1; n < most/2 || n > most {
			t.Errorf("nothing changed, and it was told %d times in %v", n, time.Since(began))
		}
		for _, x := range told["edge-1"] {
			if x.Highest != evenkeel.MeasureShut || len(x.Except) > 0 || x.Policy != force.Digest() || x.Until <= evenkeel.MomentOf(began) {
				t.Errorf("it was told %+v", x)
			}
		}
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
